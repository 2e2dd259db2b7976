"""What outlives a state that cannot be read."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from tests.store.steps import IN_TROUBLE, PAUSED, SEEN, TARGET, at, opening, quiet

from selfheal.core.instants import Monotonic
from selfheal.core.levels import Level
from selfheal.core.state import GatewayView, Phase, State
from selfheal.ports.store import Commit
from selfheal.store import codec
from selfheal.store.remains import UNREADABLE, remains
from selfheal.store.sqlite import SqliteStore

STARTED = (Monotonic(3.0), Monotonic(9.0))


def spoilt(state: State, **fields: object) -> str:
    """As a version that knows other shapes would have written it."""
    return json.dumps(json.loads(codec.encode_state(state)) | {"gateway": "of another time"} | fields)


def spoil(path: Path, body: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE state SET body = ?", (body,))
    connection.close()


def test_a_persons_words_are_kept() -> None:
    state = replace(PAUSED, disabled=(Level.WATCHDOG,), distrust="two acts at once", known=True)
    kept = remains(TARGET, spoilt(state), 1)
    assert kept == replace(state, gateway=GatewayView(), restart=State(TARGET).restart)


def test_the_open_incident_is_gone_on_with() -> None:
    kept = remains(TARGET, spoilt(IN_TROUBLE), 1)
    assert kept.incident == IN_TROUBLE.incident
    assert kept.alerting == IN_TROUBLE.alerting


def test_an_incident_without_its_alerts_is_not_half_kept() -> None:
    kept = remains(TARGET, spoilt(IN_TROUBLE, alerting=7), 1)
    assert kept.incident is None
    assert kept.alerting == State(TARGET).alerting


def test_that_nobody_knows_whether_it_is_to_stay_down_is_kept() -> None:
    state = replace(State(TARGET), gateway=GatewayView(Phase.STOPPED, presumed=True))
    assert remains(TARGET, spoilt(state, gateway={"phase": "stopped", "presumed": True}), 1) == state


def test_the_budget_is_kept_and_the_rung_is_not() -> None:
    part = replace(IN_TROUBLE.restart, starts=STARTED, unclean_starts=STARTED[1:], last_start=STARTED[1])
    kept = remains(TARGET, spoilt(replace(IN_TROUBLE, restart=part)), 1).restart
    assert kept == replace(
        State(TARGET).restart, starts=STARTED, unclean_starts=STARTED[1:], last_start=STARTED[1]
    )


@pytest.mark.parametrize("word", ["pause", "disabled", "distrust"])
def test_words_that_were_said_and_cannot_be_read_let_us_only_watch(word: str) -> None:
    kept = remains(TARGET, spoilt(PAUSED, **{word: 7}), 1)
    assert UNREADABLE in kept.distrust
    assert [alert.detail for alert in kept.alerting.unsent] == [UNREADABLE]


@pytest.mark.parametrize("body", ["of another time", "[]", b"\xff", "", 7, None])
def test_of_no_state_at_all_nothing_is_left_but_the_numbering(body: object) -> None:
    assert remains(TARGET, body, 5) == State(TARGET, next_incident_id=5)


def test_a_pause_outlives_its_state_in_the_database(tmp_path: Path) -> None:
    path = tmp_path / "selfheal.db"
    store = SqliteStore(path)
    store.commit(Commit(TARGET, SEEN, at(1), replace(quiet(), state=PAUSED)))
    store.close()
    spoil(path, spoilt(PAUSED))
    store = SqliteStore(path)
    kept = store.load(TARGET)
    assert kept is not None
    assert kept.pause == PAUSED.pause
    (said,) = store.set_aside
    assert "paused" in said
    store.close()
    again = SqliteStore(path)
    assert again.load(TARGET) == kept  # also when we die before the first step
    again.close()


def test_an_incidents_number_is_not_given_twice(tmp_path: Path) -> None:
    path = tmp_path / "selfheal.db"
    store = SqliteStore(path)
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    spoil(path, "of another time")
    kept = store.load(TARGET)
    assert kept is not None
    assert IN_TROUBLE.incident is not None
    assert kept.next_incident_id == IN_TROUBLE.incident.id + 1
    store.close()
