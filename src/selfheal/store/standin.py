"""What is locked where the state folder is not there and cannot be made: one file, the same for everybody.

It lies in /tmp whatever the environment says, as a resident of a service manager's and one of a person's
shell must come to the same file, which is named for the folder that it stands for.
"""

import errno
import os
from pathlib import Path

from selfheal.host import is_ours_alone

BASE = Path("/tmp")  # noqa: S108 - in a folder of ours alone


def stand_in(path: Path) -> Path:
    """The file that stands for `path`."""
    whole = str(Path(os.path.realpath(path.parent)) / path.name)
    return BASE / f"selfheal-{os.geteuid()}" / whole.replace("%", "%25").replace("/", "%2F")


def open_stand_in(file: Path, *, make: bool) -> int:
    """Raises OSError, also where its folder is not ours alone."""
    if make:
        file.parent.mkdir(mode=0o700, exist_ok=True)
    if not is_ours_alone(file.parent):
        raise PermissionError(errno.EPERM, "it is not ours alone", str(file.parent))
    return os.open(file, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if make else 0), 0o600)
