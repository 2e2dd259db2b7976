"""Keeps what a service says about us free of what only we and it may know.

A service repeats in its answers what it was asked, a path with a token in it included.
"""

from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, unquote, urlsplit

HIDDEN = "***"
SHORTEST = 4  # characters; a shorter piece of a URL is no secret, and would be found in every sentence
SHORTEST_PIECE = 8  # characters
WORDS = frozenset({"services", "webhooks"})  # as long, and of every such URL


class Secrets:
    """What must not be said, in the forms in which it may come back to us."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values for form in (value, quote(value), quote(value, safe=""))}
        self._forms = sorted((form for form in forms if len(form) >= SHORTEST), key=len, reverse=True)

    def hide(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text


def secrets_of(url: str) -> tuple[str, ...]:
    """Everything of a secret URL but its host: the whole, the path, and each piece that is long enough."""
    parts = urlsplit(url)
    pieces = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query)), parts.fragment]
    login = [value for value in (parts.username, parts.password) if value]
    long = [piece for piece in pieces if len(piece) >= SHORTEST_PIECE and piece not in WORDS]
    whole = [url, *(part for part in (parts.path, parts.query) if len(part) >= SHORTEST_PIECE)]
    known = (*whole, *long, *login)
    return (*known, *(unquote(value) for value in known))
