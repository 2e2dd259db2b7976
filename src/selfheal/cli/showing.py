"""What `selfheal status` prints, as text or as JSON. Without click, like all that it imports."""

import sys
from collections.abc import Iterator

from selfheal.cli.exit_codes import Exit
from selfheal.cli.picture import Picture, look
from selfheal.cli.plain import status_lines
from selfheal.cli.session import Session
from selfheal.cli.tones import Line, Span, Tone, line
from selfheal.config.fault import Problem


def show_status(session: Session, target: str | None = None, *, as_json: bool = False) -> Exit:
    with session.reader() as reader:
        picture = look(session, reader, target)
    if target is not None and not picture.reports:
        session.target_names(target)  # refuses a name that nobody knows
    if as_json:
        from selfheal.cli import jsonout  # noqa: PLC0415 - not for a person's status

        sys.stdout.write(f"{jsonout.dump(jsonout.status(picture))}\n")
    else:
        lines = [
            session.paint(each) for each in (*status_lines(picture, session.language), *_others(session))
        ]
        sys.stdout.write("\n".join(lines) + "\n")
    return code(picture)


def _others(session: Session) -> Iterator[Line]:
    """Gateways of the host that nobody watches, and how to change that."""
    for warning in session.settings.warnings:
        if warning.problem is Problem.NOT_WATCHED:
            yield line(Span(warning.full(session.language), Tone.WARN))


def code(picture: Picture) -> Exit:
    if picture.resident_pid is None:
        return Exit.NO_RESIDENT
    return Exit.DONE if picture.well else Exit.NOT_WELL
