"""Every key of a document: known and right, or a Fault. Values come out under their full keys."""

from collections.abc import Callable, Iterable, Mapping

from selfheal.config.check import TABLE_EXPECTED, check, is_name, shown
from selfheal.config.fault import FAULTS_MAX, Fault, Problem, Text, Wrong
from selfheal.config.field import Field, Value
from selfheal.config.route_fields import (
    FILE,
    ROUTES_MAX,
    ROUTES_TABLE,
    SECRETS,
    SHAPES,
    RouteKind,
    fields_of,
)
from selfheal.config.schema import (
    POLICY_BY_NAME,
    POLICY_TABLE,
    ROUTE_BY_NAME,
    TABLES,
    TARGET_BY_NAME,
    TARGETS_MAX,
    TARGETS_TABLE,
)
from selfheal.config.settings import Origin, OriginKind
from selfheal.config.source import Source

NAMES_MAX = 12  # a longer list helps nobody; `selfheal config show` has them all
_TOP_LEVEL = (*TABLES, ROUTES_TABLE, TARGETS_TABLE)


class Found:
    """What stands in the file. `targets` and `routes` are in its order; of the routes only whole ones."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.origins: dict[str, Origin] = {}
        self.targets: list[str] = []
        self.routes: list[str] = []
        self.faults: list[Fault] = []


def walk(source: Source) -> Found:
    walker = _Walker(source)
    for name, raw in source.content.items():
        walker.top_level(name, raw)
    return walker.found


class _Walker:
    def __init__(self, source: Source) -> None:
        self.found = Found()
        self._source = source
        self._lines = source.lines

    def top_level(self, name: str, raw: object) -> None:
        if name == TARGETS_TABLE:
            self._targets(raw)
        elif name == ROUTES_TABLE:
            self._routes(raw)
        elif name in TABLES:
            self._fields((name,), name, TABLES[name], raw)
        else:
            self._unknown_table(name, raw)

    def _targets(self, raw: object) -> None:
        table = self._table((TARGETS_TABLE,), raw)
        if table and len(table) > TARGETS_MAX:
            self._fault((TARGETS_TABLE,), Problem.TOO_MANY_TARGETS, str(len(table)), str(TARGETS_MAX))
            return
        for name, content in (table or {}).items():
            if is_name(name):
                self._target(name, content)
            else:
                self._misnamed((TARGETS_TABLE, name), content, _Walker._target)

    def _target(self, name: str, raw: object) -> None:
        table = self._table((TARGETS_TABLE, name), raw)
        if table is None:
            return
        self.found.targets.append(name)
        own = {key: value for key, value in table.items() if key != POLICY_TABLE}
        self._fields((TARGETS_TABLE, name), f"{TARGETS_TABLE}.{name}", TARGET_BY_NAME, own)
        policy = f"{TARGETS_TABLE}.{name}.{POLICY_TABLE}"
        self._fields((TARGETS_TABLE, name, POLICY_TABLE), policy, POLICY_BY_NAME, table.get(POLICY_TABLE, {}))

    def _misnamed(
        self, path: tuple[str, str], raw: object, walked: Callable[["_Walker", str, object], None]
    ) -> None:
        """All that is wrong in it is told with its name; nothing of it is taken."""
        self._fault(path, Problem.NOT_A_NAME, shown(None, path[-1]))
        aside = _Walker(self._source)
        walked(aside, path[-1], raw)
        self.found.faults += aside.found.faults

    def _routes(self, raw: object) -> None:
        table = self._table((ROUTES_TABLE,), raw)
        if table and len(table) > ROUTES_MAX:
            self._fault((ROUTES_TABLE,), Problem.TOO_MANY_ROUTES, str(len(table)), str(ROUTES_MAX))
            return
        for name, content in (table or {}).items():
            if is_name(name):
                self._route(name, content)
            else:
                self._misnamed((ROUTES_TABLE, name), content, _Walker._route)

    def _route(self, name: str, raw: object) -> None:
        path, before = (ROUTES_TABLE, name), len(self.found.faults)
        table = self._table(path, raw)
        if table is None:
            return
        self._fields(path, f"{ROUTES_TABLE}.{name}", ROUTE_BY_NAME, table)
        kind = self.found.values.get(f"{ROUTES_TABLE}.{name}.kind")
        if kind is not None:
            self._shape(path, RouteKind(str(kind)), table)
        elif "kind" not in table:
            self._fault((*path, "kind"), Problem.NO_KIND, ", ".join(RouteKind))
        if len(self.found.faults) == before:
            self.found.routes.append(name)

    def _shape(self, path: tuple[str, ...], kind: RouteKind, table: Mapping[str, object]) -> None:
        """Whether it has what its kind needs, and nothing that another kind has."""
        given = {name for name, value in table.items() if value not in ("", [])}
        for name in SHAPES[kind].needs:
            if not given & {name, f"{name}{FILE}" if name in SECRETS else name}:
                self._fault((*path, name), Problem.LACKING, kind, ", ".join(SHAPES[kind].needs))
        for name in table:
            if name in ROUTE_BY_NAME and name not in fields_of(kind):
                self._fault((*path, name), Problem.SUPERFLUOUS, f'"{kind}"', ", ".join(fields_of(kind)))

    def _fields(self, path: tuple[str, ...], header: str, known: Mapping[str, Field], raw: object) -> None:
        for name, value in (self._table(path, raw) or {}).items():
            place = (*path, name)
            if name not in known:
                self._unknown_key(place, header, known)
                continue
            try:
                self.found.values[f"{header}.{name}"] = check(known[name], value)
            except Wrong as wrong:
                self._fault(place, wrong.problem, *wrong.data)
            self.found.origins[f"{header}.{name}"] = Origin(OriginKind.FILE, self._lines.of(*place))

    def _table(self, path: tuple[str, ...], raw: object) -> Mapping[str, object] | None:
        if isinstance(raw, Mapping):
            return raw
        self._fault(path, Problem.WRONG_TYPE, shown(None, raw), TABLE_EXPECTED, f"[{'.'.join(path)}]")
        return None

    def _unknown_table(self, name: str, raw: object) -> None:
        if isinstance(raw, Mapping):
            self._no_table(name)
        else:
            self._unknown_key((name,), "", {})

    def _unknown_key(self, path: tuple[str, ...], header: str, known: Mapping[str, Field]) -> None:
        name = path[-1]
        homes = [table for table, fields in TABLES.items() if name in fields]
        near = _nearest(name, known) if self._room_left() else None
        if homes and not near:
            self._fault(path, Problem.MISPLACED, homes[0])
        elif near:
            self._fault(path, Problem.NEAR_KEY, header, near)
        elif header:
            self._fault(path, Problem.UNKNOWN_KEY, header, _listed(known))
        else:
            self._no_table(name)

    def _no_table(self, name: str) -> None:
        near = _nearest(name, _TOP_LEVEL) if self._room_left() else None
        known = [near] if near else _TOP_LEVEL
        self._fault((name,), Problem.UNKNOWN_TABLE, ", ".join(f"[{table}]" for table in known))

    def _room_left(self) -> bool:
        return len(self.found.faults) < FAULTS_MAX

    def _fault(self, path: tuple[str, ...], problem: Problem, *data: str | Text) -> None:
        key = ".".join("".join(c if c.isprintable() else "?" for c in part[:80]) for part in path)
        self.found.faults.append(Fault(key, self._lines.of(*path), problem, data))


def _listed(known: Iterable[str]) -> str:
    names = list(known)
    return ", ".join([*names[:NAMES_MAX], "…"] if len(names) > NAMES_MAX else names)


def _nearest(name: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 -- a config without faults does not need it

    plain = name[:80].lower().replace("-", "_")
    return next(iter(get_close_matches(plain, known, n=1)), None)
