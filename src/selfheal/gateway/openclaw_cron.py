"""The document's cron entry in OpenClaw: an agent that tells of recovery logs, from within the gateway.

It is a further route and no more: while the gateway is down it tells nobody. The gateway keeps it under a
key, so that to register it again changes only what is different. Source: `openclaw cron add --help`,
2026.9.6, tried on the real gateway.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from selfheal.ports.commands import Outcome, Run

KEY = "selfheal-emergency-recovery-monitor"
NAME = "Emergency Recovery Monitor"
EVERY_MS = 300_000
MODEL = "claude-haiku-4-5"
TOOLS = "exec"  # it runs one command of ours, and may do nothing else
TIMEOUT_S = 60.0  # seen: 1 to 4 s; a busy Raspberry Pi takes long to load Node.js


class CronError(Exception):
    """«cannot register …: why»."""


@dataclass(frozen=True)
class CronEntry:
    """`channel`: the number of a Discord channel. `order`: what the agent is told to do at each run."""

    channel: str
    order: str
    model: str = MODEL

    def words(self) -> tuple[str, ...]:
        """What `openclaw cron add` is called with."""
        return (
            *("--declaration-key", KEY, "--name", NAME, "--every", f"{EVERY_MS}ms"),
            *("--session", "isolated", "--model", self.model, "--tools", TOOLS),
            *("--announce", "--channel", "discord", "--to", f"channel:{self.channel}"),
            *("--message", self.order, "--json"),
        )


class Registered(NamedTuple):
    """`doubt`: why the gateway could not deliver there as it is set up now, in its own words."""

    id: str
    created: bool
    updated: bool
    doubt: str = ""


async def register(command: Sequence[str], env: Mapping[str, str], entry: CronEntry, run: Run) -> Registered:
    """`command`: the words that are `openclaw`. Raises CronError; the gateway must run for it."""
    if not command:
        raise CronError(_cannot("openclaw is not on the PATH, and no command is set for this gateway"))
    outcome = await run((*command, "cron", "add", *entry.words()), env=env, timeout_s=TIMEOUT_S)
    if not outcome.succeeded:
        raise CronError(_cannot(outcome.why()))
    return _registered(outcome)


def _registered(outcome: Outcome) -> Registered:
    said = _parse(outcome.stdout)
    job = said.get("job")
    key = job.get("id") if isinstance(job, dict) else None
    if not isinstance(key, str) or not key:
        raise CronError(_cannot(f"openclaw answers without the entry's id: {outcome.stdout[:200]!r}"))
    preview = said.get("deliveryPreview")
    detail = preview.get("detail") if isinstance(preview, dict) else None
    doubt = detail if isinstance(detail, str) and detail.startswith("Unsupported") else ""
    return Registered(key, said.get("created") is True, said.get("updated") is True, doubt)


def _parse(text: str) -> dict[str, Any]:
    """The JSON object in the text; warnings may stand before it."""
    try:
        found = json.loads(text[text.find("{") : text.rfind("}") + 1])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _cannot(why: str) -> str:
    return f"cannot register the cron entry «{NAME}» in OpenClaw: {why}"
