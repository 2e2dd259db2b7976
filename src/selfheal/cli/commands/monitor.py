"""`selfheal monitor`: one pass of Level 4, as the document has it."""

import click

from selfheal.cli import jsonout
from selfheal.cli.session import Session
from selfheal.texts.describe import duration, say
from selfheal.texts.labels import Label


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@click.pass_obj
def monitor(session: Session, as_json: bool) -> None:
    """Alerts of recovery logs that ask for a person, and delivers what still waits.

    It reads the emergency-recovery-*.log of the last 30 minutes, alerts once of each that says
    MANUAL INTERVENTION REQUIRED, and notes that in .emergency-alert-sent. For a timer, every 5 minutes.
    """
    seen = session.app.monitor(session.settings, session.environ)
    if as_json:
        click.echo(jsonout.dump(jsonout.monitored(seen)))
        return
    language = session.language
    for path, text in seen.alerted:
        click.echo(f"{say(Label.ALERTED, language, path=path)}\n\n{text}\n")
    if not seen.alerted:
        click.echo(say(Label.NOTHING_TO_ALERT, language))
    if seen.again_s is not None:
        click.echo(say(Label.STILL_WAITS, language, duration=duration(seen.again_s, language)))
    if seen.resident is None:
        click.echo(say(Label.NO_RESIDENT_LIVES, language), err=True)
