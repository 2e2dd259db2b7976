"""A moment that a person has named, and how well our program can keep it.

While its host is up it is kept to the moment. What a reboot takes only the host's wall clock tells, and that
may be wrong: a person takes it ill if what they asked for ends before its time in earnest, and if it lasts
for longer than all that was left of it when the host went down. Only a clock that has gone ahead excuses an
early end.
"""

from selfheal.sim.agenda import Agenda


class Due:
    """`at_s`: not before that; `latest_s`: no later than that. In `elapsed`."""

    def __init__(self, agenda: Agenda, in_s: float) -> None:
        self.at_s = self.latest_s = agenda.elapsed + in_s
        self._note(agenda)

    def _note(self, agenda: Agenda) -> None:
        now = agenda.now()
        self._boot_id, self._wall_offset = now.boot_id, now.wall - agenda.elapsed

    def booted(self, agenda: Agenda, left_at: float) -> None:
        """Our program lives again, perhaps after a reboot; it has seen nothing since `left_at`."""
        now = agenda.now()
        if now.boot_id == self._boot_id:
            return
        ahead_s = now.wall - agenda.elapsed - self._wall_offset  # also by the time that the host slept
        self.at_s -= max(0.0, ahead_s)
        self.latest_s += agenda.elapsed - left_at
        self._note(agenda)
