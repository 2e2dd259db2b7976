"""What the made-up gateway is started from: its config and its package, and the people who change them.

A person edits the config, or updates; the gateway crash-loops or refuses from its next start on until it is
put back. Half an update leaves a package without a file: what runs goes on with what it has loaded, and
whatever is started with it ends at once.
"""

from functools import partial

from selfheal.core.facts import ExitCause
from selfheal.sim.dice import Dice
from selfheal.sim.gateway import CRASH_CODE
from selfheal.sim.plan import Event
from selfheal.sim.world import World

REFUSES_BELOW_S = 2.0  # a life so short is a start that says no
WORKS_S = (20.0, 300.0)  # a package manager at its work
LEFT_TO_US = 0.5  # who puts it back under a gateway that is down often leaves the start to its watchdog


def break_config(world: World, for_s: float) -> None:
    """The file does not parse."""
    now = world.agenda.elapsed
    if not world.lasts(world.until.config_broken):
        world.config_since = now
    world.until.config_broken = max(world.until.config_broken, now + for_s)
    world.new_config()
    world.agenda.after(for_s, world.new_config)


def bad_edit(world: World, event: Event, end: float) -> None:
    """The running gateway has read the file as it was."""
    if event.amount < REFUSES_BELOW_S:
        world.until.config_refused = end
    else:
        world.until.crash_loop, world.crash_after_s = end, event.amount
    world.new_config()
    world.agenda.after(event.for_s, world.new_config)


def half_update(world: World, event: Event, end: float) -> None:
    if not world.lasts(world.until.package):
        world.package.since = world.agenda.elapsed
    world.until.package = max(world.until.package, end)
    if event.amount > 0 and world.gateway.alive:
        world.gateway.fail_requests(at_once=world.gateway.deep_refused)  # what it loads only now is not there


def bad_update(world: World, event: Event, end: float) -> None:
    """The new version comes as any update does; it is put back by another one."""
    dice = Dice(f"{world.plan.seed} update at {event.at_s}")  # the same, whatever has been drawn till then
    works_s, left_to_us = dice.spread(*WORKS_S), dice.chance(LEFT_TO_US)
    package = world.package
    package.refuses, package.dies_after_s = event.amount < REFUSES_BELOW_S, event.amount
    world.until.bad_version = end + 2 * works_s
    package.bad += 1
    update(world, works_s)
    world.agenda.after(
        works_s + event.for_s, partial(_put_back, world, works_s, package.bad, left_to_us=left_to_us)
    )


def _put_back(world: World, works_s: float, number: int, *, left_to_us: bool) -> None:
    """Unless it is already, or the host is down."""
    if not world.lasts(world.until.bad_version) or world.package.bad != number or not world.is_up:
        return
    world.until.bad_version = world.agenda.elapsed
    if world.gateway.alive or not left_to_us:
        update(world, works_s)
    else:
        _work(world, works_s)


def update(world: World, for_s: float) -> None:
    """A package manager stops the gateway, does its work, and starts it again."""
    _work(world, for_s)
    world.is_unwished()
    world.gateway.ask_to_stop()
    world.agenda.after(max(for_s, world.stop_takes_s), world.person_starts)


def hang_in_upkeep(world: World, event: Event) -> None:
    """What is replaced under it ends the gateway, and the package manager never comes to an end by itself."""
    _work(world, event.for_s)
    pid = world.gateway.pid
    world.agenda.after(event.amount, lambda: world.gateway.end(ExitCause.CRASHED, CRASH_CODE, pid))


def _work(world: World, for_s: float) -> None:
    now = world.agenda.elapsed
    world.package.is_changed()  # and what is started in the midst of it is not what is there at its end
    world.agenda.after(for_s, world.package.is_changed)
    world.until.upkeep, world.upkeep_since = now + for_s, now
