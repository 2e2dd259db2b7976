"""Secrets that a sentence, a list, a table or a block tells: `password is …`, `tokens: ["…"]`, …"""

from selfheal.texts.secret_names import BARE, FOLDER, HARD, MARK, NOT_A_WORD, PLACEHOLDER
from selfheal.texts.secret_patterns import pattern

_NAMES = r"(?:pass(?:word|wd|wort|phrase)|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key)"
_HINT = "pass secret token credential key"
_PHRASE = r"(?:(?:seed|recovery)[ _-]?(?:phrase|words)|mnemonic|passphrase|passwort|니모닉|복구 ?문구)"
_MIXED = rf"(?={BARE}{{0,200}}[0-9])(?={BARE}{{0,200}}[A-Za-z])"
_HOW = (
    r"(?!\[redacted|base64|sha-?\d|md5|utf-?8|oauth2?\b|https?\b|\d+(?:ms|s|m|h|d|min|hours?|days?)\b"
    r"|\d{4}-\d\d-\d\d|v?\d{1,5}(?:\.\d{1,5}){1,3}\b)"
)
"""How it is written, how old it is, or of which version; not the secret itself."""

_WORD = rf"{PLACEHOLDER}{_HOW}{FOLDER}{_MIXED}({BARE}{{6,4096}})"
_ENV = r"(?:PASSWORD|PASSWD|PASSPHRASE|PASSCODE|SECRET|TOKEN|API_?KEY|_KEY|_PASS|_PW)"
_KOREAN = r"(?:비밀번호|암호|패스워드|토큰|시크릿|(?:비밀|api|인증|접근|액세스|서명) ?키)"
_KOREAN_HINT = "비밀번호 암호 패스워드 토큰 시크릿 키"
_CELL = r"[ \t]{0,40}[`*\"']{0,3}[ \t]{0,40}[|│┃][ \t]{0,40}[`*\"']{0,3}"
_CHANGED = r"(?:changed|set|reset|updated|rotated|switched)"
SAID = (
    pattern(
        "secret",
        "passphrase passwort mnemonic seed recovery 니모닉 복구",
        rf"(?im){_PHRASE}{MARK}{PLACEHOLDER}{NOT_A_WORD}"
        r"""["']?(\w{3,40}(?:,? [\w-]{1,40}){1,24})""",
    ),
    pattern(
        "secret",
        _HINT,
        rf"(?im)^([ \t]*)[^\n]{{0,200}}?{_NAMES}s?[\"']?:"
        r"[ \t]*[|>][+-]?[1-9]?(?:[ \t]*\n[ \t]{0,80}|[ \t]{1,80})"
        r"((?!\[redacted)\S[^\n]*(?:\n\1[ \t]{1,40}\S[^\n]*){0,100})",
    ),
    pattern(
        "secret",
        _HINT,
        rf"(?i){_NAMES}s?{MARK}\[\s{{0,40}}"
        r"""((?:\\{0,3}"(?:[^"\\]|\\(?!")){3,4096}\\{0,3}"|'[^'\n]{3,4096}')"""
        r"""(?:\s{0,40},\s{0,40}(?:\\{0,3}"(?:[^"\\]|\\(?!")){1,4096}\\{0,3}"|'[^'\n]{1,4096}')){0,200})""",
    ),
    pattern(
        "secret",
        "value",
        rf"(?i)\b(?:key|name)[\"']?\s{{0,3}}[=:]\s{{0,3}}[\"'][\w.:-]{{0,60}}{_NAMES}s?[\"'][\s,]{{1,40}}"
        rf"[\"']?value[\"']?\s{{0,3}}[=:]\s{{0,3}}[\"']{PLACEHOLDER}([^\"'\n]{{1,4096}})",
    ),
    pattern(
        "token",
        '"auth "access "refresh',
        r'"(?:auth|access|refresh)"\s{0,3}:\s{0,3}"((?=[^"]{0,400}[0-9=])[A-Za-z0-9+/=._-]{12,4096})"',
    ),
    pattern(
        "secret",
        _HINT,
        rf"(?i){_NAMES}(?:%5C){{0,3}}%2[27](?:%20|\+)?%3A(?:%20|\+)?(?:%5C){{0,3}}%2[27]"
        r"((?!\[redacted)(?:(?!%5C|%22|%27)[^\s&\"'<>]){3,4096})",
    ),
    pattern(
        "secret", "%3d", rf"(?i){_NAMES}%3D((?!%5Bredacted|%24%7B)(?:(?!%26|%2C|%20)[^\s&\"'<>,]){{4,4096}})"
    ),
    pattern(
        "password",
        f"pass {_KOREAN_HINT}",
        rf"(?i)(?:pass(?:word|wd|wort|phrase|code)[ \t]{{1,3}}(?:is|was|ist)|{_KOREAN}(?:는|은|가|이|를|을))"
        rf"[ \t]{{1,3}}[\"'`]?{_WORD}",
    ),
    pattern(
        "secret",
        "changed set updated rotated switched -> →",
        rf"(?i){_NAMES}[^\n]{{0,60}}?(?:\b{_CHANGED}[ \t]{{1,3}}to|->|→)[ \t:]{{1,4}}[\"'`]?{_WORD}",
    ),
    pattern(
        "secret",
        _HINT,
        rf"(?i)(?:set|change|reset|update|rotate)[ \t][^\n]{{0,60}}?{_NAMES}"
        rf"[ \t]{{1,3}}to[ \t:]{{1,4}}[\"'`]?{_WORD}",
    ),
    pattern(
        "secret",
        f"{_HINT} {_KOREAN_HINT}",
        rf"(?im)(?:{_NAMES}|{_KOREAN})(?:[`*_]{{1,6}}[ \t]{{0,3}}[:=：]|[:=：]\*{{2}})[ \t]{{1,3}}"
        rf"[`*\"']{{0,4}}{NOT_A_WORD}"
        rf"(?:{_WORD}|{PLACEHOLDER}({BARE}{{4,4096}})(?=[`*\"']{{0,4}}[ \t]{{0,8}}$))",
    ),
    *(
        pattern(
            "secret",
            verbs,
            rf"(?i){_NAMES}[^\n]{{0,80}}?\b(?:{verbs.replace(' ', '|')})[ \t:=]{{1,3}}[\"'`]?{_WORD}",
        )
        for verbs in ("expected", "got received given sent")
    ),
    pattern("secret", _HINT, rf"{_ENV}[ \t]{{1,8}}[\"']?{_WORD}"),
    pattern("password", "pass", rf"(?i)pass(?:word|phrase|code)[ \t]{{1,3}}{_WORD}(?<=[^\s:=/]{{8}})"),
    pattern(
        "secret",
        "| │ ┃",
        rf"(?im)(?:{_NAMES}|{_KOREAN}){_CELL}{_HOW}(?![a-z][a-z0-9.-]{{1,60}}/){_MIXED}([^\s|│┃`]{{6,4096}}?)"
        r"(?=[`*\"']{0,3}[ \t]{0,40}(?:[|│┃]|$))",
    ),
    pattern(
        "secret",
        _HINT,
        rf"(?i)[\"'][\w.-]{{0,60}}{_NAMES}[\"']\s{{0,3}},\s{{0,40}}[\"']{_HOW}{_MIXED}([^\"'\n]{{8,4096}})[\"']",
    ),
    pattern(
        "secret",
        "cookie authorization",
        r"(?i)[\"'](?:set-cookie|cookie|(?:proxy-)?authorization)[\"']\s{0,3},\s{0,40}"
        r"[\"'](?![^\"'\n]{0,20}\[redacted)(?=[^\"'\n]{0,200}[ =])([^\"'\n]{4,4096})[\"']",
    ),
    pattern(
        "secret",
        "value data plain raw",
        rf"(?i){_NAMES}s?[\"'\\]{{0,4}}\s{{0,3}}[:=]\s{{0,3}}\{{\s{{0,40}}\\{{0,3}}[\"']?(?:value|data|plain|plaintext|raw)"
        rf"[\"'\\]{{0,4}}\s{{0,3}}[:=]\s{{0,3}}\\{{0,3}}[\"']{PLACEHOLDER}((?:[^\"'\\\n]|\\[^\"'])"
        r"{1,4096})",
    ),
    pattern("secret", "\"\"\" '''", rf"(?is){_NAMES}s?{MARK}(\"\"\"|''')((?:(?!\1).){{1,8192}})"),
    pattern(
        "password",
        "password",
        rf"(?i)password[ \t]{{1,3}}([\"'`])({_HOW}(?=[^\"'`\n]{{0,60}}[0-9])[^\"'`\n]{{6,200}})\1",
    ),
    pattern(
        "password", "pass", rf"(?i)pass(?:word|phrase) for [^\n:]{{1,80}}:[ \t]{{1,3}}{PLACEHOLDER}({HARD})"
    ),
    pattern(
        "token",
        "token key secret",
        rf"(?i)(?:token|api[ _-]?key|secret)[ \t]{{1,3}}(?:(?:is|was|ist)[ \t]{{1,3}})?[\"'`]?{_HOW}{_MIXED}"
        r"([A-Za-z0-9_-]{16,4096})(?![\w/.])",
    ),
    pattern(
        "key",
        "key token",
        r"(?i)(?:key|token)[ \t]{1,3}(?:provided|supplied|given|received|used|rejected)[ \t]{0,3}:"
        rf"[ \t]{{0,3}}[\"'`]?{PLACEHOLDER}({HARD})",
    ),
)
"""Words of a sentence stay: where no sign says that a value begins, it has letters and digits mixed."""
