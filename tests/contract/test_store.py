"""What every Store does, the real one and the double."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest
from tests.store.steps import (
    ALERT,
    ASKED,
    ILL,
    IN_TROUBLE,
    INCIDENT,
    LOOK,
    SEEN,
    TARGET,
    WELL,
    at,
    closing,
    opening,
    quiet,
    step,
    talking,
)

from selfheal.core.actions import StartGateway
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.observations import OperatorAsked, ProcessExited, ResidentStarted, TimePassed
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause, Outcome, Reason
from selfheal.core.state import GatewayView, Pending, Phase, State
from selfheal.ports.store import Commit, Entry, IncidentRow, Store, StoreError
from selfheal.store.fallback import DurableOrMemory
from selfheal.store.memory import MemoryStore
from selfheal.store.reader import WAITING_MAX, Reader, inbox_put
from selfheal.store.rows import OutboxRow
from selfheal.store.sqlite import SqliteStore

EVERYBODY = {TARGET, "other"}


class Reading(Protocol):
    def policies(self) -> dict[str, Policy]: ...

    def incidents(self, target: str | None = None, limit: int = 100) -> list[IncidentRow]: ...

    def timeline(self, target: str, incident: int) -> list[Entry]: ...

    def before(self, target: str, incident: int) -> State | None: ...

    def recent(self, limit: int, target: str | None = None) -> list[Entry]: ...

    def outbox(self) -> list[OutboxRow]: ...


class Case:
    """A store, and the ways in which others read it and leave requests."""

    def __init__(self, name: str, path: Path) -> None:
        self._path = path
        self._memory = MemoryStore()
        self._in_memory = name == "memory"
        self._readers: list[Reader] = []
        self.store: Store = self._memory
        if name == "sqlite":
            self.store = SqliteStore(path)
        elif name == "sqlite, with a fallback":
            self.store = DurableOrMemory(lambda: SqliteStore(path))

    def read(self) -> Reading:
        if self._in_memory:
            return self._memory
        self._readers.append(Reader(self._path))
        return self._readers[-1]

    def put(self, target: str, asked: OperatorAsked) -> int:
        return self._memory.put(target, asked) if self._in_memory else inbox_put(self._path, target, asked)

    def close(self) -> None:
        for reader in self._readers:
            reader.close()
        self.store.close()


@pytest.fixture(params=["memory", "sqlite", "sqlite, with a fallback"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    case = Case(request.param, tmp_path / "selfheal.db")
    yield case
    case.close()


def test_nothing_is_known_of_a_new_target(case: Case) -> None:
    assert case.store.load(TARGET) is None
    assert list(case.store.inbox(EVERYBODY)) == []


def test_the_state_comes_back_whole(case: Case) -> None:
    state = replace(IN_TROUBLE, pending=(Pending(3, "StartGateway", at(2).mono),), disabled=(Level.RECOVERY,))
    case.store.commit(Commit(TARGET, SEEN, at(1), step(state, StartGateway())))
    assert case.store.load(TARGET) == state
    assert case.store.load("other") is None


def test_targets_are_apart(case: Case) -> None:
    other = replace(WELL, target="other")
    case.store.commit(Commit(TARGET, SEEN, at(1), opening()))
    case.store.commit(Commit("other", SEEN, at(2), step(other, notes=(Note(Reason.GATEWAY_FOUND),))))
    assert case.store.load(TARGET) == IN_TROUBLE
    assert case.store.load("other") == other
    assert [entry.target for entry in case.read().recent(9)] == [TARGET, "other"]
    assert [entry.target for entry in case.read().recent(9, "other")] == ["other"]


def test_an_entry_knows_the_settings_that_it_was_decided_with(case: Case) -> None:
    usual, other = Policy(), Policy(restart_attempts=1)
    for second, policy in enumerate((usual, None, other, usual), start=1):
        case.store.commit(Commit(TARGET, SEEN, at(second), talking(second), policy=policy))
    assert [entry.policy for entry in case.read().recent(9)] == [usual, None, other, usual]


def test_the_settings_of_the_last_step_of_each_target_are_known(case: Case) -> None:
    usual, other = Policy(), Policy(observe=True)
    case.store.commit(Commit(TARGET, SEEN, at(1), quiet(), policy=usual))
    case.store.commit(Commit("other", SEEN, at(2), step(replace(WELL, target="other")), policy=usual))
    assert case.read().policies() == {TARGET: usual, "other": usual}
    case.store.commit(Commit(TARGET, SEEN, at(3), quiet(), policy=other))
    assert case.read().policies() == {TARGET: other, "other": usual}
    case.store.commit(Commit(TARGET, SEEN, at(4), quiet()))
    assert case.read().policies() == {"other": usual}


def test_an_entry_tells_what_was_seen_and_decided(case: Case) -> None:
    exited = ProcessExited(7, 12.5, 137)
    case.store.commit(Commit(TARGET, exited, at(4), opening()))
    (entry,) = case.read().recent(5)
    assert (entry.target, entry.wall, entry.kind, entry.observation) == (
        TARGET,
        at(4).wall,
        "ProcessExited",
        exited,
    )
    assert (entry.notes, entry.actions, entry.incident) == (opening().notes, ("StartGateway",), 1)
    assert (entry.mono, entry.boot_id) == (at(4).mono, at(4).boot_id)


def test_the_last_entries_come_oldest_first(case: Case) -> None:
    for number in range(1, 6):
        case.store.commit(Commit(TARGET, TimePassed(), at(number), talking(number)))
    assert [entry.notes[0].number for entry in case.read().recent(3)] == [3.0, 4.0, 5.0]
    sequence = [entry.seq for entry in case.read().recent(9)]
    assert sequence == sorted(set(sequence))


@pytest.mark.parametrize("phase", Phase)
def test_a_quiet_step_outside_an_incident_leaves_only_the_state(case: Case, phase: Phase) -> None:
    state = replace(WELL, gateway=GatewayView(phase=phase, since=at(1).mono))
    case.store.commit(Commit(TARGET, SEEN, at(2), step(state, LOOK)))
    assert case.store.load(TARGET) == state
    assert case.read().recent(9) == []


@pytest.mark.parametrize(
    "journalled",
    [
        step(replace(WELL, gateway=GatewayView(phase=Phase.ILL, since=at(1).mono)), LOOK),
        step(replace(WELL, incident=INCIDENT), LOOK),
        step(WELL, StartGateway()),
        step(replace(WELL, pending=(Pending(1, "SignalGateway", at(0).mono),))),
        step(WELL, notes=(Note(Reason.RESIDENT_STARTED),)),
    ],
    ids=["a change", "in an incident", "an act", "an act under way", "a note"],
)
def test_every_other_step_is_journalled(case: Case, journalled: object) -> None:
    case.store.commit(Commit(TARGET, SEEN, at(1), journalled))  # type: ignore[arg-type]
    assert len(case.read().recent(9)) == 1


def test_an_incident_is_opened_followed_and_closed(case: Case) -> None:
    case.store.commit(Commit(TARGET, SEEN, at(1), opening()))
    assert case.read().incidents() == [
        IncidentRow(TARGET, 1, "process_gone", "watchdog", INCIDENT.opened, None, None, "pid 7")
    ]
    worse = replace(
        IN_TROUBLE, incident=replace(INCIDENT, level=Level.HEALTHCHECK, cause=Cause.NOT_ANSWERING)
    )
    case.store.commit(Commit(TARGET, SEEN, at(2), step(worse, notes=(Note(Reason.ESCALATED),))))
    case.store.commit(Commit(TARGET, SEEN, at(3), closing()))
    assert case.read().incidents(TARGET) == [
        IncidentRow(
            TARGET, 1, "not_answering", "healthcheck", INCIDENT.opened, at(3).wall, Outcome.HEALED, "pid 7"
        )
    ]
    assert case.read().incidents("other") == []
    assert len(case.read().timeline(TARGET, 1)) == 3
    assert case.read().timeline(TARGET, 2) == []


def test_what_is_answered_for_an_incident_that_is_not_open_is_not_of_its_timeline(case: Case) -> None:
    """The quiet steps between leave no entry: it could not be decided again from those that do."""
    late, early = (Note(Reason.NOT_ACKNOWLEDGED, Level.NOTIFICATION, incident=one) for one in (1, 2))
    for second, one in enumerate((opening(), closing(), step(WELL, notes=(late,))), start=1):
        case.store.commit(Commit(TARGET, SEEN, at(second), one))
    case.store.commit(Commit(TARGET, SEEN, at(4), step(WELL, notes=(early,))))
    timelines = [len(case.read().timeline(TARGET, incident)) for incident in (1, 2)]
    assert (timelines, len(case.read().recent(9))) == ([2, 0], 4)


def test_an_incident_keeps_the_state_that_it_began_in(case: Case) -> None:
    began_in = replace(ILL, next_action_id=9)
    case.store.commit(Commit(TARGET, SEEN, at(1), quiet()))
    case.store.commit(Commit(TARGET, SEEN, at(2), step(began_in, LOOK)))
    for second, one in enumerate((opening(), step(IN_TROUBLE, StartGateway()), closing()), start=3):
        case.store.commit(Commit(TARGET, SEEN, at(second), one))
        assert case.read().before(TARGET, 1) == began_in
    assert case.read().before("other", 1) is None
    assert case.read().before(TARGET, 2) is None


def test_an_incident_keeps_the_state_of_a_step_that_left_no_entry(case: Case) -> None:
    case.store.commit(Commit(TARGET, SEEN, at(1), step(replace(WELL, next_action_id=9), LOOK)))
    case.store.commit(Commit(TARGET, SEEN, at(2), opening()))
    assert case.read().before(TARGET, 1) == replace(WELL, next_action_id=9)


def test_an_incident_of_a_target_of_which_nothing_was_known_has_no_beginning(case: Case) -> None:
    case.store.commit(Commit(TARGET, SEEN, at(1), opening()))
    assert case.read().before(TARGET, 1) is None


def test_an_incident_closed_without_its_number_is_the_open_one(case: Case) -> None:
    case.store.commit(Commit(TARGET, SEEN, at(1), opening()))
    note = Note(Reason.INCIDENT_CLOSED, outcome=Outcome.RECOVERED)
    case.store.commit(Commit(TARGET, SEEN, at(2), step(WELL, notes=(note,))))
    assert [row.outcome for row in case.read().incidents()] == [Outcome.RECOVERED]


def test_an_incident_of_one_step_is_not_lost(case: Case) -> None:
    notes = (
        Note(Reason.INCIDENT_OPENED, Level.WATCHDOG, cause=Cause.DEGRADED, incident=4),
        Note(Reason.INCIDENT_CLOSED, outcome=Outcome.RECOVERED, incident=4),
    )
    case.store.commit(Commit(TARGET, SEEN, at(2), step(WELL, notes=notes)))
    assert case.read().incidents() == [
        IncidentRow(TARGET, 4, "degraded", "watchdog", at(2).wall, at(2).wall, "recovered", "")
    ]


def test_a_closed_incident_stays_closed(case: Case) -> None:
    for second, one in enumerate((opening(), closing())):
        case.store.commit(Commit(TARGET, SEEN, at(second), one))
    case.store.commit(Commit(TARGET, SEEN, at(9), closing()))
    assert [row.closed for row in case.read().incidents()] == [at(1).wall]


def test_an_alert_goes_into_the_outbox_once(case: Case) -> None:
    for second in (1, 2):
        case.store.commit(Commit(TARGET, SEEN, at(second), step(IN_TROUBLE, ALERT)))
    assert case.read().outbox() == [
        OutboxRow(TARGET, 1, ALERT.kind, 10, (Level.WATCHDOG, Level.HEALTHCHECK), at(1).wall)
    ]


def test_a_request_waits_until_a_step_takes_it(case: Case) -> None:
    first, second = case.put(TARGET, ASKED), case.put("other", ASKED)
    assert [(item.id, item.target, item.asked) for item in case.store.inbox(EVERYBODY)] == [
        (first, TARGET, ASKED),
        (second, "other", ASKED),
    ]
    case.store.commit(Commit(TARGET, ASKED, at(1), step(WELL), inbox_id=first))
    assert [item.id for item in case.store.inbox(EVERYBODY)] == [second]
    assert [entry.observation for entry in case.read().recent(9)] == [ASKED]


def test_requests_for_one_target_stand_in_no_others_way(case: Case) -> None:
    for _ in range(WAITING_MAX):
        case.put("other", ASKED)
    with pytest.raises(StoreError, match="wait already"):
        case.put("other", ASKED)
    number = case.put(TARGET, ASKED)
    assert [item.id for item in case.store.inbox({TARGET})] == [number]
    assert len(case.store.inbox({"other"})) == WAITING_MAX


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_could_not_be_read_back_is_refused_and_changes_nothing(case: Case, number: float) -> None:
    case.store.commit(Commit(TARGET, SEEN, at(1), opening()))
    with pytest.raises(StoreError) as caught:
        case.store.commit(
            Commit(TARGET, SEEN, at(2), step(replace(WELL, startups_s=(number,)), StartGateway()))
        )
    assert not caught.value.retryable
    assert case.store.load(TARGET) == IN_TROUBLE
    assert len(case.read().recent(9)) == 1


def test_a_text_that_is_no_utf_8_is_kept_without_the_wrong_signs(case: Case) -> None:
    note = Note(Reason.HELD, detail="caf\udce9")
    case.store.commit(Commit(TARGET, ResidentStarted("1\udc80"), at(1), step(WELL, notes=(note,))))
    (entry,) = case.read().recent(9)
    assert entry.observation == ResidentStarted("1?")
    assert entry.notes == (Note(Reason.HELD, detail="caf?"),)
