"""COMMIT BEFORE ACTING, and what becomes of a step that cannot be committed or breaks a rule."""

from dataclasses import replace

import pytest
from tests.runtime.ports import ListChronicle
from tests.runtime.virtual import VirtualClock

from selfheal.core.actions import LOOKS, InspectHost
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.facts import ConfigState, GatewayProcess, Inspection
from selfheal.core.instants import Now
from selfheal.core.levels import Request
from selfheal.core.notes import Step
from selfheal.core.observations import (
    ActionOrphaned,
    HostInspected,
    Observation,
    OperatorAsked,
    ResidentStarted,
    TimePassed,
)
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.state import GatewayView, Pending, Phase, RestartPart, Stage, State
from selfheal.ports.store import Commit, StoreError
from selfheal.runtime.stepper import Stepper
from selfheal.store.memory import MemoryStore

CLOCK = VirtualClock()
NOW = CLOCK.now()
PROCESS = GatewayProcess(100, 7.0)
SEEN = Inspection(PROCESS, config=ConfigState.LOADABLE, config_mark="1")


class RecordingStore(MemoryStore):
    """Remembers the order of things; `fails` is raised instead of the next commits."""

    def __init__(self, *states: State) -> None:
        super().__init__(states)
        self.order: list[str] = []
        self.observed: list[Observation] = []
        self.fails: StoreError | None = None

    def commit(self, commit: Commit) -> None:
        if self.fails is not None:
            raise self.fails
        super().commit(commit)
        self.observed.append(commit.observation)
        self.order.append("commit")


class OrderedChronicle(ListChronicle):
    def __init__(self, order: list[str]) -> None:
        super().__init__()
        self.order = order

    def told(self, target: str, done: Step, now: Now) -> None:
        super().told(target, done, now)
        self.order.append("told")


def known(**parts: object) -> State:
    state = State("main", boot_id=NOW.boot_id, last_mono=NOW.mono, last_wall=NOW.wall)
    return replace(state, **parts)  # type: ignore[arg-type]  # the names are checked by replace


def stepper(
    store: MemoryStore, chronicle: ListChronicle | None = None, policy: Policy | None = None
) -> Stepper:
    return Stepper("main", policy or Policy(), store, CLOCK, chronicle or ListChronicle())


def test_it_is_on_disk_before_anybody_may_act() -> None:
    store = RecordingStore()
    chronicle = OrderedChronicle(store.order)
    done = stepper(store, chronicle).take(ResidentStarted("1"))
    store.order.append("handed out")
    assert store.order == ["commit", "told", "handed out"]
    assert [type(order.action) for order in done.actions] == [InspectHost]
    assert store.load("main") == done.state
    assert {order.id for order in done.actions} == {entry.id for entry in done.state.pending}


def test_it_begins_where_the_last_one_ended() -> None:
    store = RecordingStore()
    before = stepper(store)
    before.take(ResidentStarted("1"))
    assert stepper(store).state == before.state


@pytest.mark.parametrize("retryable", [True, False])
def test_a_commit_that_fails_leaves_everything_as_it_was(retryable: bool) -> None:
    store = RecordingStore()
    chronicle = ListChronicle()
    one = stepper(store, chronicle)
    one.take(ResidentStarted("1"))
    before, told = one.state, len(chronicle.steps)
    store.fails = StoreError("cannot write", retryable=retryable)
    with pytest.raises(StoreError):
        one.take(OperatorAsked(Request.PAUSE))
    assert one.state is before
    assert len(chronicle.steps) == told
    store.fails = None
    assert one.take(OperatorAsked(Request.PAUSE)).state.pause is not None


def test_a_step_is_kept_with_the_settings_of_its_time() -> None:
    store, careful = RecordingStore(), Policy(restart_attempts=1)
    one = stepper(store)
    one.take(OperatorAsked(Request.PAUSE))
    one.adopt(careful)
    one.take(OperatorAsked(Request.RESUME))
    assert [entry.policy for entry in store.recent(9)] == [Policy(), careful]


def test_a_request_is_taken_with_its_step() -> None:
    store = RecordingStore()
    number = store.put("main", OperatorAsked(Request.PAUSE, why="moving"))
    stepper(store).take(OperatorAsked(Request.PAUSE, why="moving"), inbox_id=number)
    assert store.inbox({"main"}) == []


def test_what_was_under_way_is_looked_at_again_and_not_repeated() -> None:
    pending = (Pending(4, "StartGateway", NOW.mono), Pending(5, "Probe", NOW.mono))
    part = RestartPart(Stage.LAUNCHING, since=NOW.mono, starts=(NOW.mono,))
    view = GatewayView(Phase.ABSENT, inspection=replace(SEEN, process=None), inspected=NOW.mono)
    store = RecordingStore(known(pending=pending, restart=part, gateway=view, next_action_id=6))
    chronicle = ListChronicle()
    steps = stepper(store, chronicle).wake("2")
    assert store.observed == [ResidentStarted("2"), ActionOrphaned(4), ActionOrphaned(5)]
    orphaned = [note.detail for note in chronicle.notes() if note.reason is Reason.ACTION_ORPHANED]
    assert orphaned == ["StartGateway", "Probe"]
    ordered = [type(order.action) for done in steps for order in done.actions]
    assert ordered == [InspectHost]
    assert not {4, 5} & {entry.id for entry in steps[-1].state.pending}


def test_nothing_was_under_way() -> None:
    store = RecordingStore()
    assert len(stepper(store).wake("1")) == 1
    assert store.observed == [ResidentStarted("1")]


# -- a broken rule ----------------------------------------------------------------------------------

TWO_ACTS = known(
    pending=(Pending(1, "StartGateway", NOW.mono), Pending(2, "SignalGateway", NOW.mono)), next_action_id=3
)


def test_a_broken_rule_makes_it_only_watch() -> None:
    store, chronicle = RecordingStore(TWO_ACTS), ListChronicle()
    one = stepper(store, chronicle)
    done = one.take(TimePassed())
    assert "more than one act at once" in one.state.distrust
    assert done.notes[-1].reason is Reason.INVARIANT_BROKEN
    assert "more than one act at once" in done.notes[-1].detail
    assert len(chronicle.faults) == 1
    assert "observing only" in chronicle.faults[0]
    assert "selfheal resume" in chronicle.faults[0]
    assert all(isinstance(order.action, (*LOOKS, Notify)) for order in done.actions)
    (told,) = [order.action for order in done.actions if isinstance(order.action, Notify)]
    assert (told.kind, told.detail) == (AlertKind.DISTRUST, one.state.distrust)
    assert store.load("main") == one.state


def test_it_is_told_once_however_often_the_rule_is_broken() -> None:
    chronicle = ListChronicle()
    one = stepper(RecordingStore(TWO_ACTS), chronicle)
    steps = [one.take(TimePassed()) for _ in range(3)]
    orders = [order.action for done in steps for order in done.actions]
    assert sum(isinstance(order, Notify) for order in orders) == 1
    assert len(chronicle.faults) == 1


def test_a_broken_rule_takes_the_time_of_its_step() -> None:
    class CountingClock:
        asked = 0

        def now(self) -> Now:
            self.asked += 1
            return NOW

        def slept_s(self) -> float:
            return 0.0

    clock = CountingClock()
    one = Stepper("main", Policy(), RecordingStore(TWO_ACTS), clock, ListChronicle())
    one.take(TimePassed())
    assert one.state.distrust
    assert clock.asked == 1


def test_distrust_ends_when_a_person_says_so_and_not_with_the_program() -> None:
    store = RecordingStore(TWO_ACTS)
    stepper(store).take(TimePassed())
    chronicle = ListChronicle()
    again = stepper(store, chronicle)
    again.wake("2")
    assert again.state.distrust
    assert Reason.INVARIANT_BROKEN in [note.reason for note in chronicle.notes()]
    done = again.take(OperatorAsked(Request.RESUME))
    assert not done.state.distrust
    assert Reason.TRUSTED in [note.reason for note in done.notes]


def test_distrust_survives_new_settings() -> None:
    one = stepper(RecordingStore(TWO_ACTS))
    one.take(TimePassed())
    one.adopt(Policy(heartbeat_interval_s=3.0))
    assert one.policy == Policy(heartbeat_interval_s=3.0)
    assert one.state.distrust


def test_without_distrust_new_settings_are_taken_as_they_are() -> None:
    one = stepper(RecordingStore())
    one.adopt(Policy(heartbeat_interval_s=3.0))
    assert one.policy == Policy(heartbeat_interval_s=3.0)


def test_a_look_after_distrust_still_comes_back() -> None:
    one = stepper(RecordingStore(TWO_ACTS))
    (order,) = [each for each in one.take(TimePassed()).actions if isinstance(each.action, InspectHost)]
    one.take(HostInspected(order.id, SEEN))
    assert one.state.gateway.process == PROCESS
