"""The alert on standard error: its lines as they are, and nothing that moves a terminal's cursor."""

import asyncio
import io

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.state import State
from selfheal.notify.console import ConsoleTeller


def printed(text: str) -> str:
    out = io.StringIO()
    done = asyncio.run(
        ConsoleTeller(lambda _: text, out).tell("main", Notify(AlertKind.OPENED, 1, ()), State("main"))
    )
    assert done.succeeded
    return out.getvalue()


def test_an_alert_keeps_its_lines() -> None:
    assert printed("one\n\ntwo") == "one\n\ntwo\n"


def test_an_alert_carries_no_control_characters() -> None:
    assert printed("paused: \x1b[31mred\x9b2J").strip().isprintable()
