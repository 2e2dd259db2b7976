"""Has what waits in the outbox delivered, by a process of its own that ends.

What that process needs to speak to the outside costs the resident nothing at rest. It is left alone: our end
is none of its business, unless it is `tied` to us: its standard input then stays open until we let go of it,
which the kernel does for who is killed. One that hangs is ended, though, and the claim of one that dies is
found free by the next. It says on its last line when there is something to do again; at that time it is
called again, and whenever an alert is decided.
"""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import IO

AT_ONCE = 2  # one may be waiting for a route that is silent, while an alert is decided
PIPE_BYTES = 64 * 1024  # of a pipe that are looked at in one go
SAID_MAX_BYTES = 1024 * 1024  # more than it says; the end of it counts
POLL_S = 0.1  # of a process that lives for seconds: an event for it is not worth its machinery
AFTER_FAILURE_S = 60.0
AFTER_KILL_S = 2.0  # of one that was killed in the middle of its work; the next one that is, is a failure
LONGEST_S = 300.0  # it ends by itself before, as app.post has it: one that does not hangs, and is ended
GONE_S = 5.0  # from SIGKILL to its end; who hangs in the kernel is not waited for
NEVER_LATER_S = 3600.0  # whatever it says: a day's wait is looked at again


@dataclass
class Answer:
    """`again_s`: when there is something to do again, None: nothing waits. `said`: its last line, whole.

    `why`: what is wrong, as far as it says so. `killed`: by a signal.
    """

    again_s: float | None
    said: bytes = b""
    why: str = ""
    killed: bool = False


@dataclass
class Dispatch:
    """`command`: of the delivery process. `complain` hears what is wrong with it, once each. `given`: what it
    is to read where nothing else is said. `doing`: what it is called for, completing «cannot …». `beside`: is
    kicked together with it. `longest_s`: one that has not ended by then is ended. `tied`: its input ends with
    us, and it with its input. `failed`: one has ended without an answer.
    """

    command: Sequence[str]
    env: Mapping[str, str]
    complain: Callable[[str], None]
    given: Callable[[], bytes] = lambda: b""
    doing: str = "have the alerts delivered"
    at_once: int = AT_ONCE
    poll_s: float = POLL_S
    beside: Callable[[], None] = lambda: None
    failed: Callable[[], None] = lambda: None
    longest_s: float = LONGEST_S
    tied: bool = False
    _running: set[asyncio.Task[Answer]] = field(default_factory=set)
    _asked: bool = False
    _again: asyncio.TimerHandle | None = None
    _complaint: str = ""

    def kick(self) -> None:
        """Something may be waiting."""
        self.beside()
        self._begin()

    def _begin(self) -> None:
        if len(self._running) >= self.at_once:
            self._asked = True
            return
        self._asked = False
        task = asyncio.get_running_loop().create_task(self.deliver(self.given()))
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def idle(self) -> None:
        """Returns once none is at work."""
        while self._running:
            await asyncio.wait(self._running)

    def close(self) -> None:
        """Those that are at work go on without us, but for those that are tied to us."""
        if self._again is not None:
            self._again.cancel()
        for task in self._running:
            task.cancel()

    async def deliver(self, given: bytes) -> Answer:
        """One delivery process, from beginning to end. `given`: for it to read."""
        try:
            process = _begun(self.command, self.env)
        except (OSError, ValueError) as error:
            return Answer(AFTER_FAILURE_S, why=str(error))
        with closing(process.stdin), closing(process.stdout), closing(process.stderr):
            return await _answer(_Talk(process, given, self.tied), self.poll_s, self.longest_s)

    def _ended(self, task: asyncio.Task[Answer]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        answer = task.result()
        if answer.why and answer.why != self._complaint:
            self.complain(f"cannot {self.doing}: {answer.why}")
        if answer.killed and not self._complaint:
            answer.again_s = AFTER_KILL_S
        self._complaint = answer.why
        if answer.why and not answer.said:
            self.failed()
        if self._asked:
            self._begin()
        elif answer.again_s is not None:
            self._call_in(min(answer.again_s, NEVER_LATER_S))

    def _call_in(self, delay_s: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + delay_s
        if self._again is not None:
            if loop.time() < self._again.when() <= due:
                return
            self._again.cancel()
        self._again = loop.call_at(due, self._begin)


class _Process(subprocess.Popen[bytes]):
    """With its pipes. asyncio's own would end it together with us."""

    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]

    def __del__(self) -> None:
        """That it outlives us is no leak."""


def _begun(command: Sequence[str], env: Mapping[str, str]) -> _Process:
    process = _Process(
        command,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(env),
        start_new_session=True,
    )
    for pipe in (process.stdin, process.stdout, process.stderr):
        os.set_blocking(pipe.fileno(), False)
    return process


@dataclass
class _Talk:
    """What goes through a process's pipes, of which none holds much. Nobody waits at either end."""

    process: _Process
    given: bytes
    tied: bool = False
    said: bytes = b""
    complained: bytes = b""

    def __post_init__(self) -> None:
        self.go_on()  # before anything else: what little is given is with it, also if we end now

    def go_on(self) -> None:
        self._hand_over()
        self.said = _heard(self.process.stdout, self.said)
        self.complained = _heard(self.process.stderr, self.complained)

    def _hand_over(self) -> None:
        door = self.process.stdin
        if door.closed:
            return
        try:
            while self.given:
                written = door.write(self.given)
                if written is None:  # it is full
                    return
                self.given = self.given[written:]
        except BrokenPipeError:
            door.close()  # nobody reads it
        if not self.tied:
            door.close()


async def _answer(talk: _Talk, poll_s: float, longest_s: float) -> Answer:
    process = talk.process
    if not await _has_ended(talk, poll_s, longest_s):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # its own, and not waited for yet: no other has that pid
        await _has_ended(talk, poll_s, GONE_S)
        return Answer(AFTER_FAILURE_S, why="it does not end")
    talk.go_on()
    return _read(talk.said) or Answer(
        AFTER_FAILURE_S,
        why=_last_line(talk.complained) or f"exit code {process.returncode}",
        killed=process.returncode < 0,
    )


async def _has_ended(talk: _Talk, poll_s: float, within_s: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while talk.process.poll() is None:
                await asyncio.sleep(poll_s)
                talk.go_on()
    return talk.process.returncode is not None


def _heard(pipe: IO[bytes], before: bytes) -> bytes:
    """With what is in it; somebody may still hold its other end."""
    return (before + (pipe.read(PIPE_BYTES) or b""))[-SAID_MAX_BYTES:]


def _read(said: bytes) -> Answer | None:
    """Its last line. None: it says nothing that we understand."""
    with suppress(ValueError, KeyError, TypeError, IndexError):
        line = said.splitlines()[-1]
        answer = json.loads(line)
        again_s = answer["again_s"]
        return Answer(None if again_s is None else float(again_s), line, "; ".join(answer.get("why", ())))
    return None


def _last_line(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
