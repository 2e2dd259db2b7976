"""Running one short command of the system, bounded in time and output."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outcome:
    """`exit_code` as a shell gives it; None when the deadline passed. `problem`: why it could not be run."""

    exit_code: int | None
    stdout: str = ""
    stderr: str = ""
    problem: str = ""

    @property
    def succeeded(self) -> bool:
        return self.exit_code == 0

    @property
    def timed_out(self) -> bool:
        return self.exit_code is None and not self.problem

    def why(self, limit: int = 300) -> str:
        """The most telling words about a failure, on one line."""
        if self.problem:
            return self.problem
        said = " ".join((self.stderr.strip() or self.stdout.strip()).split())
        ended = "no answer in time" if self.timed_out else f"exit code {self.exit_code}"
        return f"{ended}: {said[:limit]}" if said else ended


class Run(Protocol):
    async def __call__(self, command: Sequence[str], *, env: Mapping[str, str], timeout_s: float) -> Outcome:
        """Never raises for what the command does. At the deadline its whole group ends with it."""
        ...
