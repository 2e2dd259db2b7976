"""From JSON with the standard library alone: to load msgspec takes a tenth of a status's time.

For who only looks; the resident reads with `codec`. It is as strict, and whatever it does not take is given
to `codec`, which then says what is wrong. A test holds that both read the same.
"""

import json
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, NewType, NoReturn, Union, get_args, get_origin

from selfheal.core.state import State

if TYPE_CHECKING:
    from selfheal.core.policy import Policy


def decode_state(target: str, text: str) -> State:
    """Raises StoreError."""
    try:
        state: State = built(State, json.loads(text, parse_constant=_refuse))
    except (ValueError, TypeError, RecursionError):
        from selfheal.store import codec  # noqa: PLC0415 - see above

        return codec.decode_state(target, text)
    return state


def decode_policy(text: str) -> "Policy":
    """Raises StoreError."""
    from selfheal.core.policy import Policy  # noqa: PLC0415 - a state needs none

    try:
        policy: Policy = built(Policy, json.loads(text, parse_constant=_refuse))
    except (ValueError, TypeError, RecursionError):
        from selfheal.store import codec  # noqa: PLC0415 - see above

        return codec.decode_policy(text)
    return policy


def built(kind: Any, value: Any) -> Any:
    """The value as one of `kind`. Raises ValueError or TypeError where it is none."""
    if isinstance(kind, type) and is_dataclass(kind):
        given = _of(dict, value)
        known = [each for each in fields(kind) if each.name in given]
        return kind(**{each.name: built(each.type, given[each.name]) for each in known})
    if isinstance(kind, NewType):
        return built(kind.__supertype__, value)
    if get_origin(kind) in {Union, UnionType}:
        return None if value is None else built(_only(set(get_args(kind)) - {NoneType}), value)
    if get_origin(kind) is tuple:
        return tuple(built(get_args(kind)[0], item) for item in _of(list, value))
    if issubclass(kind, StrEnum):
        return kind(_of(str, value))
    return float(_of(int, value)) if kind is float and type(value) is int else _of(kind, value)


def _of(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind}")
    return value


def _only(kinds: set[Any]) -> Any:
    (kind,) = kinds
    return kind


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
