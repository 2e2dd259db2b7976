"""Which child was started last: written by the child itself, so that no crash of ours can forget it.

Theory. Two things must never happen: a gateway that nobody knows, and a second gateway because of it. If
the parent wrote the pid after the fork, a SIGKILL between the two would do both. So:

 1. The parent takes an exclusive lock and hands its descriptor to the child as stdin. The lock belongs to
    the open file, not to a process: it holds until the child lets go, whether the parent lives or not.
 2. The child is a shell that writes its own pid, start time and boot to the record, and only then replaces
    its stdin, which frees the lock, and becomes the gateway (`exec` keeps pid and start time).
 3. Whoever wants to start one takes the lock first, and looks at the record under it.

So at each moment either the lock is held, or the record is true, or there is no child. The record needs no
rename and no fsync: its writer is the process that it tells of. Torn by a SIGKILL it tells of nobody, and
rightly; lost with the power it tells of nobody, and rightly: a record of another boot is never believed.
"""

import contextlib
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from selfheal.services.identity import LINUX, boot_id, lives, seconds, start_field, started_of

RECORD_BYTES = 4096
SHELL = "/bin/sh"
NO_RECORD = 73  # sysexits: cannot create
SCRIPT = f"""\
record=$1; shift
unset OLDPWD SHLVL
stat=- boot=-
[ -r "/proc/$$/stat" ] && read -r stat <"/proc/$$/stat"
[ -r /proc/sys/kernel/random/boot_id ] && read -r boot </proc/sys/kernel/random/boot_id
printf '%s\\n%s\\n%s\\n' "$$" "$boot" "$stat" >"$record" || exit {NO_RECORD}
exec "$@" </dev/null
"""
LAUNCHER = (SHELL, "-c", SCRIPT, "selfheal-launch")


@dataclass(frozen=True, slots=True)
class Child:
    pid: int
    started: float


def launcher(record: Path, command: tuple[str, ...]) -> tuple[str, ...]:
    """The command that writes the record and then is `command`."""
    return (*LAUNCHER, str(record), *command)


def take_lock(record: Path) -> int | None:
    """A descriptor that holds the launch lock, None while somebody else holds it. Raises OSError."""
    record.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(record.with_name(record.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError:
        os.close(handle)
        raise
    return handle


def living_child(record: Path) -> Child | None:
    """The recorded child if exactly that process still lives. To be believed under the lock only."""
    named = recorded_child(record)
    return named if named is not None and lives(named.pid, named.started) else None


def recorded_child(record: Path) -> Child | None:
    """The recorded child, living or not. Where the kernel alone knows its start time, only while it lives."""
    lines = _read(record).splitlines()
    if len(lines) < 3 or not lines[0].isdigit():  # noqa: PLR2004 -- pid, boot, stat
        return None
    pid = int(lines[0])
    started = _started_on_linux(lines) if LINUX else _started_elsewhere(pid, record)
    return Child(pid, started) if started is not None else None


def _started_on_linux(lines: list[str]) -> float | None:
    ticks = start_field(lines[2])
    return None if ticks is None or lines[1] != boot_id() else seconds(ticks)


def _started_elsewhere(pid: int, record: Path) -> float | None:
    """No start time in the record: a process that began after the record was written is another one."""
    started = started_of(pid)
    with contextlib.suppress(OSError):
        if started is not None and started <= record.stat().st_mtime:
            return started
    return None


def _read(record: Path) -> str:
    """O_NONBLOCK: whatever lies at that path, a look at it ends."""
    try:
        handle = os.open(record, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(handle, RECORD_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(handle)
