"""What must be true after every step, whatever happened. A broken one is a fault of ours."""

from itertools import pairwise

from selfheal.core.actions import Signal, SignalGateway, StartGateway
from selfheal.core.facts import GatewayProcess
from selfheal.core.instants import HOUR_S, Now
from selfheal.core.ladder import MOVES
from selfheal.core.levels import Level
from selfheal.core.notes import Step
from selfheal.core.observations import Observation
from selfheal.core.policy import Policy
from selfheal.core.state import Phase, Stage, State


class BrokenInvariantError(AssertionError):
    """Names the rule that a step broke."""


def check(before: State, observation: Observation, done: Step, now: Now, policy: Policy) -> None:
    """Raises BrokenInvariantError when the step from `before` on `observation` breaks a rule."""
    for broken in faults(before, done, now, policy):
        raise BrokenInvariantError(f"{broken}; on {observation}; after {done.state}")


def faults(before: State, done: Step, now: Now, policy: Policy) -> list[str]:
    """The names of the broken rules, none when all is right."""
    acts = [order.action for order in done.actions if isinstance(order.action, StartGateway | SignalGateway)]
    return [
        name
        for name, holds in (
            ("an act in observe mode", not (acts and (policy.observe or done.state.distrust))),
            ("an act while paused", not (acts and done.state.pause is not None)),
            ("an act of a disabled level", not (acts and _disabled(done.state))),
            (
                "an act in an incident that nobody opened",
                done.state.incident is not None or _planned(done.state, acts),
            ),
            ("more than one act at once", len(acts) <= 1 and _one_act(done.state)),
            ("a start beside a living gateway", _start_is_free(done, acts)),
            ("a signal to a starting gateway", _signal_is_right(before, done, acts)),
            ("more unclean starts than allowed", _within_unclean(done.state, acts, now, policy)),
            ("more starts an hour than allowed", _within_hour(done, acts, now, policy)),
            ("a rung that is not on the ladder", _on_ladder(before, done.state)),
            ("an action id given twice", _ids_rise(before, done)),
        )
        if not holds
    ]


def _planned(state: State, acts: list[StartGateway | SignalGateway]) -> bool:
    """Its first start, or one that the gateway has asked for, is no incident."""
    starts = all(isinstance(act, StartGateway) for act in acts)
    return not acts or (starts and (state.gateway.handoff or not state.known))


def _disabled(state: State) -> bool:
    return state.restart.level in state.disabled or state.restart.level is Level.NOTIFICATION


def _one_act(state: State) -> bool:
    return sum(entry.kind in ("StartGateway", "SignalGateway") for entry in state.pending) <= 1


def _start_is_free(done: Step, acts: list[StartGateway | SignalGateway]) -> bool:
    starting = any(isinstance(act, StartGateway) for act in acts)
    return not starting or (
        done.state.gateway.process is None and done.state.gateway.phase is not Phase.STOPPED
    )


def _signal_is_right(before: State, done: Step, acts: list[StartGateway | SignalGateway]) -> bool:
    """SIGTERM only to a gateway that is ill; SIGKILL only to whom SIGTERM is known to have been sent."""
    for act in acts:
        if not isinstance(act, SignalGateway):
            continue
        process = done.state.gateway.process
        if process is None or not _names(act, process):
            return False
        patient = done.state.gateway.phase in (Phase.STARTING, Phase.DRAINING)
        if act.signal is Signal.TERM and (patient or not _ill(done.state)):
            return False
        asked = before.restart.asked
        if act.signal is Signal.KILL and (asked is None or not _names(act, asked)):
            return False
    return True


def _names(act: SignalGateway, process: GatewayProcess) -> bool:
    return (act.pid, act.started) == (process.pid, process.started)


def _ill(state: State) -> bool:
    return state.gateway.phase is Phase.ILL or state.gateway.deep_misses > 0


def _within_unclean(state: State, acts: list[StartGateway | SignalGateway], now: Now, policy: Policy) -> bool:
    """Of ours and of others: no unclean start is ordered beyond them. A clean one costs nothing."""
    counted = [at for at in state.restart.unclean_starts if at + policy.unclean_window_s > now.mono]
    unclean = any(isinstance(act, StartGateway) for act in acts) and now.mono in counted
    return not unclean or len(counted) <= policy.unclean_starts_max


def _within_hour(done: Step, acts: list[StartGateway | SignalGateway], now: Now, policy: Policy) -> bool:
    """One that a proven gateway has asked for is not counted, however many others there were."""
    counted = [at for at in done.state.restart.starts if at + HOUR_S > now.mono]
    costs = any(isinstance(act, StartGateway) for act in acts) and now.mono in counted
    return not costs or len(counted) <= policy.restarts_per_hour_max


def _on_ladder(before: State, after: State) -> bool:
    """Each rung that the step climbed is one of the ladder's moves; a reboot begins anew at its foot."""
    climbed = after.restart.rungs
    first = before.restart.stage if before.boot_id == after.boot_id else Stage.IDLE
    ends = (climbed or (first,))[-1] is after.restart.stage
    return ends and all(to in MOVES[at] | {at} for at, to in pairwise((first, *climbed)))


def _ids_rise(before: State, done: Step) -> bool:
    return all(order.id >= before.next_action_id for order in done.actions)
