"""`selfheal listen`: hears what a person answers to an alert. The resident calls it; so may anybody."""

import click

from selfheal.cli.session import Session


@click.command()
@click.pass_obj
def listen(session: Session) -> None:
    """Hears buttons, reactions and /ack while an incident waits to be acknowledged.

    On Telegram (a bot of its own) and by the Discord bot. It ends when nothing waits any more, and after ten
    minutes at the latest. It prints one JSON line: `again_s`, after how many seconds it is to be called again
    (null: nothing waits), and `why`, what keeps a route from being heard.
    """
    click.echo(session.app.listen(session.settings, session.environ).decode())
