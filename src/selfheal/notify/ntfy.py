"""ntfy, hosted or one's own. The mark is the message's sequence ID: what is sent again changes the
notification that is there (from server 2.16 on; an older one shows it a second time).

Source: binwiederhier/ntfy, docs/publish.md (publish as JSON, updating notifications, attach local file).
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import httpx
import msgspec

from selfheal.notify.following import follow
from selfheal.notify.given import given_form, given_url, given_word
from selfheal.notify.hide import secrets_of
from selfheal.notify.https import Ask, Https, Reach
from selfheal.notify.limits import fitting, octets, one_line, shorten, without_title
from selfheal.notify.route import Attachment, Message, PartlyError, RefusedError, RouteError, Severity
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
        """Files that may be taken later are tried again alone: they are its `only` then. If they fail again
        it is changed, without a sound, to one that says where they lie (`handover`).
        """
        del earlier, again  # the mark is always said
        key = message.mark
        if not (message.only and message.attachments):
            loud = QUIET if message.silent or message.only else PRIORITY[message.severity]
            key = (await self._say(message, loud)).id
        files, left = fitting(message.attachments, MOST_BYTES)
        failed = await self._add(files, message)
        late = {name: error for name, error in failed.items() if not isinstance(error, RefusedError)}
        receipt = Receipt(key, lacks=(*left, *failed))
        if not late:
            return receipt
        first = next(iter(late.values()))
        if set(message.only) == set(late):  # none was taken
            raise first
        raise PartlyError(str(first), replace(receipt, lacks=tuple(late)), first.after)

    async def prove(self, message: Message) -> None:
        """The quietest message, taken back at once; a server older than 2.16 keeps it, below the fold."""
        await self._say(message, QUIETEST)
        url = f"{self._server}/{self._topic}/{message.mark}"
        with suppress(RouteError):
            await self._https.send(Ask(url, headers=self._login, method="DELETE"))

    async def close(self) -> None:
        await self._https.close()

    async def _say(self, message: Message, priority: int) -> _Taken:
        said = {
            "topic": self._topic,
            "title": shorten(one_line(message.title), MOST_TITLE, octets),
            "message": shorten(without_title(message.body), MOST_OCTETS, octets),
            "priority": priority,
            "sequence_id": message.mark,
        }
        answer = await self._https.send(Ask(self._server, payload=said, headers=self._login))
        taken = answer.read(_Taken)
        if taken is None:
            raise self._https.unknown(answer)
        return taken

    async def _add(self, files: Sequence[Attachment], message: Message) -> Mapping[str, RouteError]:
        """Files follow as quiet messages: a server may take none."""
        numbers = {file.name: number for number, file in enumerate(files, start=1)}

        async def send(file: Attachment) -> None:
            params = {"filename": file.name, "priority": str(QUIETEST)}
            url = str(httpx.URL(f"{self._server}/{self._topic}").copy_merge_params(params))
            headers = self._login | {"x-sequence-id": f"{message.mark}-{numbers[file.name]}"}
            await self._https.send(Ask(url, content=file.content, headers=headers, method="PUT"))

        wanted = (file for file in files if not message.only or file.name in message.only)
        return await follow(wanted, send)
