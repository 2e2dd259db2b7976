"""What the desktop's own programs are given."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
from tests.notify.benches import Screen
from tests.notify.messages import FILE, message, sent

from selfheal.notify.desktop import Desktop
from selfheal.notify.route import LaterError, RefusedError
from selfheal.ports.commands import Outcome
from selfheal.ports.outbox import Receipt
from selfheal.services import commands

NOTES = """\
#!{python}
import json, pathlib, sys
pathlib.Path({out!r}).write_text(json.dumps(sys.argv[1:]))
"""


def shown(screen: Screen, platform: str, *, silent: bool = False) -> tuple[str, ...]:
    sent(Desktop("screen", screen, {}, platform), message("-t <b>\n-x <i> & \\n", silent=silent))
    return screen.commands[-1]


def test_linux() -> None:
    assert shown(Screen(), "linux") == (
        *("notify-send", "--app-name=selfheal", "--urgency=critical", "--"),
        *("-t <b>", "-x &lt;i&gt; &amp; \\\\n"),
    )


def test_linux_silent() -> None:
    command = shown(Screen(), "linux", silent=True)
    assert command[2:4] == ("--urgency=low", "--hint=boolean:suppress-sound:true")


def test_macos_runs_nothing_of_the_text() -> None:
    command = shown(Screen(), "darwin")
    assert command[0] == "osascript"
    assert command[-3:] == ("--", "-t <b>", "-x <i> & \\n")
    assert [word for word in command[1:-3] if "-t" in word or "<b>" in word] == []
    assert "sound name" in command[4]
    assert "sound name" not in " ".join(shown(Screen(), "darwin", silent=True))


def test_without_memory_it_may_work_later_and_without_the_program_never() -> None:
    busy = Screen(Outcome(127, problem="cannot run notify-send: Cannot allocate memory"))
    with pytest.raises(LaterError, match="allocate memory"):
        shown(busy, "linux")
    missing = Screen(Outcome(127, problem="cannot run notify-send: No such file or directory"))
    with pytest.raises(RefusedError, match="notify-send"):
        shown(missing, "linux")


def test_a_real_program_is_run_with_the_persons_environment(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    program = tmp_path / "notify-send"
    program.write_text(NOTES.format(python=sys.executable, out=str(out)), "utf-8")
    program.chmod(0o755)
    route = Desktop("screen", commands.run, {"PATH": str(tmp_path)}, "linux")
    receipt = asyncio.run(route.send(message("제목\n본문", attachments=(FILE,))))
    assert receipt == Receipt("incident-7-open", lacks=(FILE.name,))
    assert json.loads(out.read_text("utf-8"))[-2:] == ["제목", "본문"]
