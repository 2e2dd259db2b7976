"""Which commit of this program runs, where it runs from a checkout of its own source."""

import os
import subprocess
from pathlib import Path

TIMEOUT_S = 5.0  # a tree on a slow disk; an answer is nice to have, no more


def commit(package: Path | None = None) -> str | None:
    """As `git describe` names it, «-dirty» where files differ. None: no checkout, or no git.

    `package`: the folder of the program. One that is installed somewhere inside of another project's
    repository says nothing: only `src/selfheal` of the repository itself is its checkout.
    """
    folder = (package or Path(__file__).parents[1]).resolve()
    top = _git(folder, "rev-parse", "--show-toplevel")
    if not top or folder != Path(top).resolve() / "src" / "selfheal":
        return None
    return _git(folder, "describe", "--always", "--dirty", "--abbrev=12") or None


def _git(folder: Path, *words: str) -> str:
    """What it prints; empty where it fails. A hook's variables would name another repository."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ("git", "-C", str(folder), *words),
            env=env,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
