"""`selfheal status`: how the gateways are, whether or not the resident runs."""

import click

from selfheal.cli.session import Session
from selfheal.cli.showing import show_status
from selfheal.cli.usage import WrongUse
from selfheal.texts.labels import Label


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@click.option("--watch", is_flag=True, help="Keep showing it, until Ctrl-C.")
@click.option("--target", metavar="NAME", help="Only this gateway.")
@click.pass_obj
def status(session: Session, as_json: bool, watch: bool, target: str | None) -> int:
    """Shows how the gateways are. Works while the resident is dead."""
    if as_json and watch:
        raise WrongUse(Label.JSON_OR_WATCH)
    if watch:
        from selfheal.cli.watch import watch as follow  # noqa: PLC0415 - loads rich, which a plain status must not

        return follow(session, target)
    return show_status(session, target, as_json=as_json)
