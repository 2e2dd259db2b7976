"""Every command through the one door `main`, on an app that answers from made-up states."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.cli.worlds import (
    NOW,
    ROWS,
    START,
    UNKNOWN_KEY,
    FakeApp,
    FakeReader,
    M,
    W,
    entries,
    ill,
    watched,
    well,
)

from selfheal import __version__
from selfheal.app.exit_codes import Exit
from selfheal.cli import timeline
from selfheal.cli.main import main
from selfheal.cli.root import PLACES
from selfheal.cli.session import Session
from selfheal.cli.timeline import lead_up
from selfheal.config.settings import Settings
from selfheal.core.facts import Verdict
from selfheal.core.levels import Level, Request
from selfheal.core.notes import Note, Step
from selfheal.core.observations import OperatorAsked, TimePassed
from selfheal.core.overdue import SLACK_S
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.state import HealthcheckPart, State
from selfheal.ports.store import Commit, Entry, Waiting
from selfheal.store.reader import NoDatabaseError
from selfheal.store.sqlite import SqliteStore


def test_status_of_a_well_gateway(run: Run, app: FakeApp) -> None:
    app.reader = FakeReader([well()])
    ran = run("status")
    assert ran.code == Exit.DONE
    assert "resident: running, pid 4100" in ran.out
    assert "port 18789" in ran.out
    assert app.reader.closed


def test_a_status_names_a_gateway_of_the_host_that_nobody_watches(run: Run, app: FakeApp) -> None:
    app.reader = FakeReader([well()])
    profile = app.folder / ".openclaw-work"
    profile.mkdir()
    (profile / "openclaw.json").write_text("{}", encoding="ascii")
    ran = run("status")
    assert ran.code == Exit.DONE, "it is no fault of the watched one"
    assert ran.out.splitlines()[-1].startswith(f"{profile}: ")
    assert json.loads(run("status", "--json").out)["targets"]


def test_status_of_an_ill_one(run: Run, app: FakeApp) -> None:
    app.reader = FakeReader([ill()])
    ran = run("status")
    assert ran.code == Exit.NOT_WELL
    assert "incident #7" in ran.out


def test_a_dead_resident_is_said_plainly_with_the_age_of_the_data(run: Run, app: FakeApp) -> None:
    app.reader, app.pid = FakeReader([replace(well(), last_wall=W(1_770_290_000.0))]), None
    ran = run("status")
    assert ran.code == Exit.NO_RESIDENT
    assert "resident: not running" in ran.out.splitlines()[0]
    assert "16m 40s" in ran.out.splitlines()[0]


def long_ago(by_s: float = 3600.0) -> State:
    """Well, and with all that was due since the time when it was written."""
    state = well()
    then = M(NOW.mono - by_s)
    due = HealthcheckPart(then, then, then)
    return replace(state, last_wall=W(START - by_s), last_mono=then, healthcheck=due)


@pytest.mark.parametrize(
    ("pid", "over_s", "code"), [(4100, -1, Exit.DONE), (4100, 1, Exit.NOT_WELL), (None, 1, Exit.NO_RESIDENT)]
)
def test_what_a_living_resident_has_not_written_for_too_long_is_not_well(
    run: Run, app: FakeApp, pid: int | None, over_s: float, code: Exit
) -> None:
    """Well as it was: a resident that hangs holds its lock, and one that cannot write still watches."""
    app.reader, app.pid = FakeReader([long_ago(SLACK_S + over_s)]), pid
    ran = run("status")
    assert ran.code == code
    stale = code is Exit.NOT_WELL
    assert ("cannot write" in ran.out.splitlines()[0]) == stale
    (gateway,) = [line for line in ran.out.splitlines() if line.startswith("main ")]
    assert ("as it was 46s ago" in gateway) == stale, "the pid may be a dead one's"
    shown = json.loads(run("status", "--json").out)
    assert shown["well"] == (code is Exit.DONE)
    assert shown["targets"][0]["stale"] == stale


def test_a_host_that_has_just_woken_is_not_late(run: Run, app: FakeApp) -> None:
    app.reader = FakeReader([replace(well(), last_wall=W(START - 30_000))])
    assert run("status").code == Exit.DONE


def test_old_data_are_not_held_against_a_resident_that_has_just_begun(run: Run, app: FakeApp) -> None:
    app.reader, app.since = FakeReader([long_ago()]), W(START - 5)
    assert run("status").code == Exit.DONE


@pytest.mark.parametrize(("since", "said"), [(5, "nothing has been recorded"), (60, "cannot write")])
def test_a_resident_that_never_wrote_anything(run: Run, app: FakeApp, since: float, said: str) -> None:
    app.reader, app.since = None, W(START - since)
    ran = run("status")
    assert ran.code == Exit.NOT_WELL
    assert said in ran.out.splitlines()[-1]


@pytest.mark.parametrize("observes", [True, False])
def test_a_status_shows_the_settings_that_the_resident_steps_with(
    run: Run, app: FakeApp, observes: bool
) -> None:
    """`run --observe` is in no file, and a file may have been changed since it was read."""
    (app.folder / "config.toml").write_text(f"[selfheal]\nobserve = {str(not observes).lower()}\n")
    policy = Policy(observe=observes, restarts_per_hour_max=17)
    app.reader = FakeReader([well()], the_policies={"main": policy})
    asked = ("--config", str(app.folder / "config.toml"), "status")
    assert ("observing only" in run(*asked).out) == observes
    (target,) = json.loads(run(*asked, "--json").out)["targets"]
    assert (target["observe"], target["budget"]["hourly_max"]) == (observes, 17)


def test_without_a_resident_a_status_shows_the_settings_of_the_next_one(run: Run, app: FakeApp) -> None:
    """The last one to step may have been a `check --observe` or a `down`, which only look."""
    app.reader, app.pid = FakeReader([well()], the_policies={"main": Policy(observe=True)}), None
    assert "observing only" not in run("status").out


def test_status_before_anything_was_kept(run: Run, app: FakeApp) -> None:
    app.reader, app.pid = None, None
    ran = run("status")
    assert (ran.code, len(ran.out.splitlines())) == (Exit.NO_RESIDENT, 3)
    assert "selfheal run" in ran.out
    (target,) = json.loads(run("status", "--json").out)["targets"]
    assert (target["phase"], target["as_of"], target["as_of_age_s"]) == ("unknown", None, None)


def test_data_are_as_old_as_what_was_written(run: Run, app: FakeApp) -> None:
    app.reader, app.pid = FakeReader([replace(well(), last_wall=W(START - 60)), State("never")]), None
    assert "1m" in run("status").out.splitlines()[0]


@pytest.mark.parametrize("states", [[], [well()]])
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_request_that_waits_is_shown(run: Run, app: FakeApp, states: list[State], lang: str) -> None:
    asked = OperatorAsked(Request.PAUSE, for_s=7200.0, why="moving disks")
    app.reader, app.pid = FakeReader(states, the_waiting=[Waiting("main", asked, W(START - 60))]), None
    assert "moving disks" in run("--lang", lang, "status").out.splitlines()[-1]
    (target,) = json.loads(run("status", "--json").out)["targets"]
    assert target["waiting"] == [
        {
            "request": "pause",
            "level": None,
            "for_s": 7200.0,
            "why": "moving disks",
            "asked": "2026-02-05T11:29:00.000Z",
            "age_s": 60.0,
        }
    ]


def test_a_holder_without_a_pid_runs_all_the_same(run: Run, app: FakeApp) -> None:
    app.reader, app.pid = FakeReader([well()]), 0
    assert run("status").code == Exit.DONE
    assert json.loads(run("status", "--json").out)["resident"] == {"running": True, "pid": None}


def test_a_target_of_another_config_is_shown_while_it_is_supervised(run: Run, app: FakeApp) -> None:
    app.reader = FakeReader([well("sandbox")])
    assert [each["target"] for each in json.loads(run("status", "--json").out)["targets"]] == ["sandbox"]
    app.reader = FakeReader([replace(well("gone"), last_wall=W(0.0))])
    assert [each["target"] for each in json.loads(run("status", "--json").out)["targets"]] == ["main"]


def test_an_unknown_target_is_refused_with_the_known_ones(run: Run, app: FakeApp) -> None:
    app.reader = FakeReader([well()])
    for command in ("status", "run", "check", "pause"):
        ran = run(command, "--target", "nowhere")
        assert ran.code == Exit.USAGE
        assert "main" in ran.err


@pytest.mark.parametrize(
    ("args", "asked"),
    [
        (("pause",), OperatorAsked(Request.PAUSE)),
        (("pause", "--for", "1h30m", "--why", "disk"), OperatorAsked(Request.PAUSE, None, 5400.0, "disk")),
        (("resume",), OperatorAsked(Request.RESUME)),
        (("enable", "watchdog"), OperatorAsked(Request.ENABLE, Level.WATCHDOG)),
        (("disable", "3"), OperatorAsked(Request.DISABLE, Level.RECOVERY)),
    ],
)
def test_a_request_goes_into_the_inbox(
    run: Run, app: FakeApp, args: tuple[str, ...], asked: OperatorAsked
) -> None:
    ran = run(*args)
    assert (ran.code, ran.err, app.asked) == (Exit.DONE, "", [("main", asked)])
    assert ran.out.startswith("main: ")


@pytest.mark.parametrize("command", ["pause", "resume", "enable 1", "disable 1"])
def test_a_request_reaches_whom_the_resident_watches_whatever_the_config_says_by_now(
    run: Run, app: FakeApp, command: str
) -> None:
    app.supervised = ("before", "second")
    ran = run(*command.split())
    assert [target for target, _ in app.asked] == ["before", "second", "main"]
    assert ran.err.startswith("main: "), "nobody watches it"
    app.asked.clear()
    assert run(*command.split(), "--target", "before").code == Exit.DONE
    assert [target for target, _ in app.asked] == ["before"]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_level_that_is_not_built_is_not_said_to_be_on(run: Run, lang: str) -> None:
    ran = run("--lang", lang, "enable", "3")
    assert ran.code == Exit.DONE
    assert {"en": "not available yet", "ko": "아직 사용할 수 없습니다"}[lang] in ran.err
    assert run("enable", "1").err == ""


def test_a_request_to_a_dead_resident_waits_and_says_so(run: Run, app: FakeApp) -> None:
    app.pid = None
    ran = run("pause")
    assert ran.code == Exit.DONE
    assert "not running" in ran.err


def test_incidents(run: Run, app: FakeApp) -> None:
    app.reader = FakeReader((), ROWS, entries())
    assert len(run("incidents", "list").out.splitlines()) == 1 + len(ROWS)
    assert len(run("incidents", "list", "-n", "1").out.splitlines()) == 2
    shown = run("incidents", "show", "7").out.splitlines()
    assert len(shown) == 3 + len(entries())
    assert run("incidents", "show", "99").code == Exit.NOT_WELL
    app.reader.the_rows = [*ROWS, ROWS[0]._replace(target="work")]
    assert run("incidents", "show", "7").code == Exit.USAGE
    assert run("incidents", "show", "7", "--target", "work").code == Exit.DONE


def test_an_incident_is_shown_with_what_it_was_opened_for(run: Run, app: FakeApp) -> None:
    """The gateway is lost first, and the incident opened when it is known why."""
    first, lost, *others = entries()
    lost = lost._replace(notes=(Note(Reason.GATEWAY_LOST, detail="4242", number=137.0),), incident=None)
    app.reader = FakeReader((), ROWS, [first._replace(incident=6), lost, *others])
    shown = run("incidents", "show", "7").out.splitlines()
    assert len(shown) == 3 + 1 + len(others)
    assert shown[3].endswith("the gateway's process is gone, pid 4242, exit code 137")
    document = json.loads(run("incidents", "show", "7", "--json").out)
    assert document["timeline"][0]["reason"] == "gateway_lost"


@pytest.mark.parametrize(
    ("reason", "before_s", "incident", "told"),
    [
        (Reason.HEARTBEAT_MISSED, 10.0, None, True),
        (Reason.HEARTBEAT_MISSED, 100_000.0, None, False),
        (Reason.HEARTBEAT_MISSED, 10.0, 6, False),
        (Reason.GATEWAY_SERVES, 10.0, None, False),
    ],
)
def test_only_fresh_signs_led_up_to_an_incident(
    reason: Reason, before_s: float, incident: int | None, told: bool
) -> None:
    entry = entries()[0]._replace(notes=(Note(reason),), incident=incident, wall=W(START - before_s))
    assert list(lead_up([entry], START)) == ([entry] if told else [])


@dataclass
class LateReader(FakeReader):
    """Ends whoever follows it at the second look."""

    looks: int = 0

    def recent(self, limit: int, target: str | None, *, telling: bool = False) -> Sequence[Entry]:
        self.looks += 1
        if self.looks > 1:
            raise KeyboardInterrupt
        return super().recent(limit, target, telling=telling)


@dataclass
class LateApp(FakeApp):
    """Something is kept only when it is asked for the second time."""

    asked_for_it: int = 0

    def open_reader(self, settings: Settings) -> FakeReader:
        self.asked_for_it += 1
        if self.asked_for_it == 1:
            raise NoDatabaseError(settings.state_dir)
        return super().open_reader(settings)


@pytest.mark.parametrize("count", ["0", "50"])
def test_an_empty_journal_is_followed_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], count: str
) -> None:
    """And then everything in it is new."""
    app = LateApp(tmp_path, LateReader((), (), entries()))
    assert main(["logs", "-f", "-n", count], Session({}, lambda: app)) == Exit.INTERRUPTED
    seen = capsys.readouterr()
    assert (len(seen.out.splitlines()), "nothing" in seen.err) == (len(entries()), False)


def test_what_comes_in_a_journal_that_was_begun_anew_is_new() -> None:
    old = entries()
    assert timeline.after(old, None) == timeline.after(old, old[-1]._replace(wall=W(0.0))) == old
    assert timeline.after(old, old[0]) == old[1:]
    assert timeline.after(old, old[-1]) == []


def test_logs(run: Run, app: FakeApp) -> None:
    app.reader = FakeReader((), (), entries())
    assert len(run("logs").out.splitlines()) == len(entries())
    assert len(run("logs", "-n", "2").out.splitlines()) == 2
    assert run("logs", "-n", "0").out == ""
    assert all("L2" in each for each in run("logs", "--level", "2").out.splitlines())
    empty = run("logs", "--level", "4")
    assert (empty.out, empty.code) == ("", Exit.DONE)


@pytest.mark.parametrize(
    ("args", "called"),
    [
        (("run",), ("run", False, None)),
        (("run", "--observe", "--target", "main"), ("run", True, "main")),
        (("check",), ("check", None, False)),
        (("check", "--observe", "--target", "main"), ("check", "main", True)),
        (("up",), ("up",)),
        (("down",), ("down",)),
    ],
)
def test_the_app_does_the_work_and_gives_the_exit_code(
    run: Run, app: FakeApp, args: tuple[str, ...], called: tuple[object, ...]
) -> None:
    app.result = Exit.LOCKED
    assert (run(*args).code, app.called) == (Exit.LOCKED, [called])


def test_config(run: Run, app: FakeApp) -> None:
    assert run("config", "check").code == Exit.DONE
    assert "[watchdog]" in run("config", "show").out
    app.faults = (UNKNOWN_KEY, UNKNOWN_KEY)
    for command in ("check", "show"):
        ran = run("config", command)
        assert (ran.code, ran.out) == (Exit.CONFIG, "")
        assert ran.err.count("sweep_interval_s") == 2
    assert "3행" in run("--lang", "ko", "config", "check").err


@pytest.mark.parametrize(
    "command", ["status", "incidents list", "logs", "pause", "resume", "enable 1", "disable 1"]
)
@pytest.mark.parametrize("option", [(), ("--no-color",)])
def test_a_broken_config_locks_nobody_out_of_a_running_resident(
    run: Run, app: FakeApp, command: str, option: tuple[str, ...]
) -> None:
    """It goes on with its old config; so does whoever looks at it."""
    app.reader, app.faults = FakeReader([well()], ROWS, entries()), (UNKNOWN_KEY, UNKNOWN_KEY)
    ran = run(*option, *command.split())
    (line,) = ran.err.splitlines()
    assert (ran.code, line.startswith("selfheal: faults in the config: 2;")) == (Exit.DONE, True)


@pytest.mark.parametrize("command", ["run", "up", "down", "check", "config check", "simulate --days 1"])
def test_who_acts_by_a_config_refuses_a_broken_one(run: Run, app: FakeApp, command: str) -> None:
    app.faults = (UNKNOWN_KEY,)
    ran = run(*command.split())
    assert (ran.code, app.called) == (Exit.CONFIG, [])


def test_a_store_that_cannot_be_used(run: Run, app: FakeApp) -> None:
    app.broken = "cannot read the states: the disk fails"
    ran = run("status")
    assert (ran.code, ran.out, ran.err) == (Exit.STORE, "", f"selfheal: {app.broken}\n")


def test_what_is_not_foreseen_is_seen_whole(run: Run, app: FakeApp) -> None:
    app.reader = FakeReader(["no state"])  # type: ignore[list-item]
    with pytest.raises(AttributeError):
        run("status")


def test_the_language_is_the_option_else_the_locale(run: Run, app: FakeApp) -> None:
    app.reader = FakeReader([well()])
    assert "상주 프로그램: 실행 중" in run("--lang", "ko", "status").out
    assert "상주 프로그램: 실행 중" in run("status", LANG="ko_KR.UTF-8").out
    assert "resident: running" in run("--lang", "en", "status", LANG="ko_KR.UTF-8").out


def test_usage(run: Run) -> None:
    assert run("--version").out == f"selfheal {__version__}\n"
    assert run().code == Exit.USAGE
    assert run("nonsense").code == Exit.USAGE
    assert run("pause", "--for", "soon").code == Exit.USAGE
    assert run("status", "--json", "--watch").code == Exit.USAGE
    listed = run("--help").out
    assert all(f"\n  {name} " in listed for name in PLACES)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(run: Run, shell: str) -> None:
    ran = run("completion", shell)
    assert ran.code == Exit.DONE
    assert "_SELFHEAL_COMPLETE" in ran.out


def test_a_status_loads_nothing_that_it_does_not_show(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "state" / "selfheal.db").commit(Commit("main", TimePassed(), NOW, Step(well())))
    code = (
        "import sys; from selfheal.cli.main import main; main(['status']);"
        "print(*sys.modules, file=sys.stderr)"
    )
    environ = {"HOME": str(tmp_path), "SELFHEAL_STATE_DIR": str(tmp_path / "state")}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert "4242" in ran.stdout
    heavy = {"rich", "msgspec", "asyncio", "psutil", "h11", "websockets", "click", "tempfile"}
    ours = {
        "selfheal.core.observations",
        "selfheal.core.actions",
        "selfheal.core.notes",
        "selfheal.store.rows",
    }
    assert (heavy | ours) & set(ran.stderr.split()) == set()


@pytest.mark.parametrize("world", [well(), ill(), State("main")])
def test_a_status_without_click_is_the_one_with_it(run: Run, app: FakeApp, world: State) -> None:
    app.reader = FakeReader([world])
    assert run("status") == run("--no-color", "status")


@pytest.mark.parametrize("args", [("--config", "no.toml", "status"), ("--config=no.toml", "status")])
def test_a_config_file_that_is_named_must_exist(run: Run, args: tuple[str, ...]) -> None:
    ran = run(*args)
    assert ran.code == Exit.CONFIG
    assert "no.toml" in ran.err


SPEAKING = (
    *("--help", "--version", "status", "status --json", "incidents list", "incidents --help", "logs -n 1"),
    *("resume", "config check", "config show", "completion bash", "simulate --worlds 1 --days 1"),
)


@pytest.mark.parametrize("args", SPEAKING)
@pytest.mark.parametrize("place", [">&-", ">/dev/full"])
@pytest.mark.parametrize("buffered", ["", "PYTHONUNBUFFERED=1 "])
def test_an_output_that_takes_nothing_is_said_in_a_line(
    tmp_path: Path, args: str, place: str, buffered: str
) -> None:
    SqliteStore(tmp_path / ".local/state/selfheal/selfheal.db").commit(
        Commit("main", TimePassed(), NOW, Step(well(), notes=entries()[0].notes))
    )
    ran = shell(f"{buffered}selfheal {args} {place}", tmp_path)
    assert ran.returncode == Exit.OUTPUT
    (line,) = ran.stderr.splitlines()
    assert line.startswith("selfheal: cannot write to standard output: ")


def test_a_reader_that_has_gone_gets_no_word(tmp_path: Path) -> None:
    ran = shell("{ sleep 0.2; selfheal status; echo $? >&2; } | true", tmp_path)
    assert ran.stderr.split() == [str(int(Exit.OUTPUT))]


def test_without_any_stream_nothing_is_written_into_a_file_of_ours(tmp_path: Path) -> None:
    assert shell("selfheal status >&- 2>&- <&-", tmp_path).returncode == Exit.OUTPUT


def shell(command: str, home: Path) -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(home), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(["sh", "-c", command], env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("states", "result", "said"),
    [
        ([well()], 0, "main: well\n"),
        ([ill()], 1, "main: not well: not answering, ill"),
        ([well()], 1, "main: not well: the check was not finished in time"),
        ([State("main")], 1, "main: not well: unknown"),
        ([well(), ill("work")], 1, "main: well\nwork: not well"),
        ([watched()], 1, "main: not well yet: it serves, and is watched for 40s more"),
    ],
)
def test_a_check_ends_with_its_verdict(
    run: Run, app: FakeApp, states: list[State], result: int, said: str
) -> None:
    app.seen, app.result = states, result
    for app.broken in ("", "cannot read it: the disk fails"):  # what was seen counts, not what could be kept
        ran = run("check")
        assert ran.code == result
        assert said in ran.out


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_check_beside_a_stuck_resident_says_what_to_do(run: Run, app: FakeApp, lang: str) -> None:
    app.result, app.stuck, app.looks = Exit.NOT_WELL, 4100, [("main", Verdict.TIMEOUT)]
    ran = run("--lang", lang, "check")
    assert ran.code == Exit.NOT_WELL
    assert "kill -CONT 4100" in ran.out
    assert {"en": "no answer in time", "ko": "main"}[lang] in ran.out
    app.stuck = 0
    assert "kill" not in run("--lang", lang, "check").out, "it is not known whom"


def test_a_check_that_could_not_be_made_has_no_verdict(run: Run, app: FakeApp) -> None:
    app.seen, app.result = [well()], Exit.STORE
    ran = run("check")
    assert (ran.code, ran.out) == (Exit.STORE, "")


@pytest.mark.parametrize(
    "args",
    [
        ("dance",),
        ("status", "--dance"),
        ("status", "dance"),
        ("status", "--target"),
        ("status", "--target", "nowhere"),
        ("status", "--json", "--watch"),
        ("pause", "--for", "soon"),
        ("pause", "--for", "400d"),
        ("incidents", "list", "-n", "9" * 23),
        ("disable",),
        ("disable", "dance"),
        ("logs", "-n", "-1"),
        ("incidents", "show", "x"),
        ("incidents", "show", "99"),
        ("completion", "cmd"),
    ],
)
def test_a_wrong_line_is_said_in_korean(run: Run, app: FakeApp, args: tuple[str, ...]) -> None:
    app.reader = FakeReader([well()], ROWS)
    for ran in (run("--lang", "ko", *args), run(*args, LANG="ko_KR.UTF-8")):
        assert ran.code in {Exit.USAGE, Exit.NOT_WELL}
        error = ran.err.splitlines()[-1]
        assert error.startswith("오류: ")
        assert not set(error.split()) & {"such", "is", "Got", "Invalid", "Missing", "not", "requires"}
        assert "Usage:" not in ran.err


@pytest.mark.parametrize("args", [(), ("incidents",), ("config",)])
def test_without_a_command_the_help_is_shown(run: Run, args: tuple[str, ...]) -> None:
    ran = run(*args)
    assert "Commands:" in ran.out + ran.err
    assert "Error:" not in ran.err


def test_unknown_state_is_no_crash(run: Run, app: FakeApp) -> None:
    app.reader = FakeReader([State("main")])
    assert run("status").code == Exit.NOT_WELL


def test_config_check_says_that_the_routes_are_too_few(tmp_path: Path) -> None:
    ran = shell("selfheal config check", tmp_path)
    assert ran.returncode == Exit.DONE
    assert "[routes.NAME]" in ran.stderr
