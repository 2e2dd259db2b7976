"""The resident: one event loop that steps every target.

    observation -> step -> COMMIT -> perform -> observation …

Observations come from the ends of actions, from exits of the gateway, from the inbox, from the host's clocks
and, when a deadline is due, from time itself. Nothing here decides.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from selfheal.core.actions import Ordered
from selfheal.core.notes import Step
from selfheal.core.observations import ClockJumped, HostResumed, Observation, TimePassed
from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.ports.chronicle import Chronicle
from selfheal.ports.clock import Clock
from selfheal.ports.store import Store, StoreError
from selfheal.runtime.host import HostWatch
from selfheal.runtime.performer import Performer
from selfheal.runtime.stepper import Stepper

TICK_S = 1.0  # inbox, clocks and the manager's watchdog are looked at this often
LET_GO_S = 1.0  # for actions to end when we end; one that will not must not keep us
BEAT_S = 0.005  # no deadline is served more often than this: a bound on a fault of ours


@dataclass
class Target:
    """One gateway in our care."""

    stepper: Stepper
    performer: Performer
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class Resident:
    """Runs until `stop` is called, or `keep` raises. Ends without touching any gateway.

    `keep` is called before each turn's steps and acts: it raises where another one steps by now.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        store: Store,
        clock: Clock,
        chronicle: Chronicle,
        *,
        alive: Callable[[Sequence[Stepper]], None],
        keep: Callable[[], None] = lambda: None,
    ) -> None:
        self._targets = {target.stepper.target: target for target in targets}
        self._store = store
        self._clock = clock
        self._chronicle = chronicle
        self._alive = alive
        self._keep = keep
        self._host = HostWatch()
        self._complaint = ""
        self._events: asyncio.Queue[tuple[str, Observation]] = asyncio.Queue()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()
        self._events.put_nowait(("", TimePassed()))

    def feed(self, target: str, observation: Observation) -> None:
        self._events.put_nowait((target, observation))

    def adopt(self, policies: dict[str, Policy]) -> None:
        """New settings for running targets; the next step uses them."""
        for name, policy in policies.items():
            if name in self._targets:
                self._targets[name].stepper.adopt(policy)

    async def run(self, version: str) -> None:
        for target in self._targets.values():
            for done in target.stepper.wake(version):
                self._perform(target, done)
        self._serve_inbox()  # a pause that was asked for while we were dead comes before any act
        try:
            while not self._stopping.is_set():
                await self._turn()
        finally:
            await self._let_go()

    async def _turn(self) -> None:
        """What a person was told is accepted comes before any act: only that we were away, after which
        nothing is done for a while, comes before it.
        """
        event = await self._next_event()
        self._keep()
        happened = self._host.look(self._clock.now(), self._clock.slept_s())
        self._tell_all(one for one in happened if isinstance(one, HostResumed))
        self._serve_inbox()
        self._tell_all(one for one in happened if isinstance(one, ClockJumped))
        if event is not None and event[0] in self._targets:
            self._take(self._targets[event[0]], event[1])
        self._serve_deadlines()
        self._alive([target.stepper for target in self._targets.values()])

    async def _next_event(self) -> tuple[str, Observation] | None:
        try:
            async with asyncio.timeout(self._wait_s()):
                return await self._events.get()
        except TimeoutError:
            return None

    def _wait_s(self) -> float:
        now = self._clock.now().mono
        due = [at for target in self._targets.values() if (at := target.stepper.deadline()) is not None]
        return min(TICK_S, max(BEAT_S, min(due, default=now + TICK_S) - now))

    def _tell_all(self, happened: Iterable[Observation]) -> None:
        for seen in happened:
            for target in self._targets.values():
                self._take(target, seen)

    def _serve_deadlines(self) -> None:
        now = self._clock.now().mono
        for target in self._targets.values():
            due = target.stepper.deadline()
            if due is not None and now >= due:
                self._take(target, TimePassed())

    def _serve_inbox(self) -> None:
        try:
            items = self._store.inbox(self._targets)
        except StoreError as error:
            if str(error) != self._complaint:
                self._complaint = str(error)
                self._chronicle.fault("", self._complaint)
            return
        self._complaint = ""
        for item in items:
            self._take(self._targets[item.target], item.asked, inbox_id=item.id)

    def _take(self, target: Target, observation: Observation, *, inbox_id: int | None = None) -> None:
        self._perform(target, target.stepper.take(observation, inbox_id=inbox_id))

    def _perform(self, target: Target, done: Step) -> None:
        for order in done.actions:
            work = self._report(target, order, target.stepper.state, target.stepper.policy)
            task = asyncio.get_running_loop().create_task(work)
            target.tasks.add(task)
            task.add_done_callback(target.tasks.discard)

    async def _report(self, target: Target, order: Ordered, state: State, policy: Policy) -> None:
        self.feed(target.stepper.target, await target.performer.perform(order, state, policy))

    async def _let_go(self) -> None:
        tasks = [task for target in self._targets.values() for task in target.tasks]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LET_GO_S)
        for target in self._targets.values():
            target.performer.gateway.close()
