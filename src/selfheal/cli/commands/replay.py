"""`selfheal replay`: a recorded incident through the core again, and what another policy would have done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import click

from selfheal.app.exit_codes import Exit
from selfheal.cli import jsonout, timeline
from selfheal.cli.commands.incidents import ALL, find, table
from selfheal.cli.session import Session
from selfheal.cli.tones import Line, Span, Tone, line
from selfheal.cli.usage import Refused
from selfheal.config.settings import Settings
from selfheal.core.instants import Wall
from selfheal.core.notes import Note
from selfheal.core.observations import TimePassed
from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.ports.store import Entry, IncidentRow
from selfheal.sim.replay import (
    LOOK_NAMES,
    Decision,
    Replay,
    as_it_ran,
    changed,
    kept_policies,
    replay,
    what_if,
)
from selfheal.texts.describe import say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language

THEN, NOW, BOTH = "-", "+", " "
ACT_LABELS = {
    "InspectHost": Label.ACT_INSPECT_HOST,
    "ExamineExit": Label.ACT_EXAMINE_EXIT,
    "Probe": Label.ACT_PROBE,
    "CheckDeeply": Label.ACT_CHECK_DEEPLY,
    "StartGateway": Label.ACT_START,
    "SignalGateway": Label.ACT_SIGNAL,
    "Notify": Label.ACT_NOTIFY,
}
TONES = {THEN: Tone.WARN, NOW: Tone.STRONG, BOTH: Tone.DIM}


@dataclass(frozen=True)
class Recorded:
    """What is kept of an incident."""

    row: IncidentRow
    before: State
    entries: Sequence[Entry]


@click.command(name="replay")
@click.argument("incident_id", metavar="ID", type=int)
@click.option("--target", metavar="NAME", help="Of this gateway; needed where several have that id.")
@click.option(
    "--what-if",
    "other",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With this config file's policy.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@click.pass_obj
def replay_incident(
    session: Session, incident_id: int, target: str | None, other: Path | None, as_json: bool
) -> int:
    """Decides an incident again, and says where the decisions differ.

    Each step is made again from the journal, with the settings of then or with those of --what-if. The exit
    code is 1 where this version decides otherwise than was recorded.
    """
    kept = _recorded(session, incident_id, target)
    today = _policy(session.settings, kept.row.target)
    policy = as_it_ran(kept.entries, today)
    again = replay(kept.before, kept.entries, policy)
    told = again
    if other is not None:
        settings = session.settings_of(other)
        another = as_it_ran(kept.entries, _policy(settings, kept.row.target))
        told = what_if(kept.before, kept.entries, policy, another)
    if as_json:
        click.echo(jsonout.dump(_document(kept, told, other, today, session.language)))
    else:
        for each in lines(kept.row, told, session.app.now().wall, session.language):
            click.echo(session.paint(each))
        for text in summary(told, other, session.language, as_recorded=again.as_recorded):
            click.echo(text)
        for text in _settings(kept, today, session.language):
            click.echo(text)
    return Exit.DONE if other is not None or again.as_recorded else Exit.NOT_WELL


def _recorded(session: Session, incident_id: int, target: str | None) -> Recorded:
    with session.reader() as reader:
        row = find(reader.incidents(target, ALL) if reader else (), incident_id)
        before = reader.before(row.target, row.id) if reader else None
        entries = reader.timeline(row.target, row.id) if reader else ()
    if before is None or not entries:
        raise Refused(Label.REPLAY_NOT_KEPT, count=incident_id)
    return Recorded(row, before, entries)


def _policy(settings: Settings, target: str) -> Policy:
    return next((each.policy for each in settings.targets if each.name == target), settings.policy)


# -- for a person --------------------------------------------------------------------------------------


def lines(
    row: IncidentRow, told: Replay, now: Wall, language: Language, zone: tzinfo | None = None
) -> Iterator[Line]:
    yield from table([row], now, language, zone)
    yield ()
    for decision in told.decisions:
        yield from _decision(decision, row.target, language, zone)
        if decision.forks:
            yield line(Span(f"! {say(Label.REPLAY_FORKS, language)}", Tone.BAD))


def _decision(decision: Decision, target: str, language: Language, zone: tzinfo | None) -> Iterator[Line]:
    at = decision.now.wall
    alike = set(map(_unnumbered, decision.notes_then)) & set(map(_unnumbered, decision.notes))
    for mark, note in _marked(decision.notes_then, decision.notes):
        full = timeline.full(timeline.Moment(0, target, at, note), language, zone=zone)
        number = f" (#{note.incident or '-'})" if mark != BOTH and _unnumbered(note) in alike else ""
        yield line(Span(f"{mark} ", TONES[mark]), *full, Span(number, Tone.DIM))
    for mark, names in _marked_actions(decision):
        moment = datetime.fromtimestamp(at, zone).strftime("[%Y-%m-%d %H:%M:%S]")
        acts = ", ".join(_act(name, language) for name in names)
        yield line(Span(f"{mark} ", TONES[mark]), Span(f"{moment} ", Tone.DIM), "   → ", Span(acts))


def _unnumbered(note: Note) -> Note:
    """As it is read."""
    return replace(note, incident=None)


def _act(name: str, language: Language) -> str:
    """An older journal may name acts that are no more."""
    return say(ACT_LABELS[name], language) if name in ACT_LABELS else name


def _marked(then: Sequence[Note], now: Sequence[Note]) -> Iterator[tuple[str, Note]]:
    yield from ((BOTH if note in now else THEN, note) for note in then)
    yield from ((NOW, note) for note in now if note not in then)


def _marked_actions(decision: Decision) -> Iterator[tuple[str, Sequence[str]]]:
    """Looks are only worth a line where they differ."""
    if decision.actions == decision.actions_then:
        acts = [name for name in decision.actions if name not in LOOK_NAMES]
        yield from [(BOTH, acts)] if acts else []
        return
    yield from [(THEN, decision.actions_then)] if decision.actions_then else []
    yield from [(NOW, decision.actions)] if decision.actions else []


def summary(
    told: Replay, other: Path | None, language: Language, zone: tzinfo | None = None, *, as_recorded: bool
) -> Iterator[str]:
    """`as_recorded`: of the replay with the settings of then."""
    differing, total = told.differing, len(told.decisions)
    values: dict[str, object] = {"count": total - len(differing), "total": total, "detail": other}
    if differing:
        values["time"] = datetime.fromtimestamp(differing[0].now.wall, zone).strftime("%Y-%m-%d %H:%M:%S")
    yield say(_LABELS[other is not None, bool(differing)], language, **values)
    if told.left_open:
        yield say(Label.REPLAY_LEFT_OPEN, language)
    if other is not None:
        yield say(Label.REPLAY_BEGINS, language)
        if not as_recorded:
            yield say(Label.REPLAY_CHANGED, language)


def _settings(kept: Recorded, today: Policy, language: Language) -> Iterator[str]:
    """What is to be known of the settings that it was replayed with."""
    if not kept_policies(kept.entries):
        yield say(Label.REPLAY_NO_SETTINGS, language)
    elif names := changed(kept.entries, today):
        yield say(Label.REPLAY_OTHER_SETTINGS, language, detail=", ".join(names))


_LABELS = {
    (False, False): Label.REPLAY_SAME,
    (False, True): Label.REPLAY_DIFFERS,
    (True, False): Label.REPLAY_WHAT_IF_SAME,
    (True, True): Label.REPLAY_WHAT_IF,
}


# -- for a program -------------------------------------------------------------------------------------


def _document(
    kept: Recorded, told: Replay, other: Path | None, today: Policy, language: Language
) -> jsonout.Document:
    """As of `incidents show`, with what would be decided otherwise."""
    return {
        **jsonout.incident(kept.row, kept.entries, language),
        "kind": "replay",
        "what_if": None if other is None else str(other),
        "settings_kept": bool(kept_policies(kept.entries)),
        "settings_changed": list(changed(kept.entries, today)),
        "decisions": len(told.decisions),
        "forked": told.fork is not None,
        "left_open": told.left_open,
        "differing": [_differing(each, kept.row, language) for each in told.differing],
    }


def _differing(decision: Decision, row: IncidentRow, language: Language) -> jsonout.Document:
    moment = datetime.fromtimestamp(decision.now.wall, UTC).isoformat(timespec="milliseconds")
    return {
        "seq": None if decision.entry is None else decision.entry.seq,
        "time": moment.replace("+00:00", "Z"),
        "recorded": _timeline(decision.entry, row, language),
        "recorded_actions": list(decision.actions_then),
        "replayed": _timeline(_entry(decision, row), row, language),
        "replayed_actions": list(decision.actions),
    }


def _timeline(entry: Entry | None, row: IncidentRow, language: Language) -> object:
    document = jsonout.incident(row, () if entry is None else (entry,), language)
    return document["timeline"]


def _entry(decision: Decision, row: IncidentRow) -> Entry:
    """As the journal would have it."""
    seen, now = decision.entry, decision.now
    return Entry(
        seq=seen.seq if seen is not None else 0,
        target=row.target,
        wall=now.wall,
        kind=seen.kind if seen is not None else TimePassed.__name__,
        observation=seen.observation if seen is not None else TimePassed(),
        notes=decision.notes,
        actions=decision.actions,
        incident=row.id,
        mono=now.mono,
        boot_id=now.boot_id,
    )
