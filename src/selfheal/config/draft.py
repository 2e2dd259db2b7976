"""A config as it is to be, with routes that are not in it yet. Only `write` touches a file."""

from collections.abc import Sequence
from pathlib import Path

from selfheal.config.edit import with_route
from selfheal.config.field import Value
from selfheal.config.new_route import NewRoute
from selfheal.config.writing import Change, write


class Draft:
    """`text`: what stands in the file at `path`; None: there is none.

    Made from it anew with each change: what is dropped leaves no trace, and what it had overwritten is back.
    """

    def __init__(self, path: Path, text: str | None, home: Path) -> None:
        self.path = path
        self.routes: list[NewRoute] = []
        self._home = home
        self._origin = text
        self._on_disk = text
        self._made: frozenset[Path] = frozenset()

    @property
    def is_new(self) -> bool:
        """Whether there is no such file yet."""
        return self._on_disk is None

    @property
    def was_written(self) -> bool:
        return bool(self._made) or self._on_disk != self._origin

    @property
    def variables(self) -> dict[str, str]:
        """Of the environment, without which some of the routes are none."""
        return {name: value for route in self.routes for name, value in route.variables.items()}

    def put(self, route: NewRoute) -> None:
        """One of this name gives way."""
        self.drop(route.name)
        self.routes.append(route)

    def drop(self, name: str) -> None:
        self.routes = [one for one in self.routes if one.name != name]

    def plain(self, extra: Sequence[NewRoute] = ()) -> str:
        """What it says, with all secrets in it: to be checked, not to be kept. Raises CannotEdit."""
        text = self._origin or ""
        for route in (*self.routes, *extra):
            if not route.variables:
                text = with_route(text, route.name, route.plain)
        return text

    def files(self, route: NewRoute) -> dict[str, Path]:
        """Where each of its secrets goes that has a file."""
        return route.files(self.path.parent, self._made)

    def table_of(self, route: NewRoute, hidden: str) -> dict[str, Value]:
        """As it is written, for a person to see: `hidden` stands for each secret."""
        files = self.files(route)
        secrets = route.secrets.keys() - files.keys()
        return {
            name: hidden if name in secrets else value
            for name, value in route.table(files, self._home).items()
        }

    def change(self) -> Change:
        """Raises CannotEdit."""
        text, secrets = self._origin or "", dict[Path, str]()
        for route in self.routes:
            files = self.files(route)
            if not route.variables:
                text = with_route(text, route.name, route.table(files, self._home))
            secrets |= {path: route.secrets[name] for name, path in files.items()}
        after = text if text or self._origin is not None else None
        return Change(self.path, self._on_disk, after, secrets, tuple(self._made - secrets.keys()))

    def write(self) -> None:
        """Raises CannotEdit, ChangedMeanwhile, OSError; then all is as it was."""
        change = self.change()
        write(change)
        self._on_disk = change.after
        self._made = frozenset(change.secrets)
