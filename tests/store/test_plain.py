"""The reading without msgspec is the reading with it."""

import json
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.steps import IN_TROUBLE

from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.ports.store import StoreError
from selfheal.store import codec, plain

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first draw is slow
SOUND = codec.encode_state(IN_TROUBLE)


@RELAXED
@given(st.from_type(State))
def test_a_state_is_read_as_by_codec(state: State) -> None:
    try:
        text = codec.encode_state(state)
    except StoreError:  # a number that JSON does not have
        return
    assert plain.built(State, json.loads(text)) == codec.decode_state(state.target, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"target": 3}',
        '{"target": "main", "gateway": {"misses": 1.5}}',
        '{"target": "main", "gateway": {"misses": true}}',
        '{"target": "main", "last_wall": NaN}',
        '{"target": "main", "last_wall": "1"}',
        '{"target": "main", "disabled": "watchdog"}',
        '{"target": "main", "startups_s": [1, null]}',
        '{"target": "main", "gateway": null}',
        SOUND.replace('"process_gone"', '"moonlight"'),
        "[" * 100_000,
    ],
)
def test_what_it_does_not_take_is_said_in_the_words_of_codec(text: str) -> None:
    with pytest.raises(StoreError) as said:
        plain.decode_state("main", text)
    with pytest.raises(StoreError) as meant:
        codec.decode_state("main", text)
    assert str(said.value) == str(meant.value)


def test_a_field_of_a_newer_version_is_left_out() -> None:
    text = SOUND.replace('"target":', '"colour": "red", "target":', 1)
    assert plain.built(State, json.loads(text)) == codec.decode_state("main", text) == IN_TROUBLE


def test_it_loads_no_msgspec() -> None:
    code = "import sys; from selfheal.store import lock, reader; print('msgspec' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


@RELAXED
@given(st.from_type(Policy))
def test_settings_are_read_as_by_codec(policy: Policy) -> None:
    try:
        text = codec.encode_policy(policy)
    except StoreError:
        return
    assert plain.decode_policy(text) == codec.decode_policy(text)


def test_settings_that_it_does_not_take_are_said_in_the_words_of_codec() -> None:
    with pytest.raises(StoreError) as said:
        plain.decode_policy('{"observe": 1}')
    with pytest.raises(StoreError) as meant:
        codec.decode_policy('{"observe": 1}')
    assert str(said.value) == str(meant.value)
