"""The routes to a person, as they are set: one table each, and what is wrong with one said at once."""

from collections.abc import Mapping
from datetime import time
from pathlib import Path

import pytest

from selfheal.config.changes import changes, need_restart
from selfheal.config.fault import ConfigFaults, Fault, Problem
from selfheal.config.load import load
from selfheal.config.route_fields import ROUTE, ROUTES_MAX, SECRETS, SHAPES, RouteKind, fields_of
from selfheal.config.routes import Notify, RouteSettings
from selfheal.config.salvage import salvage
from selfheal.config.schema import field_of
from selfheal.config.settings import Settings, flat
from selfheal.config.show import show
from selfheal.notify.route import Severity

HOME = {"HOME": "/home/ann"}
PHONE = '[routes.phone]\nkind = "ntfy"\ntopic = "hush-hush"\n'
OPS = """\
[routes.ops]
kind = "email"
severity = "warning"
host = "smtp.example.com"
sender = "selfheal <selfheal@example.com>"
to = ["ops@example.com", "ann@example.com"]
"""


def loaded(tmp_path: Path, text: str, environ: Mapping[str, str] = HOME) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return load(path, environ)


def faults(tmp_path: Path, text: str, environ: Mapping[str, str] = HOME) -> tuple[Fault, ...]:
    with pytest.raises(ConfigFaults) as raised:
        loaded(tmp_path, text, environ)
    return raised.value.faults


def kept(tmp_path: Path, content: str, mode: int = 0o600) -> Path:
    file = tmp_path / "secret"
    file.write_text(content, encoding="utf-8")
    file.chmod(mode)
    return file


def test_each_table_is_a_route_in_the_order_of_the_file(tmp_path: Path) -> None:
    phone, ops = loaded(tmp_path, PHONE + OPS).all_routes
    assert (phone.name, phone.kind, phone.topic, phone.severity) == (
        "phone",
        RouteKind.NTFY,
        "hush-hush",
        "info",
    )
    assert (ops.severity, ops.to, ops.port) == ("warning", ("ops@example.com", "ann@example.com"), None)


def test_the_single_settings_give_routes_of_fixed_names(tmp_path: Path) -> None:
    text = '[notify]\ndiscord_bot_token = "t"\ndiscord_channel_id = "1468429321738911947"\n'
    environ = HOME | {
        "DISCORD_WEBHOOK_URL": "https://discord.com/api/webhooks/1/a",
        "TELEGRAM_BOT_TOKEN": "1:a",
        "TELEGRAM_CHAT_ID": "-5",
        "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/a",
    }
    found = {route.name: route.kind for route in loaded(tmp_path, text + PHONE, environ).all_routes}
    assert found == {
        "discord": RouteKind.DISCORD_WEBHOOK,
        "discord-bot": RouteKind.DISCORD_BOT,
        "telegram": RouteKind.TELEGRAM,
        "slack": RouteKind.SLACK,
        "phone": RouteKind.NTFY,
    }


def test_what_is_known_of_a_kind_is_in_the_schema() -> None:
    names = {field.name for field in ROUTE}
    assert set(SHAPES) == set(RouteKind)
    assert {name for kind in RouteKind for name in fields_of(kind)} == names
    assert set(field_of("routes.x.severity").choices) == set(Severity)
    blank = {name: getattr(RouteSettings("", "", RouteKind.NTFY), name) for name in names - {"kind"} - FILES}
    assert {field.name: field.default for field in ROUTE if field.name in blank} == blank


FILES = {f"{name}_file" for name in SECRETS}


def test_the_defaults_of_the_records_are_those_of_the_schema() -> None:
    notify = Notify()
    assert {name: field_of(f"notify.{name}").default for name in notify._fields} == notify._asdict()


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ('[routes.a]\nkind = "telgram"', "a.kind", Problem.NEAR_CHOICE),
        ('[routes.a]\nkind = "pigeon"', "a.kind", Problem.NOT_A_CHOICE),
        ('\n[routes.a]\nhost = "x"', "a.kind", Problem.NO_KIND),
        ('\n[routes.a]\nkind = "slack"', "a.url", Problem.LACKING),
        ('\n[routes.a]\nkind = "slack"\nurl = ""', "a.url", Problem.LACKING),
        ('[routes.a]\ntopic = "x"\nkind = "desktop"', "a.topic", Problem.SUPERFLUOUS),
        ('[routes.a]\nurl_file = "/x"\nkind = "desktop"', "a.url_file", Problem.SUPERFLUOUS),
        ('[routes.a]\nchannel_file = "/x"\nkind = "desktop"', "a.channel_file", Problem.NEAR_KEY),
        ('[routes.a]\nseverity = "criticl"\nkind = "desktop"', "a.severity", Problem.NEAR_CHOICE),
        ('[routes.a]\nport = 70000\nkind = "email"\nhost = "h"\nsender = "s"\nto = ["t"]', "a.port", None),
        ('[routes."a b"]\nkind = "desktop"', "a b", Problem.NOT_A_NAME),
        ('[notify]\nquiet_hours = "23-7"', None, Problem.NOT_HOURS),
        ('[notify]\nquiet_hours = "07:00-07:00"', None, Problem.NOT_HOURS),
        ('[notify]\ngithub_repo = "owner"', None, Problem.NOT_A_REPOSITORY),
        ('[notify]\ngithub_repo = "owner/name"', None, Problem.NEEDS),
        ('[notify]\ngithub_labels = ["night"]', None, Problem.NEEDS),
        ("[notify]\ngithub_labels = []", None, Problem.NOT_A_LABEL),
        ('[notify]\ngithub_labels = ["a,b"]', None, Problem.NOT_A_LABEL),
        ('[notify]\ngithub_labels = [" "]', None, Problem.NOT_A_LABEL),
        (f'[notify]\ngithub_labels = ["{"x" * 51}"]', None, Problem.NOT_A_LABEL),
        ('[notify]\ngithub_labels = "night"', None, Problem.WRONG_TYPE),
        ('[routes.a]\nkind = "github"\nrepository = "claw"\ntoken = "t"', "a.repository", None),
        ('\n[routes.a]\nkind = "github"\nrepository = "ann/claw"', "a.token", Problem.LACKING),
        ('[notify]\ndead_man_url = "http://elsewhere/x"', None, Problem.NOT_A_URL),
        ("[notify]\ndead_man_interval_s = 90", None, Problem.NEEDS),
        ("[notify]\ncanary_interval_s = -1", None, Problem.OUT_OF_RANGE),
        ('[notify]\ndashboard_url = "grafana"', None, Problem.NOT_A_LINK),
        ('[notify]\ntell_level_changes = "yes"', None, Problem.WRONG_TYPE),
    ],
)
def test_one_mistake_is_one_fault(
    tmp_path: Path, text: str, key: str | None, problem: Problem | None
) -> None:
    (fault,) = faults(tmp_path, text)
    assert key is None or fault.key == f"routes.{key}"
    assert problem is None or fault.problem is problem
    assert fault.line in (1, 2, None) or key is not None
    assert fault.line is not None


def test_the_kind_that_was_meant_is_named(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, '[routes.a]\nkind = "Discord_Webhok"')
    assert 'write "discord-webhook"' in fault.message


def test_all_faults_of_all_routes_come_at_once(tmp_path: Path) -> None:
    text = (
        '[routes.a]\nkind = "x"\n[routes.b]\nkind = "email"\ntoken = "hush"\n[routes.c]\nkind = "webhook"\n'
    )
    found = faults(tmp_path, text)
    assert [(one.key, one.line) for one in found] == [
        ("routes.a.kind", 2),
        ("routes.b.host", 3),
        ("routes.b.sender", 3),
        ("routes.b.to", 3),
        ("routes.b.token", 5),
        ("routes.c.url", 6),
        ("routes.c.secret", 6),
    ]
    assert "hush" not in "".join(one.full(language) for one in found for language in ("en", "ko"))


def test_a_name_may_not_be_used_twice(tmp_path: Path) -> None:
    slack = '[notify]\nslack_webhook_url = "https://hooks.slack.com/x"\n[routes.slack]\nkind = "desktop"\n'
    (fault,) = faults(tmp_path, slack)
    assert (fault.key, fault.line, fault.problem) == ("routes.slack", 4, Problem.NAME_TAKEN)
    (twice,) = faults(tmp_path, PHONE + PHONE)
    assert (twice.line, twice.problem) == (4, Problem.SYNTAX)
    assert [one.name for one in loaded(tmp_path, '[routes.slack]\nkind = "desktop"').all_routes] == ["slack"]


def test_their_number_is_bounded(tmp_path: Path) -> None:
    text = "".join(f'[routes.r{number}]\nkind = "desktop"\n' for number in range(ROUTES_MAX + 1))
    assert [one.problem for one in faults(tmp_path, text)] == [Problem.TOO_MANY_ROUTES]


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = kept(tmp_path, "hush\n")
    text = f'[routes.phone]\nkind = "ntfy"\ntopic_file = "{file}"\n'
    settings = loaded(tmp_path, text)
    assert settings.routes[0].topic == "hush"
    (tmp_path / "config.toml").chmod(0o644)
    assert load(tmp_path / "config.toml", HOME).warnings == (), "the config itself holds no secret"
    shown = show(settings)
    assert "hush" not in shown
    assert loaded(tmp_path, shown).routes == settings.routes


def test_a_file_is_looked_for_at_home(tmp_path: Path) -> None:
    kept(tmp_path, "hush")
    text = '[routes.phone]\nkind = "ntfy"\ntopic_file = "~/secret"\n'
    assert loaded(tmp_path, text, {"HOME": str(tmp_path)}).routes[0].topic == "hush"


@pytest.mark.parametrize(
    ("content", "mode", "problem"),
    [
        ("hush", 0o640, Problem.EXPOSED_FILE),
        ("hush", 0o604, Problem.EXPOSED_FILE),
        (" \n", 0o600, Problem.NOTHING_IN_FILE),
        ("two\nlines", 0o600, Problem.CONTROL_CHARACTER),
        ("x" * 5000, 0o600, Problem.CONTROL_CHARACTER),
    ],
)
def test_a_file_that_cannot_serve_is_a_fault(
    tmp_path: Path, content: str, mode: int, problem: Problem
) -> None:
    file = kept(tmp_path, content, mode)
    (fault,) = faults(tmp_path, f'[routes.phone]\nkind = "ntfy"\ntopic_file = "{file}"\n')
    assert (fault.key, fault.line, fault.problem) == ("routes.phone.topic_file", 3, problem)


def test_no_file_a_folder_and_both_at_once_are_faults(tmp_path: Path) -> None:
    for place, problem in (("/absent/file", Problem.UNREADABLE_FILE), (tmp_path, Problem.NOTHING_IN_FILE)):
        (fault,) = faults(tmp_path, f'[routes.phone]\nkind = "ntfy"\ntopic_file = "{place}"\n')
        assert fault.problem is problem
    file = kept(tmp_path, "hush")
    (fault,) = faults(tmp_path, f'{PHONE}topic_file = "{file}"\n')
    assert (fault.key, fault.problem) == ("routes.phone.topic_file", Problem.TWICE)


def test_the_token_for_github_is_in_a_file_or_in_the_environment(tmp_path: Path) -> None:
    repo = '[notify]\ngithub_repo = "ann/claw"\n'
    environ = HOME | {"GITHUB_TOKEN": "from-environment"}
    assert loaded(tmp_path, repo, environ).notify.github_token == "from-environment"
    file = kept(tmp_path, "from-file\n")
    text = f'{repo}github_token_file = "{file}"\n'
    assert loaded(tmp_path, text, environ).notify.github_token == "from-file"
    (route,) = loaded(tmp_path, f'{text}github_labels = ["night", "selfheal"]\n', environ).all_routes
    assert (route.name, route.kind, route.repository, route.token, route.labels, route.severity) == (
        "github",
        RouteKind.GITHUB,
        "ann/claw",
        "from-file",
        ("night", "selfheal"),
        "critical",
    )
    assert loaded(tmp_path, text, environ).warnings == ()
    assert "from-file" not in show(loaded(tmp_path, text, environ))
    assert loaded(tmp_path, "", environ).all_routes == (), "a token alone is no route"
    assert loaded(tmp_path, "", environ).warnings == (), "a token alone is no reason to complain"
    file.chmod(0o644)
    assert [one.problem for one in faults(tmp_path, text)] == [Problem.EXPOSED_FILE]


def test_what_is_right_of_the_routes_is_used_beside_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    with pytest.raises(ConfigFaults) as raised:
        loaded(tmp_path, f'{PHONE}[routes.b]\nkind = "slack"\n')
    assert [one.name for one in salvage(path, HOME, raised.value).all_routes] == ["phone"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", Problem.NO_ROUTE), (PHONE, Problem.ONE_ROUTE), (PHONE + OPS, None)],
)
def test_too_few_routes_are_named_with_what_to_do(tmp_path: Path, text: str, problem: Problem | None) -> None:
    few = loaded(tmp_path, text).too_few_routes
    assert (few.problem if few else None) is problem
    for language in ("en", "ko") if few else ():
        assert few is not None
        said = few.full(language)
        assert "[routes.NAME]" in said
        assert "selfheal setup" in said
        assert "selfheal notify test" in said
        assert ("phone" in said) == (problem is Problem.ONE_ROUTE)


HOOK = "https://discord.com/api/webhooks/1/word"
TWINS = (
    f'kind = "discord-webhook"\nurl = "{HOOK}"',
    f'kind = "discord-webhook"\nurl = "{HOOK.replace(".com/api", "app.com/api/v10")}?wait=true"',
    'kind = "webhook"\nurl = "https://Example.com:443/x/"\nsecret = "a"',
    'kind = "webhook"\nurl = "https://example.com/x"\nsecret = "b"',
    'kind = "telegram"\ntoken = "123456:first"\nchat = "-100123"',
    'kind = "telegram"\ntoken = "654321:other"\nchat = "-100123"',
    'kind = "ntfy"\ntopic = "hush-hush"',
    'kind = "ntfy"\ntopic = "hush-hush"\nserver = "https://ntfy.sh/"',
    'kind = "email"\nhost = "a.example.com"\nsender = "a@b.com"\nto = ["me@b.com", "You@b.com"]',
    'kind = "email"\nhost = "b.example.com"\nsender = "b@b.com"\nto = ["you@b.com", "me@b.com"]',
    'kind = "apprise"\nurl = "jsons://example.com/x"',
    'kind = "apprise"\nurl = "jsons://example.com/x/"',
)


@pytest.mark.parametrize("place", range(0, len(TWINS), 2))
def test_two_routes_to_one_address_count_as_one(tmp_path: Path, place: int) -> None:
    same = f"[routes.first]\n{TWINS[place]}\n[routes.second]\n{TWINS[place + 1]}\n"
    few = loaded(tmp_path, same).too_few_routes
    assert few is not None
    assert few.problem is Problem.ONE_ADDRESS
    assert all("first, second" in few.full(language) for language in ("en", "ko"))
    another = TWINS[place - 1]
    assert loaded(tmp_path, f"{same}[routes.third]\n{another}\n").too_few_routes is None


def test_an_issue_is_no_way_to_wake_a_person(tmp_path: Path) -> None:
    github = '[notify]\ngithub_repo = "ann/claw"\ngithub_token = "t"\n'
    few = [loaded(tmp_path, text).too_few_routes for text in (github, github + PHONE, github + PHONE + OPS)]
    assert [one and one.problem for one in few] == [Problem.NO_ROUTE, Problem.ONE_ROUTE, None]


def test_a_route_whose_secret_is_not_shown_is_shown_as_a_comment(tmp_path: Path) -> None:
    shown = show(loaded(tmp_path, PHONE + OPS))
    assert "# [routes.phone]" in shown
    assert "\n[routes.ops]\n" in shown
    assert "hush" not in shown
    assert [one.name for one in loaded(tmp_path, shown).routes] == ["ops"]


def test_a_reload_takes_routes_without_a_restart(tmp_path: Path) -> None:
    old = loaded(tmp_path, PHONE)
    new = loaded(
        tmp_path, OPS + PHONE.replace("hush-hush", "another") + '[notify]\nquiet_hours = "01:00-02:00"'
    )
    found = changes(old, new)
    assert need_restart(found) == []
    assert [str(one) for one in found] == [
        "routes.ops: not set → set",
        "notify.quiet_hours: not set → 01:00-02:00",
        "routes.phone.topic: (hidden) → (hidden)",
    ]
    assert "routes.ops.to" in flat(new)
    assert next(str(one) for one in changes(new, old)) == "routes.ops: set → not set"


@pytest.mark.parametrize(
    ("text", "quiet", "loud"),
    [
        ("23:00-07:00", ["23:00", "23:59", "00:00", "06:59"], ["07:00", "12:00", "22:59"]),
        ("12:00 - 13:30", ["12:00", "13:29"], ["11:59", "13:30", "00:00"]),
        ("", [], ["00:00", "23:00"]),
    ],
)
def test_quiet_hours_may_reach_over_midnight(text: str, quiet: list[str], loud: list[str]) -> None:
    notify = Notify(quiet_hours=text)
    assert all(notify.quiet_s(time.fromisoformat(each)) for each in quiet)
    assert not any(notify.quiet_s(time.fromisoformat(each)) for each in loud)


@pytest.mark.parametrize(
    ("text", "now", "left_s"),
    [
        ("23:00-07:00", "23:00:00", 8 * 3600.0),
        ("23:00-07:00", "06:59:30.5", 29.5),
        ("23:00-00:00", "23:30", 1800.0),
        ("12:00-13:30", "12:15", 4500.0),
    ],
)
def test_quiet_hours_have_an_end(text: str, now: str, left_s: float) -> None:
    assert Notify(quiet_hours=text).quiet_s(time.fromisoformat(now)) == left_s


def test_a_test_message_every_minute_is_warned_of(tmp_path: Path) -> None:
    (told,) = loaded(tmp_path, "[notify]\ncanary_interval_s = 60\n").warnings
    assert (told.key, told.problem) == ("notify.canary_interval_s", Problem.BELOW_FLOOR)
    assert loaded(tmp_path, "[notify]\ncanary_interval_s = 0\n").warnings == ()
