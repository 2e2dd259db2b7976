"""Finds the systemd unit that runs a given gateway, in the user's manager and in the host's."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from selfheal.services.systemctl import BOOTED, Systemctl
from selfheal.services.systemd_status import PROPERTIES, UnitStatus, parse_show

PATTERNS = ("openclaw-gateway*.service", "openclaw*.service")
PORT_OPTION = re.compile(r"--port[= ](\d+)")
PROFILE_OPTION = re.compile(r"--profile[= ](\S+)")
UNITS_MAX = 50  # looked at; more gateways than that are not on one host


@dataclass(frozen=True, slots=True)
class Sought:
    """The gateway that we look for. `pid` None: it does not run. `state_dir` and `home` are absolute."""

    port: int
    state_dir: Path
    home: Path
    pid: int | None = None


@dataclass(frozen=True, slots=True)
class FoundUnit:
    unit: str
    user: bool
    status: UnitStatus


async def find_units(
    sought: Sought,
    *,
    prefix: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
    booted: Path = BOOTED,
) -> tuple[FoundUnit, ...]:
    """Best first: the unit whose main process it is, then those that would run it. Empty without systemd.

    Raises NoAnswerError where systemd runs and does not answer: that is not «none».
    """
    parent = _parent(sought.pid)
    found: list[FoundUnit] = []
    for user in (True, False):
        systemctl = Systemctl(user, prefix, env or {}, booted=booted)
        if not await systemctl.runs():
            continue
        names = [*await _names(systemctl), *_of_process(sought.pid, user=user)]
        units = await _show(systemctl, sorted(set(names))[:UNITS_MAX])
        found += [FoundUnit(unit.unit, user, unit) for unit in units if runs(unit, sought, parent)]
    return tuple(sorted(found, key=lambda one: one.status.main_pid != sought.pid))


def runs(unit: UnitStatus, sought: Sought, parent: int | None = None) -> bool:
    """Whether this unit runs, or would run, the gateway that is sought.

    `parent` of the process: a unit of the gateway's own may start it through a wrapper that stays.
    """
    if unit.load == "not-found":
        return False
    if sought.pid is not None and unit.main_pid:
        wrapped = unit.main_pid == parent and unit.unit.startswith("openclaw-gateway")
        return wrapped or unit.main_pid == sought.pid
    return "openclaw" in unit.command and _serves(unit, sought)


def unit_of_group(cgroup: str) -> tuple[str, bool] | None:
    """The unit and whether it is a user's, from the text of /proc/PID/cgroup."""
    for line in cgroup.splitlines():
        names = line.rpartition(":")[2].split("/")
        services = [name for name in names if name.endswith(".service")]
        if services and not services[-1].startswith("user@"):
            return services[-1], services[0].startswith("user@")
    return None


def _serves(unit: UnitStatus, sought: Sought) -> bool:
    """A gateway is its state folder. Where the unit does not name its home, a port that it names counts too;
    one that names none leaves it to the gateway's config.
    """
    env = unit.environment
    home, named = env.get("OPENCLAW_HOME") or env.get("HOME"), env.get("OPENCLAW_STATE_DIR")
    port = None if home or named else _port(unit)
    if port is not None:
        return port == sought.port
    folder = Path(named or Path(home or sought.home, f".openclaw{_suffix(unit)}"))
    return folder.resolve() == sought.state_dir.resolve()


def _suffix(unit: UnitStatus) -> str:
    """Of the state folder's name, by OpenClaw's rule for profiles."""
    option = PROFILE_OPTION.search(unit.command)
    profile = option[1] if option else unit.environment.get("OPENCLAW_PROFILE", "")
    return "" if profile.lower() in {"", "default"} else f"-{profile}"


def _port(unit: UnitStatus) -> int | None:
    option = PORT_OPTION.search(unit.command)
    text = option[1] if option else unit.environment.get("OPENCLAW_GATEWAY_PORT", "")
    return int(text) if text.isdigit() else None


def _of_process(pid: int | None, *, user: bool) -> Sequence[str]:
    if pid is None:
        return ()
    try:
        group = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
    except OSError:
        return ()
    unit = unit_of_group(group)
    return (unit[0],) if unit and unit[1] is user else ()


def _parent(pid: int | None) -> int | None:
    try:
        return None if pid is None else psutil.Process(pid).ppid()
    except psutil.Error:
        return None


async def _names(systemctl: Systemctl) -> Sequence[str]:
    """Loaded units and unit files: a unit that was never started is only a file."""
    loaded = await systemctl.ask("list-units", "--all", "--plain", "--full", "--no-legend", *PATTERNS)
    files = await systemctl.ask("list-unit-files", "--full", "--no-legend", *PATTERNS)
    lines = f"{loaded}\n{files}".splitlines()
    return [line.split()[0] for line in lines if line.strip() and not line.split()[0].endswith("@.service")]


async def _show(systemctl: Systemctl, names: Sequence[str]) -> tuple[UnitStatus, ...]:
    if not names:
        return ()
    return parse_show(await systemctl.ask("show", f"--property={','.join(PROPERTIES)}", "--", *names))
