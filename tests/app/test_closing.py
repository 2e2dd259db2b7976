"""An end that was asked for is in time, and the last word of the disk makes no failure of it."""

import subprocess
import sys
from pathlib import Path

from selfheal.app.disk_words import DiskWords
from selfheal.app.exit_codes import Exit
from selfheal.app.serve import END_S
from selfheal.core.instants import Now
from selfheal.core.notes import Step
from selfheal.ports.store import StoreError
from selfheal.store.fallback import DurableOrMemory
from selfheal.store.sqlite import SqliteStore

PROMISED_S = 2.0  # from SIGTERM to our end
LIMIT_S = 60.0  # an end that does not come is seen by it


class Chronicle:
    def __init__(self) -> None:
        self.faults: list[str] = []

    def told(self, target: str, done: Step, now: Now) -> None: ...

    def fault(self, target: str, what: str) -> None:
        self.faults.append(f"{target}{what}")


class Jammed(SqliteStore):
    def close(self) -> None:
        super().close()
        raise StoreError("cannot close", retryable=False)


def test_a_database_that_cannot_be_closed_is_told_of(tmp_path: Path) -> None:
    chronicle = Chronicle()
    DiskWords(DurableOrMemory(lambda: Jammed(tmp_path / "selfheal.db")), chronicle, ()).close()  # type: ignore[arg-type]
    assert chronicle.faults == ["cannot close"]


HANGS = """
import threading
from selfheal.app import serve

class Resident:
    def stop(self):
        print("asked to stop", flush=True)

class Lock:
    def take_leave(self):
        print("took its leave", flush=True)

serve.LEAVE_S, serve.END_S = 0.0, 1.0
serve._end(Resident(), Lock(), in_time={in_time})
if not {in_time}:
    print(threading.active_count())
    raise SystemExit(7)
threading.Thread(target=threading.Event().wait).start()  # as a look that hangs would be waited for
"""


def end(*, in_time: bool) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-c", HANGS.format(in_time=in_time)),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def test_our_end_comes_in_time_whatever_hangs() -> None:
    done = end(in_time=True)
    assert (done.returncode, done.stdout) == (Exit.DONE, "asked to stop\ntook its leave\n")


def test_where_somebody_waits_for_the_verdict_nothing_is_cut_short() -> None:
    done = end(in_time=False)
    assert (done.returncode, done.stdout) == (7, "asked to stop\n1\n")


def test_the_hard_end_lies_within_the_promise() -> None:
    assert END_S < PROMISED_S
