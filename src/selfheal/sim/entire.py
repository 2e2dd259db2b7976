"""Our own program in the made-up world with its real loop and its real hands: `runtime.resident.Resident` and
`runtime.performer.Performer` on an event loop whose time is the world's.

Slower than `resident`, which does the same with events, since it looks about each second: some worlds have
it. What happens between two steps, in which order, and what a death leaves half done, is the real loop's.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import partial

from selfheal.core.actions import SignalGateway
from selfheal.core.alert import Notify
from selfheal.core.facts import GatewayProcess
from selfheal.core.instants import Now
from selfheal.core.notes import Step
from selfheal.core.observations import ActionFinished, Observation
from selfheal.ports.store import Commit, InboxItem
from selfheal.runtime import resident as runtime
from selfheal.runtime.stepper import Stepper
from selfheal.sim.disk import Killed
from selfheal.sim.loop import MadeLoop
from selfheal.sim.plan import Death
from selfheal.sim.ports import MadePorts, NamedPerformer
from selfheal.sim.post import Post
from selfheal.sim.resident import TARGET, VERSION, Resident
from selfheal.store.fallback import DurableOrMemory

NOTICED_S = 2 * runtime.TICK_S  # what its next turn finds must not be leapt over


class RealLoop(runtime.Resident):
    """Of which the world's time may leap over what changes nothing."""

    def leapt(self) -> None:
        """As if there had been a turn: no time has passed for us."""
        self._host.look(self._clock.now(), self._clock.slept_s())


class WatchedStore(DurableOrMemory):
    """What our process gives it and takes from it is seen, and who dies in it is dead."""

    def __init__(self, resident: "EntireResident") -> None:
        super().__init__(lambda: resident.disk)
        self._resident = resident

    def commit(self, commit: Commit) -> None:
        self._resident.observes(commit.observation)
        try:
            super().commit(commit)
        except Killed:
            self._resident.dies_now()
            raise

    def inbox(self, targets: Collection[str]) -> Sequence[InboxItem]:
        items = super().inbox(targets)
        for item in items:
            self._resident.world.wishes.heard(item.asked)
        return items


class EntireResident(Resident):
    """One target's loop, alive or not. Also its hands (`ports.Hands`)."""

    _loop: MadeLoop | None = None
    _real: RealLoop | None = None
    _ports: MadePorts | None = None
    _buried: MadeLoop | None = None  # of the life before, of which something may still be running

    # -- life and death --------------------------------------------------------------------------------

    def _opened(self) -> DurableOrMemory:
        return WatchedStore(self)

    def _awake(self, stepper: Stepper) -> None:
        self._bury()
        store = self._store or self._opened()
        loop = MadeLoop(lambda: self.agenda.elapsed, self._failed)  # type: ignore[abstract]
        ports = MadePorts(self.world, loop, self.judge, self)
        performer = NamedPerformer(ports, ports, ports, lambda seen: real.feed(TARGET, seen))
        target = runtime.Target(stepper, performer)
        real = RealLoop([target], store, self.agenda, self._chronicler, alive=self._turned)
        self._loop, self._real, self._ports = loop, real, ports
        loop.create_task(real.run(VERSION))

    def _failed(self, error: BaseException) -> None:
        """Found like a broken rule: nobody awaits these tasks, and what they owed never comes."""
        if not isinstance(error, Killed):
            self.judge.broke("a task of ours raised", repr(error))

    def goes_down(self) -> None:
        if self._loop is not None:
            self._loop.kill()
            self._buried, self._loop, self._real, self._ports = self._loop, None, None, None
        super().goes_down()

    def dies_now(self) -> None:
        self._die()

    def _die_if(self, death: Death) -> None:
        if self._dies_at(death):
            raise Killed

    def _bury(self) -> None:
        if self._buried is not None:
            self._buried.bury()
            self._buried = None

    def vanish(self) -> None:
        if self._loop is not None:
            self._loop.kill()
            self._loop.bury()
        self._bury()
        super().vanish()

    # -- what it hears ---------------------------------------------------------------------------------

    def due_at(self) -> float | None:
        at = None if self._loop is None else self._loop.next_at()
        return None if at is None else max(at, self._frozen_until)

    def serve(self) -> None:
        if self._loop is not None:
            self._loop.turn()

    def leapt(self, by_s: float) -> None:
        if self._loop is not None and self._real is not None:
            self._loop.leap(by_s)
            self._real.leapt()

    def hear(self, observation: Observation, *, inbox_id: int | None = None) -> None:
        """At its next turn, whatever number it may have in the inbox."""
        del inbox_id
        if self._real is not None:
            self._real.feed(TARGET, observation)

    def _turned(self, steppers: Sequence[Stepper]) -> None:
        """After each turn: the inbox was looked into, too."""
        del steppers
        self.world.wishes.is_known = True
        if self._store is not None:
            self._limits.beat(self._store)

    def observes(self, observation: Observation) -> None:
        self._last = observation

    def _chronicle(self, done: Step, now: Now) -> None:
        super()._chronicle(done, now)
        if done.actions:
            self._die_if(Death.AFTER_COMMIT)
        if isinstance(self._last, ActionFinished):
            self._die_if(Death.AFTER_RESULT)

    def look_into_inbox(self) -> None:
        """It does so itself, at its next turn."""

    def through(self, change: Callable[[], None]) -> None:
        """Its next turn notices; until then no time is leapt over."""
        change()
        self.agenda.after(NOTICED_S, lambda: None)

    def freeze(self, for_s: float) -> None:
        if self.stepper is not None:
            self._frozen_until = max(self._frozen_until, self.agenda.elapsed + for_s)
            self.agenda.after(self._frozen_until - self.agenda.elapsed + NOTICED_S, lambda: None)

    def _exited(self, process: GatewayProcess, code: int) -> None:
        if self._ports is not None:
            self._ports.ended(process, code if process.pid == self._deeds.child else None)

    # -- what its acts do ------------------------------------------------------------------------------

    def before(self) -> None:
        self._die_if(Death.BEFORE_ACT)

    def start(self, action_id: int) -> ActionFinished:
        return self._survived(self._deeds.start(action_id))

    def signal(self, action_id: int, act: SignalGateway) -> ActionFinished:
        return self._survived(self._deeds.signal(action_id, act))

    async def tell(self, action_id: int, alert: Notify) -> ActionFinished:
        if self.post is None:
            await asyncio.sleep(self._deeds.telling_takes_s)
            return self._survived(self._deeds.tell(action_id, alert))
        succeeded = await self._posted(self.post, alert)
        return self._survived(self._deeds.delivered(action_id, alert, succeeded=succeeded))

    async def _posted(self, post: Post, alert: Notify) -> bool:
        """The delivery has a loop of its own, which runs when ours does not."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def done(succeeded: bool) -> None:
            if not answer.done():  # given up meanwhile
                answer.set_result(succeeded)

        self.agenda.after(0.0, partial(post.tell, alert, done, kept=not self.forgets))
        return await answer

    def _survived(self, result: ActionFinished) -> ActionFinished:
        """Who has died of it cannot hear of it."""
        if self.stepper is None:
            raise Killed
        return result
