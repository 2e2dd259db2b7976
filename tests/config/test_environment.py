"""The variables of the document's scripts, one row each, and where our own files are."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from selfheal.config.environment import VARIABLES, config_path
from selfheal.config.fault import ConfigFaults, Problem
from selfheal.config.load import load
from selfheal.config.settings import Origin, OriginKind, Settings, flat

HOME = {"HOME": "/home/ann"}

TABLE = {
    "OPENCLAW_GATEWAY_URL": ("http://localhost:18790/", 18790),
    "OPENCLAW_GATEWAY_PORT": ("18791", 18791),
    "OPENCLAW_GATEWAY_TOKEN": ("t0ken", "t0ken"),
    "OPENCLAW_PROFILE": ("work", "work"),
    "OPENCLAW_STATE_DIR": ("~/state", "/home/ann/state"),
    "OPENCLAW_CONFIG_PATH": ("/etc/openclaw.json", "/etc/openclaw.json"),
    "OPENCLAW_MEMORY_DIR": ("/var/memory", "/var/memory"),
    "HEALTH_CHECK_MAX_RETRIES": ("2", 2),
    "HEALTH_CHECK_RETRY_DELAY": ("7.5", 7.5),
    "HEALTH_CHECK_ESCALATION_WAIT": ("60", 60.0),
    "HEALTH_CHECK_HTTP_TIMEOUT": (" 10 ", 10.0),
    "DISCORD_WEBHOOK_URL": ("https://discord.com/api/webhooks/1/a", "https://discord.com/api/webhooks/1/a"),
    "SLACK_WEBHOOK_URL": ("https://hooks.slack.com/services/a", "https://hooks.slack.com/services/a"),
    "TELEGRAM_BOT_TOKEN": ("1:a", "1:a"),
    "TELEGRAM_CHAT_ID": ("-5", "-5"),
    "GITHUB_TOKEN": ("ghp_x", "ghp_x"),
}
PARTNERS = {"TELEGRAM_BOT_TOKEN": "x", "TELEGRAM_CHAT_ID": "y"}  # of no use one without the other


def loaded(environ: Mapping[str, str]) -> Settings:
    return load(None, {**HOME, **environ})


def refused(environ: Mapping[str, str]) -> list[tuple[str, Problem]]:
    with pytest.raises(ConfigFaults) as raised:
        loaded(environ)
    return [(fault.key, fault.problem) for fault in raised.value.faults]


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_each_variable(variable: object) -> None:
    one = next(known for known in VARIABLES if known is variable)
    text, value = TABLE[one.name]
    settings = loaded((PARTNERS if one.name in PARTNERS else {}) | {one.name: text})
    assert flat(settings)[one.key] == value
    assert settings.origins[one.key] == Origin(OriginKind.ENVIRONMENT, None, one.name)


@pytest.mark.parametrize(
    ("text", "home"),
    [("/srv/claw", "/srv/claw"), ("~/claw", "/home/ann/claw"), ("claw", "/home/ann"), ("", "/home/ann")],
)
def test_the_gateways_are_where_openclaw_has_its_home(text: str, home: str) -> None:
    (main,) = load(None, HOME | {"OPENCLAW_HOME": text}).targets
    assert str(main.state_dir) == f"{home}/.openclaw"
    assert str(main.config_path) == f"{home}/.openclaw/openclaw.json"
    (profile,) = load(None, HOME | {"OPENCLAW_HOME": text, "OPENCLAW_PROFILE": "work"}).targets
    assert str(profile.state_dir) == f"{home}/.openclaw-work"


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("ws://127.0.0.1:19001", 19001),
        ("http://[::1]:5/", 5),
        ("http://LOCALHOST/", 80),
        ("http://127.1.2.3:9", 9),
    ],
)
def test_urls_of_this_machine(url: str, port: int) -> None:
    assert loaded({"OPENCLAW_GATEWAY_URL": url}).targets[0].port == port


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({"OPENCLAW_GATEWAY_URL": "http://10.0.0.1:18789/"}, Problem.NOT_LOOPBACK),
        ({"OPENCLAW_GATEWAY_URL": "http://localhost.evil.example/"}, Problem.NOT_LOOPBACK),
        ({"OPENCLAW_GATEWAY_URL": "https://localhost:18789/"}, Problem.NOT_PLAIN_HTTP),
        ({"OPENCLAW_GATEWAY_URL": "localhost:18789"}, Problem.NOT_PLAIN_HTTP),
        ({"OPENCLAW_GATEWAY_URL": "http://localhost:0/"}, Problem.NOT_PLAIN_HTTP),
        ({"OPENCLAW_GATEWAY_PORT": "http"}, Problem.WRONG_TYPE),
        ({"HEALTH_CHECK_MAX_RETRIES": "3.5"}, Problem.WRONG_TYPE),
        ({"HEALTH_CHECK_RETRY_DELAY": "nan"}, Problem.WRONG_TYPE),
        ({"HEALTH_CHECK_RETRY_DELAY": "-1"}, Problem.OUT_OF_RANGE),
        ({"HEALTH_CHECK_MAX_RETRIES": "9"}, Problem.RELATION),
        ({"DISCORD_WEBHOOK_URL": "discord"}, Problem.NOT_A_URL),
        ({"SELFHEAL_STATE_DIR": "state"}, Problem.NOT_ABSOLUTE),
        ({"HOME": ""}, Problem.NO_HOME),
        ({"HOME": "home/ann"}, Problem.NO_HOME),
    ],
)
def test_a_wrong_value_names_its_variable(environ: dict[str, str], problem: Problem) -> None:
    assert refused(environ) == [(next(iter(environ)), problem)]


def test_two_variables_that_disagree() -> None:
    both = {"OPENCLAW_GATEWAY_URL": "http://localhost:18789/", "OPENCLAW_GATEWAY_PORT": "18790"}
    assert refused(both) == [("OPENCLAW_GATEWAY_PORT", Problem.CONTRADICTION)]
    assert loaded(both | {"OPENCLAW_GATEWAY_PORT": "18789"}).targets[0].port == 18789


def test_the_file_is_stronger_and_then_the_variable_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[restart]\nrestart_gap_s = 5\n", encoding="utf-8")
    assert load(path, HOME | {"HEALTH_CHECK_RETRY_DELAY": "x"}).policy.restart_gap_s == 5


def test_only_the_target_main_takes_variables(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[targets.other]\n", encoding="utf-8")
    (other,) = load(path, HOME | {"OPENCLAW_GATEWAY_PORT": "x"}).targets
    assert (other.name, other.port) == ("other", None)


def test_a_placeholder_of_the_example_is_a_warning() -> None:
    settings = loaded({"DISCORD_WEBHOOK_URL": "https://discord.com/api/webhooks/YOUR_WEBHOOK_ID/YOUR_TOKEN"})
    assert settings.notify.discord_webhook_url == ""
    assert [(w.key, w.problem) for w in settings.warnings] == [("DISCORD_WEBHOOK_URL", Problem.PLACEHOLDER)]


def test_places() -> None:
    assert config_path(HOME) == Path("/home/ann/.config/selfheal/config.toml")
    assert config_path(HOME | {"XDG_CONFIG_HOME": "/x"}) == Path("/x/selfheal/config.toml")
    assert config_path(HOME | {"XDG_CONFIG_HOME": "x"}) == Path("/home/ann/.config/selfheal/config.toml")
    assert config_path(HOME | {"SELFHEAL_CONFIG": "~/c.toml"}) == Path("/home/ann/c.toml")
    assert loaded({}).state_dir == Path("/home/ann/.local/state/selfheal")
    assert loaded({"XDG_STATE_HOME": "/x"}).state_dir == Path("/x/selfheal")


def test_our_own_variable_is_stronger_than_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[selfheal]\nstate_dir = '/file'\n", encoding="utf-8")
    assert load(path, HOME).state_dir == Path("/file")
    assert load(path, HOME | {"SELFHEAL_STATE_DIR": "~/mine"}).state_dir == Path("/home/ann/mine")


def test_a_named_file_must_exist() -> None:
    assert refused({"SELFHEAL_CONFIG": "/absent/config.toml"}) == [("/absent/config.toml", Problem.MISSING)]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_advice_about_a_missing_file_is_for_how_it_was_named(language: str) -> None:
    """«Leave SELFHEAL_CONFIG away» helps nobody who has named the file on the command line."""
    for path, environ, told in ((Path("/absent"), {}, False), (None, {"SELFHEAL_CONFIG": "/absent"}, True)):
        with pytest.raises(ConfigFaults) as raised:
            load(path, HOME | environ)
        (fault,) = raised.value.faults
        assert ("SELFHEAL_CONFIG" in fault.say(language)) is told


@pytest.mark.parametrize("link", [".config/selfheal/config.toml", ".config/selfheal", ".config"])
def test_a_link_that_leads_nowhere_is_no_absent_file(tmp_path: Path, link: str) -> None:
    (tmp_path / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / link).symlink_to(tmp_path / "dotfiles")
    assert refused({"HOME": str(tmp_path)}) == [(str(tmp_path / link), Problem.DANGLING)]


def test_without_home_the_accounts_own_is_taken() -> None:
    assert load(None, {}).state_dir.is_absolute()


def test_every_documented_variable_is_in_this_table() -> None:
    assert set(TABLE) == {variable.name for variable in VARIABLES}
    assert all(re.fullmatch("[A-Z_]+", name) for name in TABLE)
