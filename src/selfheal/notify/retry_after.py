"""How long a service asks us to wait: in HTTP's header, or in the answer as Discord and Telegram do."""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec

LONGEST = timedelta(days=1)  # who asks for more is asked again after a day


class _Parameters(msgspec.Struct):
    retry_after: float | None = None


class _Said(msgspec.Struct):
    retry_after: float | None = None  # Discord, in seconds
    parameters: _Parameters | None = None  # Telegram, likewise


def asked_wait(headers: Mapping[str, str], body: bytes) -> timedelta | None:
    """The longest that was asked for. None when nothing was, or nothing that can be understood."""
    waits = [*_from_header(headers), *_from_body(body)]
    return min(max(timedelta(0), *waits), LONGEST) if waits else None


def _from_header(headers: Mapping[str, str]) -> Iterable[timedelta]:
    value = headers.get("retry-after", "").strip()
    if not value:
        return ()
    try:
        return _seconds(float(value))
    except ValueError:
        return _until(value, headers.get("date", ""))


def _until(value: str, sent: str) -> Iterable[timedelta]:
    """A date is held against the service's own clock, if it says what time it is."""
    try:
        end = parsedate_to_datetime(value)
        now = parsedate_to_datetime(sent) if sent else datetime.now(UTC)
        return (end - now,)
    except (ValueError, TypeError):  # no date, or one without a zone
        return ()


def _from_body(body: bytes) -> Iterable[timedelta]:
    try:
        said = msgspec.json.decode(body, type=_Said)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    found = (said.retry_after, said.parameters.retry_after if said.parameters else None)
    return [wait for value in found if value is not None for wait in _seconds(value)]


def _seconds(value: float) -> Iterable[timedelta]:
    return (
        (timedelta(seconds=min(value, LONGEST.total_seconds())),)
        if math.isfinite(value) and value >= 0
        else ()
    )
