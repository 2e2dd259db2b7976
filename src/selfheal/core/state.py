"""What is known and under way for one target.

Rules
  * A state is a value: `step` makes a new one, the store keeps it whole.
  * Monotonic instants inside belong to `boot_id`. After a reboot `step` re-bases them before anything else.
  * Only `restart` orders a start or a signal; levels merely wish for one. So one place holds every
    do-no-harm rule.

Theory: the part `restart` is a ladder with one way up. IDLE is left by a wish and entered only when the
gateway has served for a whole stability window. Every stage has a deadline, so no stage is for ever, and
EXHAUSTED, the end of what Level 2 can do, has told the next level and tries again later.
"""

from dataclasses import dataclass
from enum import StrEnum

from selfheal.core.facts import GatewayProcess, Inspection, ProbeReport
from selfheal.core.instants import Monotonic, Until, Wall
from selfheal.core.observations import Level
from selfheal.core.reasons import Cause, Hold


class Phase(StrEnum):
    """What the gateway is believed to be doing."""

    UNKNOWN = "unknown"
    ABSENT = "absent"
    STARTING = "starting"
    WELL = "well"
    DEGRADED = "degraded"
    SUSPECT = "suspect"  # missed heartbeats, not yet certain
    ILL = "ill"
    DRAINING = "draining"
    STOPPED = "stopped"  # on purpose


@dataclass(frozen=True, slots=True)
class GatewayView:
    """The belief about the gateway. Instants are monotonic seconds of the state's boot."""

    phase: Phase = Phase.UNKNOWN
    since: Monotonic = Monotonic(0)
    since_wall: Wall = Wall(0)
    process: GatewayProcess | None = None
    process_since: Monotonic = Monotonic(0)  # when this process began, as near as we know
    served: bool = False  # this process has answered well at least once
    misses: int = 0
    refused_since: Monotonic | None = None
    deep_misses: int = 0
    deep_ok: bool = False  # since the process began to serve
    inspection: Inspection | None = None
    last_probe: ProbeReport | None = None
    last_probe_wall: Wall | None = None
    last_full: ProbeReport | None = None
    last_full_wall: Wall | None = None
    settle_until: Monotonic = Monotonic(0)
    config_refused: bool = False  # the last start said so; cleared by a change of the file's state


class Stage(StrEnum):
    """Where the restart ladder stands."""

    IDLE = "idle"
    STOPPING = "stopping"
    WAITING = "waiting"  # for the gap, the budget or a hold to end, before a start
    LAUNCHING = "launching"  # start ordered
    COMING_UP = "coming_up"
    STABILISING = "stabilising"
    LAST_WAIT = "last_wait"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, slots=True)
class RestartPart:
    stage: Stage = Stage.IDLE
    level: Level = Level.WATCHDOG  # on whose wish
    attempts: int = 0
    deadline: Monotonic | None = None
    asked_at: Monotonic | None = None  # SIGTERM sent
    killed: bool = False
    last_start: Monotonic | None = None
    unclean_end: bool = False  # the last process did not end cleanly: the next start is an unclean one
    unclean_starts: tuple[Monotonic, ...] = ()
    starts: tuple[Monotonic, ...] = ()
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class WatchdogPart:
    next_sweep: Monotonic = Monotonic(0)
    examined: bool = True  # False between an exit and the word why


@dataclass(frozen=True, slots=True)
class HealthcheckPart:
    next_heartbeat: Monotonic = Monotonic(0)
    next_full: Monotonic = Monotonic(0)
    next_deep: Monotonic = Monotonic(0)
    degraded_checks: int = 0


@dataclass(frozen=True, slots=True)
class RecoveryPart:
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class AlertingPart:
    opened: int | None = None  # the incident of which a person was told


@dataclass(frozen=True, slots=True)
class Incident:
    id: int
    cause: Cause
    opened: Wall
    opened_mono: Monotonic
    level: Level
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    since: Wall
    until: Until | None
    why: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A committed action whose result has not come. `kind` is the action's class name."""

    id: int
    kind: str
    since: Monotonic


@dataclass(frozen=True, slots=True)
class State:
    target: str
    boot_id: str = ""
    last_mono: Monotonic = Monotonic(0)
    last_wall: Wall = Wall(0)
    gateway: GatewayView = GatewayView()
    watchdog: WatchdogPart = WatchdogPart()
    healthcheck: HealthcheckPart = HealthcheckPart()
    restart: RestartPart = RestartPart()
    recovery: RecoveryPart = RecoveryPart()
    alerting: AlertingPart = AlertingPart()
    incident: Incident | None = None
    pause: Pause | None = None
    disabled: tuple[Level, ...] = ()
    startups_s: tuple[float, ...] = ()  # learnt: from process start to first good answer, newest last
    pending: tuple[Pending, ...] = ()
    next_action_id: int = 1
    next_incident_id: int = 1


STARTUPS_KEPT = 20  # enough for a maximum that forgets
