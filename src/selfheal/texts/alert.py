"""The document's Level 4 alert, word for word, and its counterpart when the trouble is over.

A level bears its ❌ only where it really failed; one that was not there or not asked says so instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.levels import Level
from selfheal.texts.language import Language

FOLDER = "~/openclaw/memory"
TIME_FORMAT = "%Y-%m-%d-%H%M"
FAILED = "❌"
_LISTED = {
    Level.WATCHDOG: "Level 1 (Watchdog)",
    Level.HEALTHCHECK: "Level 2 (Health Check)",
    Level.RECOVERY: "Level 3 (Claude Recovery)",
}
_FILES = ("emergency-recovery-*.log", "claude-session-*.log", "emergency-recovery-report-*.md")


@dataclass(frozen=True, slots=True)
class _Words:
    opened: str
    over: str
    time: str
    state: str
    not_used: str
    please: str
    logs: str
    by_claude: str
    incident: str


_WORDS: Mapping[Language, _Words] = {
    Language.KO: _Words(
        opened="🚨 긴급: OpenClaw 자가복구 실패",
        over="✅ 해결: OpenClaw 게이트웨이 정상",
        time="시간",
        state="상태",
        not_used="➖ (실행 안 됨)",
        please="수동 개입 필요합니다.",
        logs="로그",
        by_claude="(Claude 생성)",
        incident="인시던트",
    ),
    Language.EN: _Words(
        opened="🚨 Urgent: OpenClaw self-healing failed",
        over="✅ Resolved: the OpenClaw gateway is well",
        time="Time",
        state="State",
        not_used="➖ (not run)",
        please="A person is needed.",
        logs="Logs",
        by_claude="(written by Claude)",
        incident="Incident",
    ),
}


def alert(notify: Notify, at: datetime, language: Language, folder: str = FOLDER) -> str:
    """The message, without a newline at its end. `at` is shown as it is: give it the person's time zone."""
    words = _WORDS[language]
    lines = _opened if notify.kind is AlertKind.OPENED else _over
    return "\n".join(lines(notify, f"{words.time}: {at.strftime(TIME_FORMAT)}", words, folder))


def _opened(notify: Notify, time: str, words: _Words, folder: str) -> list[str]:
    return [
        words.opened,
        time,
        f"{words.state}:",
        *(f"- {name} {_mark(level, notify, words)}" for level, name in _LISTED.items()),
        words.please,
        f"{words.logs}:",
        *(f"- {folder}/{name}" for name in _FILES[:-1]),
        f"- {folder}/{_FILES[-1]} {words.by_claude}",
    ]


def _over(notify: Notify, time: str, words: _Words, folder: str) -> list[str]:
    del folder
    return [words.over, time, f"{words.incident}: #{notify.incident}"]


def _mark(level: Level, notify: Notify, words: _Words) -> str:
    return FAILED if level in notify.failed_levels else words.not_used
