"""What our own rooms said of a failure, in the person's language.

A complaint is kept as it was said, in English, by a process that knows no reader; what it repeats of others,
as of a service, stays as it is.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from selfheal.texts.language import Language

_OF_A_DISK = {
    r"\bthe disk is full \(": "디스크가 가득 찼습니다 (",
    r"\bit can only be read \(": "읽을 수만 있습니다 (",
    r"\bit may not be opened \(": "열 권한이 없습니다 (",
    r"\bit cannot be opened \(": "열 수 없습니다 (",
    r"\banother program holds it \(": "다른 프로그램이 잡고 있습니다 (",
    r"\bthe disk fails \(": "디스크 오류입니다 (",
    r"\bno memory is left \(": "메모리가 부족합니다 (",
    r"\bFree space on the file system of (\S+)\.": r"\1의 파일 시스템에 공간을 확보하세요.",
    r"\bMake (\S+) writable for this user, or set SELFHEAL_STATE_DIR to a folder that is\.": (
        r"\1에 쓸 수 있게 하거나, 쓸 수 있는 폴더를 SELFHEAL_STATE_DIR로 지정하세요."
    ),
    r"\bSee which program holds (\S+) open \(lsof\) and end it\.": (
        r"\1을(를) 열고 있는 프로그램을 찾아(lsof) 끝내세요."
    ),
    r"\bSee the system's log for errors of the disk under (\S+)\.": (
        r"\1이(가) 있는 디스크의 오류를 시스템 로그에서 확인하세요."
    ),
    r"\bFree memory on this host\.": "이 호스트의 메모리를 확보하세요.",
}
_OF_A_START = {
    r"\bcannot start ([\w.@/-]+): ": r"\1을(를) 시작할 수 없습니다: ",
    r"\bcannot start the gateway: ": "게이트웨이를 시작할 수 없습니다: ",
    r"\bcannot run ([\w./-]+): ": r"\1을(를) 실행할 수 없습니다: ",
    r"\bsystemd does not answer": "systemd가 답하지 않습니다",
    r"\bexit code (-?\d+)": r"종료 코드 \1",
    r"\banother start of it is under way": "이미 시작하는 중입니다",
    r"\bits launcher hangs": "실행기가 멈춰 있습니다",
    r"\bno such program": "그런 프로그램이 없습니다",
    r"\bnot executable": "실행 권한이 없습니다",
    r"\bno directory (/\S+)": r"\1 폴더가 없습니다",
    r"\bit says that it started, but nothing runs": "시작했다고 하지만 실행 중인 것이 없습니다",
    r"\bcannot signal pid (\d+): ": r"pid \1에 신호를 보낼 수 없습니다: ",
    r"\bcannot send (SIG\w+) to pid (\d+): ": r"pid \2에 \1을(를) 보낼 수 없습니다: ",
    r"\bnot permitted, it runs as another user": "권한이 없습니다. 다른 사용자로 실행 중입니다",
    r"\bit is another process now": "이제는 다른 프로세스입니다",
    r"\bheld up while waiting": "기다리는 동안 멈춰 있었습니다",
    r"\bnot asked": "묻지 못했습니다",
}
_OF_A_RULE = {
    r"\ban act in observe mode": "관찰 모드에서의 조치",
    r"\ban act while paused": "일시 중지 중의 조치",
    r"\ban act of a disabled level": "꺼진 레벨의 조치",
    r"\ban act in an incident that nobody opened": "열리지 않은 인시던트에서의 조치",
    r"\bmore than one act at once": "동시에 둘 이상의 조치",
    r"\ba start beside a living gateway": "살아 있는 게이트웨이가 있는데 시작",
    r"\ba signal to a starting gateway": "시작 중인 게이트웨이에 신호",
    r"\bmore unclean starts than allowed": "허용된 수를 넘은 비정상 시작",
    r"\bmore starts an hour than allowed": "한 시간에 허용된 수를 넘은 시작",
    r"\ba rung that is not on the ladder": "사다리에 없는 단계",
    r"\ban action id given twice": "두 번 쓰인 조치 번호",
}
"""Names of core.invariants."""
_KOREAN = {
    r"cannot tell ([\w.@-]+): ": r"\1에 알릴 수 없습니다: ",
    r"\bit answers with HTTP (\d{3})": r"HTTP \1(으)로 답합니다",
    r"([\w.-]+) answers with (\d{3})\b": r"\1이(가) \2(으)로 답합니다",
    r"\bit has moved to (\S+) \(HTTP (\d{3})\): set its new name": (
        r"\1(으)로 옮겼습니다(HTTP \2). 새 이름을 설정하세요"
    ),
    r"\bthe connection broke, or there was no answer in time": "연결이 끊겼거나 제때 답이 없습니다",
    r"\bthe connection to ([\w.:-]+) broke": r"\1와(과)의 연결이 끊겼습니다",
    r"\bthe certificate of (\S+) is not valid": r"\1의 인증서가 올바르지 않습니다",
    r"\bthe name (\S+) cannot be resolved": r"\1: 이름을 찾을 수 없습니다",
    r"\bno TLS with ([^\s:]+)": r"\1와(과) TLS로 연결하지 못했습니다",
    r"\bno answer from (\S+) in time": r"\1에서 제때 답이 없습니다",
    r"\bno connection to ([^\s:]+)": r"\1에 연결하지 못했습니다",
    r"\bno answer in time": "제때 답이 없습니다",
    r"\bits certificate is not valid": "인증서가 올바르지 않습니다",
    r"\bits name cannot be resolved": "이름을 찾을 수 없습니다",
    r"\bApprise could not hand it over": "Apprise가 전달하지 못했습니다",
    r"\bnot done in (\d+) s\b": r"\1초 안에 끝나지 않았습니다",
    r"\bpid (\d+) ended without being told to": r"pid \1이(가) 지시 없이 끝났습니다",
    r"\bpid (\d+) is stuck and cannot be ended": r"pid \1이(가) 멈췄고 끝낼 수 없습니다",
    r"\bno service manager runs here": "여기에는 서비스 관리자가 없습니다",
    r"([\w.@-]+): there is none": r"\1: 없습니다",
    r"([\w.@-]+): cannot be asked": r"\1: 물어볼 수 없습니다",
    r"\bit was started and does not come up": "시작했지만 올라오지 않습니다",
    r"\bsomebody who is not known here": "알려지지 않은 누군가",
    r"([\w.-]+) cannot do what is needed": r"\1에 필요한 기능이 없습니다",
    r"\bcannot ping the dead man's switch: ": "데드맨 스위치에 신호를 보낼 수 없습니다: ",
    r"\bthe dead man's switch is pinged again": "데드맨 스위치에 다시 신호를 보냅니다",
    r"\bthe service answered (\d{3})": r"서비스가 \1(으)로 답했습니다",
    r"\bit does not end": "끝나지 않습니다",
    r"\bcannot keep a receipt in (/\S+)": r"\1에 전달 기록을 남길 수 없습니다",
    r"\Acannot [a-z ]+ in (/[^:\n]+): ": r"\1: 쓸 수 없습니다: ",
    **_OF_A_DISK,
    **_OF_A_START,
    **_OF_A_RULE,
}
OWN: Mapping[Language, Mapping[str, str]] = MappingProxyType({Language.KO: _KOREAN})
"""Plain texts: `re` compiles and keeps them at their first use, and most runs use none."""


def own_words(text: str, language: Language) -> str:
    for ours, theirs in OWN.get(language, {}).items():
        text = re.sub(ours, theirs, text)
    return text
