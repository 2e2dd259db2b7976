"""JSON5 as OpenClaw reads it: plain JSON first, then all that people write into a config by hand.

It is rewritten token by token into JSON for the standard parser: 11 ms for 17 kB, where the json5 library
needs 0.3 s. The library has the last word, for a config that is called malformed keeps its gateway from being
started; what is too long for it nobody has judged.
"""

import json
import re

LIBRARY_MAX_CHARS = 16_384  # 20 us each, and no other thread of ours goes on meanwhile
BEFORE_MAX = 80  # characters before a trailing comma in which its value ends, or a comment

SPACE = r"\t\n\v\f\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
ODD_SPACE = r"\v\f\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"  # none to JSON
COMMENT = r"//[^\n\r\u2028\u2029]*|/\*(?>.*?\*/)"
BETWEEN = rf"(?>(?:[{SPACE}]|{COMMENT})*)"
TOKENS = re.compile(
    r"""(?P<string>"(?:[^"\\\n\r]|\\(?:\r\n|.))*"|'(?:[^'\\\n\r]|\\(?:\r\n|.))*')"""
    rf"""|(?P<comment>{COMMENT})"""
    rf"""|(?P<key>[^\W\d][\w$]*|\$[\w$]*)(?={BETWEEN}:)"""
    r"""|(?P<number>[+-]?(?:Infinity|NaN|0[xX][0-9A-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))"""
    r"""|(?P<word>[^\W\d][\w$]*)"""
    rf"""|(?P<space>[{ODD_SPACE}])"""
    rf"""|(?P<comma>,)(?={BETWEEN}[}}\]])""",
    re.DOTALL,
)
ESCAPES = re.compile(r"""\\(x[0-9A-Fa-f]{2}|\r\n|.)|"|[\x00-\x1f]""", re.DOTALL)
KEPT_ESCAPES = frozenset('bfnrtu/\\"')
CONTINUED = frozenset({"\n", "\r\n", "\r", "\u2028", "\u2029"})
NO_ESCAPES = frozenset("x123456789")  # the standard parser refuses them, too


class UnsureError(ValueError):
    """We cannot read it, and that proves nothing. Its text quotes nothing."""


def loads(text: str) -> object:
    """Raises json.JSONDecodeError, whose line is the file's line; UnsureError; RecursionError."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        pass
    try:
        return json.loads(TOKENS.sub(_to_json, text))
    except json.JSONDecodeError as error:
        return _loads_slowly(text, error)


def _loads_slowly(text: str, doubt: json.JSONDecodeError) -> object:
    if len(text) > LIBRARY_MAX_CHARS:
        raise UnsureError(f"line {doubt.lineno}: {doubt.msg}")
    import json5  # noqa: PLC0415 - a megabyte, for the one config in a thousand that is written so

    try:
        return json5.loads(text)
    except ValueError:
        raise doubt from None


def _to_json(match: re.Match[str]) -> str:
    token = match.group()
    match match.lastgroup:
        case "string":
            return '"' + ESCAPES.sub(_to_escape, token[1:-1]) + '"'
        case "comment":
            return re.sub(r"[^\n]", " ", token)
        case "space":
            return " "
        case "key":
            return f'"{token}"'
        case "number":
            return _to_number(token)
        case "comma":  # a trailing one; after nothing it is a fault
            before = match.string[max(0, match.start() - BEFORE_MAX) : match.start()].rstrip()
            return " " if before[-1:] not in ("", "[", "{", ",", ":") else token
        case _:
            return token


def _to_escape(match: re.Match[str]) -> str:
    code = match.group(1)
    if code is None:  # a quote inside single quotes, or a raw control character
        return '\\"' if match.group() == '"' else f"\\u{ord(match.group()):04x}"
    if code in CONTINUED:
        return ""  # a continued line
    if code[0] == "x" and len(code) > 1:
        return f"\\u00{code[1:]}"
    if code in "0v":
        return "\\u0000" if code == "0" else "\\u000b"
    return f"\\{code}" if code in KEPT_ESCAPES | NO_ESCAPES else code


def _to_number(token: str) -> str:
    sign = "-" if token[0] == "-" else ""
    digits = token.lstrip("+-")
    if digits[:2] in ("0x", "0X"):
        return f"{sign}{int(digits, 16)}"
    if digits.startswith(".") or "." in digits:
        return f"{sign}{float(digits)!r}"
    return f"{sign}{digits}" if digits != "NaN" else digits
