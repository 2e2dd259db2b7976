"""A second gateway of the host, an OpenClaw profile, is told of and not watched unasked."""

from pathlib import Path

import pytest

from selfheal.config.fault import Fault, Problem
from selfheal.config.load import load
from selfheal.config.profiles import PROFILES_MAX


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in (".openclaw", ".openclaw-work"):
        gateway_in(tmp_path / name)
    return tmp_path


def gateway_in(folder: Path) -> None:
    folder.mkdir()
    (folder / "openclaw.json").write_text("{}", encoding="ascii")


def warnings(home: Path, text: str = "", **environ: str) -> list[Fault]:
    config = home / "config.toml"
    config.write_text(text, encoding="utf-8")
    return list(load(config, {"HOME": str(home), **environ}).warnings)


def test_it_is_named_with_the_lines_to_add(home: Path) -> None:
    (told,) = warnings(home)
    assert (told.key, told.problem) == (str(home / ".openclaw-work"), Problem.NOT_WATCHED)
    for language in ("en", "ko"):
        words = told.full(language)
        assert all(word in words for word in ("[targets.main]", "[targets.work]", 'profile = "work"'))
        assert str(home / "config.toml") in words


def test_the_lines_that_it_names_are_right(home: Path) -> None:
    text = '[targets.main]\n[targets.work]\nprofile = "work"\n'
    assert warnings(home, text) == []
    targets = load(home / "config.toml", {"HOME": str(home)}).targets
    assert [one.state_dir for one in targets] == [home / ".openclaw", home / ".openclaw-work"]


def test_who_lists_gateways_has_said_which(home: Path) -> None:
    assert warnings(home, "[targets.main]\n") == []


def test_a_profile_that_the_environment_names_is_watched(home: Path) -> None:
    assert warnings(home, OPENCLAW_PROFILE="work") == []


def test_profiles_are_looked_for_where_openclaw_has_its_home(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert warnings(home, OPENCLAW_HOME=str(elsewhere)) == []
    gateway_in(elsewhere / ".openclaw-play")
    assert [told.key for told in warnings(home, OPENCLAW_HOME=str(elsewhere))] == [
        str(elsewhere / ".openclaw-play")
    ]


@pytest.mark.parametrize("name", [".openclaw-", ".openclaw-default", ".openclaw-a b", ".openclawed"])
def test_other_folders_are_no_profiles(tmp_path: Path, name: str) -> None:
    gateway_in(tmp_path / name)
    (tmp_path / ".openclaw-empty").mkdir()
    assert warnings(tmp_path) == []


def test_their_number_is_bounded(tmp_path: Path) -> None:
    for number in range(PROFILES_MAX + 1):
        gateway_in(tmp_path / f".openclaw-{number}")
    assert len(warnings(tmp_path)) == PROFILES_MAX


def test_a_home_that_cannot_be_read_has_none(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("", encoding="ascii")
    assert load(config, {"HOME": str(tmp_path / "none")}).warnings == ()
