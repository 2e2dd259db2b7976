"""The store that forgets: the public double for tests, and what remains when no disk can be used at all.

It obeys the same suite as the real one. Records are kept encoded, so it refuses what the real one refuses.
"""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from selfheal.core.instants import Now
from selfheal.core.observations import OperatorAsked
from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.ports.store import Commit, Entry, InboxItem, IncidentRow, StoreError
from selfheal.store import codec
from selfheal.store.rows import (
    Closing,
    OutboxRow,
    action_names,
    alerts,
    closings,
    incident_of,
    is_journalled,
    open_incidents,
    statements,
)

ENTRIES_MAX = 1_000  # hours of trouble, about a megabyte
INCIDENTS_MAX = 200
WAITING_MAX = 100  # requests for one target


class MemoryStore:
    """`states` and `waiting`: what is known from before, if anything could be read."""

    def __init__(self, states: Iterable[State] = (), waiting: Iterable[InboxItem] = ()) -> None:
        self._states = {state.target: codec.encode_state(state) for state in states}
        self._policies: dict[str, Policy] = {}
        self._entries: deque[Entry] = deque(maxlen=ENTRIES_MAX)
        self._incidents: dict[tuple[str, int], IncidentRow] = {}
        self._before: dict[tuple[str, int], str | None] = {}
        self._outbox: dict[tuple[str, int, str, int], OutboxRow] = {}
        self._inbox = {item.id: item for item in waiting}
        self._last_seq = 0
        self._last_item = max(self._inbox, default=0)

    def load(self, target: str) -> State | None:
        body = self._states.get(target)
        return codec.decode_state(target, body) if body else None

    def commit(self, commit: Commit) -> None:
        statements(commit)  # raises here if the real store would, before anything is changed
        for row in open_incidents(commit):
            self._put_incident(row)
        self._states[commit.target] = codec.encode_state(commit.step.state)
        self._put_policy(commit)
        if is_journalled(commit):
            self._entries.append(self._entry(commit))
        for closing in closings(commit):
            self._close(commit, closing)
        for alert in alerts(commit):
            self._outbox.setdefault((alert.target, alert.incident, alert.kind, alert.number), alert)
        if commit.inbox_id is not None:
            self._inbox.pop(commit.inbox_id, None)

    def inbox(self, targets: Collection[str]) -> Sequence[InboxItem]:
        return [item for item in self._inbox.values() if item.target in targets]

    def prune(self, now: Now) -> None:
        """Nothing to do: every part is bounded by itself."""

    def close(self) -> None:
        """Nothing to let go of."""

    def put(self, target: str, asked: OperatorAsked) -> int:
        """What `reader.inbox_put` is to the real one."""
        if len(self.inbox({target})) >= WAITING_MAX:
            raise StoreError(f"cannot leave the request: {WAITING_MAX} others wait already", retryable=True)
        self._last_item += 1
        self._inbox[self._last_item] = InboxItem(self._last_item, target, asked)
        return self._last_item

    def states(self) -> list[State]:
        return [codec.decode_state(target, body) for target, body in sorted(self._states.items())]

    def policies(self) -> dict[str, Policy]:
        return dict(self._policies)

    def incidents(self, target: str | None = None, limit: int = INCIDENTS_MAX) -> list[IncidentRow]:
        rows = [row for row in self._incidents.values() if target in (None, row.target)]
        return sorted(rows, key=lambda row: (row.opened, row.id), reverse=True)[:limit]

    def timeline(self, target: str, incident: int) -> list[Entry]:
        return [entry for entry in self._entries if (entry.target, entry.incident) == (target, incident)]

    def before(self, target: str, incident: int) -> State | None:
        body = self._before.get((target, incident))
        return codec.decode_state(target, body) if body else None

    def recent(self, limit: int, target: str | None = None) -> list[Entry]:
        return [entry for entry in self._entries if target in (None, entry.target)][-limit:]

    def outbox(self) -> list[OutboxRow]:
        return list(self._outbox.values())

    def _entry(self, commit: Commit) -> Entry:
        self._last_seq += 1
        kind, body = codec.encode_observation(commit.observation)
        return Entry(
            seq=self._last_seq,
            target=commit.target,
            wall=commit.now.wall,
            kind=kind,
            observation=codec.decode_observation(kind, body),
            notes=codec.decode_notes(codec.encode_notes(commit.step.notes)),
            actions=action_names(commit),
            incident=incident_of(commit),
            mono=commit.now.mono,
            boot_id=commit.now.boot_id,
            policy=commit.policy,
        )

    def _put_policy(self, commit: Commit) -> None:
        if commit.policy is None:
            self._policies.pop(commit.target, None)
        else:
            self._policies[commit.target] = codec.decode_policy(codec.encode_policy(commit.policy))

    def _put_incident(self, row: IncidentRow) -> None:
        key = (row.target, row.id)
        known = self._incidents.get(key)
        if known is not None:
            row = known._replace(cause=row.cause, level=row.level, detail=row.detail)
        self._incidents[key] = row
        self._before.setdefault(key, self._states.get(row.target))
        _forget_oldest(self._incidents, INCIDENTS_MAX)
        _forget_oldest(self._before, INCIDENTS_MAX)
        _forget_oldest(self._outbox, 2 * INCIDENTS_MAX)  # an opening and an end each

    def _close(self, commit: Commit, closing: Closing) -> None:
        for key, row in self._incidents.items():
            mine = row.target == commit.target and closing.id in (None, row.id)
            if mine and row.closed is None:
                self._incidents[key] = row._replace(closed=commit.now.wall, outcome=closing.outcome)


def _forget_oldest(table: dict[Any, Any], most: int) -> None:
    while len(table) > most:
        del table[next(iter(table))]
