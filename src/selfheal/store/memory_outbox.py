"""The outbox that forgets: for tests, and for alerts that no disk has taken.

It obeys the same suite as the real one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from selfheal.core.alert import OF_OURSELVES, AlertKind, Notify
from selfheal.core.instants import Now, Until, Wall
from selfheal.ports.outbox import (
    ASKING_S,
    OF_ROUTE,
    Addressee,
    Alert,
    Delivery,
    Doubt,
    Proof,
    Receipt,
    Standing,
    Subject,
    Told,
)
from selfheal.store.known_routes import AWAY_S, FRESH_S, KEPT_S, REFUSALS_MOST
from selfheal.store.left import Left
from selfheal.store.looks import Look, passed_s
from selfheal.store.memory_place import Place, Reached
from selfheal.store.outbox import claimed

_ENDS = frozenset({AlertKind.OVER, AlertKind.WATCHED, AlertKind.ROUTE_WORKS})
_PASSING = frozenset(
    {AlertKind.REMINDER, AlertKind.LEVEL_PASSED, AlertKind.RECOVERY, AlertKind.WATCHED, AlertKind.ROUTE_WORKS}
)


class MemoryOutbox:
    """ports.outbox.Outbox. `me`, `may_live`: as the real one has them; `me` may become another."""

    def __init__(self, me: str = "", may_live: Callable[[str], bool] = bool) -> None:
        self.me = me
        self._may_live = may_live
        self._alerts: dict[int, Alert] = {}
        self._over: set[tuple[str, int]] = set()
        self._acknowledged: set[tuple[str, int]] = set()
        self._told_over: set[tuple[str, int]] = set()  # by an alert
        self._trusted: dict[str, int] = {}  # the last alert before a person resumed
        self._routes: dict[str, Place] = {}
        self._before: Now | None = None
        self._look = Look(0.0, 0)

    def put(self, target: str, notify: Notify, ordered: Wall) -> Alert:
        alert = Alert(max(self._alerts, default=0) + 1, target, notify, ordered)
        self._alerts[alert.id] = alert
        if notify.kind is AlertKind.OVER:
            self._told_over.add(_of(alert))
        return alert

    def go_on(self, left: Left) -> None:
        """From there, before anything else."""
        self._alerts = {alert.id: alert for alert in left.alerts}
        self._over, self._acknowledged = set(left.over), set(left.acknowledged)
        self._told_over = {_of(alert) for alert in left.alerts if alert.notify.kind is AlertKind.OVER}
        self._trusted = dict.fromkeys(left.trusted, next(reversed(self._alerts), 0))
        self._routes, self._look, self._before = dict(left.places), left.look, left.before

    def told(self) -> Iterable[Told]:
        for route, place in self._routes.items():
            for number, told in place.told.items():
                yield Told.of(route, self._alerts[number], told.receipt)

    def doubts(self) -> Iterable[Doubt]:
        """Also of what somebody has claimed and not brought to an end."""
        for route, place in self._routes.items():
            for one in place.waiting.values():
                if one.unsure or one.leased:
                    yield Doubt(route, one.alert.target, *one.alert.named)

    def doubt(self, doubt: Doubt) -> None:
        """Of another outbox. Nothing where the alert does not wait for the route."""
        place = self._routes[doubt.route]
        for each, one in place.waiting.items():
            if _names(doubt, one.alert):
                place.waiting[each] = one._replace(unsure=True)

    def over(self, target: str, incident: int) -> None:
        """The incident is closed."""
        self._over.add((target, incident))

    def acknowledged(self, target: str, incident: int) -> None:
        """By a person, for as long as nobody is reminded again."""
        self._acknowledged.add((target, incident))

    def trusted(self, target: str) -> None:
        """A person has resumed, or nothing had to be."""
        self._trusted[target] = next(reversed(self._alerts), 0)

    def address(self, routes: Mapping[str, Addressee], now: Now, *, whole: bool = True) -> bool:
        gap_s = passed_s(self._before, now) if self._before else 0.0
        self._look, self._before = Look(self._look.seen_s + gap_s, self._look.newest, gap_s), now
        was_here = {name: self._was_here(name, one.door, now) for name, one in routes.items()}
        lacked = self._lacked(routes, whole=whole)
        for name, one in routes.items():
            self._routes[name].named(one.kinds)
        for name, one in routes.items():
            self._meet(self._routes[name], one.door, now, was_here=was_here[name])
        for name in (*routes, *lacked):
            route = self._routes[name]
            for alert in self._alerts.values():
                itself = alert.target == f"{OF_ROUTE}{name}"
                if alert.notify.kind in route.kinds and not itself and alert.id not in route.since_s:
                    since = now.wall - KEPT_S if gap_s >= KEPT_S else 0.0
                    steady = was_here.get(name, True)
                    news = steady and alert.id > self._look.newest and alert.ordered >= since
                    is_new = not steady or gap_s >= KEPT_S
                    news = news or (is_new and self._is_for(alert, route, now))
                    if (news or self._lasts(alert)) and not (self._is_stale(alert) or self._is_gone(alert)):
                        route.waiting[alert.id] = Delivery(alert)
                        route.since_s[alert.id] = self._look.seen_s
            route.open_before_reminders(self._lasts, self._look.seen_s)
        self._free_claims_of_the_dead()
        for route in self._routes.values():
            route.waiting = {
                each: one
                for each, one in route.waiting.items()
                if self._is_kept(route, each) and not self._is_old_news(one, route, now)
            }
        self._look = self._look._replace(newest=max(self._alerts, default=0))
        return any(self._routes[name].waiting for name in lacked)

    def _lacked(self, routes: Mapping[str, Addressee], *, whole: bool) -> Sequence[str]:
        """Those that were not removed, as far as anybody can tell."""
        others = {name: route for name, route in self._routes.items() if name not in routes}
        for route in others.values() if whole else ():
            route.is_here = False
            route.left_s = self._look.seen_s if route.left_s is None else route.left_s
        return [name for name, route in others.items() if route.stays(self._look.seen_s - AWAY_S)]

    def note(self, told: Told, now: Now) -> None:
        place = self._routes[told.route]
        for alert in self._alerts.values():
            if alert.id not in place.told and _names(told, alert):
                place.waiting.pop(alert.id, None)
                place.refused.pop(alert.id, None)
                place.told[alert.id] = Reached(now.wall, alert.id, told.receipt)
                place.since_s.setdefault(alert.id, self._look.seen_s)

    def pass_on(self, route: str, lost: Sequence[Delivery]) -> bool:
        place = self._routes[route]
        new = {one.alert.id: Delivery(one.alert) for one in lost if one.alert.id not in place.since_s}
        place.waiting |= new
        place.since_s |= dict.fromkeys(new, self._look.seen_s)
        return bool(new)

    def waiting(self, route: str) -> Sequence[Delivery]:
        waiting = sorted(self._routes[route].waiting.items())
        return [one._replace(lasts=self._goes_on(one.alert)) for _, one in waiting]

    def lost(self, route: str, now: Now) -> Sequence[Delivery]:
        place = self._routes[route]
        refused = {
            each: one
            for each, one in place.refused.items()
            if place.refused_at[each] >= now.wall - FRESH_S or self._lasts(one.alert)
        }
        return [one for _, one in sorted((place.waiting | refused).items()) if one.alone]

    def said(self, route: str, since: Wall) -> Sequence[Wall]:
        parcels: dict[int | None, Wall] = {}
        for told in self._routes[route].told.values():
            parcels[told.parcel] = max(told.at, parcels.get(told.parcel, told.at))
        return sorted(at for at in parcels.values() if at > since)

    def claim(self, route: str, deliveries: Sequence[Delivery], lease: Until) -> Sequence[Delivery]:
        place = self._routes[route]
        if not all(place.has(one) for one in deliveries):
            return ()
        mine = [claimed(one, lease, deliveries[0].alert.id) for one in deliveries]
        place.waiting |= {one.alert.id: one for one in mine}
        place.owners |= dict.fromkeys((one.alert.id for one in mine), self.me)
        return mine

    def taken(self, route: str, claimed: Sequence[Delivery], receipt: Receipt, now: Now) -> None:
        place = self._routes[route]
        for one in place.ended(claimed):
            place.told[one.alert.id] = Reached(now.wall, one.parcel, receipt)
        self._took(place, now)

    def taken_in_part(
        self, route: str, claimed: Sequence[Delivery], receipt: Receipt, ready: Until, why: str, now: Now
    ) -> None:
        del why
        place = self._routes[route]
        self._took(place, now)
        for one in claimed:
            if place.has(one):
                late = one._replace(ready=ready, leased=False, lacks=receipt.lacks)
                place.waiting[one.alert.id] = late

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
        place = self._routes[route]
        place.failed(why, now)
        for one in claimed:
            if place.has(one):
                late = one._replace(ready=ready, leased=False, unsure=one.unsure or unsure, alone=alone)
                place.waiting[one.alert.id] = late

    def refused(
        self, route: str, claimed: Sequence[Delivery], why: str, now: Now, *, alone: bool = False
    ) -> None:
        place = self._routes[route]
        if not alone:
            place.failed(why, now, final=True)
        for one in place.ended(claimed):
            known = one._replace(ready=None, leased=False, alone=alone, refusals=one.refusals + 1)
            place.refused[one.alert.id] = known
            place.refused_at[one.alert.id] = now.wall

    def wake(self, route: str) -> None:
        self._routes[route].wake()

    def first_receipt(self, route: str, about: Subject) -> Receipt | None:
        told = self._routes[route].told
        mine = [one for each, one in told.items() if self._alerts[each].about == about]
        return min(mine, key=lambda each: each.at).receipt if mine else None

    def standing(self, route: str) -> Standing:
        return self._routes[route].standing

    def hold(self, route: str, end: Until) -> None:
        place = self._routes[route]
        place.standing = place.standing._replace(held=end)

    def claim_proof(self, route: str, seen: Standing, lease: Wall) -> bool:
        place = self._routes[route]
        if place.standing.tries != seen.tries:
            return False
        place.standing = place.standing._replace(tries=seen.tries + 1, ready=lease)
        return True

    def proved(self, route: str, how: Proof, now: Now) -> None:
        self._took(self._routes[route], now, asked=how is Proof.TEST)

    def unproved(self, route: str, why: str, ready: Wall, *, final: bool, now: Now) -> None:
        self._routes[route].failed(why, now, ready, final=final)

    def warn(self, route: str, now: Now) -> None:
        place = self._routes[route]
        known = place.standing
        if not known.told and known.failing is not None:
            place.troubles += 1
            place.standing = known._replace(told=True)
            self._tell_of(
                route, Notify(AlertKind.ROUTE_FAILS, place.troubles, (), detail=known.why), known.failing, now
            )

    def relieve(self, route: str, now: Now) -> None:
        place = self._routes[route]
        known = place.standing
        if known.told and known.failing is None:
            place.standing = known._replace(told=False)
            self._tell_of(route, Notify(AlertKind.ROUTE_WORKS, place.troubles, ()), known.taken, now)

    def _tell_of(self, route: str, notify: Notify, at: Wall | None, now: Now) -> None:
        self.put(f"{OF_ROUTE}{route}", replace(notify, number=int(at or 0)), now.wall)

    def complained(self, route: str, why: str, now: Now) -> None:
        place = self._routes[route]
        failing = now.wall if place.standing.failing is None else place.standing.failing
        place.standing = place.standing._replace(why=why, failing=failing)

    def _free_claims_of_the_dead(self) -> None:
        for route in self._routes.values():
            for each, one in route.waiting.items():
                owner = route.owners.get(each, "")
                if one.leased and owner not in ("", self.me) and not self._may_live(owner):
                    route.waiting[each] = one._replace(ready=None)

    def _was_here(self, name: str, door: str, now: Now) -> bool:
        """At the last look, or not long before."""
        return self._routes.setdefault(name, Place(door, now.wall)).stays(self._look.seen_s - AWAY_S)

    def _meet(self, route: Place, door: str, now: Now, *, was_here: bool) -> None:
        if not was_here:
            for each, one in tuple(route.waiting.items()):
                if not self._lasts(one.alert) and not self._is_for(one.alert, route, now):
                    del route.waiting[each]
        if route.door != door:
            route.door = door
            route.standing = route.standing._replace(final=False, ready=None, held=None)
            if was_here:
                known = [each for each in route.refused if self._is_kept(route, each)]
                route.open_again(known)
                route.waiting |= {each: route.waiting[each]._replace(refusals=0) for each in known}
            else:
                self._tell_again(route, now, None)

    def _is_for(self, alert: Alert, route: Place, now: Now) -> bool:
        """Who was not here: it has just come, or is the end of what was told."""
        fresh_s = ASKING_S if alert.notify.kind is AlertKind.RECOVERY else FRESH_S
        fresh = alert.ordered >= now.wall - fresh_s
        return fresh or (self._is_told_end(alert, route) and alert.ordered >= now.wall - KEPT_S)

    def _is_kept(self, place: Place, alert: int) -> bool:
        return place.since_s[alert] > self._look.seen_s - KEPT_S

    def _took(self, place: Place, now: Now, *, asked: bool = False) -> None:
        mended = place.standing.failing is not None
        place.took(now)
        if asked or mended:
            self._tell_again(place, now, None if asked else REFUSALS_MOST)

    def _tell_again(self, place: Place, now: Now, most: int | None) -> None:
        """`most`: refusals of one alert; None: a person has asked for it."""
        again = [
            each
            for each, one in place.refused.items()
            if (most is None or one.refusals < most)
            and (self._matters(one.alert, place) or self._is_in_doubt(one, place, now))
        ]
        place.open_again(again)
        place.since_s |= dict.fromkeys(again, self._look.seen_s)

    def _is_in_doubt(self, one: Delivery, place: Place, now: Now) -> bool:
        """Whose the fault was: it has just refused this one."""
        late = place.refused_at[one.alert.id] >= now.wall - FRESH_S
        passes = one.alert.notify.kind in (AlertKind.REMINDER, AlertKind.LEVEL_PASSED)
        open_one = passes and _of(one.alert) not in self._over
        return late and one.refusals == 1 and open_one

    def _matters(self, alert: Alert, place: Place) -> bool:
        """To who has refused it, now that it takes something."""
        return self._lasts(alert) or (self._is_kept(place, alert.id) and self._is_owed(alert, place))

    def _is_owed(self, alert: Alert, place: Place) -> bool:
        return alert.notify.kind is AlertKind.RECOVERY or self._is_told_end(alert, place)

    def _is_told_end(self, alert: Alert, place: Place) -> bool:
        begun = (self._alerts[each] for each in place.told if each < alert.id)
        return alert.notify.kind in _ENDS and any(each.about == alert.about for each in begun)

    def _lasts(self, alert: Alert) -> bool:
        match alert.notify.kind:
            case AlertKind.UNWATCHED:
                later = (each for each in self._alerts.values() if each.id > alert.id)
                return all(_kind_of(each) != (alert.target, AlertKind.WATCHED) for each in later)
            case AlertKind.ROUTE_FAILS:
                place = self._routes.get(alert.target.removeprefix(OF_ROUTE))
                known = place and place.standing.told and place.troubles == alert.notify.incident
                return bool(known) and not self._is_gone(alert)
            case AlertKind.DISTRUST:
                distrusts = (each for each in self._alerts.values() if _kind_of(each) == _kind_of(alert))
                last = max(each.id for each in distrusts)
                return alert.id == last > self._trusted.get(alert.target, 0)
        return alert.notify.kind not in _PASSING and _of(alert) not in self._over

    def _goes_on(self, alert: Alert) -> bool:
        if alert.notify.kind in OF_OURSELVES or alert.notify.kind is AlertKind.DISTRUST:
            return self._lasts(alert)
        over = _of(alert) in self._over or _of(alert) in self._told_over
        return not over and alert.notify.kind is not AlertKind.RECOVERY

    def _is_stale(self, alert: Alert) -> bool:
        """No news any more."""
        reminds = alert.notify.kind is AlertKind.REMINDER
        passes = reminds or alert.notify.kind is AlertKind.LEVEL_PASSED
        return (passes and _of(alert) in self._over) or (reminds and _of(alert) in self._acknowledged)

    def _is_gone(self, alert: Alert) -> bool:
        """It says that a route fails that is not set any more."""
        route = self._routes.get(alert.target.removeprefix(OF_ROUTE))
        return alert.notify.kind is AlertKind.ROUTE_FAILS and route is not None and not route.is_here

    def _is_old_news(self, one: Delivery, route: Place, now: Now) -> bool:
        if not self._is_stale(one.alert):
            return False
        others = (each for each in route.waiting.values() if each.alert.id != one.alert.id)
        together = one.parcel is not None and any(each.parcel == one.parcel for each in others)
        return not together and (not one.leased or one.is_ready(now))


def _of(alert: Alert) -> tuple[str, int]:
    return alert.target, alert.notify.incident


def _kind_of(alert: Alert) -> tuple[str, AlertKind]:
    return alert.target, alert.notify.kind


def _names(told: Told | Doubt, alert: Alert) -> bool:
    return (told.target, (told.incident, told.kind, told.number)) == (alert.target, alert.named)
