"""`up`, `down`, `run`, `check`: the app does the work, the screen is ours."""

import click

from selfheal.cli.exit_codes import Exit
from selfheal.cli.picture import look
from selfheal.cli.session import Session
from selfheal.cli.verdict import verdict_lines

target_option = click.option("--target", metavar="NAME", help="Only this gateway.")


@click.command()
@click.pass_obj
def up(session: Session) -> int:
    """Finds your gateway, or installs one in a sandbox, and keeps it up with a live view."""
    from selfheal.cli.live import LiveScreen  # noqa: PLC0415 - loads rich, which a plain status must not

    settings = session.settings
    screen = LiveScreen(session.language, live=session.terminal, colour=session.colour)
    return session.app.up(settings, screen)


@click.command()
@click.pass_obj
def down(session: Session) -> int:
    """Ends what `up` has started: the sandbox's gateway and its supervision."""
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
@target_option
@click.pass_obj
def check(session: Session, target: str | None) -> int:
    """Runs one full Level 2 pass: 0 when well, 1 when not."""
    session.target_names(target)
    code = session.app.check(session.settings, target=target)
    if code in (Exit.DONE, Exit.NOT_WELL):
        with session.reader() as reader:
            picture = look(session, reader, target)
        for each in verdict_lines(picture, code == Exit.DONE, session.language):
            click.echo(session.paint(each))
    return code
