"""What a person answers on a route, on its way into the inbox.

An answer and the place up to which a route was read are kept in one transaction: whoever dies before it reads
the same answer again, and whoever dies after it does not.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from selfheal.core.instants import Now, Wall
from selfheal.core.observations import OperatorAsked


class Asked(NamedTuple):
    """An incident of which a person was told, and that nobody has acknowledged. `since`: it was opened."""

    target: str
    incident: int
    since: Wall


class Shown(NamedTuple):
    """A message on a route that tells of an open incident. `message`: the service's name of it."""

    target: str
    incident: int
    message: str


class Wish(NamedTuple):
    target: str
    asked: OperatorAsked


class Ears(Protocol):
    """Raises StoreError and nothing else. A `door` is a fingerprint of a route's settings."""

    def asked(self) -> Sequence[Asked]: ...

    def shown(self, route: str, now: Now) -> Sequence[Shown]:
        """Of the last days, newest first, without those that were settled."""
        ...

    def heard_before(self, route: str, now: Now) -> frozenset[str]:
        """The marks of what was heard there in the last days."""
        ...

    def place(self, route: str, door: str) -> int | None:
        """Up to where it was read, in the service's own numbers; None: it never was by this door."""
        ...

    def deaf(self, route: str, door: str) -> str:
        """Why it is not to be listened to by this door; empty: nothing is against it."""
        ...

    def know(self, route: str, door: str) -> None:
        """By another door than before it is read from its beginning, and listened to again."""
        ...

    def deafen(self, route: str, door: str, why: str) -> None:
        """For good, until its door is another."""
        ...

    def hear(self, route: str, mark: str, place: int | None, wishes: Sequence[Wish], now: Now) -> bool:
        """The wishes into the inbox, once for each mark. False: this mark was heard before."""
        ...

    def read_to(self, route: str, place: int) -> None:
        """Up to there nothing more is to be heard."""
        ...

    def settle(self, route: str, message: str, now: Now) -> None:
        """The message asks for nothing any more."""
        ...
