"""The resident is killed at every point between commit and act, over the whole cure of an incident.

After each kill a fresh resident takes over the same folder. Nothing may be lost, nothing done twice, and the
incident must go on to its end. Which point failed is the test's message.
"""

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from threading import Lock

import pytest
from tests.runtime.crash_program import CROSSED, FAULTS, STOPPED, live
from tests.runtime.homes import Home

from selfheal.core.observations import ActionFinished, ActionOrphaned
from selfheal.core.reasons import Outcome, Reason
from selfheal.core.state import Phase, State
from selfheal.ports.store import Entry, IncidentRow
from selfheal.store.reader import Reader

ACTS = {"StartGateway", "SignalGateway"}
NOWHERE = ""
OFTEN = 2  # a point that comes again and again, as a probe does, is tried at its first so many crossings
AT_ONCE = 6  # lives mostly wait
LIFE_S = 90.0  # a cure takes 2 s, with AT_ONCE others beside it and on a busy host much longer
KILLED = -signal.SIGKILL
AROUND_A_START = ("StartGateway", "ActionFinished")
HIDDEN_S = 1.0  # the next resident looks before it can see what the last one has started
MUST_BURN = ("StartGateway", "SignalGateway", "incident_opened", "incident_closed")

one_at_a_time = Lock()  # each start of a process asks after all the others, and their ends are told once

forked = multiprocessing.get_context("forkserver")
forked.set_forkserver_preload(["tests.runtime.crash_program"])


@dataclass(frozen=True)
class Case:
    fault: str
    burn: str
    home: Home


@dataclass(frozen=True)
class Aftermath:
    """What is found in the folder when all is over."""

    state: State
    journal: Sequence[Entry]
    incidents: Sequence[IncidentRow]

    @property
    def reasons(self) -> list[Reason]:
        return [note.reason for entry in self.journal for note in entry.notes]


def lived(case: Case, burn: str) -> int | None:
    """One life of a resident; its exit code."""
    process = forked.Process(target=live, args=(case.home.path, case.fault, burn))
    with one_at_a_time:
        process.start()
    wait([process.sentinel], LIFE_S)
    with one_at_a_time:
        code = process.exitcode
        if code is None:
            process.kill()
            process.join()
        return code


def aftermath(home: Home) -> Aftermath:
    with Reader(home.state / "selfheal.db") as reader:
        (state,) = reader.states()
        return Aftermath(state, reader.recent(1_000_000), reader.incidents())


def crossed(home: Home) -> list[str]:
    path = home.path / CROSSED
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def new_case(folder: Path, fault: str, burn: str, number: int) -> Case:
    return Case(fault, burn, Home(folder / f"{fault}-{number}"))


# -- what must be true afterwards -------------------------------------------------------------------


def wrongs(case: Case) -> Iterator[str]:
    """Kills the resident at the point, lets a fresh one finish, and tells what is not as it should be."""
    first = lived(case, case.burn)
    must = case.fault == STOPPED or any(word in case.burn for word in MUST_BURN)
    if case.burn and first != KILLED and must:
        yield f"the point was not reached (exit code {first})"
    if first == KILLED:
        second = lived(case, NOWHERE)
        if second != 0:
            yield f"the next resident did not come to an end (exit code {second})"
            return
    elif first != 0:
        yield f"it ended with {first}"
        return
    found = aftermath(case.home)
    if case.fault == STOPPED:
        yield from wrong_stop(case, found)
        return
    yield from wrong_processes(case, found)
    yield from wrong_incidents(found)
    yield from wrong_journal(case, found)


def wrong_stop(case: Case, found: Aftermath) -> Iterator[str]:
    if len(case.home.starts()) != 1 or case.home.living():
        yield f"it was started again: {case.home.starts()}"
    if found.incidents or found.state.gateway.phase is not Phase.STOPPED:
        yield f"taken for {found.state.gateway.phase}, incidents {found.incidents}"


def wrong_processes(case: Case, found: Aftermath) -> Iterator[str]:
    starts, living = case.home.starts(), case.home.living()
    process = found.state.gateway.process
    if len(starts) != 2:
        yield f"{len(starts) - 1} gateways were started instead of one"
    if living != starts[-1:]:
        yield f"of {starts} there live {living}"
    if process is None or [process.pid] != living:
        yield f"the state names {process}, there live {living}"
    if not case.home.never_two():
        yield "two gateways lived at once"


def wrong_incidents(found: Aftermath) -> Iterator[str]:
    if len(found.incidents) != 1:
        yield f"{len(found.incidents)} incidents instead of one"
    for row in found.incidents:
        if row.closed is None or row.outcome != Outcome.HEALED:
            yield f"incident {row.id} ended as {row.outcome}"
    for reason in (Reason.INCIDENT_OPENED, Reason.INCIDENT_CLOSED):
        if found.reasons.count(reason) != 1:
            yield f"{reason} {found.reasons.count(reason)} times"
    if found.state.incident is not None:
        yield "the state still has an incident"


def wrong_journal(case: Case, found: Aftermath) -> Iterator[str]:
    numbers = [entry.seq for entry in found.journal]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"the journal has a gap: {numbers}"
    yield from wrong_acts(case, found)
    asked = found.reasons.count(Reason.ASK_TO_STOP)
    if asked > 1 + orphans(found, "SignalGateway"):
        yield f"{asked} times asked to stop"
    if {entry.kind for entry in found.state.pending} & ACTS:
        yield f"still pending: {found.state.pending}"


def wrong_acts(case: Case, found: Aftermath) -> Iterator[str]:
    """Every committed act has its one result, or is an orphan, before the next one."""
    under_way: str | None = None
    started: list[str] = []
    for entry in found.journal:
        ended = ending(entry)
        if ended is not None:
            if under_way is None:
                yield f"entry {entry.seq}: a result of nothing"
            if under_way == "StartGateway" and isinstance(entry.observation, ActionFinished):
                started.append(entry.observation.detail)
            under_way = None
        for act in ACTS.intersection(entry.actions):
            if under_way is not None:
                yield f"entry {entry.seq}: {act} while {under_way} has no result"
            under_way = act
    if under_way is not None:
        yield f"{under_way} has no result"
    yield from wrong_starts(case, found, started)


def wrong_starts(case: Case, found: Aftermath, started: list[str]) -> Iterator[str]:
    """`started`: what the results of the starts said. The one gateway that was started is behind each."""
    pid = case.home.starts()[-1]
    if not set(started) <= {f"pid {pid}", f"runs already as pid {pid}"}:
        yield f"starts that nobody made: {started}"
    if not started and not orphans(found, "StartGateway"):
        yield "a gateway that nobody ordered"
    if started.count(f"pid {pid}") > 1:
        yield f"started twice: {started}"


def ending(entry: Entry) -> str | None:
    """The act of which this entry brings the end."""
    match entry.observation:
        case ActionFinished():
            stale = any(note.reason is Reason.STALE_RESULT for note in entry.notes)
            return None if stale else "finished"
        case ActionOrphaned():
            kinds = [note.detail for note in entry.notes if note.reason is Reason.ACTION_ORPHANED]
            return next((kind for kind in kinds if kind in ACTS), None)
    return None


def orphans(found: Aftermath, kind: str) -> int:
    notes = [note for entry in found.journal for note in entry.notes]
    return sum(note.reason is Reason.ACTION_ORPHANED and note.detail == kind for note in notes)


# -- the sweep --------------------------------------------------------------------------------------


def tried(case: Case) -> str:
    """Empty when all is right, else what the test says about this point."""
    try:
        case.home.start_gateway()
        if any(word in case.burn for word in AROUND_A_START):
            case.home.hide_starts(HIDDEN_S)
        wrong = "; ".join(wrongs(case))
        return f"killed {case.burn or 'nowhere'}: {wrong}" if wrong else ""
    finally:
        case.home.close()


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {STOPPED}))
def test_a_resident_killed_anywhere_in_the_cure_of_a_gateway_that_is(fault: str, tmp_path: Path) -> None:
    points = swept(fault, tmp_path)
    for word in MUST_BURN:
        assert any(word in name for name in points) or (fault, word) == ("killed", "SignalGateway")


def test_a_resident_killed_anywhere_while_a_person_stops_the_gateway_leaves_it_stopped(
    tmp_path: Path,
) -> None:
    points = swept(STOPPED, tmp_path)
    for word in ("ProcessExited", "ExamineExit", "ExitExamined"):
        assert any(word in name for name in points)


def swept(fault: str, tmp_path: Path) -> list[str]:
    """The points at which the resident was killed; fails with the words about all that went wrong."""
    whole = new_case(tmp_path, fault, NOWHERE, 0)
    assert tried(whole) == ""
    points = [name for name in crossed(whole.home) if int(name.rpartition("#")[2]) <= OFTEN]
    cases = [new_case(tmp_path, fault, point, number) for number, point in enumerate(points, 1)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        failed = [words for words in pool.map(tried, cases) if words]
    assert failed == []
    return points
