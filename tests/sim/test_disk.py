"""Death in the middle of the store's transaction, on a real disk and in memory: all of a step or nothing."""

import sqlite3
from collections.abc import Callable, Iterator

import pytest

from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.levels import Request
from selfheal.core.notes import Note, Step
from selfheal.core.observations import OperatorAsked
from selfheal.core.reasons import Cause, Reason
from selfheal.core.state import State
from selfheal.ports.store import Commit
from selfheal.sim.dice import Dice
from selfheal.sim.disk import InMemory, Killed, MadeDisk, OnDisk, Platter

NOW = Now(Monotonic(100.0), Wall(1_770_000_000.0), "boot-1")
ASKED = OperatorAsked(Request.PAUSE)
BEFORE, AFTER = State("main", next_action_id=5), State("main", next_action_id=6)
OPENED = Note(Reason.INCIDENT_OPENED, incident=1, cause=Cause.PROCESS_GONE)
TORN = 0.999  # all but the last bytes of COMMIT are in the log
PLACES = [*(step / 10 for step in range(10)), 0.95, TORN]


@pytest.fixture(params=[InMemory, OnDisk])
def platter(request: pytest.FixtureRequest) -> Platter:
    make: Callable[[], Platter] = request.param
    made = make()
    made.commit_all((Commit("main", ASKED, NOW, Step(BEFORE)),))
    made.put_at(NOW, "main", ASKED)
    return made


@pytest.fixture
def lasting() -> Iterator[list[Platter]]:
    """What is left of each disk, to be cleared away."""
    left: list[Platter] = []
    yield left
    for each in left:
        each.close()


def the_step(platter: Platter) -> Commit:
    (item,) = platter.inbox({"main"})
    return Commit("main", ASKED, NOW, Step(AFTER, notes=(OPENED,)), item.id)


@pytest.mark.parametrize("place", PLACES)
def test_what_was_not_committed_has_left_nothing(
    platter: Platter, place: float, lasting: list[Platter]
) -> None:
    left = platter.killed_in((the_step(platter),), committed=False, place=place)
    lasting.append(left)
    assert left.load("main") == BEFORE
    assert len(left.inbox({"main"})) == 1
    if isinstance(left, OnDisk):
        assert left.recovered_from is None


def test_what_was_committed_is_there_though_we_never_knew(platter: Platter, lasting: list[Platter]) -> None:
    left = platter.killed_in((the_step(platter),), committed=True, place=0.5)
    lasting.append(left)
    assert left.load("main") == AFTER
    assert not left.inbox({"main"})


def test_the_next_life_goes_on_from_a_torn_commit(lasting: list[Platter]) -> None:
    disk = OnDisk()
    disk.commit_all((Commit("main", ASKED, NOW, Step(BEFORE)),))
    left = disk.killed_in((Commit("main", ASKED, NOW, Step(AFTER)),), committed=False, place=TORN)
    lasting.append(left)
    left.commit_all((Commit("main", ASKED, NOW, Step(AFTER)),))  # it goes on from there
    with sqlite3.connect(left.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert left.load("main") == AFTER


def test_a_step_that_nobody_lived_to_know_is_told_to_who_knows_the_truth() -> None:
    unheard: list[Commit] = []
    survived: list[bool] = []
    for seed in range(20):
        platter = InMemory()
        disk = MadeDisk(platter, Dice(seed), is_full=lambda: False, unheard=unheard.append)
        disk.dies_in_commit = True
        with pytest.raises(Killed):
            disk.commit(Commit("main", ASKED, NOW, Step(AFTER)))
        survived.append(platter.load("main") == AFTER)
    assert {True, False} == set(survived)
    assert len(unheard) == sum(survived)
