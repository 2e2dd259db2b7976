"""A made-up world, drawn from one seed: what the gateway and its host are like, and what will happen to them.

Everything that comes from outside stands in `Plan.events` before the world begins, so that a failing world
can be made smaller by leaving events out. Only small things (the length of this start, the moment within a
step at which our process dies) are drawn while it runs.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import partial

from selfheal.core.instants import HOUR_S as HOUR_S  # noqa: PLC0414 -- who draws days draws hours
from selfheal.core.policy import Policy

DAY_S = 86_400.0
FOREVER_S = 1e9  # until somebody ends it
DRAIN_MAX_S = 315.0  # the gateway's own limit; that a policy waits for less is one's own affair


class Fault(StrEnum):
    """What may happen. The comment says what `for_s` and `amount` mean."""

    CRASH = "crash"
    HANG = "hang"  # for_s: until it answers again by itself
    LEAK = "leak"  # slower for for_s, then it runs out of memory
    FALSE_HEALTH = "false_health"  # /healthz is right, `/` answers 500; for_s
    DEEP_FAULT = "deep_fault"  # probes are right, requests fail (amount > 0: at once); until it is restarted
    CHANNELS_DOWN = "channels_down"  # for_s
    SUSPENDED = "suspended"  # for_s
    HANDOFF = "handoff"  # it asks to be started again
    IN_PLACE = "in_place"  # it restarts inside its process
    PARKED = "parked"  # it restarts inside its process and never comes back: alive, and listening on nothing
    SECOND = "second"  # a second, half-dead process of it, for for_s or until it is ended
    CRASH_LOOP = "crash_loop"  # each start ends after amount seconds, until for_s is over
    START_HANGS = "start_hangs"  # starts never come to an end, until for_s is over
    PORT_TAKEN = "port_taken"  # while the gateway is down; for_s
    CONFIG_BROKEN = "config_broken"  # the file does not parse; for_s
    CONFIG_REFUSED = "config_refused"  # it parses and is refused, and the gateway was restarted for it; for_s
    BAD_EDIT = "bad_edit"  # a person edits the config: from the next start on as `BAD_UPDATE`, until put back
    BAD_UPDATE = (
        "bad_update"  # then each start ends after amount seconds, or (0) it refuses its config; for_s
    )
    HALF_UPDATE = "half_update"  # the package lacks a file, and (amount > 0) what runs fails requests; for_s
    UPKEEP = (
        "upkeep"  # a package manager stops it, works for for_s and starts it again; or (amount > 0) works
    )
    # under the running gateway, which crashes of it after amount seconds, hangs, and starts nothing
    DISK_FULL = "disk_full"  # for_s
    SLEEP = "sleep"  # the host, for_s
    CLOCK = "clock"  # the wall clock jumps by amount
    REBOOT = "reboot"  # down for for_s; without a battery its wall clock is off by amount seconds after it
    LOAD = "load"  # everything takes amount times as long; for_s
    STALL = "stall"  # our process gets no processor; for_s
    BLIND = "blind"  # our looks and probes fail; for_s
    START_REFUSED = "start_refused"  # a start order fails, or (amount > 0) succeeds and starts nothing; for_s
    SIGNAL_REFUSED = "signal_refused"  # for_s
    ORDERS_HANG = "orders_hang"  # starts and signals end at their time limit, (amount > 0) done; for_s
    RIVAL = "rival"  # a second watchdog starts the gateway amount seconds after its end (see `Traits`); for_s
    PERSON_STOPS = "person_stops"  # and starts it again after for_s
    PERSON_DOWNS = "person_downs"  # `selfheal down`, (amount > 0) watched again, `selfheal up` after for_s
    PERSON_PAUSES = "person_pauses"  # for_s, or (amount > 0) until resumed after for_s
    PERSON_DISABLES = "person_disables"  # level number amount, for for_s
    PERSON_CHECKS = "person_checks"
    PERSON_WANTS = "person_wants"  # it up, by `selfheal up`
    ROUTE_DOWN = "route_down"  # telling a person fails; for_s
    ROUTE_LOSES = "route_loses"  # telling a person seems to succeed, and nobody hears of it; for_s
    ROUTE_SLOW = "route_slow"  # it takes amount seconds; for_s
    ROUTE_REFUSES = "route_refuses"  # a named one, for good; for_s
    ROUTE_BREAKS = "route_breaks"  # a named one takes it, and nobody can know; for_s
    COURIER_DIES = "courier_dies"  # the delivery: before it sends (0), before it keeps the receipt (1), now
    WE_DIE = "we_die"  # at the moment number amount (see `Death`); back after for_s


class Death(IntEnum):
    """The moment at which our process dies; all but the first wait for their occasion."""

    NOW = 0
    BEFORE_ACT = 1  # committed, not done
    AFTER_ACT = 2  # done, its result not committed
    IN_COMMIT = 3
    AFTER_COMMIT = 4  # before anything of the step is done
    AFTER_RESULT = 5


@dataclass(frozen=True)
class Event:
    """`at_s`: seconds from the world's beginning, without those that the host slept."""

    at_s: float
    fault: Fault
    for_s: float = 0.0
    amount: float = 0.0
    route: int = 0  # the number of a named one; 0: all


class Managed(StrEnum):
    """Who, besides us, starts the gateway."""

    NOBODY = "nobody"
    ON_FAILURE = "on_failure"
    ALWAYS = "always"


class Doctor(StrEnum):
    """What the doctor of this world does when it is called."""

    NONE = "none"  # there is none
    REPAIRS = "repairs"
    NOTHING = "nothing"
    WORSENS = "worsens"  # breaks the config, or ends the gateway and starts it itself
    HANGS = "hangs"  # until its time is over
    QUOTA = "quota"  # refuses at once


@dataclass(frozen=True)
class Traits:
    """What the gateway, its service manager and its host are like."""

    cold_start_s: float = 6.0
    start_varies: float = 1.3  # the longest start is so many times the shortest
    drain_s: float = 1.0
    linger_s: float = 0.0  # between the closed port and the end of the process
    heeds_term_hung: bool = False  # a hung process ends on SIGTERM
    managed: Managed = Managed.NOBODY
    manager_delay_s: float = 5.0
    manager_ends_s: float = 0.0  # after a bad end it still ends what the gateway has left, «stopping»
    manager_burst: int = 5  # starts in 60 s; after that it gives up
    look_s: float = 0.02
    route_s: float = 0.5
    wakes_slowly_s: float = 0.0  # after a sleep of its host, until there is a network again
    person_comes_s: float = 3600.0  # after they were told of an outage, if ever; then they repair it
    doctor: Doctor = Doctor.NONE
    calm_after_s: float | None = (
        None  # the liveness phase begins so long after the last fault; None: at its time
    )
    acknowledges_after_s: float = FOREVER_S  # each alert that they hear; late, or never
    acknowledges_for_s: float | None = None  # None: for good
    left_alone: bool = False  # in the liveness phase no manager starts it and no person comes
    left_broken: bool = False  # in the liveness phase lasts what only a person ends
    routes: int = 0  # that have names, and the real delivery; 0: one without
    on_disk: bool = False  # our store is a real database on a disk
    rival_restarts: bool = False  # it ends and starts one that does not serve, too, whatever it is busy with
    comes_after_s: float = 0.0  # our program, to a gateway that was started then
    real_loop: bool = False  # our loop and our hands are the real ones, too (see `entire`)


@dataclass(frozen=True)
class Plan:
    """One world. `safe_s`: the length of the phase in which anything may fail."""

    seed: int
    safe_s: float
    policy: Policy
    traits: Traits
    events: tuple[Event, ...]

    @property
    def faults_end_s(self) -> float:
        """In the midst of trouble, or when all has long been over."""
        after_s = self.traits.calm_after_s
        last_s = self.events[-1].at_s if self.events else 0.0
        return self.safe_s if after_s is None else min(self.safe_s, last_s + after_s)


class ImpossibleWorldError(ValueError):
    """A world that could not exist proves nothing."""


NAMELESS = {
    Fault.ROUTE_REFUSES: Fault.ROUTE_DOWN,
    Fault.ROUTE_BREAKS: Fault.ROUTE_LOSES,
    Fault.COURIER_DIES: Fault.WE_DIE,
}
ON_ROUTES = frozenset({*NAMELESS, Fault.ROUTE_DOWN, Fault.ROUTE_LOSES, Fault.ROUTE_SLOW})


def possible(plan: Plan) -> Plan:
    """The plan itself. Raises ImpossibleWorldError for a world that could not exist."""
    wrong = [
        what
        for what, is_so in (
            ("events must stand in the order of time", _ordered(plan)),
            ("an event outside of the safety phase", all(0 <= e.at_s < plan.safe_s for e in plan.events)),
            ("a time below zero", all(e.for_s >= 0 for e in plan.events)),
            (
                "a death that is over at once",
                all(e.for_s > 0 for e in plan.events if e.fault is Fault.WE_DIE),
            ),
            ("a start without length", plan.traits.cold_start_s > 0 and plan.traits.start_varies >= 1),
            ("a gateway that never ends its drain", plan.traits.drain_s <= DRAIN_MAX_S),
            ("a manager's gateway that is brought down", not (_managed(plan) and _downs(plan))),
            (
                "a named route that is not there",
                all(map(partial(_is_routed, plan.traits.routes), plan.events)),
            ),
            ("a load that speeds up", all(e.amount >= 1 for e in plan.events if e.fault is Fault.LOAD)),
        )
        if not is_so
    ]
    if wrong:
        raise ImpossibleWorldError(f"cannot make the world of seed {plan.seed}: {'; '.join(wrong)}")
    return plan


def _is_routed(routes: int, event: Event) -> bool:
    return event.route <= routes and (routes > 0 or event.fault not in NAMELESS)


def _managed(plan: Plan) -> bool:
    return plan.traits.managed is not Managed.NOBODY


def _downs(plan: Plan) -> bool:
    return any(event.fault is Fault.PERSON_DOWNS for event in plan.events)


def _ordered(plan: Plan) -> bool:
    return all(a.at_s <= b.at_s for a, b in zip(plan.events, plan.events[1:], strict=False))
