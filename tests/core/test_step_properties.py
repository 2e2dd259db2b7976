"""Whatever is told to the core, in whatever order: it never raises, breaks no invariant, and never spins."""

import os
from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from tests.core.walk import Truth, Walk, delays, requests, result, truths

from selfheal.core.actions import StartGateway
from selfheal.core.alert import Notify
from selfheal.core.distrust import begin
from selfheal.core.facts import DeepVerdict, Verdict
from selfheal.core.levels import Level, Request
from selfheal.core.notes import Step
from selfheal.core.observations import (
    ActionOrphaned,
    ClockJumped,
    HostResumed,
    Observation,
    OperatorAsked,
    ProcessExited,
    ResidentStarted,
    TimePassed,
)
from selfheal.core.overdue import LOOK_ENDS_S, PROBE_ENDS_S, due
from selfheal.core.policy import Policy
from selfheal.core.state import Phase, State
from selfheal.core.step import PENDING_MAX_S, next_deadline

DAY_S = 86_400.0
EXAMPLES = int(os.environ.get("SELFHEAL_EXAMPLES", "50"))
"""Walks a machine: what takes about 20 s. A night's run: SELFHEAL_EXAMPLES=5000 make test."""


class AnyStory(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.walk = Walk()
        self.twin = Walk(wall_offset=0.0)  # told the same, with a wall clock that jumps about
        self.starts: list[float] = []
        self.last_truth = Truth()
        self.tell(ResidentStarted("1"))

    def tell(self, observation: Observation) -> Step:
        done = self.walk.tell(observation)
        self.twin.mono, self.twin.boot_id, self.twin.policy = (
            self.walk.mono,
            self.walk.boot_id,
            self.walk.policy,
        )
        twin = self.twin.tell(observation)
        assert twin.actions == done.actions, "the wall clock has changed an act"
        self._within_budget(done)
        self._one_word(done)
        _is_in_time(self.walk)
        return done

    def _within_budget(self, done: Step) -> None:
        if any(isinstance(order.action, StartGateway) for order in done.actions):
            self.starts.append(self.walk.mono)
        hour = [at for at in self.starts if at > self.walk.mono - 3599.0]
        assert len(hour) <= self.walk.policy.restarts_per_hour_max

    def _one_word(self, done: Step) -> None:
        told = [order.action for order in done.actions if isinstance(order.action, Notify)]
        assert len(told) <= 2, told

    @initialize(truth=truths)
    def so_it_ends(self, truth: Truth) -> None:
        self.last_truth = truth

    @rule(data=st.data())
    @precondition(lambda self: self.walk.state.pending)
    def a_result_comes(self, data: st.DataObject) -> None:
        entry = data.draw(st.sampled_from(self.walk.state.pending))
        self.tell(data.draw(result(entry.kind, entry.id)))

    @rule(data=st.data())
    @precondition(lambda self: self.walk.state.pending)
    def all_results_come(self, data: st.DataObject) -> None:
        for entry in self.walk.state.pending:
            self.tell(data.draw(result(entry.kind, entry.id)))

    @rule(data=st.data(), kind=st.sampled_from(["Probe", "InspectHost", "StartGateway"]))
    def a_stale_result_comes(self, data: st.DataObject, kind: str) -> None:
        before = self.walk.state
        done = self.tell(data.draw(result(kind, 1_000_000)))
        assert done.actions == ()
        assert done.state.restart == replace(before.restart, rungs=())

    @rule(delay_s=delays)
    def time_passes(self, delay_s: float) -> None:
        self.walk.mono += delay_s
        self.tell(TimePassed())

    @rule(times=st.integers(1, 5))
    def deadlines_come(self, times: int) -> None:
        for _ in range(times):
            due = self.walk.deadline()
            if due is None:
                return
            self.walk.mono = max(self.walk.mono, due)
            self.tell(TimePassed())

    @rule(code=st.none() | st.sampled_from([0, 1, 78, 137]))
    def the_process_ends(self, code: int | None) -> None:
        process = self.walk.state.gateway.process
        if process is not None:
            self.tell(ProcessExited(process.pid, process.started, code))

    @rule()
    def another_process_ends(self) -> None:
        self.tell(ProcessExited(9, 9.0, 1))

    @rule(away_s=st.floats(1.0, 30_000.0))
    def the_host_resumes(self, away_s: float) -> None:
        self.tell(HostResumed(away_s))

    @rule(by_s=st.sampled_from([DAY_S, -DAY_S]))
    def the_clock_jumps(self, by_s: float) -> None:
        self.twin.wall_offset += by_s
        self.tell(ClockJumped(by_s))

    @rule(request=requests)
    def a_person_asks(self, request: OperatorAsked) -> None:
        self.tell(request)

    @rule(delay_s=delays)
    def the_resident_begins_again(self, delay_s: float) -> None:
        lost = [entry.id for entry in self.walk.state.pending]
        self.walk.mono += delay_s
        self.tell(ResidentStarted("1"))
        for action_id in lost:
            self.tell(ActionOrphaned(action_id))

    @rule(observe=st.booleans(), attempts=st.integers(1, 4))
    def the_policy_changes(self, observe: bool, attempts: int) -> None:
        self.walk.policy = replace(Policy(), observe=observe, restart_attempts=attempts)

    @rule()
    def a_rule_of_ours_is_broken(self) -> None:
        """Whatever was under way: no act follows before a person resumes."""
        for walk in (self.walk, self.twin):
            walk.state = begin(walk.state, ["a rule"])

    @rule(truth=truths, for_s=st.sampled_from([60.0, 700.0]))
    def the_world_holds_still(self, truth: Truth, for_s: float) -> None:
        self.one_world(self.walk, replace(truth), for_s)
        self.twin.policy = self.walk.policy
        self.one_world(self.twin, replace(truth), for_s)
        assert self.twin.state.restart == self.walk.state.restart

    def one_world(self, walk: Walk, truth: Truth, for_s: float) -> None:
        policy = walk.policy
        walk.policy = replace(policy, heartbeat_interval_s=60.0, startup_grace_s=30.0)
        walk.holds_still(truth, for_s)
        walk.policy = policy

    @rule()
    def time_moves_on(self) -> None:
        self.walk.time_moves_on()

    def teardown(self) -> None:
        self.walk.time_moves_on()
        self.never_stuck()

    def never_stuck(self) -> None:
        """A gateway that stays ill, and that nobody has switched off or stopped, is told of."""
        walk = self.walk
        walk.policy = Policy(startup_grace_s=30.0, startup_grace_max_s=60.0, heartbeat_interval_s=60.0)
        walk.tell(OperatorAsked(Request.RESUME))
        for level in Level:
            walk.tell(OperatorAsked(Request.ENABLE, level))
        truth = replace(self.last_truth)
        for _ in range(20):
            walk.holds_still(truth, 500.0)
            if _at_rest(walk.state, truth):
                return
        raise AssertionError(walk.state)


UNBLAMED = (DeepVerdict.OK, DeepVerdict.NOT_CHECKED)


def _at_rest(state: State, truth: Truth) -> bool:
    if truth.alive and truth.looks and truth.verdict is Verdict.WELL and truth.deep in UNBLAMED:
        return state.incident is None
    return state.alerting.opened is not None or state.gateway.phase is Phase.STOPPED


def _is_in_time(walk: Walk) -> None:
    """Nobody calls a resident late that only waits for what it has asked."""
    state, policy = walk.state, walk.policy
    asked = (entry.since + _bound_s(entry.kind, policy) for entry in state.pending)
    at = next_deadline(state, policy)
    next_step = min([*asked] if at is None else [at, *asked], default=None)
    assert next_step is not None, "it would sleep for ever"
    assert max(next_step, state.last_mono) <= due(state, policy)


def _bound_s(kind: str, policy: Policy) -> float:
    """The performer's, for the looks."""
    match kind:
        case "Probe":
            return max(policy.heartbeat_timeout_s, policy.full_check_timeout_s) + PROBE_ENDS_S
        case "InspectHost":
            return LOOK_ENDS_S
        case _:
            return PENDING_MAX_S


class WithReboots(AnyStory):
    """As above; here the wall clock does count, so that there is no twin to compare with."""

    def tell(self, observation: Observation) -> Step:
        done = self.walk.tell(observation)
        _is_in_time(self.walk)
        return done

    def one_world(self, walk: Walk, truth: Truth, for_s: float) -> None:
        if walk is self.walk:
            super().one_world(walk, truth, for_s)
            self.twin.state = self.walk.state

    @rule(down_s=st.sampled_from([-DAY_S, 5.0, 60.0, DAY_S]))
    def the_host_reboots(self, down_s: float) -> None:
        """A negative time: the clock was set back meanwhile."""
        self.walk.wall_offset += self.walk.mono + down_s - 20.0
        self.walk.mono, self.walk.boot_id = 20.0, self.walk.boot_id + "'"
        self.tell(ResidentStarted("1"))


often = settings(
    max_examples=EXAMPLES, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
AnyStory.TestCase.settings = often
WithReboots.TestCase.settings = often
TestAnyStory = AnyStory.TestCase
TestWithReboots = WithReboots.TestCase
