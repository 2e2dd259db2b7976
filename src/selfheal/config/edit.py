"""Changes a config as a person would: what else stands in it, its comments and its order, stays.

Every change is held against what a plain parser reads of it; one that would change anything else is refused.
"""

import tomllib
from collections.abc import Mapping

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable, InlineTable, Item

from selfheal.config.field import Value
from selfheal.config.route_fields import ROUTES_TABLE


class CannotEdit(Exception):  # noqa: N818 -- said as it is called
    """The document is written in a way that has to be changed by hand."""


def with_route(text: str, name: str, values: Mapping[str, Value]) -> str:
    """With the table [routes.NAME], whose settings are then `values` and no others. Raises CannotEdit."""
    wanted = tomllib.loads(text)
    routes = wanted.setdefault(ROUTES_TABLE, {})
    is_new = name not in routes
    routes[name] = {key: _plain(value) for key, value in values.items()}
    if is_new and _reads_as(added := _at_the_end(text, name, values), wanted):
        return added
    changed = _in_its_place(text, name, values)
    if changed is not None and _reads_as(changed, wanted):
        return changed
    raise CannotEdit(f"{ROUTES_TABLE}.{name}")


def as_toml(name: str, values: Mapping[str, Value]) -> str:
    """The table of one route alone."""
    document = tomlkit.document()
    routes = tomlkit.table(is_super_table=True)
    routes.append(name, _filled(tomlkit.table(), values))
    document.append(ROUTES_TABLE, routes)
    return document.as_string()


def _in_its_place(text: str, name: str, values: Mapping[str, Value]) -> str | None:
    try:
        document = tomlkit.parse(text)
        routes = document[ROUTES_TABLE]
        if name in routes:
            _refill(routes[name], values)
        else:
            inline = isinstance(routes, InlineTable)
            routes.append(name, _filled(tomlkit.inline_table() if inline else tomlkit.table(), values))
        return document.as_string()
    except (TOMLKitError, AttributeError, TypeError, ValueError):  # written in a way that it cannot change
        return None


def _at_the_end(text: str, name: str, values: Mapping[str, Value]) -> str:
    before = f"{text.rstrip()}\n\n" if text.strip() else ""
    return before + as_toml(name, values)


def _refill(table: AbstractTable, values: Mapping[str, Value]) -> None:
    """A setting that stays keeps its line and its comment."""
    for key in [key for key in table if key not in values]:
        table.remove(key)
    for key, value in values.items():
        if table.get(key) != _plain(value):
            table[key] = _item(value)


def _filled(table: AbstractTable, values: Mapping[str, Value]) -> AbstractTable:
    for key, value in values.items():
        table.append(key, _item(value))
    return table


def _item(value: Value) -> Item:
    return tomlkit.item(_plain(value))


def _plain(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value


def _reads_as(text: str, wanted: Mapping[str, object]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except ValueError:
        return False
