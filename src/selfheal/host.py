"""Cheap questions about this host that more than one room asks. Who a process is for certain: `services`."""

import os
import stat
from pathlib import Path


def pid_exists(pid: int) -> bool:
    """Of whomever. For a glance that may cost nothing: a pid is used again."""
    try:
        os.kill(pid, 0)
    except PermissionError:  # somebody else's
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return pid > 0


def is_ours_alone(folder: Path) -> bool:
    """Raises OSError where there is none."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
