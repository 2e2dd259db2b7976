"""The dead man's switch: tells somebody outside that the loop steps and all is well, who misses it when not.

Called by the loop that really steps, and by no timer: a loop that hangs says nothing. The asking is done by a
process of its own, one at a time, that nobody waits for.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from selfheal.app.last_ping import LastPing, keep
from selfheal.config.policy_fields import DAY_S
from selfheal.config.routes import Notify
from selfheal.core.instants import BEGINNING, Monotonic, Now
from selfheal.core.pulse import Pulse, pulse
from selfheal.runtime.dispatch import Answer, Dispatch
from selfheal.runtime.stepper import Stepper

AGAIN_S = 60.0  # after one that failed, where the interval is not shorter
COMMAND = (sys.executable, "-m", "selfheal.notify.ping")


@dataclass
class DeadMan:
    """`complain` hears what is wrong with it, `relieve` that it is over. `folder`: for its record."""

    environ: Mapping[str, str]
    complain: Callable[[str], None]
    relieve: Callable[[str], None]
    folder: Path
    _last: tuple[str, Pulse] | None = None  # the address and what was said there
    _asked: Monotonic = BEGINNING
    _task: asyncio.Task[Answer] | None = None
    _complaint: str = ""
    _dispatch: Dispatch = field(init=False)

    def __post_init__(self) -> None:
        self._dispatch = Dispatch(COMMAND, self.environ, self.complain)

    def beat(self, notify: Notify, steppers: Sequence[Stepper], now: Now) -> None:
        """A turn of the loop has ended. What has changed for a person is said at once."""
        if not notify.dead_man_url or self._task is not None:
            return
        found = pulse(((stepper.state, stepper.policy) for stepper in steppers), now)
        if found is None:
            return
        this = (notify.dead_man_url, found)
        wait_s = min(AGAIN_S if self._complaint else DAY_S, notify.dead_man_interval_s)
        if this == self._last and now.mono - self._asked < wait_s:
            return
        self._last, self._asked = this, now.mono
        given = address(notify.dead_man_url, found).encode()
        self._task = asyncio.get_running_loop().create_task(self._dispatch.deliver(given))
        self._task.add_done_callback(lambda task: self._ended(task, found, now))

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _ended(self, task: asyncio.Task[Answer], found: Pulse, asked: Now) -> None:
        self._task = None
        if task.cancelled():
            return
        why = task.result().why
        if why and why != self._complaint:
            self.complain(f"cannot ping the dead man's switch: {why}")
        elif self._complaint and not why:
            self.relieve("the dead man's switch is pinged again")
        self._complaint = why
        keep(self.folder, LastPing(asked.wall, found, why))


def address(url: str, said: Pulse) -> str:
    """As Healthchecks has it: a failure is told at `/fail`, before what is asked with it."""
    if said is Pulse.WELL:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
