"""What the shell has found out about a gateway, as frozen records. Parsed at the border, believed inside."""

from dataclasses import dataclass
from enum import StrEnum


class ProcessState(StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"  # SIGSTOP, debugger: there, but it cannot answer
    ZOMBIE = "zombie"  # dead, not yet reaped: counts as gone


@dataclass(frozen=True)
class GatewayProcess:
    """A process that is the gateway for certain.

    `started` is the kernel's start time of the process (seconds since boot on Linux, unix seconds on macOS):
    with the pid it names one process for ever, a recycled pid differs in it.
    """

    pid: int
    started: float
    state: ProcessState = ProcessState.RUNNING
    listening: bool = False
    age_s: float = 0.0
    slept_s: float = 0.0  # of its age the host may have slept so long


@dataclass(frozen=True)
class PortOwner:
    """Another program that listens on the gateway's port. It is named to a person and never killed."""

    pid: int | None
    command: str


class ConfigState(StrEnum):
    LOADABLE = "loadable"
    MISSING = "missing"
    UNREADABLE = "unreadable"  # permission, a directory in its place
    MALFORMED = "malformed"  # not JSON5
    REFUSED = "refused"  # parses, but the gateway said that it will not start with it
    UNKNOWN = "unknown"  # we could not look


class Upkeep(StrEnum):
    """Somebody is at work on the installation; a start now would break or be broken."""

    PACKAGE_MANAGER = "package_manager"
    DOCTOR = "doctor"
    UPDATE = "update"


class ManagerState(StrEnum):
    """The service manager that owns the gateway, as it says itself."""

    NONE = "none"  # nobody manages it but us
    RUNNING = "running"
    RESTARTING = "restarting"  # it will start it by itself
    STOPPING = "stopping"
    STOPPED = "stopped"  # a person told it to stop
    FAILED = "failed"  # it has given up
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Inspection:
    """One look at the host, taken at once, without starting a Node.js process."""

    process: GatewayProcess | None
    others: tuple[GatewayProcess, ...] = ()  # second instances, parked processes: gateways that do not serve
    port_owner: PortOwner | None = None
    config: ConfigState = ConfigState.UNKNOWN
    config_problem: str = ""
    config_mark: str = ""  # changes whenever the config file, or the program that reads it, does
    upkeep: Upkeep | None = None
    manager: ManagerState = ManagerState.NONE
    foreign_supervisor: str = ""  # name of another program that restarts this gateway
    disk_full: bool = False
    missing_file: str = ""  # of the program's package: what runs goes on, and nothing can be started with it
    ended: GatewayProcess | None = None  # a child of ours, once: its end came before any look could see it


class ProbeKind(StrEnum):
    HEARTBEAT = "heartbeat"  # /startupz only
    FULL = "full"  # /, /healthz, /startupz, /readyz


class Verdict(StrEnum):
    WELL = "well"
    STARTING = "starting"
    DRAINING = "draining"  # or suspended: the gateway says the same of both
    DEGRADED = "degraded"  # serves, but channels fail or are suppressed, or a page that nobody has seen yet
    REFUSED = "refused"  # nobody listens
    TIMEOUT = "timeout"
    FOREIGN = "foreign"  # somebody answers, but it is not OpenClaw
    BROKEN = "broken"  # OpenClaw answers with an error status or nonsense
    UNPROBED = "unprobed"  # our own failure (no file descriptors, …): says nothing about the gateway


WORKING = frozenset({Verdict.WELL, Verdict.DEGRADED})
PATIENT = frozenset({Verdict.STARTING, Verdict.DRAINING})
ILL = frozenset({Verdict.REFUSED, Verdict.TIMEOUT, Verdict.FOREIGN, Verdict.BROKEN})


@dataclass(frozen=True)
class ProbeReport:
    """The answer to one probe. `root_status` is None when `/` was not asked or did not answer."""

    kind: ProbeKind
    verdict: Verdict
    latency_s: float = 0.0
    root_status: int | None = None
    failing: tuple[str, ...] = ()
    suppressed: tuple[str, ...] = ()
    detail: str = ""


class DeepVerdict(StrEnum):
    OK = "ok"
    FAILED = "failed"  # timeout or error of the gateway's own
    STORAGE = "storage"  # it answers, but nothing can be written where it keeps its state: no restart helps
    NOT_CHECKED = "not_checked"  # no token, refused login: our problem, never the gateway's


UNFIT = frozenset({DeepVerdict.FAILED, DeepVerdict.STORAGE})
"""Its requests fail, whoever's fault that is."""


class ExitCause(StrEnum):
    """Why the gateway's process ended, told from its own records first, the exit code last."""

    CRASHED = "crashed"
    STOPPED_ON_PURPOSE = "stopped_on_purpose"  # a person or a tool asked it to stop, cleanly
    RESTART_REQUESTED = "restart_requested"  # its own request to us, by the restart handoff
    STARTUP_FAILED = "startup_failed"
    CONFIG_REFUSED = "config_refused"
    ALREADY_RUNNING = "already_running"
    UNKNOWN = "unknown"
