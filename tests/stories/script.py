"""The small language in which stories are told: one timed event a line, in plain words.

    policy last_wait_s = 120            a setting that differs from its default
    cold start 240s                     how the made-up gateway is, before the story begins
    at 100s kill -9                     an event
    at 100s npm at work for 10m         one that ends by itself
    until 30m                           the end of the story

`PHRASES` lists every sentence that it knows. What is not in there stops the test with its line.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from tests.stories.world import World

from selfheal.core.distrust import begin
from selfheal.core.facts import (
    ConfigState,
    DeepVerdict,
    ExitCause,
    GatewayProcess,
    ManagerState,
    PortOwner,
    ProcessState,
    Upkeep,
)
from selfheal.core.instants import Wall
from selfheal.core.levels import Level, Request
from selfheal.core.observations import ClockJumped, HostResumed, OperatorAsked, TimePassed
from selfheal.core.policy import Policy

UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "day": 86_400.0}
Deed = Callable[[World], None]
Phrase = Callable[..., Deed]
PHRASES: list[tuple[re.Pattern[str], Phrase, Phrase | None]] = []


class ScriptError(Exception):
    """A line that the language does not know."""


@dataclass(frozen=True)
class Event:
    at_s: float
    deed: Deed


@dataclass(frozen=True)
class Script:
    policy: Policy
    before: tuple[Deed, ...]
    events: tuple[Event, ...]  # in the order of their times
    end_s: float


def seconds(text: str) -> float:
    parts = re.findall(r"([\d.]+) ?(day|[smhd])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text.replace(" ", ""):
        raise ScriptError(f"not a time: {text}")
    return sum(float(number) * UNITS_S[unit] for number, unit in parts)


def parse(text: str) -> Script:
    policy, before, events, end_s = Policy(), list[Deed](), list[Event](), 3600.0
    for line in filter(None, (raw.partition("#")[0].strip() for raw in text.splitlines())):
        if found := re.fullmatch(r"policy (\w+) = (.+)", line):
            policy = _with_setting(policy, *found.groups())
        elif found := re.fullmatch(r"until (\S+)", line):
            end_s = seconds(found[1])
        elif found := re.fullmatch(r"at (\S+) (.+?)(?: for (\S+))?", line):
            at_s, words, lasting = seconds(found[1]), found[2], found[3]
            deed, undo = _understood(words, lasting)
            events.append(Event(at_s, deed))
            if undo is not None and lasting is not None:
                events.append(Event(at_s + seconds(lasting), undo))
        else:
            before.append(_understood(line, None)[0])
    return Script(policy, tuple(before), tuple(sorted(events, key=lambda event: event.at_s)), end_s)


def _with_setting(policy: Policy, name: str, value: str) -> Policy:
    if name not in {each.name for each in fields(Policy)}:
        raise ScriptError(f"no such setting: {name}")
    kind = type(getattr(policy, name))
    return replace(policy, **{name: value == "true" if kind is bool else kind(value)})


def _understood(words: str, lasting: str | None) -> tuple[Deed, Deed | None]:
    if lasting is not None:
        for pattern, phrase, _ in PHRASES:
            found = pattern.fullmatch(f"{words} for {lasting}")
            if found and " for " in pattern.pattern:
                return phrase(*found.groups()), None
    for pattern, phrase, undo in PHRASES:
        if found := pattern.fullmatch(words):
            if lasting is not None and undo is None:
                break
            return phrase(*found.groups()), None if undo is None else undo(*found.groups())
    raise ScriptError(f"the language has no such sentence: {words}")


def play(script: Script) -> World:
    world = World(policy=script.policy)
    world.gateway.alive, world.gateway.born = True, world.mono - 3600.0
    for deed in script.before:
        deed(world)
    if world.resident_up:
        world.start_resident()
    for event in script.events:
        world.run_until(world.base + event.at_s)
        event.deed(world)
    world.run_until(world.base + script.end_s)
    return world


# -- the sentences ----------------------------------------------------------------------------------


def says(pattern: str, undo: Phrase | None = None) -> Callable[[Phrase], Phrase]:
    def add(phrase: Phrase) -> Phrase:
        PHRASES.append((re.compile(pattern), phrase, undo))
        return phrase

    return add


def sets(**values: object) -> Phrase:
    """The gateway is so from now on."""

    def phrase(*_: str) -> Deed:
        def deed(world: World) -> None:
            for name, value in values.items():
                setattr(world.gateway, name, value)

        return deed

    return phrase


def host(**values: object) -> Phrase:
    """The host is so from now on."""

    def phrase(*_: str) -> Deed:
        def deed(world: World) -> None:
            for name, value in values.items():
                setattr(world, name, value)

        return deed

    return phrase


def asks(request: Request) -> Phrase:
    def phrase(level: str | None = None) -> Deed:
        wanted = None if level is None else Level(level)
        return lambda world: world.feed(OperatorAsked(request, wanted))

    return phrase


def simple(pattern: str, phrase: Phrase, undo: Phrase | None = None) -> None:
    says(pattern, undo)(phrase)


def number_of(name: str) -> Phrase:
    return lambda text: sets(**{name: seconds(text)})()


for _pattern, _name in (
    (r"cold start (\S+)", "cold_start_s"),
    (r"drain (\S+)", "drain_s"),
    (r"linger (\S+)", "linger_s"),
    (r"dies (\S+) after each start", "dies_after_s"),
):
    simple(_pattern, number_of(_name))

simple(r"the gateway is down", sets(alive=False))
simple(r"the resident is not yet there", host(resident_up=False))
simple(r"starts end well again", sets(dies_after_s=None, start_error="", start_said_failed_s=None))
simple(r"each start works and is said to fail after (\S+)", number_of("start_said_failed_s"))
simple(r"each start is said to work and starts nothing", sets(start_lies=True))
simple(r"no start can work: (.+)", lambda text: sets(start_error=text, start_retryable=False)())
simple(r"each start fails: (.+)", lambda text: sets(start_error=text)())
simple(r"hang", sets(hung=True), sets(hung=False))
simple(r"hang ends", sets(hung=False))
simple(r"hangs on every start", sets(hang_on_start=True))
simple(r"hangs on no start", sets(hang_on_start=False))
simple(r"/ answers (\d+)", lambda status: sets(root_status=int(status))(), lambda _: sets(root_status=200)())
simple(r"its page was never seen", sets(page_seen=False))
simple(r"parks", sets(parked=True))
simple(r"its port is closed", sets(parked=True), sets(parked=False))
simple(r"suspended", sets(suspended=True), sets(suspended=False))
simple(r"suppressed (\w+)", lambda name: sets(suppressed=(name,))(), lambda _: sets(suppressed=())())
simple(r"channel (\w+) fails", lambda name: sets(failing=(name,))(), lambda _: sets(failing=())())
simple(r"channels fine", sets(failing=(), suppressed=()))
simple(r"deep check fails", sets(deep=DeepVerdict.FAILED), sets(deep=DeepVerdict.OK))
simple(r"deep check passes", sets(deep=DeepVerdict.OK))
simple(r"nothing can be written in its folder", sets(deep=DeepVerdict.STORAGE), sets(deep=DeepVerdict.OK))
simple(r"deep check cannot log in", sets(deep=DeepVerdict.NOT_CHECKED))
simple(r"ignores SIGTERM", sets(ignores_term=True))
simple(r"refuses our signals", sets(refuses_us=True))
simple(r"our signals fail", sets(signals_fail=True), sets(signals_fail=False))
simple(r"survives SIGKILL", sets(survives_kill=True))
simple(r"says starting for ever", sets(says_starting=True))
simple(r"says starting", sets(says_starting=True), sets(says_starting=False))
simple(r"our probes fail", sets(hears_us=False), sets(hears_us=True))
simple(r"our looks at the host fail", host(looks_fail=True), host(looks_fail=False))

simple(
    r"port taken by pid (\d+) (.+)",
    lambda pid, command: host(port_owner=PortOwner(int(pid), command))(),
    lambda *_: host(port_owner=None)(),
)
simple(r"port free", host(port_owner=None))
simple(r"disk full", host(disk_full=True), host(disk_full=False))
simple(r"half an update", host(missing_file="/lib/openclaw/dist/entry.js"))
simple(r"package whole again", host(missing_file=""))
simple(r"disk free", host(disk_full=False))
simple(r"new version refuses the config", host(config_refused=True))
simple(r"old version back", host(config_refused=False))
simple(r"npm at work", host(upkeep=Upkeep.PACKAGE_MANAGER), host(upkeep=None))
simple(r"foreign supervisor (\S+)", lambda name: host(foreign_supervisor=name)())
simple(r"no foreign supervisor", host(foreign_supervisor=""))
simple(r"no route to a person works", host(route_works=False), host(route_works=True))
simple(r"manager runs it", host(manager=ManagerState.RUNNING))
simple(r"manager says stopped", host(manager=ManagerState.STOPPED))
simple(r"resident killed", host(resident_up=False))
simple(r"resident killed before its next (\w+)", lambda kind: host(dies_before=kind)())
simple(r"resident killed after its next (\w+)", lambda kind: host(dies_after=kind)())

simple(r"level (\w+) disabled", asks(Request.DISABLE))
simple(r"level (\w+) enabled", asks(Request.ENABLE))
simple(r"person resumes", asks(Request.RESUME))
simple(r"person wants it up", asks(Request.START))
simple(r"person wants it down", asks(Request.STOP))
simple(r"person checks", asks(Request.CHECK))
simple(r"pause", asks(Request.PAUSE))


@says(r"its starts take (\S+), as was seen")
def _learnt(text: str) -> Deed:
    def deed(world: World) -> None:
        world.state = replace(world.state, startups_s=(seconds(text),))

    return deed


@says(r"pause for (\S+)")
def _pause_for(text: str) -> Deed:
    return lambda world: world.feed(OperatorAsked(Request.PAUSE, for_s=seconds(text)))


@says(r"kill -9")
def _kill() -> Deed:
    return lambda world: world.end(ExitCause.CRASHED, code=137)


@says(r"exits (\w+)")
def _exits(cause: str) -> Deed:
    return lambda world: world.end(ExitCause(cause))


@says(r"asks for a restart by handoff")
def _handoff() -> Deed:
    return lambda world: world.end(ExitCause.RESTART_REQUESTED, code=0)


@says(r"drains and asks for a restart by handoff")
def _drains_for_handoff() -> Deed:
    return lambda world: world.term(ExitCause.RESTART_REQUESTED)


@says(r"person stops it")
def _stops() -> Deed:
    return World.term


@says(r"person stops it through its manager, which kills it after (\S+)")
def _stops_by_manager(text: str) -> Deed:
    return lambda world: world.stop_by_manager(seconds(text))


@says(r"person starts it")
def _starts() -> Deed:
    return World.launch


@says(r"resident starts")
def _resident_starts() -> Deed:
    return World.start_resident


@says(r"config (malformed|missing|unreadable)")
def _config(state: str) -> Deed:
    def deed(world: World) -> None:
        world.config, world.config_mark = ConfigState(state), world.config_mark + "x"

    return deed


@says(r"config refused")
def _config_refused() -> Deed:
    def deed(world: World) -> None:
        world.config_refused, world.config_mark = True, world.config_mark + "r"

    return deed


@says(r"config fixed")
def _config_fixed() -> Deed:
    def deed(world: World) -> None:
        world.config, world.config_refused = ConfigState.LOADABLE, False
        world.config_mark += "f"

    return deed


@says(r"systemd restarts it after (\S+), (\d+) times")
def _manager(delay: str, times: str) -> Deed:
    return host(manager_delay_s=seconds(delay), manager_patience=int(times))()


@says(r"a rule of ours is broken")
def _broken() -> Deed:
    def deed(world: World) -> None:
        world.state = begin(world.state, ["an act while paused"])
        world.feed(TimePassed())

    return deed


simple(r"manager gives up", host(manager_patience=0, manager_always=False))


@says(r"an end is examined for (\S+)")
def _examined(text: str) -> Deed:
    return host(examine_s=seconds(text))()


@says(r"systemd always restarts it after (\S+)")
def _manager_always(delay: str) -> Deed:
    return host(manager_delay_s=seconds(delay), manager_patience=1000, manager_always=True)()


@says(r"second instance half dead")
def _second() -> Deed:
    half_dead = GatewayProcess(77, 1.0, ProcessState.RUNNING, listening=False, age_s=500.0)
    return host(others=(half_dead,))()


@says(r"host sleeps (\S+)")
def _sleeps(text: str) -> Deed:
    """Monotonic time stands still; the host finds its feet within 20 s of its return."""

    def deed(world: World) -> None:
        away_s = seconds(text)
        world.wall_offset += away_s
        world.gateway.hung = True
        world.at(20.0, lambda: setattr(world.gateway, "hung", False))
        world.feed(HostResumed(away_s))

    return deed


@says(r"clock jumps ([+-])(\d+) ?(day|[smh])")
def _jumps(sign: str, number: str, unit: str) -> Deed:
    def deed(world: World) -> None:
        by_s = float(sign + number) * UNITS_S[unit]
        world.wall_offset = Wall(world.wall_offset + by_s)
        world.feed(ClockJumped(by_s))

    return deed


@says(r"host reboots within (\S+)")
def _reboots(text: str) -> Deed:
    return lambda world: world.reboot(seconds(text))


@says(r"host stalls (\S+) every (\S+), (\d+) times")
def _stalls(text: str, every: str, times: str) -> Deed:
    """Monotonic time goes on: we were not given the processor."""

    def deed(world: World) -> None:
        for number in range(int(times)):
            world.at(number * seconds(every), lambda: world.feed(HostResumed(seconds(text))))

    return deed


@says(r"host dozes (\S+) every (\S+), (\d+) times")
def _dozes(text: str, every: str, times: str) -> Deed:
    """As above, and the gateway finds its feet within 20 s of each return."""

    def one(world: World) -> None:
        world.gateway.hung = True
        world.at(20.0, lambda: setattr(world.gateway, "hung", False))
        world.feed(HostResumed(seconds(text)))

    def deed(world: World) -> None:
        for number in range(int(times)):
            world.at(number * seconds(every), lambda: one(world))

    return deed
