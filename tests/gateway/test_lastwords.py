"""What may be shown of a gateway's last words, and what never."""

import json
from pathlib import Path

import pytest
from tests.texts.planted import planted

from selfheal.gateway.lastwords import (
    HIDDEN,
    LINE_CHARS,
    LINES,
    last_errors,
    last_words,
    secrets_of,
    without_secrets,
)

SECRET = "hunter2hunter2"
PLANTED = planted()
RANDOM = "sk-" + "A1b2C3d4" * 4

NODE = """\
file:///opt/openclaw/openclaw.mjs:12
const x = ;
          ^

SyntaxError: Unexpected token ';'
    at compileSourceTextModule (node:internal/modules/esm/utils:338:16)
    at async link (node:internal/modules/esm/module_job:196:21)

Node.js v18.20.1
"""


def test_the_frames_of_a_stack_are_left_out() -> None:
    assert last_words(NODE) == "const x = ; / SyntaxError: Unexpected token ';' / Node.js v18.20.1"


HEALTHY = """\
2026-11-24T14:00:00.000Z [gateway] ready
2026-11-24T14:00:09.000Z [ws] \N{LEFTWARDS ARROW OVER RIGHTWARDS ARROW} res \N{CHECK MARK} status 12ms
2026-11-24T14:00:12.000Z [heartbeat] started
"""


def test_the_daily_news_of_a_gateway_are_no_cause() -> None:
    assert last_errors(HEALTHY) == ""
    assert last_errors(NODE) == "SyntaxError: Unexpected token ';'"


@pytest.mark.parametrize(
    "line",
    [
        "Aborted (core dumped)",
        "FATAL ERROR: Reached heap limit",
        "Unhandled rejection",
        "[gateway] failed to bind",
        "listen EADDRINUSE: address in use",
        "Killed",
        "Cannot open the database",
    ],
)
def test_an_error_among_them_is(line: str) -> None:
    assert last_errors(f"{HEALTHY}{line}\n") == line


@pytest.mark.parametrize("text", ["", "\n \n", "    at nowhere (x.js:1:1)\n"])
def test_who_said_nothing_has_no_last_words(text: str) -> None:
    assert last_words(text) == ""


def test_they_are_bounded_and_of_one_line() -> None:
    words = last_words("\x1b[31m" + "\n".join("word " * 1000 for _ in range(50)) + "\x1b[0m\x07")
    assert len(words) <= LINES * (LINE_CHARS + len(" / "))
    assert words.isprintable()


@pytest.mark.parametrize(
    "line",
    [
        f"OPENCLAW_GATEWAY_TOKEN={SECRET}",
        f'{{"apiKey": "{SECRET}", "port": 1}}',
        f"password: {SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"sent bearer {SECRET} in vain",
        f"cannot reach https://user:{SECRET}@proxy.example:8080",
        f"invalid key {RANDOM}",
        f"--token={SECRET}",
        f'{{"encryptKey": "{SECRET}"}}',
        f"passphrase: {SECRET}",
    ],
)
def test_what_looks_like_a_secret_goes(line: str) -> None:
    shown = without_secrets(line)
    assert SECRET not in shown
    assert RANDOM not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize("kind", PLANTED)
def test_of_no_kind_of_secret_a_piece_is_left(kind: str) -> None:
    text, secret = PLANTED[kind]
    words = last_words(f"Error: it was refused: {text}")
    assert words
    pieces = {secret[at : at + 12] for at in range(max(1, len(secret) - 11))}
    assert [piece for piece in pieces if piece in words] == []


def test_the_middle_of_a_private_key_goes() -> None:
    lines = [f"Ab+/{number}c" * 10 for number in range(3)]
    assert last_words("\n".join(lines)) == " / ".join([HIDDEN] * 3)


@pytest.mark.parametrize(
    "line",
    [
        "node: bad option: --no-such-option",
        "openclaw: Node.js >=24.16.0 <25, or >=26.1.0 is required (current: v18.20.1).",
        "Error: Cannot find module '/opt/openclaw/node_modules/openclaw/dist/entry-DkG5a83Jx0fkaQ2Zb7.js'",
        "Error: listen EADDRINUSE: address already in use 127.0.0.1:18789",
        "SyntaxError: Unexpected token '}' in JSON",
    ],
)
def test_what_tells_of_the_fault_stays(line: str) -> None:
    assert without_secrets(line) == line


def test_the_secrets_of_config_and_environment_are_known(tmp_path: Path) -> None:
    config = tmp_path / "openclaw.json"
    auth = {"mode": "token", "token": "from the config"}
    config.write_text(json.dumps({"gateway": {"auth": auth}, "keys": {"apiKey": {"value": "in a folder"}}}))
    environment = {"DISCORD_BOT_TOKEN": "from outside", "PATH": "/usr/bin:/bin", "A_SECRET": "short"}
    secrets = secrets_of(config, environment)
    assert secrets == {"from the config", "in a folder", "from outside"}
    assert last_words("he said: from the config, from outside", secrets) == f"he said: {HIDDEN}, {HIDDEN}"


@pytest.mark.parametrize("content", [b"{,,", b"\xff\xfe", b"[" * 100_000, None])
def test_a_config_that_cannot_be_read_names_no_secret(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "openclaw.json").write_bytes(content)
    assert secrets_of(tmp_path / "openclaw.json", {}) == frozenset()
