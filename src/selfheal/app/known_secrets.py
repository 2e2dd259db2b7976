"""The secrets that this host knows: of our settings, of the gateway's files, and of the environment.

What cannot be read is left out: it hides nothing, and an alert must not wait for it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from selfheal.app.places import sandbox_config
from selfheal.app.plain_file import read_end
from selfheal.config.schema import field_of
from selfheal.config.settings import Settings, flat
from selfheal.gateway import json5text
from selfheal.texts.key_names import KEYS
from selfheal.texts.redact import Known, named_values

FILE_MAX_BYTES = 1024 * 1024
FILES_MAX = 50  # of one gateway; a person has some agents, each with one file
VALUE_MIN_CHARS = 6  # of a value whose name only hints that it is secret
DEPTH_MAX = 20

NAME = re.compile(
    rf"token|secret|passw|passphrase|passcode|credential|(?:{'|'.join(KEYS)})_?-?key|cookie"
    r"|webhook|hook_?url|dsn$|jwt|bearer|mnemonic|seed_?phrase"
    r"|authorization|auth_?tag|auth_?code|(?:pairing|setup|pin)_?code|service_?-?account(?:_?json)?$"
    r"|access_client_id$|signature|[_-]key$|(?-i:(?<!public)(?<!Public)(?<=[a-z0-9])Key$)"
    r"|(?:^|[._-])(?:key|pass|pwd|pw|pat|psk|pin|otp|nsec|auth|access|refresh|private|sig)$",
    re.IGNORECASE,
)
"""Of OpenClaw, each one of its docs/reference/secretref-credential-surface.md, and more."""

PLACE = re.compile(
    r"headers\.(?!(?:accept|access-control|content|cache|if)-|(?:accept|connection|host|http-referer|origin|referer"
    r"|user-agent|x-title)$|.*(?:-version|-beta)$)"
    r"|auth\.value$|tls\.(?:ca|cert)$|cloudflareAccess\.clientId$",
    re.IGNORECASE,
)
"""What stands above decides: «headers.X-Own», «auth.value»."""

ENV = re.compile(r"env\.")
RANDOM = re.compile(
    r"(?=.*[0-9])(?=.*[A-Za-z])(?:[A-Za-z0-9+/_=]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z",
    re.IGNORECASE,
)
"""Of what a program is given in its environment under any name; a word of a sentence does not look so."""

CONTENT = frozenset({"data", "value"})
"""Names that say nothing: what stands above them says what they hold."""

SESSION = re.compile(r"session_?key$", re.IGNORECASE)
CHAT = re.compile(r"(?:agent|hook|cron)(?::[\w@{}.-]*)*\Z")
"""As OpenClaw names a conversation, on each line of its log."""

NO_SECRET = re.compile(
    r"(?:true|false|null|none|auto|token|password|[0-9]{1,5}|(?:~|\.{1,2})/[\w./-]*)\Z", re.IGNORECASE
)
PATH = re.compile(r"/[\w./-]*\Z")
"""Or a secret: one of 64 in base64 begins so."""

OF_PATHS = re.compile(r"(?:file|path|dir|directory|folder|sock|socket)s?$", re.IGNORECASE)
"""Names of what is a path, whatever else they say: DB_PASSWORD_FILE, webhookPath."""

WORD = re.compile(r"(?=.*[0-9])(?=.*[^0-9]).{8,}|(?=.*[^0-9]).{12,}")
"""Of a URL: «webhooks», «services» and a channel's number stand in each of its kind."""

URL = re.compile(
    r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://[^\s\"'<>/@]{3,500}@[^\s\"'<>]{1,200}", re.IGNORECASE
)
"""With a login in it."""

SCHEME = re.compile(r"(?:bearer|basic|token|bot|apikey) +", re.IGNORECASE)
"""Of a header; the secret alone stands in many a line."""

OURS, GATEWAY, ENVIRONMENT = "setting", "gateway's config", "environment"
FILES = (
    "agents/*/agent/auth-profiles.json",
    "agents/*/agent/auth.json",
    "credentials/*.json",
    "credentials/*/*.json",
)


def known_secrets(settings: Settings, environ: Mapping[str, str]) -> list[Known]:
    return [
        *_of_settings(settings),
        *(known for one in settings.targets for known in _of_gateway(one.config_path, one.state_dir)),
        *_of_gateway(sandbox_config(settings), sandbox_config(settings).parent),
        *(Known(ENVIRONMENT, value) for value in _under_names(environ)),
    ]


def _of_settings(settings: Settings) -> Iterator[Known]:
    for key, value in flat(settings).items():
        if isinstance(value, str) and value and field_of(key).secret:
            yield from (Known(OURS, part) for part in _parts(value))
    for target in settings.targets:
        yield from (Known(ENVIRONMENT, value) for value in _under_names(dict(target.env)))


def _of_gateway(config: Path, state_dir: Path) -> Iterator[Known]:
    paths = [config, state_dir / ".env"]
    for pattern in FILES:
        with suppress(OSError):
            paths.extend(sorted(state_dir.glob(pattern)))
    for path in paths[:FILES_MAX]:
        text = read_end(path, FILE_MAX_BYTES).decode("utf-8", "replace")
        yield from (Known(GATEWAY, value) for value in _of_text(text))


def _of_text(text: str) -> Iterator[str]:
    """A config that cannot be parsed is what many an alert is about."""
    with suppress(ValueError, RecursionError):
        yield from _under_names(json5text.loads(text) if text.strip() else None)
    lines = (line.partition("=") for line in text.splitlines() if "=" in line)
    yield from _under_names({name.strip(): value.strip().strip("\"'") for name, _, value in lines})
    yield from (known.value for known in named_values(text) if _may_be_secret(known.value))
    for url in URL.findall(text):
        with suppress(ValueError):
            yield from _password(urlsplit(url))


def _under_names(value: object, name: str = "", above: str = "", depth: int = 0) -> Iterator[str]:
    """Every text that stands below a name which says that it is secret, or that is a URL with a login."""
    if depth > DEPTH_MAX:
        return
    match value:
        case str():
            if _may_be_secret(value, name) and (_says_secret(name, above, value) or _has_login(value)):
                yield from _parts(value)
            if value.startswith("{"):  # an account of Google's in one line
                with suppress(ValueError, RecursionError):
                    yield from _under_names(json.loads(value), name, above, depth + 1)
        case dict():
            for key, item in value.items():
                below = (name, above) if key in CONTENT and NAME.search(name) else (str(key), name)
                yield from _under_names(item, *below, depth + 1)
        case list() | tuple():
            for item in value:
                yield from _under_names(item, name, above, depth + 1)


def _says_secret(name: str, above: str, value: str) -> bool:
    if SESSION.search(name) and CHAT.match(value):
        return False
    place = f"{above}.{name}"
    return bool(NAME.search(name) or PLACE.match(place) or (ENV.match(place) and RANDOM.match(value)))


def _may_be_secret(value: str, name: str = "") -> bool:
    if len(value) < VALUE_MIN_CHARS or NO_SECRET.match(value) or value.startswith("${"):
        return False
    return not (PATH.match(value) and (OF_PATHS.search(name) or _exists(value)))


def _exists(path: str) -> bool:
    with suppress(OSError):  # as of what is too long for a name
        return Path(path).exists()
    return False


def _has_login(value: str) -> bool:
    return "://" in value and "@" in value


def _parts(value: str) -> Iterator[str]:
    """The whole, and what is secret of it on its own: of a URL its password and the long words of its path,
    of Telegram's token what follows the bot's number.
    """
    yield value
    if scheme := SCHEME.match(value):
        yield value[scheme.end() :]
    if "://" not in value:
        yield value.rpartition(":")[2] if re.match(r"[0-9]{6,12}:", value) else value
        return
    with suppress(ValueError):
        url = urlsplit(value)
        words = [*url.path.split("/"), *(text for _, text in parse_qsl(url.query)), url.username or ""]
        yield from (part for word in words if WORD.fullmatch(word) for part in (word, unquote(word)))
        yield from _password(url)


def _password(url: SplitResult) -> Iterator[str]:
    yield from (url.password or "", unquote(url.password or ""))
