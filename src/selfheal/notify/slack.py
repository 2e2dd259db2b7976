"""Slack by an incoming webhook. It answers «ok» and gives no id, takes no files and answers no message.

It takes nothing back, and nothing that it takes is silent. So an empty text proves that the webhook lives:
Slack refuses it with «no_text» where it knows the address, and with another word (`no_service`,
`invalid_token`, …) where that is worth nothing any more. That the channel takes a text is not proved by it.

Source: Slack's documentation of incoming webhooks, their errors, and formatting text.
"""

from http import HTTPStatus

from selfheal.notify.given import given_url
from selfheal.notify.hide import secrets_of
from selfheal.notify.https import Ask, Https, Reach
from selfheal.notify.limits import shorten
from selfheal.notify.route import Message
from selfheal.ports.outbox import Receipt

MOST_CHARACTERS = 4000  # Slack advises so, and cuts at 40,000
EMPTY = b"no_text"
"""How it refuses a text that is empty."""
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""Without them «<!channel>» in a log line calls everybody."""


class Slack:
    """route.Route. `url`: as Slack shows it, https://hooks.slack.com/services/…, all of it a secret."""

    rings = True

    def __init__(self, name: str, url: str, reach: Reach | None = None) -> None:
        given_url(url, "the Slack webhook")
        self.name = name
        self._url = url
        self._https = Https(name, secrets_of(url), reach or Reach())

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        del earlier, again
        text = shorten(message.body, MOST_CHARACTERS, lambda part: len(part.translate(ESCAPES)))
        said = {"text": text.translate(ESCAPES), "unfurl_links": False, "unfurl_media": False}
        answer = await self._https.send(Ask(self._url, payload=said))
        if answer.body.strip() != b"ok":
            raise self._https.unknown(answer)
        return Receipt(message.mark, lacks=tuple(file.name for file in message.attachments))

    async def prove(self, message: Message) -> None:
        del message  # nothing is shown
        answer = await self._https.exchange(Ask(self._url, payload={"text": ""}))
        if answer.status == HTTPStatus.BAD_REQUEST and answer.body.strip() == EMPTY:
            return
        raise self._https.unknown(self._https.judged(answer))

    async def close(self) -> None:
        await self._https.close()
