"""What a status shows: the reports, who the resident is, and the ports. Read once, shown anywhere."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from selfheal.cli.session import Session
from selfheal.core.instants import Now
from selfheal.core.policy import Policy
from selfheal.core.report import Report, report
from selfheal.core.state import State
from selfheal.ports.store import Waiting

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

    @property
    def well(self) -> bool:
        return self.known and all(each.well for each in self.reports)


def look(session: Session, reader: "Reader | None", target: str | None = None) -> Picture:
    now = session.app.now()
    asked = reader.waiting() if reader else ()
    states = {state.target: state for state in (reader.states() if reader else ())}
    policies = {each.name: each.policy for each in session.settings.targets}
    chosen = list(_chosen(states, policies, target, now))
    reports = reports_of(session, chosen)
    known = any(state.target in states for state in chosen)
    pid = session.app.resident_pid(session.settings)
    waiting = tuple(each for each in asked if target in {None, each.target})
    return Picture(now, pid, known, reports, session.app.ports(session.settings), waiting)


def reports_of(session: Session, states: Sequence[State]) -> tuple[Report, ...]:
    """Of these, whatever is in the database."""
    now = session.app.now()
    policies = {each.name: each.policy for each in session.settings.targets}
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
