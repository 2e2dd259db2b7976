"""`up`, `down`, `run`, `check`: the app does the work, the screen is ours."""

import sys

import click

from selfheal.app.exit_codes import Exit
from selfheal.cli.picture import reports_of
from selfheal.cli.session import Session
from selfheal.cli.verdict import stuck_lines, verdict_lines

target_option = click.option("--target", metavar="NAME", help="Only this gateway.")


@click.command()
@click.pass_obj
def up(session: Session) -> int:
    """Finds your gateway, or installs one in a sandbox, and keeps it up with a live view."""
    from selfheal.cli.live import LiveScreen  # noqa: PLC0415 - loads rich, which a plain status must not
    from selfheal.runtime.outlet import unhurried  # noqa: PLC0415 - and threads

    settings = session.settings
    with unhurried(sys.stdout) as out:
        screen = LiveScreen(session.language, live=session.terminal, colour=session.colour, out=out)
        return session.app.up(settings, screen)


@click.command()
@click.pass_obj
def down(session: Session) -> int:
    """Ends what `up` has started: the sandbox's gateway and its supervision.

    A gateway that drains has its time for it, 5.5 minutes by default; one that does not answer is killed.
    """
    return session.app.down(session.settings)


@click.command()
@click.option("--observe", is_flag=True, help="Touch nothing; note down what would have been done.")
@target_option
@click.pass_obj
def run(session: Session, observe: bool, target: str | None) -> int:
    """Supervises the gateways in the foreground: the resident."""
    session.target_names(target)
    return session.app.run(session.settings, observe=observe, target=target)


@click.command()
@click.option("--observe", is_flag=True, help="Where no resident lives: only look, repair nothing.")
@target_option
@click.pass_obj
def check(session: Session, observe: bool, target: str | None) -> int:
    """Runs one full Level 2 pass: 0 when well, 1 when not.

    A living resident is asked. Where none lives, this takes its place, and like it starts and repairs what it
    must, until the gateway is well or cannot be helped, for 15 minutes at most; for longer only where an
    earlier check was held up already, by a package manager say. A resident that is stuck, so that it takes no
    request and does not even wake, is ended and replaced; where it cannot be, that is said.
    """
    session.target_names(target)
    checked = session.app.check(session.settings, target=target, observe=observe)
    if checked.stuck is not None:
        for each in stuck_lines(checked.stuck, checked.looks, session.language):
            click.echo(session.paint(each))
    elif checked.code in (Exit.DONE, Exit.NOT_WELL):
        reports = reports_of(session, checked.states)
        for each in verdict_lines(reports, checked.code == Exit.DONE, session.language):
            click.echo(session.paint(each))
    return checked.code
