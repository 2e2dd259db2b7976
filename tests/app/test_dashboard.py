"""A message's link to the dashboard works, and holds no secret."""

import json
from pathlib import Path

import pytest
from tests.app.test_known_secrets import CONFIG, setting_up

from selfheal.app.commands import check_settings
from selfheal.app.telling import composer
from selfheal.config.fault import Problem
from selfheal.config.load import load
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.ports.outbox import Alert, Delivery

NOW = Now(Monotonic(1.0), Wall(1_770_000_000.0), "boot")
PAGE = "https://status.example.com/claw"
LINKS = {
    f"{PAGE}": PAGE,
    f"{PAGE}?orgId=1&from=now-6h#panel-2": f"{PAGE}?orgId=1&from=now-6h#panel-2",
    "http://10.0.0.2:3000/": "http://10.0.0.2:3000/",
    f"{PAGE}?token=sausage": PAGE,
    f"{PAGE}?orgId=1&x=gateway-token-1": PAGE,
    f"{PAGE}#token=sausage-and-egg": PAGE,
    "https://joe:hunter2@status.example.com:8443/claw": "https://status.example.com:8443/claw",
    "https://status.example.com/gateway-token-1/claw": "",
}


def set_up(home: Path, url: str) -> tuple[Path, dict[str, str]]:
    environ = setting_up(home, json.dumps(CONFIG))
    file = home / "config.toml"
    file.write_text(f'[selfheal]\nlanguage = "en"\n[notify]\ndashboard_url = "{url}"\n')
    file.chmod(0o600)
    return file, environ


@pytest.mark.parametrize("url", LINKS)
def test_a_link_works_and_holds_no_secret(url: str, tmp_path: Path) -> None:
    file, environ = set_up(tmp_path, url)
    compose = composer(load(file, environ), environ, "mac-mini", "one")
    message = compose([Delivery(Alert(1, "main", Notify(AlertKind.OPENED, 1, ()), NOW.wall))], NOW).message
    assert message.link == LINKS[url]
    assert "[redacted" not in message.body
    assert ("://" in message.body) == bool(LINKS[url])
    assert f"{LINKS[url]}\n" in f"{message.body}\n"


@pytest.mark.parametrize("url", LINKS)
def test_config_check_says_what_messages_have_instead(url: str, tmp_path: Path) -> None:
    file, environ = set_up(tmp_path, url)
    warnings = [one for one in check_settings(file, environ).warnings if one.problem is Problem.SECRET_LINK]
    assert len(warnings) == (url != LINKS[url])
    for warning in warnings:
        assert warning.line == 4
        assert f"have {LINKS[url] or 'no link'} instead" in warning.full("en")
        assert "메시지" in warning.full("ko")
