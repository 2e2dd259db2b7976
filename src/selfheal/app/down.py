"""`selfheal down`: stops the sandbox's gateway, after the watch over it. Never the user's own."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from selfheal.app.places import lock_path, sandbox_dir, sandbox_log
from selfheal.app.spare import spare_folder
from selfheal.app.words import say_in
from selfheal.config.settings import Settings
from selfheal.core.actions import Signal
from selfheal.services.child import OwnChild
from selfheal.store.lock import holder
from selfheal.texts.labels import Label

DONE, FAILED = 0, 1
RESIDENT_ENDS_S = 5.0
GATEWAY_ENDS_S = 330.0  # its own drain budget
POLL_S = 0.1


def bring_down(settings: Settings) -> int:
    say = say_in(settings, dict(os.environ))
    child = _living(settings)
    if child is None:
        _print(say(Label.NOTHING_TO_STOP))
        return DONE
    if not _end_resident(settings):
        _print(say(Label.RESIDENT_STAYS))
        return FAILED
    found = child.child()
    if found is None:
        return DONE
    asyncio.run(child.signal(found.pid, found.started, Signal.TERM))
    if not _wait(lambda: child.child() is None, GATEWAY_ENDS_S):
        _print(say(Label.GATEWAY_STAYS, pid=found.pid))
        return FAILED
    _print(say(Label.STOPPED, pid=found.pid))
    return DONE


def _living(settings: Settings) -> OwnChild | None:
    """The sandbox's child that lives, by its record in the first or the second place."""
    folder = sandbox_dir(settings)
    if not folder.exists():
        return None
    name = settings.targets[0].name
    logs = [sandbox_log(settings, name)]
    if spare := spare_folder(settings.state_dir, os.environ):
        logs.append(sandbox_log(settings, name, spare))
    children = (OwnChild((), {}, folder, log) for log in logs)
    return next((child for child in children if child.child() is not None), None)


def _end_resident(settings: Settings) -> bool:
    held = holder(lock_path(settings))
    if held is None:
        return True
    if held.pid == 0:
        return False
    with suppress(ProcessLookupError):  # it has just ended
        os.kill(held.pid, signal.SIGTERM)
    return _wait(lambda: holder(lock_path(settings)) is None, RESIDENT_ENDS_S)


def _wait(done: Callable[[], bool], limit_s: float) -> bool:
    end = time.monotonic() + limit_s
    while not done():
        if time.monotonic() >= end:
            return False
        time.sleep(POLL_S)
    return True


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
