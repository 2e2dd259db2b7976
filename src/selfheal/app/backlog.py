"""What waits where no disk takes the outbox is told from memory, and what came of that is kept on the pad.

The delivery process of the resident does so, and each pass of `monitor`: one after the other, since nothing
there can be claimed.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from typing import NamedTuple

from selfheal.app.addressees import address, addressees
from selfheal.app.given import Delivered, Given, UnnotedError
from selfheal.app.hanging import ending_within
from selfheal.app.places import database_path
from selfheal.app.post import END_S, ONCE_MORE_S, deliver
from selfheal.app.unkept import Notes, Pad, Unkept, noted, to_tell
from selfheal.config.settings import Settings
from selfheal.core.alert import Notify
from selfheal.core.instants import Now
from selfheal.notify.https import Reach
from selfheal.ports.outbox import Told
from selfheal.ports.store import StoreError
from selfheal.runtime.clock import SystemClock
from selfheal.store.left import Left, read_left, read_receipts
from selfheal.store.memory_outbox import MemoryOutbox

Current = Sequence[tuple[str, Notify]]
"""The target, and what is to be told of it now."""


class Backlog(NamedTuple):
    """`taken`: what has been told of it, also before."""

    taken: tuple[Told, ...]
    done: Delivered


def take(
    settings: Settings, environ: Mapping[str, str], given: Given, reach: Reach | None = None
) -> Delivered:
    """As `post.deliver`; where the outbox takes nothing what waits in it is told all the same. What is given
    and lies in it is told from there, with what came of that. Raises StoreError where nothing does. For the
    main thread of a process of ours.
    """
    pad = Pad(settings.state_dir, environ)
    if not given.alerts or _taken(settings, pad, given.alerts) is None:
        return _take(settings, environ, pad, given, reach)
    done = Delivered(ONCE_MORE_S)
    with suppress(StoreError):
        done = _take(settings, environ, pad, replace(given, alerts=()), reach)
    taken = _taken(settings, pad, given.alerts) or ()
    if taken or done.waiting_s is not None:
        return replace(done, taken=taken)
    return _take(settings, environ, pad, given, reach)  # there it waits no more, and nobody has heard of it


def _taken(settings: Settings, pad: Pad, alerts: Sequence[Unkept]) -> tuple[Told, ...] | None:
    """Of those that lie in the outbox, as that and the pad know. None: they do not, as far as can be read."""
    path, taken = database_path(settings), list(pad.read().told)
    with suppress(StoreError):
        for target, notify, _ in alerts:
            receipts = read_receipts(path, target, notify)
            if receipts is None:
                return None
            taken += receipts
        named = {(target, notify.incident, notify.kind, notify.number) for target, notify, _ in alerts}
        return tuple(dict.fromkeys(one for one in taken if one[1:5] in named))
    return None


def _take(
    settings: Settings, environ: Mapping[str, str], pad: Pad, given: Given, reach: Reach | None
) -> Delivered:
    notes = pad.read()
    try:
        with ending_within(END_S):
            done = deliver(settings, environ, given, reach=reach)
    except StoreError as error:
        pad.add(unnoted(error))
        backlog = tell(settings, environ, pad, given, lambda _: (), SystemClock().now(), reach)
        if backlog is None:
            raise
        return Delivered(ONCE_MORE_S, waiting_s=backlog.done.waiting_s)
    if not given.alerts:
        pad.is_noted(notes)
    return done


def unnoted(error: StoreError) -> tuple[Told, ...]:
    """What was told before it came to that."""
    return error.told if isinstance(error, UnnotedError) else ()


def tell(
    settings: Settings,
    environ: Mapping[str, str],
    pad: Pad,
    known: Given,
    current_by: Callable[[Notes], Current],
    now: Now,
    reach: Reach | None = None,
) -> Backlog | None:
    """`known`: besides what the pad knows. `current_by`: what the pad has once it is our turn. None: there is
    nothing to tell. For the main thread, likewise.
    """
    with pad.alone():
        notes = pad.read()
        current = current_by(notes)
        alerts, left = to_tell(notes, current, now), _left(settings)
        if not (alerts or (left and _is_owed(settings, left, now))):
            return None
        given = Given(alerts, (*notes.told, *known.told), (*notes.doubts, *known.doubts))
        with ending_within(END_S):
            done = deliver(settings, environ, given, reach=reach, left=left or Left())
        taken = (*given.told, *done.taken)
        pad.keep(noted(alerts, current, taken, done.doubts, addressees(settings), now, left))
        return Backlog(taken, done)


def _left(settings: Settings) -> Left | None:
    with suppress(StoreError):
        return read_left(database_path(settings))
    return None


def _is_owed(settings: Settings, left: Left, now: Now) -> bool:
    """To a route, by the settings of now."""
    outbox = MemoryOutbox()
    outbox.go_on(deepcopy(left))
    is_lacked = address(outbox, settings, now)
    return is_lacked or any(outbox.waiting(name) for name in addressees(settings))
