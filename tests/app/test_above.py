"""What must be read stands above the live view: faults and alerts, and nothing else."""

import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from selfheal.app.above import Above
from selfheal.app.errand import Errand
from selfheal.app.targets import House, alerts_out
from selfheal.config.load import load
from selfheal.runtime.chronicle import LogChronicle
from selfheal.runtime.notify_socket import NotifySocket
from selfheal.store.fallback import DurableOrMemory
from selfheal.store.sqlite import SqliteStore
from selfheal.texts.language import Language


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
        chronicle.warn("a window is short")
        chronicle.over("the disk can be used again")
    assert [line.split(" ", 1)[1] for line in said] == [
        "ERROR main: the database was damaged",
        "WARNING: a window is short",
        "INFO: the disk can be used again",
    ]


def test_blank_lines_are_left_out() -> None:
    said: list[str] = []
    assert Above(heard(said)).write("\n") == 1
    assert said == []


def test_a_frozen_screen_has_shown_nothing() -> None:
    with pytest.raises(BlockingIOError):
        Above(lambda _: False).write("an alert\n")


def test_in_a_log_for_machines_an_alert_is_one_document_as_all_else(tmp_path: Path) -> None:
    out = io.StringIO()
    environ = {"HOME": str(tmp_path), "SELFHEAL_STATE_DIR": str(tmp_path)}
    settings = replace(load(None, environ), log_format="json")
    chronicle = LogChronicle(settings.log_format, nothing, nothing, out)
    store = DurableOrMemory(lambda: SqliteStore(tmp_path / "selfheal.db"))
    house = House(settings, environ, Errand(), chronicle, store, NotifySocket({}), out)
    alerts = alerts_out(house, "main")
    alerts.write("the gateway is down\nsince noon\n")
    (document,) = map(json.loads, out.getvalue().splitlines())
    assert (document["target"], document["message"]) == ("main", "the gateway is down\nsince noon")
    store.close()


@pytest.mark.parametrize("language", Language)
def test_a_dead_mans_switch_that_fails_is_said_in_the_readers_language(
    tmp_path: Path, language: Language
) -> None:
    out = io.StringIO()
    environ = {"HOME": str(tmp_path), "SELFHEAL_STATE_DIR": str(tmp_path)}
    settings = replace(load(None, environ), language=language)
    store = DurableOrMemory(lambda: SqliteStore(tmp_path / "selfheal.db"))
    chronicle = LogChronicle("text", nothing, nothing, out)
    house = House(settings, environ, Errand(), chronicle, store, NotifySocket({}), out)
    house.dead_man.complain("cannot ping the dead man's switch: the service answered 503")
    house.dead_man.relieve("the dead man's switch is pinged again")
    lines = out.getvalue().splitlines()
    assert len(lines) == 2
    assert all(("dead man's switch" in line) == (language is Language.EN) for line in lines)
    assert "503" in lines[0]
