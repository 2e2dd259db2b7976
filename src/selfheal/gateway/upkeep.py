"""Is somebody at work on this installation: a package manager, `openclaw update`, `openclaw doctor`?

A start in the middle of it breaks, or is broken. Marker folders that npm leaves while it moves a package in
count only while they are young, so that a crashed npm does not stop us for ever.
"""

import time
from itertools import pairwise
from pathlib import Path

from selfheal.core.facts import Upkeep
from selfheal.gateway.package import package_folder, project_folder
from selfheal.gateway.process import ProcessFinder, openclaw_words
from selfheal.gateway.proctable import GONE, ProcessTable
from selfheal.gateway.site import Site

MARKER_MAX_AGE_S = 900.0  # npm moved 40,000 files in 95 s on a slow disk
COMMS = ("openclaw", "node", "MainThread", "npm", "pnpm", "yarn", "bun")
MANAGERS = frozenset({"npm", "npm-cli", "pnpm", "yarn", "bun"})
CHANGING = frozenset(
    {
        *(
            "install",
            "i",
            "in",
            "ins",
            "ci",
            "add",
            "update",
            "up",
            "upgrade",
            "remove",
            "rm",
            "uninstall",
            "un",
        ),
        *("prune", "dedupe", "rebuild", "link", "unlink"),
    },
)
GLOBAL = frozenset({"-g", "--global", "--location=global", "global"})
PREFIXES = frozenset({"--prefix", "-C", "--dir", "--cwd"})
SUFFIXES = frozenset({".js", ".cjs", ".mjs"})


class UpkeepWatch:
    def __init__(self, site: Site, table: ProcessTable, finder: ProcessFinder) -> None:
        self._command = site.command
        self._table = table
        self._finder = finder
        self._package = package_folder(site.command)

    def look(self) -> Upkeep | None:
        found = {kind for kind in map(self._judge, self._table.ids()) if kind is not None}
        if found:
            return min(found, key=list(Upkeep).index)
        return Upkeep.PACKAGE_MANAGER if self._has_young_marker() else None

    def _judge(self, pid: int) -> Upkeep | None:
        row = self._table.read(pid)
        if row is None or row.state in GONE or not row.comm.startswith(COMMS):
            return None
        argv = self._table.argv(pid)
        command = openclaw_command(argv)
        if command == "doctor":
            return Upkeep.DOCTOR if self._finder.concerns_us(pid) else None
        if command == "update":
            return Upkeep.UPDATE
        return Upkeep.PACKAGE_MANAGER if self._changes_us(argv, pid) else None

    def _changes_us(self, argv: tuple[str, ...], pid: int) -> bool:
        words = manager_words(argv)
        if CHANGING.isdisjoint(words):
            return False
        names = [word for word in words if not word.startswith("-") and word not in CHANGING | GLOBAL]
        named = any(word.startswith("openclaw") or "/openclaw" in word for word in names)
        project = project_folder(self._package)
        if not self._command:  # we do not know where the program lies: in doubt it is this one
            return named
        if project is not None and (project / "package.json").exists():
            return project in self._places(words, pid)
        return not GLOBAL.isdisjoint(words) and (named or not names)

    def _places(self, words: tuple[str, ...], pid: int) -> set[Path]:
        """Where the manager works: its folder, or the one that it was given."""
        given = {Path(after) for word, after in pairwise(words) if word in PREFIXES}
        given |= {Path(word.partition("=")[2]) for word in words if word.partition("=")[0] in PREFIXES}
        return given - {Path()} or {Path(self._table.cwd(pid))}

    def _has_young_marker(self) -> bool:
        if self._package is None:
            return False
        now = time.time()
        try:
            markers = list(self._package.parent.glob(f".{self._package.name}-*"))
            return any(now - marker.stat().st_mtime < MARKER_MAX_AGE_S for marker in markers)
        except OSError:
            return False


def openclaw_command(argv: tuple[str, ...]) -> str:
    """The first subcommand of an OpenClaw command line; it may have become the process's title."""
    if len(argv) == 1 and argv[0].startswith("openclaw-"):
        return argv[0].removeprefix("openclaw-").strip()
    return next(iter(openclaw_words(argv)), "")


def manager_words(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The words after a package manager's name. npm writes them all into its title: one string."""
    words = " ".join(argv).split()
    for position, word in enumerate(words[:3]):
        path = Path(word)
        if (path.stem if path.suffix in SUFFIXES else path.name) in MANAGERS:
            return tuple(words[position + 1 :])
    return ()
