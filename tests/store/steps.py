"""Steps as the core might make them, for the tests of the store."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from selfheal.core.actions import Action, Ordered, Probe, StartGateway
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.facts import ProbeKind, ProbeReport, Verdict
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.levels import Level, Request
from selfheal.core.notes import Note, Step
from selfheal.core.observations import Observation, OperatorAsked, ProbeFinished
from selfheal.core.reasons import Cause, Outcome, Reason
from selfheal.core.state import GatewayView, Incident, Pause, Phase, State
from selfheal.store.sqlite import SqliteStore

TARGET = "main"
WELL = State(TARGET, gateway=GatewayView(phase=Phase.WELL))
ILL = replace(WELL, gateway=GatewayView(phase=Phase.ILL))
INCIDENT = Incident(1, Cause.PROCESS_GONE, Wall(1000.0), Monotonic(1.0), Level.WATCHDOG, "pid 7")
IN_TROUBLE = replace(ILL, incident=INCIDENT, next_incident_id=2)
PAUSED = replace(WELL, pause=Pause(Wall(5.0), None, "moving house"))
SEEN: Observation = ProbeFinished(1, ProbeReport(ProbeKind.HEARTBEAT, Verdict.WELL))
ASKED = OperatorAsked(Request.PAUSE, for_s=60.0, why="upgrade")
LOOK = Probe(ProbeKind.HEARTBEAT, 5.0)
ALERT = Notify(AlertKind.OPENED, 1, (Level.WATCHDOG, Level.HEALTHCHECK))


def at(second: float) -> Now:
    return Now(Monotonic(second), Wall(1000.0 + second), "boot-a")


def step(state: State, *actions: Action, notes: tuple[Note, ...] = ()) -> Step:
    return Step(state, tuple(Ordered(10 + place, action) for place, action in enumerate(actions)), notes)


def quiet() -> Step:
    return step(WELL, LOOK)


def opening() -> Step:
    note = Note(Reason.INCIDENT_OPENED, Level.WATCHDOG, cause=Cause.PROCESS_GONE, incident=1, detail="pid 7")
    return step(IN_TROUBLE, StartGateway(), notes=(note,))


def closing(incident: int = 1) -> Step:
    return step(WELL, notes=(Note(Reason.INCIDENT_CLOSED, outcome=Outcome.HEALED, incident=incident),))


def talking(number: int) -> Step:
    """A step with a note, told apart by its number."""
    note = Note(Reason.GATEWAY_FOUND, number=float(number))
    return step(replace(WELL, next_action_id=number), notes=(note,))


def fill_disk(store: SqliteStore) -> None:
    """SQLite's own limit gives the very error of a full disk, on every machine."""
    connection = store._opened()
    used = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {used}")


def free_disk(store: SqliteStore) -> None:
    store._opened().execute("PRAGMA max_page_count = 1000000")


@contextmanager
def as_a_user_who_may_only_read(folder: Path, rights: int = 0o555) -> Iterator[None]:
    """A folder that cannot be written, for root too: root's own rights are laid down meanwhile."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    root = os.geteuid() == 0
    folder.chmod(rights)
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(mode)
