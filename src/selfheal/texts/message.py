"""One alert as a person reads it at night on a phone: the document's text, and below it what one needs.

Everything but the alert itself may be missing: with a full disk nothing can be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import NamedTuple

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.notes import Note
from selfheal.core.reasons import Cause
from selfheal.ports.outbox import LATE_S, Alert
from selfheal.ports.store import Entry, IncidentRow
from selfheal.texts.alert import FOLDER, QUOTED_MAX_CHARS, Standing, alert, is_stopped, passing
from selfheal.texts.describe import catalogue, describe, duration, ending, worded
from selfheal.texts.language import Language
from selfheal.texts.next_commands import Gateway, acknowledge, commands
from selfheal.texts.phrases import Phrase, phrase
from selfheal.texts.printable import clean
from selfheal.texts.tried import serves, tried

TITLE_MAX_CHARS = 110  # what a lock screen shows of a title
REPEATED = "↻"
"""Begins the title of what may have arrived before."""
OVER = "✅"
HEEDED = "👤"
"""Of what somebody has acknowledged by now."""


REMINDERS = {
    Standing.NOT_WELL: Phrase.TITLE_REMINDER,
    Standing.SERVES: Phrase.TITLE_REMINDER_SERVES,
    Standing.UNSEEN: Phrase.TITLE_REMINDER_UNSEEN,
}


class Text(NamedTuple):
    """`title`: one line for a lock screen. `body`: the whole, with a title of its own as the first line.
    `lasting`: lines of the body that stay as they are however late it is told.
    """

    title: str
    body: str
    lasting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """From where it is told, and to whom. `zone`: None is the zone of the host."""

    language: Language
    host: str = ""
    gateway: Gateway = field(default_factory=Gateway)
    folder: str = FOLDER
    dashboard: str = ""
    zone: tzinfo | None = None

    def time(self, wall: float) -> str:
        return datetime.fromtimestamp(wall, self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def end(self, began: float, ended: float) -> str:
        """Without the day where it is that of the beginning."""
        day, _, hour = self.time(ended).partition(" ")
        return hour if self.time(began).startswith(day) else f"{day} {hour}"

    def duration(self, seconds: float) -> str:
        return duration(max(0.0, seconds), self.language)

    def say(self, which: Phrase, **values: object) -> str:
        return phrase(which, self.language, **values)


@dataclass(frozen=True, slots=True)
class Story:
    """What is known of the alert's incident. `entries`: of its timeline, as far as the alert knew it.
    `ended`: the wall clock at its end, where that came after the alert. `heeded`: that somebody has come to
    it since.
    """

    alert: Alert
    row: IncidentRow | None = None
    entries: Sequence[Entry] = ()
    ended: float | None = None
    heeded: Note | None = None

    @property
    def notify(self) -> Notify:
        return self.alert.notify

    @property
    def cause(self) -> Cause | None:
        """The alert's own; where it names none, that of the history."""
        known = self.row.cause if self.row and self.row.cause in set(Cause) else None
        return self.notify.cause or (Cause(known) if known else None)

    @property
    def detail(self) -> str:
        return self.notify.detail if self.notify.cause or not self.row else self.row.detail

    @property
    def standing(self) -> Standing:
        """When the alert was decided."""
        if serves(self.entries):
            return Standing.SERVES
        return Standing.UNSEEN if self.cause is Cause.BLIND else Standing.NOT_WELL

    @property
    def lasted_s(self) -> float | None:
        row = self.row
        return row.closed - row.opened if row and row.closed is not None else None


def told(story: Story, place: Place, at: float, *, again: bool = False) -> Text:
    """`at`: the wall clock now. `again`: an earlier attempt may have arrived."""
    lines = [*_late(story, place, at), *_below(story, place, at)]
    first = datetime.fromtimestamp(story.alert.ordered, place.zone)
    document = alert(story.notify, first, place.language, place.folder, place.gateway.of, story.standing)
    lasting = (*document.splitlines(), *_log(story, place), *_host(place))
    text = Text(title(story, place, at), "\n".join([document, "", *lines]), lasting)
    if story.ended is not None:
        text = ended(text, place, story.ended)
    elif story.heeded is not None:
        text = _below_title(text, HEEDED, describe(story.heeded, place.language))
    return repeated(text, place) if again else text


def repeated(text: Text, place: Place) -> Text:
    """Says that it may have come before."""
    return _below_title(text, REPEATED, place.say(Phrase.AGAIN))


def ended(text: Text, place: Place, at: float | None = None) -> Text:
    """Says that it is over by now. `at`: since then, where that is known."""
    time = None if at is None else place.time(at)
    return _below_title(text, OVER, place.say(Phrase.OVER_BY_NOW, time=time))


def _below_title(text: Text, sign: str, said: str) -> Text:
    """Where no service cuts it off, and a lock screen shows the sign."""
    first, line, rest = text.body.partition("\n")
    return text._replace(title=f"{sign} {text.title}", body=f"{first}\n{said}{line}{rest}")


def title(story: Story, place: Place, at: float) -> str:
    known = catalogue(place.language)
    cause = known.causes[story.cause] if story.cause else ""
    lasted_s = story.lasted_s
    if story.notify.kind is AlertKind.REMINDER and story.row:
        lasted_s = at - story.row.opened
    which = {
        AlertKind.OPENED: Phrase.TITLE_OPENED,
        AlertKind.CHANGED: Phrase.TITLE_CHANGED,
        AlertKind.RECOVERY: Phrase.TITLE_OPENED,
        AlertKind.LEVEL_PASSED: Phrase.TITLE_LEVEL,
        AlertKind.REMINDER: REMINDERS[story.standing],
        AlertKind.OVER: Phrase.TITLE_STOPPED if is_stopped(story.notify) else Phrase.TITLE_OVER,
        AlertKind.DISTRUST: Phrase.TITLE_DISTRUST,
    }[story.notify.kind]
    lasted = None if lasted_s is None else place.duration(lasted_s)
    named = passing(story.notify, place.language) if which is Phrase.TITLE_LEVEL else {}
    return titled(place, which, cause=cause, duration=lasted, **named)


def titled(place: Place, which: Phrase, **values: object) -> str:
    line = clean(place.say(which, gateway=place.gateway.of, host=place.host, **values))
    return line if len(line) <= TITLE_MAX_CHARS else f"{line[:TITLE_MAX_CHARS]}…"


def late_line(place: Place, late_s: float) -> list[str]:
    return [place.say(Phrase.LATE, duration=place.duration(late_s))] if late_s > LATE_S else []


def _late(story: Story, place: Place, at: float) -> list[str]:
    return late_line(place, at - story.alert.ordered)


def _below(story: Story, place: Place, at: float) -> list[str]:
    over = story.notify.kind is AlertKind.OVER
    return [
        *(_ended(story, place) if over else _since(story, place, at)),
        *_log(story, place),
        *_host(place),
        *_tried(story, place),
        *([] if over or story.notify.kind is AlertKind.LEVEL_PASSED else _next(story, place)),
        *([place.say(Phrase.PAGE, url=place.dashboard)] if place.dashboard else []),
    ]


def _host(place: Place) -> list[str]:
    return [place.say(Phrase.HOST, host=place.host)] if place.host else []


def _log(story: Story, place: Place) -> list[str]:
    """By which the alerts of two logs of one minute differ."""
    if story.notify.kind is not AlertKind.RECOVERY or not story.notify.detail:
        return []
    return [place.say(Phrase.LOG, detail=clean(story.notify.detail))]


def _since(story: Story, place: Place, at: float) -> list[str]:
    opened = story.row.opened if story.row else None
    if opened is None:
        return _cause(story, place)
    lasts_s = (story.ended or at) - opened
    since = place.say(Phrase.SINCE, time=place.time(opened), duration=place.duration(lasts_s))
    return [since, *_cause(story, place)]


def _cause(story: Story, place: Place) -> list[str]:
    """Where the document's text above does not have it."""
    named = story.notify.cause and story.notify.kind is not AlertKind.OVER
    return [] if named or story.cause is None else [_cause_line(story.cause, story.detail, place)]


def _cause_line(cause: Cause, detail: str, place: Place) -> str:
    known = catalogue(place.language)
    quoted = clean(" ".join(worded(detail, cause, place.language).split()))[:QUOTED_MAX_CHARS]
    return place.say(Phrase.CAUSE, cause=known.causes[cause], detail=quoted)


def _ended(story: Story, place: Place) -> list[str]:
    lines = []
    row = story.row
    if row and row.closed is not None:
        lines.append(
            place.say(Phrase.UNTIL, time=place.time(row.opened), end=place.end(row.opened, row.closed))
        )
        lines.append(place.say(Phrase.LASTED, duration=place.duration(row.closed - row.opened)))
    if row and (outcome := ending(row.outcome, row.cause, place.language)):
        lines.append(place.say(Phrase.ENDED, outcome=outcome))
    return [*lines, *_cause(story, place)]


def _tried(story: Story, place: Place) -> list[str]:
    """An incident of which nothing could be read is not said to be one in which nothing was tried."""
    lines = tried(story.entries, place.zone, place.language)
    if lines:
        return ["", place.say(Phrase.TRIED), *lines]
    known = story.entries and story.notify.kind is not AlertKind.OVER
    return ["", place.say(Phrase.NOTHING_TRIED)] if known else []


def _next(story: Story, place: Place) -> list[str]:
    incident = story.notify.incident
    numbered = enumerate(commands(story.notify.kind, story.cause, incident, place.gateway), start=1)
    lines = ["", place.say(Phrase.NEXT), *(f"{number}. {command}" for number, command in numbered)]
    if story.notify.kind in (AlertKind.OPENED, AlertKind.CHANGED):
        lines.append(place.say(Phrase.ACKNOWLEDGE, command=acknowledge(incident, place.gateway)))
    return lines
