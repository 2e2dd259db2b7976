"""HTTPS as every route speaks it: one request, and what became of it in `route`'s kinds of error."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from selfheal import __version__
from selfheal.notify.breaks import why_broken
from selfheal.notify.hide import Secrets
from selfheal.notify.limits import one_line
from selfheal.notify.retry_after import asked_wait
from selfheal.notify.route import Attachment, LaterError, RefusedError, UnsureError
from selfheal.notify.trust import trust

T = TypeVar("T")
ANSWER_BYTES = 64 * 1024  # a receipt is small; more is not read
WORDS = 160  # characters of an answer that stand in an error

REFUSALS = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.GONE,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
"""The same again would be refused again. Whatever else is not a success may pass."""

for _name in ("httpx", "httpcore"):  # they log each request's URL, and a URL may be the secret
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True)
class Reach:
    """How the network is reached. `ca`: a bundle that is trusted instead of the usual ones.

    `transport`: made over the verification that is ours, for a world in which names lead elsewhere. Without
    it httpx's own, through the proxy of the environment if there is one.
    """

    ca: Path | None = None
    timeout_s: float = 20.0  # for all of a request, name resolution included
    transport: Callable[[ssl.SSLContext], httpx.AsyncBaseTransport] | None = None


@dataclass(frozen=True)
class Ask:
    """One request: `payload` becomes JSON, `fields` and `files` a form, or `content` is the body.

    `most_bytes`: of the answer that are read.
    """

    url: str
    payload: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    files: tuple[tuple[str, Attachment], ...] = ()
    content: bytes | None = None
    method: str = "POST"
    most_bytes: int = ANSWER_BYTES


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def read(self, kind: type[T]) -> T | None:
        """None when it is not what the service's documentation says."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None


class Https:
    """The requests of one route. `secrets`: what stands in no error's text, whoever says it."""

    def __init__(self, route: str, secrets: Iterable[str], reach: Reach) -> None:
        self._route = route
        self._secrets = Secrets(secrets)
        self._timeout_s = reach.timeout_s
        context = trust(reach.ca)
        self._client = httpx.AsyncClient(
            verify=context,
            transport=reach.transport(context) if reach.transport else None,
            timeout=None,  # noqa: S113 -- one deadline for all of a request, in `exchange`
            headers={"user-agent": f"openclaw-selfheal/{__version__}"},
        )

    async def send(self, ask: Ask) -> Answer:
        """The answer, a success. A redirect is none: what is for one host is not given to another."""
        return self.judged(await self.exchange(ask))

    async def exchange(self, ask: Ask) -> Answer:
        """The answer, whatever it is."""
        sent = False

        async def trace(event: str, info: Mapping[str, object]) -> None:
            nonlocal sent
            # From its first byte on: whoever is interrupted in sending knows not what the host has sent on.
            # What is sent to a proxy first, so that it leads there, is another request.
            leads = getattr(info.get("request"), "method", b"") == b"CONNECT"
            sent = sent or (event.endswith("send_request_body.started") and not leads)

        try:
            async with asyncio.timeout(self._timeout_s), self._open(ask, trace) as response:
                return Answer(
                    response.status_code, response.headers, await _start_of(response, ask.most_bytes)
                )
        except (
            httpx.RequestError,
            OSError,
            UnicodeError,
        ) as error:  # UnicodeError: of a name that cannot be one
            why = self._say(why_broken(urlsplit(ask.url).hostname or "", error))
        raise UnsureError(why) if sent else LaterError(why)

    def judged(self, answer: Answer) -> Answer:
        """Raises what an answer means that is no success."""
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return answer
        if answer.status in REFUSALS:
            raise RefusedError(self._answered(answer))
        if answer.status == HTTPStatus.GATEWAY_TIMEOUT:  # its door has passed the message on
            raise UnsureError(self._answered(answer), asked_wait(answer.headers, answer.body))
        raise LaterError(self._answered(answer), asked_wait(answer.headers, answer.body))

    def unknown(self, answer: Answer) -> LaterError:
        """For a success without the receipt that its service promises: somebody else may have answered."""
        return LaterError(self._answered(answer))

    def moved(self, answer: Answer) -> LaterError:
        """For a redirect that is not followed: a person may know the new place, and set it."""
        where = one_line(answer.headers.get("location", ""))[:WORDS]
        if not where:
            return LaterError(self._answered(answer))
        return LaterError(self._say(f"it has moved to {where} (HTTP {answer.status}): set its new name"))

    def later(self, answer: Answer, after: timedelta) -> LaterError:
        """For a refusal that will pass, as only who knows the service can tell."""
        return LaterError(self._answered(answer), after=after)

    async def close(self) -> None:
        await self._client.aclose()

    def _open(self, ask: Ask, trace: object) -> AbstractAsyncContextManager[httpx.Response]:
        files = [(part, (file.name, file.content, file.media_type)) for part, file in ask.files]
        headers = dict(ask.headers)
        content = ask.content
        if ask.payload is not None:
            headers["content-type"] = "application/json"
            content = msgspec.json.encode(ask.payload)
        return self._client.stream(
            ask.method,
            ask.url,
            headers=headers,
            content=content,
            data=dict(ask.fields) or None,
            files=files or None,
            extensions={"trace": trace},
        )

    def _answered(self, answer: Answer) -> str:
        words = one_line(self._secrets.hide(answer.body.decode("utf-8", "replace")))
        said = f": {words[:WORDS]}" if words else ""
        return self._say(f"it answers with HTTP {answer.status}{said}")

    def _say(self, why: str) -> str:
        return f"cannot tell {self._route}: {self._secrets.hide(why)}"


async def _start_of(response: httpx.Response, most_bytes: int) -> bytes:
    """The first of an answer's bytes. A refusal whose end is missing is a refusal all the same."""
    heard = bytearray()
    try:
        async for piece in response.aiter_bytes():
            heard += piece
            if len(heard) >= most_bytes:
                break
    except httpx.RequestError:
        if response.is_success:
            raise
    return bytes(heard[:most_bytes])
