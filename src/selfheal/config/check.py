"""One value against its field: the right type, range and form, or a `Wrong` that says what to write."""

import math
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from selfheal.config.fault import Problem, Text, Wrong
from selfheal.config.field import Field, Kind, Value
from selfheal.config.hours import hours

TEXT_MAX_CHARS = 4096  # longer than any path or token
ITEMS_MAX = 256  # longer than any command line or environment that a person writes
LABEL_MAX_CHARS = 50  # GitHub's
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# Plain texts: `re` compiles and keeps them at their first use, and most runs use none.
_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_PATTERN = rf"{_VARIABLE}\*?|\*"
_REPOSITORY = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}"  # as GitHub names them
_NUMERAL = r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?"
_SHOWN_CHARS = 40

EXPECTED = {
    Kind.NUMBER: Text("a number", "숫자"),
    Kind.COUNT: Text("a whole number", "정수"),
    Kind.SWITCH: Text("true or false", "true 또는 false"),
    Kind.WORDS: Text("a list of texts", "글자 목록"),
    Kind.PATTERNS: Text("a list of texts", "글자 목록"),
    Kind.PAIRS: Text("a table of texts", "글자로 된 표"),
    Kind.ADDRESSES: Text("a list of texts", "글자 목록"),
    Kind.LABELS: Text("a list of texts", "글자 목록"),
}
TEXT_EXPECTED = Text("text in quotes", "따옴표로 감싼 글자")
TABLE_EXPECTED = Text("a table", "표")
_WHAT = {
    list: Text("a list", "목록"),
    dict: Text("a table", "표"),
    bool: Text("true or false", "true 또는 false"),
}
_HIDDEN = Text("the value", "값")


def check(field: Field, raw: object) -> Value:
    """The value as settings hold it. Raises Wrong."""
    return _CHECKS[field.kind](field, raw)


def from_text(field: Field, text: str) -> Value:
    """The same for a variable of the environment, where everything is text."""
    if field.kind not in {Kind.NUMBER, Kind.COUNT}:
        return check(field, text)
    value = _numeral(text)
    if isinstance(value, str) or (isinstance(value, float) and field.kind is Kind.COUNT):
        raise Wrong(Problem.WRONG_TYPE, shown(field, text), EXPECTED[field.kind], _example(field))
    return check(field, value)


def shown(field: Field | None, raw: object) -> str | Text:
    """A wrong value as it may be quoted: short, and never a secret."""
    if field is not None and field.secret:
        return _HIDDEN
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, str):
        return f'"{_short("".join(c if c.isprintable() else "?" for c in raw))}"'
    if isinstance(raw, int) and abs(raw) >= 10**_SHOWN_CHARS:
        return Text("a number of many digits", "자릿수가 너무 많은 수")
    return _WHAT.get(type(raw)) or _short(str(raw))


def written(field: Field, value: Value) -> str:
    """An example of how to write the field."""
    if isinstance(value, str):
        return f'{field.name} = "{value}"'
    if field.kind in {Kind.WORDS, Kind.PATTERNS, Kind.ADDRESSES, Kind.LABELS}:
        return f'{field.name} = ["…"]'
    if field.kind is Kind.PAIRS:
        return f'{field.name} = {{ NAME = "…" }}'
    return f"{field.name} = {_example(field) if value is None else str(value).lower()}"


def is_name(text: str) -> bool:
    return re.fullmatch(_NAME, text) is not None


def is_loopback(host: str) -> bool:
    return host.lower().rstrip(".") in LOOPBACK or re.fullmatch(r"127(\.[0-9]{1,3}){3}", host) is not None


def _example(field: Field) -> str:
    return str(18789 if field.default is None else field.default)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"


def _numeral(text: str) -> object:
    if not re.fullmatch(_NUMERAL, text.strip()):
        return text
    return float(text) if "." in text else int(text)


def _wrong_type(field: Field, raw: object) -> Wrong:
    example = field.default
    if isinstance(raw, str) and not field.secret:
        numeral = _numeral(raw)
        example = numeral if isinstance(numeral, int | float) else example
    elif field.kind not in EXPECTED and type(raw) in {int, float}:
        example = "…" if field.secret else _short(str(raw))
    return Wrong(
        Problem.WRONG_TYPE,
        shown(field, raw),
        EXPECTED.get(field.kind, TEXT_EXPECTED),
        written(field, example),
    )


def _in_range(field: Field, raw: float, value: float) -> None:
    low, high = field.low, field.high
    if low is not None and high is not None and not low <= value <= high:
        raise Wrong(Problem.OUT_OF_RANGE, shown(field, raw), f"{low:g}", f"{high:g}")


def _number(field: Field, raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise _wrong_type(field, raw)
    value = _as_float(raw)
    if not math.isfinite(value) and isinstance(raw, float):
        raise Wrong(Problem.NOT_FINITE, str(raw), written(field, field.default))
    _in_range(field, raw, value)
    return value


def _as_float(raw: float) -> float:
    try:
        return float(raw)
    except OverflowError:  # an int beyond every range
        return math.inf


def _count(field: Field, raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise _wrong_type(field, raw)
    _in_range(field, raw, _as_float(raw))
    return raw


def _switch(field: Field, raw: object) -> bool:
    if not isinstance(raw, bool):
        raise _wrong_type(field, raw)
    return raw


def _text(field: Field, raw: object) -> str:
    if not isinstance(raw, str):
        raise _wrong_type(field, raw)
    if len(raw) > TEXT_MAX_CHARS or any(
        ord(c) < ord(" ") or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in raw
    ):
        raise Wrong(Problem.CONTROL_CHARACTER)
    return raw


def _choice(field: Field, raw: object) -> str:
    text = _text(field, raw)
    if text in field.choices:
        return text
    from difflib import get_close_matches  # noqa: PLC0415 -- a config without faults does not need it

    known = ", ".join(field.choices)
    near = get_close_matches(text[:80].lower().replace("_", "-"), field.choices, n=1)
    if near:
        raise Wrong(Problem.NEAR_CHOICE, shown(field, raw), f'"{near[0]}"', known)
    raise Wrong(Problem.NOT_A_CHOICE, shown(field, raw), known)


def _name(field: Field, raw: object) -> str:
    text = _text(field, raw)
    if text and not is_name(text):
        raise Wrong(Problem.NOT_A_NAME, shown(field, raw))
    return text


def _path(field: Field, raw: object) -> str:
    text = _text(field, raw)
    if text and not text.startswith(("/", "~/")):
        raise Wrong(Problem.NOT_ABSOLUTE, shown(field, raw))
    return text


def _url(field: Field, raw: object) -> str:
    text = _text(field, raw)
    if text and not _is_web_address(text):
        raise Wrong(Problem.NOT_A_URL)
    return text


def _is_web_address(text: str, *, near: bool = True) -> bool:
    """`near`: without encryption only to this machine."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or any(c.isspace() for c in text):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and (not near or is_loopback(host)))


def _hours(field: Field, raw: object) -> str:
    text = _text(field, raw)
    if text and hours(text) is None:
        raise Wrong(Problem.NOT_HOURS, shown(field, raw))
    return text


def _link(field: Field, raw: object) -> str:
    text = _text(field, raw)
    if text and not _is_web_address(text, near=False):
        raise Wrong(Problem.NOT_A_LINK)
    return text


def _repository(field: Field, raw: object) -> str:
    text = _text(field, raw)
    if text and not re.fullmatch(_REPOSITORY, text):
        raise Wrong(Problem.NOT_A_REPOSITORY, shown(field, raw))
    return text


def _labels(field: Field, raw: object) -> tuple[str, ...]:
    """A list of which GitHub takes each, and can look for it: a comma would part it in two."""
    words = _words(field, raw)
    for word in words or ("",):
        if not word.strip() or len(word) > LABEL_MAX_CHARS or "," in word:
            raise Wrong(Problem.NOT_A_LABEL, shown(field, word))
    return words


def _words(field: Field, raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or len(raw) > ITEMS_MAX or not all(isinstance(item, str) for item in raw):
        raise _wrong_type(field, raw)
    return tuple(_text(field, item) for item in raw)


def _command(field: Field, raw: object) -> tuple[str, ...]:
    words = _words(field, raw)
    if not words or not words[0].strip():
        raise Wrong(Problem.NO_PROGRAM)
    return words


def _patterns(field: Field, raw: object) -> tuple[str, ...]:
    words = _words(field, raw)
    for word in words:
        if not re.fullmatch(_PATTERN, word):
            raise Wrong(Problem.NOT_A_VARIABLE, shown(field, word))
    return words


def _pairs(field: Field, raw: object) -> tuple[tuple[str, str], ...]:
    if (
        not isinstance(raw, Mapping)
        or len(raw) > ITEMS_MAX
        or not all(isinstance(v, str) for v in raw.values())
    ):
        raise _wrong_type(field, raw)
    for name in raw:
        if not re.fullmatch(_VARIABLE, name):
            raise Wrong(Problem.NOT_A_VARIABLE, shown(None, name))
    return tuple((name, _text(field, value)) for name, value in raw.items())


_CHECKS: dict[Kind, Callable[[Field, object], Value]] = {
    Kind.NUMBER: _number,
    Kind.COUNT: _count,
    Kind.SWITCH: _switch,
    Kind.TEXT: _text,
    Kind.NAME: _name,
    Kind.CHOICE: _choice,
    Kind.PATH: _path,
    Kind.URL: _url,
    Kind.WORDS: _command,
    Kind.PATTERNS: _patterns,
    Kind.PAIRS: _pairs,
    Kind.ADDRESSES: _words,
    Kind.HOURS: _hours,
    Kind.LINK: _link,
    Kind.REPOSITORY: _repository,
    Kind.LABELS: _labels,
}
