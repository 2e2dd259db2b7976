"""Which issues of a tracker a message is about: one for each cause at each gateway.

A cause is that with which a person was told of the incident first: what it turns out to be later parts
nothing. That a rule of ours was broken, or that a log asks for a person, are causes of their own.

An issue of those two says what closes it: of a broken rule, that a person resumes (`resumed`); that a log was
seen to nobody tells us, and its issue is left to who has seen to it.
"""

from collections.abc import Callable, Mapping, Sequence

from selfheal.core.alert import AlertKind
from selfheal.core.reasons import Cause
from selfheal.notify.route import Issue
from selfheal.texts.describe import catalogue
from selfheal.texts.message import Place, Story, titled
from selfheal.texts.phrases import Phrase

_NOTES = {AlertKind.DISTRUST: Phrase.ISSUE_DISTRUST, AlertKind.RECOVERY: Phrase.ISSUE_RECOVERY}
_OWN = frozenset(_NOTES)
Causes = Mapping[tuple[str, int], str]
"""By target and incident: the cause that was told first."""


def issues_of(
    stories: Sequence[Story],
    causes: Causes,
    place: Callable[[str], Place],
    key: Callable[[str, str], str],
) -> tuple[Issue, ...]:
    """As the last story has it: a gateway has one incident at a time. `key`: of a target and a cause."""
    over = {_incident(story) for story in stories if _is_over(story)}
    found: dict[str, Issue] = {}
    for story in stories:
        target, cause = story.alert.target, fingerprint(story, causes)
        name = key(target, cause)
        is_open = story.notify.kind in _OWN or _incident(story) not in over
        note = _NOTES.get(story.notify.kind)
        words = "" if note is None else place(target).say(note, gateway=place(target).gateway.of)
        found[name] = Issue(name, _title(story, cause, place(target)), is_open, words)
    return tuple(found.values())


def fingerprint(story: Story, causes: Causes) -> str:
    """Empty where nothing is known of the cause."""
    if story.notify.kind in _OWN:
        return str(story.notify.kind)
    return causes.get(_incident(story)) or str(story.cause or "")


def _incident(story: Story) -> tuple[str, int]:
    return story.alert.target, story.notify.incident


def _is_over(story: Story) -> bool:
    return story.notify.kind is AlertKind.OVER or (story.row is not None and story.row.closed is not None)


def _title(story: Story, cause: str, place: Place) -> str:
    if story.notify.kind is AlertKind.DISTRUST:
        return titled(place, Phrase.TITLE_DISTRUST)
    known = catalogue(place.language).causes
    return titled(place, Phrase.TITLE_OPENED, cause=known[Cause(cause)] if cause in set(Cause) else "")
