"""Variables of the environment: where our files are, and the settings of the document's scripts.

A variable of the scripts is a default: it stands below the config file and is not even looked at where
the file sets the same thing. SELFHEAL_CONFIG and SELFHEAL_STATE_DIR are ours and stand above the file.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from selfheal.config.check import from_text, is_loopback, shown
from selfheal.config.fault import Fault, Problem, Wrong
from selfheal.config.field import Value
from selfheal.config.schema import DEFAULT_TARGET, field_of

CONFIG_VARIABLE = "SELFHEAL_CONFIG"
STATE_VARIABLE = "SELFHEAL_STATE_DIR"
HOME_VARIABLE = "HOME"
GATEWAY_HOME_VARIABLE = "OPENCLAW_HOME"
STATE_KEY = "selfheal.state_dir"

_DEFAULT_PORTS = {"http": 80, "ws": 80}
_PLACEHOLDERS = ("YOUR_", "/YOUR")


class Variable(NamedTuple):
    name: str
    key: str
    text: str
    is_url: bool = False


_TARGET = f"targets.{DEFAULT_TARGET}"

VARIABLES = (
    Variable("OPENCLAW_GATEWAY_URL", f"{_TARGET}.port", "Its port; another machine is refused.", is_url=True),
    Variable("OPENCLAW_GATEWAY_PORT", f"{_TARGET}.port", "The gateway's port."),
    Variable("OPENCLAW_GATEWAY_TOKEN", f"{_TARGET}.token", "Token for the deep check."),
    Variable("OPENCLAW_PROFILE", f"{_TARGET}.profile", "OpenClaw's profile."),
    Variable("OPENCLAW_STATE_DIR", f"{_TARGET}.state_dir", "The gateway's state folder."),
    Variable("OPENCLAW_CONFIG_PATH", f"{_TARGET}.config_path", "The gateway's config file."),
    Variable("OPENCLAW_MEMORY_DIR", "selfheal.memory_dir", "Folder of logs and reports."),
    Variable(
        "HEALTH_CHECK_MAX_RETRIES", "restart.restart_attempts", "Restarts before Level 2 is at its end."
    ),
    Variable("HEALTH_CHECK_RETRY_DELAY", "restart.restart_gap_s", "Seconds between two restarts."),
    Variable("HEALTH_CHECK_ESCALATION_WAIT", "restart.last_wait_s", "Seconds before the escalation."),
    Variable("HEALTH_CHECK_HTTP_TIMEOUT", "healthcheck.full_check_timeout_s", "Seconds for a full check."),
    Variable("DISCORD_WEBHOOK_URL", "notify.discord_webhook_url", "Discord webhook."),
    Variable("SLACK_WEBHOOK_URL", "notify.slack_webhook_url", "Slack webhook."),
    Variable("TELEGRAM_BOT_TOKEN", "notify.telegram_bot_token", "Telegram bot."),
    Variable("TELEGRAM_CHAT_ID", "notify.telegram_chat_id", "Telegram chat."),
    Variable("GITHUB_TOKEN", "notify.github_token", "GitHub token, for issues in `github_repo`."),
)

NOT_READ = (
    ("OPENCLAW_WATCHDOG_*", "the published scripts document them and read none of them"),
    ("EMERGENCY_RECOVERY_TIMEOUT, EMERGENCY_ALERT_WINDOW", "they belong to Levels 3 and 4"),
    ("CLAUDE_*, WORKSPACE_TRUST_CONFIRM_WAIT", "we wait for what is on the screen, not for a time"),
    ("NOTIFICATION_CHANNEL", "every route that is set is used"),
)


class Given(NamedTuple):
    """A value out of the environment for one key."""

    variable: Variable
    value: Value


def read_variables(environ: Mapping[str, str], wanted: Iterable[str], faults: list[Fault]) -> Iterator[Given]:
    """The values for the `wanted` keys. Adds to `faults`; a placeholder is not a value."""
    keys, given = set(wanted), dict[str, Given]()
    for variable in VARIABLES:
        text = environ.get(variable.name, "").strip()
        if not text or variable.key not in keys or is_placeholder(text):
            continue
        try:
            value = _port_of(text) if variable.is_url else from_text(field_of(variable.key), text)
        except Wrong as wrong:
            faults.append(Fault(variable.name, None, wrong.problem, wrong.data))
            continue
        earlier = given.setdefault(variable.key, Given(variable, value))
        if earlier.value != value:
            words = (str(value), earlier.variable.name, str(earlier.value), variable.key)
            faults.append(Fault(variable.name, None, Problem.CONTRADICTION, words))
    yield from given.values()


def placeholders(environ: Mapping[str, str]) -> Iterator[Fault]:
    """Warnings about variables that still have the value of the scripts' example file."""
    for variable in VARIABLES:
        if is_placeholder(environ.get(variable.name, "")):
            yield Fault(variable.name, None, Problem.PLACEHOLDER)


def is_placeholder(text: str) -> bool:
    return text.startswith(_PLACEHOLDERS[0]) or _PLACEHOLDERS[1] in text


def _port_of(url: str) -> int:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Wrong(Problem.NOT_PLAIN_HTTP) from None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise Wrong(Problem.NOT_PLAIN_HTTP)
    if not is_loopback(host):
        raise Wrong(Problem.NOT_LOOPBACK, "".join(c if c.isprintable() else "?" for c in host[:80]))
    if port == 0:
        raise Wrong(Problem.NOT_PLAIN_HTTP)
    return port or _DEFAULT_PORTS[parts.scheme]


def home(environ: Mapping[str, str]) -> Path:
    """$HOME, else the account's own."""
    return Path(environ.get(HOME_VARIABLE) or os.path.expanduser("~"))  # noqa: PTH111 -- never raises


def gateway_home(environ: Mapping[str, str]) -> Path:
    """Where OpenClaw keeps its state folders: $OPENCLAW_HOME, else the home."""
    place = expand(environ.get(GATEWAY_HOME_VARIABLE, "").strip(), environ)
    return place if place.is_absolute() else home(environ)


def homeless(environ: Mapping[str, str]) -> Fault | None:
    """Without a home everything would be kept where nobody looks: in / or in the current folder."""
    text = environ.get(HOME_VARIABLE, str(home(environ)))
    return None if text.startswith("/") else Fault(HOME_VARIABLE, None, Problem.NO_HOME, (shown(None, text),))


def expand(text: str, environ: Mapping[str, str]) -> Path:
    return home(environ) / text[2:] if text.startswith("~/") else Path(text)


def config_path(environ: Mapping[str, str]) -> Path:
    """$SELFHEAL_CONFIG, else $XDG_CONFIG_HOME/selfheal/config.toml, else ~/.config/selfheal/config.toml."""
    own = environ.get(CONFIG_VARIABLE, "")
    return expand(own, environ) if own else _xdg(environ, "XDG_CONFIG_HOME", ".config") / "config.toml"


def default_state_dir(environ: Mapping[str, str]) -> Path:
    """$XDG_STATE_HOME/selfheal, else ~/.local/state/selfheal."""
    return _xdg(environ, "XDG_STATE_HOME", ".local/state")


def _xdg(environ: Mapping[str, str], variable: str, below_home: str) -> Path:
    base = environ.get(variable, "")  # the XDG rule: a relative path is invalid and ignored
    return (Path(base) if base.startswith("/") else home(environ) / below_home) / "selfheal"
