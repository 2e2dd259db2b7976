"""How long each thing may take by the settings, so that none is waited for ten times too long.

Each rung of the ladder has a time of its own; what may rightly prolong it (a slow start, somebody else at
work, the budget) prolongs it once. All times are of a program that lives, sees and has the processor.
"""

from selfheal.core.alerting import RETRY_S
from selfheal.core.facts import ExitCause
from selfheal.core.grace import closed_port_s
from selfheal.core.levels import Level
from selfheal.core.managed import UPDATER_STARTS_S
from selfheal.core.policy import Policy
from selfheal.core.reasons import Hold
from selfheal.core.restart import UNPROVEN_PATIENCE_S
from selfheal.core.state import Phase, Stage, State
from selfheal.core.termination import KILLS_MAX
from selfheal.ports.outbox import LEASE_S
from selfheal.runtime.host import AWAY_S
from selfheal.runtime.performer import LOOK_TIMEOUT_S, SLACK_S
from selfheal.sim.doctor import DOCTOR
from selfheal.sim.gateway import Condition
from selfheal.sim.plan import HOUR_S
from selfheal.sim.world import World

NEWS_S = 5.0  # from a change in the world to the end of the look that shows it
OTHERS = frozenset({Condition.DRAINING, Condition.SUSPENDED})


def soon_s(policy: Policy) -> float:
    """What ends without an event is found by the next look."""
    return policy.recheck_hold_s + NEWS_S


def certain_s(policy: Policy) -> float:
    """From a gateway's last answer until it is called ill."""
    retry_s = min(policy.heartbeat_retry_s, policy.heartbeat_interval_s)
    each_s = retry_s + max(policy.heartbeat_timeout_s, policy.full_check_timeout_s)
    return policy.heartbeat_interval_s + (policy.heartbeat_misses + 1) * each_s + policy.port_closed_kill_s


def is_late(world: World, policy: Policy) -> bool:
    """Its answers take longer than one of us waits for them, while another may not mind."""
    return world.answers_s >= min(policy.heartbeat_timeout_s, policy.full_check_timeout_s)


def unfit_s(policy: Policy) -> float:
    """At least so long a gateway has been silent, or has answered wrongly, before it may be called ill. A
    question without an answer takes its whole time; answers that come at once have to last no less, whoever
    hurries us.
    """
    gap_s = min(policy.heartbeat_retry_s, policy.heartbeat_interval_s)
    each_s = min(policy.heartbeat_timeout_s, policy.full_check_timeout_s)
    return policy.heartbeat_misses * (each_s + gap_s) - gap_s


def failing_s(policy: Policy) -> float:
    """The same from the first deep check that finds that requests fail, at once or after their time."""
    return (policy.deep_check_misses - 1) * min(policy.restart_gap_s, policy.deep_check_interval_s)


def answer_s(policy: Policy) -> float:
    """From a question to what is done on its answer."""
    return max(policy.heartbeat_timeout_s, policy.full_check_timeout_s) + NEWS_S


def deep_s(policy: Policy) -> float:
    """Until failing requests are certain, or known to be over; a full check confirms each failed one."""
    each_s = policy.deep_check_interval_s + policy.deep_check_timeout_s + policy.full_check_timeout_s
    return (policy.deep_check_misses + 1) * each_s


def calm_s(policy: Policy) -> float:
    """Stalls and sleeps that come sooner after each other than this are one storm: else there is time between
    two of them to find whatever is wrong, even if the host stands still for half of it.
    """
    forgiven_s = min(policy.settle_after_resume_s, policy.last_wait_s)
    asked_s = policy.heartbeat_retry_s + max(policy.heartbeat_timeout_s, policy.full_check_timeout_s)
    requests_s = policy.deep_check_misses * (policy.restart_gap_s + policy.deep_check_timeout_s) + asked_s
    return 2 * (max(forgiven_s, certain_s(policy), requests_s) + soon_s(policy))


def stormy_s(world: World, policy: Policy) -> float:
    """By so much all may last longer in a storm: an answer is lost with each stall, and a silence counts only
    once no single stall explains it. Where a question takes longer than a moment without one, we are blind.
    A drain may be another one after the first return, and half as old as it seems after each further one.
    """
    forgiven_s = min(policy.settle_after_resume_s, policy.last_wait_s)
    asked_s = policy.heartbeat_retry_s + max(policy.heartbeat_timeout_s, policy.full_check_timeout_s)
    lost_s = certain_s(policy) if asked_s <= AWAY_S else policy.last_wait_s + blind_s(policy)
    drain_s = 2 * policy.startup_grace_max_s if world.gateway.condition() in OTHERS else 0.0
    return forgiven_s + lost_s + drain_s + soon_s(policy)


def rung_s(stage: Stage, policy: Policy) -> float:
    """How long the ladder may stand at `stage` when nothing prolongs it."""
    near_s = 2 * soon_s(policy)
    match stage:
        case Stage.IDLE:
            return certain_s(policy) + policy.last_wait_s + near_s
        case Stage.STOPPING:
            kills_s = (KILLS_MAX + 1) * policy.kill_grace_s
            return policy.hang_term_grace_s + kills_s + certain_s(policy) + near_s
        case Stage.WAITING:
            return policy.restart_gap_s + near_s
        case Stage.LAUNCHING:
            return policy.start_timeout_s + SLACK_S + NEWS_S
        case Stage.COMING_UP:
            return policy.start_timeout_s + certain_s(policy) + near_s
        case Stage.STABILISING:
            return policy.stability_window_s + certain_s(policy) + near_s
        case Stage.LAST_WAIT:
            return policy.last_wait_s + soon_s(policy)
        case Stage.EXHAUSTED:
            return policy.retry_after_escalation_s + certain_s(policy) + near_s


def prolonged_s(world: World, state: State, policy: Policy) -> dict[str, float]:
    """What rightly prolongs a rung now, by the truth, each with how long it may do so."""
    part, condition = state.restart, world.gateway.condition()
    slow_s = policy.startup_grace_max_s
    stopping = part.stage is Stage.STOPPING
    drain_s = policy.drain_budget_s if stopping else slow_s + policy.last_wait_s
    hour_s = HOUR_S if part.stage is Stage.EXHAUSTED else policy.last_wait_s
    # each break of the stability window begins it anew; so long after the first one the ladder is at its end
    broken_s = max(UNPROVEN_PATIENCE_S, 2 * policy.stability_window_s) - policy.stability_window_s
    # a restart in place closes its port: a miss, as in a hang; one that never comes back is no excuse
    closed = condition is Condition.STARTING and state.gateway.served
    in_place = closed and world.gateway.starts_slowly()
    unfit = condition in (Condition.HUNG, Condition.SICK) or world.lasts(world.until.disk_full)
    breaks = part.stage is Stage.STABILISING and (unfit or in_place or is_late(world, policy))
    held = part.hold is Hold.UNCLEAN_BUDGET
    killed = [each.pid for each in world.gateway.starts if each.by == DOCTOR and each.after_unclean]
    since_work_s = world.agenda.elapsed - world.until.upkeep
    worse = world.lasts(world.gateway.channels_bad_until) and condition is not Condition.SERVING
    watches = part.stage is Stage.IDLE and (policy.observe or bool(state.distrust))
    is_off = world.gateway.alive and Level.HEALTHCHECK in world.wishes.disabled
    proving_s = rung_s(Stage.STABILISING, policy)  # no rung of its own where we only watch
    return {
        what: for_s
        for what, for_s, is_so in (
            ("it starts", slow_s, (world.gateway.alive or world.second) and not state.gateway.served),
            ("a look failed", policy.sweep_interval_s, state.gateway.look_failed),  # the next one tells
            ("orders hang", 4 * LOOK_TIMEOUT_S, world.lasts(world.until.orders_hang)),
            ("it drains", drain_s, condition in OTHERS),
            ("others are at work", slow_s, world.others_at_work),
            ("its updater may start it", UPDATER_STARTS_S, 0 <= since_work_s <= UPDATER_STARTS_S),
            ("it is worse by now", slow_s, world.others_at_work and worse),
            ("no start can succeed", policy.last_wait_s, world.no_start_can_succeed),
            ("its breaker", UNPROVEN_PATIENCE_S, world.lasts(world.gateway.breaker_until)),
            ("who would act is off", policy.last_wait_s, is_off),
            ("its requests", deep_s(policy) + policy.full_check_interval_s, condition is Condition.SICK),
            ("it proves itself", proving_s, watches and condition is Condition.SERVING),
            ("its port is closed", closed_port_s(state.startups_s, policy), closed),
            ("its window breaks", broken_s + certain_s(policy), breaks),
            ("unclean starts", policy.unclean_window_s, held),
            *((f"the doctor's start of {pid}", policy.unclean_window_s, held) for pid in killed),
            ("starts an hour", hour_s, part.hold is Hold.HOURLY_BUDGET),
        )
        if is_so
    }


def notice_s(
    world: World, state: State, policy: Policy, *, seen: bool, to_be_up: bool = False
) -> float | None:
    """Until an outage must be an incident; None: it is none, or could not be known. `seen`: our program has
    found this gateway while it lived, whatever it believes by now. `to_be_up`: by its looks, who stopped it
    is to start it again.
    """
    gateway, view = world.gateway, state.gateway
    quick_s = certain_s(policy) + 2 * soon_s(policy)
    slow_s = quick_s + policy.startup_grace_max_s
    match gateway.condition():
        case Condition.ABSENT:
            if (gateway.ended_well or not seen) and not to_be_up:
                return None
            wished = world.wished_at >= gateway.ended_at
            planned = wished or gateway.last_cause is ExitCause.RESTART_REQUESTED or not state.known
            slow = planned or world.second is not None or to_be_up
            return policy.sweep_interval_s + (slow_s + UPDATER_STARTS_S if slow else quick_s)
        case Condition.STARTING:
            return None if gateway.starts_slowly() else policy.sweep_interval_s + slow_s
        case Condition.HUNG:
            if view.phase is Phase.DRAINING:  # it fell silent in a drain, whose time it has
                return quick_s + policy.drain_budget_s
            served = view.served and view.process is not None and view.process.pid == gateway.pid
            return quick_s if served else policy.sweep_interval_s + slow_s
        case Condition.SICK:
            return quick_s + policy.full_check_interval_s + deep_s(policy)
        case Condition.DRAINING | Condition.SUSPENDED:
            return slow_s + policy.full_check_interval_s
        case Condition.SERVING:
            return None


def anew_s(world: World, policy: Policy) -> float:
    """How long is waited once a person has let us go on: as long as after what had held us until then."""
    waits_s = policy.startup_grace_max_s if world.others_at_work else policy.last_wait_s
    return waits_s + soon_s(policy)


def cut_off_s(policy: Policy) -> float:
    """Until channels that fail are an incident: two full checks in a row find them so."""
    checks_s = 2 * (policy.full_check_interval_s + policy.full_check_timeout_s) + policy.stability_window_s
    return policy.sweep_interval_s + checks_s + certain_s(policy) + 2 * soon_s(policy)


def closing_s(policy: Policy) -> float:
    """From a well gateway to the end of its incident: every kind of check must pass, and for a while."""
    checks_s = policy.sweep_interval_s + policy.full_check_interval_s + deep_s(policy)
    return checks_s + policy.stability_window_s + certain_s(policy) + 2 * soon_s(policy)


def delivery_s(world: World, policy: Policy) -> float:
    """Until an alert is told on a route that works."""
    route_s = max(world.traits.route_s, world.route_slow_s)
    hand_over_s = LEASE_S if world.traits.routes else 0.0  # while no disk takes the outbox
    return RETRY_S + route_s + hand_over_s + soon_s(policy)


def blind_s(policy: Policy) -> float:
    """Until a person is told that we can look at nothing."""
    return policy.startup_grace_max_s + policy.last_wait_s + policy.sweep_interval_s + 4 * soon_s(policy)


def dying_s(policy: Policy) -> float:
    """Until a person is told that it keeps dying: the word why it ended may be awaited."""
    return 4 * LOOK_TIMEOUT_S + soon_s(policy)


def convergence_s(policy: Policy) -> float:
    """From the end of all faults until everything is well and closed, or a person told."""
    attempts = policy.restart_attempts + 1
    slow_s = policy.startup_grace_max_s + policy.unclean_window_s
    round_s = sum(rung_s(stage, policy) for stage in Stage) + slow_s
    return (
        attempts * round_s
        + policy.drain_budget_s
        + 2 * slow_s
        + max(UNPROVEN_PATIENCE_S, 2 * policy.stability_window_s)
        + closing_s(policy)
        + 2 * HOUR_S  # the budget's, and until it has ceased to die
    )
