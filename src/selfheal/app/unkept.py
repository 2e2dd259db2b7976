"""What `selfheal monitor` had to tell while no disk took its outbox, remembered elsewhere until one does.

Each alert is, as long as a route has not taken it, whatever has become of the log that asked for it.

That place is in memory where the host has such: with a full disk nothing can be written beside the database.
Where there is none at all, neither XDG_RUNTIME_DIR nor /dev/shm nor /tmp, the same is told with each pass:
rather that than never. So it is told once more after a reboot.

Incidents are numbered by the database, so what is noted of them is valid with that database alone, or with
the next one if there was none.
"""

import fcntl
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from selfheal.app.places import DATABASE
from selfheal.app.plain_file import read_end, write_whole
from selfheal.app.spare import in_memory
from selfheal.core.alert import OF_NO_INCIDENT, AlertKind, Notify
from selfheal.core.instants import Now, Wall
from selfheal.ports.outbox import Addressee, Doubt, Told
from selfheal.ports.store import StoreError
from selfheal.store.known_routes import KEPT_S
from selfheal.store.left import Left
from selfheal.store.reader import Reader

NOTES = "monitor.json"
NOTES_BYTES = 16 * 1024 * 1024  # of a storm, on each route, as much as is told at once


Unkept = tuple[str, Notify, Wall]
"""The target, what is to be told of it, and when that was decided."""


@dataclass(frozen=True)
class Notes:
    """`installation`: whose incidents are meant; empty: there was no database that could be read."""

    alerts: tuple[Unkept, ...] = ()
    told: tuple[Told, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    installation: str = ""

    def __bool__(self) -> bool:
        return bool(self.alerts or self.told or self.doubts)

    def knows(self, target: str, notify: Notify) -> bool:
        """A route has taken it."""
        return any(is_of(one, target, notify) for one in self.told)

    def has(self, target: str, notify: Notify) -> bool:
        """It was to be told, or is."""
        return any(_named(*one[:2]) == _named(target, notify) for one in self.alerts)

    def of_no_incident(self) -> "Notes":
        """A log, and a spell in which nobody watched, have the same number with each database."""
        alerts = tuple(one for one in self.alerts if one[1].kind in OF_NO_INCIDENT)
        told = tuple(one for one in self.told if one.kind in OF_NO_INCIDENT)
        return Notes(alerts, told, tuple(one for one in self.doubts if one.kind in OF_NO_INCIDENT))

    def is_in(self, others: "Notes") -> bool:
        """Nothing here is not there as well."""
        return (
            set(self.alerts) <= set(others.alerts)
            and set(self.told) <= set(others.told)
            and set(self.doubts) <= set(others.doubts)
        )


def to_tell(notes: Notes, current: Iterable[tuple[str, Notify]], now: Now) -> tuple[Unkept, ...]:
    """What is noted, and what is `current`, as it was when it was first to be told."""
    found = {_named(target, notify): (target, notify, now.wall) for target, notify in current}
    found |= {_named(target, notify): (target, notify, at) for target, notify, at in notes.alerts}
    return tuple(sorted(found.values(), key=lambda one: one[2]))


def noted(
    alerts: Iterable[Unkept],
    current: Collection[tuple[str, Notify]],
    taken: Iterable[Told],
    doubts: tuple[Doubt, ...],
    routes: Mapping[str, Addressee],
    now: Now,
    left: Left | None = None,
) -> Notes:
    """What is `current`, and what is still owed to one of the `routes`, for as long as an outbox keeps it. Of
    what is `left` in an outbox what was told; of one that cannot be read, all that was.
    """
    told = tuple(dict.fromkeys(taken))
    still = {_named(target, notify) for target, notify in current}
    kept = [
        one
        for one in alerts
        if _named(*one[:2]) in still or (_is_owed(one, told, routes) and now.wall - one[2] < KEPT_S)
    ]
    if left is not None:
        told = tuple(one for one in told if left.is_about(one) or any(is_of(one, *each[:2]) for each in kept))
    return Notes(tuple(kept), told, doubts)


def _is_owed(alert: Unkept, told: Iterable[Told], routes: Mapping[str, Addressee]) -> bool:
    target, notify, _ = alert
    have = {one.route for one in told if is_of(one, target, notify)}
    return any(notify.kind in route.kinds and name not in have for name, route in routes.items())


def _named(target: str, notify: Notify) -> tuple[str, AlertKind, int]:
    return target, notify.kind, notify.number


def is_of(told: Told, target: str, notify: Notify) -> bool:
    return (told.target, told.kind, told.number) == _named(target, notify)


@dataclass(frozen=True)
class Pad:
    """Where the notes are: in memory, or wherever else they are taken. `state_dir` comes last."""

    state_dir: Path
    environ: Mapping[str, str]

    def read(self) -> Notes:
        """What is valid with the database that is there now."""
        notes = self._read()
        of_another = notes.installation and self._installation() not in (None, notes.installation)
        return notes.of_no_incident() if of_another else notes

    def keep(self, notes: Notes) -> None:
        """Of the database that is there now, else of the one that was."""
        name = self._installation()
        name = self._read().installation if name is None else name
        self._keep(NOTES, msgspec.json.encode(replace(notes, installation=name)))

    def _read(self) -> Notes:
        for content in self._contents(NOTES):
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                return msgspec.json.decode(content, type=Notes)
        return Notes()

    def _installation(self) -> str | None:
        """Empty: it has no name yet, as no delivery has looked into it. None: none can be read."""
        with suppress(StoreError), Reader(self.state_dir / DATABASE) as reader:
            return reader.installation() or ""
        return None

    def add(self, told: Collection[Told]) -> None:
        """What no outbox could note."""
        if told:
            with self.alone():
                notes = self.read()
                self.keep(replace(notes, told=tuple(dict.fromkeys((*notes.told, *told)))))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Waits for whoever else tells what no disk takes. Where there is no place in memory nothing is
        waited for.
        """
        with ExitStack() as stack:
            for folder in in_memory(self.state_dir, self.environ, make=True):
                with suppress(OSError):
                    folder.mkdir(mode=0o700, exist_ok=True)
                    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                    stack.callback(os.close, descriptor)
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                    break
            yield

    def is_noted(self, notes: Notes) -> None:
        """All of them are in the outbox by now. They are forgotten, unless others have come meanwhile."""
        if notes:
            with self.alone():
                if self.read().is_in(notes):
                    self._forget()

    def _forget(self) -> None:
        for path in self._paths(NOTES):
            with suppress(OSError):
                path.unlink()

    def names(self, of: str) -> list[str]:
        """The names of logs that were noted under this one."""
        return next(self._contents(of), b"").decode("utf-8", "replace").splitlines()

    def keep_names(self, of: str, names: Iterable[str]) -> None:
        self._keep(of, "".join(f"{name}\n" for name in names).encode())

    def _contents(self, name: str) -> Iterator[bytes]:
        """What was kept last comes first: the place of before may have taken nothing then."""
        found = [(_changed(path), path) for path in self._paths(name)]
        for _, path in sorted(found, key=lambda one: one[0], reverse=True):
            yield read_end(path, NOTES_BYTES, follow=False)

    def _keep(self, name: str, content: bytes) -> None:
        for path in self._paths(name, make=True):
            with suppress(OSError):
                path.parent.mkdir(mode=0o700, exist_ok=True)
                write_whole(path, content)
                return

    def _paths(self, name: str, *, make: bool = False) -> Iterator[Path]:
        yield from (folder / name for folder in in_memory(self.state_dir, self.environ, make=make))
        yield self.state_dir / name


def _changed(path: Path) -> int:
    with suppress(OSError):
        return path.lstat().st_mtime_ns
    return 0
