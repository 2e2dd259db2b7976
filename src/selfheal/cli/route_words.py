"""How the routes to a person stand, in words. Without click: a status shows it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from selfheal.app.last_ping import LastPing
from selfheal.cli.tones import Line, Span, Tone, line
from selfheal.ports.store import RouteRow
from selfheal.texts.language import Language
from selfheal.texts.routes import PROOFS, RouteLabel, route_words


def standing_lines(names: Sequence[str], rows: Mapping[str, RouteRow], language: Language) -> Iterator[Line]:
    """Of the routes that are set: each that does not work, loudly; then what each has taken last."""
    if not names:
        return
    known = [row for name in names if (row := rows.get(name)) is not None]
    yield from (trouble(row, row.failing, language) for row in known if row.failing is not None)
    shown = ", ".join(f"{name} {proved(rows.get(name), language)}" for name in names)
    yield line(Span(route_words(RouteLabel.PROVED, language, detail=shown), Tone.DIM))


def trouble(row: RouteRow, since: float, language: Language) -> Line:
    label = RouteLabel.REFUSING if row.final else RouteLabel.FAILING
    values = {"route": row.name, "time": local(since), "why": row.complaint or ""}
    return line(Span(route_words(label, language, **values), Tone.BAD if row.final else Tone.WARN))


def proved(row: RouteRow | None, language: Language) -> str:
    """When it took something last, and what that was."""
    if row is None or row.taken is None:
        return route_words(RouteLabel.NEVER, language)
    known = PROOFS[language].get(row.proof or "")
    if known is None:
        return local(row.taken)
    return route_words(RouteLabel.PROOF, language, time=local(row.taken), proof=known)


def ping_line(ping: LastPing | None, language: Language) -> Line:
    """Of the dead man's switch, which is set."""
    if ping is None:
        return line(Span(route_words(RouteLabel.NOT_PINGED, language), Tone.DIM))
    words = route_words(RouteLabel(ping.said), language)
    if ping.why:
        values = {"time": local(ping.time), "said": words, "why": ping.why}
        return line(Span(route_words(RouteLabel.PING_FAILED, language, **values), Tone.WARN))
    return line(Span(route_words(RouteLabel.PINGED, language, time=local(ping.time), said=words), Tone.DIM))


def local(wall: float) -> str:
    return datetime.fromtimestamp(wall).astimezone().strftime("%Y-%m-%d %H:%M:%S")
