"""A resident that is killed at any moment: what it had said is kept, and the parts agree."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.store.steps import TARGET

from selfheal.store.reader import Reader
from selfheal.store.sqlite import SqliteStore

ROUNDS = 12
ROOT = Path(__file__).parents[2]
COMMITS = """
import itertools, sys
from dataclasses import replace
from pathlib import Path
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.observations import ActionOrphaned
from selfheal.core.notes import Note
from selfheal.core.reasons import Cause, Outcome, Reason
from selfheal.core.state import GatewayView, Phase
from selfheal.ports.store import Commit
from selfheal.store.sqlite import SqliteStore
from tests.store.steps import INCIDENT, LOOK, TARGET, WELL, at, step

store = SqliteStore(Path(sys.argv[1]))
state = store.load(TARGET)
for number in itertools.count(state.next_action_id if state else 1):
    known = replace(WELL, next_action_id=number + 1)
    incident = replace(known, incident=replace(INCIDENT, id=number // 4))
    match number % 4:
        case 0:
            made = step(incident, Notify(AlertKind.OPENED, number // 4, ()), notes=(
                Note(Reason.INCIDENT_OPENED, cause=Cause.PROCESS_GONE, incident=number // 4),))
        case 1:
            made = step(incident, LOOK)
        case 2:
            made = step(known, notes=(
                Note(Reason.INCIDENT_CLOSED, outcome=Outcome.HEALED, incident=number // 4),))
        case _:
            seen = GatewayView(phase=Phase.ILL, since=at(number).mono)
            made = step(replace(known, gateway=seen), LOOK)
    store.commit(Commit(TARGET, ActionOrphaned(number), at(number), made))
    print(number, flush=True)
"""


def killed_after(path: Path, commits: int) -> int:
    """Runs until it has told of so many commits, kills it wherever it is then, returns the last one told."""
    command = [sys.executable, "-c", COMMITS, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        for _ in range(commits):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().splitlines(keepends=True)
    told = [line for line in rest if line.endswith("\n")]
    return int(told[-1]) if told else 0


def agree(path: Path) -> int:
    """State, journal, incidents and outbox tell the same; returns the last step."""
    with Reader(path) as reader:
        (state,) = reader.states()
        entries = reader.recent(1_000_000)
        incidents = reader.incidents(limit=1_000_000)
        alerts = {row.incident for row in reader.outbox(1_000_000)}
    last = state.next_action_id - 1
    assert [entry.seq for entry in entries] == list(range(1, last + 1))
    assert [entry.wall for entry in entries] == [1000.0 + number for number in range(1, last + 1)]
    opened = {number // 4 for number in range(4, last + 1) if number % 4 == 0}
    assert {row.id for row in incidents} - {0} == alerts == opened
    still_open = {row.id for row in incidents if row.closed is None and row.id}
    assert still_open == ({state.incident.id} - {0} if state.incident else set())
    return last


@pytest.mark.parametrize("seed", [20260205])
def test_a_resident_killed_anywhere_leaves_parts_that_agree(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "selfheal.db"
    chance = random.Random(seed)  # noqa: S311  -- reproducible on purpose
    for _ in range(ROUNDS):
        told = killed_after(path, chance.randint(1, 40))
        assert agree(path) >= told
    store = SqliteStore(path)
    assert store.recovered_from is None
    state = store.load(TARGET)
    assert state is not None
    assert state.next_action_id == agree(path) + 1
    store.close()
