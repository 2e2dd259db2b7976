"""The effective settings as a TOML file that `load` accepts, each with its unit, its reason and its origin.

A secret is never written: its line says only that it is set, so a shown file can be passed on.
"""

import json
from collections.abc import Iterator
from textwrap import wrap

from selfheal.config.field import Field, Value
from selfheal.config.route_fields import SECRETS, SHAPES
from selfheal.config.routes import RouteSettings
from selfheal.config.schema import PLAIN_FIELDS, TABLE_TEXTS, field_of
from selfheal.config.settings import Origin, OriginKind, Settings, flat

_WIDTH = 98


def show(settings: Settings) -> str:
    lines = [
        f"# read from {settings.path}" if settings.path else "# no config file: defaults and environment"
    ]
    lines += [f"# warning: {warning.full('en')}" for warning in settings.warnings]
    explained = {field.key for field in PLAIN_FIELDS}
    withheld = {route.key for route in settings.routes if _lacks_a_secret(route)}
    header = ""
    for key, value in flat(settings).items():
        table, _, name = key.rpartition(".")
        mark = "# " if table in withheld else ""  # without what is not shown it could not be loaded
        if table != header:
            header = table
            lines += ["", *(f"{mark}{line}" for line in _header(table))]
        origin = settings.origins.get(key, Origin())
        entry = _entry(field_of(key), name, value, origin, explain=key in explained)
        lines += [line if line.startswith("#") else f"{mark}{line}" for line in entry]
    return "\n".join(lines) + "\n"


def _lacks_a_secret(route: RouteSettings) -> bool:
    from_files = dict(route.files)
    return any(name in SECRETS and name not in from_files for name in SHAPES[route.kind].needs)


def toml(value: Value) -> str:
    """A value as TOML writes it. Raises TypeError for None, which TOML does not have."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case tuple():
            return _list(value)
        case _:
            raise TypeError(value)


def origin_text(origin: Origin) -> str:
    match origin.kind:
        case OriginKind.DEFAULT:
            return "default"
        case OriginKind.ENVIRONMENT:
            return f"${origin.variable}"
        case OriginKind.FILE:
            return "file" if origin.line is None else f"line {origin.line}"


def _header(table: str) -> Iterator[str]:
    text = TABLE_TEXTS.get(table)
    if text:
        yield f"# {text}"
    yield f"[{table}]"


def _entry(field: Field, name: str, value: Value, origin: Origin, *, explain: bool) -> Iterator[str]:
    if explain:
        yield from (f"# {line}" for line in wrap(f"{field.text} {field.why}", _WIDTH))
    unit = f"{field.unit}; " if field.unit else ""
    if value in ("", None, ()) and field.default in ("", None, ()):
        yield f"# {name}: not set ({field.unset})"
    elif field.secret:
        yield f"# {name}: set, not shown ({origin_text(origin)})"
    else:
        yield f"{name} = {toml(value)}  # {unit}{origin_text(origin)}"


def _list(items: tuple[str, ...] | tuple[tuple[str, str], ...]) -> str:
    return "[" + ", ".join(toml(item) for item in items if isinstance(item, str)) + "]"
