"""How a command that works for long ends when it is told to: in order, whatever tells it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from selfheal.sim.campaign import ENDS


class Terminated(SystemExit):
    """Whoever sees it lets go of what they hold, as after Ctrl-C. asyncio passes on no end but such a one."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


@contextmanager
def ended_in_order() -> Iterator[Callable[[], None]]:
    """By SIGTERM and SIGHUP, too: first the processes end, and the disks that worlds had made go.

    What it gives is to be called between two pieces of work: where a signal came while an object was being
    destroyed, Python tells nobody of it, and it is told then.
    """
    told: list[int] = []

    def end(number: int, _frame: object) -> NoReturn:
        told.append(number)
        raise _said_by(number)

    def heed() -> None:
        if told:
            raise _said_by(told[-1])

    heeded = [one for one in ENDS if signal.getsignal(one) is not signal.SIG_IGN]
    before = {number: signal.signal(number, end) for number in heeded}
    try:
        yield heed
    except Terminated as ended:
        signal.signal(ended.number, signal.SIG_DFL)
        signal.raise_signal(ended.number)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _said_by(number: int) -> BaseException:
    return KeyboardInterrupt() if number == signal.SIGINT else Terminated(number)
