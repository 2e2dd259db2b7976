"""What is kept outside of a full disk: what is owed to a route, as old as it is, for a week."""

from tests.store.steps import TARGET, at

from selfheal.app.unkept import Notes, noted, to_tell
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Wall
from selfheal.ports.outbox import Addressee, Receipt, Told
from selfheal.store.known_routes import KEPT_S
from selfheal.store.left import Left

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
