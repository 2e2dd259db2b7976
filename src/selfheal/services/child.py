"""The gateway as our own child: explicit environment, outlives us, and is adopted when we return."""

import asyncio
import os
import shutil
import subprocess
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from selfheal.core.actions import Signal
from selfheal.core.facts import GatewayProcess, ManagerState, ProcessState
from selfheal.ports.service import Done
from selfheal.services import logs, record, signals
from selfheal.services.commands import shell_code

OWN_CHILD = "own child"
POLL_S = 0.002  # between a fork and its exec there is no event; it takes about this long
CODES_KEPT = 8  # exit codes of past children, for a late question
EXEC_FAILED = (126, 127)  # what a shell says of a program that it cannot become


class OwnChild:
    """Starts `command` in its own session, with `env` and nothing else, output to `log_path`.

    `env` belongs to the gateway alone and should hold OPENCLAW_SUPERVISOR_MODE=external. Names that a shell
    cannot hold as variables are not passed on; PWD is set to `cwd`. The pid stands in `log_path`.pid.
    """

    def __init__(self, command: Sequence[str], env: Mapping[str, str], cwd: Path, log_path: Path) -> None:
        self._command = tuple(command)
        self._env = dict(env)
        self._cwd = cwd
        self._log = log_path
        self._record = log_path.with_name(log_path.name + ".pid")
        self._children: list[_Outliving] = []  # not reaped yet; the one that was started last at the end
        self._codes: OrderedDict[int, int] = OrderedDict()
        self._newest: int | None = None  # the pid of the child that this run started last
        self._log_begin = 0  # where its words begin in the log

    @property
    def name(self) -> str:
        return OWN_CHILD

    async def state(self) -> ManagerState:
        """NONE: nobody manages it but us. Keeps the log within its bound on the way."""
        self._reap()
        _bound(self._log)
        return ManagerState.NONE

    def child(self) -> record.Child | None:
        """The child of this or of an earlier run of ours, while it lives."""
        return record.living_child(self._record)

    async def start(self, timeout_s: float) -> Done:
        deadline = asyncio.get_running_loop().time() + timeout_s
        try:
            lock = await _lock(self._record, deadline)
        except OSError as error:
            return self._failed(f"{error.filename or self._record}: {error.strerror}", retryable=True)
        if lock is None:
            return self._failed("another start of it is under way", retryable=True)
        try:
            done = self._start_locked(lock)
        finally:
            os.close(lock)
        return done or await self._settle(deadline)

    async def signal(self, pid: int, started: float, signal: Signal) -> Done:
        return await asyncio.to_thread(signals.send, pid, started, signal)

    def exit_code(self, pid: int) -> int | None:
        self._reap()
        return self._codes.get(pid)

    def failed(self) -> GatewayProcess | None:
        """The child that this run started last, once it has ended with an error."""
        self._reap()
        named = record.recorded_child(self._record)
        if named is None or named.pid != self._newest or not self._codes.get(named.pid):
            return None
        return GatewayProcess(named.pid, named.started, ProcessState.ZOMBIE)

    def output(self, pid: int) -> str | None:
        """The end of what the recorded child has printed, or an earlier run's; None: it is another pid."""
        named = record.recorded_child(self._record)
        if named is None or named.pid != pid:
            return None
        return logs.tail(self._log, self._log_begin if pid == self._newest else 0)

    def _start_locked(self, lock: int) -> Done | None:
        """None when a launcher was spawned and it remains to be seen what becomes of it."""
        self._reap()
        living = record.living_child(self._record)
        if living is not None:
            return Done(succeeded=True, detail=f"runs already as pid {living.pid}")
        problem = self._problem()
        if problem:
            return self._failed(problem, retryable=False)
        try:
            self._spawn(lock)
        except (OSError, ValueError) as error:
            return self._failed(str(error), retryable=True)
        return None

    def _problem(self) -> str:
        program = self._command[0] if self._command else ""
        if not self._cwd.is_dir():
            return f"no directory {self._cwd}"
        place = str(self._cwd / program) if "/" in program else program
        if shutil.which(place, path=self._env.get("PATH", os.defpath)):
            return ""
        return "not executable" if Path(place).exists() else "no such program"

    def _spawn(self, lock: int) -> None:
        log = logs.open_log(self._log)
        begin = os.fstat(log).st_size
        try:
            self._children.append(
                _Outliving(
                    record.launcher(self._record, self._command),
                    stdin=lock,
                    stdout=log,
                    stderr=log,
                    env=self._env,
                    cwd=self._cwd,
                    start_new_session=True,
                )
            )
        finally:
            os.close(log)
        self._newest, self._log_begin = self._children[-1].pid, begin
        self._codes.pop(self._newest, None)  # of an earlier child that had the same pid

    async def _settle(self, deadline: float) -> Done:
        """Waits until the launcher has become the gateway, or has failed to."""
        process = self._children[-1]
        while process.poll() is None and _is_launcher(process.pid):
            if asyncio.get_running_loop().time() >= deadline:
                return self._failed("its launcher hangs", retryable=True)
            await asyncio.sleep(POLL_S)
        self._reap()
        code = self._codes.get(process.pid)
        if code in (record.NO_RECORD, *EXEC_FAILED):
            self._newest = None  # it never was the gateway: the start's own result tells of it
        if code == record.NO_RECORD:
            return self._failed(f"cannot write {self._record}: {logs.last_line(self._log)}", retryable=True)
        if code in EXEC_FAILED:
            return self._failed(logs.last_line(self._log) or f"exit code {code}", retryable=False)
        return Done(succeeded=True, detail=f"pid {process.pid}")

    def _reap(self) -> None:
        """Takes the exit status of our children, of no other process, and without waiting."""
        for process in tuple(self._children):
            code = shell_code(process.poll())
            if code is not None:
                self._codes[process.pid] = code
                self._children.remove(process)
        while len(self._codes) > CODES_KEPT:
            self._codes.popitem(last=False)

    def _failed(self, why: str, *, retryable: bool) -> Done:
        program = self._command[0] if self._command else "nothing"
        return Done(succeeded=False, detail=f"cannot start {program}: {why}", retryable=retryable)


class _Outliving(subprocess.Popen[bytes]):
    """A child that is meant to outlive us: letting go of it is no leak."""

    def __del__(self) -> None:
        pass


async def _lock(path: Path, deadline: float) -> int | None:
    while (lock := record.take_lock(path)) is None:
        if asyncio.get_running_loop().time() >= deadline:
            return None
        await asyncio.sleep(POLL_S)
    return lock


def _is_launcher(pid: int) -> bool:
    """Whether the process is still the shell that writes the record; amid an exec it has no words at all."""
    try:
        line = psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
    return not line or line[: len(record.LAUNCHER)] == list(record.LAUNCHER)


def _bound(path: Path) -> None:
    try:
        logs.bound(path)
    except OSError:
        return  # a full disk or a missing right: the gateway matters more than its log
