"""Single beats are leapt over where the last one has changed nothing.

A gateway that starts is asked every second, and one that its manager is about to start is looked for as
often. Between two moments of rest, with nothing under way and nothing due, lies a beat. If it has moved some
moments by its own length and has left all else as it was, the next one will do so too, until something else
is due. So whole beats are leapt over, and the last one before that is walked: what follows finds the clocks,
the questions and the stored state as if each had been walked, to the millionth of a second.
"""

import math
from collections.abc import Iterator
from operator import attrgetter

from selfheal.core.instants import Monotonic
from selfheal.core.ladder import FRESH_S
from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.sim.ends import next_end
from selfheal.sim.leap import Fixed, fixed, is_as_seen, leapt, near_s, next_turn
from selfheal.sim.world import World

ROUNDING_S = 1e-6

_ASKED = attrgetter(
    "watchdog.next_sweep", "healthcheck.next_heartbeat", "healthcheck.next_full", "restart.deadline"
)
_TOLD = attrgetter(
    *("gateway.inspected", "gateway.probed", "gateway.checked"),
    *("gateway.last_probe_wall", "gateway.last_full_wall"),
)
_RARE = attrgetter("healthcheck.next_deep", "gateway.deep_checked", "alerting.next_try")
"""No beat has a deep check or an alert in it: the judge keeps account of these."""


class Beats:
    """One for each world. Moments are the agenda's `elapsed`, or the host's where they are `Monotonic`."""

    def __init__(self, world: World, policy: Policy) -> None:
        self._world = world
        self._policy = policy
        self._fixed: Fixed = ()
        self._before = self._last = State("")
        self._length_s = 0.0  # of the last beat; 0: it has changed something

    def look(self, state: State) -> None:
        """At each rest, and whenever else nothing is under way."""
        self._length_s = 0.0
        if self._world.agenda.now().mono - state.last_mono > ROUNDING_S:
            return  # in the middle of one, something has happened to the world
        fixed_now, before = fixed(state, self._policy), self._last
        if fixed_now == self._fixed and _RARE(state) == _RARE(before):
            length_s = state.last_mono - before.last_mono
            self._length_s = length_s if _all_move(before, state, length_s) else 0.0
        self._before, self._last, self._fixed = before, state, fixed_now

    def leapt(self, state: State, until: float) -> tuple[State, float]:
        """The `state` after as many beats as leave one before the next thing, and in how many seconds that
        is: 0.0 where there are too few. `until`: when what our caller knows of happens.
        """
        length_s, now = self._length_s, self._world.agenda.elapsed
        if not length_s or until - now < 2 * length_s:
            return state, 0.0
        count = int((min(until, self._next_end(state)) - now) / length_s) - 1
        if count < 1 or not is_as_seen(self._world, state, self._policy):
            return state, 0.0
        by_s = count * length_s
        return leapt(state, by_s, self._before), by_s

    def _next_end(self, state: State) -> float:
        """Of what lasts in the world, or of the time in which nothing else is due."""
        world = self._world
        graced = world.gateway.since + self._policy.startup_grace_s  # the judge's patience with a start
        turn = min((at for at in self._turns(state) if at > state.last_mono), default=Monotonic(math.inf))
        turn = min(turn, next_turn(state, self._before, self._policy))
        return min(world.agenda.at_mono(turn), next_end(world), graced if world.lasts(graced) else math.inf)

    def _turns(self, state: State) -> Iterator[Monotonic]:
        """Moments at which something that is no part of this beat is due, or is judged by its age."""
        before, policy, part = self._before, self._policy, state.restart
        yield from (at for was, at in zip(_ASKED(before), _ASKED(state), strict=True) if at and at == was)
        yield from (state.healthcheck.next_deep, state.alerting.next_try)
        if part.deadline is not None:
            yield Monotonic(part.deadline - near_s(part, policy))
        seen_at = state.gateway.inspected
        if seen_at is not None and seen_at == before.gateway.inspected:
            recent_s = policy.heartbeat_interval_s + policy.full_check_timeout_s
            yield from (Monotonic(seen_at + by_s) for by_s in (FRESH_S, policy.recheck_hold_s, recent_s))


def _all_move(before: State, state: State, by_s: float) -> bool:
    """Each moment that a look or a probe sets stands, or is later by `by_s`."""
    pairs = (*zip(_ASKED(before), _ASKED(state), strict=True), *zip(_TOLD(before), _TOLD(state), strict=True))
    return all(
        was == now or (was is not None and now is not None and abs(now - was - by_s) < ROUNDING_S)
        for was, now in pairs
    )
