"""The list of faults fits the core as it is. What they are for runs by `make mutants`: it takes minutes."""

import os
import signal
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from tests.mutants.__main__ import broken_off, document, main, write
from tests.mutants.faults import FAULTS, Fault, FaultError
from tests.mutants.killers import KILLERS, ROOT, Catch, work

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_there_are_faults_of_many_kinds() -> None:
    assert len(FAULTS) >= 25
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert len({fault.module for fault in FAULTS}) >= 10


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_it_can_be_put_into_the_core_and_compiles(fault: Fault) -> None:
    sound = (ROOT / fault.file).read_text("utf-8")
    faulty = fault.put_into(sound)
    assert faulty != sound
    assert len(faulty.splitlines()) == len(sound.splitlines())
    compile(faulty, fault.file, "exec")


@pytest.mark.parametrize("text", ["", "a\na\n"])
def test_a_line_that_is_not_there_once_is_said(text: str) -> None:
    with pytest.raises(FaultError):
        Fault("any", "step", "a", "b").put_into(text)


@pytest.mark.parametrize("words", [["nosuchword"], [FAULTS[0].name, "nosuchword"], ["--nosuchoption"]])
def test_a_word_that_no_fault_has_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It was «0 of 0 caught», and a success."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "nosuch" in capsys.readouterr().err


def test_the_result_says_who_survived(tmp_path: Path) -> None:
    missed, caught = Catch(caught=False, by="", took_s=1.0), Catch(caught=True, by="a test", took_s=1.0)
    judged = [
        (FAULTS[0], dict.fromkeys(KILLERS, missed)),
        (FAULTS[1], {**dict.fromkeys(KILLERS, missed), "core": caught}),
    ]
    made = document(judged, BEGAN)
    assert made["survived"] == [FAULTS[0].name]
    assert made["caught"] == {"core": 1, "stories": 0, "simulation": 0}
    assert write(judged, BEGAN, tmp_path).name == "mutants-20260102T030405Z.json"


def test_a_core_in_which_time_stands_still_is_caught(tmp_path: Path) -> None:
    """It waits for no clock: on a busy machine a sound core took longer than the limit."""
    (tmp_path / "endless.py").write_text("while True: pass\n", "utf-8")
    catch = work(("endless",), tmp_path, limit_s=1)
    assert (catch.caught, catch.by) == (True, "no end within 1 s of work")


def test_who_is_ended_leaves_no_copy_behind(tmp_path: Path) -> None:
    """SIGTERM once left the whole tree in the folder of temporary files."""
    command, env = (
        (sys.executable, "-m", "tests.mutants", FAULTS[0].name),
        os.environ | {"TMPDIR": str(tmp_path)},
    )
    with subprocess.Popen(command, cwd=ROOT, env=env) as done:
        while not list(tmp_path.iterdir()):
            assert done.poll() is None
        done.terminate()
    assert done.returncode == -signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


def test_who_is_ended_waits_for_no_fault_that_is_under_way() -> None:
    made: list[Future[object]] = []

    def ended() -> None:
        with ThreadPoolExecutor(1) as pool, broken_off(pool):
            made.append(pool.submit(subprocess.run, (sys.executable, "-c", "import time; time.sleep(60)")))
            made.append(pool.submit(int))
            while not psutil.Process().children():
                assert not made[0].done()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ended()
    under_way, later = made
    assert under_way.result().returncode == -signal.SIGKILL  # type: ignore[attr-defined]
    assert later.cancelled()
