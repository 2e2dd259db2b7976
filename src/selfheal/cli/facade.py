"""What the command line needs from `selfheal.app.commands`: the module itself is the object.

Everything up to `ask` is called by commands that must be fast: it may import neither asyncio nor psutil.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # `--help` and `--version` load none of it
    from selfheal.app.full_pass import Checked
    from selfheal.app.hearing import Deaf
    from selfheal.app.monitor import Monitored
    from selfheal.app.notify_test import Tried
    from selfheal.app.screen import Screen
    from selfheal.config.settings import Settings
    from selfheal.core.instants import Now, Wall
    from selfheal.core.observations import OperatorAsked
    from selfheal.core.policy import Policy
    from selfheal.core.state import State
    from selfheal.gateway.openclaw_cron import CronEntry, Registered
    from selfheal.ports.store import Entry, IncidentRow, RouteRow, Waiting


class Reader(Protocol):
    """Reads beside a running resident. Raises StoreError."""

    def states(self) -> "Sequence[State]": ...

    def policies(self) -> "Mapping[str, Policy]":
        """The settings with which each target was last stepped, where that is known."""
        ...

    def incidents(self, target: str | None, limit: int) -> "Sequence[IncidentRow]":
        """Newest first."""
        ...

    def timeline(self, target: str, incident: int) -> "Sequence[Entry]":
        """Oldest first."""
        ...

    def lead_up(self, target: str, seq: int, limit: int) -> "Sequence[Entry]":
        """The last entries before `seq` that say something, oldest first."""
        ...

    def before(self, target: str, incident: int) -> "State | None":
        """The state that the incident began in; None: not known."""
        ...

    def recent(self, limit: int, target: str | None, *, telling: bool = False) -> "Sequence[Entry]":
        """The last `limit` entries, oldest first. `telling`: only those that say something."""
        ...

    def waiting(self) -> "Sequence[Waiting]":
        """Requests that no resident has taken yet, oldest first."""
        ...

    def routes(self) -> "Sequence[RouteRow]":
        """What is known of the routes to a person, by name."""
        ...

    def close(self) -> None: ...


class App(Protocol):
    def load_settings(self, config: Path | None, environ: Mapping[str, str]) -> "Settings":
        """Raises ConfigFaults."""
        ...

    def load_right_part(self, config: Path | None, environ: Mapping[str, str]) -> "tuple[Settings, int]":
        """What is right of the config, and the number of its faults.

        Raises ConfigFaults where too little is right.
        """
        ...

    def check_settings(self, config: Path | None, environ: Mapping[str, str]) -> "Settings":
        """As `load_settings`, and also with what the routes to a person refuse. Raises ConfigFaults."""
        ...

    def check_text(self, text: str, path: Path, environ: Mapping[str, str]) -> "Settings":
        """As `check_settings`, of a text that is yet to be written to `path`. Raises ConfigFaults."""
        ...

    def watched(self, settings: "Settings") -> "Settings":
        """With the targets as they are watched: instead of what was set, the sandbox that is in use."""
        ...

    def now(self) -> "Now": ...

    def open_reader(self, settings: "Settings") -> Reader:
        """Raises NoDatabaseError or EmptyDatabaseError where nothing has been kept yet, else StoreError."""
        ...

    def resident_pid(self, settings: "Settings") -> int | None:
        """Who holds the lock: None when no resident runs, 0 when it does not say who it is."""
        ...

    def resident_since(self, settings: "Settings") -> "Wall | None":
        """When the living resident began; None: none lives, or it does not say."""
        ...

    def resident_targets(self, settings: "Settings") -> Sequence[str]:
        """Whom the living resident watches; empty: none lives, or it does not say."""
        ...

    def ports(self, settings: "Settings") -> Mapping[str, int | None]:
        """The gateway's port by target, as set or as its config file says; None where it is not known."""
        ...

    def ask(self, settings: "Settings", target: str, asked: "OperatorAsked") -> None:
        """Puts a request into the inbox. Raises StoreError."""
        ...

    def run(self, settings: "Settings", *, observe: bool, target: str | None) -> int:
        """The resident; returns an exit code."""
        ...

    def check(self, settings: "Settings", *, target: str | None, observe: bool) -> "Checked":
        """Raises StoreError where a resident lives and cannot be asked."""
        ...

    def try_routes(
        self, settings: "Settings", environ: Mapping[str, str], names: Sequence[str]
    ) -> "Sequence[Tried]":
        """A test message through each of these routes; no names: through all."""
        ...

    def monitor(self, settings: "Settings", environ: Mapping[str, str]) -> "Monitored":
        """One pass of Level 4. Raises StoreError."""
        ...

    def untold(self, settings: "Settings", environ: Mapping[str, str], reader: str) -> list[str]:
        """The alerts of recovery logs that `reader` has not been told of; that it is now is noted."""
        ...

    def cron_entry(
        self, settings: "Settings", environ: Mapping[str, str], channel: str, model: str
    ) -> "CronEntry":
        """What would be registered in OpenClaw."""
        ...

    def register_cron(
        self, settings: "Settings", environ: Mapping[str, str], target: str, entry: "CronEntry"
    ) -> "Registered":
        """Raises CronError, StoreError."""
        ...

    def openclaw_words(self, settings: "Settings", environ: Mapping[str, str], target: str) -> str:
        """How a person calls the command line of the target's OpenClaw, as a shell reads it."""
        ...

    def deliver(self, settings: "Settings", environ: Mapping[str, str], given: bytes) -> bytes:
        """Takes what waits in the outbox to the routes; one JSON line. Raises StoreError, ValueError."""
        ...

    def listen(self, settings: "Settings", environ: Mapping[str, str], *, tied: bool) -> bytes:
        """Hears what a person answers while an incident waits for that; one JSON line. `tied`: until standard
        input ends. Raises StoreError.
        """
        ...

    def deaf_routes(self, settings: "Settings", environ: Mapping[str, str]) -> "Mapping[str, Deaf | None]":
        """Of each route on which a person could answer: why that is not heard, or None. Raises StoreError."""
        ...

    def up(self, settings: "Settings", screen: "Screen") -> int: ...

    def down(self, settings: "Settings") -> int: ...
