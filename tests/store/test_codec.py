import math
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.steps import IN_TROUBLE

from selfheal.core.notes import Note
from selfheal.core.observations import Observation, TimePassed
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.state import State
from selfheal.ports.store import StoreError
from selfheal.store import codec

T = TypeVar("T")
RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first draw is slow


def finite(value: object) -> bool:
    match value:
        case dict():
            return all(map(finite, value.values()))
        case list() | tuple():
            return all(map(finite, value))
        case float():
            return math.isfinite(value)
        case _:
            return True


def comes_back(record: T, encode: Callable[[T], str], decode: Callable[[str], object]) -> None:
    """Or is refused, exactly when JSON has no number for it."""
    if finite(msgspec.to_builtins(record)):
        assert decode(encode(record)) == record
    else:
        with pytest.raises(StoreError, match="cannot write"):
            encode(record)


@pytest.mark.parametrize("kind", get_args(Observation))
@RELAXED
@given(data=st.data())
def test_every_observation_comes_back(kind: type[Observation], data: st.DataObject) -> None:
    comes_back(
        data.draw(st.from_type(kind)),
        lambda seen: codec.encode_observation(seen)[1],
        lambda text: codec.decode_observation(kind.__name__, text),
    )


@RELAXED
@given(st.from_type(Policy))
def test_all_settings_come_back(policy: Policy) -> None:
    comes_back(policy, codec.encode_policy, codec.decode_policy)


@RELAXED
@given(st.from_type(State))
def test_every_state_comes_back_whole(state: State) -> None:
    comes_back(state, codec.encode_state, lambda text: codec.decode_state(state.target, text))


@RELAXED
@given(st.lists(st.from_type(Note)).map(tuple))
def test_every_note_comes_back(notes: tuple[Note, ...]) -> None:
    comes_back(notes, codec.encode_notes, codec.decode_notes)


@RELAXED
@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_can_be_kept_and_valid_text_is_unchanged(text: str) -> None:
    kept = codec.decode_notes(codec.encode_notes((Note(reason=Reason.HELD, detail=text),)))[0].detail
    assert kept == codec.plain(text)
    if text.isascii():
        assert kept == text


def test_an_unknown_class_is_named() -> None:
    with pytest.raises(StoreError, match="MoonRose") as caught:
        codec.decode_observation("MoonRose", "{}")
    assert not caught.value.retryable


@pytest.mark.parametrize("text", ['{"pid": "seven", "started": 1.0}', '{"started": 1.0}', "[", "\udc80"])
def test_a_bad_field_is_named(text: str) -> None:
    with pytest.raises(StoreError, match="ProcessExited") as caught:
        codec.decode_observation("ProcessExited", text)
    assert not caught.value.retryable


def test_a_bad_state_names_its_target_and_field() -> None:
    text = codec.encode_state(IN_TROUBLE).replace('"process_gone"', '"moonlight"')
    with pytest.raises(StoreError, match=r"(?s)main.*moonlight.*incident"):
        codec.decode_state("main", text)


def test_a_number_that_is_not_finite_is_refused() -> None:
    with pytest.raises(StoreError, match="cannot write"):
        codec.encode_notes((Note(Reason.HELD, number=float("inf")),))
    with pytest.raises(StoreError, match=r"cannot write.*main"):
        codec.encode_state(replace(IN_TROUBLE, startups_s=(float("nan"),)))


def test_a_wrong_text_and_a_wrong_number_together_are_refused() -> None:
    with pytest.raises(StoreError, match="cannot write"):
        codec.encode_notes((Note(Reason.HELD, detail="\udce9", number=float("inf")),))


def test_a_record_of_no_known_class_cannot_be_written() -> None:
    with pytest.raises(StoreError, match="object"):
        codec.encode_observation(object())  # type: ignore[arg-type]
    assert codec.encode_observation(TimePassed()) == ("TimePassed", "{}")
