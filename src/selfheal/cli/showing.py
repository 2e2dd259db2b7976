"""What `selfheal status` prints, as text or as JSON. Without click, like all that it imports."""

import sys
from collections.abc import Iterator

from selfheal.app.exit_codes import Exit
from selfheal.cli.picture import Picture, look
from selfheal.cli.plain import status_lines
from selfheal.cli.route_words import ping_line, standing_lines
from selfheal.cli.session import Session
from selfheal.cli.tones import Line, Span, Tone, line
from selfheal.config.fault import Problem
from selfheal.texts.language import Language


def show_status(session: Session, target: str | None = None, *, as_json: bool = False) -> Exit:
    with session.reader() as reader:
        picture = look(session, reader, target)
    if target is not None and not picture.reports:
        session.target_names(target)  # refuses a name that nobody knows
    if as_json:
        from selfheal.cli import jsonout  # noqa: PLC0415 - not for a person's status

        sys.stdout.write(f"{jsonout.dump(jsonout.status(picture, session.language))}\n")
    else:
        lines = [session.paint(each) for each in _lines(picture, session.language)]
        sys.stdout.write("\n".join(lines) + "\n")
    return code(picture)


def _lines(picture: Picture, language: Language) -> Iterator[Line]:
    """That nobody would be told is not to be overlooked; other gateways of the host come at the end."""
    resident, *rest = status_lines(picture, language)
    others = (Problem.NOT_WATCHED,)
    yield resident
    yield from (
        line(Span(one.full(language), Tone.BAD)) for one in picture.warnings if one.problem not in others
    )
    yield from standing_lines(picture.routes, picture.standings, language)
    if picture.dead_man:
        yield ping_line(picture.pinged, language)
    yield from rest
    yield from (
        line(Span(one.full(language), Tone.WARN)) for one in picture.warnings if one.problem in others
    )


def code(picture: Picture) -> Exit:
    if picture.resident_pid is None:
        return Exit.NO_RESIDENT
    return Exit.DONE if picture.well else Exit.NOT_WELL
