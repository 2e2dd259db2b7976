"""What OpenClaw's command line may say, and how it may fail to say it."""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import pytest

from selfheal.gateway.handoff import Handoff, HandoffStatus, consume_handoff
from selfheal.services.commands import run

PID = 4711
SLEEP_S = 120.0
HANG_S = 2.0  # in which a busy machine, too, has started Python twice
LOOK_S = 0.02
NOTE = {"pid": PID, "reason": "gateway.restart", "source": "operator-restart", "restartKind": "full-process"}
CONTRACT = {"ok": True, "protocol": "openclaw.gateway.restart-handoff", "protocolVersion": 1}


def consume(program: str, timeout_s: float = 10.0) -> Handoff:
    command = (sys.executable, "-c", program)
    return asyncio.run(consume_handoff(run, command, dict(os.environ), PID, timeout_s))


def saying(text: str) -> str:
    return f"print({text!r})"


TOLD = {
    "accepted": ({"status": "accepted", "handoff": NOTE}, HandoffStatus.ACCEPTED, "gateway.restart"),
    "none": ({"status": "none", "reason": "missing"}, HandoffStatus.NONE, "missing"),
    "expired": ({"status": "rejected", "reason": "expired"}, HandoffStatus.REJECTED, "expired"),
    "store": ({"status": "error", "reason": "store-unavailable"}, HandoffStatus.FAILED, "store-unavailable"),
}


@pytest.mark.parametrize(("told", "status", "detail"), TOLD.values(), ids=TOLD.keys())
def test_what_is_told(told: dict[str, object], status: HandoffStatus, detail: str) -> None:
    assert consume(saying(json.dumps(CONTRACT | told))) == Handoff(status, detail)


UNUSABLE = {
    "nothing": "",
    "no json": "Error: boom",
    "no note": json.dumps(CONTRACT | {"status": "accepted"}),
    "a stranger's note": json.dumps(CONTRACT | {"status": "accepted", "handoff": NOTE | {"pid": 1}}),
    "newer": json.dumps(CONTRACT | {"protocolVersion": 2, "status": "accepted", "handoff": NOTE}),
    "unknown status": json.dumps(CONTRACT | {"status": "maybe"}),
}


@pytest.mark.parametrize("text", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_what_cannot_be_understood_has_failed(text: str) -> None:
    assert consume(saying(text)).status is HandoffStatus.FAILED


def test_a_flood_is_no_answer() -> None:
    flood = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    assert consume(flood, timeout_s=1.0).status is HandoffStatus.FAILED


def test_a_missing_program_has_failed() -> None:
    handoff = asyncio.run(consume_handoff(run, ("/nonexistent/openclaw",), {}, PID, 5.0))
    assert handoff.status is HandoffStatus.FAILED


def test_the_arguments_name_the_process(tmp_path: Path) -> None:
    path = tmp_path / "arguments"
    consume(f"import sys; open({str(path)!r}, 'w').write(' '.join(sys.argv[1:]))")
    assert path.read_text() == f"gateway restart-handoff consume --expected-pid {PID} --json"


ORPHAN = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep({sleep_s})"])
open({path!r}, "w").write(str(child.pid))
{then}
"""


@pytest.mark.parametrize("then", ["child.wait()", "sys.exit()"])
def test_a_hang_ends_with_all_its_children(then: str, tmp_path: Path) -> None:
    path = tmp_path / "pid"
    started_s = time.monotonic()
    handoff = consume(ORPHAN.format(path=str(path), then=then, sleep_s=SLEEP_S), timeout_s=HANG_S)
    assert handoff.status is HandoffStatus.FAILED
    assert time.monotonic() - started_s < SLEEP_S / 2
    assert is_gone(int(path.read_text()))


def is_gone(pid: int) -> bool:
    for _ in range(round(SLEEP_S / 4 / LOOK_S)):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":  # where nobody reaps orphans
            return True
        time.sleep(LOOK_S)
    return False
