"""`selfheal status`: how the gateways are, whether or not the resident runs."""

import click

from selfheal.cli.exit_codes import Exit
from selfheal.cli.picture import Picture, look
from selfheal.cli.plain import status_lines
from selfheal.cli.session import Session


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@click.option("--watch", is_flag=True, help="Keep showing it, until Ctrl-C.")
@click.option("--target", metavar="NAME", help="Only this gateway.")
@click.pass_obj
def status(session: Session, as_json: bool, watch: bool, target: str | None) -> int:
    """Shows how the gateways are. Works while the resident is dead."""
    if as_json and watch:
        raise click.UsageError(
            "--json and --watch cannot be used together: run --json again when you need it"
        )
    if watch:
        from selfheal.cli.watch import watch as follow  # noqa: PLC0415 - loads rich, which a plain status must not

        return follow(session, target)
    with session.reader() as reader:
        picture = look(session, reader, target)
    _known(picture, session, target)
    if as_json:
        from selfheal.cli import jsonout  # noqa: PLC0415 - not for a person's status

        click.echo(jsonout.dump(jsonout.status(picture)))
    else:
        for each in status_lines(picture, session.language):
            click.echo(session.paint(each))
    return code(picture)


def code(picture: Picture) -> Exit:
    if picture.resident_pid is None:
        return Exit.NO_RESIDENT
    return Exit.DONE if picture.well else Exit.NOT_WELL


def _known(picture: Picture, session: Session, target: str | None) -> None:
    if target is not None and not picture.reports:
        session.target_names(target)
