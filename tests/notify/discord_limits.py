"""What Discord publishes of its limits, held against a body that it was sent.

Source: discord/discord-api-docs, resources/message (Create Message, Embed Limits, Nonce), resources/webhook
(Execute Webhook), reference (Uploading Files), components.
"""

from collections.abc import Iterator
from typing import Any

from tests.notify.forms import parts_of
from tests.notify.standin import Heard
from tests.notify.world import said_in

CONTENT, NONCE, EMBEDS, EMBEDS_TEXT, ROWS = 2000, 25, 10, 6000, 5
FILES, REQUEST_BYTES = 10, 10 * 1024 * 1024
OF_EMBED = {"title": 256, "description": 4096}
MESSAGE = {"content", "nonce", "tts", "embeds", "allowed_mentions", "components", "flags", "attachments"}
OF_BOT = MESSAGE | {"message_reference", "sticker_ids", "enforce_nonce", "poll"}
OF_WEBHOOK = (MESSAGE - {"nonce"}) | {"username", "avatar_url", "thread_name", "applied_tags", "poll"}


def broken_limits(heard: Heard) -> list[str]:
    said = said_in(heard)
    webhook = "/webhooks/" in heard.path
    return [*_of_message(said), *_of_files(heard), *_unknown(said, OF_WEBHOOK if webhook else OF_BOT)]


def _of_message(said: dict[str, Any]) -> Iterator[str]:
    if not (said.get("content") or said.get("embeds")):
        yield "an empty message"
    if _units(said.get("content", "")) > CONTENT:
        yield "content"
    if len(str(said.get("nonce", ""))) > NONCE:
        yield "nonce"
    embeds = said.get("embeds", [])
    if len(embeds) > EMBEDS or sum(_units(str(one)) for one in embeds) > EMBEDS_TEXT:
        yield "embeds"
    for name, most in OF_EMBED.items():
        if any(_units(one.get(name, "")) > most for one in embeds):
            yield f"embed {name}"
    if len(said.get("components", [])) > ROWS:
        yield "components"


def _of_files(heard: Heard) -> Iterator[str]:
    if len(heard.body) > REQUEST_BYTES:
        yield "request size"
    if not heard.headers["content-type"].startswith("multipart/"):
        return
    if sum(name.startswith("files[") for name in parts_of(heard)) > FILES:
        yield "files"


def _unknown(said: dict[str, Any], known: set[str]) -> Iterator[str]:
    yield from sorted(f"unknown field {name}" for name in said if name not in known)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
