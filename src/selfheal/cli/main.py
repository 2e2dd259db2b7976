"""The command line. Imports neither rich, asyncio nor psutil; each command loads what it needs itself."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from selfheal import __version__
from selfheal.cli.exit_codes import Exit
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
    "config": "selfheal.cli.commands.config:config",
    "completion": "selfheal.cli.commands.completion:completion",
}


@click.group(cls=LazyGroup, places=PLACES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="The config file to read.")
@click.option("--lang", type=click.Choice([*map(str, Language), "auto"]), help="Language of the output.")
@click.option("--no-color", is_flag=True, help="No colour; NO_COLOR in the environment does the same.")
@click.version_option(__version__, prog_name="selfheal", message="%(prog)s %(version)s")
@click.pass_obj
def cli(session: Session, config: Path | None, lang: str | None, no_color: bool) -> None:
    """Keeps an OpenClaw gateway up, and says what it did and why."""
    session.config, session.lang, session.no_color = config, lang, no_color


def main(args: Sequence[str] | None = None, session: Session | None = None) -> int:
    """Runs one command and returns its exit code."""
    session = session or Session(os.environ)
    _forgive_encoding()
    try:
        code = cli.main(args, prog_name="selfheal", standalone_mode=False, obj=session)
    except click.ClickException as error:
        error.show()
        return Exit.USAGE if isinstance(error, click.UsageError) else Exit.NOT_WELL
    except click.Abort:
        return Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - what is not known is raised again
        return _complain(error, session)
    return code if isinstance(code, int) else Exit.DONE


def _complain(error: Exception, session: Session) -> int:
    from selfheal.cli.errors import complaint  # noqa: PLC0415 - needed only where something went wrong

    known = complaint(error, session.language_without_settings)
    if known is None:
        raise error
    for line in known.lines:
        click.echo(f"selfheal: {line}", err=True)
    return known.code


def _forgive_encoding() -> None:
    """A terminal without UTF-8 gets a question mark, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
