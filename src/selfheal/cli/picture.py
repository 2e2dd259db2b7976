"""What a status shows: the reports, who the resident is, and the ports. Read once, shown anywhere."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from selfheal.app.last_ping import LastPing, last_ping
from selfheal.cli.session import Session
from selfheal.config.fault import Fault, Problem
from selfheal.core.instants import Now
from selfheal.core.overdue import SLACK_S, is_overdue
from selfheal.core.policy import Policy
from selfheal.core.report import Report, report
from selfheal.core.state import State
from selfheal.ports.store import RouteRow, Waiting

if TYPE_CHECKING:
    from selfheal.cli.facade import Reader

STRANGER_FRESH_S = 600.0  # a target that is not in this config, but is being supervised now


class Picture(NamedTuple):
    now: Now
    resident_pid: int | None  # 0: it runs, and does not say who it is
    known: bool  # False: the resident has never written anything here
    reports: tuple[Report, ...]
    ports: Mapping[str, int | None]
    waiting: tuple[Waiting, ...] = ()  # asked for, and taken by no resident yet
    stale: tuple[Report, ...] = ()  # older than a living resident leaves them: whatever they say, not well
    routes: tuple[str, ...] = ()  # to a person
    warnings: tuple[Fault, ...] = ()  # about the settings, for who asks how the gateways are
    standings: Mapping[str, RouteRow] = MappingProxyType({})  # of those that we know
    dead_man: bool = False  # a dead man's switch is set
    pinged: LastPing | None = None  # its last ping, where one is known
    silent: bool = False  # a resident lives, not only just begun, and has never written anything here

    @property
    def well(self) -> bool:
        return self.known and all(each.well for each in self.reports)


def look(session: Session, reader: "Reader | None", target: str | None = None) -> Picture:
    now = session.app.now()
    asked = reader.waiting() if reader else ()
    states = {state.target: state for state in (reader.states() if reader else ())}
    pid = session.app.resident_pid(session.settings)
    policies = _as_set(session)
    chosen = list(_chosen(states, policies, target, now))
    if reader and pid is not None:  # what runs may have been told otherwise, or have read the config before
        policies |= reader.policies()
    due = pid is not None and not _has_just_begun(session, now)
    stale = {
        state.target
        for state in chosen
        if due and is_overdue(state, policies.get(state.target, Policy()), now)
    }
    reports = tuple(
        each._replace(well=each.well and each.target not in stale) for each in _reports(chosen, policies, now)
    )
    known = any(state.target in states for state in chosen)
    waiting = tuple(each for each in asked if target in {None, each.target})
    old = tuple(each for each in reports if each.target in stale)
    silent = due and not known
    ports, routes = session.app.ports(session.settings), session.settings.all_routes
    names = tuple(route.name for route in routes)
    warnings = tuple(_warnings(session))
    standings = {row.name: row for row in reader.routes()} if reader and names else {}
    dead_man = bool(session.settings.notify.dead_man_url)
    pinged = last_ping(session.settings.state_dir) if dead_man else None
    return Picture(
        now, pid, known, reports, ports, waiting, old, names, warnings, standings, dead_man, pinged, silent
    )


def _warnings(session: Session) -> Iterator[Fault]:
    """Too few routes to a person first; then gateways of the host that nobody watches."""
    if (few := session.settings.too_few_routes) is not None:
        yield few
    yield from (one for one in session.settings.warnings if one.problem is Problem.NOT_WATCHED)


def _has_just_begun(session: Session, now: Now) -> bool:
    """What is there is the last resident's, until it has looked for who owns the gateways' restarts."""
    since = session.app.resident_since(session.settings)
    return since is not None and 0 <= now.wall - since <= SLACK_S


def reports_of(session: Session, states: Sequence[State]) -> tuple[Report, ...]:
    """Of these, whatever is in the database."""
    return _reports(states, _as_set(session), session.app.now())


def _as_set(session: Session) -> dict[str, Policy]:
    return {each.name: each.policy for each in session.settings.targets}


def _reports(states: Sequence[State], policies: Mapping[str, Policy], now: Now) -> tuple[Report, ...]:
    return tuple(report(state, policies.get(state.target, Policy()), now) for state in states)


def _chosen(
    states: Mapping[str, State], policies: Mapping[str, Policy], target: str | None, now: Now
) -> Iterator[State]:
    """The configured targets, then others that somebody supervises right now."""
    strangers = [
        name
        for name, state in states.items()
        if name not in policies and now.wall - state.last_wall < STRANGER_FRESH_S
    ]
    configured = [name for name in policies if name in states or not strangers]
    for name in (*configured, *strangers):
        if target in {None, name}:
            yield states.get(name, State(name))
