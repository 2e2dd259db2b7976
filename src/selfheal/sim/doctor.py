"""The made-up doctor: a stranger at work on the gateway once the ladder is at its end.

Level 3 has no core yet. What calls the doctor here, that one session runs at a time and ends after half an
hour at the latest, is made up as well: these worlds show what the levels that exist do beside a stranger.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import partial

from selfheal.core.facts import ExitCause
from selfheal.sim.gateway import KILLED_CODE
from selfheal.sim.installation import break_config
from selfheal.sim.plan import Doctor
from selfheal.sim.world import World

SESSION_MAX_S = 1800.0
WORKS_MIN_S = 30.0  # it reads before it acts
STARTS_AFTER_S = 5.0  # an end of its own making
BROKEN_S = (60.0, 3600.0)  # the config file that it has broken
DOCTOR = "doctor"


class Deed(StrEnum):
    """What a story tells of it."""

    REFUSES = "the doctor refuses"
    COMES = "the doctor comes"
    REPAIRS = "the doctor repairs"
    BREAKS_CONFIG = "the doctor breaks the config"
    STOPS = "the doctor stops the gateway"
    KILLS = "the doctor kills the gateway"
    GOES = "the doctor goes"


class MadeDoctor:
    """`told` hears of each deed."""

    def __init__(self, world: World, told: Callable[[Deed], None]) -> None:
        self._world = world
        self._told = told
        self._dice = world.dice("the doctor")
        self.sessions = 0
        self._until = 0.0
        self._works = True

    def call(self) -> None:
        """One session at a time."""
        world, kind = self._world, self._world.traits.doctor
        if kind is Doctor.NONE or not self._works or world.lasts(self._until):
            return
        if kind is Doctor.QUOTA:
            self._told(Deed.REFUSES)
            return
        self.sessions += 1
        self._told(Deed.COMES)
        self._until = world.agenda.elapsed + SESSION_MAX_S
        if kind is not Doctor.HANGS:
            works_s = self._dice.between(WORKS_MIN_S, SESSION_MAX_S)
            world.agenda.after(works_s, partial(self._act, self.sessions))

    def leave(self, *, for_good: bool = False) -> None:
        """Its session ends with the host."""
        self._until = 0.0
        self._works = self._works and not for_good

    def _act(self, session: int) -> None:
        world = self._world
        if session != self.sessions or not world.lasts(self._until):
            return
        self._until = 0.0
        if not world.stopped_by_person:  # it starts nothing that a person has stopped
            self._work()
        self._told(Deed.GOES)

    def _work(self) -> None:
        world = self._world
        if world.traits.doctor is Doctor.REPAIRS and not world.is_well():
            self._told(Deed.REPAIRS)
            world.put_right(DOCTOR)
        elif world.traits.doctor is Doctor.WORSENS:
            worse = self._dice.pick((self._break_config, self._stop, self._kill))
            worse()

    def _break_config(self) -> None:
        self._told(Deed.BREAKS_CONFIG)
        break_config(self._world, self._dice.spread(*BROKEN_S))

    def _stop(self) -> None:
        world = self._world
        self._told(Deed.STOPS)
        world.gateway.ask_to_stop()
        self._start_after(world.traits.drain_s + world.traits.linger_s + STARTS_AFTER_S)

    def _kill(self) -> None:
        self._told(Deed.KILLS)
        self._world.gateway.end(ExitCause.CRASHED, KILLED_CODE)
        self._start_after(STARTS_AFTER_S)

    def _start_after(self, delay_s: float) -> None:
        self._world.agenda.after(delay_s, lambda: self._world.start_again(DOCTOR))
