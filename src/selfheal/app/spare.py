"""A gateway as our own child, also while the state folder cannot be written.

The child's record and log lie in the state folder. When that is full or read-only a start would fail, and a
full disk must not cost the gateway its watchdog: the start is made with a second place, in memory or in the
folder for temporary files. Both records are believed, so there is never a second gateway because of it.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from selfheal.core.actions import Signal
from selfheal.core.facts import GatewayProcess, ManagerState
from selfheal.host import is_ours_alone
from selfheal.ports.service import Done
from selfheal.services.child import OwnChild

RUN_TIME = f"/run/user/{os.getuid()}"  # also for a timer, which may have been told of none
IN_MEMORY = ("/dev/shm", "/tmp")  # noqa: S108 -- a folder of our own in it
PROBE_BYTES = 4096  # more than the record of a child needs


class SpareChild:
    """app.owner.Child. `spare` is used for a start that fails while `folder` cannot be written.

    None: there is no second place.
    """

    def __init__(self, usual: OwnChild, spare: OwnChild | None, folder: Path) -> None:
        self._usual = usual
        self._spare = spare
        self._folder = folder

    @property
    def name(self) -> str:
        return self._usual.name

    async def state(self) -> ManagerState:
        if self._spare is not None:
            await self._spare.state()
        return await self._usual.state()

    async def start(self, timeout_s: float) -> Done:
        living = self._spare.child() if self._spare is not None else None
        if living is not None:
            return Done(succeeded=True, detail=f"runs already as pid {living.pid}")
        done = await self._usual.start(timeout_s)
        if self._spare is None or done.succeeded or not done.retryable or self._usual.child():
            return done
        return done if can_be_written(self._folder) else await self._spare.start(timeout_s)

    async def signal(self, pid: int, started: float, signal: Signal) -> Done:
        return await self._usual.signal(pid, started, signal)

    def pids(self) -> frozenset[int]:
        """The children that the two records tell of, and that live."""
        living = (child.child() for child in self._children)
        return frozenset(child.pid for child in living if child is not None)

    def exit_code(self, pid: int) -> int | None:
        codes = (child.exit_code(pid) for child in self._children)
        return next((code for code in codes if code is not None), None)

    def failed(self) -> GatewayProcess | None:
        """The child that was started last, in whichever place, once it has ended with an error."""
        ends = (child.failed() for child in reversed(self._children))
        return next((end for end in ends if end is not None), None)

    def output(self, pid: int) -> str | None:
        said = (child.output(pid) for child in self._children)
        return next((text for text in said if text is not None), None)

    @property
    def _children(self) -> tuple[OwnChild, ...]:
        return (self._usual,) if self._spare is None else (self._usual, self._spare)


def can_be_written(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            return file.write(b"\0" * PROBE_BYTES) == PROBE_BYTES
    except OSError:
        return False


def spare_folder(state_dir: Path, environ: Mapping[str, str]) -> Path | None:
    """A place of its own for each state folder, ours alone; None where somebody else has taken it."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    try:
        return _ours(Path(runtime) / "selfheal" if runtime.startswith("/") else _in_tmp(), state_dir)
    except OSError:
        return None


def in_memory(state_dir: Path, environ: Mapping[str, str], *, make: bool = False) -> Iterator[Path]:
    """Such places, the likeliest first: one may lie on the full disk, another may be somebody else's.

    Those of everybody come last, with our number in their name. `make`: also where nothing of ours is yet.
    """
    runtimes = [path for path in (environ.get("XDG_RUNTIME_DIR", ""), RUN_TIME) if path.startswith("/")]
    bases = [Path(path) / "selfheal" for path in dict.fromkeys(runtimes)]
    for base in (*bases, *(Path(place) / f"selfheal-{os.getuid()}" for place in IN_MEMORY)):
        with suppress(OSError):
            if (found := _ours(base, state_dir, make=make)) is not None:
                yield found


def _ours(base: Path, state_dir: Path, *, make: bool = True) -> Path | None:
    """Raises OSError where it is not there."""
    if make:
        base.mkdir(mode=0o700, exist_ok=True)
    return base / _mark(state_dir) if is_ours_alone(base) else None


def _mark(folder: Path) -> str:
    """Of a folder that is not there, and perhaps cannot be made: the mark of where it would be."""
    try:
        found = folder.stat()
    except FileNotFoundError:
        return f"{_mark(folder.parent)}-{folder.name}"
    return f"{found.st_dev:x}-{found.st_ino:x}"


def _in_tmp() -> Path:
    return Path(tempfile.gettempdir()) / f"selfheal-{os.getuid()}"
