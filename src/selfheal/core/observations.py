"""Everything that the core can be told, in the past tense. The mirror of `actions`."""

from dataclasses import dataclass

from selfheal.core.facts import DeepVerdict, ExitCause, GatewayProcess, Inspection, ProbeReport
from selfheal.core.levels import Level, Request


@dataclass(frozen=True)
class ResidentStarted:
    """The resident has started (again) on the state that it left behind."""

    version: str


@dataclass(frozen=True)
class ActionOrphaned:
    """An action was committed, and the program ended before its result came: look at the world again."""

    action_id: int


@dataclass(frozen=True)
class TimePassed:
    """A deadline was reached. Late or needless ones are harmless."""


@dataclass(frozen=True)
class HostInspected:
    action_id: int
    inspection: Inspection


@dataclass(frozen=True)
class ProcessExited:
    """`exit_code` as a shell gives it (137 = SIGKILL); None when we were not the parent."""

    pid: int
    started: float
    exit_code: int | None = None


def is_same(known: GatewayProcess | None, other: GatewayProcess | ProcessExited) -> bool:
    """Whether it is that very process; a recycled pid is another one."""
    return known is not None and (known.pid, known.started) == (other.pid, other.started)


@dataclass(frozen=True)
class ExitExamined:
    """`pid` 0: whose end it is is not said."""

    action_id: int
    cause: ExitCause
    detail: str = ""
    pid: int = 0


@dataclass(frozen=True)
class ProbeFinished:
    action_id: int
    report: ProbeReport


@dataclass(frozen=True)
class DeepCheckFinished:
    action_id: int
    verdict: DeepVerdict
    suppressed: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True)
class ActionFinished:
    """The result of an action that changes something. `retryable`: worth trying again. `unsure`: it was given
    up, or broke, and may have been done all the same, or be done yet.
    """

    action_id: int
    succeeded: bool
    detail: str = ""
    retryable: bool = True
    unsure: bool = False


@dataclass(frozen=True)
class HostResumed:
    """For `away_s` seconds the host slept or gave us no processor: our measurements are stale."""

    away_s: float


@dataclass(frozen=True)
class ClockJumped:
    by_s: float


@dataclass(frozen=True)
class OperatorAsked:
    """A person's wish, from the inbox. `for_s` None: until told otherwise. `incident`: to acknowledge.

    `by`: the route on which it came, and who it was; empty: the command line.
    """

    request: Request
    level: Level | None = None
    for_s: float | None = None
    why: str = ""
    incident: int | None = None
    by: str = ""


Observation = (
    ResidentStarted
    | ActionOrphaned
    | TimePassed
    | HostInspected
    | ProcessExited
    | ExitExamined
    | ProbeFinished
    | DeepCheckFinished
    | ActionFinished
    | HostResumed
    | ClockJumped
    | OperatorAsked
)
