"""A token is the gateway's wherever it may have it from, also where nobody can parse its config."""

import json
import os
from pathlib import Path

import pytest

from selfheal.gateway.telegram_token import Use, use_of

TOKEN = "1234567890:AAE-token_of_the_gateway_0123456789a"
OTHER = "9876543210:AAE-token_of_selfheal_012345678901"


class Place:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.state_dir = home / ".openclaw"
        self.config = self.state_dir / "openclaw.json"
        self.environ: dict[str, str] = {}
        self.write(self.config, json.dumps({"gateway": {"port": 18789}}))

    def write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def channel(self, **telegram: object) -> None:
        self.write(self.config, json.dumps({"channels": {"telegram": telegram}}))

    def use(self, token: str = TOKEN) -> Use:
        return use_of(token, self.config, self.state_dir, self.home, self.environ, os.getuid())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_gateway_without_telegram_leaves_every_bot_free(place: Place) -> None:
    assert place.use() is Use.FREE
    place.config.unlink()
    assert place.use() is Use.FREE


def test_its_own_in_the_config_and_of_an_account(place: Place) -> None:
    place.channel(botToken=TOKEN)
    assert (place.use(), place.use(OTHER)) == (Use.GATEWAYS, Use.FREE)
    place.channel(accounts={"work": {"botToken": TOKEN}})
    assert (place.use(), place.use(OTHER)) == (Use.GATEWAYS, Use.FREE)


def test_in_a_config_that_nobody_can_parse_and_in_an_earlier_one(place: Place) -> None:
    place.write(place.config, f'{{"channels": {{"telegram": {{botToken: "{TOKEN}"')
    assert place.use() is Use.GATEWAYS
    place.write(place.config, "{")
    assert place.use() is Use.FREE
    place.write(place.config.with_name("openclaw.json.bak"), f'{{"botToken": "{TOKEN}"}}')
    assert place.use() is Use.GATEWAYS


@pytest.mark.parametrize("names", ['"channels.json5"', '["a.json", "channels.json5"]'])
def test_in_a_file_that_is_included(place: Place, names: str) -> None:
    place.write(place.config, f'{{channels: {{"$include": {names}}}}}')
    place.write(place.state_dir / "channels.json5", '{telegram: {$include: "./deep/er.json"}}')
    place.write(place.state_dir / "deep" / "er.json", json.dumps({"botToken": TOKEN}))
    assert place.use() is Use.GATEWAYS


def test_in_a_file_of_its_own(place: Place) -> None:
    file = place.home / "token"
    place.write(file, f"{TOKEN}\n")
    place.channel(tokenFile=str(file))
    assert (place.use(), place.use(OTHER)) == (Use.GATEWAYS, Use.FREE)


def test_in_an_environment(place: Place) -> None:
    place.environ = {"TELEGRAM_BOT_TOKEN": TOKEN}
    assert place.use() is Use.GATEWAYS
    place.environ = {"OUR_OWN": TOKEN}
    assert place.use() is Use.FREE
    place.channel(botToken="${OUR_OWN}")
    assert place.use() is Use.GATEWAYS


@pytest.mark.parametrize(
    "path",
    [".openclaw/.env", ".config/systemd/user/openclaw-gateway.service", ".openclaw/credentials/t.json"],
)
def test_in_what_its_start_reads(place: Place, path: str) -> None:
    place.write(place.home / path, f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    assert place.use() is Use.GATEWAYS


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc: the environment is not shown")
def test_in_the_environment_of_the_one_that_lives(place: Place) -> None:
    mine = Path("/proc/self/environ").read_bytes().split(b"\0")[0].decode().partition("=")[2]
    assert mine
    lock = place.state_dir / "tmp" / f"openclaw-{os.getuid()}" / "gateway.state.lock"
    place.write(lock, json.dumps({"pid": os.getpid(), "startTime": 1, "role": "gateway"}))
    assert place.use(mine) is Use.GATEWAYS


def test_what_we_cannot_read_may_be_it(place: Place) -> None:
    place.channel(botToken={"source": "exec", "provider": "vault", "id": "telegram"})
    assert place.use() is Use.UNSURE
    place.channel(tokenFile=str(place.home))
    assert place.use() is Use.FREE, "a folder is no token's file"
    place.write(place.config, " " * 5_000_000)
    assert place.use() is Use.UNSURE
