"""One budget for all restarts, whoever makes them: below the gateway's own breaker, and bounded in an hour.

Rules
  * A start of ours counts when it is ordered, and its process not again when it is seen, unless we were away
    in between or it was born long after: it may be another one.
  * A process that we did not start (its service manager's, another owner's) counts from its birth, when the
    one before it did not end cleanly, or when we had stopped that one.
  * A clean end costs no unclean start. A person may restart the gateway as often as he likes: a restart that
    it asks for, having proved itself, costs none in the hour. One that asks again and again before does: it
    has to prove itself after a start that was ours, or met a restart of ours. What a person starts need not.
  * The word why a process ended may come after its successor. Until then the end is taken for unclean.
  * So is what its service manager started before it gave up, though nobody has seen it: that ended badly.
  * More starts in an hour than the budget are not all ours, which are held. They show that it keeps dying,
    however well each of its lives begins, until they are half as many: near the limit it would be over and
    begin again with each life.
"""

from selfheal.core.facts import ExitCause
from selfheal.core.instants import HOUR_S, Monotonic, Now
from selfheal.core.policy import Policy
from selfheal.core.reasons import Hold
from selfheal.core.state import Phase, RestartPart, Stage, State
from selfheal.core.values import replace

CLEAN = frozenset({ExitCause.STOPPED_ON_PURPOSE, ExitCause.RESTART_REQUESTED, ExitCause.ALREADY_RUNNING})
"""Ends that the gateway's own breaker does not count. Every other one is taken for unclean."""

MADE_S = 30.0  # from a start order to its process; the gateway's own command takes as long on a small host
LATE_S = 2.0  # a look takes its time, and a process seems younger by as much

SPARE = 1  # beyond what is looked at: one may be judged clean later. Managers start thousands an hour.


def exceeded(part: RestartPart, now: Now, policy: Policy) -> tuple[Hold, Monotonic] | None:
    """Why a start must wait for the budgets, and until when; None: it may be made now."""
    unclean = [at for at in part.unclean_starts if at + policy.unclean_window_s > now.mono]
    if part.unclean_end and len(unclean) >= policy.unclean_starts_max:
        oldest = sorted(unclean)[-policy.unclean_starts_max]
        return Hold.UNCLEAN_BUDGET, Monotonic(oldest + policy.unclean_window_s)
    starts = [] if part.requested else [at for at in part.starts if at + HOUR_S > now.mono]
    if len(starts) >= policy.restarts_per_hour_max:
        return Hold.HOURLY_BUDGET, Monotonic(sorted(starts)[-policy.restarts_per_hour_max] + HOUR_S)
    return None


def too_many(before: RestartPart, part: RestartPart, now: Now, policy: Policy) -> int:
    """How often it was restarted in this hour, where what was found since `before` makes it more often than
    the budget; else 0.
    """
    found = (part.starts, part.unjudged) != (before.starts, before.unjudged)
    count = _of_this_hour(part, now) if found else 0
    return count if count > policy.restarts_per_hour_max else 0


def is_over(part: RestartPart, now: Now, policy: Policy) -> bool:
    """Whether it has ceased to die."""
    return _of_this_hour(part, now) <= policy.restarts_per_hour_max // 2


def _of_this_hour(part: RestartPart, now: Now) -> int:
    return sum(at + HOUR_S > now.mono for at in part.starts if at != part.unjudged)


def ordered(part: RestartPart, now: Now, policy: Policy) -> RestartPart:
    """With the start of ours that is ordered now."""
    if not part.requested or part.unclean_end:
        part = _counted(part, now.mono, now, policy)
    return replace(part, last_start=now.mono, asked_at=None, expected=True, requested=False, observed=False)


def lost(part: RestartPart) -> RestartPart:
    """Its process has gone. Until the word why comes, only an end that we asked for is taken for clean."""
    asked = part.asked_at is not None and part.kills == 0
    return replace(part, unclean_end=not asked, expected=False)


def ended_unseen(part: RestartPart) -> RestartPart:
    """What we had started, and not seen since, may have ended, and another one be there. It is taken for
    ended: one start counted too many costs a wait, one too few the gateway's channels.
    """
    return replace(part, unclean_end=True, expected=False) if part.expected else part


def tried_in_vain(part: RestartPart) -> RestartPart:
    """Its manager had it, and has given up: what it started last we may not have seen, and it ended badly. A
    start that was asked for is made by then.
    """
    if part.unclean_end and not part.requested:
        return part
    return replace(part, unclean_end=True, requested=False)


def appeared(
    part: RestartPart,
    born: Monotonic,
    now: Now,
    policy: Policy,
    *,
    examined: bool = True,
    managed: bool = False,
) -> RestartPart:
    """A process was found that was not there before. `examined`: no word why the last one ended is due.
    `managed`: it has a service manager.
    """
    if part.expected:
        if not _is_late(part, born, managed=managed):
            return replace(part, expected=False)
        part = ended_unseen(part)
    wished = part.stage in (Stage.STOPPING, Stage.WAITING)
    if not examined:  # also where we had asked for that end: it may not have been a clean one
        part = replace(part, unclean_end=True)
    if not (part.unclean_end or wished):
        return part
    judged_later = born if part.unclean_end and not examined and born not in part.starts else None
    return replace(_counted(part, born, now, policy), unjudged=judged_later)


def _is_late(part: RestartPart, born: Monotonic, *, managed: bool) -> bool:
    """A start of ours has made its process by the time it is done: what is born clearly later is another. An
    order that hangs had made its own long before; a manager makes it at once, and another when that ends.
    """
    under_way = part.stage is Stage.LAUNCHING and not managed
    return born > part.since + (MADE_S if under_way else LATE_S)


def judged(part: RestartPart, cause: ExitCause, *, gone: bool) -> RestartPart:
    """The word why a process ended. `gone`: no other one is there yet."""
    unclean = cause not in CLEAN or part.kills > 0
    if part.unjudged is not None and not unclean:
        starts = tuple(at for at in part.starts if at != part.unjudged)
        unclean_starts = tuple(at for at in part.unclean_starts if at != part.unjudged)
        part = replace(part, starts=starts, unclean_starts=unclean_starts)
    return replace(part, unjudged=None, unclean_end=unclean and gone)


def rebased(state: State, now: Now) -> RestartPart:
    """After a reboot: the starts that the gateway's breaker still counts, by wall time, and an unclean end
    unless the gateway is known to have been stopped before. A clock that was set back meanwhile hides how
    long that was: they are as old then as when we last knew, and we wait rather too long than too short.
    """
    away_s = max(0.0, now.wall - state.last_wall)

    def moved(moments: tuple[Monotonic, ...]) -> tuple[Monotonic, ...]:
        return tuple(Monotonic(now.mono - away_s - (state.last_mono - at)) for at in moments)

    part = state.restart
    return RestartPart(
        starts=moved(part.starts),
        unclean_starts=moved(part.unclean_starts),
        unclean_end=state.known and (state.gateway.phase is not Phase.STOPPED or part.unclean_end),
    )


def _counted(part: RestartPart, at: Monotonic, now: Now, policy: Policy) -> RestartPart:
    """The newest are kept. A process that is lost from sight and found again was born but once."""
    unclean = {each for each in part.unclean_starts if each + policy.unclean_window_s > now.mono}
    starts = {each for each in part.starts if each + HOUR_S > now.mono} | {at}
    unclean |= {at} if part.unclean_end else set()
    return replace(
        part,
        starts=tuple(sorted(starts))[-policy.restarts_per_hour_max - 1 - SPARE :],
        unclean_starts=tuple(sorted(unclean))[-policy.unclean_starts_max - SPARE :],
        unclean_end=False,
    )
