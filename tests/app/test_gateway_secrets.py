"""Each name that OpenClaw 2026.9.6 declares a credential, and those of its kind, is known to hold one."""

import json
from pathlib import Path

import pytest
from tests.app.test_known_secrets import found

from selfheal.texts.redact import Redactor

SECRET = "Zq8Vn3Lr7Tw2Kx9Yb4Hc6Jd1"
DECLARED = (
    "agents.entries.x.memory.search.remote.apiKey",
    "channels.buzz.authTag",
    "channels.buzz.accounts.x.privateKey",
    "channels.clickclack.token",
    "channels.discord.pluralkit.token",
    "channels.feishu.appSecret",
    "channels.feishu.encryptKey",
    "channels.feishu.accounts.x.encryptKey",
    "channels.feishu.verificationToken",
    "channels.googlechat.serviceAccount",
    "channels.googlechat.accounts.x.serviceAccount.private_key",
    "channels.irc.nickserv.password",
    "channels.matrix.accessToken",
    "channels.mattermost.botToken",
    "channels.msteams.appPassword",
    "channels.nextcloud-talk.apiPassword",
    "channels.nextcloud-talk.botSecret",
    "channels.nostr.privateKey",
    "channels.qqbot.clientSecret",
    "channels.slack.appToken",
    "channels.slack.relay.authToken",
    "channels.slack.signingSecret",
    "channels.slack.userToken",
    "channels.telegram.webhookSecret",
    "cron.webhookToken",
    "gateway.auth.password",
    "gateway.auth.token",
    "gateway.remote.token",
    "models.providers.x.headers.X-Own",
    "models.providers.x.request.auth.token",
    "models.providers.x.request.auth.value",
    "models.providers.x.request.headers.Authorization",
    "models.providers.x.request.proxy.tls.ca",
    "models.providers.x.request.proxy.tls.cert",
    "models.providers.x.request.tls.key",
    "models.providers.x.request.tls.passphrase",
    "plugins.entries.acpx.config.mcpServers.x.env.ANY_NAME",
    "plugins.entries.codex.config.appServer.authToken",
    "plugins.entries.codex.config.appServer.headers.cookie-of-ours",
    "plugins.entries.exa.config.webSearch.apiKey",
    "plugins.entries.voice-call.config.twilio.authToken",
    "plugins.entries.webhooks.config.routes.x.secret",
    "skills.entries.x.apiKey",
    "profiles.x.key",
    "gateway.cloudflareAccess.clientId",
    "gateway.cloudflareAccess.clientSecret",
    "hooks.token",
    "hooks.gmail.pushToken",
    "hooks.mappings.sessionKey",
    "channels.discord.threadBindings.webhookToken",
    "channels.whatsapp.noiseKey.private.data",
    "channels.whatsapp.advSecretKey",
    "channels.wecom.encodingAesKey",
    "channels.x.aesKey",
    "channels.x.serviceAccountJson",
    "channels.x.nsec",
    "channels.x.recoveryKey",
    "channels.x.psk",
    "channels.x.deviceKey",
    "channels.x.pairingCode",
    "channels.x.hookUrl",
)


def nested(path: str, value: object) -> object:
    first, _, rest = path.partition(".")
    return {first: nested(rest, value) if rest else value}


@pytest.mark.parametrize("path", DECLARED)
def test_what_openclaw_declares_a_credential_is_known(path: str, tmp_path: Path) -> None:
    redactor = found(tmp_path, json.dumps(nested(path, SECRET)))
    assert SECRET not in redactor.redact(f"it said {SECRET}, and no more")


def test_of_a_header_the_secret_alone_is_known(tmp_path: Path) -> None:
    config = {"headers": {"X-Own": f"Bearer {SECRET}"}}
    assert SECRET not in found(tmp_path, json.dumps(config)).redact(f"it said {SECRET}")


def test_an_account_in_one_line_is_known_by_its_parts(tmp_path: Path) -> None:
    account = json.dumps({"type": "service_account", "private_key": SECRET})
    redactor = found(tmp_path, json.dumps({"googlechat": {"serviceAccount": account}}))
    assert (
        redactor.redact(f"{SECRET} of a service_account")
        == "[redacted: gateway's config] of a service_account"
    )


def test_what_stands_beside_a_credential_is_not_hidden(tmp_path: Path) -> None:
    config = {
        "gateway": {"auth": {"mode": "trusted-proxy"}},
        "channels": {"x": {"token": {"source": "env", "provider": "default-store", "id": "X_BOT_TOKEN"}}},
        "headers": {"Content-Type": "application/json", "anthropic-version": "2023-06-01"},
        "mcpServers": {
            "x": {"env": {"NODE_ENV": "production", "MODEL": "claude-haiku-4-5", "TZ": "Asia/Seoul"}}
        },
        "hooks": {"mappings": [{"sessionKey": "agent:main:discord:channel:1468429321738911947"}]},
        "device": {"publicKey": "ed25519-of-device-1", "hotkey": "control-shift-k"},
    }
    text = (
        "trusted-proxy default-store X_BOT_TOKEN application/json 2023-06-01 production claude-haiku-4-5 "
        "Asia/Seoul agent:main:discord:channel:1468429321738911947 ed25519-of-device-1 control-shift-k"
    )
    assert found(tmp_path, json.dumps(config)).redact(text) == text


@pytest.mark.parametrize("name", ["encryptKey", "encodingAesKey", "aesKey", "recoveryKey", "deviceKey"])
def test_a_key_by_its_name_in_any_text(name: str) -> None:
    assert SECRET not in Redactor().redact(f'{{"{name}":"{SECRET}"}}')
