"""`selfheal logs`: the journal as sentences."""

import time

import click

from selfheal.cli import timeline
from selfheal.cli.facade import Reader
from selfheal.cli.params import LevelName, Whole
from selfheal.cli.session import Session
from selfheal.cli.tones import widest
from selfheal.core.levels import Level
from selfheal.ports.store import Entry
from selfheal.texts.describe import say
from selfheal.texts.labels import Label

POLL_S = 0.5
READ_MAX = 5_000  # entries at once: entries without a sentence, or of another level, are not counted by -n
FOLLOW_MAX = 500  # entries between two polls


@click.command()
@click.option("-f", "--follow", is_flag=True, help="Go on with what is new, until Ctrl-C.")
@click.option("-n", "count", type=Whole(0), default=50, show_default=True, help="The last so many lines.")
@click.option("--level", type=LevelName(), help="Only this level: a name or 1 to 4.")
@click.option("--target", metavar="NAME", help="Only this gateway.")
@click.pass_obj
def logs(session: Session, follow: bool, count: int, level: Level | None, target: str | None) -> None:
    """Shows what was decided and why, oldest first."""
    if follow and _awaited(session):
        count = READ_MAX  # nothing of it was there when this was asked: all is new
    with session.reader() as reader:
        entries = reader.recent(READ_MAX, target) if reader else ()
        shown = list(timeline.moments(entries, level))[-count:] if count else []
        if not shown and not (follow and reader):
            click.echo(say(Label.NO_ENTRIES, session.language), err=True)
        _print(session, shown, target)
        if follow and reader:
            _follow(session, reader, entries[-1] if entries else None, level, target)


def _awaited(session: Session) -> bool:
    """Returns when there is a journal: whether it had to be waited for."""
    waited = False
    while True:
        with session.reader() as reader:
            if reader:
                return waited
        waited = True
        time.sleep(POLL_S)


def _follow(
    session: Session, reader: Reader, last: Entry | None, level: Level | None, target: str | None
) -> None:
    while True:
        time.sleep(POLL_S)
        fresh = timeline.after(reader.recent(FOLLOW_MAX, target), last)
        _print(session, list(timeline.moments(fresh, level)), target)
        last = fresh[-1] if fresh else last


def _print(session: Session, moments: list[timeline.Moment], target: str | None) -> None:
    names = [each.name for each in session.settings.targets]
    columns = widest(names) if target is None and len(names) > 1 else 0
    for moment in moments:
        click.echo(session.paint(timeline.full(moment, session.language, columns)))
