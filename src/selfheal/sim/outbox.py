"""The outbox on a disk that may be full: what cannot be kept is an error, as of the real one."""

from collections.abc import Callable, Mapping, Sequence

from selfheal.core.instants import Now, Until, Wall
from selfheal.ports.outbox import Addressee, Delivery, Outbox, Proof, Receipt, Standing, Subject, Told
from selfheal.ports.store import StoreError
from selfheal.sim.addressed import Addressed


class GuardedOutbox:
    """ports.outbox.Outbox. `must_have_space` raises StoreError; `account` hears what cannot be known then."""

    def __init__(self, outbox: Outbox, must_have_space: Callable[[], None], account: Addressed) -> None:
        self._outbox = outbox
        self._must_have_space = must_have_space
        self._account = account

    def address(self, routes: Mapping[str, Addressee], now: Now, *, whole: bool = True) -> bool:
        self._must_have_space()
        return self._outbox.address(routes, now, whole=whole)

    def note(self, told: Told, now: Now) -> None:
        self._must_have_space()
        self._outbox.note(told, now)

    def pass_on(self, route: str, lost: Sequence[Delivery]) -> bool:
        self._must_have_space()
        return self._outbox.pass_on(route, lost)

    def waiting(self, route: str) -> Sequence[Delivery]:
        return self._outbox.waiting(route)

    def lost(self, route: str, now: Now) -> Sequence[Delivery]:
        return self._outbox.lost(route, now)

    def said(self, route: str, since: Wall) -> Sequence[Wall]:
        return self._outbox.said(route, since)

    def claim(self, route: str, deliveries: Sequence[Delivery], lease: Until) -> Sequence[Delivery]:
        self._must_have_space()
        return self._outbox.claim(route, deliveries, lease)

    def taken(self, route: str, claimed: Sequence[Delivery], receipt: Receipt, now: Now) -> None:
        try:
            self._must_have_space()
        except StoreError:
            self._account.doubted(route, [one.alert.notify for one in claimed])
            raise
        self._outbox.taken(route, claimed, receipt, now)

    def taken_in_part(
        self, route: str, claimed: Sequence[Delivery], receipt: Receipt, ready: Until, why: str, now: Now
    ) -> None:
        self._must_have_space()
        self._outbox.taken_in_part(route, claimed, receipt, ready, why, now)

    def put_off(
        self,
        route: str,
        claimed: Sequence[Delivery],
        ready: Until,
        why: str,
        *,
        unsure: bool,
        now: Now,
        alone: bool = False,
    ) -> None:
        self._must_have_space()
        self._outbox.put_off(route, claimed, ready, why, unsure=unsure, now=now, alone=alone)

    def refused(
        self, route: str, claimed: Sequence[Delivery], why: str, now: Now, *, alone: bool = False
    ) -> None:
        self._must_have_space()
        self._outbox.refused(route, claimed, why, now, alone=alone)
        self._account.refused(route, [one.alert.notify for one in claimed])

    def wake(self, route: str) -> None:
        self._must_have_space()
        self._outbox.wake(route)

    def first_receipt(self, route: str, about: Subject) -> Receipt | None:
        return self._outbox.first_receipt(route, about)

    def standing(self, route: str) -> Standing:
        return self._outbox.standing(route)

    def hold(self, route: str, end: Until) -> None:
        self._must_have_space()
        self._outbox.hold(route, end)

    def claim_proof(self, route: str, seen: Standing, lease: Wall) -> bool:
        self._must_have_space()
        return self._outbox.claim_proof(route, seen, lease)

    def proved(self, route: str, how: Proof, now: Now) -> None:
        self._must_have_space()
        self._outbox.proved(route, how, now)

    def unproved(self, route: str, why: str, ready: Wall, *, final: bool, now: Now) -> None:
        self._must_have_space()
        self._outbox.unproved(route, why, ready, final=final, now=now)

    def complained(self, route: str, why: str, now: Now) -> None:
        self._must_have_space()
        self._outbox.complained(route, why, now)

    def warn(self, route: str, now: Now) -> None:
        self._must_have_space()
        self._outbox.warn(route, now)

    def relieve(self, route: str, now: Now) -> None:
        self._must_have_space()
        self._outbox.relieve(route, now)
