"""`selfheal notify`: which routes to a person there are, and do they work?"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from selfheal.app.exit_codes import Exit
from selfheal.app.last_ping import last_ping
from selfheal.cli import jsonout
from selfheal.cli.route_words import local, ping_line, proved
from selfheal.cli.session import Session
from selfheal.cli.tones import Line, Span, Tone, aligned, line
from selfheal.cli.usage import WrongValue
from selfheal.config.routes import RouteSettings
from selfheal.ports.store import RouteRow
from selfheal.texts.describe import duration
from selfheal.texts.labels import Label
from selfheal.texts.language import Language
from selfheal.texts.own_words import own_words
from selfheal.texts.routes import DEAF, SEVERITIES, RouteLabel, route_words

if TYPE_CHECKING:
    from selfheal.app.hearing import Deaf
    from selfheal.app.notify_test import Tried

COLUMNS = (RouteLabel.ROUTE, RouteLabel.KIND, RouteLabel.TOLD, RouteLabel.LAST, RouteLabel.COMPLAINT)


@click.group()
def notify() -> None:
    """Shows the routes to a person, and tests them."""


@notify.command()
@click.argument("routes", metavar="[ROUTE]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@click.pass_obj
def test(session: Session, routes: Sequence[str], as_json: bool) -> int:
    """Sends a message through each ROUTE, or all: 0 when all of them took it, 1 when not.

    It prints the receipt of each, which is the service's own word for the message, or why it was not taken.
    """
    known = session.settings.all_routes
    _refuse_unknown(routes, [route.name for route in known])
    tried = session.app.try_routes(session.settings, session.environ, routes) if known else ()
    if as_json:
        click.echo(jsonout.dump(jsonout.notify_test(known, tried)))
    else:
        for each in tried_lines(tried, session.language):
            click.echo(session.paint(each))
    _warn(session)
    return Exit.DONE if tried and all(one.receipt for one in tried) else Exit.NOT_WELL


@notify.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@click.pass_obj
def list_routes(session: Session, as_json: bool) -> None:
    """Lists the routes, what each is told, when it last took something, and its last complaint."""
    known = session.settings.all_routes
    with session.reader() as reader:
        rows = {row.name: row for row in (reader.routes() if reader else ())}
    deaf = session.app.deaf_routes(session.settings, session.environ)
    has_switch = bool(session.settings.notify.dead_man_url)
    ping = last_ping(session.settings.state_dir) if has_switch else None
    if as_json:
        switch = jsonout.dead_man(ping) if has_switch else None
        click.echo(jsonout.dump(jsonout.routes(known, rows, deaf, switch)))
    elif known:
        for each in (*route_lines(known, rows, session.language), *deaf_lines(deaf, session.language)):
            click.echo(session.paint(each))
    if not as_json and has_switch:
        click.echo(session.paint(ping_line(ping, session.language)))
    _warn(session)


def _refuse_unknown(wanted: Sequence[str], known: Sequence[str]) -> None:
    for name in wanted:
        if name not in known:
            raise WrongValue(Label.NO_ROUTE_NAMED, hint="ROUTE", target=name, detail=", ".join(known) or "–")


def _warn(session: Session) -> None:
    if (few := session.settings.too_few_routes) is not None:
        click.echo(f"selfheal: {few.full(session.language)}", err=True)


def tried_lines(tried: "Sequence[Tried]", language: Language) -> list[Line]:
    said = aligned([_tried(one, language) for one in tried]) if tried else []
    for one in tried:
        if one.receipt is not None and one.receipt.lacks:
            lacks = route_words(RouteLabel.LACKS, language, detail=", ".join(one.receipt.lacks))
            said.append(line(Span(f"  {one.route}: {lacks}", Tone.WARN)))
    return said


def _tried(one: "Tried", language: Language) -> list[Span]:
    if one.receipt is None:
        why = route_words(RouteLabel.NOT_TAKEN, language, why=one.why)
        return [Span("✘", Tone.BAD), Span(one.route, Tone.STRONG), Span(why, Tone.BAD)]
    words = route_words(
        RouteLabel.TAKEN,
        language,
        duration=duration(one.seconds, language),
        receipt=one.receipt.id,
        url=one.receipt.url,
    )
    return [Span("✔", Tone.GOOD), Span(one.route, Tone.STRONG), Span(words)]


def route_lines(routes: Sequence[RouteSettings], rows: dict[str, RouteRow], language: Language) -> list[Line]:
    heads = [Span(route_words(label, language), Tone.DIM) for label in COLUMNS]
    return aligned([heads, *(_cells(route, rows.get(route.name), language) for route in routes)])


def deaf_lines(deaf: "Mapping[str, Deaf | None]", language: Language) -> list[Line]:
    said = ((route, DEAF[language][why]) for route, why in deaf.items() if why is not None)
    return [line(Span(f"{route}: {words}", Tone.WARN)) for route, words in said]


def _cells(route: RouteSettings, row: RouteRow | None, language: Language) -> list[Span]:
    never = row is None or row.taken is None
    complaint = "–"
    if row and row.failed and row.complaint:
        complaint = f"{local(row.failed)}: {own_words(row.complaint, language)}"
    return [
        Span(route.name, Tone.STRONG),
        Span(route.kind),
        Span(SEVERITIES[language][route.severity]),
        Span(proved(row, language), Tone.DIM if never else Tone.PLAIN),
        Span(complaint, Tone.DIM if complaint == "–" else Tone.BAD),
    ]
