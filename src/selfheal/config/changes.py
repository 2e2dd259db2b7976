"""What a reload changes, and whether the resident can take it without a restart."""

from collections.abc import Iterable
from dataclasses import dataclass

from selfheal.config.field import Value
from selfheal.config.schema import TARGETS_TABLE, field_of
from selfheal.config.settings import Settings, flat

_ABSENT = "-"
_WATCHED, _NOT_WATCHED = "watched", "not watched"


@dataclass(frozen=True, slots=True)
class Change:
    """`old` and `new` are ready to be shown; a secret is not in them."""

    key: str
    old: str
    new: str
    needs_restart: bool

    def __str__(self) -> str:
        return f"{self.key}: {self.old} → {self.new}"


def changes(old: Settings, new: Settings) -> list[Change]:
    """A target that comes or goes is one change, not one for each of its settings."""
    before, after = flat(old), flat(new)
    were, are = ({target.name for target in settings.targets} for settings in (old, new))
    whole = tuple(f"{TARGETS_TABLE}.{name}." for name in were ^ are)
    moved = [key for key in before | after if before.get(key, _ABSENT) != after.get(key, _ABSENT)]
    gone = [Change(f"{TARGETS_TABLE}.{name}", _WATCHED, _NOT_WATCHED, True) for name in sorted(were - are)]
    come = [Change(f"{TARGETS_TABLE}.{name}", _NOT_WATCHED, _WATCHED, True) for name in sorted(are - were)]
    return gone + come + [_change(key, before, after) for key in moved if not key.startswith(whole)]


def need_restart(found: Iterable[Change]) -> list[str]:
    """The keys that take effect only when the resident starts again; also those of new or dropped targets."""
    return [change.key for change in found if change.needs_restart]


def _change(key: str, before: dict[str, Value], after: dict[str, Value]) -> Change:
    field = field_of(key)
    old, new = (
        (_said(values[key], secret=field.secret) if key in values else _ABSENT) for values in (before, after)
    )
    return Change(key, old, new, field.needs_restart)


def _said(value: Value, *, secret: bool) -> str:
    if value in ("", None, ()):
        return "not set"
    return "(hidden)" if secret else str(value)
