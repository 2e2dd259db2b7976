"""ntfy, hosted or one's own. The mark is the message's sequence ID: what is sent again changes the
notification that is there (from server 2.16 on; an older one shows it a second time).

Source: binwiederhier/ntfy, docs/publish.md (publish as JSON, updating notifications, attach local file).
"""

import itertools
import re
from contextlib import suppress

import httpx
import msgspec

from selfheal.notify.following import follow
from selfheal.notify.given import given_form, given_url, given_word
from selfheal.notify.hide import secrets_of
from selfheal.notify.https import Ask, Https, Reach
from selfheal.notify.limits import fitting, octets, one_line, shorten, without_title
from selfheal.notify.route import Attachment, Message, RouteError, Severity
from selfheal.ports.outbox import Receipt

PUBLIC = "https://ntfy.sh"
MOST_OCTETS = 4096  # a longer one would become a file
MOST_TITLE = 250  # octets; there is no limit, and a phone shows less
MOST_BYTES = 2 * 1024 * 1024  # of files, as ntfy.sh has it; one's own server takes 15 MB
PRIORITY = {Severity.CRITICAL: 5, Severity.WARNING: 4, Severity.INFO: 3}
QUIET = 2  # neither sound nor vibration
QUIETEST = 1
TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")  # another is refused by the server: server/server.go
TOPIC_LIKE = "my-alerts_7: at most 64 letters of A to Z, digits, - and _"


class _Taken(msgspec.Struct):
    id: str


class Ntfy:
    """route.Route. `topic` is as good as a password: who knows it can read. `token`: of an account."""

    def __init__(
        self, name: str, topic: str, server: str = PUBLIC, token: str = "", reach: Reach | None = None
    ) -> None:
        self.name = name
        given_url(server, "the ntfy server")
        self._server = server.rstrip("/")
        self._topic = given_form(topic, "the ntfy topic", TOPIC, TOPIC_LIKE)
        self._login = {"authorization": f"Bearer {given_word(token, 'the ntfy token')}"} if token else {}
        self._https = Https(name, (topic, token, *secrets_of(server)), reach or Reach())

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        del earlier, again  # the mark is always said
        said = {
            "topic": self._topic,
            "title": shorten(one_line(message.title), MOST_TITLE, octets),
            "message": shorten(without_title(message.body), MOST_OCTETS, octets),
            "priority": QUIET if message.silent else PRIORITY[message.severity],
            "sequence_id": message.mark,
        }
        answer = await self._https.send(Ask(self._server, payload=said, headers=self._login))
        taken = answer.read(_Taken)
        if taken is None:
            raise self._https.unknown(answer)
        files, left = fitting(message.attachments, MOST_BYTES)
        return Receipt(taken.id, lacks=left + await self._add(files, message.mark))

    async def prove(self, message: Message) -> None:
        """The quietest message, taken back at once; a server older than 2.16 keeps it, below the fold."""
        said = {
            "topic": self._topic,
            "title": shorten(one_line(message.title), MOST_TITLE, octets),
            "message": shorten(without_title(message.body), MOST_OCTETS, octets),
            "priority": QUIETEST,
            "sequence_id": message.mark,
        }
        answer = await self._https.send(Ask(self._server, payload=said, headers=self._login))
        if answer.read(_Taken) is None:
            raise self._https.unknown(answer)
        url = f"{self._server}/{self._topic}/{message.mark}"
        with suppress(RouteError):
            await self._https.send(Ask(url, headers=self._login, method="DELETE"))

    async def close(self) -> None:
        await self._https.close()

    async def _add(self, files: tuple[Attachment, ...], mark: str) -> tuple[str, ...]:
        """Files follow as quiet messages: a server may take none."""
        numbers = itertools.count(1)

        async def send(file: Attachment) -> None:
            params = {"filename": file.name, "priority": str(QUIETEST)}
            url = str(httpx.URL(f"{self._server}/{self._topic}").copy_merge_params(params))
            headers = self._login | {"x-sequence-id": f"{mark}-{next(numbers)}"}
            await self._https.send(Ask(url, content=file.content, headers=headers, method="PUT"))

        return await follow(files, send)
