"""What people and machines read of each step."""

import io
import json
from collections.abc import Iterable

from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.levels import Level
from selfheal.core.notes import Note, Step
from selfheal.core.reasons import Cause, Reason
from selfheal.core.state import State
from selfheal.runtime.chronicle import LogChronicle

NOW = Now(Monotonic(1.0), Wall(1_770_000_000.0), "boot-1")
OPENED = Note(
    Reason.INCIDENT_OPENED, Level.WATCHDOG, cause=Cause.PROCESS_GONE, incident=7, detail="pid 5", number=2.0
)


def described(note: Note) -> str:
    return "" if note.reason is Reason.CHECK_PASSED else f"said {note.reason}"


def no_files(target: str, wall: Wall, notes: Iterable[Note]) -> str:
    del target, wall, notes
    return ""


def step(*notes: Note) -> Step:
    return Step(State("main"), notes=notes)


def test_a_line_for_people() -> None:
    out = io.StringIO()
    LogChronicle("text", described, no_files, out).told("main", step(OPENED), NOW)
    stamp, rest = out.getvalue().split(" ", 1)
    assert stamp.startswith("2026-02-0")
    assert rest == "INFO main #7: said incident_opened\n"


def test_what_is_quoted_can_neither_paint_nor_forge_a_line() -> None:
    out = io.StringIO()
    quoted = "why \x1b[31mred\x9b2J\r\n2026-02-02T00:00:00+0000 INFO main: all is well"
    chronicle = LogChronicle("text", lambda _: quoted, no_files, out)
    chronicle.told("main", step(OPENED), NOW)
    chronicle.fault("main", quoted)
    lines = out.getvalue().splitlines()
    assert out.getvalue().replace("\n", "").isprintable()
    assert [line.split(" ")[1:3] for line in lines] == [["INFO", "main"]] * 2 + [["ERROR", "main:"]] * 2


def test_a_line_for_machines() -> None:
    out = io.StringIO()
    LogChronicle("json", described, no_files, out).told("main", step(OPENED), NOW)
    line = json.loads(out.getvalue())
    assert line.pop("time").startswith("2026-02-0")
    assert line == {
        "severity": "info",
        "target": "main",
        "message": "said incident_opened",
        "reason": "incident_opened",
        "level": "watchdog",
        "cause": "process_gone",
        "incident": 7,
        "detail": "pid 5",
        "number": 2.0,
    }


def test_one_line_a_decision_and_none_for_what_has_no_sentence() -> None:
    out = io.StringIO()
    LogChronicle("text", described, no_files, out).told(
        "main", step(Note(Reason.START), Note(Reason.CHECK_PASSED), Note(Reason.HEALED)), NOW
    )
    assert [line.rpartition(": ")[2] for line in out.getvalue().splitlines()] == ["said start", "said healed"]


def test_a_fault_of_ours_and_a_word_of_ours() -> None:
    out = io.StringIO()
    chronicle = LogChronicle("json", described, no_files, out)
    chronicle.fault("main", "it broke")
    chronicle.say("hello")
    broke, hello = map(json.loads, out.getvalue().splitlines())
    assert (broke["severity"], broke["target"], broke["message"]) == ("error", "main", "it broke")
    assert (hello["severity"], hello["target"], hello["message"]) == ("info", "", "hello")


def test_a_closed_stream_does_not_raise() -> None:
    out = io.StringIO()
    chronicle = LogChronicle("text", described, no_files, out)
    out.close()
    chronicle.told("main", step(OPENED), NOW)
    chronicle.fault("main", "it broke")


def test_a_broken_pipe_does_not_raise() -> None:
    class Broken(io.StringIO):
        def write(self, text: str, /) -> int:
            raise BrokenPipeError(text)

    LogChronicle("text", described, no_files, Broken()).told("main", step(OPENED), NOW)


def complaints(*words: tuple[str, str]) -> list[str]:
    """The lines of error while files of (target, complaint) are written in turn."""
    out = io.StringIO()
    turns = iter(words)
    chronicle = LogChronicle("json", described, lambda *_: next(turns)[1], out)
    for target, _ in words:
        chronicle.told(target, step(OPENED), NOW)
    lines = map(json.loads, out.getvalue().splitlines())
    return [line["message"] for line in lines if line["severity"] == "error"]


def test_a_full_disk_under_the_files_is_told_once() -> None:
    assert complaints(("main", "full"), ("main", "full"), ("main", ""), ("main", "full")) == ["full", "full"]


def test_the_files_of_one_gateway_fail_and_those_of_another_do_not() -> None:
    assert complaints(("main", "full"), ("work", ""), ("main", "full"), ("work", "")) == ["full"]


def test_files_are_not_asked_when_there_is_nothing_to_write() -> None:
    out = io.StringIO()
    LogChronicle("text", described, lambda *_: "full", out).told("main", step(), NOW)
    assert out.getvalue() == ""


class Frozen(io.StringIO):
    def write(self, text: str) -> int:
        raise BlockingIOError(text)


def test_an_alert_that_nobody_reads_is_known_as_such() -> None:
    assert LogChronicle("json", described, no_files, io.StringIO()).alert("main", "it is down")
    assert not LogChronicle("json", described, no_files, Frozen()).alert("main", "it is down")
