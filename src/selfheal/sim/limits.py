"""What our program keeps stays within its documented limits, for as long as a world lasts.

The store forgets as the real resident has it forget, a piece at each beat. In memory nothing grows; on a real
database a low limit stands for the real one, or no world would be long enough to reach it.
"""

from collections.abc import Callable

from selfheal.sim.agenda import Agenda
from selfheal.sim.disk import MadeDisk
from selfheal.store.fallback import KEPT_MAX, DurableOrMemory
from selfheal.store.retention import ROUND_EVERY_S

BEAT_S = 5.0  # as app.serve has it
ROUND_MAX_S = 5 * ROUND_EVERY_S  # a clock that was set back delays one
BEATS_MAX = 100  # in which a round is done once it is due


class Limits:
    """`broke` is told of what has grown too large."""

    def __init__(self, agenda: Agenda, disk: MadeDisk, broke: Callable[[str, str], None]) -> None:
        self._agenda = agenda
        self._disk = disk
        self._broke = broke
        self._next_at = 0.0
        self._rounds, self._round_at, self._late = 0, 0.0, 0

    def beat(self, store: DurableOrMemory) -> None:
        """After a step."""
        now = self._agenda.elapsed
        if now < self._next_at:
            return
        self._next_at = now + BEAT_S
        store.prune(self._agenda.now())
        if store.kept > KEPT_MAX:
            self._broke("more steps kept in memory than the limit", str(store.kept))
        if not store.degraded:
            self._judge(now)

    def _judge(self, now: float) -> None:
        if self._disk.rounds != self._rounds:
            self._rounds, self._round_at, self._late = self._disk.rounds, now, 0
            for what in self._disk.overgrown(self._agenda.now()):
                self._broke("more is kept on the disk than the limit", what)
        elif now - self._round_at > ROUND_MAX_S:
            self._late += 1
            if self._late > BEATS_MAX:
                self._broke("nothing is forgotten", f"for {now - self._round_at:.0f} s")
