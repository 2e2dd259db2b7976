"""The words of the backstops: who sees to it that the resident lives, and the document's cron entry."""

from collections.abc import Mapping
from enum import StrEnum

from selfheal.texts.catalogue import fill
from selfheal.texts.language import Language
from selfheal.texts.own_words import own_words


class Backstop(StrEnum):
    ENDED_STUCK = "ended_stuck"
    STARTED = "started"
    STOPPED = "stopped"
    NO_SERVICE = "no_service"
    TOLD = "told"
    COMMITTED = "committed"
    NOBODY = "nobody"
    UNKEPT = "unkept"
    FAILED = "failed"
    CRON_NEW = "cron_new"
    CRON_CHANGED = "cron_changed"
    CRON_SAME = "cron_same"
    CRON_DOUBT = "cron_doubt"
    CRON_OFF = "cron_off"
    NO_CHANNEL = "no_channel"


_WORDS: Mapping[Language, Mapping[Backstop, str]] = {
    Language.EN: {
        Backstop.ENDED_STUCK: "the resident (pid {pid}) was stuck and has been ended",
        Backstop.STARTED: "no resident lived; it was started again and watches (pid {pid}), by {detail}",
        Backstop.STOPPED: "no resident lives, and its service is stopped: {detail}",
        Backstop.NO_SERVICE: "no resident lives: nobody watches the gateway. Begin with: selfheal run",
        Backstop.TOLD: "a person is told of {path} ({told}[; not yet: {waits}])",
        Backstop.COMMITTED: "{path} asks for a person: committed for {count} route(s), not taken: {waits}",
        Backstop.NOBODY: "{path} asks for a person, and NOBODY CAN BE TOLD: no route is set (selfheal setup)",
        Backstop.UNKEPT: "what is told cannot be kept[; it goes without that to {routes}]: {detail}",
        Backstop.FAILED: "no resident watches the gateway, and it cannot be started: {detail}",
        Backstop.CRON_NEW: "registered in OpenClaw: {id}, every 5 minutes, in Discord channel {channel}",
        Backstop.CRON_CHANGED: "changed in OpenClaw: {id}, every 5 minutes, in Discord channel {channel}",
        Backstop.CRON_SAME: "is registered in OpenClaw already: {id}",
        Backstop.CRON_DOUBT: "as OpenClaw is set up now it could not deliver there: {detail}",
        Backstop.CRON_OFF: "Off and on again: {openclaw} cron disable {id}, {openclaw} cron enable {id}",
        Backstop.NO_CHANNEL: "which Discord channel? Give its number: --channel NUMBER",
    },
    Language.KO: {
        Backstop.ENDED_STUCK: "상주 프로그램(pid {pid})이 멈춰 있어 끝냈습니다",
        Backstop.STARTED: "상주 프로그램이 없어 다시 시작했고, 이제 지켜봅니다(pid {pid}): {detail}",
        Backstop.STOPPED: "상주 프로그램이 없고, 그 서비스는 중지되어 있습니다: {detail}",
        Backstop.NO_SERVICE: "상주 프로그램이 실행 중이 아닙니다: 지켜보는 것이 없습니다. 시작: selfheal run",
        Backstop.TOLD: "{path}에 대해 사람에게 알렸습니다 ({told}[; 아직: {waits}])",
        Backstop.COMMITTED: "{path}: 사람을 부름. 경로 {count}개로 보낼 알림 저장됨, 미전달: {waits}",
        Backstop.NOBODY: "{path}: 사람을 부르지만 알릴 수 없습니다: 설정된 경로가 없습니다 (selfheal setup)",
        Backstop.UNKEPT: "알림을 저장할 수 없습니다[; 저장하지 않고 {routes}(으)로 보냅니다]: {detail}",
        Backstop.FAILED: "지켜보는 상주 프로그램이 없으며, 시작할 수 없습니다: {detail}",
        Backstop.CRON_NEW: "OpenClaw에 등록함: {id}, 5분마다, Discord 채널 {channel}",
        Backstop.CRON_CHANGED: "OpenClaw의 등록을 바꿈: {id}, 5분마다, Discord 채널 {channel}",
        Backstop.CRON_SAME: "OpenClaw에 이미 등록되어 있음: {id}",
        Backstop.CRON_DOUBT: "지금의 OpenClaw 설정으로는 전달할 수 없음: {detail}",
        Backstop.CRON_OFF: "끄고 켜기: {openclaw} cron disable {id}, {openclaw} cron enable {id}",
        Backstop.NO_CHANNEL: "Discord 채널 번호가 필요합니다: --channel 번호",
    },
}


def backstop_words(which: Backstop, language: Language, **values: object) -> str:
    """`detail`: as our own rooms, a service manager or the disk said it."""
    said = {name: str(value) for name, value in values.items()}
    if "detail" in said:
        said["detail"] = own_words(said["detail"], language)
    return fill(_WORDS[language][which], said)
