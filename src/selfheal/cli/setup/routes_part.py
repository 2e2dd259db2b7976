"""The part of `selfheal setup` about the routes to a person: two at the least, each tried for real."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import click

from selfheal.app.exit_codes import Exit
from selfheal.cli.commands.notify import tried_lines
from selfheal.cli.session import Session
from selfheal.cli.setup.ground import Ground
from selfheal.cli.setup.route_dialogue import RouteDialogue
from selfheal.cli.setup.route_flags import route_of
from selfheal.cli.tones import Span, Tone, line
from selfheal.cli.usage import WrongWords
from selfheal.config.environment import home
from selfheal.config.new_route import Keep, NewRoute
from selfheal.config.route_fields import ROUTES_MAX
from selfheal.config.settings import Settings
from selfheal.texts.setup import WAYS_OUT_WORDS, Setup

Failing = Callable[[Sequence[NewRoute]], int]
"""What is done about routes that took no test message; how many of them stay."""


class Wanted(NamedTuple):
    """What the command line says. `given`: the routes as they stand there."""

    given: Sequence[str] = ()
    keep: Keep = Keep.FILE
    replace: bool = False
    yes: bool = False
    test: bool = True
    dry_run: bool = False


def set_up_routes(ground: Ground, wanted: Wanted) -> int:
    """Returns the exit code. Raises WrongWords, RefusedWords, click's Abort."""
    part = _RoutesPart(ground, wanted)
    part.tell_state()
    asks = not wanted.given and not wanted.yes and at_terminal()
    with part.breaking_off():
        return part.guided() if asks else part.unattended()


def at_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


class _RoutesPart:
    def __init__(self, ground: Ground, wanted: Wanted) -> None:
        self._ground = ground
        self._wanted = wanted
        self._asking = ground.asking
        self._draft = ground.draft
        self._dialogue = RouteDialogue(self._asking, ground.complaints)
        self._files_before = self._files_of(ground.settings())

    @property
    def _session(self) -> Session:
        return self._ground.session

    def tell_state(self) -> None:
        settings = self._ground.settings()
        routes = ", ".join(f"{one.name} ({one.kind})" for one in settings.all_routes)
        self._asking.say(Setup.ROUTES if routes else Setup.NO_ROUTES, detail=routes)
        self._asking.say(Setup.DEAD_MAN if settings.notify.dead_man_url else Setup.NO_DEAD_MAN)

    @contextmanager
    def breaking_off(self) -> Iterator[None]:
        try:
            yield
        except (click.Abort, KeyboardInterrupt):
            click.echo()
            self._asking.say(Setup.BROKEN_OFF_AFTER if self._draft.was_written else Setup.BROKEN_OFF)
            raise click.Abort from None

    def guided(self) -> int:
        self._ask_for_routes()
        if not self._draft.routes:
            return self._verdict(self._ground.settings())
        return self._carry_out(self._draft.routes, self._mend)

    def unattended(self) -> int:
        language = self._asking.language
        given = [
            route_of(text, self._wanted.keep, self._session.environ, language) for text in self._wanted.given
        ]
        for route in given:
            self._take(route)
        if self._draft.routes:
            return self._carry_out(self._draft.routes, len)
        if given:
            self._asking.say(Setup.NOTHING_NEW)
        return self._verdict(self._ground.settings(), hint=Setup.NO_TERMINAL)

    def _ask_for_routes(self) -> None:
        settings = self._ground.settings()
        if settings.too_few_routes is not None:
            self._asking.say(Setup.TWO_WANTED)
        while settings.too_few_routes is not None or self._wants_another(settings):
            click.echo()
            route = self._dialogue.new(settings.all_routes, len(settings.waking_routes) + 1)
            if route is None:
                return
            self._draft.put(route)
            settings = self._ground.settings()
            click.echo()

    def _wants_another(self, settings: Settings) -> bool:
        return len(settings.routes) < ROUTES_MAX and self._asking.yes(Setup.ANOTHER, default=False)

    def _take(self, route: NewRoute) -> None:
        if any(one.name == route.name for one in self._draft.routes):
            raise WrongWords(self._asking.words(Setup.TWO_OF_A_NAME, route=route.name))
        if wrong := self._ground.complaints(route):
            detail = "; ".join(wrong)
            raise WrongWords(self._asking.words(Setup.BAD_SETTING, route=route.name, detail=detail))
        before = {one.name: one for one in self._ground.settings().all_routes}.get(route.name)
        after = {one.name: one for one in self._ground.settings(route).all_routes}[route.name]
        if before is not None and before._replace(files=()) == after._replace(files=()):
            return
        if before is not None and not self._wanted.replace:
            raise WrongWords(self._asking.words(Setup.ROUTE_EXISTS, route=route.name))
        self._draft.put(route)

    def _carry_out(self, routes: Sequence[NewRoute], failing: Failing) -> int:
        """Shows, asks, writes and tries."""
        self._ground.show(routes)
        click.echo()
        if self._wanted.dry_run:
            self._asking.say(Setup.DRY_RUN)
            return self._verdict(self._ground.settings(), well=Setup.WOULD_DO)
        if not self._consents():
            self._asking.say(Setup.NOT_WRITTEN)
            for route in list(routes):
                self._draft.drop(route.name)
            return self._verdict(self._ground.settings())
        self._write()
        failed = failing(self._tried(routes)) if self._wanted.test else 0
        works = self._wanted.test and not failed
        verdict = self._verdict(self._written_settings(), well=Setup.WELL if works else Setup.UNTRIED)
        self._tell_what_is_left()
        self._tell_resident()
        return Exit.NOT_WELL if failed else verdict

    def _consents(self) -> bool:
        if self._wanted.yes:
            return True
        if not at_terminal():
            raise WrongWords(self._asking.words(Setup.NEEDS_YES))
        return self._asking.yes(Setup.CONSENT, default=True)

    def _write(self) -> None:
        self._ground.write()
        if self._draft.was_written:
            self._asking.say(Setup.WRITTEN, Tone.GOOD, path=self._draft.path)
        for route in self._draft.routes:
            for name in route.made_up:
                path = self._draft.files(route).get(name, self._draft.path)
                self._asking.say(Setup.MADE_UP_IN, Tone.STRONG, route=route.name, detail=name, path=path)

    def _tried(self, routes: Sequence[NewRoute]) -> list[NewRoute]:
        """A real message through each; those that did not take it."""
        names = [route.name for route in routes]
        self._asking.say(Setup.TESTING, detail=", ".join(names))
        tried = self._session.app.try_routes(self._written_settings(), self._ground.environ, names)
        self._asking.show(*tried_lines(tried, self._asking.language))
        taken = {one.route for one in tried if one.receipt is not None}
        return [route for route in routes if route.name not in taken]

    def _mend(self, failed: Sequence[NewRoute]) -> int:
        """Each is corrected, kept or dropped; how many are kept that do not work."""
        return sum(self._mend_one(route) for route in failed)

    def _mend_one(self, route: NewRoute) -> int:
        while True:
            choices = WAYS_OUT_WORDS[self._asking.language]
            match self._asking.one_of(Setup.FAILED, choices, route=route.name):
                case "drop":
                    self._draft.drop(route.name)
                    self._write()
                    self._asking.say(Setup.DROPPED, route=route.name)
                    return 0
                case "keep":
                    self._asking.say(Setup.KEPT_FAILING, Tone.WARN, route=route.name)
                    return 1
            route = self._corrected(route)
            if not self._tried([route]):
                return 0

    def _corrected(self, old: NewRoute) -> NewRoute:
        route = self._dialogue.correct(old)
        self._draft.put(route)
        self._ground.show([route])
        if self._consents():
            self._write()
            return route
        self._draft.put(old)
        self._asking.say(Setup.NOT_WRITTEN)
        return old

    def _written_settings(self) -> Settings:
        """Of the file, where there is one: all may come from the environment. With the gateway that is
        watched: a route that is tried is told what lasts of that one.
        """
        app = self._session.app
        if self._draft.is_new:
            return app.watched(self._ground.settings())
        return app.watched(app.load_settings(self._draft.path, self._ground.environ))

    def _tell_resident(self) -> None:
        pid = self._session.app.resident_pid(self._written_settings())
        if pid and self._draft.was_written:
            self._asking.say(Setup.RESIDENT, pid=pid)

    def _files_of(self, settings: Settings) -> set[Path]:
        """Those that hold the routes' secrets."""
        at_home = home(self._session.environ)
        files = (path for route in settings.all_routes for _, path in route.files)
        return {at_home / path.removeprefix("~/") for path in files}

    def _tell_what_is_left(self) -> None:
        """A file that we did not make in this run is not ours to delete."""
        for path in sorted(self._files_before - self._files_of(self._written_settings())):
            if path.exists():
                self._asking.say(Setup.LEFT_FILE, Tone.WARN, path=path)

    def _verdict(self, settings: Settings, hint: Setup | None = None, well: Setup = Setup.UNTRIED) -> int:
        few = settings.too_few_routes
        if few is None:
            self._asking.say(well, Tone.GOOD if well is Setup.WELL else Tone.PLAIN)
            return Exit.DONE
        self._asking.show(line(Span(few.full(self._asking.language), Tone.BAD)))
        if hint is not None:
            self._asking.say(hint)
        return Exit.NOT_WELL
