"""The delivery of alerts in the made-up world: the real Courier, outbox and Dispatch on virtual time.

A delivery process is a task here. It dies when its host does, or by a fault of its own: once it has claimed
an alert, while it sends, or before it keeps the receipt. Our own end is none of its business. Where no disk
takes the outbox, an alert is handed to a process itself, as `app.teller` does.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Now
from selfheal.notify.delivery import Composed, Courier
from selfheal.notify.route import Message, Severity
from selfheal.ports.outbox import Addressee, Delivery, Outbox, Told
from selfheal.ports.store import StoreError
from selfheal.runtime.dispatch import AFTER_FAILURE_S, Answer, Dispatch
from selfheal.sim.addressed import Addressed
from selfheal.sim.disk import MadeDisk
from selfheal.sim.judge import Judge
from selfheal.sim.loop import AgendaLoop
from selfheal.sim.outbox import GuardedOutbox
from selfheal.sim.plan import Event, Fault
from selfheal.sim.routes import MadeRoute, Spell
from selfheal.sim.world import World
from selfheal.store.memory_outbox import MemoryOutbox

ORDER_S = 0.05
BEGINS_S = 0.5  # a delivery process
LINGERS_S = 8.0  # as app.post has it
BEFORE_SEND, BEFORE_RECEIPT, NOW = 0, 1, 2
CRITICAL = frozenset(AlertKind) - {AlertKind.LEVEL_PASSED, AlertKind.REMINDER}
NAMES = ("phone", "channel", "mail")
KEPT, GIVEN = "kept", "given"  # by the disk, or from memory


class MadeDispatch(Dispatch):
    """Its processes are tasks of the world, and outlive it."""

    def __init__(self, begin: "Callable[[], asyncio.Task[Answer]]") -> None:
        super().__init__((), {}, lambda _why: None)
        self._begin_one = begin

    async def deliver(self, given: bytes) -> Answer:
        del given
        process = self._begin_one()
        try:
            return await asyncio.shield(process)
        except asyncio.CancelledError:
            if not process.cancelled():
                raise
            return Answer(AFTER_FAILURE_S, why="killed")


class Post:
    """Of one world with named routes. What a person hears of goes to `world.told_person`."""

    def __init__(self, world: World, disk: MadeDisk, addressed: Addressed) -> None:
        self._world = world
        self._disk = disk
        self._addressed = addressed
        self._loop = AgendaLoop(world.agenda, self._failed)  # type: ignore[abstract]
        self._processes: set[asyncio.Task[Answer]] = set()
        self._dispatch: MadeDispatch | None = None
        self._noted: list[Told] = []
        self._letters: dict[str, Sequence[Notify]] = {}
        self._death: int | None = None
        self._dice = world.dice("the delivery")
        disk.dies_with_us = self.dies
        self.routes = {
            name: MadeRoute(name, world, Spell(), self._sends, self._takes, self._doubts)
            for name in addressed.kinds
        }

    def _failed(self, error: BaseException) -> None:
        """That a disk is full is awaited, and answered."""
        if not isinstance(error, StoreError):
            self._addressed.broke("a delivery raised", repr(error))

    # -- our program -----------------------------------------------------------------------------------

    def began(self) -> None:
        self._noted.clear()
        self._dispatch = MadeDispatch(self._begin)
        self.kick()

    def ended(self) -> None:
        """The processes that are at work go on."""
        if self._dispatch is not None:
            self._dispatch.close()
            self._dispatch = None
        self._loop.settle()

    def kick(self) -> None:
        if self._dispatch is not None:
            self._loop.call_soon(self._dispatch.kick)
            self._loop.settle()

    def tell(self, alert: Notify, done: Callable[[bool], None], *, kept: bool) -> None:
        """`kept`: by the disk, so that nothing is waited for. `done` hears whether it is out of our hands."""
        later = partial(self._world.agenda.after, ORDER_S)
        if kept:
            self.kick()
            later(partial(done, True))
            return
        task = self._loop.create_task(self._hand_over(alert))
        task.add_done_callback(lambda ended: later(partial(done, not ended.cancelled() and ended.result())))
        self._loop.settle()

    # -- what befalls it -------------------------------------------------------------------------------

    def befalls(self, event: Event) -> None:
        if event.fault is Fault.COURIER_DIES:
            self._death = int(event.amount)
            if self._death == NOW:
                self.dies()
            return
        chosen = list(self.routes.values())
        for route in chosen if event.route == 0 else chosen[event.route - 1 : event.route]:
            route.befalls(event)

    def dies(self) -> None:
        """Each process that is at work, as with its host."""
        self._death = None
        for process in tuple(self._processes):
            process.cancel()
        self._loop.settle()

    def end_faults(self) -> None:
        self._death = None
        for route in self.routes.values():
            route.spell = Spell()

    def vanish(self) -> None:
        self.ended()
        self.dies()
        self._loop.kill()
        self._loop.bury()

    # -- a delivery process ----------------------------------------------------------------------------

    def _begin(self) -> "asyncio.Task[Answer]":
        process = self._loop.create_task(self._deliver())
        self._processes.add(process)
        process.add_done_callback(self._processes.discard)
        return process

    async def _deliver(self) -> Answer:
        await asyncio.sleep(BEGINS_S * self._world.slowness)
        try:
            with self._disk.opened_outbox() as outbox:
                guarded = GuardedOutbox(outbox, self._disk.must_have_space, self._addressed)
                guarded.address(self._addressees(), self._world.agenda.now())
                for told in self._noted:
                    guarded.note(told, self._world.agenda.now())
                waits = await self._serve(guarded, KEPT)
        except StoreError as error:
            return Answer(AFTER_FAILURE_S, why=str(error))
        return Answer(min((wait for wait in waits if wait is not None), default=None))

    async def _hand_over(self, alert: Notify) -> bool:
        await asyncio.sleep(BEGINS_S * self._world.slowness)
        outbox, now = MemoryOutbox(), self._world.agenda.now()
        outbox.address(self._addressees(), now)
        outbox.put("main", alert, now.wall)
        outbox.address(self._addressees(), now)
        await self._serve(outbox, GIVEN)
        told = tuple(outbox.told())
        self._noted.extend(told)
        return bool(told)

    async def _serve(self, outbox: Outbox, kind: str) -> list[float | None]:
        dice, agenda = self._dice, self._world.agenda
        courier = Courier(outbox, partial(self._compose, kind), agenda.now, lambda: dice.between(0.0, 1.0))
        return await asyncio.gather(*(courier.serve(each, LINGERS_S) for each in self.routes.values()))

    def _addressees(self) -> Mapping[str, Addressee]:
        return {name: Addressee(name, kinds) for name, kinds in self._addressed.kinds.items()}

    def _compose(self, kind: str, deliveries: Sequence[Delivery], now: Now) -> Composed:
        """By its mark a letter is known again, and by its body what is in it."""
        del now
        alerts = [one.alert.notify for one in deliveries]
        each = [f"{alert.incident}-{alert.kind}-{alert.number}" for alert in alerts]
        mark, body = f"{kind}-{each[0]}", "\n".join(each)
        self._letters[body] = alerts
        thread = str(alerts[0].incident)
        message = Message(mark, thread, Severity.CRITICAL, body, body)
        return Composed(message, deliveries[0].alert.about)

    # -- on a route ------------------------------------------------------------------------------------

    def _sends(self, route: str, message: Message) -> None:
        if not message.mark.startswith(GIVEN):
            self._addressed.sets_out(route, message.mark, self._letters[message.body])
        self._may_die(BEFORE_SEND)

    def _takes(self, route: str, message: Message, again: bool, heard: bool) -> None:
        alerts = self._letters[message.body]
        self._addressed.taken(route, alerts, again=again, given=message.mark.startswith(GIVEN))
        for alert in alerts if heard else ():
            self._world.told_person(alert)
        if self._death == BEFORE_RECEIPT:
            self._doubts(route, message)
        self._may_die(BEFORE_RECEIPT)

    def _doubts(self, route: str, message: Message) -> None:
        self._addressed.doubted(route, self._letters[message.body])

    def _may_die(self, moment: int) -> None:
        if self._death == moment:
            self._death = None
            for process in tuple(self._processes):
                process.cancel()
            raise asyncio.CancelledError


def post_for(world: World, disk: MadeDisk, judge: Judge) -> Post | None:
    """Where the routes have names; the second one is told of what is critical."""
    count = world.traits.routes
    if not count:
        return None
    told = (frozenset(AlertKind), CRITICAL, frozenset(AlertKind))
    kinds = dict(zip(NAMES[:count], told, strict=False))
    judge.addressed = Addressed(world.agenda, judge.broke, kinds)
    return Post(world, disk, judge.addressed)
