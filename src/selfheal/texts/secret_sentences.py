"""Secrets that a sentence, a list or a block tells: `password is …`, `"tokens": ["…"]`, `password: |`."""

from selfheal.texts.secret_names import BARE, HARD, MARK, NOT_A_WORD, PLACEHOLDER
from selfheal.texts.secret_patterns import pattern

_NAMES = r"(?:pass(?:word|wd|wort|phrase)|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key)"
_HINT = "pass secret token credential key"
_PHRASE = r"(?:(?:seed|recovery)[ _-]?(?:phrase|words)|mnemonic|passphrase|passwort|니모닉|복구 ?문구)"
_MIXED = rf"(?={BARE}{{0,200}}[0-9])(?={BARE}{{0,200}}[A-Za-z])"
_HOW = r"(?!(?:base64|sha-?\d|md5|utf-?8|oauth2?\b|https?\b|\d+(?:ms|s|m|h|d|min|hours?|days?)\b))"
"""How it is written, or how old it is; not the secret itself."""

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
        "pass 비밀번호 암호",
        r"(?i)(?:pass(?:word|wd|wort|phrase|code)[ \t]{1,3}(?:is|was|ist)|(?:비밀번호|암호)(?:는|은|가|이))"
        rf"[ \t]{{1,3}}[\"'`]?{_HOW}{_MIXED}({BARE}{{6,200}})",
    ),
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
