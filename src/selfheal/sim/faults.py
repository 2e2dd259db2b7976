"""What each fault does to the made-up host and its gateway. The faults of people, of time and of our own
process are `life`'s: they happen to us.
"""

from collections.abc import Callable, Mapping

from selfheal.core.facts import ExitCause
from selfheal.sim import installation
from selfheal.sim.gateway import CRASH_CODE, OOM_CODE
from selfheal.sim.plan import Event, Fault
from selfheal.sim.world import World

Effect = Callable[[World, Event, float], None]
"""With the moment at which it is over, in `elapsed`."""


def befall(world: World, event: Event) -> None:
    EFFECTS[event.fault](world, event, world.agenda.elapsed + event.for_s)


def _crash(world: World, event: Event, end: float) -> None:
    del event, end
    world.gateway.end(ExitCause.CRASHED, CRASH_CODE)


def _hang(world: World, event: Event, end: float) -> None:
    del event
    world.gateway.hang(end)


def _leak(world: World, event: Event, end: float) -> None:
    del end
    gateway, pid = world.gateway, world.gateway.pid
    if gateway.alive and gateway.leaking_since is None:
        gateway.leaking_since = world.agenda.elapsed
        world.agenda.after(event.for_s, lambda: gateway.end(ExitCause.CRASHED, OOM_CODE, pid))


def _false_health(world: World, event: Event, end: float) -> None:
    del event
    world.gateway.break_root(end)


def _deep_fault(world: World, event: Event, end: float) -> None:
    del end
    world.gateway.fail_requests(at_once=event.amount > 0)


def _channels_down(world: World, event: Event, end: float) -> None:
    del event
    world.gateway.channels_bad_until = end


def _suspended(world: World, event: Event, end: float) -> None:
    del event
    world.gateway.suspend(end)


def _handoff(world: World, event: Event, end: float) -> None:
    del event, end
    world.gateway.ask_to_stop(ExitCause.RESTART_REQUESTED)


def _in_place(world: World, event: Event, end: float) -> None:
    del event, end
    world.gateway.restart_in_place(world.slowness)


def _parked(world: World, event: Event, end: float) -> None:
    del event, end
    world.gateway.park()


def _second(world: World, event: Event, end: float) -> None:
    del end
    world.second_comes(event.for_s)


def _crash_loop(world: World, event: Event, end: float) -> None:
    """A change of the config that it takes, and dies of."""
    world.until.crash_loop, world.crash_after_s = end, event.amount
    world.new_config()
    world.gateway.ask_to_stop(ExitCause.RESTART_REQUESTED)


def _start_hangs(world: World, event: Event, end: float) -> None:
    del event
    world.until.start_hangs = end


def _port_taken(world: World, event: Event, end: float) -> None:
    world.until.port = end
    world.port_taken = world.port_taken or not world.gateway.alive
    world.agenda.after(event.for_s, world.free_port)


def _config_broken(world: World, event: Event, end: float) -> None:
    del end
    installation.break_config(world, event.for_s)


def _config_refused(world: World, event: Event, end: float) -> None:
    world.until.config_refused = end
    world.new_config()
    world.agenda.after(event.for_s, world.new_config)
    world.gateway.ask_to_stop(ExitCause.RESTART_REQUESTED)


def _upkeep(world: World, event: Event, end: float) -> None:
    del end
    if event.amount > 0:
        installation.hang_in_upkeep(world, event)
    else:
        installation.update(world, event.for_s)


def _disk_full(world: World, event: Event, end: float) -> None:
    del event
    world.fill_disk(end)


def _load(world: World, event: Event, end: float) -> None:
    world.until.load, world.load_factor = end, event.amount


def _blind(world: World, event: Event, end: float) -> None:
    del event
    world.until.blind = end


def _start_refused(world: World, event: Event, end: float) -> None:
    world.until.start_refused, world.start_lies = end, event.amount > 0


def _signal_refused(world: World, event: Event, end: float) -> None:
    del event
    world.until.signal_refused = end


def _orders_hang(world: World, event: Event, end: float) -> None:
    world.until.orders_hang, world.orders_done = end, event.amount > 0


def _rival(world: World, event: Event, end: float) -> None:
    world.rival.comes(end, event.amount)


def _person_stops(world: World, event: Event, end: float) -> None:
    del end
    world.stop(event.for_s)


def _route_down(world: World, event: Event, end: float) -> None:
    del event
    world.until.route_down = end


def _route_loses(world: World, event: Event, end: float) -> None:
    del event
    world.until.route_loses = end


def _route_slow(world: World, event: Event, end: float) -> None:
    world.until.route_slow, world.route_slow_s = end, event.amount


EFFECTS: Mapping[Fault, Effect] = {
    Fault.CRASH: _crash,
    Fault.HANG: _hang,
    Fault.LEAK: _leak,
    Fault.FALSE_HEALTH: _false_health,
    Fault.DEEP_FAULT: _deep_fault,
    Fault.CHANNELS_DOWN: _channels_down,
    Fault.SUSPENDED: _suspended,
    Fault.HANDOFF: _handoff,
    Fault.IN_PLACE: _in_place,
    Fault.PARKED: _parked,
    Fault.SECOND: _second,
    Fault.CRASH_LOOP: _crash_loop,
    Fault.START_HANGS: _start_hangs,
    Fault.PORT_TAKEN: _port_taken,
    Fault.CONFIG_BROKEN: _config_broken,
    Fault.CONFIG_REFUSED: _config_refused,
    Fault.BAD_EDIT: installation.bad_edit,
    Fault.BAD_UPDATE: installation.bad_update,
    Fault.HALF_UPDATE: installation.half_update,
    Fault.UPKEEP: _upkeep,
    Fault.DISK_FULL: _disk_full,
    Fault.LOAD: _load,
    Fault.BLIND: _blind,
    Fault.START_REFUSED: _start_refused,
    Fault.SIGNAL_REFUSED: _signal_refused,
    Fault.ORDERS_HANG: _orders_hang,
    Fault.RIVAL: _rival,
    Fault.PERSON_STOPS: _person_stops,
    Fault.ROUTE_DOWN: _route_down,
    Fault.ROUTE_LOSES: _route_loses,
    Fault.ROUTE_SLOW: _route_slow,
}
