"""A claim is free at once if, and only if, its owner is dead for certain."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from selfheal.app.claimant import may_live, me

ITSELF = "from selfheal.app.claimant import me; print(me(), flush=True); input()"


def changed(**parts: object) -> str:
    said = dict(zip(("pid", "began", "boot", "space"), json.loads(me()), strict=True))
    return json.dumps(list((said | parts).values()))


def test_who_lives_may_live_and_who_was_killed_does_not() -> None:
    assert may_live(me())
    pipe = subprocess.PIPE
    with subprocess.Popen((sys.executable, "-c", ITSELF), stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        name = process.stdout.readline()
        assert may_live(name)
        process.kill()
        assert process.wait() < 0
    assert not may_live(name)


@pytest.mark.parametrize(
    ("name", "lives"),
    [
        (lambda: changed(began=1.0), False),
        (lambda: changed(boot="another"), False),
        (lambda: changed(began=1.0, space="another"), True),
        (lambda: "garbage", True),
        (lambda: "7", True),
    ],
    ids=["another of that pid", "before a reboot", "of another container", "garbage", "a number"],
)
def test_what_it_says_tells_it_from_others(name: Callable[[], str], lives: bool) -> None:
    assert may_live(name()) is lives
