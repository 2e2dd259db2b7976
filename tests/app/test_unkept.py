"""What is kept outside of a full disk: what is owed to a route, as old as it is, for a week."""

from contextlib import closing
from pathlib import Path

import pytest
from tests.store.steps import TARGET, at

from selfheal.app.places import DATABASE
from selfheal.app.unkept import Notes, Pad, noted, to_tell
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Wall
from selfheal.ports.outbox import Addressee, Doubt, Receipt, Told
from selfheal.store.known_routes import KEPT_S
from selfheal.store.left import Left
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.schema import open_for_writing

LOG = Notify(AlertKind.RECOVERY, 0, (), detail="a.log", number=7)
ALERT = (TARGET, LOG, Wall(at(0).wall))
ROUTES = {name: Addressee("door", frozenset(AlertKind)) for name in ("desk", "phone")}


def told(route: str) -> Told:
    return Told(route, TARGET, 0, AlertKind.RECOVERY, 7, Receipt("42"))


def test_what_is_told_again_is_as_old_as_it_was() -> None:
    assert to_tell(Notes((ALERT,)), [(TARGET, LOG)], at(3600)) == (ALERT,)
    assert to_tell(Notes(), [(TARGET, LOG)], at(3600)) == ((TARGET, LOG, at(3600).wall),)


def test_it_is_kept_until_each_route_has_taken_it() -> None:
    one, both = (told("desk"),), (told("desk"), told("phone"))
    assert noted([ALERT], [], one, (), ROUTES, at(60), Left()) == Notes((ALERT,), one)
    assert noted([ALERT], [], both, (), ROUTES, at(60), Left()) == Notes()
    assert noted([ALERT], [(TARGET, LOG)], both, (), ROUTES, at(60), Left()) == Notes((ALERT,), both)


def test_a_route_that_does_not_hear_of_such_is_owed_nothing() -> None:
    deaf = {"desk": Addressee("door", frozenset({AlertKind.OPENED}))}
    assert noted([ALERT], [], (), (), deaf, at(60), Left()) == Notes()


def test_it_is_given_up_after_a_week() -> None:
    assert noted([ALERT], [], (), (), ROUTES, at(KEPT_S - 1)) == Notes((ALERT,))
    assert noted([ALERT], [], (), (), ROUTES, at(KEPT_S + 1)) == Notes()


def test_what_was_told_stays_known_where_the_outbox_that_may_hold_it_cannot_be_read() -> None:
    assert noted([], [], (told("desk"),), (), ROUTES, at(60)) == Notes(told=(told("desk"),))


OF_LOG = Told("desk", TARGET, 0, AlertKind.RECOVERY, 7, Receipt("42"))
OF_INCIDENT = Told("desk", TARGET, 1, AlertKind.OPENED, 0, Receipt("43"))
IN_DOUBT = Doubt("phone", TARGET, 1, AlertKind.OPENED, 0)
NOTES = Notes((ALERT,), (OF_LOG, OF_INCIDENT), (IN_DOUBT,))


@pytest.fixture
def pad(tmp_path: Path) -> Pad:
    run_time = tmp_path / "run"
    run_time.mkdir(mode=0o700)
    return Pad(tmp_path / "state", {"XDG_RUNTIME_DIR": str(run_time)})


def name_database(pad: Pad) -> None:
    with closing(SqliteOutbox(pad.state_dir / DATABASE)) as outbox:
        outbox.installation()


def lose_database(pad: Pad) -> None:
    for file in pad.state_dir.iterdir():
        file.unlink()


def known(pad: Pad) -> set[Told | Doubt]:
    notes = pad.read()
    return {*notes.told, *notes.doubts}


@pytest.mark.parametrize("is_named", [True, False])
def test_what_is_noted_of_incidents_is_valid_with_their_database_alone(pad: Pad, is_named: bool) -> None:
    name_database(pad)
    pad.keep(NOTES)
    assert known(pad) == {OF_LOG, OF_INCIDENT, IN_DOUBT}
    lose_database(pad)
    assert known(pad) == {OF_LOG, OF_INCIDENT, IN_DOUBT}, "as long as there is no other"
    pad.keep(pad.read())
    if is_named:
        name_database(pad)
    else:
        open_for_writing(pad.state_dir / DATABASE).close()
    assert known(pad) == {OF_LOG}
    assert pad.read().alerts == (ALERT,)


def test_what_is_noted_while_there_is_no_database_is_valid_with_the_next_one(pad: Pad) -> None:
    pad.state_dir.mkdir()
    pad.keep(NOTES)
    name_database(pad)
    assert known(pad) == {OF_LOG, OF_INCIDENT, IN_DOUBT}


def test_what_has_come_since_it_was_read_is_not_forgotten(pad: Pad) -> None:
    before = Notes((ALERT,), (OF_LOG,))
    pad.keep(NOTES)
    pad.is_noted(before)
    assert known(pad) == {OF_LOG, OF_INCIDENT, IN_DOUBT}
    pad.is_noted(NOTES)
    assert not pad.read()
