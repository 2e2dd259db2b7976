"""A mount namespace for one command: as root, else in a user namespace, root for the mounts alone."""

import os
import shutil
import subprocess
from collections.abc import Sequence

import pytest


def in_own_mounts(script: str, command: Sequence[str]) -> list[str]:
    """`command` as ourselves, after `script` as root: what it mounts nobody else sees."""
    root = os.geteuid() == 0
    back = "" if root else f"unshare -U --map-user={os.geteuid()} --map-group={os.getegid()} "
    return ["unshare", "-m" if root else "-rm", "sh", "-c", f'{script} && exec {back}"$@"', "sh", *command]


def need_mounts(unproven: str) -> None:
    """Skips only where they are refused; then it says what has not been shown."""
    if shutil.which("unshare") is None:
        pytest.skip(f"NOT PROVEN: {unproven} (no unshare here)")
    words = in_own_mounts("mount -t tmpfs none /mnt", ["true"])
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"NOT PROVEN: {unproven} (no mounts of our own here: {done.stderr.strip()})")
