"""What `selfheal monitor` has told while no disk took its outbox, remembered in another place until one does.

That place is in memory where the host has such: with a full disk nothing can be written beside the database.
Where there is none at all, the same is told with each pass: rather that than never.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from selfheal.app.own_service import RESIDENT, Care, Cared
from selfheal.app.plain_file import read_end, write_whole
from selfheal.app.spare import spare_folder
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Now
from selfheal.ports.outbox import Told

NOTES = "monitor.json"
NOTES_BYTES = 1024 * 1024
IN_MEMORY = (f"/run/user/{os.getuid()}", "/dev/shm")  # noqa: S108 -- a folder of our own in it


@dataclass(frozen=True)
class Notes:
    """`numbers`: of the alert of each log, by target and name: a log that grows stays the same one."""

    numbers: dict[str, int] = field(default_factory=dict)
    told: tuple[Told, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.numbers or self.told)

    def knows(self, target: str, notify: Notify) -> bool:
        """A route has taken it."""
        named = (target, notify.kind, notify.number)
        return any((one.target, one.kind, one.number) == named for one in self.told)


def noted(notes: Notes, numbers: Mapping[str, int], taken: Iterable[Told]) -> Notes:
    """`numbers`: of the logs that are still to be told of. Of older ones nothing is kept."""
    known = set(numbers.values())
    told = {one: None for one in (*notes.told, *taken) if one.target == RESIDENT or one.number in known}
    return Notes(dict(numbers), tuple(told))


def of_resident(notes: Notes, cared: Cared, now: Now) -> list[Notify]:
    """What is to be told of it: the same until that is over."""
    told, over = (_numbers(notes, kind) for kind in (AlertKind.UNWATCHED, AlertKind.WATCHED))
    last = max(told, default=None)
    if cared.care is Care.FAILED:
        number = int(now.wall) if last is None or last in over else last
        return [Notify(AlertKind.UNWATCHED, 0, (), detail=cared.detail, number=number)]
    if cared.care in (Care.LIVES, Care.STARTED) and last is not None:
        return [Notify(AlertKind.WATCHED, 0, (), number=last)]
    return []


def _numbers(notes: Notes, kind: AlertKind) -> set[int]:
    return {one.number for one in notes.told if one.kind is kind}


@dataclass(frozen=True)
class Pad:
    """Where the notes are. `state_dir` is the second choice."""

    state_dir: Path
    environ: Mapping[str, str]

    def read(self) -> Notes:
        for path in self._paths():
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                return msgspec.json.decode(read_end(path, NOTES_BYTES, follow=False), type=Notes)
        return Notes()

    def keep(self, notes: Notes) -> None:
        for path in self._paths():
            with suppress(OSError):
                path.parent.mkdir(mode=0o700, exist_ok=True)
                write_whole(path, msgspec.json.encode(notes))
                return

    def forget(self) -> None:
        for path in self._paths():
            with suppress(OSError):
                path.unlink()

    def _paths(self) -> Iterator[Path]:
        spare = spare_folder(self.state_dir, {"XDG_RUNTIME_DIR": _runtime(self.environ)})
        if spare is not None:
            yield spare / NOTES
        yield self.state_dir / NOTES


def _runtime(environ: Mapping[str, str]) -> str:
    """A timer may have been given none."""
    chosen = environ.get("XDG_RUNTIME_DIR", "")
    return chosen or next((path for path in IN_MEMORY if os.access(path, os.W_OK | os.X_OK)), "")
