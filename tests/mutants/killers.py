"""Who may catch a fault: the core's tests, the stories, and simulation, each on a copy of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.faults import Fault

ROOT = Path(__file__).parents[2]
COPIED = ("src", "docs", "tests")
EXAMPLES = 10  # of each property: what it finds, it finds early
WORLDS, DAYS, RATE = 60, 30.0, 0.6  # many faults in few days: about 15 s when nothing is found
LIMIT_S = 180  # of work, three times what the core's tests take: a fault may make time stand still
STALLED_S = 20.0 * LIMIT_S  # by the clock: it waits for something that does not come

PYTEST = ("pytest", "-x", "-q", "-p", "no:cacheprovider")
KILLERS = {
    "core": (*PYTEST, "-p", "tests.mutants.unshrunk", "--hypothesis-seed=0", "tests/core"),
    "stories": (*PYTEST, "tests/stories"),
    "simulation": ("tests.mutants.harm", str(WORLDS), str(DAYS), str(RATE)),
}


class KillerError(Exception):
    """A killer could not work: that says nothing of the fault."""


@dataclass(frozen=True)
class Catch:
    caught: bool
    by: str  # the test, the story or the rule
    took_s: float


def judge(fault: Fault | None) -> dict[str, Catch]:
    """What each killer says of the core with the fault in it; None: of the core as it is."""
    with _copy(fault) as tree:
        return {name: work(command, tree) for name, command in KILLERS.items()}


def tried(fault: Fault, *arguments: str) -> Catch:
    """What these tests alone say of the core with the fault in it."""
    with _copy(fault) as tree:
        return work((*PYTEST, *arguments), tree)


@contextmanager
def _copy(fault: Fault | None) -> Iterator[Path]:
    with TemporaryDirectory(prefix="selfheal-mutant-") as folder:
        tree = Path(folder).resolve()
        for name in COPIED:
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", tree)
        if fault is not None:
            path = tree / fault.file
            path.write_text(fault.put_into(path.read_text("utf-8")), "utf-8")
        _is_imported(tree)
        yield tree


def _is_imported(tree: Path) -> None:
    """An installed selfheal must not be what is tested."""
    code = "import selfheal, tests.stories.world as world; print(selfheal.__file__, world.__file__)"
    done = _python(("-c", code), tree)
    if not all(path.startswith(str(tree)) for path in done.stdout.split()) or done.returncode:
        raise KillerError(f"cannot test the copy in {tree}: {done.stdout}{done.stderr} is imported instead")


def work(command: tuple[str, ...], tree: Path, limit_s: int = LIMIT_S) -> Catch:
    """`limit_s`: of work. By the clock a busy machine would be taken for a fault."""
    began = time.monotonic()
    try:
        done = _python(("-m", *command), tree, limit_s)
    except subprocess.TimeoutExpired:
        return Catch(caught=True, by=f"no end within {STALLED_S:.0f} s", took_s=STALLED_S)
    if done.returncode == -signal.SIGXCPU:
        return Catch(caught=True, by=f"no end within {limit_s} s of work", took_s=time.monotonic() - began)
    collected = not any(line.startswith("ERROR ") for line in done.stdout.splitlines())
    if done.returncode not in (0, 1) or not collected:
        raise KillerError(f"cannot run {' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Catch(done.returncode == 1, _by(done), time.monotonic() - began)


def _by(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode == 0:
        return ""
    said = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    lines = said or (done.stderr or done.stdout).splitlines() or [""]
    return lines[-1].removeprefix("FAILED ").partition(" - ")[0]


def _python(
    arguments: tuple[str, ...], tree: Path, limit_s: int = LIMIT_S
) -> subprocess.CompletedProcess[str]:
    where = {"PYTHONPATH": f"{tree / 'src'}{os.pathsep}{tree}", "SELFHEAL_EXAMPLES": str(EXAMPLES)}
    limited = ("sh", "-c", f'ulimit -S -t {limit_s} && exec "$@"', "limited")
    return subprocess.run(
        (*limited, sys.executable, *arguments),
        cwd=tree,
        env={**os.environ, **where},
        capture_output=True,
        text=True,
        timeout=STALLED_S,
        check=False,
    )
