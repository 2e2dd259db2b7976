"""One look at the host: the gateway's process, its port, its config, its disk, and who else works on it."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from selfheal.core.facts import GatewayProcess, Inspection, Upkeep
from selfheal.gateway.configfile import ConfigLook, ConfigWatcher
from selfheal.gateway.package import PackageWatch
from selfheal.gateway.process import ProcessFinder
from selfheal.gateway.proctable import GONE, ProcessTable, Row
from selfheal.gateway.site import Site
from selfheal.gateway.upkeep import UpkeepWatch

DISK_FULL_BYTES = 8 * 1024 * 1024  # SQLite's WAL and the gateway's own logs need some MB to begin at all
ANCESTORS_MAX = 32

SUPERVISORS = {
    "supervisord": "supervisord",
    "monit": "monit",
    "runsv": "runit",
    "s6-supervise": "s6",
    "supervise": "daemontools",
    "supervise-daemo": "OpenRC",
    "circusd": "circus",
    "immortal": "immortal",
    "god": "god",
    "nodemon": "nodemon",
    "forever": "forever",
    "pm2": "pm2",
    "containerd-shim": "a container engine",
    "conmon": "a container engine",
    "dockerd": "Docker",
}


@dataclass(frozen=True, slots=True)
class Looked:
    """`config` and `port` are kept beside the inspection: the probe needs them. `port`: see Found."""

    inspection: Inspection
    config: ConfigLook
    port: int | None


@dataclass(frozen=True, slots=True)
class Supervisor:
    """One living process that restarts what it runs: the pid alone may be another's by now."""

    pid: int
    started: float
    name: str


class Inspector:
    """Blocking, some milliseconds. Never starts a program.

    `ours`: the living children that we started. One that outlived us has the host's first process for
    a parent, which in a container may well be a supervisor, but not this gateway's.
    """

    def __init__(
        self,
        site: Site,
        table: ProcessTable,
        own_pid: int,
        ours: Callable[[], frozenset[int]] = frozenset,
        finder: ProcessFinder | None = None,
    ) -> None:
        self._site = site
        self._table = table
        self._own_pid = own_pid
        self._ours = ours
        self._supervisor: Supervisor | None = None
        self._finder = finder or ProcessFinder(site, table, ours=ours)
        self._config = ConfigWatcher(site.config_path)
        self._package = PackageWatch(site.command, table, ours)
        self._upkeep = UpkeepWatch(site, table, self._finder)

    def look(self, now_mono_s: float) -> Looked:
        """`now_mono_s` spaces the costlier searches; everything but the manager's word is filled in."""
        config = self._config.look()
        found = self._finder.find(now_mono_s, self._site.port_now(config))
        upkeep = Upkeep.DOCTOR if found.maintenance else self._upkeep.look()
        return Looked(
            Inspection(
                process=found.process,
                others=found.others,
                port_owner=found.port_owner,
                config=config.state,
                config_problem=config.problem,
                config_mark=f"{config.mark} {self._package.mark()}",
                upkeep=upkeep,
                foreign_supervisor=self._supervisor_of(found.process),
                disk_full=is_full(str(self._site.state_dir)),
                missing_file=self._package.look(found.process),
            ),
            config,
            found.port,
        )

    def recognise(self, process: GatewayProcess) -> None:
        self._finder.recognise(process)

    def find(self, now_mono_s: float) -> GatewayProcess | None:
        return self._finder.find(now_mono_s).process

    def port(self) -> int | None:
        return self._finder.port()

    def _supervisor_of(self, process: GatewayProcess | None) -> str:
        """Who restarts the gateway. A dead one has no parent any more, and its supervisor is about to start
        the next: the one of the last gateway that was seen counts as long as that very process lives.
        """
        row = self._table.read(process.pid) if process else None
        if process and row and row.started == process.started:
            self._supervisor = self._supervisor_above(row)
        if self._supervisor and not self._lives(self._supervisor):
            self._supervisor = None
        return self._supervisor.name if self._supervisor else ""

    def _lives(self, known: Supervisor) -> bool:
        row = self._table.read(known.pid)
        return row is not None and row.started == known.started and row.state not in GONE

    def _supervisor_above(self, row: Row) -> Supervisor | None:
        """The nearest ancestor that restarts what it runs. What stands above us supervises us, not it."""
        for _ in range(ANCESTORS_MAX):
            if row.pid <= 1 or row.ppid == self._own_pid or row.pid in self._ours():
                return None
            parent = self._table.read(row.ppid)
            if parent is None:
                return None
            if parent.comm in SUPERVISORS or parent.comm.startswith("PM2 "):
                return Supervisor(parent.pid, parent.started, SUPERVISORS.get(parent.comm, "pm2"))
            row = parent
        return None


def is_full(folder: str, limit_bytes: int = DISK_FULL_BYTES) -> bool:
    """No room or no inode left for the gateway's files. False where we cannot tell."""
    try:
        stat = os.statvfs(folder)
    except OSError:
        return False
    blocks = stat.f_bfree if os.geteuid() == 0 else stat.f_bavail
    return blocks * stat.f_frsize < limit_bytes or (stat.f_files > 0 and stat.f_ffree == 0)
