"""What Discord's two doors, the webhook and the bot, have in common.

A text that is too long for a message goes on in embeds below it: the start is what a phone rings with. Where
they are not allowed (a bot without «Embed Links») Discord drops them or refuses the message: the text is cut.

Source: discord/discord-api-docs, resources/message, resources/webhook, reference (uploading files) and
topics/rate-limits.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import msgspec

from selfheal import __version__
from selfheal.notify.given import given_number, given_word
from selfheal.notify.https import Answer, Ask, Https
from selfheal.notify.limits import divided, fitting, shorten, units
from selfheal.notify.route import Attachment, Message, RefusedError, RouteError
from selfheal.ports.outbox import Receipt

API = "https://discord.com/api/v10"
MOST_CHARACTERS = 2000
MOST_OF_EMBED = 4096  # of its description
MOST_OF_EMBEDS = 6000  # of all of a message
MOST_FILES = 10
MOST_BYTES = (
    10 * 1024 * 1024 - 64 * 1024
)  # 10 MiB a file; kept for all of them, with room for the form around
SUPPRESS_NOTIFICATIONS = 1 << 12
LONGEST_REST_S = 60.0
AGENT = {"user-agent": f"DiscordBot (openclaw-selfheal, {__version__})"}
"""The form that Discord asks for; another may be blocked at its door."""


class Taken(msgspec.Struct):
    """The message as Discord has it, as far as we need it."""

    id: str


def channel_url(channel: str) -> str:
    return f"{API}/channels/{given_number(channel, 'the Discord channel id')}/messages"


def login_of(token: str) -> str:
    return f"Bot {given_word(token, 'the Discord bot token')}"


def words(message: Message, below: str = "") -> dict[str, object]:
    """Nobody is mentioned, whatever a log line in the text says. `below`: is said whole, above the embeds."""
    start, rest = divided(message.body, MOST_CHARACTERS - units(below), units)
    said: dict[str, object] = {"content": start + below, "allowed_mentions": {"parse": []}}
    if rest:
        said["embeds"] = [{"description": each} for each in _descriptions(rest)]
    return said | {"flags": SUPPRESS_NOTIFICATIONS} if message.silent else said


def _descriptions(text: str) -> Iterator[str]:
    first, rest = divided(text, MOST_OF_EMBED, units)
    yield first
    if rest:
        yield shorten(rest, MOST_OF_EMBEDS - units(first), units)


async def post(https: Https, url: str, said: dict[str, object], message: Message, login: str = "") -> Receipt:
    files, left = fitting(message.attachments, MOST_BYTES)
    left += tuple(file.name for file in files[MOST_FILES:])
    headers = AGENT | ({"authorization": login} if login else {})
    try:
        answer = await https.send(_asked(url, said, headers, files[:MOST_FILES]))
    except RefusedError:
        if "embeds" not in said:
            raise
        plain = {key: value for key, value in said.items() if key != "embeds"}
        answer = await https.send(_asked(url, plain, headers, files[:MOST_FILES]))
    taken = answer.read(Taken)
    if taken is None:
        raise https.unknown(answer)
    return Receipt(taken.id, lacks=left)


def _asked(
    url: str, said: Mapping[str, object], headers: Mapping[str, str], files: Sequence[Attachment]
) -> Ask:
    if not files:
        return Ask(url, payload=said, headers=headers)
    return Ask(
        url,
        headers=headers,
        fields={"payload_json": msgspec.json.encode(said).decode()},
        files=tuple((f"files[{number}]", file) for number, file in enumerate(files)),
    )


async def prove(
    https: Https,
    url: str,
    said: dict[str, object],
    message: Message,
    of: Callable[[str], str],
    login: str = "",
) -> None:
    """What an alert goes through, all of it: a message that rings nowhere and is taken back at once.

    `of`: the address of a message by its id. One that cannot be taken back has arrived all the same.
    """
    quiet = replace(message, silent=True)
    taken = await post(https, url, said | words(quiet), quiet, login)
    headers = AGENT | ({"authorization": login} if login else {})
    with suppress(RouteError):
        await https.send(Ask(of(taken.id), headers=headers, method="DELETE"))


def rest_s(answer: Answer) -> float:
    """What Discord asks for after the last request that it allows."""
    if answer.headers.get("x-ratelimit-remaining") != "0":
        return 0.0
    try:
        return min(max(float(answer.headers.get("x-ratelimit-reset-after", "0")), 0.0), LONGEST_REST_S)
    except ValueError:
        return 0.0
