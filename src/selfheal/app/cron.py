"""`selfheal setup --openclaw-cron`: the document's cron entry, which tells of recovery logs from within."""

import asyncio
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from selfheal.app.places import uses_sandbox
from selfheal.app.wiring import program, site_for
from selfheal.config.settings import Settings, Target
from selfheal.gateway.openclaw_cron import CronEntry, Registered, register
from selfheal.services import commands
from selfheal.texts.cron_order import cron_order
from selfheal.texts.language import choose

PLACES = (
    "HOME",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "SELFHEAL_CONFIG",
    "SELFHEAL_STATE_DIR",
    "OPENCLAW_MEMORY_DIR",
)
"""The variables by which our config, state and logs are found; no secret is in them."""
READER = "openclaw-cron"
"""Under which the entry asks what it has not told yet (see `app.monitor`)."""


def entry_for(settings: Settings, environ: Mapping[str, str], channel: str, model: str) -> CronEntry:
    """`environ`: in which the words that the agent runs find this program and this config again."""
    words = (*_found_by(environ), *_monitor(settings)) if uses_sandbox(settings) else _monitor(settings)
    order = cron_order(shlex.join(words), choose(settings.language, environ))
    return CronEntry(channel, order, model)


def register_cron(
    settings: Settings, environ: Mapping[str, str], target: Target, entry: CronEntry
) -> Registered:
    """Raises CronError: the gateway must run for it."""
    site = site_for(target, settings, environ)
    env = {**target.without_others(environ), **site.env}
    return asyncio.run(register(program(target, environ), env, entry, commands.run))


def _found_by(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The sandbox's gateway has another home than the person whose logs are to be found."""
    return ("env", *(f"{name}={environ[name]}" for name in PLACES if environ.get(name)))


def _monitor(settings: Settings) -> tuple[str, ...]:
    config = ("--config", str(Path(os.path.abspath(settings.path)))) if settings.path else ()  # noqa: PTH100
    return (sys.executable, "-m", "selfheal", *config, "monitor", "--for", READER)
