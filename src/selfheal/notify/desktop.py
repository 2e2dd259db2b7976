"""A notification on this machine's own desktop, for who sits at it. Nobody can say whether it was seen."""

import errno
import os
from collections.abc import Mapping

from selfheal.notify.limits import one_line, shorten, without_title
from selfheal.notify.route import LaterError, Message, RefusedError, Severity, UnsureError
from selfheal.ports.commands import Outcome, Run
from selfheal.ports.outbox import Receipt

TIMEOUT_S = 10.0
MOST_TITLE = 120  # characters
MOST_CHARACTERS = 400  # a desktop shows less
URGENCY = {Severity.CRITICAL: "critical", Severity.WARNING: "normal", Severity.INFO: "low"}
MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "\\\\"})
"""The body is markup for most desktops, and notify-send reads backslashes."""
SCRIPT = (
    "on run argv",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "end run",
)


class Desktop:
    """route.Route. `env`: of the person's session, its D-Bus address included. `platform`: of sys."""

    def __init__(self, name: str, run: Run, env: Mapping[str, str], platform: str) -> None:
        self.name = name
        self._run = run
        self._env = env
        self._command = _osascript if platform == "darwin" else _notify_send

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        del earlier, again
        outcome = await self._run(self._command(message), env=self._env, timeout_s=TIMEOUT_S)
        if not outcome.succeeded:
            raise self._failed(outcome)
        return Receipt(message.mark, lacks=tuple(file.name for file in message.attachments))

    async def close(self) -> None:
        """Nothing stays open."""

    def _failed(self, outcome: Outcome) -> LaterError | RefusedError | UnsureError:
        why = f"cannot tell {self.name}: {one_line(outcome.why())}"
        if outcome.timed_out:
            return UnsureError(why)
        # Without the program it never works. Without a session, or without memory, it may later.
        return RefusedError(why) if os.strerror(errno.ENOENT) in outcome.problem else LaterError(why)


def _notify_send(message: Message) -> tuple[str, ...]:
    title, body = _said(message)
    urgency = "low" if message.silent else URGENCY[message.severity]
    hint = ("--hint=boolean:suppress-sound:true",) if message.silent else ()
    return (
        "notify-send",
        "--app-name=selfheal",
        f"--urgency={urgency}",
        *hint,
        "--",
        title,
        body.translate(MARKUP),
    )


def _osascript(message: Message) -> tuple[str, ...]:
    """The words are arguments of the script and no part of it, so nothing in them is run."""
    lines = [word for line in SCRIPT for word in ("-e", line)]
    if message.severity is Severity.CRITICAL and not message.silent:
        lines[3] += ' sound name "Sosumi"'
    return ("osascript", *lines, "--", *_said(message))


def _said(message: Message) -> tuple[str, str]:
    title = shorten(one_line(message.title), MOST_TITLE)
    return title, shorten(without_title(message.body), MOST_CHARACTERS)
