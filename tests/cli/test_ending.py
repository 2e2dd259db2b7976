"""A command that works for long is told to end at any moment."""

import os
import signal

import pytest

from selfheal.cli.ending import Terminated, ended_in_order


class Dying:
    """An end that comes while this is destroyed, where Python tells nobody of an exception."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        os.kill(os.getpid(), self.number)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)]
)
def test_an_end_that_nobody_heard_is_told_at_the_next_piece_of_work(
    number: int, raised: type[BaseException]
) -> None:
    before = signal.getsignal(number)
    with ended_in_order() as heed:
        heed()
        Dying(number)
        with pytest.raises(raised):
            heed()
    assert signal.getsignal(number) is before


def test_what_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_in_order():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
