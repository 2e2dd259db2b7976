"""Where the program lies that is the gateway, and whether a start with it can come to anything.

In the middle of an update, or after half of one, a gateway goes on with what it has loaded, and answers; but
whoever ends it then has none. Only what the launcher itself looks for is looked at, so this costs no time.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from selfheal.core.facts import GatewayProcess
from selfheal.gateway.process import ENTRIES
from selfheal.gateway.proctable import ProcessTable

LAUNCHER = "openclaw.mjs"
LOADED = ("dist/entry.js", "dist/entry.mjs")  # what the launcher goes on with, one of them
WORKER = "/dist/process/spawn-broker/worker.js"  # a child that every gateway has, and no title hides its argv
SEARCHES_MAX = 10  # for that child of one gateway: a search goes through all processes


class PackageWatch:
    """`command` is what starts the gateway, as far as we know. What is none of `ours`, our own children, has
    been started otherwise, and will be again.
    """

    def __init__(
        self, command: tuple[str, ...], table: ProcessTable, ours: Callable[[], frozenset[int]] = frozenset
    ) -> None:
        self._command = command
        self._table = table
        self._ours = ours
        self._process: tuple[int, float] | None = None
        self._words: tuple[str, ...] = ()
        self._searches = 0

    def look(self, process: GatewayProcess | None) -> str:
        """A file that is missing in the package that runs, or in the one that would be started; empty: none
        is, as far as we can tell.
        """
        lost = missing_file(self._command)
        if lost is None and process is not None and not self._is_ours(process.pid):
            lost = missing_file(self._named_by(process))
        return str(lost or "")

    def mark(self) -> str:
        """Changes whenever another version is installed; empty where that cannot be told."""
        folder = package_folder(self._command)
        try:
            found = (folder / "package.json").stat() if folder is not None else None
        except OSError:
            return ""
        return f"{found.st_ino}.{found.st_mtime_ns}" if found is not None else ""

    def _is_ours(self, pid: int) -> bool:
        """Or the child of a launcher that is."""
        row = self._table.read(pid)
        return not self._ours().isdisjoint({pid} if row is None else {pid, row.ppid})

    def _named_by(self, process: GatewayProcess) -> tuple[str, ...]:
        if (process.pid, process.started) != self._process:
            self._process, self._searches = (process.pid, process.started), 0
            argv = self._table.argv(process.pid)
            self._words = tuple(word for word in argv if word.startswith("/") and _entry_of(word))
        if not self._words and self._searches < SEARCHES_MAX:
            self._searches += 1
            self._words = self._found_by_child(process.pid)
        return self._words

    def _found_by_child(self, pid: int) -> tuple[str, ...]:
        rows = filter(None, map(self._table.read, self._table.ids()))
        words = (word for row in rows if row.ppid == pid for word in self._table.argv(row.pid))
        return next(
            ((f"{word.removesuffix(WORKER)}/{LAUNCHER}",) for word in words if word.endswith(WORKER)), ()
        )


def missing_file(command: Iterable[str]) -> Path | None:
    """The first file that this command needs and that is not there, or is empty. None in doubt."""
    for real in _real_paths(command):
        entry = _entry_of(str(real))
        if entry and _is_openclaw(real.parents[entry.count("/")]):
            package = real.parents[entry.count("/")]
            needed = [(real,), tuple(map(package.joinpath, LOADED))] if entry == LAUNCHER else [(real,)]
            return next((files[0] for files in needed if all(map(_is_lost, files))), None)
    return None


def package_folder(command: Iterable[str]) -> Path | None:
    """The folder of the installed package, through the links of the program that starts it."""
    for real in _real_paths(command):
        if str(real).endswith(ENTRIES):
            parents = [folder for folder in real.parents if folder.parent.name == "node_modules"]
            if parents:
                return parents[0]
    return None


def project_folder(package: Path | None) -> Path | None:
    return package.parent.parent if package is not None else None


def _entry_of(word: str) -> str:
    return next((entry for entry in ENTRIES if word.endswith(f"/{entry}")), "")


def _is_openclaw(folder: Path) -> bool:
    """By its name: what should tell more of it may be missing, too."""
    return folder.name == "openclaw"


def _is_lost(file: Path) -> bool:
    try:
        found = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False  # ours alone, perhaps
    return stat.S_ISREG(found.st_mode) and found.st_size == 0


def _real_paths(command: Iterable[str]) -> Iterator[Path]:
    return (Path(os.path.realpath(word)) for word in command if Path(word).is_absolute())
