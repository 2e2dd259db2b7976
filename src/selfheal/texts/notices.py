"""Messages about ourselves: a canary, a route that fails, a resident that does not live."""

from selfheal.texts.alert import QUOTED_MAX_CHARS
from selfheal.texts.message import Place, Text, titled
from selfheal.texts.own_words import own_words
from selfheal.texts.phrases import Phrase
from selfheal.texts.printable import clean

TO_BE_WATCHED = ("selfheal status", "selfheal config check", "selfheal run")


def canary(place: Place, at: float) -> Text:
    return _text(titled(place, Phrase.TITLE_CANARY), place.say(Phrase.CANARY), place.time(at))


def route_fails(place: Place, route: str, why: str, since: float | None) -> Text:
    """Told on another route. `why`: the service's own word. `since`: it takes nothing."""
    said = _said(place, why)
    return _text(
        titled(place, Phrase.TITLE_ROUTE, route=route),
        place.say(Phrase.ROUTE_FAILS, route=route, time=None if since is None else place.time(since)),
        *([place.say(Phrase.ROUTE_SAYS, detail=said)] if said else []),
        "selfheal notify test",
    )


def route_works(place: Place, route: str, at: float) -> Text:
    """`at`: it took something again."""
    return _text(
        titled(place, Phrase.TITLE_ROUTE_WORKS, route=route),
        place.say(Phrase.ROUTE_WORKS, route=route, time=place.time(at)),
    )


def unwatched(place: Place, why: str, at: float) -> Text:
    """`why`: what was tried and what came of it. `at`: it was found so."""
    said = _said(place, why)
    return _text(
        titled(place, Phrase.TITLE_UNWATCHED),
        place.say(Phrase.UNWATCHED, time=place.time(at)),
        *([place.say(Phrase.ROUTE_SAYS, detail=said)] if said else []),
        place.say(Phrase.NEXT),
        *(f"{number}. {command}" for number, command in enumerate(TO_BE_WATCHED, start=1)),
    )


def watched(place: Place, at: float) -> Text:
    return _text(titled(place, Phrase.TITLE_WATCHED), place.say(Phrase.WATCHED, time=place.time(at)))


def _said(place: Place, why: str) -> str:
    return own_words(clean(" ".join(why.split())), place.language)[:QUOTED_MAX_CHARS]


def _text(title: str, *lines: str) -> Text:
    """None of it changes with its age."""
    body = "\n".join([title, *lines])
    return Text(title, body, tuple(body.splitlines()))
