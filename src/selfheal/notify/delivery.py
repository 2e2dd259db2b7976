"""Takes the alerts of the outbox to a route: each once, in order, for as long as it takes.

Rules
  * Claimed before it is sent, and its receipt kept after: whoever dies in between leaves a claim that ends
    with it, or in its time where nobody can tell. The next one sends the same message again, with the same
    mark, as one that may have arrived.
  * In order: an opening that is waited with is not overtaken by its end.
  * A message that was tried goes again as it was. What waits behind it becomes one message when it is much or
    old, so that a storm, or a network that comes back after a night, is read in a minute.
  * Where nothing is silent, what wakes nobody waits until the quiet hours end. Meanwhile what is critical
    overtakes it, and nothing else does.
  * Whoever refuses for good is believed, once what was refused was the bare title, until it takes something.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from selfheal.core.instants import Now, Wall, until
from selfheal.notify.limits import one_line
from selfheal.notify.route import LaterError, Message, RefusedError, Ringing, Route, RouteError, UnsureError
from selfheal.ports.outbox import Delivery, Outbox, Receipt
from selfheal.ports.store import StoreError

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 600.0  # a network that is back is found within ten minutes
LEASE_S = 180.0
SEND_S = LEASE_S - 30.0  # a message with all its files; what takes longer may have arrived
STORM = 2  # messages on a route in a minute; what comes then waits for a quiet one and goes together
MINUTE_S = 60.0
FOLDED_FROM = 4  # that wait for a route at once
LATE_S = 900.0
FOLDED_MOST = 500


class Composed(NamedTuple):
    """`thread`: the target and the first incident of what it belongs to; None: it stands alone."""

    message: Message
    thread: tuple[str, int] | None = None


Compose = Callable[[Sequence[Delivery], Now], Composed]
"""Makes one message of the alerts that go together, the same one each time but for its age."""


class Take(NamedTuple):
    deliveries: Sequence[Delivery]


class Wait(NamedTuple):
    """In `for_s` seconds there is something to do again; None: there is nothing."""

    for_s: float | None = None


def choose(waiting: Sequence[Delivery], said: Sequence[Wall], now: Now) -> Take | Wait:
    """What goes next, of what waits for a route, oldest first. `said`: its messages of the last minute."""
    if not waiting:
        return Wait()
    together = _together(waiting, now)
    head = together[0]
    if head.ready is not None and not head.is_ready(now):
        return Wait(head.ready.left_s(now))
    recent = [at for at in said if 0 <= now.wall - at < MINUTE_S]
    if len(recent) >= STORM:
        return Wait(MINUTE_S - (now.wall - recent[-1]))
    return Take(together)


def _together(waiting: Sequence[Delivery], now: Now) -> Sequence[Delivery]:
    head = waiting[0]
    if head.parcel is not None:
        return [one for one in waiting if one.parcel == head.parcel]
    fresh = [one for one in waiting if one.parcel is None]
    late = now.wall - head.alert.ordered > LATE_S
    return fresh[:FOLDED_MOST] if late or len(fresh) >= FOLDED_FROM else fresh[:1]


def backoff_s(attempts: int, chance: float) -> float:
    """`chance`: in [0, 1). Between half and the whole of a wait that doubles."""
    longest_s: float = min(FIRST_WAIT_S * 2 ** min(attempts - 1, 16), LONGEST_WAIT_S)
    return longest_s * (1 + chance) / 2


@dataclass(frozen=True)
class Courier:
    """`chance`: a number in [0, 1). `sleep`: takes seconds. `quiet_s`: until the quiet hours end, 0: it is
    none.
    """

    outbox: Outbox
    compose: Compose
    now: Callable[[], Now]
    chance: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    quiet_s: Callable[[Now], float] = lambda now: 0.0  # noqa: ARG005

    async def serve(self, route: Route, linger_s: float) -> float | None:
        """Until nothing waits for the route, or nothing that is due within `linger_s`, or for about a minute.
        Seconds until there is something to do again; None: there is nothing.
        """
        begun = self.now().mono
        end, last = begun + linger_s, begun + max(linger_s, MINUTE_S)
        while True:
            now = self.now()
            choice = self._choose(route, now)
            if isinstance(choice, Take) and now.mono > last:
                return 0.0
            if isinstance(choice, Take):
                await self._take(route, choice.deliveries)
            elif choice.for_s is None or now.mono + choice.for_s > end:
                return choice.for_s
            else:
                await self.sleep(choice.for_s)

    def _choose(self, route: Route, now: Now) -> Take | Wait:
        said = self.outbox.said(route.name, Wall(now.wall - MINUTE_S))
        waiting = self.outbox.waiting(route.name)
        quiet_s = self.quiet_s(now) if isinstance(route, Ringing) else 0.0
        if not quiet_s:
            return choose(waiting, said, now)
        left = waiting
        while True:
            choice = choose(left, said, now)
            if isinstance(choice, Wait):
                held = len(left) < len(waiting)
                waits = [choice.for_s, quiet_s if held else None]
                return Wait(min((wait for wait in waits if wait is not None), default=None))
            if not self.compose(choice.deliveries, now).message.silent:
                return choice
            left = [one for one in left if one not in choice.deliveries]

    async def _take(self, route: Route, deliveries: Sequence[Delivery]) -> None:
        claimed = self.outbox.claim(route.name, deliveries, until(self.now(), LEASE_S))
        if not claimed:
            return  # another one is at it, or has been
        again = any(one.unsure for one in claimed)
        try:
            receipt = await self._send(route, claimed, again=again)
        except RefusedError as error:
            self.outbox.refused(route.name, claimed, str(error), self.now())
        except RouteError as error:
            self._put_off(route, claimed, error)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 -- neither the other routes nor the next try may suffer for it
            self._put_off(route, claimed, UnsureError(f"cannot tell {route.name}: {type(error).__name__}"))
        else:
            self.outbox.taken(route.name, claimed, receipt, self.now())

    def _put_off(self, route: Route, claimed: Sequence[Delivery], error: RouteError) -> None:
        now, unsure = self.now(), isinstance(error, UnsureError)
        ready = until(now, self._wait_s(error, claimed[0].attempts))
        self.outbox.put_off(route.name, claimed, ready, str(error), unsure=unsure, now=now)

    async def _send(self, route: Route, claimed: Sequence[Delivery], *, again: bool) -> Receipt:
        composed = self.compose(claimed, self.now())
        earlier = composed.thread and self.outbox.first_receipt(route.name, *composed.thread)
        try:
            async with asyncio.timeout(SEND_S):
                try:
                    return await route.send(composed.message, earlier, again=again)
                except RefusedError:
                    return await route.send(bare(composed.message), None, again=again)
        except TimeoutError:
            raise UnsureError(f"cannot tell {route.name}: not done in {SEND_S:.0f} s") from None

    def _wait_s(self, error: RouteError, attempts: int) -> float:
        asked = error.after if isinstance(error, LaterError) else None
        wait_s = backoff_s(attempts, self.chance())
        return wait_s if asked is None else max(wait_s, asked.total_seconds())


def bare(message: Message) -> Message:
    """What no service has a reason to refuse, unless it refuses us."""
    title = one_line(message.title)
    return replace(message, title=title, body=title, attachments=(), timeline=None)
