"""`selfheal setup`: what is set up once. So far the routes to a person, and the document's cron entry."""

import shlex

import click
from click.core import ParameterSource

from selfheal.app.exit_codes import Exit
from selfheal.cli.session import Session
from selfheal.cli.usage import WrongWords
from selfheal.config.new_route import Keep
from selfheal.config.route_fields import RouteKind
from selfheal.gateway.openclaw_cron import MODEL, CronEntry, CronError
from selfheal.texts.backstop import Backstop, backstop_words
from selfheal.texts.setup import Setup, setup_words

OF_CRON = ("channel", "model", "target")
OF_ROUTES = ("routes", "secrets", "replace", "yes", "no_test")


@click.command()
@click.option(
    "--route",
    "routes",
    multiple=True,
    metavar="NAME=KIND:SETTING=VALUE,…",
    help="A route to a person, without a question; as often as needed.",
)
@click.option(
    "--secrets",
    type=click.Choice([str(Keep.FILE), str(Keep.CONFIG)]),
    default=str(Keep.FILE),
    show_default=True,
    help="Where the secrets of --route go: a file each, mode 0600, beside the config; or the config.",
)
@click.option("--replace", is_flag=True, help="A --route may overwrite one of the same name.")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing: write what --route says.")
@click.option("--no-test", is_flag=True, help="Send no test message.")
@click.option("--dry-run", is_flag=True, help="Show what would be written or registered, and do nothing.")
@click.option("--openclaw-cron", is_flag=True, help="Register the document's cron entry in OpenClaw, alone.")
@click.option(
    "--channel", metavar="NUMBER", help="The Discord channel; else that of your Discord bot's route."
)
@click.option("--model", default=MODEL, show_default=True, help="The model of the entry's agent.")
@click.option("--target", metavar="NAME", help="In this gateway; else in the first.")
@click.pass_obj
def setup(
    session: Session,
    routes: tuple[str, ...],
    secrets: str,
    replace: bool,
    yes: bool,
    no_test: bool,
    dry_run: bool,
    openclaw_cron: bool,
    channel: str | None,
    model: str,
    target: str | None,
) -> int:
    """Asks for the routes to a person until there are two, writes them, and sends a message through each.

    Before anything is written it is shown, without secrets, and asked for. What is there stays, with its
    comments; once more asks for what is missing. Ctrl-C leaves all as it is. Exit code 0: two routes or
    more, and the new ones took their message; 1: not so.

    Unattended: --route and --yes. What SETTING may be, by KIND: docs/config.md. A secret on a command line
    is seen by others: SETTING_env=VARIABLE takes it from the environment, SETTING_file=PATH names a file that
    holds it and stays where it is. A comma begins a new setting only where the name of one follows it:

    \b
      selfheal setup --yes --route phone=ntfy:topic_env=TOPIC \\
        --route ops=email:host=smtp.example.com,sender=a@example.com,to=b@example.com,c@example.com

    --openclaw-cron registers «Emergency Recovery Monitor» in OpenClaw: a further route to you, from within
    the gateway. Every 5 minutes an agent of its own runs `selfheal monitor --for openclaw-cron` and says in
    the Discord channel what that prints. While the gateway is down it tells nobody: it replaces no other
    route. The gateway must run for this; once more changes only what is different.
    """  # noqa: D301 - click's mark for lines that stay as they are
    _refuse_others(session, OF_ROUTES if openclaw_cron else OF_CRON, openclaw_cron=openclaw_cron)
    if openclaw_cron:
        return _cron(session, channel, model, target, dry_run=dry_run)
    from selfheal.cli.setup.ground import ground_of  # noqa: PLC0415 - with what writes TOML
    from selfheal.cli.setup.routes_part import Wanted, set_up_routes  # noqa: PLC0415

    wanted = Wanted(routes, Keep(secrets), replace=replace, yes=yes, test=not no_test, dry_run=dry_run)
    return set_up_routes(ground_of(session), wanted)


def _refuse_others(session: Session, names: tuple[str, ...], *, openclaw_cron: bool) -> None:
    context = click.get_current_context()
    which = Setup.NOT_WITH_CRON if openclaw_cron else Setup.ONLY_CRON
    for param in context.command.params:
        given = context.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE
        if given and param.name in names:
            raise WrongWords(setup_words(which, session.language, detail=param.opts[0]), context)


def _cron(session: Session, channel: str | None, model: str, target: str | None, *, dry_run: bool) -> int:
    wanted = channel or _known_channel(session)
    if not (wanted.isascii() and wanted.isdigit()):
        raise WrongWords(backstop_words(Backstop.NO_CHANNEL, session.language))
    name = session.target_names(target)[0]
    entry = session.app.cron_entry(session.settings, session.environ, wanted, model)
    if dry_run:
        openclaw = session.app.openclaw_words(session.settings, session.environ, name)
        click.echo(f"{openclaw} {shlex.join(('cron', 'add', *entry.words()))}")
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
    openclaw = session.app.openclaw_words(session.settings, session.environ, target)
    click.echo(backstop_words(Backstop.CRON_OFF, language, openclaw=openclaw, id=done.id))
    if done.doubt:
        click.echo(f"selfheal: {backstop_words(Backstop.CRON_DOUBT, language, detail=done.doubt)}", err=True)
    return Exit.DONE
