"""Secrets that are known by the name before them: `password: …`, `"apiKey": "…"`, `GATEWAY_TOKEN=…`."""

from selfheal.texts.key_names import KEYS
from selfheal.texts.secret_patterns import Pattern, pattern

_QUOTED = (
    r"""(\\{1,3}["'])((?:(?!\1)[^\n]){1,4096})"""
    r"""|"((?:[^"\\\n]|\\.){1,4096})|'((?:[^'\\\n]|\\.){1,4096})|`([^`\n]{1,4096})"""
)
_TAG = r"(?:[&!][\w!/:.-]{1,40}[ \t]{1,3})?"
"""An anchor or a tag of YAML, before what it holds."""

PLACEHOLDER = (
    rf"""(?!{_TAG}"""
    r"""(?:\\{0,3}["'`])?(?:\[redacted|\*{3}|\$\{\w|\$[A-Z][A-Z0-9_]+\b|<[^>\n]{1,40}>|__\w{1,40}__"""
    r"""|process\.env|os\.environ))"""
)
NOT_A_WORD = (
    r"(?!(?:true|false|null|none|nil|undefined|unset|missing|required|invalid|empty|not|is|was|are|has|must|should"
    r"|cannot|could|failed|error|the|and|or|for|from|yes|no|on|off|ok|expired|never|who|optional"
    r"|any|bool|boolean|bytes|int|number|object|str|string"
    r"|again|changed|rotated|updated|removed|added|deleted|password|token|then|to|in|with)"
    r"""\.?(?:[\s,;:)\]}"']|$))"""
)
MARK = r"""["'\\]{0,4}\s{0,3}(?::=|=>|[:=：])\s{0,3}"""
"""Also with the colon of a Korean keyboard."""

_OF = r"(?:[_-]?\d{1,2}|[_-](?:prod|production|dev|test|staging|live|main|old|new|primary|secondary))?"
BARE = r"[^\s\"'`,;&<>(){}\[\]|\\]"
_WITHIN = r"[,;&](?!\s|$|[\w-]{1,40}=)"
"""Stands in a password, where it does not begin the next field."""


def _named(kind: str, hint: str, words: str, bare: str, but: str = "") -> Pattern:
    """`name: value`, as JSON, YAML, TOML, XML, a log or a person writes it."""
    value = f"{PLACEHOLDER}{but}(?:{_TAG}(?:{_QUOTED})|{NOT_A_WORD}({_TAG}(?:{bare})))"
    return pattern(kind, hint, f"(?i)(?:{words}){_OF}{MARK}{value}")


HARD = rf"(?:(?={BARE}{{0,200}}[0-9]){BARE}{{8,4096}}|{BARE}{{20,4096}})"
"""A word of a sentence is neither that long nor has it digits."""

FOLDER = (
    r"(?!(?:~|\.{1,2})/|[A-Za-z]:\\"
    r"|/(?:app|bin|data|etc|home|Library|mnt|opt|private|root|run|srv|tmp|Users|usr|var)/)"
)
_WORD = r"(?:(?<![a-z0-9])|(?<=[\[;]\d\dm))"
"""Begins here, also after a terminal's colour."""

_CHAT = r"""(?!\\{0,3}["'`]?(?:agent|hook|cron):)"""
"""As OpenClaw names a conversation, on each line of its log."""

_KEY_OF = "|".join(rf"(?<={word}key)|(?<={word}[_-]key)" for word in KEYS)
"""Looked at behind «key»: the other way round every word of a text would be tried."""

NAMED = (
    pattern(
        "value of the environment",
        "pass secret token key credential _pw auth",
        r"(?<![a-z])(?:PASSWORD|PASSWD|PASSPHRASE|PASSCODE|SECRET|TOKEN|API_?KEY|_KEY|CREDENTIALS?|_PASS|_PW|_AUTH)"
        r"(?:_?\d{1,2}|_(?:PROD|PRODUCTION|DEV|TEST|STAGING|LIVE|MAIN|OLD|NEW|PRIMARY|SECONDARY))?="
        + FOLDER
        + PLACEHOLDER
        + r"""(?:"((?:[^"\\\n]|\\.){1,4096})|'([^'\n]{1,4096})|([^\s"'\\&\x00][^\s\x00]{0,4096}))""",
    ),
    pattern(
        "secret",
        "pass secret token key credential pwd",
        r"(?im)^[ \t]*(?:export[ \t]{1,3}|-[ \t]{1,3})?[\w.-]{0,60}"
        r"(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)"
        r"[ \t]{0,3}[:=][ \t]{0,3}(?![\"'`\[{])"
        + FOLDER
        + PLACEHOLDER
        + NOT_A_WORD
        + r"(?!\d{1,5}[ \t]*$)(\S{3,4096})[ \t]*$",
    ),
    _named(
        "password",
        "pass 비밀번호 암호 패스워드 kennwort contraseña パスワード 密码",
        r"pass(?:word|wd|wort|phrase|code)|비밀번호|암호|패스워드|kennwort|contraseña|パスワード|密码",
        rf"[a-z]{{4}}(?: [a-z]{{4}}){{3}}\b|(?:{BARE}|{_WITHIN}){{3,4096}}",
    ),
    _named(
        "password",
        "pass",
        r"(?<![a-z])pass",
        rf"(?={BARE}{{0,40}}[0-9])(?={BARE}{{0,40}}[a-z]){BARE}{{4,4096}}|{BARE}{{12,4096}}",
    ),
    pattern(
        "password",
        "pass> passwd> password>",
        r"(?i)<[\w:-]{0,40}pass(?:word|wd)?>((?!\[redacted)[^<]{1,4096})</",
    ),
    pattern(
        "secret",
        "token> secret> key>",
        r"(?i)<[\w:-]{0,40}(?:token|secret|api-?key)>((?!\[redacted)[^<]{4,4096})</",
    ),
    _named("password", "pw", _WORD + r"(?:pw|pswd)", rf"(?!\d+\b){BARE}{{4,4096}}"),
    _named("key", "psk nsec", _WORD + r"(?:psk|nsec)", rf"{BARE}{{8,4096}}"),
    _named("password", "pwd", r"(?<!old)pwd", rf"(?![~/]){BARE}{{3,4096}}"),
    _named("secret", "secret 시크릿", r"secret|시크릿", rf"{FOLDER}{BARE}{{4,4096}}"),
    _named(
        "key",
        "key 키",
        rf"key(?:{_KEY_OF})|(?:비밀|api|인증|접근|액세스|서명) ?키",
        rf"{FOLDER}{BARE}{{8,4096}}",
    ),
    _named("key", "key", r"session[_-]?key", rf"{FOLDER}{BARE}{{8,4096}}", _CHAT),
    _named("token", "token auth credential 토큰", r"token|(?<![a-z])_auth|credentials?|토큰", HARD),
    pattern(
        "password",
        "--",
        r"--(?:[a-z]{1,20}-){0,3}(?:password|passphrase|token|secret|api-?key)[ \t]{1,2}"
        + PLACEHOLDER
        + NOT_A_WORD
        + r"""["']?([^\s"'\[(-][^\s"']{2,4096})""",
    ),
    pattern(
        "password",
        "-u --user",
        r"""(?<=\s)(?:-u|--user)[ =]["']?[^\s:"'/]{1,80}:((?![0-9]{1,5}\b|\[redacted)[^\s"']{1,200})""",
    ),
    pattern(
        "password", "machine", r"machine\s+\S{1,200}\s+login\s+\S{1,200}\s+password\s+((?!\[redacted)\S+)"
    ),
)
