"""`selfheal setup --openclaw-cron`, and what `selfheal monitor` says of the resident."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.cli.worlds import FakeApp

from selfheal.app.exit_codes import Exit
from selfheal.app.monitor import Alerted, Monitored
from selfheal.app.notify_test import Tried
from selfheal.app.own_service import Care, Cared
from selfheal.config.route_fields import SHAPES, RouteKind
from selfheal.gateway.openclaw_cron import CronEntry, CronError, Registered
from selfheal.ports.outbox import Receipt
from selfheal.texts.language import Language
from selfheal.texts.setup import KINDS, QUESTIONS, Setup, setup_words

CHANNEL = "1468429321738911947"
CRON = ("setup", "--openclaw-cron", "--channel", CHANNEL)

LOG = Path("/memory/emergency-recovery-1.log")


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_it_says_what_was_registered_and_how_it_is_switched_off(run: Run, app: FakeApp, lang: str) -> None:
    ran = run("--lang", lang, *CRON)
    assert (ran.code, ran.err) == (Exit.DONE, "")
    first, second = ran.out.splitlines()
    assert "c6dc" in first
    assert CHANNEL in first
    assert "openclaw cron disable c6dc" in second
    assert app.called == [("register_cron", "main", CronEntry(CHANNEL, "look", "claude-haiku-4-5"))]


def test_what_openclaw_doubts_is_passed_on(run: Run, app: FakeApp) -> None:
    app.cron = Registered("c6dc", created=False, updated=False, doubt="Unsupported channel: discord")
    ran = run("--lang", "en", *CRON)
    assert "already" in ran.out
    assert "Unsupported channel: discord" in ran.err


def test_a_gateway_that_is_down_is_a_plain_failure(run: Run, app: FakeApp) -> None:
    app.cron = CronError("cannot register it: exit code 1")
    ran = run(*CRON)
    assert (ran.code, ran.out) == (Exit.NOT_WELL, "")
    assert "exit code 1" in ran.err


def test_a_dry_run_shows_the_command_and_registers_nothing(run: Run, app: FakeApp) -> None:
    ran = run(*CRON, "--dry-run", "--model", "haiku")
    assert ran.out.startswith("openclaw cron add ")
    assert "--model haiku" in ran.out
    assert app.called == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--openclaw-cron",), "--channel"),
        (("--openclaw-cron", "--channel", "#jarvis"), "--channel"),
        (("--channel", CHANNEL), "--openclaw-cron"),
        (("--target", "main"), "--openclaw-cron"),
        (("--openclaw-cron", "--channel", CHANNEL, "--yes"), "--yes"),
        (("--openclaw-cron", "--channel", CHANNEL, "--route", "a=desktop"), "--route"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_what_is_missing_or_does_not_fit_is_named(
    run: Run, app: FakeApp, words: tuple[str, ...], named: str, lang: str
) -> None:
    ran = run("--lang", lang, "setup", *words)
    assert ran.code == Exit.USAGE
    assert named in ran.err.splitlines()[-1]
    assert app.called == []


def test_the_channel_of_the_bot_is_taken(run: Run, app: FakeApp) -> None:
    config = app.folder / "config.toml"
    config.write_text('[routes.bot]\nkind = "discord-bot"\ntoken = "t"\nchannel = "77"\n', "utf-8")
    config.chmod(0o600)
    assert "channel 77" in run("--config", str(config), "--lang", "en", "setup", "--openclaw-cron").out


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_it_says_how_a_living_resident_takes_the_routes_over(run: Run, app: FakeApp, lang: str) -> None:
    config = ("--config", str(app.folder / "my.toml"), "--lang", lang)
    ran = run(*config, "setup", "--yes", "--no-test", "--route", "here=desktop")
    assert "kill -HUP 4100" in ran.out
    again = run(*config, "setup", "--yes", "--no-test", "--route", "here=desktop")
    assert "kill" not in again.out, "nothing new was written"


@pytest.mark.parametrize("language", Language)
def test_each_kind_is_asked_for_all_that_it_needs(language: Language) -> None:
    assert set(KINDS[language]) == set(RouteKind) - {RouteKind.GITHUB}, "an issue wakes nobody"
    asked = {
        kind: [key.partition(".")[2] for key in QUESTIONS[language] if key.startswith(f"{kind}.")]
        for kind in KINDS[language]
    }
    for kind, names in asked.items():
        assert set(SHAPES[RouteKind(kind)].needs) <= set(names) <= set(SHAPES[RouteKind(kind)].all)
    assert list(QUESTIONS[language]) == list(QUESTIONS[Language.EN])
    assert {which for which in Setup if not setup_words(which, language)} == set()


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("care", Care)
def test_the_monitor_says_what_became_of_the_resident(run: Run, app: FakeApp, care: Care, lang: str) -> None:
    app.monitored = Monitored((), (), None, Cared(care, 4100, detail="the unit x.service"))
    ran = run("--lang", lang, "monitor")
    assert ran.code == (Exit.NOT_WELL if care is Care.FAILED else Exit.DONE)
    assert bool(ran.err) == (care is not Care.LIVES)
    assert ("x.service" in ran.err) == (care in {Care.STARTED, Care.STOPPED, Care.FAILED})


@pytest.mark.parametrize(
    ("alerted", "code", "said"),
    [
        (
            Alerted(LOG, "text", ("phone",)),
            Exit.DONE,
            {"en": "a person is told of", "ko": "사람에게 알렸습니다"},
        ),
        (Alerted(LOG, "text", ("phone",), ("desk",)), Exit.DONE, {"en": "not yet: desk", "ko": "아직: desk"}),
        (
            Alerted(LOG, "text", (), ("desk", "phone")),
            Exit.DONE,
            {"en": "committed for 2 route(s)", "ko": "경로 2개"},
        ),
        (Alerted(LOG, "text"), Exit.NOT_WELL, {"en": "NOBODY CAN BE TOLD", "ko": "알릴 수 없습니다"}),
    ],
)
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_monitor_says_that_a_person_is_told_only_where_one_is(
    run: Run, app: FakeApp, alerted: Alerted, code: Exit, said: dict[str, str], lang: str
) -> None:
    app.monitored = Monitored((alerted,), (), None, Cared(Care.LIVES, 4100))
    ran = run("--lang", lang, "monitor")
    assert (ran.code, said[lang] in ran.out) == (code, True), ran.out
    assert ("a person is told" in ran.out) == (lang == "en" and bool(alerted.told))
    (one,) = json.loads(run("monitor", "--json").out)["alerts"]
    assert one == {"log": str(LOG), "told": list(alerted.told), "waiting": list(alerted.waits)}


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_monitor_says_that_nothing_can_be_kept(run: Run, app: FakeApp, lang: str) -> None:
    app.monitored = Monitored((), (), None, Cared(Care.LIVES, 4100), "the disk is full")
    ran = run("--lang", lang, "monitor")
    assert (ran.code, len(ran.err.splitlines())) == (Exit.NOT_WELL, 1)
    assert "the disk is full" in ran.err
    assert json.loads(run("monitor", "--json").out)["unkept"] == "the disk is full"


def test_the_monitor_speaks_the_readers_language_also_of_what_failed(run: Run, app: FakeApp) -> None:
    why = "cannot write the outbox in /a/b.db: the disk is full (disk I/O error). Free memory on this host."
    detail = "pid 7 ended without being told to; no service manager runs here"
    app.monitored = Monitored((), (), None, Cared(Care.FAILED, detail=detail), why)
    ran = run("--lang", "ko", "monitor")
    for ours in ("cannot", "the disk is full", "ended without", "no service manager"):
        assert ours not in ran.err
        assert ours in run("--lang", "en", "monitor").err
    assert "disk I/O error" in ran.err, "what others said stays as it is"


def test_a_route_that_is_tried_hears_of_the_gateway_that_is_watched(
    run: Run, app: FakeApp, tmp_path: Path
) -> None:
    """It was sent what waits, with the places of the gateway that was set, instead of the sandbox's."""
    config = tmp_path / "config.toml"
    app.in_use = (replace(app.load_settings(None, {}).targets[0], name="@sandbox"),)
    app.tried = (Tried("here", Receipt("1"), 0.1),)
    run("--config", str(config), "setup", "--yes", "--route", "here=desktop")
    assert app.tried_for == ["@sandbox"]


def test_the_monitor_says_with_each_pass_that_nobody_can_be_told(run: Run, app: FakeApp) -> None:
    app.monitored = Monitored((), (LOG,), None, Cared(Care.LIVES, 4100), unheard=(LOG,))
    ran = run("--lang", "en", "monitor")
    assert (ran.code, str(LOG) in ran.out) == (Exit.NOT_WELL, True)
    assert json.loads(run("monitor", "--json").out)["unheard"] == [str(LOG)]


def test_the_document_has_it_too(run: Run, app: FakeApp) -> None:
    app.monitored = Monitored((), (), None, Cared(Care.STARTED, 4100, 4000, "the unit x.service"))
    said = json.loads(run("monitor", "--json").out)
    assert said["resident"] == 4100
    assert said["resident_care"] == "started"
    assert said["resident_ended"] == 4000
    assert "(pid 4000) was stuck" in run("--lang", "en", "monitor").err


def test_a_reader_gets_the_alerts_alone(run: Run, app: FakeApp) -> None:
    assert run("monitor", "--for", "openclaw-cron").out == ""
    app.untold_logs = ["🚨 one", "🚨 two"]
    ran = run("monitor", "--for", "openclaw-cron")
    assert (ran.code, ran.out, ran.err) == (Exit.DONE, "🚨 one\n\n🚨 two\n\n", "")
    assert run("monitor", "--for", "../x").code == Exit.USAGE
