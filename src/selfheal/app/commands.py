"""What the command line calls. What must be fast stands here; the rest is imported when it is called."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from selfheal.app import places
from selfheal.app.lean import leave_out_ssl
from selfheal.app.places import config_of, database_path, lock_path, port_of, uses_sandbox
from selfheal.config.fault import ConfigFaults
from selfheal.config.load import load, load_text
from selfheal.config.settings import Settings
from selfheal.core.instants import Now, Wall
from selfheal.ports.store import StoreError
from selfheal.runtime.clock import SystemClock
from selfheal.store.lock import holder
from selfheal.store.reader import Reader, inbox_put

if TYPE_CHECKING:
    from selfheal.app.full_pass import Checked
    from selfheal.app.hearing import Deaf
    from selfheal.app.monitor import Monitored
    from selfheal.app.notify_test import Tried
    from selfheal.app.screen import Screen
    from selfheal.core.observations import OperatorAsked
    from selfheal.gateway.openclaw_cron import CronEntry, Registered


def load_settings(config: Path | None, environ: Mapping[str, str]) -> Settings:
    """Raises ConfigFaults."""
    return load(config, environ)


def load_right_part(config: Path | None, environ: Mapping[str, str]) -> tuple[Settings, int]:
    """What is right of the config, and the number of its faults.

    Raises ConfigFaults where too little is right.
    """
    try:
        return load(config, environ), 0
    except ConfigFaults as broken:
        from selfheal.config.salvage import salvage  # noqa: PLC0415 - most configs are right

        return salvage(config, environ, broken), broken.count


def check_settings(config: Path | None, environ: Mapping[str, str]) -> Settings:
    """Also holds each route against what its service takes, and the link against what a message may hold.

    Raises ConfigFaults.
    """
    from selfheal.app.dashboard import warned  # noqa: PLC0415 - hundreds of patterns, for this command alone
    from selfheal.app.routes import refusals  # noqa: PLC0415 - loads what speaks to the outside

    return warned(load(config, environ, lambda settings: refusals(settings, environ)), environ)


def check_text(text: str, path: Path, environ: Mapping[str, str]) -> Settings:
    """The same of a text that is yet to be written to `path`. Raises ConfigFaults."""
    from selfheal.app.routes import refusals  # noqa: PLC0415 - as above

    return load_text(text, path, environ, lambda settings: refusals(settings, environ))


def watched(settings: Settings) -> Settings:
    return places.watched(settings)


def now() -> Now:
    return SystemClock().now()


def open_reader(settings: Settings) -> Reader:
    return Reader(database_path(settings))


def resident_pid(settings: Settings) -> int | None:
    found = holder(lock_path(settings))
    return found.pid if found is not None else None


def resident_since(settings: Settings) -> Wall | None:
    found = holder(lock_path(settings))
    return found.started if found is not None and found.pid else None


def resident_targets(settings: Settings) -> Sequence[str]:
    found = holder(lock_path(settings))
    return found.targets if found is not None else ()


def ports(settings: Settings) -> Mapping[str, int | None]:
    return {target.name: port_of(target, config_of(settings, target)) for target in settings.targets}


def ask(settings: Settings, target: str, asked: "OperatorAsked") -> None:
    """Raises StoreError."""
    inbox_put(database_path(settings), target, asked)


def run(settings: Settings, *, observe: bool, target: str | None) -> int:
    leave_out_ssl()
    from selfheal.app.errand import Errand  # noqa: PLC0415
    from selfheal.app.serve import serve  # noqa: PLC0415

    return serve(_with_its_sandbox(settings), Errand(observe=observe, only=target))


def check(settings: Settings, *, target: str | None, observe: bool) -> "Checked":
    from selfheal.app.check import check_once  # noqa: PLC0415

    return check_once(_with_its_sandbox(settings), only=target, observe=observe)


def monitor(settings: Settings, environ: Mapping[str, str]) -> "Monitored":
    from selfheal.app.monitor import monitor as look  # noqa: PLC0415 - loads what speaks to the outside

    return look(settings, environ)


def untold(settings: Settings, environ: Mapping[str, str], reader: str) -> list[str]:
    from selfheal.app.monitor import untold as look  # noqa: PLC0415

    return look(settings, environ, reader)


def cron_entry(settings: Settings, environ: Mapping[str, str], channel: str, model: str) -> "CronEntry":
    from selfheal.app.cron import entry_for  # noqa: PLC0415

    return entry_for(settings, environ, channel, model)


def register_cron(
    settings: Settings, environ: Mapping[str, str], target: str, entry: "CronEntry"
) -> "Registered":
    """Raises CronError, StoreError where the sandbox that is there cannot be used."""
    from selfheal.app.cron import register_cron as register  # noqa: PLC0415

    ours = _with_its_sandbox(settings, environ)
    found = next(one for one in ours.targets if one.name == target)
    return register(ours, environ, found, entry)


def openclaw_words(settings: Settings, environ: Mapping[str, str], target: str) -> str:
    from selfheal.app.telling import openclaw_of  # noqa: PLC0415 - as above

    return openclaw_of(settings, environ, next(one for one in settings.targets if one.name == target))


def deliver(settings: Settings, environ: Mapping[str, str], given: bytes) -> bytes:
    """Raises StoreError where the outbox cannot be used, ValueError where `given` is not what it must be."""
    from selfheal.app import given as said  # noqa: PLC0415
    from selfheal.app.backlog import take  # noqa: PLC0415 - loads what speaks to the outside

    return said.encode(take(settings, environ, said.given_of(given) if given else said.Given()))


def listen(settings: Settings, environ: Mapping[str, str], *, tied: bool = False) -> bytes:
    """Raises StoreError."""
    import json  # noqa: PLC0415
    import sys  # noqa: PLC0415

    from selfheal.app.hanging import ending_within  # noqa: PLC0415
    from selfheal.app.listen import END_S  # noqa: PLC0415 - loads what speaks to the outside
    from selfheal.app.listen import listen as hear  # noqa: PLC0415

    with ending_within(END_S):
        caller = sys.stdin.fileno() if tied else None
        return json.dumps(hear(settings, environ, caller=caller)._asdict(), ensure_ascii=False).encode()


def deaf_routes(settings: Settings, environ: Mapping[str, str]) -> "Mapping[str, Deaf | None]":
    """Raises StoreError."""
    from selfheal.app.hearing import hearing  # noqa: PLC0415 - loads what speaks to the outside

    return hearing(settings, environ)


def try_routes(settings: Settings, environ: Mapping[str, str], names: Sequence[str]) -> "Sequence[Tried]":
    from selfheal.app import notify_test  # noqa: PLC0415 - loads what speaks to the outside

    return notify_test.try_routes(settings, environ, names)


def _with_its_sandbox(settings: Settings, environ: Mapping[str, str] | None = None) -> Settings:
    """Raises StoreError where the sandbox that is there cannot be used: its folder is ours."""
    if not uses_sandbox(settings):
        return settings
    from selfheal.app.sandboxed import found_again  # noqa: PLC0415
    from selfheal.gateway.sandbox_faults import SandboxError  # noqa: PLC0415

    try:
        return found_again(settings, os.environ if environ is None else environ)
    except SandboxError as error:
        raise StoreError(str(error), retryable=error.retry) from error


def up(settings: Settings, screen: "Screen") -> int:
    from selfheal.app.up import bring_up  # noqa: PLC0415

    return bring_up(settings, screen)


def down(settings: Settings) -> int:
    from selfheal.app.down import bring_down  # noqa: PLC0415

    return bring_down(settings)
