"""Refuses early what a person gave and no service could take. The errors do not repeat the value."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

NEAR = (".local", ".lan", ".internal", ".home.arpa", ".localhost")
"""Names of a house's own network, where a service without TLS is common and nobody outside listens."""


def given_url(url: str, what: str) -> SplitResult:
    """With https, or with http to a host of one's own network."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise ValueError(f"cannot use {what}: it is not a URL") from None
    if not host or not _clean(url) or parts.scheme not in {"http", "https"}:
        raise ValueError(f"cannot use {what}: it is not a URL that begins with https://")
    if parts.scheme == "http" and not _near(host):
        raise ValueError(f"cannot use {what}: what goes to {host} needs https")
    return parts


def given_word(value: str, what: str) -> str:
    """A token or name that goes into a header or a path as it is."""
    if not value or not _clean(value) or "/" in value:
        raise ValueError(
            f"cannot use {what}: it is empty, or has a blank or another sign that cannot be in it"
        )
    return value


def given_number(value: str, what: str) -> str:
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f"cannot use {what}: it is not a number")
    return value


def given_form(value: str, what: str, form: re.Pattern[str], such: str) -> str:
    """What a service names in one way alone. `such`: how one looks."""
    if not form.fullmatch(value):
        raise ValueError(f"cannot use {what}: it is not one as {such}")
    return value


def _clean(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _near(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(NEAR)
    return address.is_private or address.is_loopback
