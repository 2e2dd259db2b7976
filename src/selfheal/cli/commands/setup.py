"""`selfheal setup`: what is set up once. So far the document's cron entry in OpenClaw."""

import shlex

import click

from selfheal.app.exit_codes import Exit
from selfheal.cli.session import Session
from selfheal.config.route_fields import RouteKind
from selfheal.gateway.openclaw_cron import MODEL, CronEntry, CronError
from selfheal.texts.backstop import Backstop, backstop_words


@click.command()
@click.option("--openclaw-cron", is_flag=True, help="Register the document's cron entry in OpenClaw.")
@click.option(
    "--channel", metavar="NUMBER", help="The Discord channel; else that of your Discord bot's route."
)
@click.option("--model", default=MODEL, show_default=True, help="The model of the entry's agent.")
@click.option("--target", metavar="NAME", help="In this gateway; else in the first.")
@click.option("--dry-run", is_flag=True, help="Print what would be registered, and do nothing.")
@click.pass_obj
def setup(
    session: Session, openclaw_cron: bool, channel: str | None, model: str, target: str | None, dry_run: bool
) -> int:
    """Registers «Emergency Recovery Monitor» in OpenClaw: a further route to you, from within the gateway.

    Every 5 minutes an agent of its own runs `selfheal monitor --for openclaw-cron` and says in the Discord
    channel what that prints. While the gateway is down it tells nobody: it replaces no other route. The
    gateway must run for this; once more changes only what is different.
    """
    language = session.language
    if not openclaw_cron:
        raise click.UsageError(backstop_words(Backstop.NOTHING_ASKED, language))
    wanted = channel or _known_channel(session)
    if not (wanted.isascii() and wanted.isdigit()):
        raise click.UsageError(backstop_words(Backstop.NO_CHANNEL, language))
    name = session.target_names(target)[0]
    entry = session.app.cron_entry(session.settings, session.environ, wanted, model)
    if dry_run:
        click.echo(shlex.join(("openclaw", "cron", "add", *entry.words())))
        return Exit.DONE
    return _register(session, name, entry)


def _known_channel(session: Session) -> str:
    bots = (route for route in session.settings.all_routes if route.kind is RouteKind.DISCORD_BOT)
    return next((bot.channel for bot in bots), "")


def _register(session: Session, target: str, entry: CronEntry) -> int:
    language = session.language
    try:
        done = session.app.register_cron(session.settings, session.environ, target, entry)
    except CronError as error:
        click.echo(f"selfheal: {error}", err=True)
        return Exit.NOT_WELL
    which = (
        Backstop.CRON_NEW if done.created else Backstop.CRON_CHANGED if done.updated else Backstop.CRON_SAME
    )
    click.echo(backstop_words(which, language, id=done.id, channel=entry.channel))
    click.echo(backstop_words(Backstop.CRON_OFF, language, id=done.id))
    if done.doubt:
        click.echo(f"selfheal: {backstop_words(Backstop.CRON_DOUBT, language, detail=done.doubt)}", err=True)
    return Exit.DONE
