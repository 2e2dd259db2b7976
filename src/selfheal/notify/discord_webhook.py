"""Discord by a channel's webhook: no bot is needed. It answers no message and knows no mark of ours, so a
message that may have arrived and is sent again can be seen twice.
"""

import httpx

from selfheal.notify.discord import post, prove, words
from selfheal.notify.given import given_url
from selfheal.notify.hide import secrets_of
from selfheal.notify.https import Https, Reach
from selfheal.notify.route import Message
from selfheal.ports.outbox import Receipt


class DiscordWebhook:
    """route.Route. `url`: as Discord shows it, https://discord.com/api/webhooks/ID/TOKEN, all a secret."""

    def __init__(self, name: str, url: str, reach: Reach | None = None) -> None:
        if "/webhooks/" not in given_url(url, "the Discord webhook").path:
            raise ValueError("cannot use the Discord webhook: its URL has no /webhooks/ in it")
        self.name = name
        # Without `wait` Discord answers before it has taken the message, and with nothing.
        self._url = str(httpx.URL(url).copy_merge_params({"wait": "true"}))
        self._https = Https(name, secrets_of(url), reach or Reach())

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        del earlier, again
        return await post(self._https, self._url, words(message), message)

    async def prove(self, message: Message) -> None:
        await prove(self._https, self._url, {}, message, self._message)

    async def close(self) -> None:
        await self._https.close()

    def _message(self, key: str) -> str:
        url = httpx.URL(self._url)
        return str(url.copy_with(path=f"{url.path.rstrip('/')}/messages/{key}").copy_remove_param("wait"))
