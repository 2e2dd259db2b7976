"""`selfheal monitor`: the document's Level 4 pass, for a timer, and for while no resident lives.

It looks for logs of recoveries that ask for a person, alerts of each once, sees to it that the resident
lives, and takes what still waits in the outbox to the routes. A log that a person has written by hand counts.
Where no disk takes the outbox they are told by what there is in memory, each once on each route (`unkept`).
Other readers, as the document's cron entry in OpenClaw, are told of each log once of their own.
"""

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from selfheal.app.addressees import addressees
from selfheal.app.asking import LEVELS, Asking, asking
from selfheal.app.attachments import log_name
from selfheal.app.backlog import Current, tell, unnoted
from selfheal.app.given import Delivered, Given
from selfheal.app.hanging import ending_within
from selfheal.app.own_service import RESIDENT, Care, Cared, keep_alive, services
from selfheal.app.places import database_path, log_folder
from selfheal.app.plain_file import read_end, write_whole
from selfheal.app.post import END_S, deliver
from selfheal.app.spells import SPELL, in_outbox, of_resident, spells, with_noted
from selfheal.app.telling import printed
from selfheal.app.unkept import Notes, Pad, is_of, to_tell
from selfheal.app.words import alert_text
from selfheal.config.settings import Settings
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Now
from selfheal.notify.https import Reach
from selfheal.ports.outbox import Told
from selfheal.ports.service import Service
from selfheal.ports.store import StoreError
from selfheal.runtime.clock import SystemClock
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.reader import Reader

SENT = ".emergency-alert-sent"
SENT_MAX = 100  # names in it; what is older is out of the window
SENT_BYTES = 64 * 1024


class Alerted(NamedTuple):
    """A log that asks for a person, and the text of its alert. `told`: the routes that have taken it;
    `waits`: those that are to be told and have not. Neither: nobody can be.
    """

    path: Path
    text: str
    told: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()


class Monitored(NamedTuple):
    """`alerted`: logs of which there is an alert now; `known`: of which there was one.
    `again_s`: when what still waits is to be tried again, None: nothing waits. `resident`: its pid, if any.
    `unkept`: why no disk took the outbox; what there was to tell was told all the same. `unheard`: those of
    the known of which nobody was told, or can be: no route hears of them.
    """

    alerted: tuple[Alerted, ...]
    known: tuple[Path, ...]
    again_s: float | None = None
    resident: Cared = Cared(Care.NO_SERVICE)
    unkept: str = ""
    unheard: tuple[Path, ...] = ()


class _Log(NamedTuple):
    """One that asks for a person, and its alert. `known`: there was one."""

    target: str
    path: Path
    notify: Notify
    known: bool


class _Unkept(NamedTuple):
    """What a pass has to tell that no disk takes."""

    pad: Pad
    current: Callable[[Notes], Current]
    fresh: Sequence[_Log]
    now: Now


Became = Callable[[_Log], Mapping[str, bool]]
"""Of each route that is to be told of it: whether it has taken it."""


def monitor(
    settings: Settings,
    environ: Mapping[str, str],
    reach: Reach | None = None,
    known: Sequence[Service] | None = None,
) -> Monitored:
    """`known`: the services that may be the resident's, else those that `own_service` finds."""
    now, pad = SystemClock().now(), Pad(settings.state_dir, environ)
    notes = pad.read()
    units = services(settings, environ) if known is None else known
    is_missed = with_noted(in_outbox(settings), notes).is_missed()
    cared = keep_alive(settings, units, missed=is_missed)
    logs = _known(settings, list(_logs(settings, now)))
    fresh = [log for log in logs if not (log.known or notes.knows(log.target, log.notify))]
    seen = Monitored((), tuple(log.path for log in logs if log not in fresh), resident=cared)
    new = [log for log in logs if not log.known]
    try:
        _put(settings, new, notes, cared, now)
        waiting_s = _deliver(settings, environ, reach).waiting_s if settings.all_routes else None
    except StoreError as error:
        seen = seen._replace(unkept=str(error))
        pad.add(unnoted(error))
        current = partial(_current, settings, logs, cared, now)
        return _without_a_disk(settings, environ, reach, _Unkept(pad, current, fresh, now), seen)
    pad.is_noted(notes)
    alerted = _alerted(settings, environ, fresh, partial(_in_outbox, settings))
    unheard = tuple(log.path for log in logs if log not in fresh and _is_unheard(settings, log))
    return seen._replace(alerted=alerted, again_s=waiting_s, unheard=unheard)


def _current(settings: Settings, logs: Sequence[_Log], cared: Cared, now: Now, notes: Notes) -> Current:
    asks = [log for log in logs if not log.known or notes.has(log.target, log.notify)]
    ours = of_resident(with_noted(in_outbox(settings), notes), cared, now)
    return [*((log.target, log.notify) for log in asks), *((RESIDENT, notify) for notify in ours)]


def _without_a_disk(
    settings: Settings, environ: Mapping[str, str], reach: Reach | None, unkept: _Unkept, seen: Monitored
) -> Monitored:
    """What there is to tell now, and what waits in an outbox that can be read all the same."""
    pad, current, fresh, now = unkept
    if not settings.all_routes:
        alerted = _alerted(settings, environ, fresh, lambda log: {})  # noqa: ARG005 - nobody can be told
        return seen._replace(alerted=alerted, unheard=seen.known)
    backlog = tell(settings, environ, pad, Given(), current, now, reach)
    if backlog is None:
        return seen
    alerted = _alerted(settings, environ, fresh, partial(_in_memory, settings, backlog.taken))
    return seen._replace(alerted=alerted, again_s=backlog.done.waiting_s)


def _deliver(settings: Settings, environ: Mapping[str, str], reach: Reach | None) -> Delivered:
    with ending_within(END_S):
        return deliver(settings, environ, Given(), reach=reach)


def _logs(settings: Settings, now: Now) -> Iterator[_Log]:
    for target in settings.targets:
        folder = log_folder(settings, target.name)
        sent = _sent(folder)
        for found in asking(folder, now):
            yield _Log(target.name, found.path, _alert(found), known=log_name(found.path) in sent)


def _known(settings: Settings, logs: Sequence[_Log]) -> list[_Log]:
    """Those with an alert of which nothing could be noted beside the log, too: on a full disk it grows on."""
    known = set[_Log]()
    with suppress(StoreError), Reader(database_path(settings)) as reader:
        known.update(log for log in logs if reader.has_alert(log.target, log.notify.kind, log.notify.number))
    return [log._replace(known=log.known or log in known) for log in logs]


def _alerted(
    settings: Settings, environ: Mapping[str, str], logs: Sequence[_Log], became: Became
) -> tuple[Alerted, ...]:
    texts = {target.name: alert_text(settings, environ, target.name) for target in settings.targets}
    found = []
    for log in logs:
        routes = became(log)
        told, waits = (tuple(name for name in sorted(routes) if routes[name] is has) for has in (True, False))
        found.append(Alerted(log.path, texts[log.target](log.notify), told, waits))
    return tuple(found)


def _in_outbox(settings: Settings, log: _Log) -> Mapping[str, bool]:
    with suppress(StoreError), Reader(database_path(settings)) as reader:
        return reader.routes_of(log.target, log.notify.kind, log.notify.number)
    return {}


def _is_unheard(settings: Settings, log: _Log) -> bool:
    """A log that is known. Where that is noted beside the log alone, as after a database was lost, it is not
    known who has heard of it: who hears of such now is taken to have.
    """
    is_known = False
    with suppress(StoreError), Reader(database_path(settings)) as reader:
        is_known = reader.has_alert(log.target, log.notify.kind, log.notify.number)
    return not _in_outbox(settings, log) if is_known else not _in_memory(settings, (), log)


def _in_memory(settings: Settings, taken: Sequence[Told], log: _Log) -> Mapping[str, bool]:
    told = {one.route for one in taken if is_of(one, log.target, log.notify)}
    return {name: name in told for name, one in addressees(settings).items() if log.notify.kind in one.kinds}


def _put(settings: Settings, new: Sequence[_Log], notes: Notes, cared: Cared, now: Now) -> None:
    """Into the outbox. Raises StoreError."""
    with closing(SqliteOutbox(database_path(settings))) as outbox:
        targets = {target.name for target in settings.targets}
        ours = to_tell(notes, [(log.target, log.notify) for log in new], now)
        with outbox.together():  # who sees an alert without what was told of it tells it again
            for target, notify, at in ours:
                outbox.put(target, notify, replace(now, wall=at))
            for told in notes.told:
                outbox.note(told, now)
        for target, notify, _ in ours:
            if target in targets:
                folder = log_folder(settings, target)
                _note(folder, [*_sent(folder), notify.detail])
        known = spells(*(outbox.last_number(RESIDENT, kind) for kind in SPELL))
        for notify in of_resident(known, cared, now):
            outbox.put(RESIDENT, notify, now)


def untold(settings: Settings, environ: Mapping[str, str], reader: str) -> list[str]:
    """The alerts of which `reader` has not been told, which is noted: it is to show them. Nothing is sent."""
    now, new, pad = SystemClock().now(), list[tuple[str, Asking]](), Pad(settings.state_dir, environ)
    for target in settings.targets:
        folder = log_folder(settings, target.name)
        unnoted = f"{target.name}{SENT}.{reader}"
        sent = [*_sent(folder, reader), *pad.names(unnoted)]
        fresh = [found for found in asking(folder, now) if log_name(found.path) not in sent]
        new += [(target.name, found) for found in fresh]
        names = [*sent, *(log_name(found.path) for found in fresh)]
        if fresh and not _note(folder, names, reader):
            pad.keep_names(unnoted, names[-SENT_MAX:])
    if not new:  # the secrets that a text is held against are many files
        return []
    text = printed(settings, environ, socket.gethostname())
    return [text(target, _alert(found), now) for target, found in new]


def _alert(found: Asking) -> Notify:
    """With the levels that the log says have failed; all three where it says nothing of them."""
    name = log_name(found.path)
    levels = found.levels or tuple(LEVELS.values())
    return Notify(AlertKind.RECOVERY, 0, levels, detail=name, number=_number(name))


def _number(name: str) -> int:
    """The same for the same log, however it grows: where it cannot be noted, the outbox knows it by that."""
    return int.from_bytes(sha256(name.encode()).digest()[:4]) >> 1


def _sent(folder: Path, reader: str = "") -> list[str]:
    """The names of the logs that were alerted of. What cannot be read says nothing: the outbox knows, too."""
    return read_end(_sent_to(folder, reader), SENT_BYTES).decode("utf-8", "replace").splitlines()


def _sent_to(folder: Path, reader: str) -> Path:
    return folder / (f"{SENT}.{reader}" if reader else SENT)


def _note(folder: Path, names: Sequence[str], reader: str = "") -> bool:
    """Each once: two passes may be at it. Whether it could be noted."""
    last = list(dict.fromkeys(names))[-SENT_MAX:]
    with suppress(OSError):
        write_whole(_sent_to(folder, reader), "".join(f"{name}\n" for name in last).encode())
        return True
    return False
