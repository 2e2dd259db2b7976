"""What is right of a broken config, for commands that must work beside a resident which runs on the old one.

Where our state is kept must be known for sure, or a pause would be left where no resident looks: a fault
there is still a reason to refuse.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from selfheal.config.environment import STATE_KEY, STATE_VARIABLE, config_path
from selfheal.config.fault import ConfigFaults, Fault, Problem
from selfheal.config.lines import Lines
from selfheal.config.load import assess
from selfheal.config.schema import TARGETS_TABLE
from selfheal.config.settings import Settings
from selfheal.config.source import FILE_MAX_BYTES, Source, line_of

ROUNDS_MAX = 20  # lines that are taken out, three parses each: whoever has more faults is told of them first
MENDED_MAX_CHARS = 64 * 1024  # a hand-written config has a few kilobytes, and a person waits meanwhile
UNDECODED = "\N{REPLACEMENT CHARACTER}"
_NAME = STATE_KEY.rpartition(".")[2]
_HOPELESS = frozenset({Problem.MISSING, Problem.NO_HOME})  # a wrong name, or no place for anything


class Legible(NamedTuple):
    """`lost`: lines that were left out, with the header that they stand under."""

    content: dict[str, object]
    lost: list[tuple[str, str]]


def salvage(path: Path | None, environ: Mapping[str, str], broken: ConfigFaults) -> Settings:
    """The settings without what `broken` tells of. Raises it again where the state folder is not sure."""
    if any(fault.problem in _HOPELESS for fault in broken.faults):
        raise broken
    place = path or config_path(environ)
    legible = _legible(_text(place))
    settings, faults = assess(Source(place, legible.content, Lines(), others_may_read=False), environ)
    wrong = any(fault.key == STATE_VARIABLE for fault in faults)
    unsure = UNDECODED in str(settings.state_dir) or _state_is_unsure(legible, faults)
    if wrong or (unsure and not environ.get(STATE_VARIABLE)):
        raise broken
    return replace(settings, is_whole=False)


def _text(path: Path) -> str:
    """As much as can be read of it. Empty: nothing."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            content = file.read(FILE_MAX_BYTES)
    except OSError:
        return ""
    return content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")


def _legible(text: str) -> Legible:
    """The document without the lines that are no TOML; nothing of it where too many are not."""
    lines = text.split("\n")
    lost: list[tuple[str, str]] = []
    for _ in range(ROUNDS_MAX if len(text) <= MENDED_MAX_CHARS else 1):
        number = _stumbles_at(lines)
        if number is None:
            return Legible(tomllib.loads("\n".join(lines)), lost)
        if number == 0:
            break
        number = _culprit(lines, number)
        lost.append(_with_header(lines, number))
        lines = _without(lines, number)
    return Legible({}, [_with_header(text.split("\n"), number) for number in range(1, len(lines) + 1)])


def _stumbles_at(lines: list[str]) -> int | None:
    """The line at which a parser gives up, counted from 1. None: nowhere; 0: it cannot be said."""
    try:
        tomllib.loads("\n".join(lines))
    except RecursionError:
        return 0
    except ValueError as error:
        last = max((number for number, line in enumerate(lines, start=1) if line.strip()), default=1)
        return min(line_of(error) or last, last)
    return None


def _culprit(lines: list[str], number: int) -> int:
    """The line itself or the one above it, which may have left a list open: what lets more be read."""

    def reach(candidate: int) -> int:
        at = _stumbles_at(_without(lines, candidate))
        return len(lines) + 1 if at is None else at

    above = max((one for one in range(1, number) if lines[one - 1].strip()), default=number)
    return above if reach(above) > reach(number) else number


def _without(lines: list[str], number: int) -> list[str]:
    """As many lines: their numbers stay."""
    return [*lines[: number - 1], "", *lines[number:]]


def _with_header(lines: list[str], number: int) -> tuple[str, str]:
    above = (line.strip() for line in reversed(lines[:number]))
    return next((line for line in above if line.startswith("[")), ""), lines[number - 1]


def _state_is_unsure(legible: Legible, faults: Iterable[Fault]) -> bool:
    """Whether the file may name a folder that was not understood."""
    headers = f"[{TARGETS_TABLE}"
    lost = any(_NAME in line and not header.startswith(headers) for header, line in legible.lost)
    return lost or _is_elsewhere(legible.content) or any(_is_about_it(fault) for fault in faults)


def _is_elsewhere(content: Mapping[str, object]) -> bool:
    own, _, name = STATE_KEY.partition(".")
    tables = (table for key, table in content.items() if key not in (own, TARGETS_TABLE))
    return name in content or any(isinstance(table, Mapping) and name in table for table in tables)


def _is_about_it(fault: Fault) -> bool:
    own = STATE_KEY.partition(".")[0]
    misspelt = fault.problem is Problem.NEAR_KEY and fault.data == (own, _NAME)
    return fault.key in (STATE_KEY, own) or misspelt
