"""Every order has a result, whatever the ports do."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from tests.runtime.ports import KILLED, MadeUpGateway, MadeUpTeller, for_ever, in_vain
from tests.runtime.virtual import VirtualClock

from selfheal.core.actions import (
    Action,
    CheckDeeply,
    ExamineExit,
    InspectHost,
    Ordered,
    Probe,
    Signal,
    SignalGateway,
    StartGateway,
)
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.facts import DeepVerdict, ExitCause, GatewayProcess, Inspection, ProbeKind, Verdict
from selfheal.core.observations import (
    ActionFinished,
    DeepCheckFinished,
    ExitExamined,
    HostInspected,
    Observation,
    ProbeFinished,
    ProcessExited,
)
from selfheal.core.policy import Policy
from selfheal.core.state import GatewayView, State
from selfheal.notify.delivery import SEND_S
from selfheal.ports.service import Done
from selfheal.runtime.performer import (
    FAULT_PAUSE_S,
    LOOK_TIMEOUT_S,
    SLACK_S,
    TELL_TIMEOUT_S,
    WATCHED_MAX,
    Performer,
)

POLICY = Policy()
KNOWN = GatewayProcess(100, 5.0)
NOTIFY = Notify(AlertKind.OPENED, 1, ())
BOUNDS_S: dict[Action, float] = {
    InspectHost(): LOOK_TIMEOUT_S,
    ExamineExit(100, 1): LOOK_TIMEOUT_S,
    Probe(ProbeKind.HEARTBEAT, 5.0): 5.0 + SLACK_S,
    CheckDeeply(10.0): 10.0 + SLACK_S,
    StartGateway(): POLICY.start_timeout_s + SLACK_S,
    SignalGateway(100, 100.0, Signal.TERM): LOOK_TIMEOUT_S,
    NOTIFY: TELL_TIMEOUT_S,
}


@dataclass
class Hands:
    gateway: MadeUpGateway = field(default_factory=MadeUpGateway)
    teller: MadeUpTeller = field(default_factory=MadeUpTeller)
    clock: VirtualClock = field(default_factory=VirtualClock)
    fed: list[Observation] = field(default_factory=list)

    def do(self, action: Action, after: Callable[[], None] = lambda: None) -> Observation:
        performer = Performer(self.gateway, self.gateway, self.teller, self.fed.append)
        state = State("main", gateway=GatewayView(process=KNOWN))

        async def work() -> Observation:
            result = await performer.perform(Ordered(9, action), state, POLICY)
            after()
            return result

        return self.clock.run(work)


class StrangeTeller(MadeUpTeller):
    def __init__(self, spoil: Callable[[], asyncio.Future[None]]) -> None:
        super().__init__()
        self._spoil = spoil

    async def tell(self, target: str, notify: Notify, state: State) -> Done:
        await self._spoil()
        return await super().tell(target, notify, state)


def spoilt(spoil: Callable[[], asyncio.Future[None]]) -> Hands:
    return Hands(MadeUpGateway(spoil=lambda _call: spoil()), StrangeTeller(spoil))


def test_it_looks_at_the_host_for_the_gateway_that_is_known() -> None:
    hands = Hands()
    seen = hands.do(InspectHost())
    assert hands.gateway.known == KNOWN
    assert isinstance(seen, HostInspected)
    assert seen.action_id == 9
    assert seen.inspection.process is not None


def test_it_probes() -> None:
    seen = Hands().do(Probe(ProbeKind.FULL, 5.0))
    assert isinstance(seen, ProbeFinished)
    assert (seen.action_id, seen.report.verdict, seen.report.kind) == (9, Verdict.WELL, ProbeKind.FULL)


def test_it_checks_deeply() -> None:
    assert Hands().do(CheckDeeply(10.0)) == DeepCheckFinished(9, DeepVerdict.OK)


def test_it_examines_an_exit() -> None:
    assert Hands().do(ExamineExit(100, 1)) == ExitExamined(9, ExitCause.CRASHED, "100 1", pid=100)


def test_it_starts() -> None:
    hands = Hands(MadeUpGateway(alive=False))
    assert hands.do(StartGateway()) == ActionFinished(9, succeeded=True, detail="pid 101")
    assert hands.gateway.alive


def test_the_end_of_what_it_started_is_fed_before_anybody_looked() -> None:
    hands = Hands(MadeUpGateway(alive=False))
    hands.do(StartGateway(), after=hands.gateway.die)
    assert [(seen.pid, seen.exit_code) for seen in hands.fed if isinstance(seen, ProcessExited)] == [
        (101, KILLED)
    ]


@pytest.mark.parametrize("spoil", [for_ever, lambda: in_vain(OSError("no look"))])
def test_a_start_is_none_the_worse_for_a_look_that_fails(spoil: Callable[[], asyncio.Future[None]]) -> None:
    hands = Hands(MadeUpGateway(alive=False, spoil=lambda call: spoil() if call == "inspect" else None))
    assert hands.do(StartGateway()) == ActionFinished(9, succeeded=True, detail="pid 101")


def test_whatever_the_core_may_take_for_the_gateway_is_watched() -> None:
    """A parked one stands among the others; where there is no gateway, it is taken for it."""
    parked = [GatewayProcess(pid, 1.0) for pid in range(200, 200 + 2 * WATCHED_MAX)]

    class Parked(MadeUpGateway):
        async def inspect(self, known: GatewayProcess | None = None) -> Inspection:
            return replace(await super().inspect(known), others=tuple(parked))

    hands = Hands(Parked(alive=False))
    hands.do(InspectHost())
    assert list(hands.gateway.watched) == [one.pid for one in parked[:WATCHED_MAX]]
    for process, handler in hands.gateway.watched.values():
        handler(process, KILLED)
    assert hands.fed[0] == ProcessExited(200, 1.0, KILLED)


def test_the_end_of_a_child_that_no_look_saw_is_told() -> None:
    child = GatewayProcess(200, 1.0)

    class Ended(MadeUpGateway):
        async def inspect(self, known: GatewayProcess | None = None) -> Inspection:
            return replace(await super().inspect(known), ended=child)

    hands = Hands(Ended(alive=False))
    hands.do(InspectHost())
    (process, handler), *none = hands.gateway.watched.values()
    assert (process, none) == (child, [])
    handler(process, 1)
    assert hands.fed == [ProcessExited(200, 1.0, 1)]


def test_it_signals_exactly_what_was_named() -> None:
    hands = Hands()
    assert hands.do(SignalGateway(100, 100.0, Signal.KILL)) == ActionFinished(9, succeeded=True)
    assert [call for _, call in hands.gateway.calls] == ["signal KILL"]


def test_it_tells_a_person() -> None:
    hands = Hands()
    assert hands.do(NOTIFY) == ActionFinished(9, succeeded=True)
    assert hands.teller.told == [NOTIFY]


def test_an_alert_is_waited_for_as_long_as_a_message_may_take() -> None:
    """On a full disk its delivery is: who gives it up has it sent again, and again."""
    sent: list[asyncio.Future[None]] = []

    def slowly() -> asyncio.Future[None]:
        sent.append(asyncio.get_running_loop().create_future())
        asyncio.get_running_loop().call_later(SEND_S, sent[-1].set_result, None)
        return sent[-1]

    assert spoilt(slowly).do(NOTIFY) == ActionFinished(9, succeeded=True)
    assert len(sent) == 1


def test_a_refusal_is_passed_on() -> None:
    class Refusing(MadeUpGateway):
        async def start(self, timeout_s: float) -> Done:
            del timeout_s
            return Done(succeeded=False, detail="no such program", retryable=False)

    result = Hands(Refusing()).do(StartGateway())
    assert result == ActionFinished(9, succeeded=False, detail="no such program", retryable=False)


@pytest.mark.parametrize("action", BOUNDS_S, ids=lambda action: type(action).__name__)
def test_a_port_that_raises(action: Action) -> None:
    hands = spoilt(lambda: in_vain(ValueError("bent")))
    result = hands.do(action)
    assert result == ActionFinished(9, succeeded=False, detail="ValueError: bent", unsure=True)
    assert hands.clock.elapsed_s == pytest.approx(FAULT_PAUSE_S, abs=0.1)  # a lasting fault cannot spin


@pytest.mark.parametrize("action", BOUNDS_S, ids=lambda action: type(action).__name__)
def test_a_port_that_hangs(action: Action) -> None:
    hands = spoilt(for_ever)
    result = hands.do(action)
    assert isinstance(result, ActionFinished)
    assert (result.action_id, result.succeeded, result.retryable, result.unsure) == (9, False, True, True)
    assert type(action).__name__ in result.detail
    assert hands.clock.elapsed_s == pytest.approx(BOUNDS_S[action] + FAULT_PAUSE_S, abs=0.1)


def test_an_end_is_fed_without_having_been_asked_for() -> None:
    hands = Hands()
    hands.do(InspectHost(), after=hands.gateway.die)
    assert hands.fed == [ProcessExited(100, 100.0, KILLED)]


def test_nobody_is_watched_where_nobody_is() -> None:
    hands = Hands(MadeUpGateway(alive=False))
    hands.do(InspectHost())
    assert hands.gateway.watched == {}


def test_our_own_end_is_no_result() -> None:
    hands = spoilt(for_ever)
    performer = Performer(hands.gateway, hands.gateway, hands.teller, hands.fed.append)

    async def work() -> None:
        task = asyncio.ensure_future(performer.perform(Ordered(9, InspectHost()), State("main"), POLICY))
        await asyncio.sleep(1.0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    hands.clock.run(work)
    assert hands.clock.elapsed_s == pytest.approx(1.0, abs=0.1)
