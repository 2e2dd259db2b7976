"""Has what waits in the outbox delivered, by a process of its own that ends.

What that process needs to speak to the outside costs the resident nothing at rest. It is left alone: our end
is none of its business, and a claim of one that dies runs out by itself. It says on its last line when there
is something to do again; at that time it is called again, and whenever an alert is decided.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

AT_ONCE = 2  # one may be waiting for a route that is silent, while an alert is decided
ANSWER_BYTES = 64 * 1024
AFTER_FAILURE_S = 60.0
LONGEST_S = 900.0  # it ends by itself long before; who hears nothing by then calls the next one
NEVER_LATER_S = 3600.0  # whatever it says: a day's wait is looked at again


@dataclass
class Answer:
    """`again_s`: when there is something to do again, None: nothing waits. `taken`: what was given, by whom."""

    again_s: float | None
    taken: Sequence[str] = ()
    why: str = ""


@dataclass
class Dispatch:
    """`command`: of the delivery process. `complain` hears what is wrong with it, once each."""

    command: Sequence[str]
    env: Mapping[str, str]
    complain: Callable[[str], None]
    _running: set[asyncio.Task[Answer]] = field(default_factory=set)
    _asked: bool = False
    _again: asyncio.TimerHandle | None = None
    _complaint: str = ""

    def kick(self) -> None:
        """Something may be waiting."""
        if len(self._running) >= AT_ONCE:
            self._asked = True
            return
        self._asked = False
        task = asyncio.get_running_loop().create_task(self.deliver())
        self._running.add(task)
        task.add_done_callback(self._ended)

    def close(self) -> None:
        """Those that are at work go on without us."""
        if self._again is not None:
            self._again.cancel()
        for task in self._running:
            task.cancel()

    async def deliver(self, given: bytes = b"") -> Answer:
        """One delivery process, from beginning to end. `given`: what no disk has taken, for it to read."""
        try:
            async with asyncio.timeout(LONGEST_S):
                process = await asyncio.create_subprocess_exec(
                    *self.command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    env=dict(self.env),
                    start_new_session=True,
                )
                said, complained = await process.communicate(given)
        except TimeoutError:
            return Answer(AFTER_FAILURE_S, why="it does not end")
        except (OSError, ValueError) as error:
            return Answer(AFTER_FAILURE_S, why=str(error))
        return _read(said) or Answer(
            AFTER_FAILURE_S, why=_last_line(complained) or f"exit code {process.returncode}"
        )

    def _ended(self, task: asyncio.Task[Answer]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        answer = task.result()
        if answer.why and answer.why != self._complaint:
            self.complain(f"cannot have the alerts delivered: {answer.why}")
        self._complaint = answer.why
        if self._asked:
            self.kick()
        elif answer.again_s is not None:
            self._call_in(min(answer.again_s, NEVER_LATER_S))

    def _call_in(self, delay_s: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + delay_s
        if (
            self._again is not None
            and not self._again.cancelled()
            and loop.time() < self._again.when() <= due
        ):
            return
        if self._again is not None:
            self._again.cancel()
        self._again = loop.call_at(due, self.kick)


def _read(said: bytes) -> Answer | None:
    """Its last line. None: it says nothing that we understand."""
    with suppress(ValueError, KeyError, TypeError, IndexError):
        heard = json.loads(said[-ANSWER_BYTES:].splitlines()[-1])
        again_s = heard["again_s"]
        return Answer(None if again_s is None else float(again_s), tuple(map(str, heard.get("taken", ()))))
    return None


def _last_line(text: bytes) -> str:
    lines = text[-ANSWER_BYTES:].decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
