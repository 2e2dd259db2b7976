"""Takes the alerts of the outbox to a route: each once, in order, for as long as it takes.

Rules
  * Claimed before it is sent, and its receipt kept after: whoever dies in between leaves a claim that ends
    with it, or in its time where nobody can tell. The next one sends the same message again, with the same
    mark, as one that may have arrived.
  * In order, and together what is much or old: see `turns`. What fails while its route works is tried seldom,
    and as its title alone.
  * Where nothing is silent, what wakes nobody waits until the quiet hours end. Meanwhile what is critical
    overtakes it, and nothing else does.
  * Whoever asks to be left alone for a while (Retry-After) is: no other message goes there, either.
  * Whoever refuses for good is believed, once what was refused was the bare title (`handover`), until it
    takes something. What it refuses again after that is refused for its own sake: the route works.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from selfheal.core.instants import Now, Wall, until
from selfheal.notify.handover import Patience, hand_over
from selfheal.notify.route import (
    Message,
    PartlyError,
    RefusedError,
    Ringing,
    Route,
    RouteError,
    UnsureError,
)
from selfheal.notify.turns import MINUTE_S, STORM_S, STUCK_TRIES, Take, Wait, choose, is_alarm, passed_over
from selfheal.ports.outbox import LEASE_S, Delivery, Outbox, Receipt, Subject
from selfheal.ports.store import StoreError

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 600.0  # a network that is back is found within ten minutes
ALARM_WAIT_S = 120.0  # and within two where somebody is to come
SELDOM_S = 3600.0  # at the most, between two tries of what fails while its route works
SEND_S = LEASE_S - 30.0  # a message with all its files; what takes longer may have arrived


class Composed(NamedTuple):
    """`thread`: the first that it belongs to; None: it stands alone."""

    message: Message
    thread: Subject | None = None


Compose = Callable[[Sequence[Delivery], Now], Composed]
"""Makes one message of the alerts that go together, the same one each time but for its age."""


def backoff_s(attempts: int, chance: float, most_s: float = LONGEST_WAIT_S) -> float:
    """`chance`: in [0, 1). Between half and the whole of a wait that doubles."""
    longest_s: float = min(FIRST_WAIT_S * 2 ** min(attempts - 1, 16), most_s)
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
        begun, early = self.now().mono, set[int]()
        end, last = begun + linger_s, begun + max(linger_s, MINUTE_S)
        while True:
            now = self.now()
            choice = self._choose(route, now)
            if isinstance(choice, Take) and now.mono > last:
                return 0.0
            if isinstance(choice, Take):
                await self._take(route, self._ahead(route, choice.deliveries, early, now))
            elif choice.for_s is None or now.mono + choice.for_s > end:
                return choice.for_s
            else:
                await self.sleep(choice.for_s)

    def rests(self, route: Route) -> bool:
        """All that waits for it waits for the end of the quiet hours."""
        choice = self._choose(route, self.now())
        return isinstance(choice, Wait) and choice.night

    def _choose(self, route: Route, now: Now) -> Take | Wait:
        said = self.outbox.said(route.name, Wall(now.wall - STORM_S))
        waiting = self.outbox.waiting(route.name)
        held_s = self.outbox.standing(route.name).held_s(now)
        if waiting and held_s:
            return Wait(held_s)
        quiet_s = self.quiet_s(now) if isinstance(route, Ringing) else 0.0
        if not quiet_s:
            return choose(waiting, said, now)
        left = waiting
        while True:
            choice = choose(left, said, now)
            if isinstance(choice, Wait):
                held = len(left) < len(waiting)
                waits = [choice.for_s, quiet_s if held else None]
                soonest_s = min((wait for wait in waits if wait is not None), default=None)
                return Wait(soonest_s, night=held and choice.for_s is None)
            if not self.compose(choice.deliveries, now).message.silent:
                return choice
            left = [one for one in left if one not in choice.deliveries]

    def _ahead(
        self, route: Route, chosen: Sequence[Delivery], early: set[int], now: Now
    ) -> Sequence[Delivery]:
        """Where the route fails, an alarm that would be passed over shows first whether it is back; each one
        once. `early`: those that have.
        """
        if self.outbox.standing(route.name).failing is None:
            return chosen
        said = self.outbox.said(route.name, Wall(now.wall - STORM_S))
        for message in passed_over(self.outbox.waiting(route.name), said, chosen, now):
            if message[0].alert.id not in early:
                early.add(message[0].alert.id)
                return message
        return chosen

    async def _take(self, route: Route, deliveries: Sequence[Delivery]) -> None:
        works = self.outbox.standing(route.name).failing is None
        claimed = self.outbox.claim(route.name, deliveries, until(self.now(), LEASE_S))
        if not claimed:
            return  # another one is at it, or has been
        first = claimed[0]
        alone = (works or first.alone) and first.attempts > STUCK_TRIES and not first.lacks
        try:
            receipt = await self._send(route, claimed, alone=alone)
        except RefusedError as error:
            again = works and claimed[0].refusals > 0
            self.outbox.refused(route.name, claimed, str(error), self.now(), alone=again)
        except PartlyError as error:
            now = self.now()
            ready = until(now, self._wait_s(error, claimed[0].attempts, LONGEST_WAIT_S))
            self.outbox.taken_in_part(route.name, claimed, error.receipt, ready, str(error), now)
        except RouteError as error:
            self._put_off(route, claimed, error, alone=alone)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 -- neither the other routes nor the next try may suffer for it
            odd = UnsureError(f"cannot tell {route.name}: {type(error).__name__}")
            self._put_off(route, claimed, odd, alone=alone)
        else:
            self.outbox.taken(route.name, claimed, receipt, self.now())

    def _put_off(self, route: Route, claimed: Sequence[Delivery], error: RouteError, *, alone: bool) -> None:
        """`alone`: only this message fails."""
        now, unsure = self.now(), isinstance(error, UnsureError)
        longest_s = ALARM_WAIT_S if any(map(is_alarm, claimed)) else LONGEST_WAIT_S
        most_s = SELDOM_S if alone or claimed[0].lacks else longest_s
        ready = until(now, self._wait_s(error, claimed[0].attempts, most_s))
        if error.after is not None:
            self.outbox.hold(route.name, until(now, error.after.total_seconds()))
        self.outbox.put_off(route.name, claimed, ready, str(error), unsure=unsure, now=now, alone=alone)

    async def _send(self, route: Route, claimed: Sequence[Delivery], *, alone: bool) -> Receipt:
        again = any(one.unsure for one in claimed)
        composed = self.compose(claimed, self.now())
        message = replace(composed.message, only=claimed[0].lacks)
        earlier = composed.thread and self.outbox.first_receipt(route.name, composed.thread)
        try:
            async with asyncio.timeout(SEND_S):
                patience = Patience.NONE if alone else Patience.of(claimed[0].attempts)
                return await hand_over(route, message, earlier, again=again, patience=patience)
        except TimeoutError:
            raise UnsureError(f"cannot tell {route.name}: not done in {SEND_S:.0f} s") from None

    def _wait_s(self, error: RouteError, attempts: int, most_s: float) -> float:
        wait_s = backoff_s(attempts, self.chance(), most_s)
        return wait_s if error.after is None else max(wait_s, error.after.total_seconds())
