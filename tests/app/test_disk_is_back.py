"""What was handed over on a full disk reaches every route once the outbox is written again."""

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.store.damage import damage_table, query
from tests.store.steps import IN_TROUBLE, SEEN, TARGET, at, fill_disk, free_disk, opening, step

from selfheal.app.errand import Errand
from selfheal.app.given import Delivered, encode
from selfheal.app.targets import House
from selfheal.app.teller import RoutesTeller
from selfheal.config.load import load
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Wall
from selfheal.notify.console import ConsoleTeller
from selfheal.ports.outbox import Addressee, Receipt, Told
from selfheal.ports.store import Commit
from selfheal.runtime.chronicle import LogChronicle
from selfheal.runtime.clock import SystemClock
from selfheal.runtime.dispatch import Answer, Dispatch
from selfheal.runtime.notify_socket import NotifySocket
from selfheal.store.fallback import RETRY_INTERVAL_S, DurableOrMemory
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.reader import Reader
from selfheal.store.sqlite import SqliteStore

OPENED = Notify(AlertKind.OPENED, 1, ())
TOLD = Told("phone", TARGET, 1, AlertKind.OPENED, 0, Receipt("42"))
ROUTE = '[routes.phone]\nkind = "webhook"\nurl = "http://127.0.0.1:9/"\nsecret = "hush"\n'


def nothing(*_: object) -> str:
    return ""


@dataclass
class CountedDispatch(Dispatch):
    """`during`: what happens while an alert is handed over."""

    during: Callable[[], None] = lambda: None
    kicks: int = 0

    def kick(self) -> None:
        self.kicks += 1

    async def deliver(self, given: bytes) -> Answer:
        del given
        self.during()
        return Answer(None, encode(Delivered(taken=(TOLD,))))


@dataclass
class Case:
    folder: Path
    text: str = ROUTE
    second: float = 0.0
    stores: list[SqliteStore] = field(default_factory=list)

    def __post_init__(self) -> None:
        config = self.folder / "config.toml"
        config.write_text(self.text)
        config.chmod(0o600)
        environ = {"HOME": str(self.folder), "SELFHEAL_STATE_DIR": str(self.folder)}
        self.store = DurableOrMemory(self._opened)
        settings = load(config, environ)
        chronicle = LogChronicle("text", nothing, nothing, io.StringIO())
        self.house = House(
            settings, environ, Errand(), chronicle, self.store, NotifySocket({}), io.StringIO()
        )
        self.fails = self.house.dispatch.failed
        self.dispatch = CountedDispatch((), {}, print)
        self.house.dispatch = self.dispatch

    def _opened(self) -> SqliteStore:
        self.stores.append(SqliteStore(self.folder / "selfheal.db"))
        return self.stores[-1]

    def steps(self) -> None:
        self.second += RETRY_INTERVAL_S
        self.store.commit(Commit(TARGET, SEEN, at(self.second), opening()))

    def fill(self) -> None:
        self.steps()
        fill_disk(self.stores[0])
        while not self.store.degraded:
            self.steps()

    def free(self) -> None:
        free_disk(self.stores[0])
        self.steps()
        assert not self.store.degraded

    def tell(self) -> None:
        house = self.house
        console = ConsoleTeller(lambda _: "the alert", io.StringIO())
        teller = RoutesTeller(console, self.dispatch, house.noted, house.is_kept, house.has_routes)
        assert asyncio.run(teller.tell(TARGET, OPENED, IN_TROUBLE)).succeeded


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_the_routes_that_missed_it_are_served_at_once(case: Case) -> None:
    case.fill()
    case.tell()
    assert case.dispatch.kicks == 0, "no outbox to look into"
    case.free()
    assert (case.dispatch.kicks, list(case.house.noted.told)) == (1, [TOLD])


def test_who_is_handing_over_is_not_overtaken(case: Case) -> None:
    """Its alert would be told twice: what it has told is noted at its end."""
    found: list[int] = []

    def frees() -> None:
        case.free()
        found.append(case.dispatch.kicks)

    case.dispatch.during = frees
    case.fill()
    case.tell()
    assert (found, case.dispatch.kicks) == ([0], 1)


def test_a_database_that_a_delivery_cannot_use_is_begun_anew_and_what_waits_is_told(case: Case) -> None:
    """The resident's own steps never touch the page: it kept what nobody was told."""
    assert case.fails == case.house.look_at_disk
    case.steps()
    case.store.commit(Commit(TARGET, SEEN, at(case.second), step(IN_TROUBLE, OPENED)))
    path = case.folder / "selfheal.db"
    case.house.look_at_disk()
    assert case.dispatch.kicks == 0, "it was sound"
    query(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    damage_table(path, "delivery")
    case.house.look_at_disk()
    assert case.store.recovered_from is not None
    assert case.dispatch.kicks == 1
    with Reader(path) as reader:
        assert [(row.incident, row.kind) for row in reader.outbox()] == [(1, AlertKind.OPENED)]


def test_without_a_route_nobody_is_called(tmp_path: Path) -> None:
    case = Case(tmp_path, "")
    case.fill()
    case.free()
    case.house.look_over_routes()
    assert case.dispatch.kicks == 0


def test_that_the_last_route_is_gone_is_noted(tmp_path: Path) -> None:
    """So that it hears no backlog once it is there again."""
    case = Case(tmp_path, "")
    case.steps()
    outbox = SqliteOutbox(tmp_path / "selfheal.db")
    outbox.address({"phone": Addressee("door", frozenset(AlertKind))}, at(1))
    outbox.close()
    case.house.look_over_routes()
    assert case.dispatch.kicks == 1


def test_a_route_is_not_new_to_what_comes_before_a_delivery_could_look(tmp_path: Path) -> None:
    """Which is told when one can, however late."""
    case, now = Case(tmp_path), SystemClock().now()
    case.steps()
    case.house.look_over_routes()
    outbox = SqliteOutbox(tmp_path / "selfheal.db")
    outbox.put(TARGET, Notify(AlertKind.RECOVERY, 0, (), number=7), replace(now, wall=Wall(0.0)))
    outbox.address({"phone": Addressee("door", frozenset(AlertKind))}, now)
    assert [one.alert.notify.number for one in outbox.waiting("phone")] == [7]
    outbox.close()
