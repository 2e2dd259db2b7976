"""Level 4 in the resident: an alert is printed, and the delivery process is called to take it to the routes.

By then it is in the outbox, committed with the step that decided it; what becomes of it there is not waited
for. Where no disk takes the outbox it is handed to the delivery process itself, and waited for; what that one
has told is noted in the outbox once there is one, from where the other routes are told then.
"""

import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import time

from selfheal.app.given import GIVEN_MAX_BYTES, Given, delivered_of, encode
from selfheal.config.settings import Settings
from selfheal.core.alert import Notify
from selfheal.core.instants import Wall
from selfheal.core.state import State
from selfheal.notify.console import ConsoleTeller
from selfheal.ports.outbox import Doubt, Told
from selfheal.ports.service import Done
from selfheal.runtime.dispatch import Dispatch

BEGUN_MOST = 100  # alerts that no route takes; the core tries the newest
LISTENING_POLL_S = 1.0  # a process that lives for ten minutes is looked at seldom
LISTENING_S = 900.0  # it ends by itself before


@dataclass
class Noted:
    """What was told while no disk could keep it, and what may have been; for all targets of a resident.

    `handing_over`: so many alerts at the moment. Who called for the outbox meanwhile would tell them twice.
    `complain` hears of what there is no room for.
    """

    complain: Callable[[str], None] = lambda _: None
    told: deque[Told] = field(default_factory=deque)
    doubts: deque[Doubt] = field(default_factory=deque)
    handing_over: int = 0

    def note(self, taken: Sequence[Told], doubts: Sequence[Doubt] = ()) -> None:
        """As much as can be handed over at once; the oldest has the least to lose."""
        self.told.extend(taken)
        self.doubts.extend(doubt for doubt in doubts if doubt not in self.doubts)
        left = 0
        while (self.told or self.doubts) and len(self.given()) > GIVEN_MAX_BYTES:
            (self.told or self.doubts).popleft()
            left += 1
        if left:
            self.complain(f"cannot remember that {left} alerts were told: they may be told again")

    def given(self) -> bytes:
        return encode(Given(told=tuple(self.told), doubts=tuple(self.doubts)))

    def doubts_of(self, target: str, notify: Notify) -> tuple[Doubt, ...]:
        named = (target, notify.incident, notify.kind, notify.number)
        return tuple(doubt for doubt in self.doubts if doubt[1:] == named)


def dispatch_for(
    settings: Settings, environ: Mapping[str, str], noted: Noted, complain: Callable[[str], None]
) -> Dispatch:
    """Of a delivery process with our config, whatever has become of it since: it reads it itself."""
    command = (*_selfheal(settings), "deliver", "--given")
    return Dispatch(command, passed_on(environ), complain, noted.given)


def listening_for(
    settings: Settings, environ: Mapping[str, str], complain: Callable[[str], None]
) -> Dispatch:
    """Likewise, of the process that hears what a person answers. It lives for minutes, and no longer than we
    do: what it hears is for us.
    """
    return Dispatch(
        (*_selfheal(settings), "listen", "--tied"),
        passed_on(environ),
        complain,
        doing="hear what is answered",
        at_once=1,
        poll_s=LISTENING_POLL_S,
        longest_s=LISTENING_S,
        tied=True,
    )


def _selfheal(settings: Settings) -> tuple[str, ...]:
    config = () if settings.path is None else ("--config", str(settings.path))
    return (sys.executable, "-m", "selfheal", *config)


def passed_on(environ: Mapping[str, str]) -> Mapping[str, str]:
    ours = ("NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC")  # whoever answers there for us fools systemd
    return {name: value for name, value in environ.items() if name not in ours}


@dataclass
class RoutesTeller:
    """ports.teller.Teller. `is_kept`: what is committed is on the disk; `has_routes`: there are any. `wall`:
    the time, in seconds.
    """

    console: ConsoleTeller
    dispatch: Dispatch
    noted: Noted
    is_kept: Callable[[], bool]
    has_routes: Callable[[], bool]
    wall: Callable[[], float] = time
    _printed: set[Notify] = field(default_factory=set)
    _begun: dict[Notify, Wall] = field(default_factory=dict)  # when it was first handed over

    async def tell(self, target: str, notify: Notify, state: State) -> Done:
        printed = await self._print(target, notify, state)
        if not self.has_routes():
            return printed
        if self.is_kept():
            self._begun.pop(notify, None)
            self.dispatch.kick()
            return Done(succeeded=True)
        return await self._hand_over(target, notify)

    async def _print(self, target: str, notify: Notify, state: State) -> Done:
        """Once, however often it is tried."""
        if notify in self._printed:
            return Done(succeeded=True)
        printed = await self.console.tell(target, notify, state)
        if printed.succeeded:
            self._printed = {notify}
        return printed

    async def _hand_over(self, target: str, notify: Notify) -> Done:
        self.noted.handing_over += 1
        try:
            done = await self._handed_over(target, notify)
        finally:
            self.noted.handing_over -= 1
        if self.is_kept() and not self.noted.handing_over:  # by now: see targets.House.disk_is_back
            self.dispatch.kick()
        return done

    async def _handed_over(self, target: str, notify: Notify) -> Done:
        """It is as old as its first try, and what came of that is known to the next one."""
        begun = self._begun.setdefault(notify, Wall(self.wall()))
        given = Given(((target, notify, begun),), doubts=self.noted.doubts_of(target, notify))
        answer = await self.dispatch.deliver(encode(given))
        if answer.why:
            return Done(succeeded=False, detail=answer.why)
        said = delivered_of(answer.said)
        self.noted.note(said.taken, said.doubts)
        if said.taken:
            del self._begun[notify]
        self._forget()
        return Done(succeeded=bool(said.taken), detail="" if said.taken else "no route has taken it")

    def _forget(self) -> None:
        """Of what the core tries no more, as what has been overtaken."""
        while len(self._begun) > BEGUN_MOST:
            del self._begun[next(iter(self._begun))]
