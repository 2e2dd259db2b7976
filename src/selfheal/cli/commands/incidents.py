"""`selfheal incidents`: what went wrong, when, and what was done about it."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

import click

from selfheal.app.exit_codes import Exit
from selfheal.cli import jsonout, timeline
from selfheal.cli.facade import Reader
from selfheal.cli.params import Whole
from selfheal.cli.session import Session
from selfheal.cli.tones import Line, Span, Tone, aligned
from selfheal.cli.usage import Refused, WrongUse
from selfheal.core.instants import Wall
from selfheal.core.levels import Level
from selfheal.core.reasons import Cause
from selfheal.ports.store import Entry, IncidentRow
from selfheal.texts.describe import catalogue, duration, ending, say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language

ALL = 100_000  # incidents are few; this only bounds a broken store
COLUMNS = (
    Label.COLUMN_ID,
    Label.COLUMN_TARGET,
    Label.OPENED,
    Label.DURATION,
    Label.COLUMN_LEVEL,
    Label.COLUMN_CAUSE,
    Label.COLUMN_OUTCOME,
)


@click.group()
def incidents() -> None:
    """Shows the incidents and their timelines."""


@incidents.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@click.option("--target", metavar="NAME", help="Only this gateway.")
@click.option("-n", "limit", type=Whole(1, ALL), default=20, show_default=True, help="At most so many.")
@click.pass_obj
def list_incidents(session: Session, as_json: bool, target: str | None, limit: int) -> None:
    """Lists the incidents, newest first."""
    with session.reader() as reader:
        rows = reader.incidents(target, limit) if reader else ()
    if as_json:
        click.echo(jsonout.dump(jsonout.incidents(rows)))
    elif not rows:
        click.echo(say(Label.NO_INCIDENTS, session.language))
    else:
        for each in table(rows, session.app.now().wall, session.language):
            click.echo(session.paint(each))


@incidents.command()
@click.argument("incident_id", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@click.option("--target", metavar="NAME", help="Of this gateway; needed where several have that id.")
@click.pass_obj
def show(session: Session, incident_id: int, as_json: bool, target: str | None) -> int:
    """Shows one incident with its timeline."""
    with session.reader() as reader:
        row = find(reader.incidents(target, ALL) if reader else (), incident_id)
        entries = _whole(reader, row) if reader else ()
    if as_json:
        click.echo(jsonout.dump(jsonout.incident(row, entries, session.language)))
        return Exit.DONE
    for each in table([row], session.app.now().wall, session.language):
        click.echo(session.paint(each))
    click.echo()
    for moment in timeline.moments(entries):
        click.echo(session.paint(timeline.full(moment, session.language)))
    return Exit.DONE


def _whole(reader: Reader, row: IncidentRow) -> Sequence[Entry]:
    """Its timeline, and what led up to it: that the process went, with pid and exit code, stands there."""
    entries = reader.timeline(row.target, row.id)
    if not entries:
        return ()
    before = reader.lead_up(row.target, entries[0].seq, timeline.LEAD_UP_MAX)
    return (*timeline.lead_up(before, row.opened), *entries)


def find(rows: Sequence[IncidentRow], incident_id: int) -> IncidentRow:
    found = [row for row in rows if row.id == incident_id]
    if not found:
        raise Refused(Label.NO_SUCH_INCIDENT, count=incident_id)
    if len(found) > 1:
        names = ", ".join(row.target for row in found)
        raise WrongUse(Label.WHICH_INCIDENT, count=incident_id, target=names)
    return found[0]


def table(
    rows: Sequence[IncidentRow], now: Wall, language: Language, zone: tzinfo | None = None
) -> list[Line]:
    heads = [Span(say(label, language), Tone.DIM) for label in COLUMNS]
    return aligned([heads, *(_cells(row, now, language, zone) for row in rows)])


def _cells(row: IncidentRow, now: Wall, language: Language, zone: tzinfo | None) -> list[Span]:
    words = catalogue(language)
    opened = datetime.fromtimestamp(row.opened, zone).strftime("%Y-%m-%d %H:%M:%S")
    lasted = duration((row.closed or now) - row.opened, language)
    level = timeline.LEVEL_TAGS[Level(row.level)] if row.level in set(Level) else row.level
    cause = words.causes[Cause(row.cause)] if row.cause in set(Cause) else row.cause
    return [
        Span(f"#{row.id}", Tone.STRONG),
        Span(row.target),
        Span(opened),
        Span(lasted),
        Span(level),
        Span(cause),
        _outcome(row, language),
    ]


def _outcome(row: IncidentRow, language: Language) -> Span:
    if row.closed is None:
        return Span(say(Label.OPEN, language), Tone.BAD)
    if how := ending(row.outcome, row.cause, language):
        return Span(how, Tone.GOOD)
    return Span(row.outcome or say(Label.CLOSED, language))
