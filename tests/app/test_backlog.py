"""What waits in an outbox on a full disk is told all the same, by the resident's own delivery process."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.app.test_post import NO_RECEIPT, OPENED, OVER, Place, now, phone
from tests.notify.standin import Authority, Reply, standing_in
from tests.store.steps import IN_TROUBLE, TARGET, WELL, opening, step
from tests.store.steps import closing as closes

from selfheal.app import backlog
from selfheal.app.backlog import take
from selfheal.app.given import Delivered, Given
from selfheal.app.places import database_path
from selfheal.app.post import ONCE_MORE_S
from selfheal.app.unkept import Notes, Pad
from selfheal.core.alert import AlertKind, Notify
from selfheal.notify.https import Reach
from selfheal.ports.outbox import Receipt, Told
from selfheal.ports.store import StoreError
from selfheal.store import outbox
from selfheal.store.schema import open_for_writing

Full = Callable[[bool], None]


@pytest.fixture
def run_time(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Full:
    """Whether the disk takes nothing. It can be read."""
    opens = open_for_writing

    def fails(path: Path) -> None:
        raise StoreError(f"cannot write {path}: the disk is full", retryable=True)

    return lambda is_full: monkeypatch.setattr(outbox, "open_for_writing", fails if is_full else opens)


class Host:
    def __init__(self, place: Place, run_time: Path, reach: Reach) -> None:
        self.place = place
        self._environ = {"HOME": str(run_time.parent), "XDG_RUNTIME_DIR": str(run_time)}
        self._reach = reach

    @property
    def pad(self) -> Pad:
        return Pad(self.place.settings.state_dir, self._environ)

    def take(self, *alerts: Notify) -> Delivered:
        given = tuple((TARGET, alert, now().wall) for alert in alerts)
        return take(self.place.settings, self._environ, Given(given), self._reach)

    def heard(self) -> list[str]:
        return [one.path for one in self.place.service.heard]


@pytest.fixture
def host(tmp_path: Path, run_time: Path) -> Iterator[Host]:
    authority = Authority(tmp_path)
    with standing_in(authority.server_context(), Reply(200, b'{"id": "42"}')) as service:
        reach = Reach(authority.bundle)
        yield Host(Place(tmp_path, service, reach), run_time, reach)


def test_what_was_committed_before_the_disk_was_full_is_told_once(host: Host, full: Full) -> None:
    host.place.commit(opening(), step(IN_TROUBLE, OPENED))
    full(True)
    assert host.take() == Delivered(ONCE_MORE_S)
    assert sorted(host.heard()) == ["/desk", "/phone"]
    assert host.take() == Delivered(ONCE_MORE_S)
    full(False)
    assert host.take() == Delivered(None)
    assert host.take() == Delivered(None)
    assert len(host.heard()) == 2
    assert not host.pad.read()


def test_what_one_route_does_not_take_is_told_there_later(host: Host, full: Full) -> None:
    host.place.commit(opening(), step(IN_TROUBLE, OPENED))
    full(True)
    host.place.service.at["/desk"] = Reply(500)
    assert host.take().waiting_s is not None
    host.place.service.at.clear()
    host.place.service.heard.clear()
    host.take()
    host.take()
    assert host.heard() == ["/desk"]


def test_what_was_refused_is_told_once_the_settings_are_mended(host: Host, full: Full) -> None:
    host.place.write(phone(f"{host.place.service.base}/phone"))
    host.place.service.usual = Reply(401)
    host.place.commit(opening(), step(IN_TROUBLE, OPENED))
    host.take()
    full(True)
    host.place.service.usual = Reply(200)
    host.place.service.heard.clear()
    host.place.write(phone(f"{host.place.service.base}/mended"))
    assert host.take() == Delivered(ONCE_MORE_S)
    assert host.heard() == ["/mended"]
    host.take()
    full(False)
    host.take()
    host.take()
    assert host.heard() == ["/mended"]


def test_a_new_route_hears_nothing_of_what_is_over(host: Host, full: Full) -> None:
    """No delivery has looked before the disk was full."""
    host.place.commit(opening(), step(IN_TROUBLE, OPENED), closes(), step(WELL, OVER))
    host.place.age_alerts(3 * 86_400.0)
    full(True)
    with pytest.raises(StoreError, match="the disk is full"):
        host.take()
    assert host.heard() == []


def test_the_end_is_told_where_the_beginning_was(host: Host, full: Full) -> None:
    host.place.commit(opening(), step(IN_TROUBLE, OPENED))
    host.take()
    host.place.commit(closes(), step(WELL, OVER))
    full(True)
    host.take()
    host.take()
    assert [one["body"][0] for one in host.place.heard()] == ["🚨", "✅"]


def test_what_was_told_when_its_receipt_could_not_be_kept_is_on_the_pad_whatever_comes_next(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.place.commit(opening(), step(IN_TROUBLE, OPENED))
    with closing(sqlite3.connect(database_path(host.place.settings))) as base, base:
        base.execute(NO_RECEIPT)

    def fails(path: Path) -> None:
        raise StoreError(f"cannot read {path}", retryable=True)

    monkeypatch.setattr(backlog, "read_left", fails)
    with pytest.raises(StoreError):
        host.take()
    assert sorted(one.route for one in host.pad.read().told) == ["desk", "phone"]


def test_where_nothing_waits_it_is_an_error_as_before(host: Host, full: Full) -> None:
    host.place.commit(opening(), step(IN_TROUBLE, OPENED))
    host.take()
    full(True)
    with pytest.raises(StoreError, match="the disk is full"):
        host.take()
    assert len(host.heard()) == 2


def test_what_is_handed_over_and_was_told_from_the_outbox_is_not_told_again(host: Host, full: Full) -> None:
    """As a resident does that was begun again in between."""
    host.place.commit(opening(), step(IN_TROUBLE, OPENED))
    host.take()
    full(True)
    done = host.take(OPENED)
    assert host.take(OPENED) == done
    assert sorted((one.route, one.incident, one.receipt.id) for one in done.taken) == [
        ("desk", 1, "42"),
        ("phone", 1, "42"),
    ]
    assert len(host.heard()) == 2


def test_what_is_handed_over_and_waits_in_the_outbox_is_told_once(host: Host, full: Full) -> None:
    """Whoever has handed it over may not hear of that."""
    host.place.commit(opening(), step(IN_TROUBLE, OPENED))
    full(True)
    host.place.service.at["/desk"] = Reply(500)
    assert [one.route for one in host.take(OPENED).taken] == ["phone"]
    assert host.heard().count("/phone") == 1
    host.place.service.at.clear()
    host.place.service.heard.clear()
    assert [one.route for one in host.take(OPENED).taken] == ["phone", "desk"]
    host.take(OPENED)
    full(False)
    host.take(OPENED)
    host.take()
    assert host.heard() == ["/desk"]


def test_what_is_handed_over_of_an_incident_that_no_disk_has_is_told_whatever_was_told_before(
    host: Host, full: Full
) -> None:
    """It has the number of one that nobody remembers, if we died on a full disk. The pad outlives us."""
    host.place.commit(opening())
    host.take()
    full(True)
    assert len(host.take(OPENED).taken) == 2
    assert not host.pad.read()
    assert len(host.take(OPENED).taken) == 2
    assert len(host.heard()) == 4


def test_what_waits_no_more_in_the_outbox_and_nobody_has_heard_of_is_told(host: Host, full: Full) -> None:
    host.place.commit(opening(), step(IN_TROUBLE, OPENED), closes(), step(WELL, OVER))
    host.place.age_alerts(3 * 86_400.0)
    full(True)
    assert len(host.take(OPENED).taken) == 2


def test_one_at_a_time_tells_it(host: Host, run_time: Path) -> None:
    with host.pad.alone():
        (folder,) = (run_time / "selfheal").iterdir()
        other = os.open(folder, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)


LOG = Notify(AlertKind.RECOVERY, 0, (), detail="emergency-recovery-1.log", number=7)
LOG_IS = (0, AlertKind.RECOVERY, 7)


def test_what_is_noted_and_in_no_outbox_is_put_into_one(host: Host) -> None:
    host.place.commit(opening())
    host.take()
    host.pad.keep(Notes(((TARGET, LOG, now().wall),), (Told("phone", TARGET, *LOG_IS, Receipt("42")),)))
    host.take()
    assert host.heard() == ["/desk"]
    assert not host.pad.read()
    host.take()
    assert host.heard() == ["/desk"]


def lose_database(host: Host) -> None:
    for file in host.place.settings.state_dir.glob("selfheal.db*"):
        file.unlink()
    host.place.service.heard.clear()


@pytest.mark.parametrize("named", [True, False], ids=["of a database", "of none"])
def test_what_was_told_of_one_database_keeps_no_alert_of_another_back(
    host: Host, full: Full, named: bool
) -> None:
    """Both number their incidents from 1."""
    if named:
        host.take()
    host.place.commit(opening(), step(IN_TROUBLE, OPENED))
    full(True)
    host.take()
    full(False)
    if not named:
        host.take()
    assert sorted(host.heard()) == ["/desk", "/phone"]
    lose_database(host)
    host.place.commit(opening(), step(IN_TROUBLE, OPENED))
    host.take()
    assert sorted(host.heard()) == ["/desk", "/phone"]
