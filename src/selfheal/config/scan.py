"""On which line a key stands. `tomllib` does not say, so a small scanner walks over what it accepted.

The scanner need not find errors: it only has to skip values (strings, lists, inline tables, comments) and
to read keys. A key inside an inline table is not looked at; it is placed on the line of the table.
"""

import re
import tomllib

from selfheal.config.lines import Key, Lines

_PART = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_HEADER = re.compile(rf"\[\[?[ \t]*({_DOTTED})[ \t]*\]\]?")
_KEY = re.compile(rf"({_DOTTED})[ \t]*=")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_VALUE = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|'{3}(?:[^']|'(?!''))*'{3,5}'''
    r"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|(?P<open>[\[{])|(?P<close>[\]}])|(?P<end>\n)|[^"'#\[\]{}\n]+""",
    re.DOTALL,
)


def locate(text: str) -> Lines:
    """Reads a VALID document. Where the scanner loses its way it stops: a missing line, never a wrong one."""
    lines = Lines()
    table: Key = ()
    line, counted, at = 1, 0, _skip_blank(text, 0)
    while at < len(text):
        line, counted = line + text.count("\n", counted, at), at
        header = _HEADER.match(text, at)
        found = header or _KEY.match(text, at)
        if found is None:
            break
        path = _parts(found[1])
        lines.note(() if header else table, path, line)
        table = path if header else table
        at = _skip_blank(text, found.end() if header else _skip_value(text, found.end()))
    return lines


def _parts(dotted: str) -> Key:
    if _BARE.fullmatch(dotted):
        return (dotted,)
    value, path = tomllib.loads(f"{dotted} = 0"), []
    while isinstance(value, dict):
        name, value = next(iter(value.items()))
        path.append(name)
    return tuple(path)


def _skip_blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _skip_value(text: str, at: int) -> int:
    depth = 0
    while found := _VALUE.match(text, at):
        at = found.end()
        if found["end"] and depth == 0:
            break
        depth += bool(found["open"]) - bool(found["close"])
    return at
