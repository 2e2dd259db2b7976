"""What `launchctl print` says of a job. Its text is no stable interface: what is not understood is unknown.

Read are the job's own fields only, those indented by one tab: the blocks below it (coalitions, endpoints,
environment) have a `state` and a `pid` of their own, and a multi-line argument stands without indentation.
The shapes are those of public captures from macOS 12 to 15:
    state = running | not running | waiting | spawn scheduled | xpcproxy
    last exit code = 0 | 78: EX_CONFIG | (never exited)
    last terminating signal = Killed: 9           instead of the exit code
    last exit reason = OS_REASON_CODESIGNING
    properties = keepalive | runatload | inferred program
"""

import re
from dataclasses import dataclass

from selfheal.core.facts import ManagerState

FIELD = re.compile(r"^\t([^\t\n=][^\n=]*?) = (.*)$", re.MULTILINE)
DIGITS = re.compile(r"-?\d+")
UNDER_WAY = frozenset({"spawn scheduled", "xpcproxy", "waiting"})


@dataclass(frozen=True, slots=True)
class JobStatus:
    """`exit_code` as a shell gives it, of the run before this one; None: never exited, or not understood."""

    state: str = ""
    pid: int | None = None
    exit_code: int | None = None
    exit_reason: str = ""
    runs: int | None = None
    path: str = ""
    keeps_alive: bool = False

    @property
    def manager(self) -> ManagerState:
        """A KeepAlive job is started again by launchd itself: one that does not run has been given up."""
        if self.state == "running" or (self.pid or 0) > 1:
            return ManagerState.RUNNING
        if self.state in UNDER_WAY:
            return ManagerState.RESTARTING
        if self.state != "not running":
            return ManagerState.UNKNOWN
        clean = self.exit_code == 0 and not self.keeps_alive
        return ManagerState.STOPPED if clean else ManagerState.FAILED


def parse_print(text: str) -> JobStatus:
    fields = {name.strip(): value.strip() for name, value in reversed(FIELD.findall(text))}
    return JobStatus(
        state=fields.get("state", ""),
        pid=_number(fields.get("pid", "")),
        exit_code=_exit_code(fields),
        exit_reason=fields.get("last exit reason", ""),
        runs=_number(fields.get("runs", "")),
        path=fields.get("path", ""),
        keeps_alive="keepalive" in fields.get("properties", ""),
    )


def is_not_loaded(said: str) -> bool:
    words = said.lower()
    return "could not find service" in words or "no such process" in words


def is_disabled(text: str, label: str) -> bool:
    """From `launchctl print-disabled DOMAIN`; older systems say true and false."""
    match = re.search(rf'^\s*"{re.escape(label)}" => (\w+)', text, re.MULTILINE)
    return match is not None and match[1] in {"disabled", "true"}


def _exit_code(fields: dict[str, str]) -> int | None:
    signal = fields.get("last terminating signal", "")
    if signal:
        number = _number(signal.rpartition(":")[2])
        return None if number is None else 128 + number
    return _number(fields.get("last exit code", ""))


def _number(text: str) -> int | None:
    """«78: EX_CONFIG» is 78, «(never exited)» is none."""
    match = DIGITS.match(text.strip())
    return int(match[0]) if match else None
