"""`selfheal monitor`: one pass of Level 4, as the document has it."""

import re
from typing import TYPE_CHECKING

import click

from selfheal.app.exit_codes import Exit
from selfheal.app.own_service import Care, Cared
from selfheal.cli import jsonout
from selfheal.cli.session import Session
from selfheal.texts.backstop import Backstop, backstop_words
from selfheal.texts.describe import duration, say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language

if TYPE_CHECKING:
    from selfheal.app.monitor import Alerted

_SAID = {str(one): one for one in Backstop}
READER = re.compile(r"[A-Za-z0-9-]{1,40}")


def _reader(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """It becomes the end of a file's name."""
    if value is not None and not READER.fullmatch(value):
        raise click.BadParameter(f"{value!r}: letters, digits and -, at most 40 of them", ctx, param)
    return value


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@click.option(
    "--for",
    "reader",
    callback=_reader,
    metavar="NAME",
    help="Print what NAME has not been told, send nothing.",
)
@click.pass_obj
def monitor(session: Session, as_json: bool, reader: str | None) -> int:
    """Alerts of recovery logs that ask for a person, and sees to it that the resident lives.

    It reads the emergency-recovery-*.log of the last 30 minutes, alerts once of each that says
    MANUAL INTERVENTION REQUIRED, and notes that in .emergency-alert-sent. It delivers what still waits. Where
    no resident lives or one is stuck, its service is started again, unless a person stopped it; where that
    fails, or one that was not told to end is gone and no service manager can be asked, that is told, and the
    exit code is 1; so it is where no disk takes what is told, which is then told without, and with each pass
    in which a log asks for a person and no route is set, so that nobody can be told. For a timer, every 5
    minutes.
    """
    if reader is not None:
        for text in session.app.untold(session.settings, session.environ, reader):
            click.echo(f"{text}\n")
        return Exit.DONE
    seen = session.app.monitor(session.settings, session.environ)
    unheard = seen.unheard or any(not (one.told or one.waits) for one in seen.alerted)
    failed = seen.resident.care is Care.FAILED or seen.unkept or unheard
    code = Exit.NOT_WELL if failed else Exit.DONE
    if as_json:
        click.echo(jsonout.dump(jsonout.monitored(seen)))
        return code
    language = session.language
    for one in seen.alerted:
        click.echo(f"{_told(one, language)}\n\n{one.text}\n")
    for path in seen.unheard:
        click.echo(backstop_words(Backstop.NOBODY, language, path=path))
    if not (seen.alerted or seen.unheard):
        click.echo(say(Label.NOTHING_TO_ALERT, language))
    if seen.again_s is not None:
        click.echo(say(Label.STILL_WAITS, language, duration=duration(seen.again_s, language)))
    routes = ", ".join(route.name for route in session.settings.all_routes)
    words = backstop_words(Backstop.UNKEPT, language, routes=routes, detail=seen.unkept)
    for line in (*([words] if seen.unkept else []), *_of_resident(seen.resident, language)):
        click.echo(f"selfheal: {line}", err=True)
    return code


def _told(one: "Alerted", language: Language) -> str:
    """A person is told only where a route has said that it took it."""
    told, waits = ", ".join(one.told), ", ".join(one.waits)
    if one.told:
        return backstop_words(Backstop.TOLD, language, path=one.path, told=told, waits=waits)
    if one.waits:
        return backstop_words(Backstop.COMMITTED, language, path=one.path, count=len(one.waits), waits=waits)
    return backstop_words(Backstop.NOBODY, language, path=one.path)


def _of_resident(cared: Cared, language: Language) -> list[str]:
    lines = []
    if cared.ended is not None:
        lines.append(backstop_words(Backstop.ENDED_STUCK, language, pid=cared.ended))
    which = _SAID.get(cared.care)
    if which is not None:
        values = {"pid": cared.pid or "?", "detail": cared.detail}
        lines.append(backstop_words(which, language, **values))
    return lines
