"""What a reload changes, and whether the resident can take it without a restart."""

from collections.abc import Iterable
from dataclasses import dataclass

from selfheal.config.field import Value
from selfheal.config.schema import field_of
from selfheal.config.settings import Settings, flat

_ABSENT = "-"


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
    before, after = flat(old), flat(new)
    moved = [key for key in before | after if before.get(key, _ABSENT) != after.get(key, _ABSENT)]
    return [_change(key, before, after) for key in moved]


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
