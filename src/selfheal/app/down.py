"""`selfheal down`: stops the sandbox's gateway, after the `up` that watches over it. Nobody else's.

Which process that `up` is says its own lock in the sandbox (`app.sandboxed.up_lock`), not the resident's:
that one may be a `run` over the user's own gateway, beside a sandbox of old. What is left alone is said too.

A gateway that hangs is killed, as a resident would (see `ending`). Nobody watches by then, so the end is
written down from here, as one on purpose: later it would look like any other, and be healed.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

from selfheal.app import lock_owner
from selfheal.app.ending import Ending
from selfheal.app.errand import Errand
from selfheal.app.exit_codes import Exit
from selfheal.app.places import as_it_is, lock_path, sandbox_config, sandbox_dir, sandbox_log
from selfheal.app.sandboxed import up_lock
from selfheal.app.serve import serve
from selfheal.app.spare import spare_folder
from selfheal.app.wiring import site_for
from selfheal.app.words import say_in
from selfheal.config.settings import Settings
from selfheal.core.actions import Signal
from selfheal.core.facts import Verdict
from selfheal.core.levels import Request
from selfheal.gateway.openclaw import OpenClawGateway
from selfheal.runtime.resident import Resident
from selfheal.runtime.stepper import Stepper
from selfheal.services.child import OwnChild
from selfheal.services.record import Child
from selfheal.store.lock import Holder, holder
from selfheal.texts.describe import catalogue, duration, say
from selfheal.texts.labels import Label
from selfheal.texts.language import choose

WATCH_ENDS_S = 15.0  # an idle host needs half a second
LOOK_S = 20.0  # at one process; an idle host needs a tenth of a second


def bring_down(settings: Settings) -> int:
    say = say_in(settings, dict(os.environ))
    watch = holder(up_lock(settings))
    if watch is None and _living(settings) is None:
        _print(say(Label.NOTHING_TO_STOP))
        return Exit.DONE
    if watch is not None:
        if not _end_watch(settings, watch):
            _print(say(Label.RESIDENT_STAYS))
            return Exit.NOT_WELL
        _print(say(Label.WATCH_ENDED, pid=watch.pid))
    code = _end_gateway(settings, say)
    other = holder(lock_path(settings))
    if other is not None:
        _print(say(Label.OTHER_WATCH_STAYS, pid=other.pid or None))
    return code


def _end_watch(settings: Settings, watch: Holder) -> bool:
    """False also where it could not write who it is, or it is not certain that it is the one it names."""
    lock = up_lock(settings)
    if not lock_owner.tell(watch, lock, Signal.TERM).succeeded and holder(lock) is not None:
        return False
    return lock_owner.within(WATCH_ENDS_S, lambda: holder(lock) is None)


def _end_gateway(settings: Settings, say: Callable[..., str]) -> int:
    child = _living(settings)
    found = child.child() if child is not None else None
    if child is None or found is None:
        _note(settings)
        _print(say(Label.NO_GATEWAY_RAN))
        return Exit.DONE
    ended, killed = asyncio.run(_ended(settings, child, found))
    if not ended:
        _print(say(Label.GATEWAY_STAYS, pid=found.pid))
        return Exit.NOT_WELL
    _note(settings)
    _print(say(Label.KILLED if killed else Label.STOPPED, pid=found.pid))
    return Exit.DONE


async def _ended(settings: Settings, child: OwnChild, found: Child) -> tuple[bool, bool]:
    """Whether it has, and whether it had to be killed."""
    environ = dict(os.environ)
    language = choose(settings.language, environ)
    target = as_it_is(settings)

    def tell(verdict: Verdict) -> None:
        values = {"detail": catalogue(language).verdicts[verdict], "pid": found.pid}
        limit = duration(target.policy.drain_budget_s, language)
        _print(say(Label.WAITS_FOR_END, language, duration=limit, **values))

    with closing(OpenClawGateway(site_for(target, settings, environ))) as gateway:
        ending = Ending(
            lambda: child.child() is not None,
            lambda signal: child.signal(found.pid, found.started, signal),
            gateway,
            target.policy,
            tell,
        )
        return await ending.ends(), ending.killed


def _note(settings: Settings) -> None:
    """Writes down that it is not wanted up, and looks once. Not beside a resident, who alone may write."""
    if not sandbox_config(settings).exists() or holder(lock_path(settings)) is not None:
        return
    end = time.monotonic() + LOOK_S

    def watch(steppers: Sequence[Stepper], resident: Resident) -> None:
        looked = all(stepper.state.gateway.inspected is not None for stepper in steppers)
        if looked or time.monotonic() >= end:
            resident.stop()

    target = as_it_is(settings)
    errand = Errand(observe=True, watch=watch, loud=sys.stderr, asked=Request.STOP, brief=True)
    serve(replace(settings, targets=(target,)), errand)


def _living(settings: Settings) -> OwnChild | None:
    """The sandbox's child that lives, by its record in the first or the second place."""
    folder = sandbox_dir(settings)
    if not folder.exists():
        return None
    logs = [sandbox_log(settings)]
    if spare := spare_folder(settings.state_dir, os.environ):
        logs.append(sandbox_log(settings, spare))
    children = (OwnChild((), {}, folder, log) for log in logs)
    return next((child for child in children if child.child() is not None), None)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
