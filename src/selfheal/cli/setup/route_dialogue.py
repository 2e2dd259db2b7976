"""Asks for one route to a person: its kind, its name, what that kind needs, and where its secrets go."""

import base64
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence

from selfheal.cli.setup.asking import Asking, picked
from selfheal.cli.tones import Tone
from selfheal.config.check import is_name, shown
from selfheal.config.fault import Fault, Problem, Text, Wrong
from selfheal.config.field import Value
from selfheal.config.new_route import (
    FIXED_NAMES,
    VARIABLES_OF,
    Keep,
    NewRoute,
    is_secret,
    needs,
    parsed,
)
from selfheal.config.route_fields import RouteKind
from selfheal.config.routes import RouteSettings
from selfheal.config.schema import ROUTE_BY_NAME
from selfheal.texts.printable import clean
from selfheal.texts.setup import KINDS, QUESTIONS, Setup

NAMES = {
    RouteKind.DISCORD_WEBHOOK: "discord-alerts",  # `discord` and the like are those of the environment
    RouteKind.DISCORD_BOT: "discord-health",
    RouteKind.TELEGRAM: "telegram-alerts",
    RouteKind.SLACK: "slack-alerts",
    RouteKind.EMAIL: "mail",
    RouteKind.NTFY: "phone",
}
"""What a route is called where nothing else is said; the others are called as their kind."""

DISCORD = frozenset({RouteKind.DISCORD_WEBHOOK, RouteKind.DISCORD_BOT})
TOPIC_BYTES = 12  # as good as a password, and still typed on a phone
SECRET_BYTES = 32  # within the 24 to 64 that Standard Webhooks asks for
MADE_UP: Mapping[tuple[RouteKind, str], Callable[[], str]] = {
    (RouteKind.NTFY, "topic"): lambda: f"selfheal-{secrets.token_hex(TOPIC_BYTES)}",
    (RouteKind.WEBHOOK, "secret"): lambda: (
        f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
    ),
}
Complaints = Callable[[NewRoute], Sequence[str]]
"""What is wrong with a route as a whole, in words; nothing: it can be used."""


class RouteDialogue:
    def __init__(self, asking: Asking, complaints: Complaints) -> None:
        self._asking = asking
        self._complaints = complaints

    def new(self, known: Sequence[RouteSettings], number: int) -> NewRoute | None:
        """A route besides those that are `known`, or in the place of one of them; None: no more."""
        kind = self._kind(number)
        if kind is None:
            return None
        self._warn_of_twins(kind, known)
        name = self._name(kind, known)
        route = self._filled(NewRoute(name, kind, {}))
        taken = {one.name for one in known}
        return self._kept(route, taken) if route.secrets else route

    def correct(self, route: NewRoute) -> NewRoute:
        """The same with other values: what was typed before is the default."""
        return self._filled(route)

    def _kind(self, number: int) -> RouteKind | None:
        kinds = KINDS[self._asking.language]
        self._asking.say(Setup.KINDS, Tone.STRONG)
        self._asking.list(kinds, named=True)
        while True:
            answer = self._asking.text(self._asking.words(Setup.WHICH_KIND, count=number))
            if not answer:
                return None
            if (found := picked(answer, list(kinds))) is not None:
                return RouteKind(found)
            self._asking.wrong(self._asking.words(Setup.NO_KIND, detail=clean(answer), count=len(kinds)))

    def _warn_of_twins(self, kind: RouteKind, known: Sequence[RouteSettings]) -> None:
        """Two mail servers, Apprise URLs or webhooks are two services."""
        alike = (
            DISCORD if kind in DISCORD else {kind} & {RouteKind.TELEGRAM, RouteKind.SLACK, RouteKind.DESKTOP}
        )
        twins = [one.name for one in known if one.kind in alike]
        if twins:
            self._asking.say(Setup.SAME_SERVICE, Tone.WARN, detail=", ".join(twins))

    def _name(self, kind: RouteKind, known: Sequence[RouteSettings]) -> str:
        taken = {one.name: one for one in known}
        suggested = _free(NAMES.get(kind, str(kind)), taken)
        while True:
            name = self._asking.text(self._asking.words(Setup.NAME), suggested)
            if not is_name(name):
                self._asking.wrong(self._fault("name", Problem.NOT_A_NAME, shown(None, name)))
            elif name in taken and not taken[name].key.endswith(f".{name}"):
                self._asking.wrong(self._fault("name", Problem.NAME_TAKEN, taken[name].key))
            elif name not in taken or self._asking.yes(Setup.NAME_EXISTS, default=False, route=name):
                return name

    def _filled(self, route: NewRoute) -> NewRoute:
        """Asked until nothing is wrong with it; an answer that was given is the next one's default."""
        while True:
            route = self._answered(route)
            wrong = self._complaints(route)
            if not wrong:
                return route
            for words in wrong:
                self._asking.wrong(words)

    def _answered(self, before: NewRoute) -> NewRoute:
        """What one round of questions makes of it."""
        now = before._replace(values={})
        for key, question in QUESTIONS[self._asking.language].items():
            kind, _, name = key.rpartition(".")
            if kind == now.kind and (name != "password" or now.values.get("user")):
                make = MADE_UP.get((now.kind, name)) if name not in before.values else None
                value = self._value(now, name, question, before.values.get(name), make is not None)
                if make and not value:
                    value = make()
                    now = now._replace(made_up=now.made_up | {name})
                elif value != before.values.get(name):
                    now = now._replace(made_up=now.made_up - {name})
                if value not in ("", (), ROUTE_BY_NAME[name].default):
                    now = now._replace(values={**now.values, name: value})
        return now

    def _value(self, now: NewRoute, name: str, question: str, old: Value, may_make: bool) -> Value:
        """As it was typed, or `old`. Nothing: it is not needed, or made up."""
        secret = is_secret(now.kind, name)
        default = _typed(_suggested(name, now.values) if old is None else old)
        hint = self._hint(made_up=may_make, known=secret and bool(default))
        while True:
            text = self._asking.text(question, default, hint, secret=secret)
            try:
                value = parsed(name, text) if text else ""
            except Wrong as wrong:
                self._asking.wrong(self._fault(name, wrong.problem, *wrong.data))
                continue
            if value in ("", ()) and name in needs(now.kind, now.values) and not may_make:
                self._asking.wrong(self._asking.words(Setup.NEEDED))
                continue
            return value

    def _hint(self, *, made_up: bool, known: bool) -> str:
        if known:
            return self._asking.words(Setup.AS_BEFORE)
        return self._asking.words(Setup.MADE_UP) if made_up else ""

    def _kept(self, route: NewRoute, taken: Collection[str]) -> NewRoute:
        choices = {
            str(Keep.FILE): self._asking.words(Setup.WHERE_FILE),
            str(Keep.CONFIG): self._asking.words(Setup.WHERE_CONFIG),
        }
        variables = VARIABLES_OF.get(route.kind, {})
        fixed = FIXED_NAMES.get(route.kind, "")
        if fixed and fixed not in taken and route.name not in taken:
            detail = ", ".join(variables.values())
            choices[str(Keep.ENVIRONMENT)] = self._asking.words(Setup.WHERE_ENVIRONMENT, detail=detail)
        keep = Keep(self._asking.one_of(Setup.WHERE, choices))
        return route._replace(keep=keep, name=fixed if keep is Keep.ENVIRONMENT else route.name)

    def _fault(self, name: str, problem: Problem, *data: str | Text) -> str:
        return f"{name}: {Fault(name, None, problem, data).say(self._asking.language)}"


def _free(name: str, taken: Collection[str]) -> str:
    tried, number = name, 1
    while tried in taken:
        number += 1
        tried = f"{name}-{number}"
    return tried


def _suggested(name: str, now: Mapping[str, Value]) -> Value:
    """Many a login at a mail server is the address, too."""
    user = str(now.get("user", ""))
    return user if name == "sender" and "@" in user else ROUTE_BY_NAME[name].default


def _typed(value: Value) -> str:
    """As a person would type it."""
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value)
    return "" if value is None else str(value)
