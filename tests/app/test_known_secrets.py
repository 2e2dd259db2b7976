"""What this host knows to be secret is found, wherever it stands; what is none is left alone."""

import json
import os
from pathlib import Path

import pytest

from selfheal.app.known_secrets import known_secrets
from selfheal.app.telling import composer, place_in
from selfheal.config.load import load
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.ports.outbox import Alert, Delivery
from selfheal.texts.redact import Redactor

OURS = """
[notify]
discord_webhook_url = "https://discord.com/api/webhooks/1468429321738911947/webhook-of-ours"
telegram_bot_token = "1234567890:telegram-of-ours"
telegram_chat_id = "-100123456789"
dead_man_url = "https://hc.example.com/ping/dead-man-of-ours"
dashboard_url = "https://status.example.com/"

[routes.letters]
kind = "email"
host = "smtp.example.com"
user = "me@example.com"
password = "mail-of-ours"
sender = "me@example.com"
to = ["you@example.com"]

[targets.main]
token = "gateway-of-ours"
"""
CONFIG = {
    "gateway": {"port": 18789, "mode": "local", "auth": {"mode": "token", "token": "gateway-token-1"}},
    "channels": {
        "discord": {"token": "discord-token-1", "enabled": True},
        "slack": {"botToken": "slack-bot-1", "appToken": "${SLACK_APP_TOKEN}"},
    },
    "models": {
        "providers": {"own": {"apiKey": "own-api-key-1", "baseUrl": "https://joe:url-pass-1@llm.local/"}}
    },
    "agents": {"list": [{"id": "jarvis", "workspace": "~/openclaw"}]},
}
SECRETS = ("gateway-token-1", "discord-token-1", "slack-bot-1", "own-api-key-1", "url-pass-1")


def setting_up(home: Path, config: str) -> dict[str, str]:
    state = home / ".openclaw"
    profiles = state / "agents" / "main" / "agent" / "auth-profiles.json"
    profiles.parent.mkdir(parents=True)
    entry = {"type": "api_key", "provider": "anthropic", "key": "profile-key-1"}
    oauth = {"type": "oauth", "access": "oauth-access-1", "refresh": "oauth-refresh-1", "expires": 1770000000}
    profiles.write_text(json.dumps({"profiles": {"anthropic:default": entry, "openai:me": oauth}}))
    (state / ".env").write_text("OPENAI_KEY='env-file-key-1'\nexport BRAVE_API_KEY=brave-1-key\nLANG=C\n")
    (state / "openclaw.json").write_text(config)
    (home / "config.toml").write_text(OURS)
    return {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "MY_SECRET": "environ-secret-1",
        "LANG": "ko_KR.UTF-8",
    }


def found(home: Path, config: str) -> Redactor:
    environ = setting_up(home, config)
    return Redactor(known_secrets(load(home / "config.toml", environ), environ))


@pytest.mark.parametrize("cut", [0, 20], ids=["whole", "broken"])
def test_every_secret_of_the_host_is_known(cut: int, tmp_path: Path) -> None:
    text = json.dumps(CONFIG, indent=1)
    redactor = found(tmp_path, text[: len(text) - cut])
    told = [
        *SECRETS,
        "webhook-of-ours",
        "telegram-of-ours",
        "dead-man-of-ours",
        "mail-of-ours",
        "gateway-of-ours",
        "profile-key-1",
        "oauth-access-1",
        "oauth-refresh-1",
        "env-file-key-1",
        "brave-1-key",
        "environ-secret-1",
    ]
    assert [one for one in told if one in redactor.redact(f"it said {one}, and no more")] == []


def test_what_is_no_secret_is_not_hidden(tmp_path: Path) -> None:
    redactor = found(tmp_path, json.dumps(CONFIG))
    text = (
        "jarvis main anthropic local token 18789 1770000000 ~/openclaw me@example.com discord.com "
        "smtp.example.com -100123456789 https://status.example.com/ /usr/bin:/bin ko_KR webhooks api_key"
    )
    assert redactor.redact(text) == text


BARE = {
    "GATEWAY_TOKEN": "/Ab3dEfGh1jKlMn0pQrStUvWxYz12345",
    "DB_PASSWORD": "/s3cretpass",
    "SIGNING_KEY": "/" + "Ab3dEfGh" * 40,
    "AZURE_DEVOPS_EXT_PAT": "abcd2efgh3ijkl4mnop5qrst6uvwx7yzab2cd3ef4gh5ij6kl7mn",
    "WALLET_MNEMONIC": "abandon ability able about above absent absorb abstract",
}


@pytest.mark.parametrize("name", BARE)
def test_a_telling_name_wins_over_what_its_value_looks_like(name: str, tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), name: BARE[name]}
    redactor = Redactor(known_secrets(load(None, environ), environ))
    assert BARE[name] not in redactor.redact(f"could not log in with {BARE[name]} today")


@pytest.mark.parametrize("name", ["DB_PASSWORD_FILE", "tokenPath", "SECRETS_DIR", "TLS_PRIVATE_KEY"])
def test_a_path_is_no_secret_by_its_name_or_because_it_is_there(name: str, tmp_path: Path) -> None:
    there = tmp_path / "gateway.pem"
    there.touch()
    path = str(there) if name == "TLS_PRIVATE_KEY" else "/run/secrets/of-nobody"
    environ = {"HOME": str(tmp_path), name: path}
    assert known_secrets(load(None, environ), environ) == []


def test_where_nothing_is_nothing_is_known_and_nothing_waits(tmp_path: Path) -> None:
    state = tmp_path / ".openclaw"
    state.mkdir()
    os.mkfifo(state / "openclaw.json")
    (state / ".env").symlink_to(state / ".env")
    environ = {"HOME": str(tmp_path), "PATH": "/usr/bin"}
    assert known_secrets(load(None, environ), environ) == []


def test_a_config_of_any_shape_stops_nothing(tmp_path: Path) -> None:
    for number, config in enumerate(("[" * 5000, "null", "", "{token:'single-quoted-1',}")):
        home = tmp_path / str(number)
        home.mkdir()
        redactor = found(home, config)
        assert "single-quoted-1" not in redactor.redact("single-quoted-1") or number != 3


def test_the_gateway_is_called_as_its_person_calls_it(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[targets.main]\n[targets.work]\nprofile = "work"\nport = 19999\n')
    environ = {"HOME": str(tmp_path), "PATH": "/usr/bin"}
    place = place_in(load(file, environ), environ, "mac-mini")("work")
    assert (place.gateway.of, place.gateway.port) == ("work", 19999)
    assert place.gateway.openclaw == "openclaw --profile work"
    assert place.gateway.tail == "tail -n 100 ~/.openclaw-work/logs/gateway.err.log"
    assert place.folder == "~/openclaw/memory/work"
    assert place.gateway.recoveries == f"{place.folder}/emergency-recovery-*.log"
    assert (place.host, place.dashboard) == ("mac-mini", "")


def test_a_composer_of_the_settings_hides_what_they_hold(tmp_path: Path) -> None:
    environ = setting_up(tmp_path, json.dumps(CONFIG))
    compose = composer(load(tmp_path / "config.toml", environ), environ, "mac-mini", "one")
    notify = Notify(AlertKind.OPENED, 1, (), detail="discord-token-1")
    alert = Delivery(Alert(1, "main", notify, Wall(1_770_000_000.0)))
    message = compose([alert], Now(Monotonic(1.0), Wall(1_770_000_000.0), "boot")).message
    assert message.title.startswith("🚨 OpenClaw 자가복구 실패")
    assert "https://status.example.com/" in message.body
    assert "discord-token-1" not in message.body
