"""The last words of a gateway that ended: short, on one line, and fit to be shown.

What a program prints when it fails may hold the secrets that it was given. They go before the words leave
this room: each value that the config or the environment keeps under a telling name, whatever looks like a
secret by itself, and what the redaction of messages knows. A file name lost too much is borne.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from selfheal.gateway import json5text
from selfheal.gateway.configfile import SIZE_MAX_BYTES
from selfheal.texts.key_names import KEYS

LINES = 3  # Node.js says what is wrong in the last but one, and its version in the last
LINE_CHARS = 160
HIDDEN = "***"
SECRET_CHARS_MIN = 6  # a shorter value hides nothing and would blot out common words
TELLING = (
    rf"(?:(?:{'|'.join(KEYS)})[_-]?key"
    r"|token|secret|passw(?:or)?d|passphrase|mnemonic|credential|authorization)"
)

TELLING_NAME = re.compile(TELLING, re.IGNORECASE)
ASSIGNED = re.compile(
    rf"({TELLING}\w*[\"']?\s*[:=]\s*)(?:bearer\s+)?(\"[^\"]*\"|'[^']*'|[^\s,;}}]+)", re.IGNORECASE
)
BEARER = re.compile(r"\b((?:bearer|basic)\s+)[\w.+/=~-]{6,}", re.IGNORECASE)
IN_URL = re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)")
RANDOM = re.compile(
    r"(?<![\w/.-])(?=[\w.-]*\d)(?=[\w.-]*[A-Za-z])[A-Za-z0-9_-]{20,}(?:\.[\w-]{4,})*(?![\w/])"
)
KEY_LINE = re.compile(r"^[ \t]*[A-Za-z0-9+/]{40,}={0,2}[ \t]*$", re.MULTILINE)
"""Of a private key whose first and last lines are none of the last words."""

MARK = re.compile(r"\[redacted: [^\]]*\]")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
ERROR = re.compile(
    r"error|exception|\bfatal\b|\bpanic|\babort|\bfail(?:s|ed|ure)?\b|\bcannot\b|\bcould not\b|\bunable\b"
    r"|\bunhandled\b|\buncaught\b|\brefus(?:ed|ing)\b|\bdenied\b|\binvalid\b|\bout of memory\b"
    r"|segmentation|core dumped|\bkilled\b|\bE[A-Z]{3,}\b:",
    re.IGNORECASE,
)
FRAME = re.compile(r"\s+at .*|[\s^~]*")


def last_words(text: str, secrets: Iterable[str] = ()) -> str:
    """The last lines that say something, the frames of a stack left out. Empty where nothing was said."""
    return _shown(_lines(text), secrets)


def last_errors(text: str, secrets: Iterable[str] = ()) -> str:
    """Those that speak of an error: a gateway that has served has its daily news in the last lines."""
    return _shown([line for line in _lines(text) if ERROR.search(line)], secrets)


def _lines(text: str) -> list[str]:
    return [line for line in ESCAPES.sub("", text).splitlines() if not FRAME.fullmatch(line)][-LINES:]


def _shown(lines: Iterable[str], secrets: Iterable[str]) -> str:
    text = without_secrets("\n".join(line.strip() for line in lines), secrets)
    return " / ".join(line[:LINE_CHARS] for line in text.splitlines())


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    if not text:
        return ""
    from selfheal.texts.redact import Redactor  # noqa: PLC0415 - half a megabyte that a well gateway never needs

    for value in sorted(secrets, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    text = MARK.sub(HIDDEN, Redactor().redact(text))
    text = ASSIGNED.sub(rf"\1{HIDDEN}", text)
    text = BEARER.sub(rf"\1{HIDDEN}", text)
    text = IN_URL.sub(rf"\1{HIDDEN}", text)
    return RANDOM.sub(HIDDEN, KEY_LINE.sub(HIDDEN, text))


def secrets_of(config: Path, environment: Mapping[str, str]) -> frozenset[str]:
    """What stands under a telling name. Blocking; a config that cannot be read names none."""
    found = {value for name, value in environment.items() if TELLING_NAME.search(name)}
    try:
        with config.open("rb") as file:
            text = file.read(SIZE_MAX_BYTES).decode("utf-8-sig", errors="replace")
        found |= set(_told(json5text.loads(text), secret=False))
    except (OSError, ValueError, RecursionError):
        pass
    return frozenset(value for value in found if len(value) >= SECRET_CHARS_MIN)


def _told(value: object, *, secret: bool) -> Iterator[str]:
    match value:
        case str() if secret:
            yield value
        case dict():
            for name, item in value.items():
                yield from _told(item, secret=secret or TELLING_NAME.search(name) is not None)
        case list():
            for item in value:
                yield from _told(item, secret=secret)
        case _:
            return
