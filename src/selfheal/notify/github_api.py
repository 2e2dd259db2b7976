"""The few requests that issues of a GitHub repository need, and what GitHub means by its refusals.

A repository that was renamed answers by its old name with where it is now: that is followed, by the same
method, and only on the same host, as our token is for no other.

Source: GitHub's REST documentation, «Issues», «Rate limits» and «Best practices»; its OpenAPI description.
"""

import math
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from selfheal.notify.given import given_word
from selfheal.notify.https import Answer, Ask, Https, Reach
from selfheal.notify.retry_after import LONGEST, asked_wait

T = TypeVar("T")
API = "https://api.github.com"
VERSION = "2022-11-28"  # the default one; what we use is the same in 2026-03-10
PAGE = 50  # issues; each may be a quarter of a megabyte
PAGES = 40  # of issues with our label
RECENT_PAGES = 2  # of issues with any
ANSWER_BYTES = 32 * 1024 * 1024  # of a page of issues, all of them full
LIMITED_S = 60.0  # GitHub's advice where it names no time

MOVES_MOST = 3  # from one place to the next

LIMITS = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
KEPT = frozenset({HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT})  # with their method
MOVED = KEPT | {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND}
GONE = MOVED | {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


class Label(msgspec.Struct):
    name: str | None = None


class Found(msgspec.Struct):
    """An issue as GitHub has it, as far as we need it. Each pull request is one too."""

    number: int
    state: str
    html_url: str = ""
    body: str | None = None
    comments: int = 0
    labels: list[Label | str] = []
    pull_request: dict[str, object] | None = None

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def label_names(self) -> set[str]:
        names = (label if isinstance(label, str) else label.name for label in self.labels)
        return {name.lower() for name in names if name}


class Comment(msgspec.Struct):
    id: int
    body: str | None = None


class Issues:
    """Those of `repository` («owner/name»). Raises RouteError's kinds. `now`: seconds since 1970."""

    def __init__(
        self, route: str, repository: str, token: str, reach: Reach, now: Callable[[], float] = time.time
    ) -> None:
        self._path = f"{API}/repos/{repository}/issues"
        self._now = now
        self._https = Https(route, (token,), reach)
        self._headers = {
            "accept": "application/vnd.github+json",
            "authorization": f"Bearer {given_word(token, 'the GitHub token')}",
            "x-github-api-version": VERSION,
        }

    async def close(self) -> None:
        await self._https.close()

    async def find(self, number: str) -> Found | None:
        """None: it was deleted, moved to another repository, or never there."""
        answer = await self._https.exchange(self._ask("GET", f"/{number}"))
        if answer.status in MOVED:  # with its repository, or alone
            await self._send("GET", "", params={"per_page": "1"})
            answer = await self._https.exchange(self._ask("GET", f"/{number}"))
        if answer.status in GONE:
            return None
        return self._read(self._judged(answer), Found)

    async def labelled(self, label: str) -> AsyncIterator[Found]:
        """With it, closed ones too, oldest first."""
        async for each in self._list({"labels": label, "direction": "asc"}, PAGES):
            yield each

    async def recent(self) -> list[Found]:
        """The last ones with any label or none, oldest of them first."""
        last = [each async for each in self._list({"direction": "desc"}, RECENT_PAGES)]
        return sorted(last, key=lambda each: each.number)

    async def last_comments(self, issue: Found) -> list[Comment]:
        """Of the last two pages; the count may be behind by what has just been said."""
        last = issue.comments // PAGE + 1
        return [
            comment
            for page in range(max(1, last - 1), last + 1)
            for comment in await self._comments(issue, page)
        ]

    async def make(self, title: str, body: str, labels: Iterable[str]) -> Found:
        said = {"title": title, "body": body, "labels": list(labels)}
        return self._read(await self._send("POST", "", said), Found)

    async def comment(self, issue: Found, body: str) -> Comment:
        return self._read(await self._send("POST", f"/{issue.number}/comments", {"body": body}), Comment)

    async def set_open(self, issue: Found, *, to: bool) -> None:
        state, reason = ("open", "reopened") if to else ("closed", "completed")
        said = {"state": state, "state_reason": reason}
        self._read(await self._send("PATCH", f"/{issue.number}", said), Found)

    async def _list(self, which: Mapping[str, str], pages: int) -> AsyncIterator[Found]:
        for page in range(1, pages + 1):
            asked = {"state": "all", "sort": "created", "page": str(page), **which}
            answer = await self._send("GET", "", params=asked)
            for each in self._read(answer, list[Found]):
                if each.pull_request is None:
                    yield each
            if 'rel="next"' not in answer.headers.get("link", ""):
                return

    async def _comments(self, issue: Found, page: int) -> list[Comment]:
        answer = await self._send("GET", f"/{issue.number}/comments", params={"page": str(page)})
        return self._read(answer, list[Comment])

    async def _send(
        self, method: str, path: str, said: object = None, params: Mapping[str, str] | None = None
    ) -> Answer:
        answer = await self._https.exchange(self._ask(method, path, said, params))
        for _ in range(MOVES_MOST):
            follows = answer.status in (MOVED if method == "GET" else KEPT)
            moved = _moved(answer, path) if follows else None
            if moved is None:
                break
            self._path = moved
            answer = await self._https.exchange(self._ask(method, path, said, params))
        if answer.status in MOVED:
            raise self._https.moved(answer)
        return self._judged(answer)

    def _ask(
        self, method: str, path: str, said: object = None, params: Mapping[str, str] | None = None
    ) -> Ask:
        query = f"?{httpx.QueryParams({'per_page': str(PAGE), **params})}" if params else ""
        return Ask(
            f"{self._path}{path}{query}",
            payload=said,
            headers=self._headers,
            method=method,
            most_bytes=ANSWER_BYTES,
        )

    def _judged(self, answer: Answer) -> Answer:
        wait = limited(answer, self._now())
        if wait is not None:
            raise self._https.later(answer, wait)
        return self._https.judged(answer)

    def _read(self, answer: Answer, kind: type[T]) -> T:
        heard = answer.read(kind)
        if heard is None:
            raise self._https.unknown(answer)
        return heard


def _moved(answer: Answer, path: str) -> str | None:
    """Where the issues are now, `path` being what was asked for below them. None: not on the same host, or it
    cannot be told.
    """
    try:
        url = urlsplit(answer.headers.get("location", ""))
        here = (url.scheme, url.netloc) == urlsplit(API)[:2]
    except ValueError:
        return None
    return f"{API}{url.path.removesuffix(path)}" if here and url.path.endswith(f"/issues{path}") else None


def limited(answer: Answer, now: float) -> timedelta | None:
    """How long to wait where GitHub refuses because it was asked too often. None: it is no such refusal.

    A refusal for good and a limit have the same status (403); headers and words tell them apart.
    """
    if answer.status not in LIMITS:
        return None
    asked = asked_wait(answer.headers, answer.body)
    if asked is not None:
        return asked
    if answer.headers.get("x-ratelimit-remaining", "").strip() == "0":
        return _until_reset(answer.headers, now)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or b"rate limit" in answer.body.lower():
        return timedelta(seconds=LIMITED_S)
    return None


def _until_reset(headers: Mapping[str, str], now: float) -> timedelta:
    """Held against GitHub's own clock, if it says what time it is."""
    try:
        reset = float(headers.get("x-ratelimit-reset", ""))
    except ValueError:
        reset = math.nan
    if not math.isfinite(reset):
        return timedelta(seconds=LIMITED_S)
    with suppress(ValueError, TypeError):
        now = parsedate_to_datetime(headers.get("date", "")).timestamp()
    left_s = max(0.0, reset - now) + 1.0  # the header is in whole seconds
    return min(timedelta(seconds=min(left_s, LONGEST.total_seconds())), LONGEST)
