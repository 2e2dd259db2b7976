"""The canary: a route shows in silence that it still works, before it is needed.

Rules
  * Whatever a route has taken proves it. A canary is due once it has taken nothing for the interval, by the
    times that are stored: our restarts neither hasten nor delay it.
  * Only while nothing waits for the route: an alert proves more, and a storm needs no canary. In quiet hours,
    too: it calls nobody, and what waits for their end alone proves nothing until then.
  * One at a time: a proof is claimed like an alert, and who dies over it leaves a claim that ends.
  * A route that fails is asked again after minutes, that its coming back is seen; one that refuses for good
    after the interval, or at once where its settings are others.
  * Whoever asks to be left alone for a while is, by alerts, too.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from selfheal.core.instants import Now, Wall, until
from selfheal.notify.route import Message, Provable, RefusedError, Route, RouteError
from selfheal.ports.outbox import LEASE_S, Outbox, Proof, Standing

ASK_S = LEASE_S - 30.0
SHORTEST_S = 300.0  # between two tries on a route that fails
LONGEST_S = 3600.0  # as long as it has failed already, within these


def due_s(standing: Standing, interval_s: float, now: Now) -> float:
    """Seconds until a proof is due; 0: it is."""
    return max(standing.held_s(now), _proof_s(standing, interval_s, now))


def _proof_s(standing: Standing, interval_s: float, now: Now) -> float:
    if standing.ready is not None:  # somebody is at it, or it failed
        return _left_s(now.wall, standing.ready, max(interval_s, LONGEST_S))
    if standing.failing is not None:
        return 0.0
    last = standing.since if standing.taken is None else standing.taken
    return _left_s(now.wall, last + interval_s, interval_s)


def _left_s(now: float, due: float, most_s: float) -> float:
    """A clock that was set back makes no wait longer than it can have been."""
    left_s = due - now
    return left_s if 0 < left_s <= most_s else 0.0


def again_s(standing: Standing, now: Now, chance: float) -> float:
    """Until a route that failed just now is asked again. `chance`: in [0, 1)."""
    failing_s = 0.0 if standing.failing is None else now.wall - standing.failing
    return min(max(failing_s, SHORTEST_S), LONGEST_S) * (1 + chance) / 2


@dataclass(frozen=True)
class Canary:
    """`compose`: the message, by the number of the try. `chance`: a number in [0, 1)."""

    outbox: Outbox
    compose: Callable[[int], Message]
    now: Callable[[], Now]
    chance: Callable[[], float]
    interval_s: float

    async def serve(self, route: Route, since: Wall | None = None) -> float | None:
        """Asks for a proof where one is due, or where none was had `since`. Seconds until it is due again;
        None: never.
        """
        if not self.interval_s or not isinstance(route, Provable):
            return None
        seen, now = self.outbox.standing(route.name), self.now()
        left_s = due_s(seen, self.interval_s, now)
        wanted = since is not None and seen.ready is None and (seen.taken is None or seen.taken < since)
        if left_s > 0 and (not wanted or seen.held_s(now)):
            return left_s
        if self.outbox.claim_proof(route.name, seen, Wall(now.wall + LEASE_S)):
            await self._ask(route, seen)
        return due_s(self.outbox.standing(route.name), self.interval_s, self.now())

    async def _ask(self, route: Provable, seen: Standing) -> None:
        try:
            async with asyncio.timeout(ASK_S):
                await route.prove(self.compose(seen.tries + 1))
        except RefusedError as error:
            self._failed(route.name, str(error), self.interval_s, final=True)
        except RouteError as error:
            if error.after is not None:
                self.outbox.hold(route.name, until(self.now(), error.after.total_seconds()))
            self._failed(route.name, str(error), again_s(seen, self.now(), self.chance()), final=False)
        except Exception as error:  # noqa: BLE001 -- the other routes may not suffer for it
            what = f"not done in {ASK_S:.0f} s" if isinstance(error, TimeoutError) else type(error).__name__
            why = f"cannot tell {route.name}: {what}"
            self._failed(route.name, why, again_s(seen, self.now(), self.chance()), final=False)
        else:
            self.outbox.proved(route.name, Proof.CANARY, self.now())

    def _failed(self, route: str, why: str, wait_s: float, *, final: bool) -> None:
        now = self.now()
        self.outbox.unproved(route, why, Wall(now.wall + wait_s), final=final, now=now)
