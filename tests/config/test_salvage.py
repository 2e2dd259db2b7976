"""What is right of a broken config, and when that is too little to go on."""

from pathlib import Path

import pytest

from selfheal.app.commands import load_right_part
from selfheal.config.fault import FAULTS_MAX, ConfigFaults
from selfheal.config.settings import Settings

HOME = {"HOME": "/home/ann"}
STATE = Path("/var/state")
USUAL = Path("/home/ann/.local/state/selfheal")


def salvaged(tmp_path: Path, text: str | bytes, **environ: str) -> tuple[Settings, int]:
    path = tmp_path / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_right_part(path, HOME | environ)


def test_a_good_config_is_the_config(tmp_path: Path) -> None:
    settings, faults = salvaged(tmp_path, "[targets.work]\nport = 1000\n")
    assert ([one.port for one in settings.targets], faults) == ([1000], 0)


GOOD = "[selfheal]\nstate_dir = '/var/state'\nlanguage = 'ko'\n"
WORK = "[targets.work]\nprofile = 'work'\n"


@pytest.mark.parametrize(
    "wrong",
    [
        "[restart]\nrestart_gap_s = 'soon'\n",
        "[restart]\nrestart_gap_s = \n",
        "[restart]\nrestart_gap_s = [1,\n",
        "[restart\n",
        "what is this?\n",
        "[watchdog]\nsweep = 3\n",
        "[targets.home]\nport = 'x\n",
        "[targets.home]\nstate_dir = '/x\n",
        "[targets.home]\nstate_dir = 'x'\n",
    ],
)
def test_state_folder_and_targets_are_read_around_a_fault(tmp_path: Path, wrong: str) -> None:
    settings, faults = salvaged(tmp_path, GOOD + wrong + WORK)
    assert (settings.state_dir, settings.language) == (STATE, "ko")
    assert "work" in [one.name for one in settings.targets]
    assert faults > 0


@pytest.mark.parametrize(
    "text",
    [
        b"[notify]\nslack_webhook_url = '\xff'\n",
        "a = " + "[" * 50_000,
        "not = = toml\n" * 200,
        "not = = toml\n" * 20_000,
        "#" * (1024 * 1024 + 1),
    ],
)
def test_of_a_file_that_says_nothing_the_defaults_hold(tmp_path: Path, text: str | bytes) -> None:
    settings, faults = salvaged(tmp_path, text)
    assert (settings.state_dir, faults) == (USUAL, 1)
    assert [one.name for one in settings.targets] == ["main"]


def test_a_folder_in_its_place_is_borne(tmp_path: Path) -> None:
    assert load_right_part(tmp_path, HOME)[0].state_dir == USUAL


@pytest.mark.parametrize(
    "text",
    [
        "[selfheal]\nstate_dir = 'state'\n",
        "[selfheal]\nstate_dir = '/var/state\n",
        "[selfheal]\nstate_dri = '/var/state'\n",
        "[selfheal\nstate_dir = '/var/state'\n",
        "[selfheel]\nstate_dir = '/var/state'\n",
        "[stop]\nstate_dir = '/var/state'\n",
        "[selfheal]\nstate_dir = '/dev/null/state'\n",
        b"[selfheal]\nstate_dir = '/var/\xff'\n",
        "selfheal = 3\n",
        "[selfheal]\nstate_dir = '/var/state'\n" + "not = = toml\n" * 200,
    ],
)
def test_a_fault_in_the_state_folder_is_refused(tmp_path: Path, text: str | bytes) -> None:
    """A pause would be left where no resident looks. The variable makes it sure."""
    with pytest.raises(ConfigFaults):
        salvaged(tmp_path, text)
    assert salvaged(tmp_path, text, SELFHEAL_STATE_DIR="/mine")[0].state_dir == Path("/mine")


@pytest.mark.parametrize("environ", [{"SELFHEAL_STATE_DIR": "mine"}, {"HOME": ""}])
def test_a_variable_that_names_no_place_is_refused(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(ConfigFaults):
        salvaged(tmp_path, GOOD, **environ)


def test_a_file_that_is_named_wrongly_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigFaults):
        load_right_part(tmp_path / "absent.toml", HOME)


def test_faults_that_are_not_shown_are_counted(tmp_path: Path) -> None:
    text = "[selfheal]\n" + "".join(f"zzz{number} = 1\n" for number in range(FAULTS_MAX + 30))
    assert salvaged(tmp_path, text)[1] == FAULTS_MAX + 30
