"""Shows each committed step to people: one structured log line a decision, and the document's log files."""

import json
import sys
import time
from collections.abc import Callable, Iterable

from selfheal.core.instants import Now, Wall
from selfheal.core.notes import Note, Step
from selfheal.ports.chronicle import Lines
from selfheal.texts.printable import clean

Describe = Callable[[Note], str]
Project = Callable[[str, Wall, Iterable[Note]], str]
"""Writes a target's notes into its files; returns why it could not, or nothing."""


class LogChronicle:
    """ports.chronicle.Chronicle on a stream. `style`: «text» for people and journald, «json» for machines."""

    def __init__(
        self,
        style: str,
        describe: Describe,
        project: Project,
        out: Lines | None = None,
        faults: Lines | None = None,
    ) -> None:
        self._json = style == "json"
        self._describe = describe
        self._project = project
        self._out = out if out is not None else sys.stdout
        self._faults = faults if faults is not None else self._out
        self._complaints: dict[str, str] = {}

    def told(self, target: str, done: Step, now: Now) -> None:
        for note in done.notes:
            self._write(now.wall, target, "info", self._describe(note), note)
        if not done.notes:
            return
        complaint = self._project(target, now.wall, done.notes)
        if complaint and complaint != self._complaints.get(target):
            self.fault(target, complaint)
        self._complaints[target] = complaint

    def fault(self, target: str, what: str) -> None:
        self._write(Wall(time.time()), target, "error", what, None)

    def warn(self, what: str) -> None:
        """Nothing is wrong, and a person should know."""
        self._write(Wall(time.time()), "", "warning", what, None)

    def over(self, what: str) -> None:
        """A fault has passed: for those who have read of it."""
        self._write(Wall(time.time()), "", "info", what, None, loud=True)

    def alert(self, target: str, text: str) -> bool:
        """For a person, as a line of the log. False: nobody reads it."""
        return self._write(Wall(time.time()), target, "error", text, None)

    def say(self, what: str) -> None:
        self._write(Wall(time.time()), "", "info", what, None)

    def _write(
        self, wall: Wall, target: str, severity: str, text: str, note: Note | None, *, loud: bool = False
    ) -> bool:
        """False: nobody reads us any more; the journal has it all."""
        if not text:
            return True
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(wall))
        if self._json:
            fields = {"time": stamp, "severity": severity, "target": target, "message": text} | _fields(note)
            said = json.dumps(fields, ensure_ascii=False) + "\n"
        else:
            incident = f"#{note.incident}" if note and note.incident else ""
            head = " ".join(filter(None, (stamp, severity.upper(), target, incident)))
            said = "".join(f"{head}: {clean(line)}\n" for line in text.splitlines())
        try:
            out = self._faults if loud or severity != "info" else self._out
            out.write(said)
            out.flush()
        except (OSError, ValueError):
            return False
        return True


def _fields(note: Note | None) -> dict[str, object]:
    if note is None:
        return {}
    known = {
        "reason": note.reason,
        "level": note.level,
        "hold": note.hold,
        "cause": note.cause,
        "outcome": note.outcome,
        "incident": note.incident,
        "detail": note.detail or None,
        "number": note.number,
    }
    return {name: value for name, value in known.items() if value is not None}
