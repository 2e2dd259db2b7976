"""`selfheal up`: the user's gateway, or one of our own in a sandbox, supervised with a live view."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from selfheal.app.above import Above
from selfheal.app.errand import Errand
from selfheal.app.exit_codes import Exit
from selfheal.app.locking import this_process
from selfheal.app.places import SANDBOX_TARGET, database_path, lock_path, port_of
from selfheal.app.sandboxed import watched_by_up, with_gateway
from selfheal.app.screen import Screen
from selfheal.app.serve import serve
from selfheal.app.words import say_in
from selfheal.config.settings import Settings
from selfheal.core.levels import Request
from selfheal.core.report import report
from selfheal.core.state import Phase, Stage, State
from selfheal.gateway.sandbox_faults import SandboxError
from selfheal.ports.store import Entry, StoreError
from selfheal.runtime.clock import SystemClock
from selfheal.runtime.resident import Resident
from selfheal.runtime.stepper import Stepper
from selfheal.store.lock import LockHeld, holder
from selfheal.store.reader import Reader
from selfheal.texts.labels import Label

FRAME_S = 0.5
ENTRIES = 60  # newest ones that say something, of which the view shows what fits


class View:
    """Draws what the resident knows, at most every FRAME_S seconds; called from its loop."""

    def __init__(self, settings: Settings, screen: Screen) -> None:
        self._settings = settings
        self._screen = screen
        self._drawn = 0.0
        self._reader: Reader | None = None
        self._states: Sequence[State] = ()
        self._left_alone = False

    def watch(self, steppers: Sequence[Stepper], resident: Resident) -> None:
        del resident
        self._states = [stepper.state for stepper in steppers]
        if time.monotonic() - self._drawn < FRAME_S:
            return
        self._drawn = time.monotonic()
        now = SystemClock().now()
        reports = [report(stepper.state, stepper.policy, now) for stepper in steppers]
        self._screen.show(reports, self._entries(), self._ports())

    def told_to_end(self, number: signal.Signals) -> None:
        """Who presses Ctrl-C leaves the gateway as it is; another signal may be that of `down`."""
        self._left_alone = number == signal.SIGINT

    def last_words(self, say: Callable[..., str]) -> Iterator[str]:
        """The watch is over; and what is true of each gateway, as far as it is known."""
        yield say(Label.ENDED)
        for state in self._states if self._left_alone else ():
            label = stays(state)
            if label is not None:
                port = self._ports()[state.target]
                yield say(label, target=state.target, port=port, command=ended_by(state.target))

    def _ports(self) -> Mapping[str, int | None]:
        return {target.name: port_of(target) for target in self._settings.targets}

    def _entries(self) -> Sequence[Entry]:
        with suppress(StoreError):
            if self._reader is None:
                self._reader = Reader(database_path(self._settings))
            return self._reader.recent(ENTRIES, telling=True)
        return ()

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()


def stays(state: State) -> Label | None:
    """None: nobody has looked yet, or one was just started and not seen."""
    if state.gateway.process is not None:
        return Label.STAYS
    unseen = state.gateway.phase is Phase.UNKNOWN or state.restart.stage in (Stage.LAUNCHING, Stage.COMING_UP)
    return None if unseen else Label.STAYS_DOWN


def ended_by(target: str) -> str | None:
    """None: a person's own gateway, which they know to stop."""
    return "selfheal down" if target == SANDBOX_TARGET else None


def bring_up(settings: Settings, screen: Screen) -> int:
    """Returns an exit code. Ctrl-C ends the watch, never the gateway."""
    environ = dict(os.environ)
    try:
        with screen:
            _refuse_a_second(settings)
            settings = with_gateway(settings, environ, screen.progress)
            view = View(settings, screen)
            errand = Errand(
                watch=view.watch, loud=Above(screen.say), asked=Request.START, told_to_end=view.told_to_end
            )
            try:
                with watched_by_up(settings, this_process()):
                    code = serve(settings, errand)
            finally:
                view.close()
    except SandboxError as error:
        screen.say(str(error))
        return Exit.NOT_WELL
    except LockHeld as held:
        screen.say(str(held))
        return Exit.LOCKED
    for words in view.last_words(say_in(settings, environ)) if code == Exit.DONE else ():
        screen.say(words)
    return code


def _refuse_a_second(settings: Settings) -> None:
    """Before anything is installed: what is said of that would be no news of a gateway that is watched."""
    if (other := holder(lock_path(settings))) is not None:
        raise LockHeld(other)
