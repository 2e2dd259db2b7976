"""Secrets that stand in files of their own: `token_file = "/path"` instead of `token = "…"`."""

import stat
from collections.abc import Mapping
from pathlib import Path

from selfheal.config.check import TEXT_MAX_CHARS, check, shown
from selfheal.config.environment import expand
from selfheal.config.fault import Fault, Problem, Wrong
from selfheal.config.field import Field, Value
from selfheal.config.route_fields import FILE, ROUTES_TABLE
from selfheal.config.schema import field_of
from selfheal.config.walk import Found

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_files(found: Found, environ: Mapping[str, str]) -> None:
    """Puts what stands in them in the place of the settings that they hold. Adds to the faults."""
    known = {fault.key for fault in found.faults}
    for key, value in list(found.values.items()):
        base = key.removesuffix(FILE)
        if base == key or key in known or not isinstance(value, str) or not value:
            continue
        try:
            found.values[base] = _read(expand(value, environ), field_of(base), found.values.get(base))
        except Wrong as wrong:
            found.faults.append(Fault(key, found.origins[key].line, wrong.problem, wrong.data))
            found.routes = [name for name in found.routes if not key.startswith(f"{ROUTES_TABLE}.{name}.")]
        found.origins[base] = found.origins[key]


def _read(path: Path, field: Field, beside: Value) -> str:
    """`beside`: what stands in the config itself. Raises Wrong."""
    if beside:
        raise Wrong(Problem.TWICE, field.name)
    named = shown(None, str(path))
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):  # before opening: a pipe would block
            raise Wrong(Problem.NOTHING_IN_FILE, named)
        if about.st_mode & _OTHERS:
            raise Wrong(Problem.EXPOSED_FILE, str(path))
        with path.open(encoding="utf-8") as file:
            text = file.read(TEXT_MAX_CHARS + 2).strip()
    except OSError as error:
        raise Wrong(Problem.UNREADABLE_FILE, named, error.strerror or str(error)) from None
    except ValueError:  # no UTF-8, or a NUL in the path
        raise Wrong(Problem.NOTHING_IN_FILE, named) from None
    if not text:
        raise Wrong(Problem.NOTHING_IN_FILE, named)
    value = check(field, text)
    return value if isinstance(value, str) else ""
