"""What Discord publishes of its limits, held against a body that it was sent.

Source: discord/discord-api-docs, resources/message (Create Message, Embed Limits, Nonce), resources/webhook
(Execute Webhook), reference (Uploading Files), components.
"""

from collections.abc import Iterator
from typing import Any

from tests.notify.forms import parts_of
from tests.notify.standin import Heard
from tests.notify.world import said_in

CONTENT, NONCE, EMBEDS, EMBEDS_TEXT, FIELDS, ROWS = 2000, 25, 10, 6000, 25, 5
FILES, REQUEST_BYTES = 10, 10 * 1024 * 1024
OF_EMBED = {
    "title": 256,
    "description": 4096,
    "footer": 2048,
    "author": 256,
    "field name": 256,
    "field value": 1024,
}
EMBED = {
    *("title", "description", "url", "timestamp", "color", "footer", "image", "thumbnail", "author", "fields")
}
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
    yield from _of_embeds(said.get("embeds", []))
    if len(said.get("components", [])) > ROWS:
        yield "components"


def _of_embeds(embeds: list[dict[str, Any]]) -> Iterator[str]:
    texts = [part for one in embeds for part in _texts(one)]
    if len(embeds) > EMBEDS or sum(_units(text) for _, text in texts) > EMBEDS_TEXT:
        yield "embeds"
    if any(len(one.get("fields", [])) > FIELDS for one in embeds):
        yield "embed fields"
    yield from (f"embed {name}" for name, text in texts if _units(text) > OF_EMBED[name])
    yield from (f"an empty embed {name}" for name, text in texts if not text.strip())
    yield from (f"unknown field {name} of an embed" for one in embeds for name in one if name not in EMBED)


def _texts(embed: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((name, embed[name]) for name in ("title", "description") if name in embed)
    if "footer" in embed:
        yield "footer", embed["footer"]["text"]
    if "author" in embed:
        yield "author", embed["author"]["name"]
    for one in embed.get("fields", []):
        yield "field name", one["name"]
        yield "field value", one["value"]


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
