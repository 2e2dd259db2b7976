"""The command line as click knows it. Neither rich, asyncio nor psutil: a command loads its own."""

from pathlib import Path

import click

from selfheal import __version__
from selfheal.app.exit_codes import Exit
from selfheal.cli.lazy import LazyGroup
from selfheal.cli.session import Session
from selfheal.texts.language import Language

PLACES = {
    "up": "selfheal.cli.commands.resident:up",
    "down": "selfheal.cli.commands.resident:down",
    "run": "selfheal.cli.commands.resident:run",
    "check": "selfheal.cli.commands.resident:check",
    "status": "selfheal.cli.commands.status:status",
    "incidents": "selfheal.cli.commands.incidents:incidents",
    "logs": "selfheal.cli.commands.logs:logs",
    "pause": "selfheal.cli.commands.asking:pause",
    "resume": "selfheal.cli.commands.asking:resume",
    "enable": "selfheal.cli.commands.asking:enable",
    "disable": "selfheal.cli.commands.asking:disable",
    "ack": "selfheal.cli.commands.asking:ack",
    "notify": "selfheal.cli.commands.notify:notify",
    "setup": "selfheal.cli.commands.setup:setup",
    "monitor": "selfheal.cli.commands.monitor:monitor",
    "deliver": "selfheal.cli.commands.deliver:deliver",
    "listen": "selfheal.cli.commands.listen:listen",
    "simulate": "selfheal.cli.commands.simulate:simulate",
    "replay": "selfheal.cli.commands.replay:replay_incident",
    "config": "selfheal.cli.commands.config:config",
    "completion": "selfheal.cli.commands.completion:completion",
}

FORGIVING = frozenset(
    {
        "status",
        "incidents",
        "logs",
        "pause",
        "resume",
        "enable",
        "disable",
        "ack",
        "deliver",
        "listen",
        "monitor",
    }
)
"""They serve beside a resident, which keeps its old config where the new one has faults."""

NO_WORDS = getattr(click.exceptions, "NoArgsIsHelpError", ())  # newer clicks: no error, the help is shown


@click.group(cls=LazyGroup, places=PLACES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="The config file to read.")
@click.option("--lang", type=click.Choice([*map(str, Language), "auto"]), help="Language of the output.")
@click.option("--no-color", is_flag=True, help="No colour; NO_COLOR in the environment does the same.")
@click.version_option(__version__, prog_name="selfheal", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, config: Path | None, lang: str | None, no_color: bool) -> None:
    """Keeps an OpenClaw gateway up, and says what it did and why."""
    session: Session = ctx.obj
    session.config, session.lang, session.no_color = config, lang, no_color
    session.forgiving = ctx.invoked_subcommand in FORGIVING


def _show(error: click.ClickException, session: Session) -> None:
    from selfheal.cli.usage import lines  # noqa: PLC0415 - needed only where something went wrong

    if isinstance(error, NO_WORDS):
        error.show()
    else:
        click.echo("\n".join(lines(error, session)), err=True)


def run(words: list[str], session: Session) -> int:
    """Runs one command and returns its exit code."""
    try:
        code = cli.main(words, prog_name="selfheal", standalone_mode=False, obj=session)
    except click.ClickException as error:
        _show(error, session)
        return Exit.USAGE if isinstance(error, click.UsageError) else Exit.NOT_WELL
    except click.Abort:
        return Exit.INTERRUPTED
    except SystemExit:  # click's own way to end when the reader of the output has gone
        return Exit.OUTPUT
    return code if isinstance(code, int) else Exit.DONE
