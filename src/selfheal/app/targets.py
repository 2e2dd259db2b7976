"""What one resident is made of, and each gateway that it watches, put together from the settings."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from selfheal.app.above import Above
from selfheal.app.dead_man import DeadMan
from selfheal.app.errand import Errand
from selfheal.app.places import database_path, log_folder
from selfheal.app.teller import Noted, RoutesTeller, dispatch_for, listening_for, passed_on
from selfheal.app.wiring import gateway_for, service_for, site_for
from selfheal.app.words import alert_text, say_in, watching
from selfheal.config.route_fields import HEARING
from selfheal.config.settings import Settings
from selfheal.core.instants import Now
from selfheal.core.notes import Note
from selfheal.core.observations import Observation
from selfheal.core.policy import Policy
from selfheal.notify.console import ConsoleTeller
from selfheal.ports.chronicle import Lines
from selfheal.ports.clock import Clock
from selfheal.ports.store import StoreError
from selfheal.runtime.chronicle import LogChronicle
from selfheal.runtime.clock import SystemClock
from selfheal.runtime.dispatch import Dispatch
from selfheal.runtime.notify_socket import NotifySocket
from selfheal.runtime.performer import Performer
from selfheal.runtime.resident import Target
from selfheal.runtime.stepper import Stepper
from selfheal.store.fallback import DurableOrMemory
from selfheal.store.projection import Projection
from selfheal.texts.labels import Label
from selfheal.texts.language import choose
from selfheal.texts.own_words import own_words

Feed = Callable[[str, Observation], None]


@dataclass
class House:
    """What one resident is made of, while it runs."""

    settings: Settings
    environ: Mapping[str, str]
    errand: Errand
    chronicle: LogChronicle
    store: DurableOrMemory
    notify: NotifySocket
    loud: Lines  # for faults and alerts
    noted: Noted = field(init=False, default_factory=Noted)
    dispatch: Dispatch = field(init=False)
    listening: Dispatch = field(init=False)
    dead_man: DeadMan = field(init=False)
    begun_with: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.begun_with = self.settings
        language = choose(self.settings.language, self.environ)

        def say(why: str) -> None:
            self.chronicle.fault("", own_words(why, language))

        def relieve(what: str) -> None:
            self.chronicle.over(own_words(what, language))

        self.noted.complain = say
        self.dispatch = dispatch_for(self.settings, self.environ, self.noted, say)
        self.listening = listening_for(self.settings, self.environ, say)
        self.dead_man = DeadMan(passed_on(self.environ), say, relieve, self.settings.state_dir)
        self.dispatch.beside = self.listen
        self.dispatch.failed = self.look_at_disk
        self.store.again = self.disk_is_back

    def deliver(self) -> None:
        """What may be waiting in the outbox."""
        if self.has_routes():
            self.dispatch.kick()

    def look_over_routes(self) -> None:
        """They may be others. That none is left is noted too: one that comes back later was away."""
        self._expect_routes()
        if self.has_routes() or self._had_routes():
            self.dispatch.kick()

    def is_begun(self) -> None:
        """Somebody watches: where it was told that nobody does, that is over."""
        from selfheal.app.own_service import RESIDENT  # noqa: PLC0415 - once
        from selfheal.store.expected import watch_again  # noqa: PLC0415 - once

        if not self.errand.brief and self.is_kept():
            with suppress(StoreError):
                watch_again(database_path(self.settings), RESIDENT, SystemClock().now())

    def _expect_routes(self) -> None:
        """So that they are not new to an alert which comes before a delivery has looked."""
        from selfheal.store.expected import expect  # noqa: PLC0415 - once, and seldom

        names = [route.name for route in self.settings.all_routes]
        with suppress(StoreError):
            if names and self.is_kept():
                expect(database_path(self.settings), names, SystemClock().now())

    def _had_routes(self) -> bool:
        from selfheal.store.reader import Reader  # noqa: PLC0415 - once, and seldom

        with suppress(StoreError), Reader(database_path(self.settings)) as reader:
            return bool(reader.routes())
        return False

    def disk_is_back(self) -> None:
        """What was handed over meanwhile, not every route has taken. Who is handing over still calls then."""
        if not self.noted.handing_over:
            self.deliver()

    def look_at_disk(self) -> None:
        """A delivery reads all of the database, a step of ours next to nothing: it may be damaged."""
        if self.store.recheck():
            self.dispatch.kick()

    def listen(self) -> None:
        """Somebody may want to answer, or may no longer need to."""
        if self.is_kept() and any(route.kind in HEARING for route in self.settings.all_routes):
            self.listening.kick()

    def tell_outside(self, steppers: Sequence[Stepper], now: Now) -> None:
        """Who only ends a watch is no proof that somebody watches."""
        if not self.errand.brief:
            self.dead_man.beat(self.settings.notify, steppers, now)

    def has_routes(self) -> bool:
        return bool(self.settings.all_routes)

    def is_kept(self) -> bool:
        """What is committed is on the disk."""
        return not self.store.degraded


async def make_target(house: House, name: str, clock: Clock, feed: Feed) -> Target:
    """Looks up who runs it, which takes a moment; `feed` is not called before the target is used."""
    target = next(one for one in house.settings.targets if one.name == name)
    site = site_for(target, house.settings, house.environ)
    service = await service_for(target, site, house.settings, house.environ)
    gateway = gateway_for(site, service, lambda text: house.chronicle.say(f"{name}: {text}"))
    console = ConsoleTeller(alert_text(house.settings, house.environ, name), alerts_out(house, name))
    teller = RoutesTeller(console, house.dispatch, house.noted, house.is_kept, house.has_routes)
    if not target.config_path.exists():
        house.chronicle.fault(
            name, say_in(house.settings, house.environ)(Label.NO_GATEWAY, path=target.config_path)
        )
    house.chronicle.say(watching(say_in(house.settings, house.environ), site, service.name))
    policy = policy_of(target.policy, observe=house.errand.observe)
    stepper = Stepper(name, policy, house.store, clock, house.chronicle)
    performer = Performer(gateway, service, teller, lambda seen: feed(name, seen))
    return Target(stepper, performer)


def alerts_out(house: House, target: str) -> Lines:
    """A log for machines has one document a line, the alert's as well."""
    if house.errand.loud is not None or house.settings.log_format != "json":
        return house.loud
    return Above(partial(house.chronicle.alert, target))


def policy_of(policy: Policy, *, observe: bool) -> Policy:
    return replace(policy, observe=True) if observe else policy


def projector(settings: Settings, describe: Callable[[Note], str]) -> Callable[..., str]:
    folders = {one.name: log_folder(settings, one.name) for one in settings.targets}
    files = {name: Projection(folder, describe, settings.log_keep_days) for name, folder in folders.items()}
    return lambda target, wall, notes: files[target].write(wall, notes) if target in files else ""
