"""`selfheal status --watch`: the live view, fed from the store."""

import time

from selfheal.cli.facade import Reader
from selfheal.cli.live import LiveScreen
from selfheal.cli.picture import look
from selfheal.cli.plain import resident_line
from selfheal.cli.session import Session
from selfheal.cli.tones import text_of
from selfheal.ports.store import Entry

INTERVAL_S = 1.0  # ages are shown in seconds
ENTRIES_MAX = 200  # more than any screen has lines


def watch(session: Session, target: str | None) -> int:
    """Ends by Ctrl-C only, or when the store cannot be read."""
    session.target_names(target)
    with session.reader() as reader, _screen(session) as screen:
        while True:
            picture = look(session, reader, target)
            footer = text_of(resident_line(picture, session.language))
            entries = shown_entries(reader, picture.reports[0].target if len(picture.reports) == 1 else None)
            screen.footer = footer
            screen.show(picture.reports, entries, picture.ports)
            time.sleep(INTERVAL_S)


def shown_entries(reader: Reader | None, target: str | None) -> tuple[Entry, ...]:
    return tuple(reader.recent(ENTRIES_MAX, target, telling=True)) if reader else ()


def _screen(session: Session) -> LiveScreen:
    return LiveScreen(session.language, live=session.terminal, colour=session.colour)
