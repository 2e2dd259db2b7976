"""All that is wrong is said at once, each with its line, and never a secret with it."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from selfheal.config.fault import FAULTS_MAX, WORDS, ConfigFaults, Fault, Problem
from selfheal.config.load import load
from selfheal.config.source import FILE_MAX_BYTES

GOLDEN = Path(__file__).parent / "golden"
ENVIRON = {"HOME": "/home/ann"}


def faults_of(path: Path, environ: Mapping[str, str] = ENVIRON) -> tuple[Fault, ...]:
    with pytest.raises(ConfigFaults) as raised:
        load(path, environ)
    return raised.value.faults


def faults_in(
    tmp_path: Path, text: str | bytes, environ: Mapping[str, str] = ENVIRON
) -> list[tuple[str, int | None, Problem]]:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return [(fault.key, fault.line, fault.problem) for fault in faults_of(path, environ)]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_golden_list_of_faults(language: str) -> None:
    """Rewritten with SELFHEAL_REWRITE_GOLDEN=1 and reviewed as a diff."""
    environ = ENVIRON | {"HEALTH_CHECK_RETRY_DELAY": "soon", "OPENCLAW_MEMORY_DIR": "memory"}
    said = "".join(f"{fault.full(language)}\n" for fault in faults_of(GOLDEN / "faulty.toml", environ))
    golden = GOLDEN / f"faults.{language}.txt"
    if os.environ.get("SELFHEAL_REWRITE_GOLDEN"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("[selfheal]\nlanguage = ko\n", 2, Problem.SYNTAX),
        ("[selfheal\n", 1, Problem.SYNTAX),
        ("a = 1\na = 2\n", 2, Problem.SYNTAX),
        ('a = """never closed', None, Problem.SYNTAX),
        (f"a = {'9' * 5000}\n", None, Problem.SYNTAX),
        (b"[selfheal]\nlanguage = '\xff'\n", 2, Problem.NOT_UTF8),
        ("a = " + "[" * 50_000, None, Problem.TOO_DEEP),
        (b"#" * (FILE_MAX_BYTES + 1), None, Problem.TOO_LARGE),
    ],
)
def test_what_is_no_toml(tmp_path: Path, text: str | bytes, line: int | None, problem: Problem) -> None:
    assert faults_in(tmp_path, text) == [(str(tmp_path / "config.toml"), line, problem)]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    expected = {
        tmp_path: Problem.NOT_A_FILE,
        tmp_path / "pipe": Problem.NOT_A_FILE,
        tmp_path / "absent": Problem.MISSING,
        tmp_path / "dangling": Problem.DANGLING,
        tmp_path / "loop": Problem.UNREADABLE,
        Path("/nul\0byte"): Problem.UNREADABLE,
    }
    assert {path: faults_of(path)[0].problem for path in expected} == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[healthcheck]\nheartbeat_misses = 3.0", Problem.WRONG_TYPE),
        ("[healthcheck]\nheartbeat_misses = true", Problem.WRONG_TYPE),
        ("[healthcheck]\nheartbeat_interval_s = false", Problem.WRONG_TYPE),
        ("[healthcheck]\nheartbeat_interval_s = nan", Problem.NOT_FINITE),
        ("[healthcheck]\nheartbeat_interval_s = 0", Problem.OUT_OF_RANGE),
        (f"[healthcheck]\nheartbeat_interval_s = 1{'0' * 400}", Problem.OUT_OF_RANGE),
        ("[selfheal]\nobserve = 1", Problem.WRONG_TYPE),
        ('[selfheal]\nlanguage = "fr"', Problem.NOT_A_CHOICE),
        ('[selfheal]\nmemory_dir = "memory"', Problem.NOT_ABSOLUTE),
        ('[selfheal]\nmemory_dir = "/a\\u0000b"', Problem.CONTROL_CHARACTER),
        ('[selfheal]\nmemmory_dir = "/a"', Problem.NEAR_KEY),
        ("[selfheal]\nzzz = 1", Problem.UNKNOWN_KEY),
        ("[stop]\nrestart_gap_s = 1", Problem.MISPLACED),
        ("\n[healtcheck]", Problem.UNKNOWN_TABLE),
        ('[notify]\nslack_webhook_url = "http://elsewhere/x"', Problem.NOT_A_URL),
        ('[notify]\nslack_webhook_url = "https://[x"', Problem.NOT_A_URL),
        ('[notify]\ntelegram_chat_id = "1"', Problem.NEEDS),
        ('[targets]\n"a/b" = {}', Problem.NOT_A_NAME),
        ("[targets.main]\ncommand = []", Problem.NO_PROGRAM),
        ('[targets.main]\ncommand = [" ", "run"]', Problem.NO_PROGRAM),
        ('[targets.main]\nstate_dir = "/dev/null/x"', Problem.NOT_A_FOLDER),
        ('[selfheal]\nmemory_dir = "/dev/null"', Problem.NOT_A_FOLDER),
        ("[targets.main]\nport = 0", Problem.OUT_OF_RANGE),
        ('[targets.b]\nprofile = "b!"\n[targets.main]', Problem.NOT_A_NAME),
        ('[targets.main]\nprofile = "b!"\n[targets.b]', Problem.NOT_A_NAME),
        ('[targets.main]\ncommand = "openclaw"', Problem.WRONG_TYPE),
        ('[targets.main]\nenv_allow = ["A*B"]', Problem.NOT_A_VARIABLE),
        ("\n[[targets]]", Problem.WRONG_TYPE),
        ('targets.main.service = "child"\ntargets.main.unit = "x.service"', Problem.POINTLESS),
        ('targets.main.service = "launchd"\ntargets.main.command = ["x"]', Problem.POINTLESS),
        ("[limits]\nunclean_starts_max = 3", Problem.RELATION),
        ("[targets.main.policy]\nunclean_starts_max = 3", Problem.RELATION),
        ("[targets.main.policy]\nzzz = 3", Problem.UNKNOWN_KEY),
    ],
)
def test_one_mistake_is_one_fault_on_line_two(tmp_path: Path, text: str, problem: Problem) -> None:
    assert [(line, what) for _, line, what in faults_in(tmp_path, text)] == [(2, problem)]


@pytest.mark.parametrize("name", ["a b", "a.b", "-"])
def test_what_is_wrong_under_a_wrong_name_is_told_with_it(tmp_path: Path, name: str) -> None:
    text = (
        f'[targets."{name}"]\nport = 70000\nprot = 1\n[targets."{name}".policy]\nzzz = 1\n'
        f'[routes."{name}"]\nkind = "smoke"\n[targets.main]\nport = 1\n'
    )
    assert faults_in(tmp_path, text) == [
        (f"targets.{name}", 1, Problem.NOT_A_NAME),
        (f"targets.{name}.port", 2, Problem.OUT_OF_RANGE),
        (f"targets.{name}.prot", 3, Problem.NEAR_KEY),
        (f"targets.{name}.policy.zzz", 5, Problem.UNKNOWN_KEY),
        (f"routes.{name}", 6, Problem.NOT_A_NAME),
        (f"routes.{name}.kind", 7, Problem.NOT_A_CHOICE),
    ]


def test_two_targets_may_not_act_on_one_gateway(tmp_path: Path) -> None:
    text = '[targets.a]\nport = 1000\n[targets.b]\nport = 1000\nprofile = "b"\n[targets.c]\n'
    assert faults_in(tmp_path, text) == [
        ("targets.b.port", 4, Problem.SHARED),
        ("targets.c.state_dir", None, Problem.SHARED),
    ]


@pytest.mark.parametrize(
    "spelled", ["{home}/one/", "{home}/two/../one", "{home}/link", "~/one", "{home}//one/."]
)
def test_a_gateway_is_one_however_its_folder_is_spelled(tmp_path: Path, spelled: str) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "link").symlink_to("one")
    text = f'[targets.a]\nstate_dir = "{tmp_path}/one"\n[targets.b]\nstate_dir = "{spelled}"\n'
    found = faults_in(tmp_path, text.format(home=tmp_path), {"HOME": str(tmp_path)})
    assert found == [("targets.b.state_dir", 4, Problem.SHARED)]


def test_a_file_in_the_way_of_a_default_folder_is_found_too(tmp_path: Path) -> None:
    (tmp_path / "openclaw").touch()
    found = faults_in(tmp_path, "", {"HOME": str(tmp_path)})
    assert found == [("selfheal.memory_dir", None, Problem.NOT_A_FOLDER)]


def test_a_relation_is_judged_once_and_not_over_wrong_values(tmp_path: Path) -> None:
    text = "[healthcheck]\nheartbeat_timeout_s = 20\n[targets.a]\n[targets.b]\nprofile = 'b'\n"
    assert faults_in(tmp_path, text) == [("healthcheck.heartbeat_timeout_s", 2, Problem.RELATION)]
    text = "[healthcheck]\nheartbeat_timeout_s = 20\nheartbeat_interval_s = 'x'\n"
    assert [problem for *_, problem in faults_in(tmp_path, text)] == [Problem.WRONG_TYPE]


def test_no_secret_is_quoted(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[notify]\ndiscord_webhook_url = "tttoken"\n[targets.main]\ntoken = 777\n', encoding="utf-8"
    )
    said = "".join(fault.full(language) for fault in faults_of(path) for language in ("en", "ko"))
    assert "tttoken" not in said
    assert "777" not in said


def test_a_flood_of_faults_is_cut(tmp_path: Path) -> None:
    found = faults_in(tmp_path, "".join(f"key{n} = 1\n" for n in range(20_000)))
    assert len(found) == FAULTS_MAX + 1
    assert found[-1][2] is Problem.MORE


def test_every_problem_has_words_in_both_languages() -> None:
    assert set(WORDS) == set(Problem)
    assert all(
        words.en and words.ko and words.en.count("{") == words.ko.count("{") for words in WORDS.values()
    )
