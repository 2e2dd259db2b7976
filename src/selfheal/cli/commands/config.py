"""`selfheal config`: is it right, and what is in force?"""

import click

from selfheal.cli.session import Session
from selfheal.texts.describe import say
from selfheal.texts.labels import Label


@click.group()
def config() -> None:
    """Checks the config, or shows what is in force."""


@config.command()
@click.pass_obj
def check(session: Session) -> None:
    """Reports every fault at once; exit code 78 where there is one."""
    settings = session.app.check_settings(session.config, session.environ)
    for warning in settings.warnings:
        click.echo(f"selfheal: {warning.full(session.language)}", err=True)
    path = settings.path or say(Label.NO_FILE, session.language)
    click.echo(say(Label.CONFIG_WELL, session.language, path=path))
    if (few := settings.too_few_routes) is not None:
        click.echo(f"selfheal: {few.full(session.language)}", err=True)


@config.command(name="show")
@click.pass_obj
def show_config(session: Session) -> None:
    """Shows every setting with its unit and origin, as a config file; secrets are left out."""
    from selfheal.config.show import show  # noqa: PLC0415 - textwrap and json, for this command alone

    click.echo(show(session.as_set), nl=False)
