"""`selfheal listen`: hears what a person answers to an alert. The resident calls it; so may anybody."""

import click

from selfheal.cli.session import Session


@click.command()
@click.option("--tied", is_flag=True, help="End when standard input does (the resident).")
@click.pass_obj
def listen(session: Session, tied: bool) -> None:
    """Hears buttons, reactions and /ack while an incident waits to be acknowledged.

    On Telegram (a bot of its own) and by the Discord bot. It ends when nothing waits any more, and after ten
    minutes at the latest; the one that the resident calls ends with it. It prints one JSON line: `again_s`,
    after how many seconds it is to be called again (null: nothing waits), and `why`, what keeps a route from
    being heard.
    """
    click.echo(session.app.listen(session.settings, session.environ, tied=tied).decode())
