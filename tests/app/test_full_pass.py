"""One pass of `selfheal check` after another, as its timer runs them, with no resident: each gets further."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from tests.runtime.ports import ListChronicle, MadeUpGateway, MadeUpTeller
from tests.runtime.virtual import VirtualClock

from selfheal.app.check import repair_limit_s
from selfheal.app.full_pass import Checked, FullPass
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.facts import ConfigState, GatewayProcess, Inspection, Upkeep
from selfheal.core.levels import Request
from selfheal.core.observations import OperatorAsked
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause
from selfheal.core.state import Stage, State
from selfheal.ports.service import Done
from selfheal.runtime.performer import Performer
from selfheal.runtime.resident import Resident, Target
from selfheal.runtime.stepper import Stepper
from selfheal.store.memory import MemoryStore

INTERVAL_S = 300.0
QUICK = Policy(startup_grace_s=30.0, startup_grace_max_s=60.0)


@dataclass
class Sick(MadeUpGateway):
    """Until then a package manager is at work; until then its config is broken."""

    upkeep_until_s: float = 0.0
    broken_until_s: float = 0.0
    hangs_always: bool = False
    now_s: Callable[[], float] = lambda: 0.0

    async def inspect(self, known: GatewayProcess | None = None) -> Inspection:
        seen = await super().inspect(known)
        upkeep = Upkeep.PACKAGE_MANAGER if self.now_s() < self.upkeep_until_s else None
        config = ConfigState.MALFORMED if self.now_s() < self.broken_until_s else ConfigState.LOADABLE
        return replace(seen, upkeep=upkeep, config=config)

    async def start(self, timeout_s: float) -> Done:
        done = await super().start(timeout_s)
        self.hung = self.hangs_always
        return done


@dataclass
class SlowTeller(MadeUpTeller):
    """A route over a network: it takes a moment, and may refuse."""

    takes_s: float = 2.0
    refuses: bool = False

    async def tell(self, target: str, notify: Notify, state: State) -> Done:
        await asyncio.sleep(self.takes_s)
        return Done(succeeded=False) if self.refuses else await super().tell(target, notify, state)


@dataclass
class Checks:
    """The same gateway and database, one process after another."""

    gateway: Sick
    policy: Policy = QUICK
    observe: bool = False
    clock: VirtualClock = field(default_factory=VirtualClock)
    store: MemoryStore = field(default_factory=MemoryStore)
    teller: SlowTeller = field(default_factory=SlowTeller)
    took_s: list[float] = field(default_factory=list)
    checked: list[Checked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gateway.now_s = lambda: self.clock.elapsed_s

    def run(self, times: int) -> None:
        self.clock.loop.run_until_complete(self._run(times))

    @property
    def codes(self) -> list[int]:
        return [int(checked.code) for checked in self.checked]

    @property
    def told(self) -> list[AlertKind]:
        return [notify.kind for notify in self.teller.told]

    @property
    def state(self) -> State:
        (state,) = self.checked[-1].states
        return state

    def acts(self) -> list[str]:
        return [call for _, call in self.gateway.calls if call.startswith(("signal", "start"))]

    async def _run(self, times: int) -> None:
        for _ in range(times):
            await self._one()
            await asyncio.sleep(INTERVAL_S)

    async def _one(self) -> None:
        box: list[Resident] = []
        stepper = Stepper("main", self.policy, self.store, self.clock, ListChronicle())
        performer = Performer(self.gateway, self.gateway, self.teller, lambda seen: box[0].feed("main", seen))
        full = FullPass(self.clock.now, repair_limit_s([self.policy]), observe=self.observe)
        resident = Resident(
            [Target(stepper, performer)],
            self.store,
            self.clock,
            ListChronicle(),
            alive=lambda steppers: full.watch(steppers, box[0]),
        )
        box.append(resident)
        resident.feed("main", OperatorAsked(Request.CHECK))
        begun_s = self.clock.elapsed_s
        await resident.run("1")
        self.took_s.append(self.clock.elapsed_s - begun_s)
        assert full.checked is not None
        self.checked.append(full.checked)


Make = Callable[..., Checks]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Checks] = []

    def one(sick: Sick, policy: Policy = QUICK, *, observe: bool = False) -> Checks:
        made.append(Checks(sick, replace(policy, observe=observe), observe))
        return made[-1]

    yield one
    for checks in made:
        checks.clock.loop.close()


def test_a_well_gateway_is_well_at_once(make: Make) -> None:
    checks = make(Sick())
    checks.run(3)
    assert checks.codes == [0, 0, 0]
    assert max(checks.took_s) < 5.0


def test_a_hang_is_healed_in_one(make: Make) -> None:
    checks = make(Sick(hung=True))
    checks.run(1)
    assert checks.codes == [0]
    assert checks.acts() == ["signal TERM", "signal KILL", "start"]


def test_a_hang_during_upkeep_is_healed_once_that_is_over(make: Make) -> None:
    checks = make(Sick(hung=True, upkeep_until_s=120.0))
    checks.run(2)
    assert checks.codes == [1, 0]
    assert checks.acts() == ["signal TERM", "signal KILL", "start"]


def test_of_a_hang_during_upkeep_without_end_a_person_is_told(make: Make) -> None:
    checks = make(Sick(hung=True, upkeep_until_s=1e9), policy=Policy())
    checks.run(3)
    assert checks.told == [AlertKind.OPENED]
    assert checks.acts() == []


@pytest.mark.parametrize("policy", [QUICK, Policy()], ids=["quick", "default"])
def test_of_a_hang_on_every_start_a_person_is_told_and_it_is_tried_again(make: Make, policy: Policy) -> None:
    checks = make(Sick(hung=True, hangs_always=True), policy)
    checks.run(15)
    assert checks.told == [AlertKind.OPENED]
    assert set(checks.codes) == {1}
    assert min(checks.took_s) > 1.0, "each has looked for itself"
    first = checks.acts().count("start")
    assert first >= policy.restart_attempts
    checks.run(15)
    assert checks.acts().count("start") > first, "nothing is given up for ever"
    checks.gateway.hangs_always = False
    checks.run(15)
    assert checks.codes[-1] == 0
    assert checks.told == [AlertKind.OPENED, AlertKind.OVER]


def test_of_a_broken_config_a_person_is_told_and_it_starts_when_that_is_mended(
    make: Make,
) -> None:
    checks = make(Sick(alive=False, broken_until_s=2_000.0))
    checks.run(4)
    assert checks.acts() == []
    assert checks.told == [AlertKind.OPENED]
    assert checks.state.incident is not None
    assert checks.state.incident.cause is Cause.CONFIG_UNLOADABLE
    checks.run(6)
    assert checks.acts() == ["start"]
    assert checks.codes[-1] == 0
    assert checks.told == [AlertKind.OPENED, AlertKind.OVER]


@pytest.mark.parametrize("sick", [Sick(alive=False), Sick(hung=True)], ids=["dead", "hung"])
def test_while_paused_each_ends_soon_and_nothing_is_done(make: Make, sick: Sick) -> None:
    checks = make(replace(sick, calls=[]))
    checks.store.put("main", OperatorAsked(Request.PAUSE))
    checks.run(5)
    assert set(checks.codes) == {1}
    assert checks.acts() == []
    assert checks.told == []
    assert max(checks.took_s) < 10.0
    checks.store.put("main", OperatorAsked(Request.RESUME))
    checks.run(1)
    assert checks.codes[-1] == 0


def test_what_is_ordered_in_the_last_step_is_told_before_the_end(make: Make) -> None:
    checks = make(Sick(alive=False, broken_until_s=1e9))
    checks.run(1)
    while checks.state.restart.stage is not Stage.EXHAUSTED:
        assert checks.told == []
        checks.run(1)
    assert checks.told == [AlertKind.OPENED]


def test_a_route_that_takes_nothing_does_not_keep_it(make: Make) -> None:
    checks = make(Sick(alive=False, broken_until_s=1e9))
    checks.teller.refuses = True
    checks.run(4)
    assert checks.state.alerting.unsent
    assert max(checks.took_s) < 60.0
    checks.teller.refuses = False
    checks.run(1)
    assert checks.told == [AlertKind.OPENED]


def test_who_only_observes_ends_when_it_has_looked(make: Make) -> None:
    for sick in (Sick(hung=True), Sick(alive=False)):
        checks = make(sick, observe=True)
        checks.run(3)
        assert checks.acts() == []
        assert max(checks.took_s) < 10.0
