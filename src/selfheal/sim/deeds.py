"""What an act of ours does to the made-up world, whoever's hands carry it out."""

from collections.abc import Callable

from selfheal.core.actions import Signal, SignalGateway
from selfheal.core.alert import Notify
from selfheal.core.facts import ManagerState
from selfheal.core.observations import ActionFinished
from selfheal.sim.judge import Judge
from selfheal.sim.plan import Death
from selfheal.sim.world import US, World


class Deeds:
    """`dies_at`: whether that is the moment at which our process was to die, and has."""

    def __init__(self, world: World, judge: Judge, dies_at: Callable[[Death], bool]) -> None:
        self._world = world
        self._judge = judge
        self._dies_at = dies_at
        self.child = 0  # the gateway that this very process of ours has started, with no manager between

    def start(self, action_id: int) -> ActionFinished:
        world = self._world
        self._judge.acts(action_id)
        self._judge.starts(world)
        done, gateway = world.start_order(), world.gateway
        if done.succeeded and gateway.alive:
            is_child = gateway.by == US and world.manager is ManagerState.NONE
            self.child = gateway.pid if is_child else 0
        self._dies_at(Death.AFTER_ACT)
        return ActionFinished(action_id, done.succeeded, done.detail)

    def signal(self, action_id: int, act: SignalGateway) -> ActionFinished:
        world, gateway = self._world, self._world.gateway
        if world.lasts(world.until.signal_refused):
            return ActionFinished(action_id, succeeded=False, detail="not permitted", retryable=False)
        world.second_goes(act.pid)
        if gateway.alive and gateway.pid == act.pid:
            self._judge.acts(action_id)
            self._judge.signals(world, act.signal)
            if act.signal is Signal.TERM:
                world.asked_pid = gateway.pid
                gateway.ask_to_stop(for_us=True)
            else:
                gateway.kill()
        self._dies_at(Death.AFTER_ACT)
        return ActionFinished(action_id, succeeded=True)

    @property
    def telling_takes_s(self) -> float:
        world = self._world
        return world.route_slow_s if world.lasts(world.until.route_slow) else world.traits.route_s

    def tell(self, action_id: int, alert: Notify) -> ActionFinished:
        """At the end of its way to the person."""
        world = self._world
        refused = world.lasts(world.until.route_down)
        if not refused:
            self._judge.tells(alert)
            if not world.lasts(world.until.route_loses):
                world.told_person(alert)
            self._dies_at(Death.AFTER_ACT)
        return _handed_on(action_id, succeeded=not refused)

    def delivered(self, action_id: int, alert: Notify, *, succeeded: bool) -> ActionFinished:
        """Where the routes have names: `post` has it, and tells the person."""
        if succeeded:
            self._judge.tells(alert)
            self._dies_at(Death.AFTER_ACT)
        return _handed_on(action_id, succeeded=succeeded)


def _handed_on(action_id: int, *, succeeded: bool) -> ActionFinished:
    return ActionFinished(action_id, succeeded, "" if succeeded else "no route")
