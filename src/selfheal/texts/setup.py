"""The words of `selfheal setup`: what it asks, what it shows, and what it says of the answer."""

from collections.abc import Mapping
from enum import StrEnum

from selfheal.texts.catalogue import fill
from selfheal.texts.language import Language


class Setup(StrEnum):
    ROUTES = "routes"
    NO_ROUTES = "no_routes"
    DEAD_MAN = "dead_man"
    NO_DEAD_MAN = "no_dead_man"
    TWO_WANTED = "two_wanted"
    KINDS = "kinds"
    WHICH_KIND = "which_kind"
    NO_KIND = "no_kind"
    ANOTHER = "another"
    SAME_SERVICE = "same_service"
    NAME = "name"
    NAME_EXISTS = "name_exists"
    NEEDED = "needed"
    AS_BEFORE = "as_before"
    MADE_UP = "made_up"
    MADE_UP_IN = "made_up_in"
    WHERE = "where"
    WHERE_FILE = "where_file"
    WHERE_CONFIG = "where_config"
    WHERE_ENVIRONMENT = "where_environment"
    NO_CHOICE = "no_choice"
    YES_OR_NO = "yes_or_no"
    PLAN_NEW = "plan_new"
    PLAN_CHANGE = "plan_change"
    PLAN_FILE = "plan_file"
    PLAN_VARIABLES = "plan_variables"
    HIDDEN = "hidden"
    CONSENT = "consent"
    NOT_WRITTEN = "not_written"
    WRITTEN = "written"
    DRY_RUN = "dry_run"
    NOTHING_NEW = "nothing_new"
    TESTING = "testing"
    FAILED = "failed"
    WELL = "well"
    UNTRIED = "untried"
    WOULD_DO = "would_do"
    LEFT_FILE = "left_file"
    KEPT_FAILING = "kept_failing"
    DROPPED = "dropped"
    RESIDENT = "resident"
    BROKEN_OFF = "broken_off"
    BROKEN_OFF_AFTER = "broken_off_after"
    NO_TERMINAL = "no_terminal"
    CANNOT_WRITE = "cannot_write"
    CHANGED = "changed"
    BY_HAND = "by_hand"
    NEEDS_YES = "needs_yes"
    BAD_ROUTE = "bad_route"
    BAD_SETTING = "bad_setting"
    NO_VARIABLE = "no_variable"
    ROUTE_EXISTS = "route_exists"
    TWO_OF_A_NAME = "two_of_a_name"
    ONLY_CRON = "only_cron"
    NOT_WITH_CRON = "not_with_cron"


_WORDS: Mapping[Language, Mapping[Setup, str]] = {
    Language.EN: {
        Setup.ROUTES: "Routes to a person: {detail}",
        Setup.NO_ROUTES: "Routes to a person: none yet",
        Setup.DEAD_MAN: "Dead man's switch: set",
        Setup.NO_DEAD_MAN: "Dead man's switch: not set (notify.dead_man_url in docs/config.md)",
        Setup.TWO_WANTED: "When the gateway needs a person, selfheal tells you. Have two routes of different "
        "services: when one fails, the other still reaches you.",
        Setup.KINDS: "Kinds of routes:",
        Setup.WHICH_KIND: "Route {count}: which kind? A number or a name, enter to skip",
        Setup.NO_KIND: "«{detail}» is none of them: a number from 1 to {count}, or a name",
        Setup.ANOTHER: "Add another route?",
        Setup.SAME_SERVICE: "{detail} uses the same service; when that is down, both fail. "
        "Better take another.",
        Setup.NAME: "A name for it",
        Setup.NAME_EXISTS: "There is a route {route} already. Overwrite it?",
        Setup.NEEDED: "it is needed",
        Setup.AS_BEFORE: "enter: as before",
        Setup.MADE_UP: "enter: a new one is made up",
        Setup.MADE_UP_IN: "The {detail} of {route} was made up: read it in {path} and enter it "
        "at the other end.",
        Setup.WHERE: "Where is the secret to be kept?",
        Setup.WHERE_FILE: "in a file of its own, which only you may read",
        Setup.WHERE_CONFIG: "in the config",
        Setup.WHERE_ENVIRONMENT: "in the environment ({detail}): you set it, selfheal writes nothing",
        Setup.NO_CHOICE: "«{detail}» is none of them: a number from 1 to {count}",
        Setup.YES_OR_NO: "y or n, please",
        Setup.PLAN_NEW: "This will be written, as a new file {path} (mode 0600):",
        Setup.PLAN_CHANGE: "This will be written into {path} (mode 0600; all else in it stays):",
        Setup.PLAN_FILE: "The secret goes into the new file {path} (mode 0600).",
        Setup.PLAN_VARIABLES: "The route {route} comes from the environment. Set {detail} where selfheal "
        "runs; until then there is no such route.",
        Setup.HIDDEN: "(hidden)",
        Setup.CONSENT: "Write it?",
        Setup.NOT_WRITTEN: "Nothing was written.",
        Setup.WRITTEN: "Written: {path}",
        Setup.DRY_RUN: "A dry run: nothing was written.",
        Setup.NOTHING_NEW: "All of that is set already: nothing is to be written.",
        Setup.TESTING: "A test message goes through: {detail}",
        Setup.FAILED: "{route} does not work: correct it, keep it as it is, or drop it?",
        Setup.WELL: "Two routes or more: an alert reaches you. Try them any time: selfheal notify test",
        Setup.UNTRIED: "Two routes or more. Whether an alert reaches you by them shows: selfheal notify test",
        Setup.WOULD_DO: "With that there would be two routes or more.",
        Setup.LEFT_FILE: "The old secret is still in {path}, and nothing reads it any more: delete it if you "
        "need it no longer.",
        Setup.KEPT_FAILING: "{route} is kept and does not work: selfheal notify test {route} tries it again",
        Setup.DROPPED: "{route} is dropped.",
        Setup.RESIDENT: "The resident that runs takes it over with: kill -HUP {pid}",
        Setup.BROKEN_OFF: "Broken off: nothing was written.",
        Setup.BROKEN_OFF_AFTER: "Broken off: what was written before stays.",
        Setup.NO_TERMINAL: "This is no terminal, so nothing is asked. In one: selfheal setup. Without: "
        "selfheal setup --route NAME=KIND:SETTING=VALUE,… --yes (selfheal setup --help)",
        Setup.CANNOT_WRITE: "cannot write {path}: {detail}; nothing was changed",
        Setup.CHANGED: "{path} was changed by somebody else meanwhile; nothing was written, begin again",
        Setup.BY_HAND: "cannot change {route} in {path}: it is written in a way that only you can change. "
        "Nothing was written; write the table yourself:",
        Setup.NEEDS_YES: "nobody can be asked here: --yes writes it, --dry-run only shows it",
        Setup.BAD_ROUTE: "--route «{detail}»: write NAME=KIND:SETTING=VALUE,… with one of the kinds {kinds}",
        Setup.BAD_SETTING: "--route {route}: {detail}",
        Setup.NO_VARIABLE: "the variable {detail} is empty or not set",
        Setup.ROUTE_EXISTS: "--route {route}: there is another route of this name; --replace overwrites it",
        Setup.TWO_OF_A_NAME: "--route {route}: given twice",
        Setup.ONLY_CRON: "{detail} is of use only with --openclaw-cron",
        Setup.NOT_WITH_CRON: "{detail} is of no use with --openclaw-cron",
    },
    Language.KO: {
        Setup.ROUTES: "사람에게 알릴 경로: {detail}",
        Setup.NO_ROUTES: "사람에게 알릴 경로: 아직 없음",
        Setup.DEAD_MAN: "데드맨 스위치: 설정됨",
        Setup.NO_DEAD_MAN: "데드맨 스위치: 설정되지 않음 (docs/config.md의 notify.dead_man_url)",
        Setup.TWO_WANTED: "게이트웨이에 사람이 필요하면 selfheal이 알립니다. 서로 다른 서비스의 경로를 둘 "
        "두세요: 하나가 실패해도 다른 하나로 알릴 수 있습니다.",
        Setup.KINDS: "경로의 종류:",
        Setup.WHICH_KIND: "경로 {count}의 종류 (번호나 이름, 건너뛰려면 Enter)",
        Setup.NO_KIND: "«{detail}»: 목록에 없습니다. 1부터 {count}까지의 번호나 이름을 쓰세요",
        Setup.ANOTHER: "경로를 더 추가할까요?",
        Setup.SAME_SERVICE: "{detail} 경로와 같은 서비스입니다. 그 서비스가 멈추면 둘 다 실패합니다. "
        "다른 서비스가 더 좋습니다.",
        Setup.NAME: "경로 이름",
        Setup.NAME_EXISTS: "{route} 경로가 이미 있습니다. 덮어쓸까요?",
        Setup.NEEDED: "꼭 필요한 값입니다",
        Setup.AS_BEFORE: "Enter: 앞에서 쓴 값",
        Setup.MADE_UP: "Enter: 새로 만듦",
        Setup.MADE_UP_IN: "{route}의 {detail} 값을 새로 만들었습니다. {path}에서 읽어 받는 쪽에 넣으세요.",
        Setup.WHERE: "비밀 값을 어디에 둘까요?",
        Setup.WHERE_FILE: "나만 읽을 수 있는 별도의 파일",
        Setup.WHERE_CONFIG: "설정 파일",
        Setup.WHERE_ENVIRONMENT: "환경 변수 ({detail}): 직접 설정하며, selfheal은 아무것도 쓰지 않습니다",
        Setup.NO_CHOICE: "«{detail}»: 목록에 없습니다. 1부터 {count}까지의 번호를 쓰세요",
        Setup.YES_OR_NO: "y(예) 또는 n(아니요)으로 답하세요",
        Setup.PLAN_NEW: "새 파일 {path}에 다음을 씁니다 (권한 0600):",
        Setup.PLAN_CHANGE: "{path}에 다음을 씁니다 (권한 0600, 나머지는 그대로 둡니다):",
        Setup.PLAN_FILE: "비밀 값은 새 파일 {path}에 둡니다 (권한 0600).",
        Setup.PLAN_VARIABLES: "{route} 경로는 환경 변수에서 옵니다. selfheal이 실행되는 곳에 {detail} 변수를 "
        "설정하세요. 그 전에는 이 경로가 없습니다.",
        Setup.HIDDEN: "(숨김)",
        Setup.CONSENT: "쓸까요?",
        Setup.NOT_WRITTEN: "아무것도 쓰지 않았습니다.",
        Setup.WRITTEN: "썼습니다: {path}",
        Setup.DRY_RUN: "시험 실행: 아무것도 쓰지 않았습니다.",
        Setup.NOTHING_NEW: "이미 모두 설정되어 있어 쓸 것이 없습니다.",
        Setup.TESTING: "시험 메시지를 보냅니다: {detail}",
        Setup.FAILED: "{route} 경로가 작동하지 않습니다. 고칠까요, 그대로 둘까요, 뺄까요?",
        Setup.WELL: "경로가 둘 이상이어서 경보를 받을 수 있습니다. 언제든 시험하세요: selfheal notify test",
        Setup.UNTRIED: "경로가 둘 이상입니다. 경보가 실제로 도착하는지 확인하세요: selfheal notify test",
        Setup.WOULD_DO: "이대로 쓰면 경로가 둘 이상이 됩니다.",
        Setup.LEFT_FILE: "이전 비밀 값이 {path}에 남아 있으며 이제 아무것도 읽지 않습니다. "
        "필요 없으면 지우세요.",
        Setup.KEPT_FAILING: "작동하지 않는 {route} 경로를 그대로 둡니다. 다시 시험하려면: "
        "selfheal notify test {route}",
        Setup.DROPPED: "{route} 경로를 뺐습니다.",
        Setup.RESIDENT: "실행 중인 상주 프로그램에 적용하려면: kill -HUP {pid}",
        Setup.BROKEN_OFF: "중단했습니다: 아무것도 쓰지 않았습니다.",
        Setup.BROKEN_OFF_AFTER: "중단했습니다: 앞에서 쓴 것은 그대로 있습니다.",
        Setup.NO_TERMINAL: "터미널이 아니어서 묻지 않습니다. 터미널에서: selfheal setup. 터미널 없이: "
        "selfheal setup --route 이름=종류:설정=값,… --yes (selfheal setup --help)",
        Setup.CANNOT_WRITE: "{path}에 쓸 수 없습니다: {detail}. 아무것도 바꾸지 않았습니다",
        Setup.CHANGED: "그사이에 다른 누군가가 {path}을(를) 바꿨습니다. 아무것도 쓰지 않았으니 "
        "다시 시작하세요",
        Setup.BY_HAND: "{path}의 {route}을(를) 바꿀 수 없습니다: 직접 고쳐야 하는 방식으로 쓰여 있습니다. "
        "아무것도 쓰지 않았습니다. 다음 표를 직접 쓰세요:",
        Setup.NEEDS_YES: "여기서는 물을 수 없습니다: --yes는 쓰고, --dry-run은 보여 주기만 합니다",
        Setup.BAD_ROUTE: "--route «{detail}»: 이름=종류:설정=값,… 형식으로 쓰세요. 종류: {kinds}",
        Setup.BAD_SETTING: "--route {route}: {detail}",
        Setup.NO_VARIABLE: "{detail} 변수가 비었거나 없습니다",
        Setup.ROUTE_EXISTS: "--route {route}: 같은 이름의 다른 경로가 있습니다. 덮어쓰려면 --replace",
        Setup.TWO_OF_A_NAME: "--route {route}: 두 번 쓰였습니다",
        Setup.ONLY_CRON: "{detail}: --openclaw-cron과 함께만 쓸 수 있습니다",
        Setup.NOT_WITH_CRON: "{detail}: --openclaw-cron과 함께 쓸 수 없습니다",
    },
}

KINDS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "discord-webhook": "a Discord channel, by a webhook's address",
        "discord-bot": "a Discord channel, by a bot: you can answer with a reaction",
        "telegram": "a Telegram chat, by a bot: you can answer with a button",
        "slack": "a Slack channel, by a webhook's address",
        "email": "letters by a mail server",
        "ntfy": "the ntfy app on a phone; needs no account",
        "apprise": "any service that Apprise knows, by its URL",
        "webhook": "a signed request to a program of your own",
        "desktop": "a notification on this computer's desktop",
    },
    Language.KO: {
        "discord-webhook": "Discord 채널, 웹훅 주소로",
        "discord-bot": "Discord 채널, 봇으로: 반응을 눌러 답할 수 있음",
        "telegram": "Telegram 채팅, 봇으로: 버튼으로 답할 수 있음",
        "slack": "Slack 채널, 웹훅 주소로",
        "email": "메일 서버를 통한 이메일",
        "ntfy": "휴대폰의 ntfy 앱, 계정이 필요 없음",
        "apprise": "Apprise가 아는 모든 서비스, URL로",
        "webhook": "직접 만든 프로그램에 보내는 서명된 요청",
        "desktop": "이 컴퓨터의 바탕 화면 알림",
    },
}

QUESTIONS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "discord-webhook.url": "The webhook's address (channel settings, Integrations, Webhooks)",
        "discord-bot.token": "The bot's token",
        "discord-bot.channel": "The channel's number (right click on it, Copy Channel ID)",
        "telegram.token": "The bot's token, from @BotFather; a bot of its own for selfheal",
        "telegram.chat": "The chat's number, or @name of a channel",
        "slack.url": "The webhook's address (https://hooks.slack.com/…)",
        "email.host": "The mail server",
        "email.security": "Encryption: starttls or tls",
        "email.port": "Its port, enter for the usual one",
        "email.user": "Login there, enter for none",
        "email.password": "Password",
        "email.sender": "Sender's address",
        "email.to": "Who gets the letters; several with commas",
        "ntfy.topic": "The topic, a word that nobody guesses",
        "ntfy.server": "The ntfy server",
        "ntfy.token": "Token of an account there, enter for none",
        "apprise.url": "Apprise's URL of the service",
        "webhook.url": "The address that is called",
        "webhook.secret": "What the request is signed with",
    },
    Language.KO: {
        "discord-webhook.url": "웹훅 주소 (채널 설정, 연동, 웹후크)",
        "discord-bot.token": "봇 토큰",
        "discord-bot.channel": "채널 번호 (채널을 오른쪽 클릭, 채널 ID 복사)",
        "telegram.token": "@BotFather에서 받은 봇 토큰, selfheal 전용 봇",
        "telegram.chat": "채팅 번호 또는 채널의 @이름",
        "slack.url": "웹훅 주소 (https://hooks.slack.com/…)",
        "email.host": "메일 서버",
        "email.security": "암호화: starttls 또는 tls",
        "email.port": "포트, 보통 값은 Enter",
        "email.user": "로그인 이름, 없으면 Enter",
        "email.password": "비밀번호",
        "email.sender": "보내는 주소",
        "email.to": "받는 사람, 여럿이면 쉼표로",
        "ntfy.topic": "토픽, 아무도 짐작하지 못할 단어",
        "ntfy.server": "ntfy 서버",
        "ntfy.token": "그 서버의 계정 토큰, 없으면 Enter",
        "apprise.url": "서비스의 Apprise URL",
        "webhook.url": "부를 주소",
        "webhook.secret": "요청에 서명할 비밀 값",
    },
}
"""What is asked for each kind, in this order."""

WAYS_OUT = ("correct", "keep", "drop")
"""What can be done with a route that took no test message; the first is the default."""

WAYS_OUT_WORDS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {"correct": "correct it", "keep": "keep it as it is", "drop": "drop it"},
    Language.KO: {"correct": "고치기", "keep": "그대로 두기", "drop": "빼기"},
}

YES = frozenset({"y", "yes", "예", "네", "ㅇ"})
NO = frozenset({"n", "no", "아니요", "아니오", "ㄴ"})


def setup_words(which: Setup, language: Language, **values: object) -> str:
    return fill(_WORDS[language][which], {name: str(value) for name, value in values.items()})
