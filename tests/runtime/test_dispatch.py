"""The delivery process is called when something waits, and left alone otherwise."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from selfheal.host import pid_exists
from selfheal.runtime.dispatch import AFTER_FAILURE_S, AFTER_KILL_S, AT_ONCE, PIPE_BYTES, Answer, Dispatch

ENDS = "print('{\"again_s\": null}')"


def program(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def run(text: str, work: Callable[[Dispatch], Coroutine[Any, Any, None]]) -> list[str]:
    """What was complained of."""
    heard: list[str] = []

    async def live() -> None:
        dispatch = Dispatch(program(text), {}, heard.append)
        await work(dispatch)
        dispatch.close()

    asyncio.run(live())
    return heard


async def lines(path: Path, count: int) -> list[str]:
    """Another process writes them."""
    return await asyncio.to_thread(_lines, path, count)


def _lines(path: Path, count: int) -> list[str]:
    end = time.monotonic() + 60
    while not path.exists() or len(found := path.read_text().splitlines()) < count:
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


def waiting_for(path: Path) -> str:
    return f"import pathlib, time\nwhile not pathlib.Path({str(path)!r}).exists(): time.sleep(0.01)\n"


def noted(path: Path, text: str) -> str:
    return f"open({str(path)!r}, 'a').write('called\\n'); {text}"


def test_who_kicks_has_it_called_once(tmp_path: Path) -> None:
    calls = tmp_path / "calls"

    async def work(dispatch: Dispatch) -> None:
        dispatch.kick()
        await lines(calls, 1)

    assert run(noted(calls, ENDS), work) == []


def test_it_is_called_again_at_the_time_that_it_says(tmp_path: Path) -> None:
    calls = tmp_path / "calls"

    async def work(dispatch: Dispatch) -> None:
        dispatch.kick()
        await lines(calls, 3)

    assert run(noted(calls, "print('{\"again_s\": 0.01}')"), work) == []


def test_who_kicks_while_all_are_at_work_has_it_called_after_one_ends(tmp_path: Path) -> None:
    calls, goes_on = tmp_path / "calls", tmp_path / "goes-on"
    waits = waiting_for(goes_on) + ENDS

    async def work(dispatch: Dispatch) -> None:
        for _ in range(AT_ONCE + 3):
            dispatch.kick()
        assert len(await lines(calls, AT_ONCE)) == AT_ONCE
        goes_on.touch()
        await lines(calls, AT_ONCE + 1)

    assert run(noted(calls, waits), work) == []


def test_what_is_given_is_read_and_what_was_taken_comes_back() -> None:
    async def work(dispatch: Dispatch) -> None:
        answer = await dispatch.deliver(b"alert")
        assert answer == Answer(7.5, b'{"again_s": 7.5, "taken": "alert"}')

    run('import json, sys; print(json.dumps({"again_s": 7.5, "taken": sys.stdin.read()}))', work)


def test_what_no_pipe_holds_goes_through_whole_in_both_directions() -> None:
    """One that is full keeps neither of the two waiting for the other."""
    much = b"x" * (4 * PIPE_BYTES)
    echo = "import json, sys; said = sys.stdin.read(); print(json.dumps({'again_s': None, 'said': said}))"
    answer = asyncio.run(Dispatch(program(echo), {}, print).deliver(much))
    assert json.loads(answer.said) == {"again_s": None, "said": much.decode()}


def test_who_reads_nothing_of_much_is_no_error() -> None:
    answer = asyncio.run(Dispatch(program(ENDS), {}, print).deliver(b"x" * (4 * PIPE_BYTES)))
    assert answer == Answer(None, b'{"again_s": null}')


@pytest.mark.parametrize("tied", [True, False])
def test_one_that_is_tied_to_us_ends_with_us_and_no_other_does(tmp_path: Path, tied: bool) -> None:
    calls, goes_on = tmp_path / "calls", tmp_path / "goes-on"
    let_go = f"import sys; sys.stdin.read(); open({str(calls)!r}, 'a').write('let go\\n')"
    dispatch = Dispatch(program(f"{noted(calls, let_go)}; {waiting_for(goes_on)}"), {}, print, tied=tied)

    async def live() -> None:
        dispatch.kick()
        before = await lines(calls, 1 if tied else 2)
        assert before == (["called"] if tied else ["called", "let go"])
        dispatch.close()

    asyncio.run(live())
    assert _lines(calls, 2) == ["called", "let go"]
    goes_on.touch()


def test_one_that_is_tied_ends_with_who_is_killed(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    reads = f"import sys; sys.stdin.read(); open({str(calls)!r}, 'a').write('let go\\n')"
    dies = f"""
import asyncio, os, signal
from selfheal.runtime.dispatch import Dispatch
async def live():
    Dispatch({program(noted(calls, reads))!r}, {{}}, print, tied=True).kick()
    while not os.path.exists({str(calls)!r}):
        await asyncio.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(live())
"""
    subprocess.run(program(dies), check=False)
    assert _lines(calls, 2) == ["called", "let go"]


def test_one_that_fails_is_complained_of_once_with_its_last_words(tmp_path: Path) -> None:
    calls = tmp_path / "calls"

    async def work(dispatch: Dispatch) -> None:
        for count in (1, 2):
            dispatch.kick()
            await lines(calls, count)
            await dispatch.idle()

    assert run(noted(calls, "raise SystemExit('no settings')"), work) == [
        "cannot have the alerts delivered: no settings"
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [("raise SystemExit('damaged')", 1), (ENDS, 0), ('print(\'{"again_s": 9, "why": ["slow"]}\')', 0)],
)
def test_that_one_has_ended_without_an_answer_is_told(text: str, count: int) -> None:
    failed: list[None] = []

    async def work(dispatch: Dispatch) -> None:
        dispatch.failed = lambda: failed.append(None)
        dispatch.kick()
        await dispatch.idle()

    run(text, work)
    assert len(failed) == count


def test_the_next_one_comes_soon_after_one_that_was_killed(tmp_path: Path) -> None:
    """What that had claimed is free. If the next one is killed as well, it is time to wait."""
    calls = tmp_path / "calls"
    heard: list[str] = []
    waits: list[float] = []

    class Hasty(Dispatch):
        def _call_in(self, delay_s: float) -> None:
            waits.append(delay_s)
            super()._call_in(0.0)

    async def live() -> None:
        dies = noted(calls, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        dispatch = Hasty(program(dies), {}, heard.append)
        dispatch.kick()
        await lines(calls, 3)
        dispatch.close()

    asyncio.run(live())
    assert waits[:2] == [AFTER_KILL_S, AFTER_FAILURE_S]
    assert heard == ["cannot have the alerts delivered: exit code -9"]


def test_one_that_hangs_is_ended_and_the_next_one_works(tmp_path: Path) -> None:
    """It once stood in the way of the others for a quarter of an hour, and was never ended."""
    calls = tmp_path / "calls"
    notes = f"import os, signal; open({str(calls)!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
    hangs = notes + "signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"
    heard: list[str] = []

    async def live() -> list[str]:
        dispatch = Dispatch(program(hangs), {}, heard.append, longest_s=1.0)
        for _ in range(AT_ONCE + 1):
            dispatch.kick()
        began = await lines(calls, AT_ONCE + 1)
        await dispatch.idle()
        dispatch.close()
        return began

    began = asyncio.run(live())
    assert [pid for pid in began if pid_exists(int(pid))] == []
    assert heard == ["cannot have the alerts delivered: it does not end"]


def test_a_program_that_is_not_there_is_complained_of() -> None:
    async def work() -> Answer:
        return await Dispatch(["/nowhere/selfheal"], {}, print).deliver(b"")

    assert "No such file" in asyncio.run(work()).why


def test_our_end_is_not_its_end(tmp_path: Path) -> None:
    calls, goes_on = tmp_path / "calls", tmp_path / "goes-on"
    waits = waiting_for(goes_on)

    async def work(dispatch: Dispatch) -> None:
        dispatch.kick()
        await lines(calls, 1)

    run(noted(calls, waits + noted(calls, ENDS)), work)
    goes_on.touch()
    assert asyncio.run(lines(calls, 2)) == ["called", "called"]
