"""What would end us in the middle of an install ends the installer first.

A terminal that is closed (SIGHUP) or a SIGTERM would leave it running alone: it has a session of its own. So
they are taken like Ctrl-C, and only the first counts: what is under way then is the end.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
USUAL = (signal.SIG_DFL, signal.default_int_handler)
"""Another handler has its reason, as has a SIGHUP that is ignored: `nohup`."""


@contextmanager
def taken_as_interrupt() -> Iterator[None]:
    """Raises KeyboardInterrupt on the first of them."""
    if threading.current_thread() is not threading.main_thread():  # Python lets no other one
        yield
        return
    before = {number: signal.getsignal(number) for number in ENDING}
    ours = [number for number, handler in before.items() if handler in USUAL]
    for number in ours:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    for each in ENDING:
        if signal.getsignal(each) is _interrupt:
            signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt(signal.Signals(number).name)
