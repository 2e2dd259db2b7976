"""Sets gateways and their watchers up, side by side, and takes each down again whatever happens."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from benchmarks.contenders.base import Contender, Kind
from benchmarks.debian import NotAvailableError
from benchmarks.machine import available_mb
from benchmarks.nest import Nest
from benchmarks.serving import LIVE, NeverServedError
from selfheal.gateway.sandbox_install import Installation

GATEWAY_MB = 1_200
"""Of memory for one gateway and its watcher, with room to spare."""
SETTLE_S = 10.0
"""After a start: the gateway's own afterwork, and two cycles of monit."""
SETTLED_LIMIT_S = 240.0
Say = Callable[[str], None]
Standing = tuple[Kind, Contender]


@dataclass
class Field:
    installation: Installation
    start_limit_s: float
    say: Say
    _ports: set[int] = field(default_factory=set)

    def batches(self, kinds: Sequence[Kind]) -> Iterator[Sequence[Kind]]:
        """As many at once as the memory carries."""
        size = max(1, available_mb() // GATEWAY_MB)
        for first in range(0, len(kinds), size):
            yield kinds[first : first + size]

    def nest(self) -> Nest:
        return Nest(self.installation, self._ports)

    @contextmanager
    def standing(
        self, kinds: Sequence[Kind], failed: Callable[[Kind, str], None]
    ) -> Iterator[list[Standing]]:
        """Every one of `kinds` serving and at peace; who does not get there is told to `failed`."""
        with ExitStack() as stack:
            up: list[Standing] = []
            for kind in kinds:
                try:
                    up.append((kind, self._set_up(kind, stack)))
                except (NotAvailableError, NeverServedError) as error:
                    failed(kind, str(error))
            self._settle(up)
            yield up

    def _set_up(self, kind: Kind, stack: ExitStack) -> Contender:
        self.say(f"{kind.name}: starting")
        nest = self.nest()
        stack.callback(nest.close)
        made = kind.make(nest)
        stack.callback(made.close)
        made.start()
        made.caller.await_serving(nest.port, self.start_limit_s, LIVE)
        made.caller.await_serving(nest.port, self.start_limit_s)
        return made

    def _settle(self, up: Sequence[Standing]) -> None:
        time.sleep(SETTLE_S)
        until = time.monotonic() + SETTLED_LIMIT_S
        for kind, contender in up:
            while not contender.settled() and time.monotonic() < until:
                self.say(f"{kind.name}: waiting until its own start is behind it")
                time.sleep(1)


def rotated(kinds: Sequence[Kind], number: int) -> list[Kind]:
    """Another one begins each time: an order that never changes would favour somebody."""
    shift = number % max(1, len(kinds))
    return [*kinds[shift:], *kinds[:shift]]
