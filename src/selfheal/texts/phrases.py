"""The words of the messages to a person, beyond the document's alert. Templates as in `catalogue`.

No particle of Korean hangs on a placeholder.
"""

from collections.abc import Mapping
from enum import StrEnum

from selfheal.texts.catalogue import fill
from selfheal.texts.language import Language


class Phrase(StrEnum):
    TITLE_OPENED = "title_opened"
    TITLE_CHANGED = "title_changed"
    TITLE_REMINDER = "title_reminder"
    TITLE_REMINDER_SERVES = "title_reminder_serves"
    TITLE_REMINDER_UNSEEN = "title_reminder_unseen"
    TITLE_OVER = "title_over"
    TITLE_STOPPED = "title_stopped"
    TITLE_DISTRUST = "title_distrust"
    TITLE_DIGEST_OPEN = "title_digest_open"
    TITLE_DIGEST_OVER = "title_digest_over"
    TITLE_LEVEL = "title_level"
    TITLE_CANARY = "title_canary"
    TITLE_ROUTE = "title_route"
    TITLE_ROUTE_WORKS = "title_route_works"
    TITLE_UNWATCHED = "title_unwatched"
    TITLE_WATCHED = "title_watched"
    LATE = "late"
    AGAIN = "again"
    OVER_BY_NOW = "over_by_now"
    UNFILED = "unfiled"
    SINCE = "since"
    UNTIL = "until"
    LASTED = "lasted"
    HOST = "host"
    ENDED = "ended"
    CAUSE = "cause"
    LOG = "log"
    TRIED = "tried"
    NOTHING_TRIED = "nothing_tried"
    TIMES = "times"
    NEXT = "next"
    PAGE = "page"
    ACKNOWLEDGE = "acknowledge"
    BUTTON = "button"
    BUTTON_FOR = "button_for"
    HEARD_TAKEN = "heard_taken"
    HEARD_LATER = "heard_later"
    HEARD_NOT_OPEN = "heard_not_open"
    HEARD_HOW = "heard_how"
    DIGEST_SPAN = "digest_span"
    DIGEST_COUNTS = "digest_counts"
    DIGEST_OPEN = "digest_open"
    DIGEST_OVER = "digest_over"
    DIGEST_DISTRUST = "digest_distrust"
    DIGEST_LOG = "digest_log"
    MORE = "more"
    LEVEL_PASSED = "level_passed"
    LEVEL_WAIT = "level_wait"
    CANARY = "canary"
    ROUTE_FAILS = "route_fails"
    ROUTE_SAYS = "route_says"
    ROUTE_WORKS = "route_works"
    ISSUE_DISTRUST = "issue_distrust"
    ISSUE_RECOVERY = "issue_recovery"
    ISSUE_RESUMED = "issue_resumed"
    UNWATCHED = "unwatched"
    WATCHED = "watched"


_WHERE = "[ · {gateway}][ · {host}]"

PHRASES: Mapping[Language, Mapping[Phrase, str]] = {
    Language.EN: {
        Phrase.TITLE_OPENED: f"🚨 OpenClaw self-healing failed[: {{cause}}]{_WHERE}",
        Phrase.TITLE_CHANGED: f"🚨 OpenClaw self-healing failed[, now: {{cause}}]{_WHERE}",
        Phrase.TITLE_REMINDER: f"🚨 OpenClaw still not well[ after {{duration}}][: {{cause}}]{_WHERE}",
        Phrase.TITLE_REMINDER_SERVES: "⚠️ OpenClaw serves, incident not over[ after {duration}][: {cause}]"
        f"{_WHERE}",
        Phrase.TITLE_REMINDER_UNSEEN: f"🚨 OpenClaw still not seen[ after {{duration}}][: {{cause}}]{_WHERE}",
        Phrase.TITLE_OVER: f"✅ OpenClaw incident over[ after {{duration}}][: {{cause}}]{_WHERE}",
        Phrase.TITLE_STOPPED: f"⏹️ OpenClaw stopped by a person[: incident over after {{duration}}]{_WHERE}",
        Phrase.TITLE_DISTRUST: f"🚨 OpenClaw self-healing has stopped acting{_WHERE}",
        Phrase.TITLE_DIGEST_OPEN: f"🚨 OpenClaw: {{count}} incidents, {{open}} still open{_WHERE}",
        Phrase.TITLE_DIGEST_OVER: f"✅ OpenClaw: {{count}} incidents, all over{_WHERE}",
        Phrase.TITLE_LEVEL: f"ℹ️ OpenClaw self-healing[, next: {{next}}]{_WHERE}",
        Phrase.TITLE_CANARY: "🐤 selfheal: this route works[ · {host}]",
        Phrase.TITLE_ROUTE: "⚠️ selfheal: cannot tell anything by {route}[ · {host}]",
        Phrase.TITLE_ROUTE_WORKS: "✅ selfheal: {route} works again[ · {host}]",
        Phrase.TITLE_UNWATCHED: "🚨 selfheal: nobody watches OpenClaw[ · {host}]",
        Phrase.TITLE_WATCHED: "✅ selfheal: OpenClaw is watched again[ · {host}]",
        Phrase.LATE: "⏳ {duration} late: it could not be told before.",
        Phrase.OVER_BY_NOW: "✅ It is over by now[, since {time}]: nothing is to be done.",
        Phrase.UNFILED: "📎 Left out here: {detail}. They lie in {folder}[ on {host}].",
        Phrase.AGAIN: "↻ You may have got this message before.",
        Phrase.SINCE: "Since: {time}[ (for {duration})]",
        Phrase.UNTIL: "From {time} to {end}",
        Phrase.LASTED: "It lasted: {duration}",
        Phrase.HOST: "Host: {host}",
        Phrase.ENDED: "How it ended: {outcome}",
        Phrase.CAUSE: "Cause: {cause}[ ({detail})]",
        Phrase.LOG: "The log that asks for you: {detail}",
        Phrase.TRIED: "What was tried:",
        Phrase.NOTHING_TRIED: "What was tried: nothing yet",
        Phrase.TIMES: "({count} times)",
        Phrase.NEXT: "What to run next:",
        Phrase.PAGE: "Page: {url}",
        Phrase.ACKNOWLEDGE: "To be reminded no more: {command}",
        Phrase.BUTTON: "Acknowledge",
        Phrase.BUTTON_FOR: "for {duration}",
        Phrase.HEARD_TAKEN: "✅ #{incident} acknowledged[ for {duration}][ by {who}]: no reminders.",
        Phrase.HEARD_LATER: "⏳ #{incident}: noted[ ({who})]. It counts once selfheal runs again.",
        Phrase.HEARD_NOT_OPEN: "#{incident} is not open, or is acknowledged already.",
        Phrase.HEARD_HOW: "Not understood. Write the incident's number: /ack 7, or /ack 7 4h",
        Phrase.DIGEST_SPAN: "From {time} to {end}",
        Phrase.DIGEST_COUNTS: "Incidents: {count} (still open: {open}, over: {over})",
        Phrase.DIGEST_OPEN: "🚨 #{incident}[ {gateway}] still open[: {cause}][, since {time}]",
        Phrase.DIGEST_OVER: "✅ #{incident}[ {gateway}] over[: {cause}][, {time}][ to {end}][, {outcome}]",
        Phrase.DIGEST_DISTRUST: "🚨[ {gateway}] self-healing has stopped acting[: {detail}]",
        Phrase.DIGEST_LOG: "🚨[ {gateway}] a recovery log asks for you[: {detail}], {time}",
        Phrase.MORE: "… and {count} more",
        Phrase.LEVEL_PASSED: "Not healed[ by {level}]. Next: {next}",
        Phrase.LEVEL_WAIT: "Nothing to do yet: if that does not heal it an alert follows, else nothing more.",
        Phrase.CANARY: "The daily proof that alerts arrive here. Nothing is wrong, nothing is to be done.",
        Phrase.ROUTE_FAILS: "The route {route} takes nothing[ since {time}]: it is told on the others.",
        Phrase.ROUTE_SAYS: "It says: {detail}",
        Phrase.ROUTE_WORKS: "The route {route} takes messages again, since {time}. Nothing is to be done.",
        Phrase.ISSUE_DISTRUST: "This is closed once you have run `selfheal resume[ --target {gateway}]`, "
        "within the hour as a rule. If it comes again, it is opened again.",
        Phrase.ISSUE_RESUMED: "✅ A person has resumed: self-healing acts again.",
        Phrase.ISSUE_RECOVERY: "Nobody closes this issue but you, once you have seen to it: no log says when "
        "that is. The next one that asks for you opens it again.",
        Phrase.UNWATCHED: "At {time} the resident did not live, and could not be started again.",
        Phrase.WATCHED: "At {time} the resident lived again. Nothing is to be done.",
    },
    Language.KO: {
        Phrase.TITLE_OPENED: f"🚨 OpenClaw 자가복구 실패[: {{cause}}]{_WHERE}",
        Phrase.TITLE_CHANGED: f"🚨 OpenClaw 자가복구 실패[, 현재: {{cause}}]{_WHERE}",
        Phrase.TITLE_REMINDER: f"🚨 OpenClaw 아직 비정상[ ({{duration}}째)][: {{cause}}]{_WHERE}",
        Phrase.TITLE_REMINDER_SERVES: "⚠️ OpenClaw 동작 중, 인시던트 진행 중[ ({duration}째)][: {cause}]"
        f"{_WHERE}",
        Phrase.TITLE_REMINDER_UNSEEN: f"🚨 OpenClaw 아직 확인 불가[ ({{duration}}째)][: {{cause}}]{_WHERE}",
        Phrase.TITLE_OVER: f"✅ OpenClaw 인시던트 종료[ ({{duration}} 만에)][: {{cause}}]{_WHERE}",
        Phrase.TITLE_STOPPED: f"⏹️ OpenClaw 사람이 중지함[: 인시던트 종료 ({{duration}} 만에)]{_WHERE}",
        Phrase.TITLE_DISTRUST: f"🚨 OpenClaw 자가복구가 동작을 멈춤{_WHERE}",
        Phrase.TITLE_DIGEST_OPEN: f"🚨 OpenClaw: 인시던트 {{count}}건, 진행 중 {{open}}건{_WHERE}",
        Phrase.TITLE_DIGEST_OVER: f"✅ OpenClaw: 인시던트 {{count}}건, 모두 종료됨{_WHERE}",
        Phrase.TITLE_LEVEL: f"ℹ️ OpenClaw 자가복구[, 다음: {{next}}]{_WHERE}",
        Phrase.TITLE_CANARY: "🐤 selfheal: 이 알림 경로는 정상[ · {host}]",
        Phrase.TITLE_ROUTE: "⚠️ selfheal: 알림 경로 장애: {route}[ · {host}]",
        Phrase.TITLE_ROUTE_WORKS: "✅ selfheal: 알림 경로 복구: {route}[ · {host}]",
        Phrase.TITLE_UNWATCHED: "🚨 selfheal: OpenClaw를 지켜보는 것이 없음[ · {host}]",
        Phrase.TITLE_WATCHED: "✅ selfheal: OpenClaw를 다시 지켜봄[ · {host}]",
        Phrase.LATE: "⏳ {duration} 늦은 알림: 그동안 보낼 수 없었습니다.",
        Phrase.OVER_BY_NOW: "✅ [{time}에 ]이미 종료되었습니다. 하실 일은 없습니다.",
        Phrase.UNFILED: "📎 첨부하지 못한 파일: {detail}. 파일 위치: {folder}[ ({host})]",
        Phrase.AGAIN: "↻ 이미 받은 메시지일 수 있습니다.",
        Phrase.SINCE: "시작: {time}[ ({duration}째)]",
        Phrase.UNTIL: "{time} ~ {end}",
        Phrase.LASTED: "지속 시간: {duration}",
        Phrase.HOST: "호스트: {host}",
        Phrase.ENDED: "종료 경위: {outcome}",
        Phrase.CAUSE: "원인: {cause}[ ({detail})]",
        Phrase.LOG: "수동 조치를 요청한 로그: {detail}",
        Phrase.TRIED: "시도한 조치:",
        Phrase.NOTHING_TRIED: "시도한 조치: 아직 없음",
        Phrase.TIMES: "({count}회)",
        Phrase.NEXT: "다음에 실행할 명령:",
        Phrase.PAGE: "페이지: {url}",
        Phrase.ACKNOWLEDGE: "다시 알리지 않게 하려면: {command}",
        Phrase.BUTTON: "확인",
        Phrase.BUTTON_FOR: "{duration} 동안",
        Phrase.HEARD_TAKEN: "✅ #{incident} 확인됨[ ({duration} 동안)][ · {who}]: 다시 알리지 않습니다.",
        Phrase.HEARD_LATER: "⏳ #{incident}: 접수됨[ ({who})]. selfheal이 다시 실행되면 반영됩니다.",
        Phrase.HEARD_NOT_OPEN: "#{incident}: 진행 중이 아니거나 이미 확인되었습니다.",
        Phrase.HEARD_HOW: "알 수 없는 명령입니다. 인시던트 번호를 적어 주세요: /ack 7, 또는 /ack 7 4h",
        Phrase.DIGEST_SPAN: "{time} ~ {end}",
        Phrase.DIGEST_COUNTS: "인시던트: {count}건 (진행 중: {open}건, 종료됨: {over}건)",
        Phrase.DIGEST_OPEN: "🚨 #{incident}[ {gateway}] 진행 중[: {cause}][, {time}부터]",
        Phrase.DIGEST_OVER: "✅ #{incident}[ {gateway}] 종료됨[: {cause}][, {time}][ ~ {end}][, {outcome}]",
        Phrase.DIGEST_DISTRUST: "🚨[ {gateway}] 자가복구가 동작을 멈춤[: {detail}]",
        Phrase.DIGEST_LOG: "🚨[ {gateway}] 복구 로그가 수동 조치를 요청함[: {detail}], {time}",
        Phrase.MORE: "… 외 {count}건",
        Phrase.LEVEL_PASSED: "복구하지 못함[: {level}]. 다음: {next}",
        Phrase.LEVEL_WAIT: "아직 할 일은 없습니다. 복구되지 않을 때만 긴급 알림을 보냅니다.",
        Phrase.CANARY: "알림이 도착하는지 매일 확인하는 메시지입니다. 이상이 없으며, 할 일도 없습니다.",
        Phrase.ROUTE_FAILS: "알림 경로 {route}: 메시지를 받지 않음[ ({time}부터)]. 다른 경로로 알립니다.",
        Phrase.ROUTE_SAYS: "응답: {detail}",
        Phrase.ROUTE_WORKS: "알림 경로 {route}: {time}부터 메시지를 다시 받습니다. 하실 일은 없습니다.",
        Phrase.ISSUE_RESUMED: "✅ 사람이 재개함: 자가복구가 다시 동작합니다.",
        Phrase.ISSUE_DISTRUST: "이 이슈는 `selfheal resume[ --target {gateway}]`을 실행하면 "
        "다음 전달 때(보통 한 시간 안에) 닫힙니다. 다시 생기면 이슈가 다시 열립니다.",
        Phrase.ISSUE_RECOVERY: "이 이슈는 직접 확인한 뒤 닫아야 합니다: 끝났음을 알리는 로그는 없습니다. "
        "사람을 부르는 로그가 또 생기면 다시 열립니다.",
        Phrase.UNWATCHED: "{time}: 상주 프로그램이 실행 중이 아니며, 다시 시작할 수 없었습니다.",
        Phrase.WATCHED: "{time}: 상주 프로그램이 다시 실행 중입니다. 하실 일은 없습니다.",
    },
}


def phrase(which: Phrase, language: Language, **values: object) -> str:
    """None and «» stand for «not known»."""
    texts = {name: "" if value is None else str(value) for name, value in values.items()}
    return fill(PHRASES[language][which], texts)
