"""What is wrong with a config, and what to write instead. Reasons are an enum; sentences are made here."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

FAULTS_MAX = 100  # nobody reads more at once; a file of another program must not flood the terminal


class Text(NamedTuple):
    """The same words in both languages."""

    en: str
    ko: str


class Problem(StrEnum):
    MISSING = "missing"
    DANGLING = "dangling"
    NO_HOME = "no_home"
    NOT_A_FILE = "not_a_file"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    SYNTAX = "syntax"
    TOO_DEEP = "too_deep"
    UNKNOWN_TABLE = "unknown_table"
    UNKNOWN_KEY = "unknown_key"
    NEAR_KEY = "near_key"
    MISPLACED = "misplaced"
    WRONG_TYPE = "wrong_type"
    NOT_FINITE = "not_finite"
    OUT_OF_RANGE = "out_of_range"
    NOT_A_CHOICE = "not_a_choice"
    CONTROL_CHARACTER = "control_character"
    NOT_ABSOLUTE = "not_absolute"
    NOT_A_URL = "not_a_url"
    NOT_A_NAME = "not_a_name"
    NOT_A_VARIABLE = "not_a_variable"
    TOO_MANY_TARGETS = "too_many_targets"
    TOO_MANY_ROUTES = "too_many_routes"
    NEAR_CHOICE = "near_choice"
    NOT_HOURS = "not_hours"
    NOT_A_LINK = "not_a_link"
    SECRET_LINK = "secret_link"  # noqa: S105 -- a kind of fault
    NOT_A_REPOSITORY = "not_a_repository"
    NOT_A_LABEL = "not_a_label"
    NO_KIND = "no_kind"
    LACKING = "lacking"
    SUPERFLUOUS = "superfluous"
    TWICE = "twice"
    NAME_TAKEN = "name_taken"
    UNREADABLE_FILE = "unreadable_file"
    NOTHING_IN_FILE = "nothing_in_file"
    EXPOSED_FILE = "exposed_file"
    REFUSED = "refused"
    NO_ROUTE = "no_route"
    ONE_ROUTE = "one_route"
    ONE_ADDRESS = "one_address"
    NOT_LOOPBACK = "not_loopback"
    NOT_PLAIN_HTTP = "not_plain_http"
    CONTRADICTION = "contradiction"
    RELATION = "relation"
    BELOW_FLOOR = "below_floor"
    NEEDS = "needs"
    SHARED = "shared"
    NO_PROGRAM = "no_program"
    NOT_A_FOLDER = "not_a_folder"
    POINTLESS = "pointless"
    EXPOSED = "exposed"
    PLACEHOLDER = "placeholder"
    NOT_WATCHED = "not_watched"
    MORE = "more"


class Fault(NamedTuple):
    """`key` is a full key, a table, an environment variable or the file itself; `line` counts from 1."""

    key: str
    line: int | None
    problem: Problem
    data: tuple[str | Text, ...] = ()

    @property
    def message(self) -> str:
        return self.say("en")

    def say(self, language: str) -> str:
        """The sentence, in "ko" or else English."""
        korean = language == "ko"
        template = WORDS[self.problem]
        words = [part if isinstance(part, str) else (part.ko if korean else part.en) for part in self.data]
        return (template.ko if korean else template.en).format(*words)

    def full(self, language: str) -> str:
        """One line for a person: where, which key, what."""
        return f"{self._place(language)}{self.key}: {self.say(language)}"

    def of_file(self, file: str, language: str) -> str:
        """The same, with the name of the file where it is one of its lines, or the file itself."""
        if self.key == file:
            return f"{file}: {self._place(language)}{self.say(language)}"
        return self.full(language) if self.line is None else f"{file}: {self.full(language)}"

    def _place(self, language: str) -> str:
        if self.line is None:
            return ""
        return f"{self.line}행: " if language == "ko" else f"line {self.line}: "


class ConfigFaults(Exception):  # noqa: N818 -- it carries the faults; it is not one
    """A config that cannot be used, with all that is wrong in it. `file`: its name, if there is one."""

    def __init__(self, faults: Sequence[Fault], file: str = "") -> None:
        self.faults = tuple(faults)
        self.file = file
        super().__init__("\n".join(self.lines("en")))

    def lines(self, language: str) -> tuple[str, ...]:
        """One for each fault."""
        if not self.file:
            return tuple(fault.full(language) for fault in self.faults)
        return tuple(fault.of_file(self.file, language) for fault in self.faults)

    @property
    def count(self) -> int:
        """Those that are not shown included."""
        *shown, last = self.faults
        return len(shown) + (int(str(last.data[0])) if last.problem is Problem.MORE else 1)


class Wrong(Exception):  # noqa: N818 -- never leaves this room
    """One value is wrong; whoever knows its key and line makes a Fault of it."""

    def __init__(self, problem: Problem, *data: str | Text) -> None:
        super().__init__(problem)
        self.problem = problem
        self.data = data


WORDS = {
    Problem.MISSING: Text(
        "no such file; create it, or {0}",
        "파일이 없습니다. 파일을 만들거나, {0}",
    ),
    Problem.DANGLING: Text(
        "is a link to {0}, which is not there; put that back, or remove the link to run with the defaults",
        "{0}(으)로 가는 링크인데 그곳에 아무것도 없습니다. "
        "되돌려 놓거나, 기본값으로 실행하려면 링크를 지우세요",
    ),
    Problem.NO_HOME: Text(
        "{0} is no home folder; set it to an absolute path, such as /home/ann",
        "{0}: 홈 폴더가 아닙니다. /home/ann처럼 절대 경로로 설정하세요",
    ),
    Problem.NOT_A_FILE: Text(
        "is not a regular file; name a TOML file", "일반 파일이 아닙니다. TOML 파일을 지정하세요"
    ),
    Problem.UNREADABLE: Text(
        "cannot read it: {0}; make it readable for this user",
        "읽을 수 없습니다: {0}. 이 사용자가 읽을 수 있게 하세요",
    ),
    Problem.TOO_LARGE: Text(
        "is larger than {0} bytes; this is not a config of selfheal, name another file",
        "{0}바이트보다 큽니다. selfheal 설정이 아니니 다른 파일을 지정하세요",
    ),
    Problem.NOT_UTF8: Text(
        "is not UTF-8 (byte {0}); save it as UTF-8", "UTF-8이 아닙니다({0}번째 바이트). UTF-8로 저장하세요"
    ),
    Problem.SYNTAX: Text("is not TOML: {0}; correct this place", "TOML이 아닙니다: {0}. 이 부분을 고치세요"),
    Problem.TOO_DEEP: Text(
        "is nested too deeply to be a config; write plain tables",
        "너무 깊게 중첩되었습니다. 단순한 표로 쓰세요",
    ),
    Problem.UNKNOWN_TABLE: Text("no such table; write {0}", "없는 표입니다. {0}(으)로 쓰세요"),
    Problem.UNKNOWN_KEY: Text(
        "no such setting in [{0}]; known here: {1}", "[{0}]에 없는 설정입니다. 쓸 수 있는 이름: {1}"
    ),
    Problem.NEAR_KEY: Text(
        "no such setting in [{0}]; write {1}", "[{0}]에 없는 설정입니다. {1}(으)로 쓰세요"
    ),
    Problem.MISPLACED: Text(
        "does not belong here; write it under [{0}]", "여기가 아닙니다. [{0}] 아래에 쓰세요"
    ),
    Problem.WRONG_TYPE: Text("{0} is not {1}; write {2}", "{0}: 필요한 값은 {1}입니다. 예: {2}"),
    Problem.NOT_FINITE: Text(
        "{0} is not a finite number; write {1}", "{0}: 유한한 수가 아닙니다. {1}처럼 쓰세요"
    ),
    Problem.OUT_OF_RANGE: Text(
        "{0} is out of range; write a value from {1} to {2}",
        "{0}: 범위를 벗어났습니다. {1}부터 {2}까지의 값을 쓰세요",
    ),
    Problem.NOT_A_CHOICE: Text(
        "{0} is not a choice; write one of {1}", "{0}: 고를 수 없습니다. {1} 중에서 쓰세요"
    ),
    Problem.CONTROL_CHARACTER: Text(
        "holds a control character, is no valid text, or is too long; write plain text",
        "제어 문자가 있거나, 올바른 글자가 아니거나, 너무 깁니다. 보통 글자로 쓰세요",
    ),
    Problem.NOT_ABSOLUTE: Text(
        "{0} is not an absolute path; write one that begins with / or ~/",
        "{0}: 절대 경로가 아닙니다. / 또는 ~/로 시작하는 경로를 쓰세요",
    ),
    Problem.NOT_A_URL: Text(
        "is not a web address; write one that begins with https:// (http:// only on this machine)",
        "웹 주소가 아닙니다. https://로 시작하는 주소를 쓰세요(http://는 이 컴퓨터에서만)",
    ),
    Problem.NOT_A_NAME: Text(
        "{0} cannot be a name; write up to 64 letters, digits, _ and -, beginning with a letter or digit",
        "{0}: 이름으로 쓸 수 없습니다. 영문자, 숫자, _, -로 64자까지, 영문자나 숫자로 시작하세요",
    ),
    Problem.NOT_A_VARIABLE: Text(
        "{0} is not the name of an environment variable; write a name such as PATH, or LC_* in a list",
        "{0}: 환경 변수 이름이 아닙니다. PATH처럼, 목록에서는 LC_*처럼 쓰세요",
    ),
    Problem.TOO_MANY_TARGETS: Text(
        "{0} targets are more than {1}; split them over several residents",
        "target {0}개는 최대 {1}개를 넘습니다. 여러 상주 프로세스로 나누세요",
    ),
    Problem.NOT_LOOPBACK: Text(
        "names another machine ({0}); probes go to 127.0.0.1 only: write http://localhost:18789/ "
        "and run selfheal where the gateway runs",
        "다른 컴퓨터({0})를 가리킵니다. 점검은 127.0.0.1로만 합니다: http://localhost:18789/ 로 쓰고 "
        "게이트웨이가 있는 컴퓨터에서 selfheal을 실행하세요",
    ),
    Problem.NOT_PLAIN_HTTP: Text(
        "is not an address of the form http://localhost:18789/; write it so, or set targets.main.port",
        "http://localhost:18789/ 형식의 주소가 아닙니다. 그렇게 쓰거나 targets.main.port를 설정하세요",
    ),
    Problem.CONTRADICTION: Text(
        "says {0}, but {1} says {2}; remove one of them, or set {3} in the config file",
        "{0}(이)라고 하지만 {1}은(는) {2}(이)라고 합니다. 하나를 지우거나 설정 파일에 {3}을(를) 쓰세요",
    ),
    Problem.RELATION: Text(
        "{0} must be {1} {2}: {3}; {4}",
        "{0}은(는) {2}{1} 합니다: {3}. {4}",
    ),
    Problem.BELOW_FLOOR: Text(
        "{0} is less than {1}: {2}; write {1} or more", "{0}은(는) {1}보다 작습니다: {2}. {1} 이상으로 쓰세요"
    ),
    Problem.NEEDS: Text("is of no use without {0}; set both", "{0} 없이는 쓸 수 없습니다. 둘 다 설정하세요"),
    Problem.SHARED: Text(
        "{0} is the same as that of target {1}: two would act on one gateway; give each its own",
        "{0}: target {1}과(와) 같습니다. 한 게이트웨이에 둘이 손대게 됩니다. 따로 지정하세요",
    ),
    Problem.NO_PROGRAM: Text(
        'names no program; write it first, as in ["openclaw", "gateway", "run"], or leave the setting away',
        '프로그램이 없습니다. ["openclaw", "gateway", "run"]처럼 맨 앞에 쓰거나 설정을 빼세요',
    ),
    Problem.NOT_A_FOLDER: Text(
        "{0} cannot be a folder: {1} is a file; move the file away, or name another folder",
        "{0}: 폴더로 쓸 수 없습니다. {1}은(는) 파일입니다. 파일을 옮기거나 다른 폴더를 지정하세요",
    ),
    Problem.POINTLESS: Text(
        "has no meaning with service = {0}; remove it, or write service = {1}",
        "service = {0}에서는 의미가 없습니다. 지우거나 service = {1}(으)로 쓰세요",
    ),
    Problem.EXPOSED: Text(
        "holds a secret and others may read it; run chmod 600 on it",
        "비밀 값이 있는데 다른 사용자가 읽을 수 있습니다. chmod 600을 실행하세요",
    ),
    Problem.PLACEHOLDER: Text(
        "still has the value of the example and is ignored; set it or remove it",
        "예시 값 그대로여서 무시합니다. 값을 쓰거나 지우세요",
    ),
    Problem.NOT_WATCHED: Text(
        "is the gateway of the OpenClaw profile {0} and is not watched; to watch both, write into {1}: "
        '[targets.main], [targets.{0}], and under the second profile = "{0}"; [targets.main] alone: this one '
        "is not to be watched",
        "OpenClaw 프로필 {0}의 게이트웨이이며 감시하지 않습니다. 둘 다 감시하려면 {1}에 쓰세요: "
        '[targets.main], [targets.{0}], 그리고 두 번째 아래에 profile = "{0}". [targets.main]만 쓰면 '
        "이 게이트웨이는 감시하지 않는다는 뜻입니다",
    ),
    Problem.TOO_MANY_ROUTES: Text(
        "{0} routes are more than {1}; let one of them reach several people",
        "경로 {0}개는 최대 {1}개를 넘습니다. 한 경로로 여러 사람에게 알리세요",
    ),
    Problem.NEAR_CHOICE: Text(
        "{0} is not a choice; write {1} (there are: {2})",
        "{0}: 고를 수 없습니다. {1}(으)로 쓰세요(고를 수 있는 값: {2})",
    ),
    Problem.NOT_HOURS: Text(
        '{0} are no hours of the day; write them as "23:00-07:00", two different times',
        '{0}: 하루 중의 시간대가 아닙니다. 서로 다른 두 시각을 "23:00-07:00"처럼 쓰세요',
    ),
    Problem.NOT_A_LINK: Text(
        "is not a web address; write one that begins with https:// or http://",
        "웹 주소가 아닙니다. https:// 또는 http://로 시작하는 주소를 쓰세요",
    ),
    Problem.SECRET_LINK: Text(
        "holds a secret, and a secret goes into no message: messages have {0} instead; write the address "
        "without it, and log in on the page",
        "비밀 값이 들어 있고, 비밀 값은 메시지에 넣지 않습니다. 메시지에는 대신 {0}만 들어갑니다. "
        "비밀 값 없이 주소를 쓰고 페이지에서 로그인하세요",
    ),
    Problem.NOT_A_REPOSITORY: Text(
        '{0} is no GitHub repository; write it as "owner/name"',
        '{0}: GitHub 저장소가 아닙니다. "owner/name"처럼 쓰세요',
    ),
    Problem.NOT_A_LABEL: Text(
        "{0} is no label; write at least one, each of 1 to 50 characters without a comma",
        "{0}: 라벨이 아닙니다. 쉼표 없이 1~50자인 라벨을 하나 이상 쓰세요",
    ),
    Problem.NO_KIND: Text("is missing; write one of {0}", "없습니다. {0} 중에서 쓰세요"),
    Problem.LACKING: Text(
        "is missing; a route of kind {0} needs it: {1}",
        "없습니다. kind가 {0}인 경로에 필요합니다: {1}",
    ),
    Problem.SUPERFLUOUS: Text(
        "has no meaning with kind = {0}; remove it (it may have: {1})",
        "kind = {0}에서는 의미가 없습니다. 지우세요(쓸 수 있는 이름: {1})",
    ),
    Problem.TWICE: Text(
        "says the same as {0}; remove one of the two", "{0}와(과) 같은 것을 말합니다. 하나를 지우세요"
    ),
    Problem.NAME_TAKEN: Text(
        "is the name of the route that {0} gives; write another name",
        "{0}의 경로 이름입니다. 다른 이름을 쓰세요",
    ),
    Problem.UNREADABLE_FILE: Text(
        "cannot read {0}: {1}; make it readable for this user",
        "{0}을(를) 읽을 수 없습니다: {1}. 이 사용자가 읽을 수 있게 하세요",
    ),
    Problem.NOTHING_IN_FILE: Text(
        "{0} holds no secret; write it into that file, as its only line",
        "{0}에 비밀 값이 없습니다. 그 파일에 한 줄로 쓰세요",
    ),
    Problem.EXPOSED_FILE: Text(
        "others may read {0}; run chmod 600 on it",
        "다른 사용자가 {0}을(를) 읽을 수 있습니다. chmod 600을 실행하세요",
    ),
    Problem.REFUSED: Text("{0}; correct it", "쓸 수 없습니다: {0}. 고치세요"),
    Problem.NO_ROUTE: Text(
        "NO ROUTE TO A PERSON IS SET: when help is needed, nobody hears. Set two or more: selfheal setup "
        "asks for them, or write [routes.NAME] (docs/config.md); then try them: selfheal notify test",
        "사람에게 알릴 경로가 없습니다: 도움이 필요해도 아무도 듣지 못합니다. 둘 이상을 설정하세요: "
        "selfheal setup으로 묻는 대로 답하거나, [routes.NAME]을 쓰고(docs/config.md) 시험하세요: "
        "selfheal notify test",
    ),
    Problem.ONE_ROUTE: Text(
        "ONLY ONE ROUTE TO A PERSON IS SET ({0}): when it fails, nobody hears. Add one of another "
        "service: selfheal setup asks for it, or write [routes.NAME] (docs/config.md); then try both: "
        "selfheal notify test",
        "사람에게 알릴 경로가 하나뿐입니다({0}): 그것이 실패하면 아무도 듣지 못합니다. 다른 서비스의 경로를 "
        "더하세요: selfheal setup으로 묻는 대로 답하거나, [routes.NAME]을 쓰고(docs/config.md) "
        "둘 다 시험하세요: selfheal notify test",
    ),
    Problem.ONE_ADDRESS: Text(
        "ALL ROUTES TO A PERSON LEAD TO THE SAME ADDRESS ({0}): when it fails, nobody hears. Add one of "
        "another service: selfheal setup asks for it, or write [routes.NAME] (docs/config.md); then try all: "
        "selfheal notify test",
        "사람에게 알릴 경로가 모두 같은 주소로 갑니다({0}): 그것이 실패하면 아무도 듣지 못합니다. "
        "다른 서비스의 경로를 더하세요: selfheal setup으로 묻는 대로 답하거나, [routes.NAME]을 쓰고"
        "(docs/config.md) "
        "모두 시험하세요: selfheal notify test",
    ),
    Problem.MORE: Text(
        "{0} more faults are not shown; correct these first", "{0}개가 더 있습니다. 먼저 이것들을 고치세요"
    ),
}
