"""Records to JSON and back. What is written is read back first, so nothing is stored that cannot be loaded.

A text of the world may hold bytes that are no UTF-8 (a command line, a file name). Such signs are replaced:
the watch must not end because of another program's name.

A decoder is made when its kind of record first comes: who only shows a state makes one.
"""

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import msgspec

from selfheal.core.levels import Level
from selfheal.core.state import State
from selfheal.ports.store import StoreError

if TYPE_CHECKING:
    from selfheal.core.notes import Note
    from selfheal.core.observations import Observation, OperatorAsked
    from selfheal.core.policy import Policy

T = TypeVar("T")

_encoder = msgspec.json.Encoder()


@cache
def _state() -> msgspec.json.Decoder[State]:
    return msgspec.json.Decoder(State)


@cache
def _policy() -> "msgspec.json.Decoder[Policy]":
    from selfheal.core.policy import Policy  # noqa: PLC0415 - a state needs none

    return msgspec.json.Decoder(Policy)


@cache
def _notes() -> "msgspec.json.Decoder[tuple[Note, ...]]":
    from selfheal.core.notes import Note  # noqa: PLC0415 - with all actions

    return msgspec.json.Decoder(tuple[Note, ...])


@cache
def _names() -> msgspec.json.Decoder[tuple[str, ...]]:
    return msgspec.json.Decoder(tuple[str, ...])


@cache
def _levels() -> msgspec.json.Decoder[tuple[Level, ...]]:
    return msgspec.json.Decoder(tuple[Level, ...])


@cache
def _observation(kind: str) -> msgspec.json.Decoder[Any]:
    from selfheal.core import observations  # noqa: PLC0415 - a dozen records

    known = {each.__name__: each for each in get_args(observations.Observation)}
    if kind not in known:
        raise StoreError(
            f"cannot read the observation {kind!r}: this version does not know it. "
            "Use the version of selfheal that wrote it.",
            retryable=False,
        )
    return msgspec.json.Decoder(known[kind])


def encode_state(state: State) -> str:
    return _encoded(state, _state(), f"state of {state.target}")


def decode_state(target: str, text: str) -> State:
    return _decoded(text, _state(), f"state of {target}")


def encode_observation(observation: "Observation") -> tuple[str, str]:
    """The class name, by which it is found again, and the fields."""
    kind = type(observation).__name__
    return kind, _encoded(observation, _observation(kind), f"observation {kind}")


def decode_observation(kind: str, text: str) -> "Observation":
    observation: Observation = _decoded(text, _observation(kind), f"observation {kind}")
    return observation


def encode_notes(notes: "tuple[Note, ...]") -> str:
    return _encoded(notes, _notes(), "notes of a step")


def decode_notes(text: str) -> "tuple[Note, ...]":
    return _decoded(text, _notes(), "notes of a step")


def encode_names(names: tuple[str, ...]) -> str:
    return _encoded(names, _names(), "names of actions")


def decode_names(text: str) -> tuple[str, ...]:
    return _decoded(text, _names(), "names of actions")


def encode_levels(levels: tuple[Level, ...]) -> str:
    return _encoded(levels, _levels(), "levels of an alert")


def decode_levels(text: str) -> tuple[Level, ...]:
    return _decoded(text, _levels(), "levels of an alert")


@lru_cache(maxsize=8)
def encode_policy(policy: "Policy") -> str:
    """Remembered: each step comes with one, and it is nearly always the same."""
    return _encoded(policy, _policy(), "settings of a step")


@lru_cache(maxsize=8)
def decode_policy(text: str) -> "Policy":
    return _decoded(text, _policy(), "settings of a step")


def encode_asked(asked: "OperatorAsked") -> str:
    return _encoded(asked, _observation("OperatorAsked"), "request OperatorAsked")


def decode_asked(text: str) -> "OperatorAsked":
    asked: OperatorAsked = _decoded(text, _observation("OperatorAsked"), "request OperatorAsked")
    return asked


def plain(text: str) -> str:
    """The text with every sign that is no UTF-8 replaced by «?»."""
    return text.encode(errors="replace").decode()


def _encoded(record: object, decoder: msgspec.json.Decoder[T], name: str) -> str:
    try:
        text, same = _written(record, decoder)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
        raise StoreError(f"cannot write the {name}: {error}", retryable=False) from error
    if not same:
        raise StoreError(f"cannot write the {name}: it would be read back differently", retryable=False)
    return text.decode()


def _written(record: object, decoder: msgspec.json.Decoder[T]) -> tuple[bytes, bool]:
    """The JSON, and whether it means the same record."""
    try:
        text = _encoder.encode(record)
    except UnicodeEncodeError:
        clean = _clean(msgspec.to_builtins(record))
        text = _encoder.encode(clean)
        return text, _clean(msgspec.to_builtins(decoder.decode(text))) == clean
    return text, decoder.decode(text) == record


def _decoded(text: str | bytes, decoder: msgspec.json.Decoder[T], name: str) -> T:
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise StoreError(f"cannot read the {name}: {error}", retryable=False) from error


def _clean(value: object) -> object:
    match value:
        case str():
            return plain(value)
        case dict():
            return {_clean(key): _clean(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean(item) for item in value]
        case _:
            return value
