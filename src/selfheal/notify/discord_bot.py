"""Discord by a bot's token and a channel. What is sent again within minutes is not shown twice: Discord holds
the mark against the bot's last messages and gives the first one back.
"""

from selfheal.notify.discord import post, words
from selfheal.notify.given import given_number, given_word
from selfheal.notify.https import Https, Reach
from selfheal.notify.route import Message
from selfheal.ports.outbox import Receipt

API = "https://discord.com/api/v10"


class DiscordBot:
    """route.Route. `channel`: its id, for which the bot needs «Send Messages» and «Attach Files»."""

    def __init__(self, name: str, token: str, channel: str, reach: Reach | None = None) -> None:
        self.name = name
        self._login = f"Bot {given_word(token, 'the Discord bot token')}"
        self._url = f"{API}/channels/{given_number(channel, 'the Discord channel id')}/messages"
        self._https = Https(name, (token,), reach or Reach())

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        del again  # the mark is always said
        said = words(message) | {"nonce": message.mark, "enforce_nonce": True}
        if earlier:
            # A message that a person has deleted in the meantime does not stop the next one.
            said["message_reference"] = {"message_id": earlier.id, "fail_if_not_exists": False}
        return await post(self._https, self._url, said, message, self._login)

    async def close(self) -> None:
        await self._https.close()
