"""Finds the gateway's process for certain.

Evidence, in this order: the lock file in the state folder (its pid with the kernel's start time); an open
file inside that folder; an argv that starts a gateway with an environment that means this folder. A name in
the process list alone proves nothing: `openclaw gateway status` may bear the same title as the gateway, and
other gateways live on the same host.

A gateway without its lock is one that has not yet come so far, one that restarts inside its process, or a
parked one: alive for ever, serving nothing. Only time tells them apart (`PARKED_AFTER_S`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from selfheal.core.facts import GatewayProcess, PortOwner, ProcessState
from selfheal.gateway.proctable import GONE, HALTED, ProcessTable, Row, describe
from selfheal.gateway.site import Site
from selfheal.gateway.statelock import GATEWAY_ROLE, Lock, read_lock

PARKED_AFTER_S = (
    15.0  # an in-process restart is without a lock for 1-3 s, a start on a busy host for up to 10
)
SEARCH_INTERVAL_S = 60.0  # for second instances beside a gateway that serves
MAINTENANCE_ROLE = "sqlite-maintenance"  # what `openclaw doctor --fix` writes into the same lock

TITLE = "openclaw-gateway"
ENTRIES = ("openclaw.mjs", "dist/entry.js", "dist/entry.mjs", "dist/index.js")
COMMS = ("openclaw", "node", "MainThread", "bun")  # the only process names worth a second look


@dataclass(frozen=True, slots=True)
class Found:
    process: GatewayProcess | None = None
    others: tuple[GatewayProcess, ...] = ()
    port_owner: PortOwner | None = None
    maintenance: bool = False  # `openclaw doctor` holds the state folder
    port: int | None = None  # where the gateway is to be asked; None: nothing tells


class ProcessFinder:
    """Remembers since when a process has been without its lock, who it was that took the port, and whose argv
    has named it: a gateway hides that behind a title («openclaw», then its own) long before it opens its
    state, 20 s on a busy host. `ours`: the living children that we started, in this or an earlier run. One of
    them is believed under any name: a person's own script may become the gateway only after a while.
    """

    def __init__(
        self,
        site: Site,
        table: ProcessTable,
        *,
        parked_after_s: float = PARKED_AFTER_S,
        ours: Callable[[], frozenset[int]] = frozenset,
    ) -> None:
        self._site = site
        self._parked_after_s = parked_after_s
        self._table = table
        self._searched_at: float | None = None
        self._stray_pids: tuple[int, ...] = ()
        self._lockless: dict[tuple[int, float], float] = {}
        self._named: set[tuple[int, float]] = set()
        self._foreign: int | None = None
        self._ours = ours

    def recognise(self, process: GatewayProcess) -> None:
        """Somebody knows this very process for the gateway, from before our own time. Its name may tell
        nothing for a while yet.
        """
        self._named.add((process.pid, process.started))

    def find(self, now_mono_s: float, port: int | None = None) -> Found:
        """Some 2 ms, and 10 ms more for each 100 processes when all of them have to be gone through: always
        while the gateway is not certainly serving, else every `SEARCH_INTERVAL_S`. `port`: where it would
        be without a lock that says otherwise; None: the site's.
        """
        lock, holder = self._held()
        role = lock.role if lock and holder else ""
        owner = holder if role == GATEWAY_ROLE else None
        port = (lock and owner and lock.port) or port or self._site.port
        sockets = self._table.listeners(port)
        calm = owner is not None and bool(self._serving(sockets, owner, []))
        strays = [row for row in self._search(now_mono_s, calm=calm) if not _is_kin(row, owner)]
        if owner or any(map(_may_be_gateway, strays)):
            strays = [row for row in strays if _may_be_gateway(row)]  # a script that stays above it is none
        serving = self._serving(sockets, owner, strays)
        process, others = self._rank(owner, strays, serving)
        foreign = None if not sockets or serving else self._name_owner(sockets)
        told = port if owner or serving else None
        return Found(process, others, foreign, maintenance=role == MAINTENANCE_ROLE, port=told)

    def port(self) -> int | None:
        """On which the lock's holder listens or will; None where no lock tells. Cheaper than a search."""
        lock, holder = self._held()
        return lock.port if lock and holder and lock.role == GATEWAY_ROLE else None

    def _held(self) -> tuple[Lock | None, Row | None]:
        lock = read_lock(self._site.lock_path, self._table.ticks_per_s)
        return lock, self._holder(lock)

    def _holder(self, lock: Lock | None) -> Row | None:
        """The living process that wrote the lock: a recycled pid differs in its start time."""
        row = self._table.read(lock.pid) if lock else None
        if row is None or lock is None or row.state in GONE:
            return None
        if lock.started is None:
            return row if is_gateway(self._table.argv(row.pid)) else None
        same = 0 <= row.started - lock.started < 1 / self._table.ticks_per_s
        return row if same and (_may_be_gateway(row) or self._uses_state(row.pid)) else None

    def concerns_us(self, pid: int) -> bool:
        """Whether a command of OpenClaw's works on this state folder; in doubt it does."""
        return self._uses_state(pid) or self._table.environment(pid) is None or self._means_us(pid)

    def _serving(self, sockets: frozenset[str], owner: Row | None, strays: list[Row]) -> frozenset[int]:
        if not sockets:
            return frozenset()
        serving = self._table.holders(sockets, [row.pid for row in (*strays, *([owner] if owner else []))])
        if not serving and owner and not self._table.open_files(owner.pid):
            return frozenset({owner.pid})  # another user's process: we may not look, and the lock names it
        return serving

    def _search(self, now_mono_s: float, *, calm: bool) -> list[Row]:
        fresh = self._searched_at is not None and now_mono_s - self._searched_at < SEARCH_INTERVAL_S
        if calm and fresh:
            return list(self._candidates(self._stray_pids))
        rows = list(self._candidates(self._table.ids()))
        self._searched_at = now_mono_s
        self._stray_pids = tuple(row.pid for row in rows)
        self._named &= {(row.pid, row.started) for row in rows}
        return rows

    def _candidates(self, pids: Iterable[int]) -> Iterator[Row]:
        ours = self._ours()
        for pid in pids:
            row = self._table.read(pid)
            if row is None or row.state in GONE:
                continue
            known = pid in ours or (row.pid, row.started) in self._named
            if known or (_may_be_gateway(row) and is_gateway(self._table.argv(pid)) and self._is_ours(row)):
                yield row

    def _is_ours(self, row: Row) -> bool:
        if not self._table.same_world(row.pid):
            return False
        if self._uses_state(row.pid):
            return True
        if self._table.argv(row.pid)[:1] == (TITLE,):
            return False  # with this title it has its state open: it is a command, or another's gateway
        if not self._means_us(row.pid):
            return False
        self._named.add((row.pid, row.started))
        return True

    def _uses_state(self, pid: int) -> bool:
        state_dir = f"{self._site.state_dir}/"
        return any(name.startswith(state_dir) for name in self._table.open_files(pid))

    def _means_us(self, pid: int) -> bool:
        """For a process so young that it has nothing open yet: what its environment and argv say."""
        environment = self._table.environment(pid)
        if environment is None:
            return False
        profile = _option(self._table.argv(pid), "--profile") or environment.get("OPENCLAW_PROFILE", "")
        home = Path(environment.get("OPENCLAW_HOME") or environment.get("HOME") or self._site.home)
        suffix = f"-{profile}" if profile and profile != "default" else ""
        named = environment.get("OPENCLAW_STATE_DIR")
        return (Path(named) if named else home / f".openclaw{suffix}").resolve() == self._site.state_dir

    def _rank(
        self, owner: Row | None, strays: list[Row], serving: frozenset[int]
    ) -> tuple[GatewayProcess | None, tuple[GatewayProcess, ...]]:
        """The gateway and its half-dead relatives: who holds the lock, else who serves, else the youngest."""
        known = self._forget_ended(strays)
        process, rest = owner, strays
        if owner is None:
            patience_s = self._parked_after_s
            hopeful = [
                row for row in strays if row.pid in serving or known[row.pid, row.started] < patience_s
            ]
            process = max(hopeful, key=lambda row: (row.pid in serving, row.started), default=None)
            rest = [row for row in strays if not _is_kin(row, process)]
        return (
            self._record(process, serving) if process else None,
            tuple(self._record(row, serving) for row in rest),
        )

    def _forget_ended(self, strays: list[Row]) -> dict[tuple[int, float], float]:
        """For how long each has been seen without the lock, in seconds of its own age. What has not become
        the gateway yet is not parked either.
        """
        ages = {(row.pid, row.started): self._table.age_s(row) for row in strays}
        become = [(row.pid, row.started) for row in strays if _may_be_gateway(row)]
        self._lockless = {key: self._lockless.get(key, ages[key]) for key in become}
        return {key: age - self._lockless.get(key, age) for key, age in ages.items()}

    def _record(self, row: Row, serving: frozenset[int]) -> GatewayProcess:
        state = ProcessState.STOPPED if row.state in HALTED else ProcessState.RUNNING
        age_s = self._table.age_s(row)
        slept_s = min(age_s, self._table.slept_s())
        return GatewayProcess(row.pid, row.started, state, row.pid in serving, age_s, slept_s)

    def _name_owner(self, sockets: frozenset[str]) -> PortOwner:
        """A search through every process; repeated only once the one that it found has let go of the port."""
        if self._foreign is None or not self._table.holders(sockets, (self._foreign,)):
            self._foreign = min(self._table.holders(sockets, self._table.ids()), default=None)
        pid = self._foreign
        return PortOwner(pid, describe(self._table, pid) if pid is not None else "")


def _may_be_gateway(row: Row) -> bool:
    return row.comm.startswith(COMMS)


def _is_kin(row: Row, process: Row | None) -> bool:
    """The process itself, or the launcher that waits for it."""
    return process is not None and row.pid in (process.pid, process.ppid)


def is_gateway(argv: tuple[str, ...]) -> bool:
    """Could this argv be a running gateway: the title, or the program with `gateway` or `gateway run`?"""
    if not argv:
        return False
    if Path(argv[0]).name == TITLE:
        return True
    words = openclaw_words(argv)
    return words[:1] == ("gateway",) and (len(words) == 1 or words[1] == "run")


def openclaw_words(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The subcommands after the OpenClaw program in an argv, options left out; empty for another program."""
    for position, word in enumerate(argv[:4]):  # node, at most two node options, the script
        if word.endswith(ENTRIES) or Path(word).name == "openclaw":
            return _words_only(argv[position + 1 :])
    return ()


def _words_only(rest: tuple[str, ...]) -> tuple[str, ...]:
    words = []
    skip = False
    for word in rest:
        if word.startswith("-"):
            skip = word in ("--profile", "--port", "--token", "--bind", "--auth", "--log-level")
            continue
        if not skip:
            words.append(word)
        skip = False
    return tuple(words)


def _option(argv: tuple[str, ...], name: str) -> str:
    for position, word in enumerate(argv):
        if word == name:
            return argv[position + 1] if position + 1 < len(argv) else ""
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return ""
