"""Hides secrets in whatever leaves this machine or is shown to another program: messages, files, evidence.

Two ways at once: values that are known to be secret are hidden wherever they stand and however they are
written; and what looks like a secret is hidden by its place, its issuer's beginning, or its name.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from selfheal.texts.secret_commands import COMMANDS
from selfheal.texts.secret_issuers import ISSUED
from selfheal.texts.secret_names import NAMED
from selfheal.texts.secret_patterns import Pattern
from selfheal.texts.secret_places import ADDRESSES, AROUND
from selfheal.texts.secret_sentences import SAID

ALL = (*AROUND, *ADDRESSES, *ISSUED, *COMMANDS, *SAID, *NAMED)
"""In this order: what a place or an issuer tells has the better name."""


SHORTEST = 4  # characters; a shorter value stands in every sentence
SHORTEST_PIECE = 8  # characters; what is shorter is hidden only where it is a word of its own
SHORTEST_LINE = 16  # characters of a line of a secret of many lines, as of a key
WRAP = re.compile(r"[ \t│┃]*\r?\n[ \t│┃]*")
"""Where a terminal breaks a line that is too long, in a frame or not."""

KEY_LINE = re.compile(r"[A-Za-z0-9+/=]{1,80}\Z")
KEY_END = re.compile(r"-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")


class Known(NamedTuple):
    """`kind` is said in the value's place."""

    kind: str
    value: str


def mark(kind: str) -> str:
    return f"[redacted: {kind}]"


class Redactor:
    """Takes some milliseconds for each form of each known value and megabyte; make it once."""

    def __init__(self, known: Iterable[Known] = ()) -> None:
        values = {one.value: one.kind for one in known if len(one.value) >= SHORTEST}
        found = {form: kind for value, kind in values.items() for form in _forms(value)}
        self._forms = sorted(found.items(), key=lambda item: len(item[0]), reverse=True)
        self._values = [(value, kind) for value, kind in values.items() if len(value) >= SHORTEST_LINE]

    def redact(self, text: str) -> str:
        """The same text without its secrets. What is redacted already stays as it is."""
        text = _without_headless_keys(self._without_wrapped(self._without_known(text)))
        lowered = text.lower()
        for pattern in ALL:
            if any(hint in lowered for hint in pattern.hints):
                text = _hidden(pattern, text)
        return text

    def _without_known(self, text: str) -> str:
        for form, kind in self._forms:
            if form not in text:
                continue
            if len(form) >= SHORTEST_PIECE:
                text = text.replace(form, mark(kind))
            else:
                word = rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])"
                text = re.sub(word, lambda _, kind=kind: mark(kind), text)  # type: ignore[misc]
        return text

    def _without_wrapped(self, text: str) -> str:
        """A value that a terminal broke over two lines."""
        joined = WRAP.sub("", text) if self._values and "\n" in text else text
        for value, kind in self._values:
            if value in joined:
                broken = f"(?:{WRAP.pattern})?".join(re.escape(char) for char in value)
                text = re.sub(broken, lambda _, kind=kind: mark(kind), text)  # type: ignore[misc]
        return text


def named_values(text: str) -> Iterator[Known]:
    """What stands behind «password:», «apiKey=» and the like: the secrets of a config that may be broken."""
    for pattern in NAMED:
        for found in pattern.regex.finditer(text):
            value = found[found.lastindex or 0]
            if value and "[redacted" not in value:
                yield Known(pattern.kind, value)


def _hidden(pattern: Pattern, text: str) -> str:
    def replaced(found: re.Match[str]) -> str:
        group = found.lastindex or 0
        start, end = (place - found.start() for place in found.span(group))
        whole = found[0]
        return whole[:start] + mark(pattern.kind) + whole[end:]

    return pattern.regex.sub(replaced, text)


def _forms(value: str) -> Iterator[str]:
    """As it is, and as URLs, JSON and base64 have it, whatever stands before it there."""
    raw = value.encode("utf-8", "surrogatepass")
    quoted = (quote(raw), quote(raw, safe=""), quote_plus(raw))
    yield value
    yield from quoted
    yield from (re.sub(r"%..", lambda code: code[0].lower(), form) for form in quoted)
    for escaped in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield from (escaped, escaped.replace("/", "\\/"), json.dumps(escaped, ensure_ascii=False)[1:-1])
    for form in _base64_forms(raw):
        yield from (
            form,
            form.replace("+", "-").replace("/", "_"),
            form.replace("+", "%2B").replace("/", "%2F"),
        )
    yield from (line for line in value.splitlines() if SHORTEST_LINE <= len(line) < len(value))


def _base64_forms(raw: bytes) -> Iterator[str]:
    """What base64 makes of it behind none, one or two other bytes, as far as it depends on nothing else."""
    for before, unsure in ((0, 0), (1, 2), (2, 3)):
        sure = (before + len(raw)) * 8 // 6
        form = b64encode(b"\0" * before + raw).decode()[unsure:sure]
        if len(form) >= SHORTEST_PIECE:
            yield form


def _without_headless_keys(text: str) -> str:
    """The end of a private key whose beginning was cut off with the lines before it."""
    end = KEY_END.search(text)
    begin = text.find("PRIVATE KEY-----")
    if end is None or begin < end.start():
        return text
    *lines, _ = text[: end.start()].split("\n")
    first = len(lines)
    while first and KEY_LINE.match(lines[first - 1].strip()):
        first -= 1
    return "\n".join([*lines[:first], mark("private key") + text[end.end() :]])
