"""Listens to what a person answers on a route, for as long as there is something to acknowledge.

What comes is untrusted: of it only numbers are read, each within bounds, and who it was is a name to show.

  * An answer goes into the inbox once, together with the place up to which its route was read. Only then is
    the person told, and told what is true: that it counts, or that it will once somebody watches.
  * Whoever else reads the same answers is left alone: at the first sign of one the route is not listened to
    any more until its settings are others.
  * A message that asks for nothing any more loses its buttons, whoever has acknowledged it, and where.
"""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.levels import Request
from selfheal.core.observations import OperatorAsked
from selfheal.notify.delivery import backoff_s
from selfheal.notify.route import RefusedError, RouteError
from selfheal.ports.hearing import Asked, Ears, Shown, Wish

FOR_S = 4 * 3600.0  # what the second button offers: a night's half
SIGNS: Mapping[str, float | None] = {"✅": None, "🕓": FOR_S}
"""What a person presses, or sets below a message, and for how long it counts; None: for good."""
WHO_CHARACTERS = 40
FOR_LEAST_S, FOR_MOST_S = 60.0, 7 * 86_400.0
EFFECT_S = 6.0  # a resident looks into its inbox each second; a press is to be answered soon
EFFECT_POLL_S = 0.3
REFUSED_S = 900.0  # a token that was revoked is tried again now and then
SKEW_S = 120.0  # between the service's clock and ours
TAG_CHARS = 16  # 64 bits


class Verdict(StrEnum):
    """What became of an answer."""

    TAKEN = "taken"
    LATER = "later"  # nobody watches now
    NOT_OPEN = "not_open"
    HOW = "how"  # it was not understood


class ConflictError(RouteError):
    """Somebody else reads the same answers, and would miss those that we read."""


@dataclass(frozen=True)
class Press:
    """What a person pressed, wrote, or set below a message. `mark` names it on its route for ever.

    `incident` None: it was meant for us and not understood. Which one is meant is said by the message (`of`),
    by a button's `tag`, or else by the number alone. `said`: when, where that is known. `place`: up to where
    its route is read with it. `message`: below which it was pressed.
    """

    mark: str
    who: str
    incident: int | None
    for_s: float | None = None
    of: Shown | None = None
    tag: str = ""
    said: Wall | None = None
    place: int | None = None
    message: str = ""
    query: str = ""  # to be answered at once
    text: str = ""  # of the message


class Heard(NamedTuple):
    presses: Sequence[Press] = ()
    place: int | None = None


class Ear(Protocol):
    """The answers on one route. Raises RouteError's kinds. `pace_s`: between two looks at the least."""

    name: str
    pace_s: float

    async def hear(self, place: int | None, shown: Sequence[Shown], before: frozenset[str]) -> Heard:
        """`place`: up to where it was read. `shown`: messages that ask. `before`: marks heard already."""
        ...

    async def reply(self, press: Press, text: str, *, done: bool) -> None:
        """`done`: what it was about asks for nothing any more."""
        ...

    async def settle(self, message: str) -> None:
        """Takes the buttons off."""
        ...

    async def close(self) -> None: ...


class Said(Protocol):
    def __call__(self, verdict: Verdict, press: Press) -> str:
        """In the person's language."""
        ...


def tag(installation: str, target: str, incident: int) -> str:
    """Names an incident of this installation, so that a button of another one, or of an older database, or
    one that somebody made up, means none of ours.
    """
    said = f"{installation} {incident} {target}".encode()
    return hashlib.sha256(said).hexdigest()[:TAG_CHARS]


def bounded_s(for_s: float | None) -> float | None:
    return None if for_s is None else min(max(for_s, FOR_LEAST_S), FOR_MOST_S)


@dataclass(frozen=True)
class Listener:
    """`tag`: of target and incident. `sleep`: takes seconds. `complain` hears why a route is not heard."""

    ears: Ears
    tag: Callable[[str, int], str]
    words: Said
    now: Callable[[], Now]
    complain: Callable[[str], None]
    chance: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def serve(self, ear: Ear, door: str, until: Monotonic) -> float | None:
        """Until then, or until nothing is to be heard. Seconds until there is something to do again; None:
        there is nothing.
        """
        self.ears.know(ear.name, door)
        tries = 0
        while asked := await self._settled(ear):
            if self.ears.deaf(ear.name, door):
                return None
            begun = self.now().mono
            if begun >= until:
                return 0.0
            try:
                await self._turn(ear, door, asked)
                tries, wait_s = 0, ear.pace_s
            except ConflictError as error:
                self.ears.deafen(ear.name, door, str(error))
                self.complain(str(error))
                return None
            except RefusedError as error:
                self.complain(str(error))
                return REFUSED_S
            except RouteError as error:
                tries += 1
                wait_s = max(backoff_s(tries, self.chance()), _asked_s(error))
            if begun + wait_s > until:
                return wait_s
            await self.sleep(max(0.0, begun + wait_s - self.now().mono))
        return None

    async def _settled(self, ear: Ear) -> Sequence[Asked]:
        """What is asked now; messages about anything else ask no more."""
        asked = self.ears.asked()
        open_now = {(one.target, one.incident) for one in asked}
        for shown in self.ears.shown(ear.name, self.now()):
            if (shown.target, shown.incident) not in open_now:
                try:
                    await ear.settle(shown.message)
                except RefusedError:
                    pass  # it is gone, or has no buttons
                except RouteError:
                    break  # at the next turn
                self.ears.settle(ear.name, shown.message, self.now())
        return asked

    async def _turn(self, ear: Ear, door: str, asked: Sequence[Asked]) -> None:
        now = self.now()
        open_now = {(one.target, one.incident) for one in asked}
        shown = [one for one in self.ears.shown(ear.name, now) if (one.target, one.incident) in open_now]
        place, before = self.ears.place(ear.name, door), self.ears.heard_before(ear.name, now)
        heard = await ear.hear(place, shown, before)
        for press in heard.presses:
            await self._take(ear, press, asked)
        if heard.place is not None:
            self.ears.read_to(ear.name, heard.place)

    async def _take(self, ear: Ear, press: Press, asked: Sequence[Asked]) -> None:
        meant = [one for one in asked if self._is_meant(one, press)]
        wishes = [Wish(one.target, _acknowledge(ear.name, one, press)) for one in meant]
        if not self.ears.hear(ear.name, press.mark, press.place, wishes, self.now()):
            return
        verdict = await self._verdict(press, meant)
        done = verdict in (Verdict.TAKEN, Verdict.NOT_OPEN)
        with suppress(RouteError):  # it counts all the same, and its buttons go at the next turn
            await ear.reply(press, self.words(verdict, press), done=done)
            if done and press.message:
                self.ears.settle(ear.name, press.message, self.now())

    def _is_meant(self, asked: Asked, press: Press) -> bool:
        if press.incident != asked.incident:
            return False
        if press.of is not None:
            return press.of.target == asked.target
        if press.tag:
            return press.tag == self.tag(asked.target, asked.incident)
        return press.said is not None and press.said >= asked.since - SKEW_S

    async def _verdict(self, press: Press, meant: Sequence[Asked]) -> Verdict:
        if press.incident is None:
            return Verdict.HOW
        if not meant:
            return Verdict.NOT_OPEN
        end = self.now().mono + EFFECT_S
        while self.now().mono < end:
            if not set(meant) & set(self.ears.asked()):
                return Verdict.TAKEN
            await self.sleep(EFFECT_POLL_S)
        return Verdict.LATER


def _acknowledge(route: str, asked: Asked, press: Press) -> OperatorAsked:
    by = f"{route}: {press.who}" if press.who else route
    return OperatorAsked(Request.ACKNOWLEDGE, for_s=bounded_s(press.for_s), incident=asked.incident, by=by)


def _asked_s(error: RouteError) -> float:
    after = error.after
    return after.total_seconds() if after is not None else 0.0
