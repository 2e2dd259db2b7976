"""The document's text, letter for letter."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from selfheal.core.alert import OF_OURSELVES, AlertKind, Notify
from selfheal.core.levels import Level
from selfheal.core.reasons import Cause, Outcome
from selfheal.texts.alert import alert
from selfheal.texts.language import Language
from selfheal.texts.own_words import own_words

AT = datetime(2026, 2, 5, 20, 30, tzinfo=UTC)
THREE = (Level.WATCHDOG, Level.HEALTHCHECK, Level.RECOVERY)
OF_THE_DOCUMENT = """\
🚨 긴급: OpenClaw 자가복구 실패
시간: 2026-02-05-2030
상태:
- Level 1 (Watchdog) ❌
- Level 2 (Health Check) ❌
- Level 3 (Claude Recovery) ❌
수동 개입 필요합니다.
로그:
- ~/openclaw/memory/emergency-recovery-*.log
- ~/openclaw/memory/claude-session-*.log
- ~/openclaw/memory/emergency-recovery-report-*.md (Claude 생성)"""
OF_GATEWAYS = [kind for kind in AlertKind if kind not in OF_OURSELVES]


def opened(*failed: Level) -> Notify:
    return Notify(AlertKind.OPENED, 3, failed)


def test_the_documents_alert_word_for_word() -> None:
    assert alert(opened(*THREE), AT, Language.KO) == OF_THE_DOCUMENT


def test_a_level_that_did_not_fail_bears_no_cross() -> None:
    lines = alert(opened(Level.HEALTHCHECK), AT, Language.KO).splitlines()
    assert lines[3:6] == [
        "- Level 1 (Watchdog) ➖ (실행 안 됨)",
        "- Level 2 (Health Check) ❌",
        "- Level 3 (Claude Recovery) ➖ (실행 안 됨)",
    ]


@pytest.mark.parametrize(
    ("failed", "names"),
    [
        ((Level.WATCHDOG, Level.HEALTHCHECK), ["watchdog.log", "healthcheck-*.log"]),
        ((Level.HEALTHCHECK,), ["healthcheck-*.log"]),
    ],
)
@pytest.mark.parametrize("language", Language)
def test_logs_that_nobody_wrote_are_not_named(
    failed: tuple[Level, ...], names: list[str], language: Language
) -> None:
    lines = alert(opened(*failed), AT, language).splitlines()
    assert lines[8:] == [*(f"- ~/openclaw/memory/{name}" for name in names), "- selfheal incidents show 3"]


def test_english_has_the_same_lines_and_marks() -> None:
    english = alert(opened(*THREE), AT, Language.EN).splitlines()
    assert len(english) == len(OF_THE_DOCUMENT.splitlines())
    assert english[3:6] == OF_THE_DOCUMENT.splitlines()[3:6]
    assert english[0].startswith("🚨")


def test_the_folder_of_the_settings_is_named() -> None:
    text = alert(opened(*THREE), AT, Language.KO, folder="/srv/memory")
    assert "- /srv/memory/claude-session-*.log" in text
    assert "~" not in text


@pytest.mark.parametrize(
    ("language", "line"),
    [
        (Language.KO, "추정 원인: 디스크 가득 참 (no space left on /)"),
        (Language.EN, "Most likely cause: disk full (no space left on /)"),
    ],
)
def test_the_cause_stands_below_the_documents_text(language: Language, line: str) -> None:
    told = replace(opened(*THREE), cause=Cause.DISK_FULL, detail="no space\nleft on /")
    assert alert(told, AT, language) == f"{alert(opened(*THREE), AT, language)}\n{line}"
    long = replace(told, detail="x" * 5000)
    assert len(alert(long, AT, language).splitlines()[-1]) < 300


@pytest.mark.parametrize(
    ("language", "line"),
    [
        (Language.KO, "추정 원인: 프로세스가 계속 죽음 (한 시간 안에 7회 재시작)"),
        (Language.EN, "Most likely cause: keeps dying (restarted 7 times within an hour)"),
    ],
)
def test_of_a_gateway_that_keeps_dying_it_says_how_often(language: Language, line: str) -> None:
    told = replace(opened(*THREE), cause=Cause.KEEPS_DYING, detail="7")
    assert alert(told, AT, language).splitlines()[-1] == line


@pytest.mark.parametrize(
    ("language", "line"),
    [
        (
            Language.KO,
            "추정 원인: 중지되는 도중에 비정상 종료됨 (일부러 중지했을 수도 있어 다시 시작하지 않음)",
        ),
        (
            Language.EN,
            (
                "Most likely cause: ended badly while it was being stopped"
                " (not started again: perhaps it is to stay down)"
            ),
        ),
    ],
)
def test_of_a_gateway_that_is_left_down_it_says_why(language: Language, line: str) -> None:
    told = replace(opened(*THREE), cause=Cause.LEFT_DOWN, detail="in_doubt")
    assert alert(told, AT, language).splitlines()[-1] == line


@pytest.mark.parametrize("language", Language)
def test_a_broken_rule_of_ours_is_told_with_the_way_back(language: Language) -> None:
    told = Notify(AlertKind.DISTRUST, 3, (), detail="an act while paused")
    text = alert(told, AT, language)
    assert text.startswith("🚨")
    assert own_words("an act while paused", language) in text
    assert text.endswith("selfheal resume")


def test_the_end_is_told_too() -> None:
    over = alert(Notify(AlertKind.OVER, 3, ()), AT, Language.KO).splitlines()
    assert over == ["✅ 해결: OpenClaw 게이트웨이 정상", "시간: 2026-02-05-2030", "인시던트: #3"]


@pytest.mark.parametrize("language", Language)
def test_a_gateway_that_a_person_stopped_is_not_said_to_be_well(language: Language) -> None:
    ends = {how: alert(Notify(AlertKind.OVER, 3, (), detail=how), AT, language) for how in ("", *Outcome)}
    assert ends[Outcome.HEALED] == ends[Outcome.RECOVERED] == ends[""]
    assert ends[Outcome.STOPPED_ON_PURPOSE].startswith("⏹️")
    assert not ends[Outcome.HEALED].startswith("⏹️")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", OF_GATEWAYS)
def test_of_several_gateways_it_and_its_commands_say_which(kind: AlertKind, language: Language) -> None:
    told = replace(opened(Level.HEALTHCHECK), kind=kind)
    plain = alert(told, AT, language).splitlines()
    named = alert(told, AT, language, target="work").splitlines()
    assert named[1].endswith(": work")
    assert [named[0], *named[2:]] == [
        f"{line} --target work" if "selfheal " in line else line for line in plain
    ]
