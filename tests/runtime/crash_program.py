"""A resident that brings a fault over its own gateway and dies by SIGKILL at one named point of the cure.

Everything in it is real: stepper, loop, store, lock, own child, gateway. Thin layers around them cross the
points: a fuse that burns at one of them kills the process on the spot, as the kernel or a person would.
"""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.runtime.ports import MadeUpTeller

from selfheal.app.places import database_path, lock_path
from selfheal.app.wiring import own_child, site_for
from selfheal.config.load import load
from selfheal.core.actions import LOOKS, Ordered
from selfheal.core.facts import DeepVerdict
from selfheal.core.instants import Wall
from selfheal.core.notes import Note, Step
from selfheal.core.observations import Observation
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.state import Phase, Stage, State
from selfheal.gateway.openclaw import OpenClawGateway
from selfheal.ports.gateway import DeepReport
from selfheal.ports.store import Commit
from selfheal.runtime.chronicle import LogChronicle
from selfheal.runtime.clock import SystemClock
from selfheal.runtime.performer import Performer
from selfheal.runtime.resident import Resident, Target
from selfheal.runtime.stepper import Stepper
from selfheal.services.child import OwnChild
from selfheal.store.lock import Holder, ResidentLock
from selfheal.store.sqlite import SqliteStore

POLICY = Policy(
    sweep_interval_s=5.0,
    heartbeat_interval_s=0.2,
    heartbeat_timeout_s=0.7,
    heartbeat_retry_s=0.05,
    heartbeat_misses=1,
    full_check_timeout_s=0.7,
    hang_term_grace_s=0.2,
    kill_grace_s=2.0,
    restart_gap_s=0.2,
    stability_window_s=0.3,
    startup_probe_s=0.1,
    recheck_hold_s=0.3,
)
STOPPED = "stopped"  # by a person: nothing is to be cured
FAULTS = {"killed": signal.SIGKILL, "hung": signal.SIGSTOP, STOPPED: signal.SIGTERM}
FAULT_DONE = "fault"
CROSSED = "crossed"
TURNS = (Reason.INCIDENT_OPENED, Reason.INCIDENT_CLOSED)


@dataclass
class Fuse:
    """Lit when the fault is done; burns at the point named `burn`, of which there may be several: «…#2»."""

    crossed: Path
    burn: str
    lit: bool = False

    def __post_init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def cross(self, point: str) -> None:
        if not self.lit:
            return
        self._counts[point] += 1
        name = f"{point}#{self._counts[point]}"
        with self.crossed.open("a", encoding="utf-8") as file:
            file.write(name + "\n")
        if name == self.burn:
            os.kill(os.getpid(), signal.SIGKILL)


class FusedStore(SqliteStore):
    def __init__(self, path: Path, fuse: Fuse) -> None:
        self._fuse = fuse
        self._inside = ""
        super().__init__(path)
        self._opened().set_trace_callback(self._traced)

    def commit(self, commit: Commit) -> None:
        step = commit.step
        name = named(commit.observation, step)
        self._fuse.cross(f"before the commit of {name}")
        self._inside = f"inside the commit of {name}" if outspoken(step) else ""
        super().commit(commit)
        self._inside = ""
        if outspoken(step):
            self._fuse.cross(f"after the commit of {name}")

    def _traced(self, statement: str) -> None:
        """SQLite tells of a statement before it runs: everything is written, nothing is committed."""
        if statement == "COMMIT" and self._inside:
            self._fuse.cross(self._inside)


class FusedPerformer(Performer):
    fuse: Fuse

    async def perform(self, order: Ordered, state: State, policy: Policy) -> Observation:
        result = await super().perform(order, state, policy)
        self.fuse.cross(f"after the act of {type(order.action).__name__}")
        return result


class FusedChild(OwnChild):
    fuse: Fuse

    def _spawn(self, lock: int) -> None:
        super()._spawn(lock)
        self.fuse.cross("between fork and exec of StartGateway")


class QuickGateway(OpenClawGateway):
    """The double has no WebSocket, so the answer is known: no process need be started to hear it."""

    async def check_deeply(self, timeout_s: float) -> DeepReport:
        del timeout_s
        return DeepReport(DeepVerdict.NOT_CHECKED)


def outspoken(step: Step) -> bool:
    """It orders an act, or an incident turns in it."""
    acts = any(not isinstance(order.action, LOOKS) for order in step.actions)
    return acts or any(note.reason in TURNS for note in step.notes)


def named(observation: Observation, step: Step) -> str:
    acts = [type(order.action).__name__ for order in step.actions if not isinstance(order.action, LOOKS)]
    turns = [str(note.reason) for note in step.notes if note.reason in TURNS]
    return " > ".join((type(observation).__name__, *turns, *acts))


def live(home: Path, fault: str, burn: str) -> None:
    """The whole life of one resident. Ends when the gateway is healed, or known to be stopped, if the fuse
    lets it.
    """
    log = os.open(home / "resident.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    environ = {"HOME": str(home), "PATH": os.defpath}
    os.environ.clear()
    os.environ.update(environ)
    settings = load(home / "config.toml", environ)
    (target,) = (replace(one, policy=POLICY) for one in settings.targets)
    fuse = Fuse(home / CROSSED, burn)
    clock = SystemClock()
    chronicle = LogChronicle("text", _said, lambda *_: "", sys.stderr)
    with ResidentLock(lock_path(settings)).held_by(Holder(os.getpid(), Wall(0.0), "test", "crash")):
        store = FusedStore(database_path(settings), fuse)
        site = site_for(target, settings, environ)
        plain = own_child(target, site, settings, environ)
        child = FusedChild(plain._command, plain._env, plain._cwd, plain._log)
        gateway = QuickGateway(site, exit_code=child.exit_code, manager=child.state)
        box: list[Resident] = []
        performer = FusedPerformer(gateway, child, MadeUpTeller(), lambda seen: box[0].feed("main", seen))
        child.fuse = performer.fuse = fuse
        stepper = Stepper("main", POLICY, store, clock, chronicle)
        alive = _watch(home, fault, fuse, box)
        box.append(Resident([Target(stepper, performer)], store, clock, chronicle, alive=alive))
        asyncio.run(box[0].run("test"))
        store.close()


def _watch(home: Path, fault: str, fuse: Fuse, box: list[Resident]) -> Callable[[Sequence[Stepper]], None]:
    marker = home / FAULT_DONE

    def alive(steppers: Sequence[Stepper]) -> None:
        state = steppers[0].state
        process = state.gateway.process
        if marker.exists() and state.gateway.phase is Phase.STOPPED:
            box[0].stop()
        calm = state.gateway.phase is Phase.WELL and state.restart.stage is Stage.IDLE
        if process is None or not calm or state.incident is not None:
            return
        if not marker.exists():
            marker.write_text(str(process.pid), encoding="ascii")
            fuse.lit = True
            os.kill(process.pid, FAULTS[fault])
        elif marker.read_text(encoding="ascii") != str(process.pid):
            box[0].stop()

    return alive


def _said(note: Note) -> str:
    return " ".join(filter(None, (note.reason, note.cause, note.hold, note.outcome, note.detail)))
