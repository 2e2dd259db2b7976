"""From enums and numbers to a sentence. The only place where a decision becomes language."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from selfheal.core.facts import ExitCause
from selfheal.core.reasons import Cause, Hold, Outcome, Reason
from selfheal.core.report import ABSENT_LEVELS, LevelStatus
from selfheal.texts.catalogue import Catalogue, fill
from selfheal.texts.catalogue_en import ENGLISH
from selfheal.texts.catalogue_ko import KOREAN
from selfheal.texts.labels import Label
from selfheal.texts.language import Language
from selfheal.texts.own_words import own_words

if TYPE_CHECKING:  # a status describes none
    from selfheal.core.notes import Note

_CATALOGUES = {Language.EN: ENGLISH, Language.KO: KOREAN}
_UNITS_S = (86_400, 3_600, 60, 1)
_SHOWN_UNITS = 2  # «3h 12m», never «3h 12m 7s»
_BRIEF_S = 10.0  # below it a tenth of a second is worth showing

BY_A_PERSON = frozenset({Reason.PAUSED, Reason.ACKNOWLEDGED, Reason.LEVEL_DISABLED})

PUT_RIGHT_BY_OTHERS = frozenset(
    {Cause.CONFIG_UNLOADABLE, Cause.PACKAGE_BROKEN, Cause.DISK_FULL, Cause.PORT_TAKEN}
)
"""What we do nothing about: we bring the gateway back once that is over."""


def catalogue(language: Language) -> Catalogue:
    return _CATALOGUES[language]


def describe(note: "Note", language: Language) -> str:
    """One sentence about one decision, without a full stop."""
    words = catalogue(language)
    return fill(words.reasons[note.reason], _values(note, words, language))


def say(label: Label, language: Language, **values: object) -> str:
    """A label with its values; None stands for «not known»."""
    texts = {name: "" if value is None else str(value) for name, value in values.items()}
    return fill(catalogue(language).labels[label], texts)


def duration(seconds: float, language: Language) -> str:
    """The two greatest units: «3h 12m», «45s»; below 10 s with a tenth where it is not whole."""
    units = catalogue(language).units
    sign, whole = ("-" if seconds < 0 else ""), round(abs(seconds))
    if abs(seconds) < _BRIEF_S and abs(abs(seconds) - whole) >= 0.05:  # noqa: PLR2004 - it would show as .0
        return f"{sign}{abs(seconds):.1f}{units[-1]}"
    parts = []
    for size_s, unit in zip(_UNITS_S, units, strict=True):
        count, whole = divmod(whole, size_s)
        parts.append(f"{count}{unit}" if count else "")
    first = next((index for index, part in enumerate(parts) if part), len(parts) - 1)
    shown = [part for part in parts[first : first + _SHOWN_UNITS] if part]
    return sign + (" ".join(shown) or f"0{units[-1]}")


def ending(outcome: str | None, cause: str | None, language: Language) -> str:
    """How an incident of that cause ended; empty where that is not known."""
    words = catalogue(language)
    if outcome == Outcome.HEALED and cause in PUT_RIGHT_BY_OTHERS:
        return words.labels[Label.BROUGHT_BACK]
    return words.outcomes[Outcome(outcome)] if outcome in set(Outcome) else ""


def _values(note: "Note", words: Catalogue, language: Language) -> dict[str, str]:
    number = note.number
    return {
        "detail": _detail(note, words, language),
        "count": "" if number is None else f"{number:.0f}",
        "duration": "" if number is None else duration(number, language),
        "level": words.levels[note.level] if note.level else "",
        "hold": words.holds[note.hold] if note.hold else "",
        "cause": words.causes[note.cause] if note.cause else "",
        "outcome": ending(note.outcome, note.cause, language) if note.outcome else "",
        "incident": "" if note.incident is None else str(note.incident),
    }


def _detail(note: "Note", words: Catalogue, language: Language) -> str:
    """Data of the world stay as they are; a verdict or an exit's cause is put into words."""
    detail = " ".join(note.detail.split())
    if note.reason is Reason.EXIT_EXAMINED:
        cause, colon, rest = detail.partition(": ")
        if cause in set(ExitCause):
            return words.exit_causes[ExitCause(cause)] + colon + rest
    if note.reason is Reason.LEVEL_ENABLED and note.level in ABSENT_LEVELS:
        return words.level_statuses[LevelStatus.NOT_AVAILABLE]
    return detail if note.reason in BY_A_PERSON else worded(detail, note.hold or note.cause, language)


def worded(detail: str, about: Hold | Cause | None, language: Language) -> str:
    """What it is about says what the word means: a port refuses, and so does a gateway with its config."""
    words = catalogue(language)
    known: Mapping[Any, str] = words.verdicts
    match about:
        case Hold.CONFIG_UNLOADABLE | Cause.CONFIG_UNLOADABLE:
            known = words.config_states
        case Hold.UPKEEP:
            known = words.upkeeps
        case Cause.PROCESS_GONE:
            known = words.manager_states
        case Cause.KEEPS_DYING:
            return fill(words.labels[Label.RESTARTS], {"count": detail})
        case Cause.LEFT_DOWN:
            return words.labels[Label.LEFT_DOWN]
    return known.get(detail) or own_words(detail, language)
