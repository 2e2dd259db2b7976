"""`selfheal down` and `up`: a person ends our program and the gateway, and wants neither until they say so.

Nobody watches while the gateway ends; then our program writes down that it is not wanted, and ends again. In
some worlds it watches once more before the person wants the gateway up, and must leave it down. What was
written down outlives a reboot. Only a gateway that nobody else starts can be brought down so.
"""

from dataclasses import replace
from functools import partial

from selfheal.core.facts import ExitCause
from selfheal.core.levels import Request
from selfheal.core.observations import OperatorAsked
from selfheal.core.policy import Policy
from selfheal.sim.agenda import Agenda
from selfheal.sim.gateway import KILLED_CODE, Condition
from selfheal.sim.plan import Event
from selfheal.sim.resident import Resident
from selfheal.sim.world import World

POLLS_S = 1.0  # whoever waits for an end
NOTES_S = 2.0  # a life that writes it down and looks once
UP_AGAIN_S = 60.0  # a host that is off is asked again


class Down:
    """Of one world."""

    def __init__(self, world: World, resident: Resident, policy: Policy) -> None:
        self._world = world
        self._resident = resident
        self._policy = policy
        self._agenda: Agenda = world.agenda
        self._until = 0.0  # in `elapsed`: the person's `up`

    def comes(self, event: Event) -> float:
        """One at a time, and only of a living gateway that nobody else is at work on. Returns when the
        person is done, in `elapsed`.
        """
        world = self._world
        if world.lasts(self._until) or world.others_at_work or not world.gateway.alive:
            return self._until
        self._until = self._agenda.elapsed + event.for_s + self._policy.drain_budget_s
        self._leave()
        world.is_unwished()
        if world.gateway.condition() is Condition.HUNG:  # that its end was none of its own doing is not seen
            self._resident.judge.unheard.add(world.gateway.pid)
        world.gateway.ask_to_stop()
        kill_at = self._agenda.elapsed + self._policy.drain_budget_s
        self._await_end(world.gateway.pid, kill_at)
        if event.amount > 0:
            watched_s = (self._until - self._agenda.elapsed) / 2 + self._policy.drain_budget_s / 2
            self._agenda.after(watched_s, self._watch)
        self._agenda.after(self._until - self._agenda.elapsed, self._up)
        return self._until

    def _leave(self) -> None:
        self._world.unwatched = True
        self._resident.goes_down()

    def _await_end(self, pid: int, kill_at: float) -> None:
        gateway = self._world.gateway
        if gateway.alive and gateway.pid == pid and self._agenda.elapsed >= kill_at:
            gateway.end(ExitCause.STOPPED_ON_PURPOSE, KILLED_CODE, pid)
        if gateway.alive and gateway.pid == pid:
            self._agenda.after(POLLS_S, partial(self._await_end, pid, kill_at))
        elif self._world.is_up and not gateway.alive and self._world.unwatched:
            self._note()

    def _note(self) -> None:
        """By a short life of ours that only observes."""
        resident, asked = self._resident, OperatorAsked(Request.STOP)
        resident.policy = replace(self._policy, observe=True)
        self._world.unwatched = False
        resident.begin()
        if resident.stepper is not None:
            self._world.wishes.heard(asked)
            resident.hear(asked)
        self._agenda.after(NOTES_S, self._noted)

    def _noted(self) -> None:
        resident = self._resident
        kept = resident.stepper is not None and not resident.forgets
        self._world.wishes.unwanted = self._world.wishes.unwanted and kept
        self._leave()
        resident.policy = self._policy

    def _watch(self) -> None:
        if self._world.unwatched and self._world.lasts(self._until):
            self._world.unwatched = False
            self._resident.begin()

    def _up(self) -> None:
        """Once the host is there."""
        if not self._world.is_up:
            self._agenda.after(UP_AGAIN_S, self._up)
            return
        self._world.unwatched = False
        self._resident.begin()
        self._world.is_wished()
        self._resident.ask(OperatorAsked(Request.START))
