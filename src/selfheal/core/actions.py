"""Everything that the core can ask for, in the imperative. The mirror of `observations`.

Each is committed under an id before it is performed; its result names that id. LOOKS only look at the
world and may be repeated freely; the others change it and are, after a crash, never blindly repeated.
"""

from dataclasses import dataclass
from enum import StrEnum

from selfheal.core.alert import Notify
from selfheal.core.facts import ProbeKind


@dataclass(frozen=True)
class InspectHost:
    """-> HostInspected. The shell also watches the exit of the process that it finds."""


@dataclass(frozen=True)
class ExamineExit:
    """-> ExitExamined. `pid` 0: it ended before we had ever seen it."""

    pid: int
    exit_code: int | None


@dataclass(frozen=True)
class Probe:
    """-> ProbeFinished, within `timeout_s` whatever happens."""

    kind: ProbeKind
    timeout_s: float


@dataclass(frozen=True)
class CheckDeeply:
    """-> DeepCheckFinished, within `timeout_s`."""

    timeout_s: float


@dataclass(frozen=True)
class StartGateway:
    """-> ActionFinished once the process or the manager's start job exists; it need not serve yet."""


class Signal(StrEnum):
    TERM = "TERM"
    KILL = "KILL"


@dataclass(frozen=True)
class SignalGateway:
    """-> ActionFinished once the signal is sent. KILL takes the process's children along."""

    pid: int
    started: float
    signal: Signal


Action = InspectHost | ExamineExit | Probe | CheckDeeply | StartGateway | SignalGateway | Notify
LOOKS = (InspectHost, ExamineExit, Probe, CheckDeeply)


@dataclass(frozen=True)
class Ordered:
    """An action with the id under which its result will come back."""

    id: int
    action: Action
