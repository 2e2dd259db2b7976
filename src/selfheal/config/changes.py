"""What a reload changes, and whether the resident can take it without a restart."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from selfheal.config.field import Value
from selfheal.config.route_fields import ROUTES_TABLE
from selfheal.config.schema import TARGETS_TABLE, field_of
from selfheal.config.settings import Settings, flat

_ABSENT = "-"
_WATCHED, _NOT_WATCHED = "watched", "not watched"
_SET, _NOT_SET = "set", "not set"
_HIDDEN = "(hidden)"
_KOREAN = {
    _WATCHED: "감시함",
    _NOT_WATCHED: "감시하지 않음",
    _SET: "설정됨",
    _NOT_SET: "설정 안 됨",
    _HIDDEN: "(숨김)",
}


@dataclass(frozen=True, slots=True)
class Change:
    """`old` and `new` are ready to be shown; a secret is not in them."""

    key: str
    old: str
    new: str
    needs_restart: bool

    def __str__(self) -> str:
        return self.full("en")

    def full(self, language: str) -> str:
        known = _KOREAN if language == "ko" else {}
        old, new = (known.get(value, value) for value in (self.old, self.new))
        return f"{self.key}: {old} → {new}"


def changes(old: Settings, new: Settings) -> list[Change]:
    """A target or route that comes or goes is one change, not one for each of its settings."""
    before, after = flat(old), flat(new)
    come_and_gone = [*_targets(old, new), *_routes(old, new)]
    whole = tuple(f"{change.key}." for change in come_and_gone)
    moved = [key for key in before | after if before.get(key, _ABSENT) != after.get(key, _ABSENT)]
    return come_and_gone + [_change(key, before, after) for key in moved if not key.startswith(whole)]


def need_restart(found: Iterable[Change]) -> list[str]:
    """The keys that take effect only when the resident starts again; also those of new or dropped targets."""
    return [change.key for change in found if change.needs_restart]


def _targets(old: Settings, new: Settings) -> Iterator[Change]:
    were, are = ({f"{TARGETS_TABLE}.{target.name}" for target in settings.targets} for settings in (old, new))
    yield from (Change(key, _WATCHED, _NOT_WATCHED, needs_restart=True) for key in sorted(were - are))
    yield from (Change(key, _NOT_WATCHED, _WATCHED, needs_restart=True) for key in sorted(are - were))


def _routes(old: Settings, new: Settings) -> Iterator[Change]:
    were, are = ({f"{ROUTES_TABLE}.{route.name}" for route in settings.routes} for settings in (old, new))
    yield from (Change(key, _SET, _NOT_SET, needs_restart=False) for key in sorted(were - are))
    yield from (Change(key, _NOT_SET, _SET, needs_restart=False) for key in sorted(are - were))


def _change(key: str, before: dict[str, Value], after: dict[str, Value]) -> Change:
    field = field_of(key)
    old, new = (
        (_said(values[key], secret=field.secret) if key in values else _ABSENT) for values in (before, after)
    )
    return Change(key, old, new, field.needs_restart)


def _said(value: Value, *, secret: bool) -> str:
    if value in ("", None, ()):
        return _NOT_SET
    return _HIDDEN if secret else str(value)
