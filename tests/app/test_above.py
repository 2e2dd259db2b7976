"""What must be read stands above the live view: faults and alerts, and nothing else."""

import os
from collections.abc import Callable

import pytest

from selfheal.app.up import Above
from selfheal.runtime.chronicle import LogChronicle


def heard(said: list[str]) -> Callable[[str], bool]:
    def say(text: str) -> bool:
        said.append(text)
        return True

    return say


def nothing(*_: object) -> str:
    return ""


def test_a_fault_is_shown_and_a_decision_is_not() -> None:
    said: list[str] = []
    with open(os.devnull, "w", encoding="utf-8") as quiet:  # noqa: PTH123
        chronicle = LogChronicle("text", nothing, nothing, quiet, Above(heard(said)))
        chronicle.say("watching")
        chronicle.fault("main", "the database was damaged")
    assert [line.endswith("ERROR main: the database was damaged") for line in said] == [True]


def test_blank_lines_are_left_out() -> None:
    said: list[str] = []
    assert Above(heard(said)).write("\n") == 1
    assert said == []


def test_a_frozen_screen_has_shown_nothing() -> None:
    with pytest.raises(BlockingIOError):
        Above(lambda _: False).write("an alert\n")
