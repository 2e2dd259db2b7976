"""From a file to a document: read it, decode it, parse it, know its lines. Each failure is one Fault."""

import re
import stat
from pathlib import Path
from typing import NamedTuple

from selfheal.config.check import shown
from selfheal.config.fault import ConfigFaults, Fault, Problem, Text
from selfheal.config.lines import Lines

FILE_MAX_BYTES = 1024 * 1024  # a hand-written config has a few kilobytes

_PLACE = r" \(at (?:line (\d+), column (\d+)|end of document)\)$"
_OTHERS_MAY_READ = stat.S_IRGRP | stat.S_IROTH


class Source(NamedTuple):
    path: Path | None
    content: dict[str, object]
    lines: Lines
    others_may_read: bool


def read_source(path: Path, *, otherwise: Text | None) -> Source:
    """`otherwise` is the advice where there is no file; without it an absent file is an empty document.

    Raises ConfigFaults.
    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):  # before opening: a pipe would block
            raise _faults(path, Problem.NOT_A_FILE)
        with path.open("rb") as file:
            content = file.read(FILE_MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        if (link := _dangling(path)) is not None:
            raise _faults(link, Problem.DANGLING, shown(None, str(link.readlink()))) from None
        if otherwise is not None:
            raise _faults(path, Problem.MISSING, otherwise) from None
        return Source(None, {}, Lines(), others_may_read=False)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise _faults(path, Problem.UNREADABLE, getattr(error, "strerror", None) or str(error)) from None
    if len(content) > FILE_MAX_BYTES:
        raise _faults(path, Problem.TOO_LARGE, str(FILE_MAX_BYTES))
    text = _decode(path, content)
    others_may_read = bool(about.st_mode & _OTHERS_MAY_READ)
    return Source(path, _parse(path, text), _locate(text), others_may_read)


def source_of(text: str, path: Path) -> Source:
    """What would be read of `path` if it held this text. Raises ConfigFaults."""
    return Source(path, _parse(path, text), _locate(text), others_may_read=False)


def _dangling(path: Path) -> Path | None:
    """A link on the way to it that leads nowhere: who made it had a config, and it is not in force."""
    return next((one for one in (path, *path.parents) if one.is_symlink() and not one.exists()), None)


def _decode(path: Path, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")  # some editors put a mark at the start
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fault = Fault(str(path), line, Problem.NOT_UTF8, (str(error.start + 1),))
        raise ConfigFaults([fault], str(path)) from None
    return text.replace("\r\n", "\n")


def _locate(text: str) -> Lines:
    from selfheal.config.scan import locate  # noqa: PLC0415 -- most runs have no file

    return locate(text)


def _parse(path: Path, text: str) -> dict[str, object]:
    import tomllib  # noqa: PLC0415 -- most runs have no file

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _faults(path, Problem.TOO_DEEP) from None
    except ValueError as error:  # TOMLDecodeError, and a number of too many digits
        found, line = re.search(_PLACE, str(error)), line_of(error)
        what = re.sub(_PLACE, f", column {found[2]}" if line and found else ", at the end", str(error))
        raise ConfigFaults([Fault(str(path), line, Problem.SYNTAX, (what,))], str(path)) from None


def line_of(error: ValueError) -> int | None:
    """Where `tomllib` could not go on; None at the end of the document."""
    found = re.search(_PLACE, str(error))
    return int(found[1]) if found and found[1] else None


def _faults(path: Path, problem: Problem, *data: str | Text) -> ConfigFaults:
    return ConfigFaults([Fault(str(path), None, problem, data)], str(path))
