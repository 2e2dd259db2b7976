"""What a resident is run for: `run` for nothing but the watch, other commands for an end of their own."""

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from selfheal.core.levels import Request
from selfheal.ports.chronicle import Lines
from selfheal.runtime.resident import Resident
from selfheal.runtime.stepper import Stepper

Watch = Callable[[Sequence[Stepper], Resident], None]
"""Called after each turn of the loop: for a live view, or to end when something has come true."""


def _take_no_notice(number: signal.Signals) -> None:
    del number


@dataclass(frozen=True)
class Errand:
    """`loud`: where there is a live view, only faults and alerts are said, and here; else all is, on stderr.

    `asked`: of each gateway, by the person who runs us, before anything is done. `told_to_end`: by which
    signal. `brief`: of the settings nothing is said, as the gateway is not to be watched from now on.
    `in_its_place`: of a resident, for as long as a command lasts; how that one has ended is still to be told.
    """

    observe: bool = False
    only: str | None = None
    watch: Watch | None = None
    loud: Lines | None = None
    asked: Request | None = None
    told_to_end: Callable[[signal.Signals], None] = _take_no_notice
    brief: bool = False
    in_its_place: bool = False
