import pytest

from selfheal.core.facts import ConfigState, ExitCause, ManagerState, Upkeep, Verdict
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.reasons import Cause, Hold, Outcome, Reason
from selfheal.core.report import LevelStatus
from selfheal.texts.describe import catalogue, describe, duration, say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language, choose

FULL = {
    "level": Level.WATCHDOG,
    "hold": Hold.PAUSED,
    "cause": Cause.DISK_FULL,
    "outcome": Outcome.HEALED,
    "incident": 3,
    "detail": "4242",
    "number": 90.0,
}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_a_sentence_with_and_without_its_data(reason: Reason, language: Language) -> None:
    for note in (Note(reason), Note(reason, **FULL)):  # type: ignore[arg-type]
        text = describe(note, language)
        assert text
        assert not set("[]{}\n") & set(text)


@pytest.mark.parametrize("language", Language)
def test_the_words_of_the_enums_reach_the_sentence(language: Language) -> None:
    words = catalogue(language)
    held = describe(Note(Reason.HELD, hold=Hold.UPKEEP, detail="npm"), language)
    assert words.holds[Hold.UPKEEP] in held
    assert "npm" in held
    opened = describe(Note(Reason.INCIDENT_OPENED, cause=Cause.PORT_TAKEN, incident=12), language)
    assert words.causes[Cause.PORT_TAKEN] in opened
    assert "#12" in opened
    closed = describe(Note(Reason.INCIDENT_CLOSED, outcome=Outcome.RECOVERED, number=61.0), language)
    assert words.outcomes[Outcome.RECOVERED] in closed
    assert duration(61.0, language) in closed


@pytest.mark.parametrize("language", Language)
def test_a_verdict_and_an_exit_cause_in_the_detail_are_translated(language: Language) -> None:
    words = catalogue(language)
    missed = describe(Note(Reason.HEARTBEAT_MISSED, detail="timeout", number=2.0), language)
    assert words.verdicts[Verdict.TIMEOUT] in missed
    ended = describe(Note(Reason.EXIT_EXAMINED, detail="crashed: signal 9"), language)
    assert f"{words.exit_causes[ExitCause.CRASHED]}: signal 9" in ended


@pytest.mark.parametrize("language", Language)
def test_of_a_level_that_is_not_built_it_is_said(language: Language) -> None:
    said = catalogue(language).level_statuses[LevelStatus.NOT_AVAILABLE]
    assert said in describe(Note(Reason.LEVEL_ENABLED, Level.RECOVERY), language)
    assert said not in describe(Note(Reason.LEVEL_ENABLED, Level.WATCHDOG), language)


def test_a_detail_of_many_lines_stays_on_one() -> None:
    assert "\n" not in describe(Note(Reason.START_FAILED, detail="one\ntwo\t three"), Language.EN)
    assert describe(Note(Reason.START_FAILED, detail="one\n two"), Language.EN).endswith("one two")


@pytest.mark.parametrize(
    ("seconds", "english", "korean"),
    [
        (0.0, "0s", "0초"),
        (0.25, "0.2s", "0.2초"),
        (9.97, "10s", "10초"),
        (45.2, "45s", "45초"),
        (60.0, "1m", "1분"),
        (90.0, "1m 30s", "1분 30초"),
        (3600.0 * 3 + 725, "3h 12m", "3시간 12분"),
        (3600.0 + 7, "1h", "1시간"),
        (86_400.0 * 2, "2d", "2일"),
        (-86_400.0, "-1d", "-1일"),
    ],
)
def test_a_duration_shows_its_two_greatest_units(seconds: float, english: str, korean: str) -> None:
    assert (duration(seconds, Language.EN), duration(seconds, Language.KO)) == (english, korean)


@pytest.mark.parametrize(
    ("setting", "environ", "chosen"),
    [
        ("ko", {"LANG": "en_US.UTF-8"}, Language.KO),
        ("en", {"LANG": "ko_KR.UTF-8"}, Language.EN),
        ("auto", {"LANG": "ko_KR.UTF-8"}, Language.KO),
        ("auto", {"LC_ALL": "C", "LANG": "ko_KR.UTF-8"}, Language.EN),
        ("auto", {"LC_ALL": "", "LC_MESSAGES": "ko_KR", "LANG": "C"}, Language.KO),
        ("", {}, Language.EN),
    ],
)
def test_the_language_is_the_setting_else_the_locale(
    setting: str, environ: dict[str, str], chosen: Language
) -> None:
    assert choose(setting, environ) is chosen


def test_a_label_takes_values_of_any_kind() -> None:
    assert say(Label.PID, Language.EN, pid=4242) == "pid 4242"
    assert say(Label.RUNNING, Language.EN, pid=None) == "running"


@pytest.mark.parametrize("language", Language)
def test_a_word_of_the_world_is_translated_by_what_it_is_about(language: Language) -> None:
    words = catalogue(language)
    told = {
        words.config_states[ConfigState.REFUSED]: Note(
            Reason.HELD, hold=Hold.CONFIG_UNLOADABLE, detail=ConfigState.REFUSED
        ),
        words.config_states[ConfigState.MISSING]: Note(
            Reason.INCIDENT_OPENED, cause=Cause.CONFIG_UNLOADABLE, detail=ConfigState.MISSING
        ),
        words.upkeeps[Upkeep.PACKAGE_MANAGER]: Note(
            Reason.HELD, hold=Hold.UPKEEP, detail=Upkeep.PACKAGE_MANAGER
        ),
        words.manager_states[ManagerState.RESTARTING]: Note(
            Reason.INCIDENT_OPENED, cause=Cause.PROCESS_GONE, detail=ManagerState.RESTARTING
        ),
        words.verdicts[Verdict.REFUSED]: Note(Reason.HEARTBEAT_MISSED, detail=Verdict.REFUSED),
        "broken": Note(Reason.PAUSED, detail="broken"),
    }
    assert [word for word, note in told.items() if word not in describe(note, language)] == []
