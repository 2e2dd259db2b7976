"""The words about the routes to a person: the message that tests one, and what the screens say of them."""

from enum import StrEnum

from selfheal.texts.catalogue import fill
from selfheal.texts.language import Language
from selfheal.texts.own_words import own_words


class RouteLabel(StrEnum):
    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    LACKS = "lacks"
    ROUTE = "route"
    KIND = "kind"
    TOLD = "told"
    LAST = "last"
    COMPLAINT = "complaint"
    NEVER = "never"
    PROOF = "proof"
    FAILING = "failing"
    REFUSING = "refusing"
    PROVED = "proved"
    NOT_PINGED = "not_pinged"
    PINGED = "pinged"
    PING_FAILED = "ping_failed"
    WELL = "well"
    FAILED = "failed"


ROUTE_WORDS = {
    Language.EN: {
        RouteLabel.TAKEN: "taken in {duration}, receipt {receipt}[, {url}]",
        RouteLabel.NOT_TAKEN: "not taken: {why}",
        RouteLabel.LACKS: "did not reach: {detail}",
        RouteLabel.ROUTE: "route",
        RouteLabel.KIND: "kind",
        RouteLabel.TOLD: "is told",
        RouteLabel.LAST: "took last",
        RouteLabel.COMPLAINT: "last complaint",
        RouteLabel.NEVER: "nothing yet",
        RouteLabel.PROOF: "{time} ({proof})",
        RouteLabel.FAILING: "the route {route} takes nothing since {time}: {why}",
        RouteLabel.REFUSING: "the route {route} refuses for good since {time}: {why}",
        RouteLabel.PROVED: "routes: {detail}",
        RouteLabel.NOT_PINGED: "dead man's switch: not pinged yet",
        RouteLabel.PINGED: "dead man's switch: pinged {time} ({said})",
        RouteLabel.PING_FAILED: "dead man's switch: the ping of {time} ({said}) was not taken: {why}",
        RouteLabel.WELL: "all well",
        RouteLabel.FAILED: "a person is needed",
    },
    Language.KO: {
        RouteLabel.TAKEN: "{duration} 만에 받음, 접수 번호 {receipt}[, {url}]",
        RouteLabel.NOT_TAKEN: "받지 않음: {why}",
        RouteLabel.LACKS: "전달되지 않은 것: {detail}",
        RouteLabel.ROUTE: "경로",
        RouteLabel.KIND: "종류",
        RouteLabel.TOLD: "알리는 것",
        RouteLabel.LAST: "마지막 접수",
        RouteLabel.COMPLAINT: "마지막 오류",
        RouteLabel.NEVER: "아직 없음",
        RouteLabel.PROOF: "{time} ({proof})",
        RouteLabel.FAILING: "{route} 경로가 {time}부터 아무것도 받지 않습니다: {why}",
        RouteLabel.REFUSING: "{route} 경로가 {time}부터 계속 거부합니다: {why}",
        RouteLabel.PROVED: "경로: {detail}",
        RouteLabel.NOT_PINGED: "데드맨 스위치: 아직 신호를 보내지 않음",
        RouteLabel.PINGED: "데드맨 스위치: {time}에 신호 보냄 ({said})",
        RouteLabel.PING_FAILED: "데드맨 스위치: {time}의 신호({said})를 받지 않았습니다: {why}",
        RouteLabel.WELL: "모두 정상",
        RouteLabel.FAILED: "수동 개입 필요",
    },
}

PROOFS = {
    Language.EN: {"message": "a message", "test": "a test", "canary": "the silent proof"},
    Language.KO: {"message": "메시지", "test": "시험", "canary": "무음 확인"},
}
"""What a route took last, by ports.outbox.Proof; an older version's word is none of them."""

SEVERITIES = {
    Language.EN: {
        "critical": "critical only",
        "warning": "warnings and critical",
        "info": "everything",
    },
    Language.KO: {"critical": "긴급만", "warning": "경고와 긴급", "info": "모두"},
}

DEAF = {
    Language.EN: {
        "gateways": "no buttons: this bot is the gateway's own, and would lose its messages to us. "
        "Make another one for selfheal (@BotFather)",
        "unsure": "no buttons: this bot may be the gateway's own, whose token we cannot read",
        "public": "no buttons: anybody may join a chat that has a name; write its number",
        "conflict": "no buttons: another program reads this bot's messages. Make another one for selfheal "
        "(@BotFather)",
    },
    Language.KO: {
        "gateways": "버튼 없음: 게이트웨이와 같은 봇이라 게이트웨이의 메시지를 가로채게 됩니다. "
        "selfheal용 봇을 따로 만드세요 (@BotFather)",
        "unsure": "버튼 없음: 게이트웨이와 같은 봇일 수 있습니다 (게이트웨이의 토큰을 읽을 수 없음)",
        "public": "버튼 없음: 이름이 있는 채팅에는 누구나 들어올 수 있습니다. 채팅 번호를 적으세요",
        "conflict": "버튼 없음: 다른 프로그램이 이 봇의 메시지를 읽고 있습니다. "
        "selfheal용 봇을 따로 만드세요 (@BotFather)",
    },
}
"""Why a person cannot acknowledge an alert on a route where they could."""

_TEST = {
    Language.EN: (
        "✅ selfheal: a test message",
        "Sent from {host} by the route {route}: an alert would reach you here. Nothing is to be done.",
    ),
    Language.KO: (
        "✅ selfheal: 시험 메시지",
        "{host}에서 {route} 경로로 보냈습니다. 경보도 여기로 옵니다. 하실 일은 없습니다.",
    ),
}


def test_text(route: str, host: str, language: Language) -> tuple[str, str]:
    """Title and what follows."""
    title, rest = _TEST[language]
    return title, fill(rest, {"route": route, "host": host})


def route_words(label: RouteLabel, language: Language, **values: str) -> str:
    """`why`: as our own rooms or a service said it."""
    if "why" in values:
        values["why"] = own_words(values["why"], language)
    return fill(ROUTE_WORDS[language][label], values)
