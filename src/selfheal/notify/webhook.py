"""Any program that takes HTTP, with a signature by which it knows that the message is ours and new.

The form is Standard Webhooks, for which there are libraries in most languages:

 * `webhook-id`: the mark, the same however often a message is sent: the key of idempotency
 * `webhook-timestamp`: seconds since 1970
 * `webhook-signature`: «v1,» and base64 of HMAC-SHA256(secret, «id.timestamp.body»)

Whatever answers with a success has taken it, with `{"id": …}` as its receipt if it says so, but for a page of
HTML: that comes from a login or a portal in front of the program, which has not seen the message.

Source: standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
"""

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping

import msgspec

from selfheal.notify.given import given_url
from selfheal.notify.hide import secrets_of
from selfheal.notify.https import Answer, Ask, Https, Reach
from selfheal.notify.limits import fitting, one_line, shorten
from selfheal.notify.route import Message
from selfheal.ports.outbox import Receipt

MOST_CHARACTERS = 100_000  # nobody reads more, and no receiver has to hold more
MOST_BYTES = 5 * 1024 * 1024  # of files; they go as base64 within the JSON
PREFIX = "whsec_"
"""Of a secret that is base64, as the standard shows it. Another is taken as it is."""


PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+)?html\b", re.IGNORECASE)
"""How one begins. The content-type says nothing: frameworks call a bare «ok» text/html."""


class _Taken(msgspec.Struct):
    id: str = ""


class Webhook:
    """route.Route. All of `url` is a secret. `now`: seconds since 1970."""

    def __init__(
        self,
        name: str,
        url: str,
        secret: str,
        now: Callable[[], float] = time.time,
        reach: Reach | None = None,
    ) -> None:
        given_url(url, "the webhook")
        self.name = name
        self._url = url
        self._key = _key(secret)
        self._now = now
        self._https = Https(name, (*secrets_of(url), secret), reach or Reach())

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        files, left = fitting(message.attachments, MOST_BYTES)
        attached = [
            {"name": file.name, "media_type": file.media_type, "base64": file.content} for file in files
        ]
        more = {"in_reply_to": earlier.id if earlier else None, "again": again, "attachments": attached}
        answer = await self._post(message, more)
        taken = answer.read(_Taken)
        return Receipt(taken.id if taken and taken.id else message.mark, lacks=left)

    async def prove(self, message: Message) -> None:
        """Like every message, and marked as a canary: who takes it there shows it to nobody."""
        await self._post(message, {"canary": True})

    async def close(self) -> None:
        await self._https.close()

    async def _post(self, message: Message, more: Mapping[str, object]) -> Answer:
        said = {
            "id": message.mark,
            "thread": message.thread,
            "severity": message.severity,
            "silent": message.silent,
            "title": shorten(one_line(message.title), MOST_CHARACTERS),
            "body": shorten(message.body, MOST_CHARACTERS),
        }
        body = msgspec.json.encode({**said, **more})
        stamp = str(int(self._now()))
        headers = {
            "content-type": "application/json",
            "webhook-id": message.mark,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(self._key, message.mark, stamp, body),
        }
        answer = await self._https.send(Ask(self._url, content=body, headers=headers))
        if PAGE.match(answer.body):
            raise self._https.unknown(answer)
        return answer


def signature(key: bytes, mark: str, stamp: str, body: bytes) -> str:
    digest = hmac.digest(key, f"{mark}.{stamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def _key(secret: str) -> bytes:
    if not secret:
        raise ValueError("cannot sign for the webhook: its secret is empty")
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"cannot sign for the webhook: what follows {PREFIX} is not base64") from None
