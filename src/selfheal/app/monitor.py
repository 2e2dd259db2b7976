"""`selfheal monitor`: the document's Level 4 pass, for a timer, and for while no resident lives.

It looks for logs of recoveries that ask for a person, alerts of each once, sees to it that the resident
lives, and takes what still waits in the outbox to the routes. A log that a person has written by hand counts.
Other readers, as the document's cron entry in OpenClaw, are told of each log once of their own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from selfheal.app.given import Given
from selfheal.app.hanging import ending_within
from selfheal.app.own_service import Care, Cared, keep_alive, services
from selfheal.app.places import database_path, log_folder
from selfheal.app.plain_file import read_end
from selfheal.app.post import END_S, deliver
from selfheal.app.words import alert_text
from selfheal.config.settings import Settings
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Now
from selfheal.core.levels import Level
from selfheal.notify.https import Reach
from selfheal.ports.service import Service
from selfheal.runtime.clock import SystemClock
from selfheal.store.outbox import SqliteOutbox

LOGS = "emergency-recovery-*.log"
ASKS = "MANUAL INTERVENTION REQUIRED"
WINDOW_S = 1800.0  # the document's: of older logs a person has heard, or is long at it
SENT = ".emergency-alert-sent"
SENT_MAX = 100  # names in it; what is older is out of the window
READ_MAX_BYTES = 16 * 1024 * 1024  # of a log, from its end: half an hour writes far less

FAILED = re.compile(r"^Level ([123])\b.*❌", re.MULTILINE)
RESIDENT = "@resident"  # the target of what is told of it: no config can name a gateway so
LEVELS = {"1": Level.WATCHDOG, "2": Level.HEALTHCHECK, "3": Level.RECOVERY}


class Monitored(NamedTuple):
    """`alerted`: logs of which there is an alert now, each with its text; `known`: of which there was one.
    `again_s`: when what still waits is to be tried again, None: nothing waits. `resident`: its pid, if any.
    """

    alerted: tuple[tuple[Path, str], ...]
    known: tuple[Path, ...]
    again_s: float | None
    resident: Cared


def monitor(
    settings: Settings,
    environ: Mapping[str, str],
    reach: Reach | None = None,
    known: Sequence[Service] | None = None,
) -> Monitored:
    """Raises StoreError where the outbox cannot be used: nothing is then noted as alerted.

    `known`: the services that may be the resident's, else those that `own_service` finds.
    """
    now = SystemClock().now()
    cared = keep_alive(settings, services(settings, environ) if known is None else known)
    alerted: list[tuple[Path, str]] = []
    before: list[Path] = []
    with closing(SqliteOutbox(database_path(settings))) as outbox:
        for target in settings.targets:
            folder = log_folder(settings, target.name)
            text = alert_text(settings, environ, target.name)
            sent = _sent(folder)
            for path in _asking(folder, now):
                if _said(path) in sent:
                    before.append(path)
                    continue
                notify = _alert(path)
                outbox.put(target.name, notify, now)
                sent.append(_said(path))
                _note(folder, sent)
                alerted.append((path, text(notify)))
        _tell_of_resident(outbox, cared, now)
    waiting_s = None
    if settings.all_routes:
        with ending_within(END_S):
            waiting_s = deliver(settings, environ, Given(), reach=reach).waiting_s
    return Monitored(tuple(alerted), tuple(before), waiting_s, cared)


def _tell_of_resident(outbox: SqliteOutbox, cared: Cared, now: Now) -> None:
    """Once that nobody watches and cannot be made to, and once that somebody does again."""
    told, relieved = (outbox.last_number(RESIDENT, kind) for kind in (AlertKind.UNWATCHED, AlertKind.WATCHED))
    is_told = told is not None and told != relieved
    if cared.care is Care.FAILED and not is_told:
        number = max(int(now.wall), (told or 0) + 1)
        outbox.put(RESIDENT, Notify(AlertKind.UNWATCHED, 0, (), detail=cared.detail, number=number), now)
    elif cared.care in (Care.LIVES, Care.STARTED) and is_told and told is not None:
        outbox.put(RESIDENT, Notify(AlertKind.WATCHED, 0, (), number=told), now)


def untold(settings: Settings, environ: Mapping[str, str], reader: str) -> list[str]:
    """The alerts of which `reader` has not been told, which is noted: it is to show them. Nothing is sent."""
    now, texts = SystemClock().now(), []
    for target in settings.targets:
        folder = log_folder(settings, target.name)
        text = alert_text(settings, environ, target.name)
        sent = _sent(folder, reader)
        new = [path for path in _asking(folder, now) if _said(path) not in sent]
        texts += [text(_alert(path)) for path in new]
        if new:
            _note(folder, [*sent, *map(_said, new)], reader)
    return texts


def _asking(folder: Path, now: Now) -> Iterator[Path]:
    for path in sorted(folder.glob(LOGS)):
        if abs(now.wall - _changed(path)) <= WINDOW_S and ASKS in _text(path):
            yield path


def _alert(path: Path) -> Notify:
    """With the levels that the log says have failed; all three where it says nothing of them."""
    said = [LEVELS[number] for number in FAILED.findall(_text(path))]
    return Notify(AlertKind.RECOVERY, 0, tuple(said or LEVELS.values()), number=_number(path))


def _number(path: Path) -> int:
    """The same for the same log while nobody writes to it; two of one second differ."""
    named = f"{path.name}\n{_changed(path)!r}".encode("utf-8", "surrogateescape")
    return int.from_bytes(sha256(named).digest()[:4]) >> 1


def _text(path: Path) -> str:
    return read_end(path, READ_MAX_BYTES).decode("utf-8", "replace")


def _changed(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _said(path: Path) -> str:
    """Its name on one line, whatever signs are in it."""
    return path.name if path.name.isprintable() else ascii(path.name)


def _sent(folder: Path, reader: str = "") -> list[str]:
    """The names of the logs that were alerted of. What cannot be read says nothing: the outbox knows, too."""
    return _text(_sent_to(folder, reader)).splitlines()


def _sent_to(folder: Path, reader: str) -> Path:
    return folder / (f"{SENT}.{reader}" if reader else SENT)


def _note(folder: Path, names: Sequence[str], reader: str = "") -> None:
    with suppress(OSError):
        _sent_to(folder, reader).write_text(
            "".join(f"{name}\n" for name in names[-SENT_MAX:]), encoding="utf-8"
        )
