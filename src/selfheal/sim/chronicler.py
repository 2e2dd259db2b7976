"""What a step has come to, handed on as the real chronicle would be told."""

from collections.abc import Callable

from selfheal.core.instants import Now
from selfheal.core.notes import Step
from selfheal.sim.judge import Judge


class Chronicler:
    """ports.chronicle.Chronicle that hands everything on."""

    def __init__(self, told: Callable[[Step, Now], None], judge: Judge) -> None:
        self._told = told
        self._judge = judge

    def told(self, target: str, done: Step, now: Now) -> None:
        del target
        self._told(done, now)

    def fault(self, target: str, what: str) -> None:
        del target
        self._judge.broke(what)
