"""What our own rooms said of a failure, in the person's language.

A complaint is kept as it was said, in English, by a process that knows no reader; what it repeats of others,
as of a service, stays as it is.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from selfheal.texts.language import Language

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
}
OWN: Mapping[Language, Mapping[str, str]] = MappingProxyType({Language.KO: _KOREAN})
"""Plain texts: `re` compiles and keeps them at their first use, and most runs use none."""


def own_words(text: str, language: Language) -> str:
    for ours, theirs in OWN.get(language, {}).items():
        text = re.sub(ours, theirs, text)
    return text
