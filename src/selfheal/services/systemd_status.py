"""What `systemctl show` says of a unit, and what it means for us. No process is started here.

Rules:
 * auto-restart is the manager's own restart under way; a queued job is as good as one.
 * inactive with success is a stop on purpose: with Restart=always (OpenClaw's own unit) nothing else is.
 * failed means given up, with one exception: a unit that always restarts, has not been restarted, and ended
     by itself would be restarting now. That it is not is the mark of a stop by a person that ended badly
     (the gateway exits 1 when its drain takes too long).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from selfheal.core.facts import ManagerState

PROPERTIES = (
    "Id", "LoadState", "ActiveState", "SubState", "Result", "MainPID", "NRestarts", "Restart",
    "RestartPreventExitStatus", "ExecMainStatus", "Job", "FragmentPath", "ExecStart", "Environment",
)  # fmt: skip
RUNS_IN = frozenset({"running", "start", "start-post", "reload", "reload-signal", "reload-notify"})
BAD_ENDS = frozenset({"exit-code", "signal", "core-dump", "timeout"})


@dataclass(frozen=True, slots=True)
class UnitStatus:
    """`main_pid` and `job` are 0 when there is none. `command` is ExecStart as systemd prints it."""

    unit: str = ""
    load: str = ""
    active: str = ""
    sub: str = ""
    result: str = ""
    main_pid: int = 0
    restarts: int = 0
    restart: str = ""
    prevent: frozenset[str] = frozenset()
    exit_status: str = ""
    job: int = 0
    fragment: str = ""
    command: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> ManagerState:
        if self.load in {"not-found", "masked"} and self.active == "inactive":
            return ManagerState.NONE if self.load == "not-found" else ManagerState.STOPPED
        return _STATES.get(self.active, _unknown)(self)

    @property
    def problem(self) -> str:
        """Why it does not run, in systemd's own words."""
        return f"{self.active}/{self.sub}, result {self.result or 'unknown'}"


def parse_show(text: str) -> tuple[UnitStatus, ...]:
    """One status a unit; systemctl puts an empty line between two."""
    blocks = (block for block in text.split("\n\n") if block.strip())
    return tuple(_status(dict(_pairs(block))) for block in blocks)


def parse_environment(text: str) -> dict[str, str]:
    """The Environment property: words, quoted where a value holds blanks."""
    words: list[str] = []
    word, quote, escaped = "", "", False
    for sign in text + " ":
        if escaped:
            word, escaped = word + sign, False
        elif sign == "\\":
            escaped = True
        elif sign == quote or (not quote and sign in "\"'"):
            quote = "" if quote else sign
        elif sign == " " and not quote:
            words, word = [*words, word], ""
        else:
            word += sign
    return dict(one.split("=", 1) for one in words if "=" in one)


def _status(said: Mapping[str, str]) -> UnitStatus:
    return UnitStatus(
        unit=said.get("Id", ""),
        load=said.get("LoadState", ""),
        active=said.get("ActiveState", ""),
        sub=said.get("SubState", ""),
        result=said.get("Result", ""),
        main_pid=_number(said.get("MainPID", "")),
        restarts=_number(said.get("NRestarts", "")),
        restart=said.get("Restart", ""),
        prevent=frozenset(said.get("RestartPreventExitStatus", "").split()),
        exit_status=said.get("ExecMainStatus", ""),
        job=_number(said.get("Job", "")),
        fragment=said.get("FragmentPath", ""),
        command=said.get("ExecStart", ""),
        environment=parse_environment(said.get("Environment", "")),
    )


def _pairs(block: str) -> list[tuple[str, str]]:
    lines = [line.partition("=") for line in block.splitlines()]
    return [(name, value.strip()) for name, equals, value in lines if equals]


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _activating(unit: UnitStatus) -> ManagerState:
    begun = unit.sub in RUNS_IN and unit.main_pid > 0
    return ManagerState.RUNNING if begun else ManagerState.RESTARTING


def _inactive(unit: UnitStatus) -> ManagerState:
    if unit.job:
        return ManagerState.RESTARTING
    return ManagerState.STOPPED if unit.result in {"success", "exec-condition"} else ManagerState.FAILED


def _failed(unit: UnitStatus) -> ManagerState:
    if unit.job:
        return ManagerState.RESTARTING
    would_restart = unit.restart == "always" and unit.exit_status not in unit.prevent
    on_purpose = would_restart and unit.restarts == 0 and unit.result in BAD_ENDS
    return ManagerState.STOPPED if on_purpose else ManagerState.FAILED


def _running(_: UnitStatus) -> ManagerState:
    return ManagerState.RUNNING


def _stopping(_: UnitStatus) -> ManagerState:
    return ManagerState.STOPPING


def _unknown(_: UnitStatus) -> ManagerState:
    return ManagerState.UNKNOWN


_STATES = {
    "active": _running,
    "reloading": _running,
    "activating": _activating,
    "deactivating": _stopping,
    "inactive": _inactive,
    "failed": _failed,
}
