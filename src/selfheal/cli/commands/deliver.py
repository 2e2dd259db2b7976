"""`selfheal deliver`: takes the alerts that wait to the routes. The resident calls it; so may anybody."""

import sys

import click

from selfheal.app.given import GIVEN_MAX_BYTES
from selfheal.cli.session import Session
from selfheal.cli.usage import WrongUse
from selfheal.texts.labels import Label


@click.command()
@click.option("--given", is_flag=True, help="Read what no disk has taken from standard input (the resident).")
@click.pass_obj
def deliver(session: Session, given: bool) -> None:
    """Takes the alerts that wait in the outbox to each route, and ends.

    It prints one JSON line: `again_s`, the seconds after which there is something to do again (null: never),
    `waiting_s`, those after which an alert that still waits is tried again (null: none waits), and `taken`,
    what was taken of what was given.
    """
    said = sys.stdin.buffer.read(GIVEN_MAX_BYTES) if given else b""
    try:
        line = session.app.deliver(session.settings, session.environ, said.strip())
    except ValueError as error:
        raise WrongUse(Label.NOT_GIVEN, detail=str(error)) from None
    click.echo(line.decode())
