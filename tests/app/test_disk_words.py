"""What the resident says of its disk while it runs."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.runtime.ports import ListChronicle

from selfheal.app.disk_words import DiskWords
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.levels import Level
from selfheal.core.notes import Step
from selfheal.core.observations import TimePassed
from selfheal.core.state import GatewayView, Pause, Phase, State
from selfheal.ports.store import Commit, StoreError
from selfheal.runtime.clock import SystemClock
from selfheal.store.memory import MemoryStore


class TroubledStore(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.degraded = ""
        self.recovered_from: Path | None = None
        self.set_aside: list[str] = []
        self.fails: StoreError | None = None

    def prune(self, now: Now) -> None:
        del now
        if self.fails is not None:
            raise self.fails


@dataclass
class House:
    store: TroubledStore
    chronicle: ListChronicle
    disk: DiskWords


@pytest.fixture
def house() -> House:
    store, chronicle = TroubledStore(), ListChronicle()
    return House(store, chronicle, DiskWords(store, chronicle, ["main"]))  # type: ignore[arg-type]


def said(house: House) -> list[str]:
    house.chronicle.faults.clear()
    house.disk.prune(Now(Monotonic(1.0), Wall(1.0), "boot"))
    house.disk.tell()
    return house.chronicle.faults


def test_nothing_is_said_of_a_disk_that_works(house: House) -> None:
    assert said(house) == []


def test_a_disk_that_fails_and_comes_back_is_told_once_each(house: House) -> None:
    house.store.degraded = "cannot write: the disk is full"
    assert said(house) == [": cannot write: the disk is full"]
    assert said(house) == []
    house.store.degraded = ""
    assert said(house) == [], "it is no fault"
    (again,) = house.chronicle.passed
    assert "can be used again" in again


def test_a_database_that_is_damaged_meanwhile_is_told_of(house: House) -> None:
    house.store.recovered_from = Path("/state/selfheal.db.corrupt-1")
    (words,) = said(house)
    assert "/state/selfheal.db.corrupt-1" in words
    assert "Nothing could be read of main: a pause or a stop is lost with it" in words
    assert said(house) == []


STOPPED = State("main", gateway=GatewayView(phase=Phase.STOPPED), disabled=(Level.WATCHDOG,))
PAUSED = State("main", pause=Pause(Wall(1.0), None, ""))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State("main"), "main (neither paused nor stopped)"),
        (PAUSED, "main (paused)"),
        (STOPPED, "main (stopped by a person, watchdog switched off)"),
    ],
)
def test_it_is_told_what_a_damaged_database_still_said(house: House, state: State, words: str) -> None:
    house.store.commit(Commit("main", TimePassed(), SystemClock().now(), Step(state)))
    house.store.recovered_from = Path("/state/selfheal.db.corrupt-1")
    assert f"What could be read of it goes on: {words}. What was asked for last may be" in said(house)[0]


def test_old_entries_that_cannot_be_removed_do_not_end_the_watch(house: House) -> None:
    house.store.fails = StoreError("cannot remove old entries", retryable=False)
    assert said(house) == [": cannot remove old entries"]
    assert said(house) == []
