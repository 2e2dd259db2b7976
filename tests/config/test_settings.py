"""What is loaded, shown, documented and changed."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from selfheal.config.changes import changes, need_restart
from selfheal.config.document import document
from selfheal.config.fault import Problem
from selfheal.config.load import load
from selfheal.config.policy_fields import POLICY_FIELDS
from selfheal.config.relations import FLOORS, RELATIONS
from selfheal.config.schema import FIELDS, TABLE_TEXTS, TARGET_FIELDS
from selfheal.config.settings import Origin, OriginKind, Settings, Target, flat
from selfheal.config.show import show
from selfheal.core.policy import Policy
from selfheal.core.step import PENDING_MAX_S
from selfheal.runtime.performer import SLACK_S

ROOT = Path(__file__).parents[2]
HOME = {"HOME": "/home/ann"}

RICH = """\
[selfheal]
language = "ko"
observe = true
[healthcheck]
heartbeat_interval_s = 2
heartbeat_timeout_s = 1
[notify]
slack_webhook_url = "https://hooks.example/hush"
[routes.phone]
kind = "ntfy"
topic = "hush"
[routes.here]
kind = "desktop"
severity = "critical"
[targets.main]
port = 18789
service = "child"
command = ["/opt/node", "open claw", "quote\\"d"]
env_allow = ["PATH", "LC_*"]
env = { NODE_OPTIONS = "--hidden" }
[targets.work]
profile = "work"
policy.heartbeat_interval_s = 3
"""


def loaded(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return load(path, HOME)


def test_no_file_is_the_defaults() -> None:
    settings = load(None, HOME)
    assert (settings.path, settings.policy, settings.warnings) == (None, Policy(), ())
    (main,) = settings.targets
    assert (main.name, main.port, main.policy) == ("main", None, Policy())
    assert main.config_path == Path("/home/ann/.openclaw/openclaw.json")
    assert settings.memory_dir == Path("/home/ann/openclaw/memory")


def test_a_rich_file(tmp_path: Path) -> None:
    settings = loaded(tmp_path, RICH)
    main, work = settings.targets
    assert settings.policy == replace(
        Policy(), observe=True, heartbeat_interval_s=2.0, heartbeat_timeout_s=1.0
    )
    assert isinstance(settings.policy.heartbeat_interval_s, float)
    assert work.policy == replace(settings.policy, heartbeat_interval_s=3.0)
    assert (work.profile, work.state_dir) == ("work", Path("/home/ann/.openclaw-work"))
    assert main.command == ("/opt/node", "open claw", 'quote"d')
    assert settings.origins["targets.work.policy.heartbeat_interval_s"] == Origin(OriginKind.FILE, 23)


def test_the_environment_of_a_child(tmp_path: Path) -> None:
    main, work = loaded(tmp_path, RICH).targets
    given = {"PATH": "/bin", "LC_ALL": "C", "KEY": "k", "NOTIFY_SOCKET": "/s", "SELFHEAL_CONFIG": "/c"}
    assert main.child_environment(given) == {"PATH": "/bin", "LC_ALL": "C", "NODE_OPTIONS": "--hidden"}
    assert work.child_environment(given) == {"PATH": "/bin", "LC_ALL": "C", "KEY": "k"}


@pytest.mark.parametrize("text", ["", RICH])
def test_what_is_shown_can_be_loaded_again(tmp_path: Path, text: str) -> None:
    settings = loaded(tmp_path, text)
    again = loaded(tmp_path, show(settings))
    hidden = ("notify.slack_webhook_url", "targets.main.env", "routes.phone.")
    assert {k: v for k, v in flat(again).items() if not k.startswith(hidden)} == {
        k: v for k, v in flat(settings).items() if not k.startswith(hidden)
    }


def test_show_hides_secrets_and_says_where_a_value_came_from(tmp_path: Path) -> None:
    shown = show(loaded(tmp_path, RICH))
    assert "hush" not in shown
    assert "--hidden" not in shown
    assert "heartbeat_interval_s = 2.0  # s; line 5" in shown
    assert "heartbeat_interval_s = 3.0  # s; line 23" in shown
    assert "slack_webhook_url: set, not shown (line 8)" in shown


def test_the_schema_covers_everything_that_can_be_set() -> None:
    assert {field.name for field in POLICY_FIELDS} == {field.name for field in fields(Policy)}
    assert {field.name for field in TARGET_FIELDS} == {field.name for field in fields(Target)} - {
        "name",
        "policy",
    }
    keys = [field.key.replace("NAME", "main") for field in FIELDS]
    assert len(set(keys)) == len(keys)
    assert set(flat(load(None, HOME))) == {key for key in keys if not key.startswith("routes.")}
    assert {field.table for field in FIELDS} == set(TABLE_TEXTS)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.key)
def test_each_field_is_documented(field: object) -> None:
    one = next(known for known in FIELDS if known is field)
    assert one.text.endswith(".") or one.text.endswith("?")
    assert one.why.endswith(".")
    assert one.measure
    if one.name.endswith("_s"):
        assert one.unit == "s"
    if one.default in ("", None, ()):
        assert one.unset
    elif isinstance(one.default, int | float) and not isinstance(one.default, bool):
        assert one.low is not None
        assert one.high is not None
        assert one.low <= one.default <= one.high


@pytest.mark.parametrize(
    "name", ["start_timeout_s", "heartbeat_timeout_s", "full_check_timeout_s", "deep_check_timeout_s"]
)
def test_an_act_ends_before_it_counts_as_lost(name: str) -> None:
    (field,) = (one for one in POLICY_FIELDS if one.name == name)
    assert field.high is not None
    assert field.high + SLACK_S < PENDING_MAX_S


def test_the_defaults_keep_every_relation() -> None:
    assert all(relation.holds(Policy()) for relation in RELATIONS)
    assert all(getattr(Policy(), floor.name) >= floor.least for floor in FLOORS)


def test_a_fast_rehearsal_is_allowed_with_warnings(tmp_path: Path) -> None:
    text = "[limits]\nunclean_window_s = 1\n[stop]\ndrain_budget_s = 2\n"
    text += "hang_term_grace_s = 0.1\nport_closed_kill_s = 0\n"
    warnings = loaded(tmp_path, text).warnings
    assert [(one.key, one.line, one.problem) for one in warnings] == [
        ("limits.unclean_window_s", 2, Problem.BELOW_FLOOR),
        ("stop.drain_budget_s", 4, Problem.BELOW_FLOOR),
    ]


def test_a_secret_that_others_may_read_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(RICH, encoding="utf-8")
    path.chmod(0o644)
    assert [one.problem for one in load(path, HOME).warnings] == [Problem.EXPOSED]
    path.write_text("[selfheal]\n", encoding="utf-8")
    assert load(path, HOME).warnings == ()


def test_changes_of_a_reload(tmp_path: Path) -> None:
    old = loaded(tmp_path, "")
    new = loaded(tmp_path, RICH.replace("[selfheal]", "[selfheal]\nstate_dir = '/s'"))
    found = changes(old, new)
    said = [str(change) for change in found]
    assert "healthcheck.heartbeat_interval_s: 10.0 → 2.0" in said
    assert "notify.slack_webhook_url: not set → (hidden)" in said
    assert {"selfheal.state_dir", "targets.main.port", "targets.work"} <= set(need_restart(found))
    assert "healthcheck.heartbeat_interval_s" not in need_restart(found)
    assert changes(new, new) == []


def test_a_target_of_a_new_name_is_said_in_two_words(tmp_path: Path) -> None:
    named, renamed = (loaded(tmp_path, f"[targets.{name}]\nport = 1000") for name in ("a", "b"))
    assert [str(change) for change in changes(named, renamed)] == [
        "targets.a: watched → not watched",
        "targets.b: not watched → watched",
    ]
    assert need_restart(changes(named, renamed)) == ["targets.a", "targets.b"]


def test_the_document_is_up_to_date() -> None:
    """Python -m selfheal.config.document > docs/config.md"""
    assert document() == (ROOT / "docs/config.md").read_text(encoding="utf-8")


def test_the_example_loads() -> None:
    settings = load(ROOT / "examples/config.toml", HOME)
    assert settings.warnings == ()
    assert [target.name for target in settings.targets] == ["main", "work"]


def test_a_change_is_said_in_korean(tmp_path: Path) -> None:
    before, after = loaded(tmp_path, ""), loaded(tmp_path, '[notify]\nquiet_hours = "23:00-07:00"\n')
    (change,) = changes(before, after)
    assert change.full("ko") == "notify.quiet_hours: 설정 안 됨 → 23:00-07:00"
