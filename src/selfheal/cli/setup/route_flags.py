"""`--route NAME=KIND:SETTING=VALUE,…`: a route to a person without a question."""

import re
from collections.abc import Mapping

from selfheal.cli.usage import WrongWords
from selfheal.config.check import is_name, shown
from selfheal.config.fault import Fault, Problem, Wrong
from selfheal.config.field import Value
from selfheal.config.new_route import Keep, NewRoute, parsed
from selfheal.config.route_fields import SECRETS, RouteKind, fields_of
from selfheal.texts.language import Language
from selfheal.texts.printable import clean
from selfheal.texts.setup import Setup, setup_words

VARIABLE = "_env"
"""Ending of a setting that names a variable: what is in that now is the value of the setting."""


def route_of(text: str, keep: Keep, environ: Mapping[str, str], language: Language) -> NewRoute:
    """Raises WrongWords. Its error quotes no setting: one of them may be a secret."""
    name, _, rest = text.partition("=")
    kind, _, settings = rest.partition(":")
    if kind not in set(RouteKind):
        kinds = ", ".join(RouteKind)
        raise WrongWords(
            setup_words(Setup.BAD_ROUTE, language, detail=clean(text.partition(":")[0]), kinds=kinds)
        )
    if not is_name(name):
        fault = Fault("name", None, Problem.NOT_A_NAME, (shown(None, clean(name)),))
        raise WrongWords(f"--route: {fault.say(language)}")
    reading = _Reading(name, RouteKind(kind), environ, language)
    return NewRoute(name, RouteKind(kind), reading.values(settings), keep)


class _Reading:
    def __init__(self, name: str, kind: RouteKind, environ: Mapping[str, str], language: Language) -> None:
        self._name = name
        self._environ = environ
        self._language = language
        self._known = [one for one in fields_of(kind) if one != "kind"]
        self._known += [f"{one}{VARIABLE}" for one in self._known if one in SECRETS]

    def values(self, settings: str) -> dict[str, Value]:
        """A comma parts two settings where the name of one follows; any other belongs to the value."""
        values: dict[str, Value] = {}
        begin = rf",(?=(?:{'|'.join(self._known)})=)"
        for each in re.split(begin, settings) if settings else ():
            key, equals, value = each.partition("=")
            if not equals or key not in self._known:
                raise self._wrong(f"{clean(key) if equals else '…'}: {', '.join(self._known)}")
            name = key.removesuffix(VARIABLE)
            values[name] = self._value(name, value if name == key else self._from(value))
        return values

    def _from(self, variable: str) -> str:
        if not (value := self._environ.get(variable, "").strip()):
            raise self._wrong(setup_words(Setup.NO_VARIABLE, self._language, detail=clean(variable)))
        return value

    def _value(self, name: str, text: str) -> Value:
        try:
            return parsed(name, text)
        except Wrong as wrong:
            fault = Fault(name, None, wrong.problem, wrong.data)
            raise self._wrong(f"{name}: {fault.say(self._language)}") from None

    def _wrong(self, detail: str) -> WrongWords:
        return WrongWords(setup_words(Setup.BAD_SETTING, self._language, route=self._name, detail=detail))
