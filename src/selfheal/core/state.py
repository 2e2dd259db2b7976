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

from selfheal.core.alert import Notify
from selfheal.core.facts import DeepVerdict, GatewayProcess, Inspection, ProbeReport
from selfheal.core.instants import BEGINNING, EPOCH, Monotonic, Until, Wall
from selfheal.core.levels import Level
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


@dataclass(frozen=True)
class Lost:
    """A process whose end was noticed. The word why is asked for by its name, however often it gets lost."""

    pid: int
    exit_code: int | None = None


@dataclass(frozen=True)
class GatewayView:
    """The belief about the gateway. Instants are monotonic seconds of the state's boot."""

    phase: Phase = Phase.UNKNOWN
    since: Monotonic = BEGINNING
    since_wall: Wall = EPOCH
    process: GatewayProcess | None = None
    process_since: Monotonic = BEGINNING  # when this process began, as near as we know
    starts_since: Monotonic | None = None  # it says that it starts, or loads again inside itself, since then
    ended: GatewayProcess | None = None  # whose exit we have seen: a look from before it is old news
    served: bool = False  # this process has answered well at least once
    serves_since: Monotonic = BEGINNING  # its first good answer, or the first one after it was ill
    misses: int = 0
    missing_since: Monotonic = BEGINNING  # of the first of them: when it was asked
    refused_since: Monotonic | None = None
    deep_misses: int = 0
    deep_missed: Monotonic = BEGINNING  # when the last check that counts as one has failed
    deep_confirmed: bool = False  # a full check after the last failed deep check found it serving
    deep_bad: bool = False  # often enough in a row, and confirmed; until a deep check passes
    last_deep: DeepVerdict | None = None
    deep_detail: str = ""  # of the last deep check
    deep_checked: Monotonic | None = None  # when a deep check last ended
    last_deep_wall: Wall | None = None
    inspection: Inspection | None = None
    last_probe: ProbeReport | None = None
    last_probe_wall: Wall | None = None
    probed: Monotonic | None = None  # when a probe last told something; None: not since we began
    checked: Monotonic | None = None  # when a full check last told something
    last_full: ProbeReport | None = None
    last_full_wall: Wall | None = None
    settle_until: Monotonic = BEGINNING
    settling_since: Monotonic = BEGINNING  # the first of the resumes that came soon after each other
    resumed: Monotonic | None = None  # the last one
    blind_since: Monotonic | None = None  # since when our own looks or probes have failed
    look_failed: bool = False  # the last look at the host: what the probes tell is but half of it
    inspected: Monotonic | None = None  # None: not since we began
    worked: Monotonic | None = None  # when a look last showed somebody at work on the installation
    refused_mark: str | None = None  # the config (its mark) with which the gateway would not start
    tried_mark: str | None = None  # the config that it has read, or is to read; None: may be either of two
    parked: bool = False  # it was one that serves nothing when last seen: why it did not start is old news
    lost: Lost | None = None  # the last process that ended
    exit_examined: bool = True  # False between an exit and the word why
    exit_unknown: bool = False  # no word could be had
    managed: bool = False  # its service manager had it running, or was stopping it, when last seen alive
    leaving: bool = False  # somebody else is ending it: its port closed in a drain, or its manager says so
    presumed: bool = False  # by its port alone: whether a person ends it, or it itself for a restart, is open
    handoff: bool = False  # it ended by asking for its own restart, or a person wants it up again
    unwanted: bool = False  # a person has told us so, and no process was seen since: outlives a reboot
    wanted: bool = False  # a person wants it up: an end on purpose that we did not see was before that

    @property
    def in_doubt(self) -> bool:
        """It ended badly while it was being stopped: nobody has said whether it is to stay down."""
        return self.phase is Phase.STOPPED and self.presumed


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


@dataclass(frozen=True)
class RestartPart:
    stage: Stage = Stage.IDLE
    level: Level = Level.WATCHDOG  # on whose wish
    attempts: int = 0  # starts that did not lead to a well gateway, in this incident
    since: Monotonic = BEGINNING  # of the stage
    deadline: Monotonic | None = None
    asked_at: Monotonic | None = None  # SIGTERM ordered
    asked: GatewayProcess | None = None  # to whom SIGTERM is known to have been sent: no other may be killed
    unsure: bool = False  # a SIGTERM may have reached this process, or may yet: its end may be our doing
    kills: int = 0
    refused: Monotonic | None = None  # since when we know that no signal of ours is permitted
    last_start: Monotonic | None = None
    unclean_end: bool = False  # the last process did not end cleanly: the next start is an unclean one
    unclean_starts: tuple[Monotonic, ...] = ()
    starts: tuple[Monotonic, ...] = ()
    expected: bool = False  # a start of ours is counted, and its process was not yet seen
    requested: bool = False  # the next start is one that a proven gateway has asked for
    unjudged: Monotonic | None = None  # a start that was counted before the word why the last process ended
    hold: Hold | None = None
    rungs: tuple[Stage, ...] = ()  # climbed in the last step; the invariants hold them against MOVES
    hopeless_since: Monotonic | None = None  # since when waiting alone will not help
    patience_until: Monotonic | None = None  # then the next level is called, unless there is hope again
    blamed: Cause | None = None  # EXHAUSTED: what was wrong when all was tried
    hopeless: bool = False  # LAST_WAIT or EXHAUSTED for that reason: goes on at once when it has gone
    observed: bool = False  # observe mode has said what it would do


@dataclass(frozen=True)
class WatchdogPart:
    next_sweep: Monotonic = BEGINNING


@dataclass(frozen=True)
class HealthcheckPart:
    next_heartbeat: Monotonic = BEGINNING
    next_full: Monotonic = BEGINNING
    next_deep: Monotonic = BEGINNING
    degraded_checks: int = 0


@dataclass(frozen=True)
class RecoveryPart:
    escalated: bool = False


@dataclass(frozen=True)
class Acknowledgement:
    """Somebody is at the incident. `by`: how that came to us, and who; empty: by the command line."""

    incident: int
    at: Wall
    by: str = ""


@dataclass(frozen=True)
class AlertingPart:
    opened: int | None = None  # the incident of which a person was told
    unsent: tuple[Notify, ...] = ()  # decided and not yet delivered, oldest first
    next_try: Monotonic = BEGINNING
    cause: Cause | None = None  # that they were told of last
    down: bool = False  # they were told that it serves no more
    changes: int = 0  # how often they were told of another one, or of worse
    reminders: int = 0  # of that incident
    remind_at: Until | None = None  # None: never, or somebody has acknowledged it for good
    acknowledged: Acknowledgement | None = None  # until `remind_at`, and until they are told of another cause


@dataclass(frozen=True)
class Incident:
    id: int
    cause: Cause
    opened: Wall
    opened_mono: Monotonic
    level: Level
    detail: str = ""
    acted_for: tuple[Level, ...] = ()  # for whose troubles we started, stopped or killed something in it
    reached: Level | None = None  # the highest level at work in it so far, where it is not `level`
    keeps_dying: bool = False  # more restarts in an hour than the budget: told of, and not over with a life


@dataclass(frozen=True)
class Pause:
    """`latest`: over a reboot only the wall clock tells how much of it has passed. That may be wrong: it is
    never longer than what was left of it.
    """

    since: Wall
    until: Until | None
    why: str
    latest: Monotonic | None = None


@dataclass(frozen=True)
class Pending:
    """A committed action whose result has not come. `kind` is the action's class name."""

    id: int
    kind: str
    since: Monotonic


@dataclass(frozen=True)
class State:
    target: str
    boot_id: str = ""
    last_mono: Monotonic = BEGINNING
    last_wall: Wall = EPOCH
    gateway: GatewayView = GatewayView()
    watchdog: WatchdogPart = WatchdogPart()
    healthcheck: HealthcheckPart = HealthcheckPart()
    restart: RestartPart = RestartPart()
    recovery: RecoveryPart = RecoveryPart()
    alerting: AlertingPart = AlertingPart()
    incident: Incident | None = None
    pause: Pause | None = None
    disabled: tuple[Level, ...] = ()
    distrust: str = ""  # the rule of ours that was broken: only observing until a person resumes
    known: bool = False  # a gateway of this target has lived in our sight; before that its start is its first
    startups_s: tuple[float, ...] = ()  # learnt: from process start to first good answer, newest last
    pending: tuple[Pending, ...] = ()
    next_action_id: int = 1
    next_incident_id: int = 1


STARTUPS_KEPT = 20  # enough for a maximum that forgets
