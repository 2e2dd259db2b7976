"""The loop's heart: take an observation, step, COMMIT BEFORE ACTING, hand out the actions.

No clock but the one given, no asyncio, no thread: a simulated world drives the same code.
"""

from selfheal.core import distrust
from selfheal.core.actions import LOOKS
from selfheal.core.alert import Notify
from selfheal.core.instants import Monotonic, Now
from selfheal.core.invariants import faults
from selfheal.core.notes import Note, Step
from selfheal.core.observations import ActionOrphaned, Observation, ResidentStarted
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.state import State
from selfheal.core.step import next_deadline, step
from selfheal.core.values import replace
from selfheal.ports.chronicle import Chronicle
from selfheal.ports.clock import Clock
from selfheal.ports.store import Commit, Store


class Stepper:
    """Steps one target. Exactly one may exist for a target's state; the resident's lock sees to it."""

    def __init__(self, target: str, policy: Policy, store: Store, clock: Clock, chronicle: Chronicle) -> None:
        self.target = target
        self.policy = policy
        self._store = store
        self._clock = clock
        self._chronicle = chronicle
        self._complaint = ""
        self.state = store.load(target) or State(target)

    def adopt(self, policy: Policy) -> None:
        """New settings, from the next step on. A state that has broken a rule goes on only observing."""
        self.policy = policy

    def wake(self, version: str) -> list[Step]:
        """The first steps of a new process: what was under way when the last one ended is looked at again."""
        lost = [entry.id for entry in self.state.pending]
        first = self.take(ResidentStarted(version))
        return [first, *(self.take(ActionOrphaned(action_id)) for action_id in lost)]

    def take(self, observation: Observation, *, inbox_id: int | None = None) -> Step:
        """One step. When it returns, state, journal and outbox are on disk: its actions may be performed."""
        now = self._clock.now()
        done = step(self.state, observation, now, self.policy)
        broken = faults(self.state, done, now, self.policy)
        if broken:
            done = self._observe_only(observation, now, broken)
        self._store.commit(Commit(self.target, observation, now, done, inbox_id, self.policy))
        self.state = done.state
        self._chronicle.told(self.target, done, now)
        return done

    def deadline(self) -> Monotonic | None:
        return next_deadline(self.state, self.policy)

    def _observe_only(self, observation: Observation, now: Now, broken: list[str]) -> Step:
        """A fault of ours: this target is only watched until a person resumes, and everybody is told so."""
        what = "; ".join(broken)
        if what != self._complaint:
            fault = (
                f"invariant broken: {what}; observing only from now on. To let it act again: selfheal resume"
            )
            self._chronicle.fault(self.target, fault)
        self._complaint = what
        notes = () if self.state.distrust else (Note(Reason.INVARIANT_BROKEN, detail=what),)
        done = step(distrust.begin(self.state, broken), observation, now, self.policy)
        harmless = tuple(order for order in done.actions if isinstance(order.action, (*LOOKS, Notify)))
        dropped = {order.id for order in done.actions} - {order.id for order in harmless}
        pending = tuple(entry for entry in done.state.pending if entry.id not in dropped)
        state = replace(done.state, pending=pending)
        return replace(done, state=state, actions=harmless, notes=(*done.notes, *notes))
