"""What every route to a person has in common: a message, the receipt for it, and how a route can fail.

A route is one way to one person or channel. It sends one message in one call, and proves it by the receipt:
the service's own word for the message. Nothing is retried here; `delivery` does that, from the outbox.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from selfheal.ports.outbox import Receipt


class Severity(StrEnum):
    CRITICAL = "critical"  # wakes a person
    WARNING = "warning"
    INFO = "info"  # it is over, a test, a canary


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes
    media_type: str = "text/plain"


@dataclass(frozen=True)
class Issue:
    """One cause at one gateway, for routes that keep an issue of each. It is open while an incident lasts.

    `key` names it for ever, as a mark does a message. `title`: one line, for an issue that is yet to be made.
    `note`: one line that belongs below what is said in it.
    """

    key: str
    title: str
    is_open: bool
    note: str = ""


@dataclass(frozen=True)
class Choice:
    """What a person can answer, where the route can hear it. `sign`: one emoji; `said`: what comes back."""

    label: str
    sign: str
    said: str


@dataclass(frozen=True)
class Message:
    """One message, in the person's language and with its secrets redacted.

    `mark` names it for ever, at most 25 signs of [a-z0-9-]: a service that hears it twice shows it once where
    it knows such marks. `thread` is the same for messages that belong together. `title` is one line; `body`
    is the whole text, with the title as its first line. A route shortens it to what its service takes, from
    the end. `lasting`: lines of the body that age does not change, by which it is known again. `age_s`: since
    it was decided, by now; None: nobody can tell. `unfiled`: one line for below the title, where the files
    are left out: which, and where they lie. `only`: of the route's addresses, or of the
    files where it is one address, those that have not arrived yet; empty: none has.

    Further, for routes with room for it: the `issues` that it is about, the `timeline` of its incident, and a
    `link` to more.
    """

    mark: str
    thread: str
    severity: Severity
    title: str
    body: str
    silent: bool = False
    attachments: tuple[Attachment, ...] = ()
    lasting: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    timeline: Attachment | None = None
    link: str = ""
    choices: tuple[Choice, ...] = ()
    age_s: float | None = None
    unfiled: str = ""
    only: tuple[str, ...] = ()

    def is_in(self, text: str) -> bool:
        """Whether it is what a service shows, though it may have been sent at another age."""
        lines = {line.strip() for line in text.splitlines()}
        return bool(self.lasting) and lines.issuperset(map(str.strip, self.lasting))


class RouteError(Exception):
    """«cannot tell ROUTE: why». Never holds a secret, not even a part of a URL that is one.

    `after`: how long the service asked to be left alone (Retry-After).
    """

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.after = after


class RefusedError(RouteError):
    """For good: the same again would be refused again (401, 404, a chat that is not there)."""


class LaterError(RouteError):
    """Not taken, and a later try may succeed."""


class PartlyError(RouteError):
    """Some of the route's addresses have it, by this receipt. Those that it `lacks` may take it later. On a
    route of one address it has it, and files that it lacks may follow later.
    """

    def __init__(self, why: str, receipt: Receipt, after: timedelta | None = None) -> None:
        super().__init__(why, after)
        self.receipt = receipt


class UnsureError(RouteError):
    """It may have been taken: the connection broke, or time was up, after the message was sent."""


class Route(Protocol):
    """`name`: as it stands in settings, journal and `status`. One call at a time a route."""

    name: str

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        """Raises RouteError's four kinds and nothing else. `earlier`: of the thread's first message, to
        answer or edit it where the service knows that. `again`: an earlier try ended in UnsureError.
        """
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Ringing(Protocol):
    """A route on which nothing is silent: whatever it takes may call a person."""

    rings: bool


@runtime_checkable
class Keeping(Protocol):
    """A route on which an issue stays open until it is closed."""

    name: str
    keeps: bool

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        """See Route."""
        ...


@runtime_checkable
class Provable(Protocol):
    """A route that can show in silence that it works: nobody is called, and nothing stays to be read.

    What has neither (Apprise, the desktop) is proved by what a person sees: `selfheal notify test`.
    """

    name: str

    async def prove(self, message: Message) -> None:
        """Raises RouteError's three kinds and nothing else. `message`: what is shown where something is."""
        ...
