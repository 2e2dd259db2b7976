"""How a command that works for long ends when it is told to: in order, whatever tells it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class Terminated(SystemExit):
    """Whoever sees it lets go of what they hold, as after Ctrl-C. asyncio passes on no end but such a one."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


@contextmanager
def ended_in_order() -> Iterator[None]:
    """By SIGTERM and SIGHUP, too: first the processes end, and the disks that worlds had made go."""

    def end(number: int, _frame: object) -> NoReturn:
        raise Terminated(number)

    heeded = [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is not signal.SIG_IGN]
    before = {number: signal.signal(number, end) for number in heeded}
    try:
        yield
    except Terminated as ended:
        signal.signal(ended.number, signal.SIG_DFL)
        signal.raise_signal(ended.number)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
