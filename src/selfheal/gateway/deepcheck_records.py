"""What the deep check is asked and what it answers. Its parent reads these records; the check runs apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    OK = "ok"
    REFUSED = "refused"  # nobody listens on the port
    TIMEOUT = "timeout"  # the deadline passed in the middle of the conversation
    AUTH = "auth"  # our credentials or rights were refused
    PROTOCOL = "protocol"  # the other side speaks another language, or another version of it
    RPC_ERROR = "rpc_error"  # the gateway said that it cannot, or hung up in the middle
    BUSY = "busy"  # it asks to come again later: starting, restarting, suspended, or its queue is full
    STORAGE = "storage"  # it answers, but nothing can be written where it keeps its state
    NOT_CONFIGURED = "not_configured"  # no credentials that we can read

    @property
    def blames_gateway(self) -> bool:
        """False: our own trouble, its disk's, or none. It must never be a reason to restart the gateway."""
        return self in BLAMES_GATEWAY


BLAMES_GATEWAY = frozenset({Outcome.REFUSED, Outcome.TIMEOUT, Outcome.RPC_ERROR})


class Fault(Exception):  # noqa: N818 - a verdict on its way up, not an error of the program
    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    port: int
    config_path: str
    state_dir: str
    timeout_s: float
    token: str | None = None
    """Goes before the secret in the gateway's config."""
    tls: bool | None = None
    """How the gateway was heard to speak; None: as its config has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    configured: bool
    running: bool
    suppressed: bool
    """The gateway's crash-loop breaker keeps it off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a well gateway told about itself."""

    pid: int | None
    channels: Mapping[str, Channel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    outcome: Outcome
    detail: str = ""
    pid: int | None = None
    suppressed: list[str] | None = None
    channels: Mapping[str, Channel] | None = None
    latency_s: float = 0.0
