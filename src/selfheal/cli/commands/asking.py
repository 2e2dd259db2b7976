"""`pause`, `resume`, `enable`, `disable`: through the inbox, so not lost while the resident is dead."""

import click

from selfheal.app.exit_codes import Exit
from selfheal.cli.params import Duration, LevelName, Whole
from selfheal.cli.session import Session
from selfheal.core.levels import Level, Request
from selfheal.core.observations import OperatorAsked
from selfheal.core.report import ABSENT_LEVELS
from selfheal.texts.describe import catalogue, duration, say
from selfheal.texts.labels import Label

target_option = click.option("--target", metavar="NAME", help="Only this gateway; else all.")
level_argument = click.argument("level", type=LevelName())


@click.command()
@click.option("--for", "for_s", type=Duration(), metavar="TIME", help="Until then: 90s, 2h, 1h30m, 1d.")
@click.option("--why", default="", metavar="TEXT", help="Shown to whoever looks.")
@target_option
@click.pass_obj
def pause(session: Session, for_s: float | None, why: str, target: str | None) -> None:
    """Leaves the gateway alone; it is still watched. A restart that it asks for waits, too."""
    _ask(session, target, OperatorAsked(Request.PAUSE, for_s=for_s, why=why))


@click.command()
@target_option
@click.pass_obj
def resume(session: Session, target: str | None) -> None:
    """Ends a pause, and the mere watching after a fault of ours; cares for a stopped gateway again."""
    _ask(session, target, OperatorAsked(Request.RESUME))


@click.command()
@level_argument
@target_option
@click.pass_obj
def enable(session: Session, level: Level, target: str | None) -> None:
    """Switches LEVEL on (a name or 1 to 4)."""
    _ask(session, target, OperatorAsked(Request.ENABLE, level=level))


@click.command()
@level_argument
@target_option
@click.pass_obj
def disable(session: Session, level: Level, target: str | None) -> None:
    """Switches LEVEL off (a name or 1 to 4), until it is enabled."""
    _ask(session, target, OperatorAsked(Request.DISABLE, level=level))


@click.command()
@click.argument("incident", type=Whole(min=1), metavar="INCIDENT")
@click.option("--for", "for_s", type=Duration(), metavar="TIME", help="Only until then: 90s, 2h, 1h30m, 1d.")
@target_option
@click.pass_obj
def ack(session: Session, incident: int, for_s: float | None, target: str | None) -> int:
    """Acknowledges INCIDENT: you are at it, and are not reminded of it."""
    with session.reader() as reader:
        states = list(reader.states()) if reader else []
    names = set(session.asked_names(target))
    open_in = [
        state.target
        for state in states
        if state.target in names and state.incident is not None and state.incident.id == incident
    ]
    if not open_in:
        click.echo(say(Label.NOT_OPEN, session.language, count=incident), err=True)
        return Exit.NOT_WELL
    for name in open_in:
        _ask(session, name, OperatorAsked(Request.ACKNOWLEDGE, for_s=for_s, incident=incident))
    return Exit.DONE


def _ask(session: Session, target: str | None, asked: OperatorAsked) -> None:
    language = session.language
    words = catalogue(language)
    for name in session.asked_names(target):
        session.app.ask(session.settings, name, asked)
        values = {
            "target": name,
            "request": words.requests[asked.request],
            "level": words.levels[asked.level] if asked.level else "",
            "duration": duration(asked.for_s, language) if asked.for_s else "",
        }
        click.echo(say(Label.ASKED, language, **values))
        if session.watched_names and name not in session.watched_names:
            click.echo(say(Label.ASKED_UNWATCHED, language, target=name), err=True)
    if asked.request is Request.ENABLE and asked.level in ABSENT_LEVELS:
        click.echo(say(Label.NOT_YET_THERE, language, level=words.levels[asked.level]), err=True)
    if session.app.resident_pid(session.settings) is None:
        click.echo(say(Label.ASKED_LATER, language), err=True)
