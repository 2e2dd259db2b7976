"""`selfheal simulate` from the command line."""

import itertools
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from tests.cli.worlds import FakeApp, FakeReader

from selfheal.app.exit_codes import Exit
from selfheal.cli.commands.simulate import USUAL_RATE
from selfheal.cli.harm import SAID_MAX, Drawn, Harm
from selfheal.cli.jsonout import SCHEMA
from selfheal.cli.session import Session
from selfheal.core.policy import Policy
from selfheal.sim.account import Figure
from selfheal.sim.campaign import Found
from selfheal.sim.draw import draw
from selfheal.sim.judge import Violation
from selfheal.texts.describe import say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language

PAGE = Path(__file__).parents[2] / "docs" / "json.md"


COMMAND = (sys.executable, "-m", "selfheal", "simulate")


def environ(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": str(home)}


def simulate(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    command, env = [*COMMAND, "--jobs", "1", *words], environ(home) | more
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


LONG = ("--jobs", "2", "--worlds", "8", "--days", "3660", "--faults", "50")


@contextmanager
def working(home: Path) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """With its processes, at worlds that take minutes."""
    with subprocess.Popen(
        [*COMMAND, *LONG], env=environ(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as done:
        while len(children := psutil.Process(done.pid).children()) < 2:
            assert done.poll() is None
        yield done, children


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def test_it_tells_what_the_settings_would_do(home: Path) -> None:
    done = simulate(home, "--worlds", "2", "--days", "20", "--json")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    column = made["columns"]["defaults"]
    assert (made["schema"], made["kind"], made["complete"]) == (SCHEMA, "simulation", True)
    told = set(re.findall(r"[\w]+", PAGE.read_text("utf-8")))
    assert {*made, *column} - told == set()
    assert set(map(str, Figure)) < set(column)
    assert (column["worlds"], column["rules_broken"], column["found"]) == (2, 0, [])
    assert column["gateway_days"] >= 40


def test_two_files_stand_side_by_side_in_the_same_worlds(home: Path) -> None:
    one, other = home / "one.toml", home / "other.toml"
    one.write_text("", "utf-8")
    other.write_text("[restart]\nrestart_attempts = 1\n", "utf-8")
    done = simulate(home, "--worlds", "2", "--days", "30", "--json", "--compare", str(one), str(other))
    assert done.returncode == 0, done.stderr
    columns = json.loads(done.stdout)["columns"]
    assert list(columns) == [str(one), str(other)]
    assert len({columns[name]["faults"] for name in columns}) == 1


def test_what_is_not_simulated_of_a_difference_is_said(home: Path) -> None:
    """Else it reads as if it had no effect."""
    one, other = home / "one.toml", home / "other.toml"
    one.write_text("", "utf-8")
    other.write_text('[notify]\nquiet_hours = "23:00-07:00"\n[routes.mine]\nkind = "desktop"\n', "utf-8")
    words = ("--worlds", "1", "--days", "2", "--compare", str(one), str(other))
    done = simulate(home, *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert "same numbers to decide by" in done.stdout
    assert "not simulated: routes.mine, notify.quiet_hours" in done.stdout
    made = json.loads(simulate(home, *words, "--json").stdout)
    assert (made["not_simulated"], made["same_policy"]) == (["routes.mine", "notify.quiet_hours"], True)


def test_of_a_target_its_policy_is_simulated_and_the_rest_is_named(home: Path) -> None:
    """«Not simulated: targets.home» was said of one whose policy was."""
    one, other = home / "one.toml", home / "other.toml"
    one.write_text("", "utf-8")
    other.write_text(
        "[targets.home]\nport = 18790\nstate_dir = '/none'\n[targets.home.policy]\nrestart_attempts = 1\n"
        "[targets.more]\nport = 18791\nstate_dir = '/nothing'\n",
        "utf-8",
    )
    words = ("--worlds", "1", "--days", "1", "--json", "--compare", str(one), str(other))
    made = json.loads(simulate(home, *words).stdout)
    assert made["same_policy"] is False
    named = set(made["not_simulated"])
    assert {"targets.home.port", "targets.home.state_dir", "targets.more"} <= named
    assert not {each for each in named if each == "targets.home" or "policy" in each}


def test_what_the_environment_sets_is_no_default(home: Path) -> None:
    words = ("--worlds", "1", "--days", "1", "--json")
    made = json.loads(simulate(home, *words, HEALTH_CHECK_MAX_RETRIES="1").stdout)
    assert list(made["columns"]) == ["environment"]


def test_settings_that_cut_a_drain_short_are_tried_and_not_refused(home: Path) -> None:
    """A traceback once: the world of this seed was held for impossible."""
    hasty = home / "hasty.toml"
    hasty.write_text("[stop]\ndrain_budget_s = 200\n", "utf-8")
    words = ("--seed", "11", "--worlds", "1", "--days", "30")
    done = simulate(home, *words, SELFHEAL_CONFIG=str(hasty))
    assert "Traceback" not in done.stderr
    assert "drains cut off" in done.stdout


def test_the_same_file_twice_is_refused(home: Path) -> None:
    one = home / "one.toml"
    one.write_text("", "utf-8")
    assert simulate(home, "--compare", str(one), str(one)).returncode == 2


def test_ones_own_config_has_no_say_in_a_comparison(home: Path) -> None:
    one, other, own = (home / f"{name}.toml" for name in ("one", "other", "own"))
    one.write_text("", "utf-8")
    other.write_text("[restart]\nrestart_attempts = 1\n", "utf-8")
    own.write_text("not TOML", "utf-8")
    words = ("--worlds", "1", "--days", "1", "--compare", str(one), str(other))
    done = simulate(home, *words, SELFHEAL_CONFIG=str(own))
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_wrong_in_a_file_that_is_compared_is_told_with_its_name(home: Path) -> None:
    one, other = home / "one.toml", home / "other.toml"
    one.write_text("", "utf-8")
    other.write_text("\nbest_policy = 1\n", "utf-8")
    done = simulate(home, "--compare", str(one), str(other))
    assert done.returncode == Exit.CONFIG
    assert done.stderr.startswith(f"selfheal: {other}: line 2: ")
    missing = simulate(home, "--compare", str(one), str(home / "none.toml"))
    assert missing.returncode == Exit.CONFIG
    assert missing.stderr.count("none.toml") == 1


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_ctrl_c_ends_it_at_once_and_says_that_not_all_is_told(home: Path, more: tuple[str, ...]) -> None:
    """It once waited for the worlds under way: ten years with a fault every half an hour are many minutes."""
    words = ("--jobs", "2", "--worlds", "8", "--days", "3660", "--faults", "50", *more)
    with subprocess.Popen(
        [*COMMAND, *words], env=environ(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as done:
        while not psutil.Process(done.pid).children():
            assert done.poll() is None
        done.send_signal(signal.SIGINT)
        out, err = done.communicate()
    assert done.returncode == Exit.INTERRUPTED
    assert err.splitlines() == [say(Label.SIM_INTERRUPTED, Language.EN)]
    assert json.loads(out)["complete"] is False if more else out == ""
    assert list(home.iterdir()) == []


def test_sigterm_leaves_nothing_behind(home: Path) -> None:
    """Neither a process nor the folder of the disks that worlds make."""
    with working(home) as (done, children):
        done.terminate()
        out, err = done.communicate()
    assert (done.returncode, out, err) == (-signal.SIGTERM, "", "")
    assert list(home.iterdir()) == []
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_a_comparison_that_is_broken_off_is_one_of_the_same_worlds(home: Path) -> None:
    """The second column once stood full of zeros, which read as a year without an outage."""
    one, other = home / "one.toml", home / "other.toml"
    one.write_text("", "utf-8")
    other.write_text("[restart]\nrestart_attempts = 1\n", "utf-8")
    words = ("--worlds", "100000", "--days", "5", "--json", "--compare", str(one), str(other))
    ours, theirs = pty.openpty()  # on a terminal it tells how far it is
    with (
        os.fdopen(ours, "rb", buffering=0) as said,
        subprocess.Popen(
            [*COMMAND, "--jobs", "1", *words], env=environ(home), stdout=subprocess.PIPE, stderr=theirs
        ) as done,
    ):
        os.close(theirs)
        assert said.read(1) == b"\r"
        done.send_signal(signal.SIGINT)
        made = json.loads(done.communicate()[0])
    first, second = made["columns"].values()
    assert made["complete"] is False
    assert first["worlds"] == second["worlds"] > 0
    assert first["faults"] == second["faults"]


def test_a_story_is_the_same_in_every_process(home: Path) -> None:
    words = ("--hostile", "--seed", "5", "--days", "20", "--story")
    assert simulate(home, *words).stdout == simulate(home, *words).stdout != ""


# not each of these worlds comes to harm
HARMED = ("--worlds", "12", "--seed", "1", "--days", "20", "--faults", "2")


@pytest.fixture
def careless(home: Path) -> str:
    """A window shorter than the breaker's, which a config warns of and takes."""
    file = home / "careless.toml"
    file.write_text(
        "[restart]\nrestart_gap_s = 1\nrestart_attempts = 6\n[limits]\nunclean_window_s = 1\n", "utf-8"
    )
    return str(file)


def commands(said: str, how: str) -> list[list[str]]:
    """What is to be run to see it again, in `how`: whole or small."""
    lines = (line.partition("selfheal --config ")[2] for line in said.splitlines())
    return [shlex.split(line) for line in lines if how in line]


def test_each_broken_world_is_named_with_a_command_that_replays_it(home: Path, careless: str) -> None:
    """Of several only the first one's seed was said."""
    done = simulate(home, *HARMED, SELFHEAL_CONFIG=careless)
    assert done.returncode == 1
    made = json.loads(simulate(home, *HARMED, "--json", SELFHEAL_CONFIG=careless).stdout)
    assert made["commit"] is None or f"git {made['commit']}" in done.stderr
    whole = commands(done.stderr, "--story")
    seeds = [words[words.index("--seed") + 1] for words in whole]
    (column,) = made["columns"].values()
    assert seeds == [str(each["seed"]) for each in column["found"]]
    assert len(seeds) > 1
    path, _, *again = whole[-1]
    replayed = simulate(home, *again, SELFHEAL_CONFIG=path)
    assert replayed.returncode == 1
    assert f"! {column['found'][-1]['rule']}" in replayed.stdout


def test_harm_ends_with_a_short_story_and_its_command(home: Path, careless: str) -> None:
    done = simulate(home, *HARMED, SELFHEAL_CONFIG=careless)
    ((path, _, *again),) = commands(done.stderr, "--only")
    replayed = simulate(home, *again, SELFHEAL_CONFIG=path)
    assert replayed.returncode == 1
    _, _, story = done.stderr.partition(f"{again[-1]}\n")
    assert replayed.stdout == story != ""


def test_of_many_broken_worlds_the_first_are_named_and_how_many_more(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    harm = Harm(Session({}, lambda: FakeApp(home, FakeReader((), [], []))))
    for seed in range(SAID_MAX + 3):
        harm.found(Found(seed, 1.0, Violation(1.0, "a rule", "")), Drawn(None, None))
    harm.more()
    *named, more = capsys.readouterr().err.splitlines()
    assert len(named) == SAID_MAX
    assert more == say(Label.SIM_HARM_MORE, Language.EN, count=3)


@contextmanager
def making_small(home: Path, careless: str) -> Iterator[subprocess.Popen[str]]:
    """After its table."""
    env = environ(home) | {"SELFHEAL_CONFIG": careless}
    command = [*COMMAND, "--jobs", "1", *HARMED]
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as done:
        assert done.stdout is not None
        while not done.stdout.readline().startswith(say(Label.SIM_HARM, Language.EN)):
            assert done.poll() is None
        yield done


def test_ctrl_c_while_it_is_made_small_loses_no_seed(home: Path, careless: str) -> None:
    """It ended without a word, after hours of search perhaps."""
    with making_small(home, careless) as done:
        done.send_signal(signal.SIGINT)
        err = done.communicate()[1]
    assert done.returncode == Exit.INTERRUPTED
    assert commands(err, "--story")
    assert err.splitlines()[-1] == say(Label.SIM_NOT_MADE_SMALL, Language.EN)


def test_sigterm_while_it_is_made_small_loses_no_seed(home: Path, careless: str) -> None:
    with making_small(home, careless) as done:
        done.terminate()
        err = done.communicate()[1]
    assert done.returncode == -signal.SIGTERM
    assert commands(err, "--story")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)])
def test_a_story_that_is_ended_leaves_no_disk_behind(home: Path, number: signal.Signals, code: int) -> None:
    days, rate = 3660.0, 2.0
    seed = next(seed for seed in itertools.count(1) if draw(seed, days, Policy(), rate).traits.on_disk)
    words = ("--story", "--seed", str(seed), "--days", str(days), "--faults", str(rate))
    with subprocess.Popen([*COMMAND, *words], env=environ(home), stdout=subprocess.DEVNULL) as done:
        while not list(home.rglob("*.sqlite")):
            assert done.poll() is None
        done.send_signal(number)
    assert done.returncode == code
    assert list(home.iterdir()) == []


def test_the_settings_are_those_of_the_target(home: Path) -> None:
    """Not the common ones, which no gateway of this file has."""
    two = home / "two.toml"
    two.write_text(
        "[targets.one.policy]\nheartbeat_interval_s = 60\n[targets.other]\nport = 1\nstate_dir = '/none'\n",
        "utf-8",
    )
    words = ("--worlds", "1", "--days", "5", "--faults", "1", "--json")

    def steps(*more: str) -> list[int]:
        done = simulate(home, *words, *more, SELFHEAL_CONFIG=str(two))
        assert done.returncode == 0, done.stderr
        return [column["steps"] for column in json.loads(done.stdout)["columns"].values()]

    first, named, other = steps(), steps("--target", "one"), steps("--target", "other")
    assert first == named != other
    same = home / "same.toml"
    same.write_text(two.read_text("utf-8"), "utf-8")
    assert steps("--compare", str(two), str(same), "--target", "other") == other * 2


@pytest.mark.parametrize("words", [(), ("--story",), ("--compare", "one.toml", "two.toml")])
def test_a_target_that_does_not_exist_is_named_with_those_that_do(home: Path, words: tuple[str, ...]) -> None:
    for name in ("one.toml", "two.toml"):
        (home / name).write_text("", "utf-8")
    paths = [str(home / word) if word.endswith(".toml") else word for word in words]
    done = simulate(home, "--target", "nobody", *paths)
    assert done.returncode == 2
    assert "nobody" in done.stderr
    assert "main" in done.stderr
    assert "one.toml" in done.stderr or "--compare" not in words


@pytest.mark.parametrize(
    ("word", "other"),
    [
        (("--hostile",), ("--compare", "one.toml", "two.toml")),
        (("--hostile",), ("--target", "main")),
        (("--story",), ("--compare", "one.toml", "two.toml")),
        (("--story",), ("--json",)),
        (("--only", "0"), ("--json",)),
        (("--story",), ("--worlds", "5")),
        (("--only", "0"), ("--worlds", "3")),
    ],
)
def test_what_would_be_ignored_is_refused(home: Path, word: tuple[str, ...], other: tuple[str, ...]) -> None:
    done = simulate(home, "--days", "1", *word, *other)
    assert done.returncode == 2
    assert word[0] in done.stderr
    assert other[0] in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("option", ["--days", "--faults"])
def test_what_is_no_number_is_refused(home: Path, option: str) -> None:
    """Each comparison with it is false: a world of such a length never ends, and one of such faults grows."""
    done = simulate(home, "--worlds", "1", option, "nan")
    assert done.returncode == 2
    assert "nan" in done.stderr


@pytest.mark.parametrize("words", [("--worlds", "9" * 20), ("--jobs", "9" * 11)])
def test_more_than_a_machine_can_is_refused(home: Path, words: tuple[str, ...]) -> None:
    done = simulate(home, "--days", "1", *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert words[0] in done.stderr


@pytest.mark.parametrize("events", ["x", "-1", "99999", ",", ""])
def test_events_that_do_not_exist_are_refused(home: Path, events: str) -> None:
    assert simulate(home, "--only", events).returncode == 2


def test_the_first_number_beyond_the_last_event_is_refused_with_how_many_there_are(home: Path) -> None:
    words = ("--seed", "3", "--days", "30", "--only")
    count = len(draw(3, 30.0, Policy(), USUAL_RATE).events)
    assert simulate(home, *words, str(count - 1)).returncode == 0
    done = simulate(home, *words, str(count))
    assert done.returncode == 2
    assert f"its {count} events, counted from 0" in done.stderr


@pytest.mark.parametrize(("seed", "said"), [("3", "no events to keep"), ("11", "counted from 0")])
def test_a_wrong_event_is_told_with_an_example_that_would_be_right(home: Path, seed: str, said: str) -> None:
    words = ("--seed", seed, "--days", "20", "--faults", "0.05", "--only")
    done = simulate(home, *words, "x")
    assert said in done.stderr
    for example in re.findall(r"\(([\d,]+)\)", done.stderr):
        assert simulate(home, *words, example).returncode == 0


def test_the_module_ends_as_the_program_does(home: Path) -> None:
    """`python -m selfheal` once lost its exit code."""
    assert simulate(home, "--no-such-option").returncode == 2


def test_who_loses_a_process_says_so_and_names_no_broken_rule(home: Path) -> None:
    with working(home) as (done, children):
        children[0].kill()
        _, err = done.communicate()
    lost, not_all = (say(label, Language.EN) for label in (Label.SIM_WORKER_LOST, Label.SIM_NOT_ALL))
    assert (done.returncode, err.splitlines()) == (Exit.KILLED, [lost, not_all])


def test_what_had_finished_is_told_where_there_is_no_room_for_a_disk(home: Path) -> None:
    """As of a full disk: a file of the program is as large as this at most, and each disk is larger."""
    days, rate = 2.0, 1.0
    seed = next(seed for seed in itertools.count(2) if draw(seed, days, Policy(), rate).traits.on_disk)
    words = ("--seed", str(seed - 1), "--worlds", "2", "--days", str(days), "--faults", str(rate), "--json")
    command = shlex.join([*COMMAND, "--jobs", "1", *words])
    limited = f"trap '' XFSZ; ulimit -f 8; exec {command}"
    done = subprocess.run(
        ["bash", "-c", limited], env=environ(home), capture_output=True, text=True, check=False
    )
    assert done.returncode == Exit.STORE
    assert "TMPDIR" in done.stderr
    made = json.loads(done.stdout)
    assert (made["complete"], made["columns"]["defaults"]["worlds"]) == (False, 1)


def test_its_processes_and_their_disks_end_with_it_however_it_ends(home: Path) -> None:
    with working(home) as (done, children):
        done.kill()
        assert psutil.wait_procs(children, timeout=60)[1] == []
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("name", ["defaults", "drawn", "environment"])
def test_the_command_that_replays_names_each_file_whatever_it_is_called(
    home: Path, careless: str, name: str
) -> None:
    (home / name).write_text(Path(careless).read_text("utf-8"), "utf-8")
    (home / "sound").write_text("", "utf-8")
    command = [*COMMAND, *HARMED, "--jobs", "1", "--compare", name, "sound"]
    done = subprocess.run(command, env=environ(home), cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert {path for path, *_ in commands(done.stderr, "--story")} == {name}


@pytest.mark.parametrize("words", [("--hostile",), ("--compare", "one.toml", "two.toml")])
def test_a_config_that_would_be_ignored_is_refused(home: Path, words: tuple[str, ...]) -> None:
    for name in ("one.toml", "two.toml"):
        (home / name).write_text("", "utf-8")
    command = [*COMMAND[:-1], "--config", "one.toml", "simulate", "--worlds", "1", "--days", "1", *words]
    done = subprocess.run(command, env=environ(home), cwd=home, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{words[0]} and --config do not go together" in done.stderr


@pytest.mark.parametrize("content", [b"\nrubbish = \n", b"\n\xff\xfe", b"\nbest = 1"])
@pytest.mark.parametrize(
    "words", [("simulate", "--compare", "one.toml", "broken.toml"), ("--config", "broken.toml", "simulate")]
)
def test_what_is_wrong_in_a_file_is_told_in_one_form(
    home: Path, content: bytes, words: tuple[str, ...]
) -> None:
    (home / "broken.toml").write_bytes(content)
    (home / "one.toml").write_text("", "utf-8")
    command = [*COMMAND[:-1], *words]
    done = subprocess.run(command, env=environ(home), cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode == Exit.CONFIG
    assert done.stderr.startswith("selfheal: broken.toml: line 2: ")
    assert done.stderr.count("broken.toml") == 1


@pytest.mark.parametrize(
    ("language", "said"), [("en", "'x': write a whole number, 0 or more"), ("ko", "'x': 정수로")]
)
def test_what_is_no_whole_number_is_said_in_the_words_of_the_reader(
    home: Path, language: str, said: str
) -> None:
    command = [*COMMAND[:-1], "--lang", language, "simulate", "--seed", "x"]
    done = subprocess.run(command, env=environ(home), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr


def test_the_story_that_the_page_shows_has_an_incident_in_it(home: Path) -> None:
    """Nothing had happened in it."""
    page = (PAGE.parent / "simulation.md").read_text("utf-8")
    (line,) = re.findall(r"^selfheal simulate (.* --story) ", page, re.MULTILINE)
    done = simulate(home, *line.split())
    assert {"incident_opened", "incident_closed"} <= set(re.findall(r"\w+", done.stdout))


def test_a_part_of_a_day_is_no_whole_one(home: Path) -> None:
    """«gateway-days 1, of them counted 0»."""
    done = simulate(home, "--worlds", "1", "--days", "0.1")
    rows = dict(re.split(r" {2,}", line.strip()) for line in done.stdout.splitlines() if "  " in line.strip())
    assert rows["of them counted"] == "0.1"
    assert float(rows["gateway-days"]) % 1
