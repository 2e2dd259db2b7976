"""Many alerts as one message: after a storm, or a night without a network, it is read in a minute."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from selfheal.core.alert import AlertKind
from selfheal.ports.outbox import Subject
from selfheal.texts.alert import QUOTED_MAX_CHARS
from selfheal.texts.describe import catalogue, ending
from selfheal.texts.message import Place, Story, Text, late_line, repeated, titled
from selfheal.texts.next_commands import commands_for_many
from selfheal.texts.own_words import own_words
from selfheal.texts.phrases import Phrase
from selfheal.texts.printable import clean

MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class _Incident:
    """The alerts about one incident, or one recovery log, oldest first."""

    stories: tuple[Story, ...]
    name: str  # of its gateway, where there are several

    @property
    def story(self) -> Story:
        """That knows most of it."""
        known = [story for story in self.stories if story.cause]
        return (known or self.stories)[-1]

    @property
    def is_over(self) -> bool:
        ended = any(story.notify.kind is AlertKind.OVER for story in self.stories)
        return ended or (self.story.row is not None and self.story.row.closed is not None)

    @property
    def distrust(self) -> Story | None:
        return next((story for story in self.stories if story.notify.kind is AlertKind.DISTRUST), None)

    @property
    def is_log(self) -> bool:
        return self.stories[0].notify.kind is AlertKind.RECOVERY

    @property
    def began(self) -> float:
        return self.story.row.opened if self.story.row else self.stories[0].alert.ordered

    @property
    def ended(self) -> float | None:
        if self.story.row and self.story.row.closed is not None:
            return self.story.row.closed
        over = (story for story in self.stories if story.notify.kind is AlertKind.OVER)
        return next((story.alert.ordered for story in over), None)

    @classmethod
    def gathered(cls, stories: Iterable[Story], names: Mapping[str, str]) -> list[Self]:
        known: dict[Subject, list[Story]] = {}
        for story in stories:
            known.setdefault(story.alert.about, []).append(story)
        return [cls(tuple(each), names.get(about.target, "")) for about, each in known.items()]


def digest(
    stories: Sequence[Story], place: Place, at: float, names: Mapping[str, str], *, again: bool = False
) -> Text:
    """`names`: what a target is called, where there are several. Open ones first, each by its beginning."""
    everything = _Incident.gathered(stories, names)
    incidents = sorted(filter(_is_trouble, everything), key=lambda one: (one.is_over, one.began))
    still = sum(not one.is_over for one in incidents)
    logs = [_log_line(one, place) for one in everything if one.is_log]
    lines = [*_distrusts(everything, place), *logs, *(_line(one, place) for one in incidents)]
    shown = lines if len(lines) <= MOST_LINES else lines[:MOST_LINES]
    hidden = len(lines) - len(shown)
    first = min(one.began for one in everything)
    last = max(one.ended or one.stories[-1].alert.ordered for one in everything)
    counts = {"count": len(incidents), "open": still, "over": len(incidents) - still}
    named = commands_for_many(place.gateway, incidents=bool(incidents), logs=bool(logs))
    numbered = enumerate(named, start=1)
    name = titled(place, _title(incidents, still, logs), **counts)
    span = place.say(Phrase.DIGEST_SPAN, time=place.time(first), end=place.end(first, last))
    counted = [place.say(Phrase.DIGEST_COUNTS, **counts)] if incidents else []
    body = [
        name,
        *late_line(place, at - min(story.alert.ordered for story in stories)),
        span,
        *counted,
        "",
        *shown,
        *([place.say(Phrase.MORE, count=hidden)] if hidden else []),
        "",
        place.say(Phrase.NEXT),
        *(f"{number}. {command}" for number, command in numbered),
        *([place.say(Phrase.PAGE, url=place.dashboard)] if place.dashboard else []),
    ]
    text = Text(name, "\n".join(body), (name, span, *counted, *(line for line in shown if line in logs)))
    return repeated(text, place) if again else text


def _title(incidents: Sequence[_Incident], still: int, logs: Sequence[str]) -> Phrase:
    if still:
        return Phrase.TITLE_DIGEST_OPEN
    if logs:
        return Phrase.TITLE_OPENED
    return Phrase.TITLE_DIGEST_OVER if incidents else Phrase.TITLE_DISTRUST


def _is_trouble(one: _Incident) -> bool:
    """A broken rule of ours is none of the gateway's, and a log is of no incident."""
    return not one.is_log and any(story.notify.kind is not AlertKind.DISTRUST for story in one.stories)


def _distrusts(incidents: Sequence[_Incident], place: Place) -> list[str]:
    """Each gateway's once: nothing acts until a person says so."""
    told = {one.name: story.notify.detail for one in incidents if (story := one.distrust)}
    return [
        place.say(
            Phrase.DIGEST_DISTRUST,
            gateway=name,
            detail=clean(own_words(detail, place.language))[:QUOTED_MAX_CHARS],
        )
        for name, detail in told.items()
    ]


def _log_line(one: _Incident, place: Place) -> str:
    said = clean(one.story.notify.detail)[:QUOTED_MAX_CHARS]
    return place.say(Phrase.DIGEST_LOG, gateway=one.name, detail=said, time=place.time(one.began))


def _line(one: _Incident, place: Place) -> str:
    words = catalogue(place.language)
    story = one.story
    row = story.row
    outcome = ending(row.outcome, row.cause, place.language) if row else ""
    return place.say(
        Phrase.DIGEST_OVER if one.is_over else Phrase.DIGEST_OPEN,
        incident=story.notify.incident,
        gateway=one.name,
        cause=words.causes[story.cause] if story.cause else "",
        time=place.time(one.began),
        end=place.end(one.began, one.ended) if one.ended is not None else "",
        outcome=outcome,
    )
