"""What we say of a failure reaches a Korean reader in Korean; what others said stays as it is."""

import re
import socket
import sqlite3
import ssl
from pathlib import Path

import pytest
from tests.texts.incidents import alert, entry, place

import selfheal
from selfheal.core.alert import AlertKind
from selfheal.core.notes import Note
from selfheal.core.reasons import Cause, Reason
from selfheal.notify.breaks import why_broken
from selfheal.ports.store import StoreError
from selfheal.store.faults import explained
from selfheal.texts.describe import describe
from selfheal.texts.digest import digest
from selfheal.texts.language import Language
from selfheal.texts.message import Story, told
from selfheal.texts.notices import route_fails, unwatched
from selfheal.texts.own_words import OWN, own_words
from selfheal.texts.routes import RouteLabel, route_words
from selfheal.texts.tried import tried

SAID = {
    "cannot tell tg: it answers with HTTP 401 (no)": "tg에 알릴 수 없습니다: HTTP 401(으)로 답합니다 (no)",
    "cannot tell any: its certificate is not valid": "any에 알릴 수 없습니다: 인증서가 올바르지 않습니다",
    "pid 24017 ended without being told to; no service manager runs here": (
        "pid 24017이(가) 지시 없이 끝났습니다; 여기에는 서비스 관리자가 없습니다"
    ),
    f"cannot tell tg: {why_broken('a.b', socket.gaierror(-2, 'Name or service not known'))}": (
        "tg에 알릴 수 없습니다: a.b: 이름을 찾을 수 없습니다: Name or service not known"
    ),
    why_broken("a.b", TimeoutError()): "a.b에서 제때 답이 없습니다",
    why_broken(
        "a.b", ConnectionRefusedError(111, "Connection refused")
    ): "a.b에 연결하지 못했습니다: Connection refused",
    why_broken("a.b", ssl.SSLError("one that names no reason")): "a.b와(과)의 연결이 끊겼습니다",
    "no TLS with a.b: WRONG_VERSION_NUMBER": "a.b와(과) TLS로 연결하지 못했습니다: WRONG_VERSION_NUMBER",
    why_broken("a.b", ValueError()): "a.b와(과)의 연결이 끊겼습니다",
    "cannot ping the dead man's switch: the service answered 503": (
        "데드맨 스위치에 신호를 보낼 수 없습니다: 서비스가 503(으)로 답했습니다"
    ),
    "the dead man's switch is pinged again": "데드맨 스위치에 다시 신호를 보냅니다",
    "it does not end": "끝나지 않습니다",
    "cannot start selfheal.service: exit code 5: Unit not found.": (
        "selfheal.service을(를) 시작할 수 없습니다: 종료 코드 5: Unit not found."
    ),
    "cannot tell desk: cannot run notify-send: No such file or directory": (
        "desk에 알릴 수 없습니다: notify-send을(를) 실행할 수 없습니다: No such file or directory"
    ),
    "cannot start openclaw: no such program": "openclaw을(를) 시작할 수 없습니다: 그런 프로그램이 없습니다",
    "cannot send SIGTERM to pid 7: not permitted, it runs as another user": (
        "pid 7에 SIGTERM을(를) 보낼 수 없습니다: 권한이 없습니다. 다른 사용자로 실행 중입니다"
    ),
    "an act while paused": "일시 중지 중의 조치",
    "the gateway said: it is not well": "the gateway said: it is not well",
}


SPEAKING = (
    "app/own_service.py",
    "app/dead_man.py",
    "app/post.py",
    "runtime/dispatch.py",
    "ports/commands.py",
    "store/faults.py",
    "core/invariants.py",
    "gateway/openclaw.py",
    "gateway/probe.py",
)


@pytest.mark.parametrize("said", SAID)
def test_our_own_words_are_said_in_korean(said: str) -> None:
    assert own_words(said, Language.EN) == said
    assert own_words(said, Language.KO) == SAID[said]
    assert SAID[said] in route_fails(place(Language.KO), "tg", said, None).body
    assert SAID[said] in unwatched(place(Language.KO), said, 0.0).body
    assert SAID[said] in route_words(RouteLabel.NOT_TAKEN, Language.KO, why=said)


@pytest.mark.parametrize("said", SAID)
def test_so_are_what_was_tried_and_the_rule_of_ours_that_was_broken(said: str) -> None:
    here = place(Language.KO)
    for reason in (Reason.START_FAILED, Reason.SIGNAL_FAILED, Reason.LOOK_FAILED):
        (line,) = tried([entry(1.0, Note(reason, detail=said))], here.zone, Language.KO)
        assert SAID[said] in line
    broken = Story(alert(AlertKind.DISTRUST, detail=said))
    cause = Story(alert(AlertKind.OPENED, cause=Cause.BLIND, detail=said))
    for text in (told(broken, here, 0.0), told(cause, here, 0.0), digest([broken], here, 0.0, {})):
        assert SAID[said] in text.body
    by_a_person = Note(Reason.PAUSED, detail=said)
    assert said in describe(by_a_person, Language.KO)


def test_each_rule_has_a_name_in_korean() -> None:
    code = (Path(selfheal.__file__).parent / "core" / "invariants.py").read_text(encoding="utf-8")
    rules = re.findall(r'^ +\(?"(a[n ].+|more .+)",', code, re.MULTILINE)
    assert len(rules) > 5
    assert [rule for rule in rules if re.search("[a-z]", own_words(rule, Language.KO))] == []


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR])
def test_what_a_disk_does_not_take_is_said_in_korean(tmp_path: Path, code: int) -> None:
    """But for what SQLite says, in brackets."""
    error = sqlite3.OperationalError("database trouble")
    error.sqlite_errorcode = code
    with pytest.raises(StoreError) as found, explained("write the outbox", tmp_path / "selfheal.db"):
        raise error
    said = own_words(str(found.value), Language.KO)
    ours = said.replace("(database trouble)", "").replace(str(tmp_path), "")
    assert not set(re.findall("[A-Za-z]+", ours)) - {"selfheal", "db", "SELFHEAL", "STATE", "DIR"}, ours


def test_each_of_them_is_said_somewhere() -> None:
    """A sentence that was reworded would come in English again."""
    root = Path(selfheal.__file__).parent
    rooms = [
        *(root / "notify").glob("*.py"),
        *(root / "services").glob("*.py"),
        *(root / each for each in SPEAKING),
    ]
    code = "".join(path.read_text(encoding="utf-8") for path in rooms)
    for ours in OWN[Language.KO]:
        longest = max(re.split(r"\\.|\([^)]*\)\??|[\[\]+{}]", ours), key=len).strip(" :\\")
        assert longest in code, ours
