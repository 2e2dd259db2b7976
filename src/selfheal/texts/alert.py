"""The document's Level 4 alert, word for word, and its counterpart when the trouble is over.

A level bears its ❌ only where it really failed; one that was not there or not asked says so instead, and the
logs that it would have written are not named.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.levels import Level
from selfheal.core.reasons import Outcome
from selfheal.texts.describe import catalogue, worded
from selfheal.texts.language import Language
from selfheal.texts.own_words import own_words
from selfheal.texts.phrases import Phrase, phrase

FOLDER = "~/openclaw/memory"
TIME_FORMAT = "%Y-%m-%d-%H%M"
FAILED = "❌"
QUOTED_MAX_CHARS = 200  # an error's whole stack would hide the rest of the message
_LISTED = {
    Level.WATCHDOG: "Level 1 (Watchdog)",
    Level.HEALTHCHECK: "Level 2 (Health Check)",
    Level.RECOVERY: "Level 3 (Claude Recovery)",
}
_COMMAND = re.compile(r"selfheal (incidents show \d+|ack \d+|resume)$")
_OF_WATCHDOG, _OF_EVERY_DAY = "watchdog.log", "healthcheck-*.log"
_OF_RECOVERY = ("emergency-recovery-*.log", "claude-session-*.log", "emergency-recovery-report-*.md")


class Standing(StrEnum):
    """Of a gateway whose incident lasts."""

    NOT_WELL = "not_well"
    SERVES = "serves"  # for how long is to be seen
    UNSEEN = "unseen"  # our own looks fail


@dataclass(frozen=True, slots=True)
class _Words:
    opened: str
    over: str
    stopped: str
    gateway: str
    time: str
    state: str
    not_used: str
    not_named: str
    please: str
    logs: str
    by_claude: str
    incident: str
    cause: str
    distrust: str
    broken: str
    only_watched: str
    resume: str
    still: Mapping["Standing", str]
    acknowledge: str


_WORDS: Mapping[Language, _Words] = {
    Language.KO: _Words(
        opened="🚨 긴급: OpenClaw 자가복구 실패",
        over="✅ 해결: OpenClaw 게이트웨이 정상",
        stopped="⏹️ 종료: OpenClaw 게이트웨이를 사람이 중지함",
        gateway="게이트웨이",
        time="시간",
        state="상태",
        not_used="➖ (실행 안 됨)",
        not_named="➖ (로그에 실패 기록 없음)",
        please="수동 개입 필요합니다.",
        logs="로그",
        by_claude="(Claude 생성)",
        incident="인시던트",
        cause="추정 원인",
        distrust="🚨 긴급: OpenClaw 자가복구가 동작을 멈춤",
        broken="내부 규칙이 깨짐",
        only_watched="이제 게이트웨이를 지켜보기만 하고, 시작하거나 중지하지 않습니다.",
        resume="다시 동작하게 하려면",
        still={
            Standing.NOT_WELL: "🚨 긴급: OpenClaw 게이트웨이가 아직 정상이 아님",
            Standing.SERVES: "⚠️ OpenClaw 게이트웨이가 지금은 동작하지만 인시던트는 아직 진행 중",
            Standing.UNSEEN: "🚨 긴급: OpenClaw 게이트웨이가 정상인지 아직 확인할 수 없음",
        },
        acknowledge="다시 알리지 않게 하려면",
    ),
    Language.EN: _Words(
        opened="🚨 Urgent: OpenClaw self-healing failed",
        over="✅ Resolved: the OpenClaw gateway is well",
        stopped="⏹️ Over: the OpenClaw gateway was stopped by a person",
        gateway="Gateway",
        time="Time",
        state="State",
        not_used="➖ (not run)",
        not_named="➖ (no failure in the log)",
        please="A person is needed.",
        logs="Logs",
        by_claude="(written by Claude)",
        incident="Incident",
        cause="Most likely cause",
        distrust="🚨 Urgent: OpenClaw self-healing has stopped acting",
        broken="A rule of its own was broken",
        only_watched="The gateway is only watched now: nothing is started or stopped.",
        resume="To let it act again",
        still={
            Standing.NOT_WELL: "🚨 Urgent: the OpenClaw gateway is still not well",
            Standing.SERVES: "⚠️ The OpenClaw gateway serves now, but its incident is not over yet",
            Standing.UNSEEN: "🚨 Urgent: still nobody can see whether the OpenClaw gateway is well",
        },
        acknowledge="To be reminded no more",
    ),
}


def alert(
    notify: Notify,
    at: datetime,
    language: Language,
    folder: str = FOLDER,
    target: str = "",
    standing: Standing = Standing.NOT_WELL,
) -> str:
    """The message, without a newline at its end. `at` is shown as it is: give it the person's time zone.

    `target`: which gateway it is, where there are several. `standing`: of which a reminder reminds.
    """
    words = _WORDS[language]
    time = f"{words.time}: {at.strftime(TIME_FORMAT)}"
    made = {
        AlertKind.OPENED: [*_opened(notify, time, words, folder), *_cause(notify, words, language)],
        AlertKind.CHANGED: [*_opened(notify, time, words, folder), *_cause(notify, words, language)],
        AlertKind.RECOVERY: _opened(notify, time, words, folder),
        AlertKind.LEVEL_PASSED: _passed(notify, time, words, language),
        AlertKind.REMINDER: [
            words.still[standing],
            time,
            *_cause(notify, words, language),
            f"{words.acknowledge}: selfheal ack {notify.incident}",
        ],
        AlertKind.OVER: [_ended(notify, words), time, f"{words.incident}: #{notify.incident}"],
        AlertKind.DISTRUST: _distrust(notify, time, words, language),
    }
    lines = made[notify.kind]
    return "\n".join(_of_target(lines, target, words) if target else lines)


def is_stopped(notify: Notify) -> bool:
    """The end of an incident that is no good one: a gateway that stays down is not said to be well."""
    return notify.detail == Outcome.STOPPED_ON_PURPOSE


def _ended(notify: Notify, words: _Words) -> str:
    return words.stopped if is_stopped(notify) else words.over


def _of_target(lines: list[str], target: str, words: _Words) -> list[str]:
    """Named below the title, and in each command that a person may type."""
    title, *rest = (f"{line} --target {target}" if _COMMAND.search(line) else line for line in lines)
    return [title, f"{words.gateway}: {target}", *rest]


def _opened(notify: Notify, time: str, words: _Words, folder: str) -> list[str]:
    return [
        words.opened,
        time,
        f"{words.state}:",
        *(f"- {name} {_mark(level, notify, words)}" for level, name in _LISTED.items()),
        words.please,
        f"{words.logs}:",
        *_logs(notify, words, folder),
    ]


def passing(notify: Notify, language: Language) -> Mapping[str, str]:
    """The names of the `level` that could not heal it and of the `next` one."""
    names = catalogue(language).levels
    following = next((level for level in Level if level.number == notify.number), None)
    return {
        "level": ", ".join(names[level] for level in notify.failed_levels),
        "next": names[following] if following else "",
    }


def _passed(notify: Notify, time: str, words: _Words, language: Language) -> list[str]:
    named = passing(notify, language)
    return [
        phrase(Phrase.TITLE_LEVEL, language, **named),
        time,
        phrase(Phrase.LEVEL_PASSED, language, **named),
        phrase(Phrase.LEVEL_WAIT, language),
        *_cause(notify, words, language),
        f"selfheal incidents show {notify.incident}",
    ]


def _logs(notify: Notify, words: _Words, folder: str) -> list[str]:
    """Those of Level 3 where it was at work or a log of its asks for a person, else those that are there."""
    if notify.kind is AlertKind.RECOVERY or Level.RECOVERY in notify.failed_levels:
        *plain, report = _OF_RECOVERY
        return [*(f"- {folder}/{name}" for name in plain), f"- {folder}/{report} {words.by_claude}"]
    names = [_OF_WATCHDOG] if Level.WATCHDOG in notify.failed_levels else []
    return [
        *(f"- {folder}/{name}" for name in (*names, _OF_EVERY_DAY)),
        f"- selfheal incidents show {notify.incident}",
    ]


def _cause(notify: Notify, words: _Words, language: Language) -> list[str]:
    """Below the document's text, which stays as it is."""
    if notify.cause is None:
        return []
    known = catalogue(language)
    detail = _quoted(worded(notify.detail, notify.cause, language))
    return [f"{words.cause}: {known.causes[notify.cause]}{f' ({detail})' if detail else ''}"]


def _distrust(notify: Notify, time: str, words: _Words, language: Language) -> list[str]:
    return [
        words.distrust,
        time,
        f"{words.broken}: {_quoted(own_words(notify.detail, language))}",
        words.only_watched,
        f"{words.resume}: selfheal resume",
    ]


def _quoted(detail: str) -> str:
    """What the world said, on one line and not too long for a message."""
    line = " ".join(detail.split())
    return line if len(line) <= QUOTED_MAX_CHARS else f"{line[:QUOTED_MAX_CHARS]}…"


def _mark(level: Level, notify: Notify, words: _Words) -> str:
    """Whether one of which a log says nothing has run nobody knows."""
    if level in notify.failed_levels:
        return FAILED
    return words.not_named if notify.kind is AlertKind.RECOVERY else words.not_used
