"""A process that speaks to the outside ends within its bound, whatever hangs in it."""

import asyncio
import signal
import subprocess
import sys
import threading

import pytest

from selfheal.app import backlog, commands, listen, post
from selfheal.app.given import Delivered
from selfheal.app.hanging import run
from selfheal.app.listen import Listened
from selfheal.app.teller import LISTENING_S
from selfheal.config.load import load
from selfheal.notify.delivery import SEND_S
from selfheal.runtime.dispatch import LONGEST_S

END_S = 60.0  # of a busy host; what hangs never ends


def ended(script: str, *given: str) -> tuple[int, str]:
    """Its exit code, and what it has said. Raises TimeoutExpired where it hangs."""
    done = subprocess.run(
        (sys.executable, "-c", script, *given), stdout=subprocess.PIPE, timeout=END_S, check=False, text=True
    )
    return done.returncode, done.stdout.strip()


IN_A_THREAD = """
import asyncio, threading
from selfheal.app.hanging import run

async def main():
    try:
        async with asyncio.timeout(0.1):
            await asyncio.to_thread(threading.Event().wait)
    except TimeoutError:
        return "given up"

print(run(main()), flush=True)
"""


def test_a_thread_that_hangs_puts_no_end_off() -> None:
    assert ended(IN_A_THREAD) == (0, "given up")


HANGS = {
    "a lock": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "work that lets nobody else run": "sum(range(10 ** 15))",
    "a loop that stands still": "asyncio.run(asyncio.sleep(1e6))",
    "an alarm that is blocked": (
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM});"
        "exec('with ending_within(0.1): signal.pause()')"
    ),
    "an alarm that is ignored": (
        "signal.signal(signal.SIGALRM, signal.SIG_IGN); exec('with ending_within(0.1): signal.pause()')"
    ),
}


@pytest.mark.parametrize("hangs", HANGS.values(), ids=HANGS)
def test_whatever_hangs_is_ended_by_the_alarm(hangs: str) -> None:
    script = "import asyncio, signal, threading\nfrom selfheal.app.hanging import ending_within\n"
    code, said = ended(f"{script}with ending_within(0.5):\n    {hangs}\nprint('never')")
    assert (code, said) == (-signal.SIGALRM, "")


def test_who_is_done_in_time_is_left_alone() -> None:
    script = "import signal\nfrom selfheal.app.hanging import ending_within\n"
    done = "with ending_within(60): pass\nprint(signal.getitimer(signal.ITIMER_REAL))"
    assert ended(script + done) == (0, "(0.0, 0.0)")


def test_a_thread_gives_its_result_or_its_error() -> None:
    def fails() -> None:
        raise LookupError("no such name")

    async def main() -> tuple[int, bool]:
        with pytest.raises(LookupError, match="no such name"):
            await asyncio.to_thread(fails)
        return await asyncio.to_thread(max, 1, 2), await asyncio.to_thread(
            lambda: threading.current_thread().daemon
        )

    assert run(main()) == (2, True)


def test_an_end_that_nobody_waits_for_any_more_is_no_error() -> None:
    goes_on = threading.Event()
    errors: list[object] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, error: errors.append(error))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncio.to_thread(goes_on.wait)
        goes_on.set()
        await asyncio.to_thread(goes_on.wait)

    run(main())
    assert errors == []


def test_each_process_that_speaks_to_the_outside_has_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """And whoever has called it waits for longer than that."""
    left: list[float] = []

    def seen(*_: object, **__: object) -> Delivered | Listened:
        left.append(signal.getitimer(signal.ITIMER_REAL)[0])
        return Delivered(None) if len(left) == 1 else Listened(None)

    monkeypatch.setattr(backlog, "deliver", seen)
    monkeypatch.setattr(listen, "listen", seen)
    settings = load(None, {"HOME": "/nowhere"})
    commands.deliver(settings, {}, b"")
    commands.listen(settings, {})
    assert SEND_S < post.WORK_S < left[0] <= post.END_S < LONGEST_S
    assert listen.TURN_S < left[1] <= listen.END_S < LISTENING_S
