"""Where a setup begins: the config that there is; how what comes into it is checked, shown and written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import click

from selfheal.cli.session import Session
from selfheal.cli.setup.asking import Asking
from selfheal.cli.tones import Tone
from selfheal.cli.usage import RefusedWords
from selfheal.config.draft import Draft
from selfheal.config.edit import CannotEdit, as_toml
from selfheal.config.environment import config_path, home
from selfheal.config.fault import ConfigFaults, Fault, Problem
from selfheal.config.new_route import NewRoute
from selfheal.config.routes import own_key
from selfheal.config.settings import Settings
from selfheal.config.writing import ChangedMeanwhile, text_of
from selfheal.texts.language import Language
from selfheal.texts.setup import Setup


@dataclass(frozen=True)
class Ground:
    session: Session
    draft: Draft

    @cached_property
    def asking(self) -> Asking:
        return Asking(self.session)

    @property
    def environ(self) -> Mapping[str, str]:
        """With what is to be set there."""
        return {**self.session.environ, **self.draft.variables}

    def settings(self, *extra: NewRoute) -> Settings:
        """As they are to be. Raises ConfigFaults."""
        variables = {name: value for route in extra for name, value in route.variables.items()}
        try:
            text = self.draft.plain(extra)
        except CannotEdit as error:
            raise self._by_hand(error, extra) from None
        return self.session.app.check_text(text, self.draft.path, {**self.environ, **variables})

    def complaints(self, route: NewRoute) -> Sequence[str]:
        """What is wrong with a route that is to come into a config that is right without it."""
        try:
            self.settings(route)
        except ConfigFaults as broken:
            return [_complaint(fault, route, self.asking.language) for fault in broken.faults]
        return ()

    def show(self, routes: Sequence[NewRoute]) -> None:
        """What `write` will write of these."""
        of_config = [route for route in routes if not route.variables]
        if of_config:
            which = Setup.PLAN_NEW if self.draft.is_new else Setup.PLAN_CHANGE
            self.asking.say(which, Tone.STRONG, path=self.draft.path)
        for route in of_config:
            click.echo(f"\n{self._table(route)}")
            for path in self.draft.files(route).values():
                self.asking.say(Setup.PLAN_FILE, path=path)
        for route in routes:
            if route.variables:
                names = ", ".join(route.variables)
                self.asking.say(Setup.PLAN_VARIABLES, Tone.WARN, route=route.name, detail=names)

    def write(self) -> None:
        """Raises RefusedWords; then all is as it was."""
        path = self.draft.path
        try:
            self.draft.write()
        except CannotEdit as error:
            raise self._by_hand(error, ()) from None
        except ChangedMeanwhile:
            raise RefusedWords(self.asking.words(Setup.CHANGED, path=path)) from None
        except OSError as error:
            why = error.strerror or str(error)
            raise RefusedWords(self.asking.words(Setup.CANNOT_WRITE, path=path, detail=why)) from None

    def _table(self, route: NewRoute) -> str:
        return as_toml(route.name, self.draft.table_of(route, self.asking.words(Setup.HIDDEN))).rstrip()

    def _by_hand(self, error: CannotEdit, extra: Sequence[NewRoute]) -> RefusedWords:
        tables = [
            self._table(one) for one in (*self.draft.routes, *extra) if str(error).endswith(f".{one.name}")
        ]
        words = self.asking.words(Setup.BY_HAND, path=self.draft.path, route=error)
        return RefusedWords("\n".join([words, *tables]))


def _complaint(fault: Fault, route: NewRoute, language: Language) -> str:
    """Without a line of a file that nobody has seen, and without the name of the route that is asked for."""
    own = own_key(route.name)
    about = fault.key.removeprefix(own).removeprefix(".")
    words = fault.say(language)
    return f"{about}: {words}" if about else words


def ground_of(session: Session) -> Ground:
    """Raises ConfigFaults where the config that is there has any, as `config check` shows them."""
    path = (session.config or config_path(session.environ)).absolute()
    try:
        session.app.check_settings(session.config, session.environ)
    except ConfigFaults as broken:
        if any(fault.problem is not Problem.MISSING for fault in broken.faults):
            raise
        session.app.check_text("", path, session.environ)  # a file that is named and not there will be made
    return Ground(session, Draft(path, text_of(path), home(session.environ)))
