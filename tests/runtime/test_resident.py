"""The loop on virtual time: what is due is served, what is asked is taken once, and its end is bounded."""

import asyncio
import gc
import warnings
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.ports import ListChronicle, MadeUpGateway, MadeUpTeller, for_ever, in_vain
from tests.runtime.virtual import VirtualClock

from selfheal.core.levels import Request
from selfheal.core.observations import Observation, OperatorAsked
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.state import Phase
from selfheal.ports.store import InboxItem, Store, StoreError
from selfheal.runtime.performer import Performer
from selfheal.runtime.resident import Resident, Target
from selfheal.runtime.stepper import Stepper
from selfheal.store.memory import MemoryStore
from selfheal.store.reader import WAITING_MAX, Reader, inbox_put
from selfheal.store.sqlite import SqliteStore

HOUR_S = 3600.0
DAY_S = 86_400.0
END_S = 2.0  # the promise: it ends within two seconds
SOON_S = 1.5  # a turn of the loop, and the looks that an event asks for

Story = Callable[["House"], Coroutine[Any, Any, None]]


class House:
    """A resident with one made-up gateway a name."""

    def __init__(self, store: Store, *names: str, policy: Policy | None = None) -> None:
        self.store = store
        self.clock = VirtualClock()
        self.chronicle = ListChronicle()
        self.gateways = {name: MadeUpGateway() for name in names or ("main",)}
        self.resident: Resident
        self.turns = 0
        self.policy = policy or Policy()

    @property
    def gateway(self) -> MadeUpGateway:
        return self.gateways["main"]

    @property
    def targets(self) -> list[Target]:
        return [self._target(name) for name in self.gateways]

    def run(self, story: Story) -> None:
        """Until the story is told; then it is stopped, and must end by itself."""
        self.clock.run(lambda: self._live(story))

    def stepper(self, name: str = "main") -> Stepper:
        return self._steppers[name]

    async def _live(self, story: Story) -> None:
        targets = self.targets
        self._steppers = {target.stepper.target: target.stepper for target in targets}
        self.resident = Resident(targets, self.store, self.clock, self.chronicle, alive=self._alive)
        running = asyncio.ensure_future(self.resident.run("1"))
        await story(self)
        self.resident.stop()
        asked = self.clock.elapsed_s
        await running
        assert self.clock.elapsed_s - asked <= END_S

    def _target(self, name: str) -> Target:
        gateway = self.gateways[name]
        stepper = Stepper(name, self.policy, self.store, self.clock, self.chronicle)
        return Target(stepper, Performer(gateway, gateway, MadeUpTeller(), self._feeder(name)))

    def _feeder(self, name: str) -> Callable[[Observation], None]:
        return lambda seen: self.resident.feed(name, seen)

    def _alive(self, steppers: Sequence[Stepper]) -> None:
        assert [stepper.target for stepper in steppers] == list(self.gateways)
        self.turns += 1


async def well(house: House) -> None:
    await asyncio.sleep(20.0)
    assert house.stepper().state.gateway.phase is Phase.WELL


def gaps(times: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(times)]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "selfheal.db")


# -- deadlines --------------------------------------------------------------------------------------


def test_a_well_gateway_is_asked_in_time_and_left_alone() -> None:
    house = House(MemoryStore())

    async def story(_: House) -> None:
        await asyncio.sleep(HOUR_S)

    house.run(story)
    policy = Policy()
    probes = sorted(house.gateway.called("probe heartbeat") + house.gateway.called("probe full"))
    assert max(gaps(probes)) <= policy.heartbeat_interval_s + 0.1
    assert len(house.gateway.called("probe full")) == pytest.approx(
        HOUR_S / policy.full_check_interval_s, abs=2
    )
    assert len(house.gateway.called("check_deeply")) == pytest.approx(
        HOUR_S / policy.deep_check_interval_s, abs=2
    )
    assert max(gaps(house.gateway.called("inspect"))) <= policy.sweep_interval_s + 0.1
    acts = [call for _, call in house.gateway.calls if call.startswith(("start", "signal"))]
    assert acts == []
    assert house.chronicle.faults == []


def test_it_looks_after_inbox_and_watchdog_every_second_and_not_much_oftener() -> None:
    house = House(MemoryStore())

    async def story(house: House) -> None:
        await well(house)
        begun = house.turns
        await asyncio.sleep(100.0)
        assert 100 <= house.turns - begun <= 200

    house.run(story)


def test_a_gateway_that_ends_is_started_at_once(store: Store) -> None:
    house = House(store)

    async def story(house: House) -> None:
        await well(house)
        died = house.clock.loop.time()
        house.gateway.die()
        await asyncio.sleep(120.0)
        (started,) = house.gateway.called("start")
        assert started - died < 0.1
        assert house.stepper().state.incident is None

    house.run(story)
    reasons = house.chronicle.reasons()
    assert [reasons.count(one) for one in (Reason.INCIDENT_OPENED, Reason.START, Reason.HEALED)] == [1, 1, 1]
    store.close()


def test_a_gateway_that_hangs_is_certain_within_35_s_and_served_again() -> None:
    house = House(MemoryStore())

    async def story(house: House) -> None:
        await well(house)
        hung = house.clock.loop.time()
        house.gateway.hung = True
        await asyncio.sleep(300.0)
        (asked,) = house.gateway.called("signal TERM")
        assert asked - hung <= 35.0
        assert len(house.gateway.called("signal KILL")) == 1
        assert len(house.gateway.called("start")) == 1
        assert house.stepper().state.gateway.phase is Phase.WELL

    house.run(story)


# -- a person ---------------------------------------------------------------------------------------


def test_a_request_is_taken_once(tmp_path: Path) -> None:
    path = tmp_path / "selfheal.db"
    house = House(SqliteStore(path))

    async def story(house: House) -> None:
        await well(house)
        inbox_put(path, "main", OperatorAsked(Request.PAUSE, why="moving"))
        await asyncio.sleep(SOON_S)
        pause = house.stepper().state.pause
        assert pause is not None
        assert pause.why == "moving"
        await asyncio.sleep(30.0)

    house.run(story)
    assert house.chronicle.reasons().count(Reason.PAUSED) == 1
    assert house.store.inbox({"main"}) == []
    house.store.close()
    with Reader(path) as reader:
        assert [entry.kind for entry in reader.recent(1000)].count("OperatorAsked") == 1


def test_a_request_for_nobody_stays_where_it_is() -> None:
    store = MemoryStore()
    store.put("elsewhere", OperatorAsked(Request.PAUSE))
    house = House(store)
    house.run(well)
    assert [item.target for item in store.inbox({"elsewhere"})] == ["elsewhere"]


def test_requests_for_nobody_stand_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "selfheal.db"
    house = House(SqliteStore(path))
    for _ in range(WAITING_MAX):
        inbox_put(path, "elsewhere", OperatorAsked(Request.CHECK))

    async def story(house: House) -> None:
        await well(house)
        inbox_put(path, "main", OperatorAsked(Request.PAUSE, why="moving"))
        await asyncio.sleep(SOON_S)
        assert house.stepper().state.pause is not None

    house.run(story)
    house.store.close()


def test_while_paused_nothing_is_touched() -> None:
    store = MemoryStore()
    store.put("main", OperatorAsked(Request.PAUSE))
    house = House(store)

    async def story(house: House) -> None:
        await well(house)
        house.gateway.die()
        await asyncio.sleep(HOUR_S)
        assert house.gateway.called("start") == []
        store.put("main", OperatorAsked(Request.RESUME))
        await asyncio.sleep(Policy().recheck_hold_s + SOON_S)
        assert len(house.gateway.called("start")) == 1

    house.run(story)


def test_a_pause_that_was_asked_for_before_we_began_comes_before_any_act() -> None:
    store = MemoryStore()
    store.put("main", OperatorAsked(Request.PAUSE))
    house = House(store)
    house.gateway.die()

    async def story(house: House) -> None:
        await asyncio.sleep(HOUR_S)
        assert house.gateway.called("start") == []

    house.run(story)


@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("jump_s", [0.0, 3600.0])
def test_a_pause_comes_before_an_act_that_is_due_in_the_same_second(tenth: int, jump_s: float) -> None:
    """Who is told that it is accepted need not fear the SIGKILL whose time has come meanwhile."""
    house = House(MemoryStore())
    paused: list[float] = []

    def pause() -> None:
        assert isinstance(house.store, MemoryStore)
        house.store.put("main", OperatorAsked(Request.PAUSE))
        house.clock.jump_wall(jump_s)
        paused.append(house.clock.loop.time())

    def spoil(call: str) -> None:
        if call == "signal TERM":
            house.clock.loop.call_later(house.policy.hang_term_grace_s - tenth / 10, pause)

    async def story(_: House) -> None:
        await well(house)
        house.gateway.hung, house.gateway.spoil = True, spoil
        await asyncio.sleep(120.0)

    house.run(story)
    assert len(paused) == 1
    acts = [at for at, call in house.gateway.calls if call.startswith(("signal", "start"))]
    assert [at for at in acts if at > paused[0]] == []


def test_an_inbox_that_cannot_be_read_is_told_once_and_the_watch_goes_on() -> None:
    class Broken(MemoryStore):
        def inbox(self, targets: Collection[str]) -> Sequence[InboxItem]:
            del targets
            raise StoreError("cannot read the inbox", retryable=False)

    house = House(Broken())

    async def story(house: House) -> None:
        await well(house)
        house.gateway.die()
        await asyncio.sleep(SOON_S)
        assert len(house.gateway.called("start")) == 1

    house.run(story)
    assert house.chronicle.faults == [": cannot read the inbox"]


# -- settings ---------------------------------------------------------------------------------------


def test_new_settings_count_from_the_next_step() -> None:
    house = House(MemoryStore())

    async def story(house: House) -> None:
        await well(house)
        house.resident.adopt({"main": Policy(heartbeat_interval_s=2.0), "gone": Policy()})
        await asyncio.sleep(20.0)
        before = len(house.gateway.called("probe heartbeat"))
        await asyncio.sleep(100.0)
        assert len(house.gateway.called("probe heartbeat")) - before == pytest.approx(50, abs=2)
        house.resident.adopt({"main": Policy(observe=True)})
        house.gateway.die()
        await asyncio.sleep(60.0)
        assert house.gateway.called("start") == []
        house.resident.adopt({"main": Policy()})
        await asyncio.sleep(60.0)
        assert len(house.gateway.called("start")) == 1

    house.run(story)
    assert house.chronicle.reasons().count(Reason.WOULD_START) == 1


# -- two gateways -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil", [lambda _: for_ever(), lambda _: in_vain(OSError("bent"))], ids=["hangs", "raises"]
)
def test_a_gateway_that_cannot_even_be_looked_at_does_not_disturb_another(
    spoil: Callable[[str], asyncio.Future[None]],
) -> None:
    house = House(MemoryStore(), "main", "work")
    house.gateways["work"].spoil = spoil

    async def story(house: House) -> None:
        await asyncio.sleep(600.0)
        house.gateway.die()
        await asyncio.sleep(SOON_S)

    house.run(story)
    assert max(gaps(house.gateway.called("probe heartbeat"))) <= 2 * Policy().heartbeat_interval_s + 0.2
    assert len(house.gateway.called("start")) == 1
    assert house.gateways["work"].called("start") == []
    assert house.chronicle.faults == []
    assert len(house.gateways["work"].calls) < 1200  # a lasting fault cannot spin


def test_each_end_is_that_of_its_own_gateway() -> None:
    house = House(MemoryStore(), "main", "work")

    async def story(house: House) -> None:
        await well(house)
        house.gateways["work"].die()
        await asyncio.sleep(120.0)

    house.run(story)
    assert Reason.INCIDENT_OPENED not in house.chronicle.reasons("main")
    assert house.chronicle.reasons("work").count(Reason.HEALED) == 1


# -- the host ---------------------------------------------------------------------------------------


def acts(house: House) -> list[str]:
    return [call for _, call in house.gateway.calls if call.startswith(("start", "signal"))]


def test_a_host_that_slept_for_eight_hours() -> None:
    house = House(MemoryStore())

    async def story(house: House) -> None:
        await well(house)
        house.clock.sleep_host(8 * HOUR_S)
        house.gateway.hung = True  # its network comes back later than we do
        await asyncio.sleep(30.0)
        house.gateway.hung = False
        await asyncio.sleep(600.0)

    house.run(story)
    assert house.chronicle.reasons().count(Reason.HOST_RESUMED) == 1
    assert acts(house) == []
    assert house.stepper().state.gateway.phase is Phase.WELL


def test_a_stall_of_ours_is_not_the_gateways_fault() -> None:
    house = House(MemoryStore())

    async def story(house: House) -> None:
        await well(house)
        house.clock.stall(120.0)
        await asyncio.sleep(120.0)

    house.run(story)
    assert house.chronicle.reasons().count(Reason.HOST_RESUMED) == 1
    assert acts(house) == []


@pytest.mark.parametrize("by_s", [DAY_S, -DAY_S])
def test_a_wall_clock_that_jumps_by_a_day(by_s: float) -> None:
    house = House(MemoryStore())

    async def story(house: House) -> None:
        await well(house)
        house.clock.jump_wall(by_s)
        await asyncio.sleep(600.0)

    house.run(story)
    assert house.chronicle.reasons().count(Reason.CLOCK_JUMPED) == 1
    assert acts(house) == []
    probes = sorted(house.gateway.called("probe heartbeat") + house.gateway.called("probe full"))
    assert max(gaps(probes)) <= Policy().heartbeat_interval_s + 0.1


# -- the end ----------------------------------------------------------------------------------------


def test_it_ends_without_touching_the_gateway() -> None:
    house = House(MemoryStore())
    house.run(well)
    assert house.gateway.closed
    assert acts(house) == []


def test_an_action_that_was_ordered_and_not_begun_is_let_go_of_in_silence() -> None:
    """As where the live view's reader has gone: `selfheal up | head`."""

    class Unseen(House):
        def _alive(self, steppers: Sequence[Stepper]) -> None:
            del steppers
            raise BrokenPipeError

    async def story(_: House) -> None:
        await asyncio.sleep(SOON_S)

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(BrokenPipeError):
            Unseen(MemoryStore()).run(story)
        gc.collect()
    assert [str(each.message) for each in warned] == []


def test_it_ends_while_actions_hang() -> None:
    house = House(MemoryStore())

    async def story(house: House) -> None:
        await well(house)
        house.gateway.spoil = lambda _: for_ever()
        await asyncio.sleep(12.0)
        assert house.stepper().state.pending

    house.run(story)
    assert house.gateway.closed


def test_it_ends_while_an_action_will_not_let_go() -> None:
    """A port that waits in a `finally`, for a process that hangs in the kernel."""
    house = House(MemoryStore())

    class Stubborn(MadeUpGateway):
        async def _begin(self, call: str) -> None:
            await super()._begin(call)
            if call == "check_deeply":
                try:
                    await for_ever()
                finally:
                    for _ in range(3):
                        with suppress(asyncio.CancelledError):
                            await asyncio.sleep(DAY_S)

    house.gateways["main"] = Stubborn()

    async def story(house: House) -> None:
        await well(house)
        assert house.gateway.called("check_deeply")

    house.run(story)
    assert house.gateway.closed


def test_once_another_steps_nothing_is_decided_committed_or_done_any_more(store: Store) -> None:
    house = House(store)

    async def story() -> None:
        lost = False

        def keep() -> None:
            if lost:
                raise InterruptedError

        targets = house.targets
        resident = Resident(targets, store, house.clock, house.chronicle, alive=lambda _: None, keep=keep)
        house.resident = resident
        running = asyncio.ensure_future(resident.run("1"))
        await asyncio.sleep(20.0)
        lost = True
        known, done = store.load("main"), len(house.gateway.calls)
        resident.feed("main", OperatorAsked(Request.PAUSE))
        with pytest.raises(InterruptedError):
            await running
        assert store.load("main") == known
        assert len(house.gateway.calls) == done

    house.clock.run(story)
