"""A host that is made up: the processes that a test names, and nothing else."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from selfheal.gateway.proctable import Row


@dataclass
class Made:
    """One made-up process. `sockets` are the ports on which it listens."""

    row: Row
    argv: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    cwd: str = "/"
    files: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset()
    same_world: bool = True


@dataclass
class MadeTable:
    now: float = 1000.0
    slept: float = 0.0
    ticks_per_s: int = 100
    made: dict[int, Made] = field(default_factory=dict)
    searches: int = 0

    def add(
        self,
        pid: int,
        *argv: str,
        comm: str = "node",
        ppid: int = 1,
        state: str = "S",
        started: float = 100.0,
        environment: Mapping[str, str] | None = None,
        cwd: str = "/",
        files: Iterable[str] = (),
        ports: Iterable[int] = (),
        same_world: bool = True,
    ) -> None:
        row = Row(pid, ppid, comm, state, started)
        made = Made(row, argv, environment, cwd, frozenset(files), frozenset(ports), same_world)
        self.made[pid] = made

    def ids(self) -> Iterator[int]:
        self.searches += 1
        return iter(tuple(self.made))

    def read(self, pid: int) -> Row | None:
        return self.made[pid].row if pid in self.made else None

    def age_s(self, row: Row) -> float:
        return self.now - row.started

    def slept_s(self) -> float:
        return self.slept

    def booted(self) -> float:
        return 0.0

    def argv(self, pid: int) -> tuple[str, ...]:
        return self.made[pid].argv if pid in self.made else ()

    def environment(self, pid: int) -> Mapping[str, str] | None:
        return self.made[pid].environment if pid in self.made else None

    def cwd(self, pid: int) -> str:
        return self.made[pid].cwd

    def open_files(self, pid: int) -> frozenset[str]:
        return self.made[pid].files if pid in self.made else frozenset()

    def listeners(self, port: int) -> frozenset[str]:
        return frozenset(f"{pid}:{port}" for pid, made in self.made.items() if port in made.ports)

    def holders(self, tokens: frozenset[str], pids: Iterable[int]) -> frozenset[int]:
        holding = {int(token.partition(":")[0]) for token in tokens}
        return frozenset(pid for pid in pids if pid in holding)

    def same_world(self, pid: int) -> bool:
        return self.made[pid].same_world
