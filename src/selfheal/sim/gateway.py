"""The made-up gateway: one process at a time, with the habits that were measured on the real one.

It loads for most of its start with the port closed, then says «starting», then serves. A drain closes its
port at the end, and the process may linger. Its own breaker counts unclean starts, over a reboot too, and
switches every channel off at the third within five minutes.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from selfheal.core.facts import DeepVerdict, ExitCause, ProbeKind, ProbeReport, Verdict
from selfheal.sim.agenda import Agenda
from selfheal.sim.dice import Dice
from selfheal.sim.plan import FOREVER_S, Traits

LOADING = 0.7  # of a start passes before the port is open
REFUSES_AFTER_S = 2.0  # a config that it will not have
CLOSED_IN_PLACE = 0.3  # of a start inside its process; measured: 1 to 3 s where a cold one took 6 s
MISSING_FILE_S = 0.3  # its launcher finds that a file is not there
PORT_PATIENCE_S = 12.0  # it waits so long for a port that is taken
OOM_CODE, KILLED_CODE, CRASH_CODE, CONFIG_CODE = 137, 137, 1, 78
CAUSES_KEPT = 16  # more than may end before anybody asks
SPELLS_KEPT = 16
BREAKER_STARTS = 3
BREAKER_WINDOW_S = 300.0
GOOD_ENDS = frozenset({ExitCause.STOPPED_ON_PURPOSE, ExitCause.RESTART_REQUESTED, ExitCause.ALREADY_RUNNING})


class Condition(StrEnum):
    """The truth, which nobody in the world is told."""

    ABSENT = "absent"
    STARTING = "starting"
    SERVING = "serving"
    SICK = "sick"  # serves nobody, whatever its probes say
    HUNG = "hung"
    DRAINING = "draining"
    SUSPENDED = "suspended"


@dataclass
class Start:
    """One start, and who made it."""

    at_s: float
    by: str
    pid: int
    after_unclean: bool
    after: int  # the pid of the one before it


@dataclass
class MadeGateway:
    """Moments are the agenda's `elapsed`. `ended` is told of each end, with its cause and exit code."""

    agenda: Agenda
    dice: Dice
    traits: Traits
    ended: Callable[[int, float, ExitCause, int], None]
    alive: bool = False
    pid: int = 1000
    born: float = 0.0  # by the host's monotonic clock, as the kernel has it
    ready_at: float = 0.0
    port_at: float = 0.0
    by: str = ""
    hung_until: float = 0.0
    hang_at_start: bool = False
    drained_at: float | None = None
    drains_for_us: bool = False  # by our signal
    suspended_until: float = 0.0
    root_bad_until: float = 0.0
    deep_bad: bool = False
    deep_refused: bool = False  # then each request is refused at once, not left without an answer
    leaking_since: float | None = None
    channels_bad_until: float = 0.0
    last_cause: ExitCause = ExitCause.STOPPED_ON_PURPOSE
    starts: list[Start] = field(default_factory=list)
    unclean_end: bool = False
    ended_at: float = 0.0
    causes: dict[int, ExitCause] = field(default_factory=dict)  # why each of the last ones ended, by its pid
    term_waits: bool = False  # SIGTERM has reached a process that hangs
    breaker_until: float = 0.0
    drains_cut: int = 0  # by a kill of ours, before they were over
    starts_cut: int = 0  # by a signal of ours, where it would have served
    _doomed: bool = False  # this start of it cannot succeed
    since: float = 0.0  # when the condition that `note_change` saw last began
    spells: deque[tuple[int, Condition, float]] = field(default_factory=lambda: deque(maxlen=SPELLS_KEPT))
    """Its last conditions: of which pid, and since when."""
    _last: Condition = Condition.ABSENT
    _noted_at: float = 0.0

    # -- the truth -------------------------------------------------------------------------------------

    def condition(self) -> Condition:
        return self._condition_at(self.agenda.elapsed)

    def _condition_at(self, now: float) -> Condition:
        """As things are: what has befallen it since is no part of it."""
        if not self.alive:
            return Condition.ABSENT
        if now < self.hung_until:
            return Condition.HUNG
        if self.drained_at is not None:
            return Condition.DRAINING
        if now < self.ready_at:
            return Condition.STARTING
        if now < self.suspended_until:
            return Condition.SUSPENDED
        if self.deep_bad or now < self.root_bad_until:
            return Condition.SICK
        return Condition.SERVING

    def note_change(self) -> Condition:
        """The condition; `since` is when it has been so. Asked at every event of the world, and before all
        that befalls it: what it has become by itself, and when, only what it was can tell.
        """
        now, before = self.agenda.elapsed, self._noted_at
        ends = self.hung_until, self.ready_at, self.suspended_until, self.root_bad_until
        for at in (before, *sorted(end for end in ends if before < end < now), now):
            condition = self._condition_at(at)
            if condition is not self._last:
                self._last, self.since = condition, at
                self.spells.append((self.pid, condition, at))
        self._noted_at = now
        return self._last

    @property
    def ended_well(self) -> bool:
        """Because somebody wished it."""
        return self.last_cause in GOOD_ENDS - {ExitCause.RESTART_REQUESTED}

    @property
    def ended_in_doubt(self) -> bool:
        """Badly, its port closed by a drain that was not ours: nobody can know whether it is to stay down."""
        closed = self.drained_at is not None and self.drained_at <= self.ended_at
        return not self.alive and self.unclean_end and closed and not self.drains_for_us

    @property
    def never_served(self) -> bool:
        """It ended badly before it did."""
        return self.unclean_end and self.ended_at < self.ready_at

    def starts_slowly(self) -> bool:
        """In a start that comes to an end."""
        return self.alive and self.agenda.elapsed < self.ready_at < self.agenda.elapsed + FOREVER_S / 2

    # -- its life --------------------------------------------------------------------------------------

    def launch(self, by: str, *, slowness: float, dies_after_s: float | None, refused: bool) -> None:
        """Starts it; `slowness` is the host's load."""
        if self.alive:
            return
        self.note_change()
        now = self.agenda.elapsed
        start_s = self._start_s(slowness)
        self.alive, self.pid, self.by = True, self.pid + 1, by
        self.born = float(self.agenda.now().mono)
        self.ready_at = now + (FOREVER_S if self.hang_at_start else start_s)
        self.port_at = now + (FOREVER_S if self.hang_at_start else start_s * LOADING)
        self.hung_until = self.suspended_until = self.root_bad_until = 0.0
        self.drained_at, self.deep_bad, self.leaking_since, self.term_waits = None, False, None, False
        self.deep_refused = False
        self._count_start(by)
        self._doomed = refused or (dies_after_s is not None and dies_after_s < start_s)
        pid = self.pid
        if refused:
            self.agenda.after(
                REFUSES_AFTER_S * slowness, lambda: self.end(ExitCause.CONFIG_REFUSED, CONFIG_CODE, pid)
            )
        elif dies_after_s is not None:
            cause = ExitCause.STARTUP_FAILED if dies_after_s < start_s else ExitCause.CRASHED
            self.agenda.after(dies_after_s, lambda: self.end(cause, CRASH_CODE, pid))

    def _start_s(self, slowness: float) -> float:
        return self.traits.cold_start_s * self.dice.between(1.0, self.traits.start_varies) * slowness

    def unclean_starts(self) -> list[Start]:
        """Those that its breaker counts now."""
        since = self.agenda.elapsed - BREAKER_WINDOW_S
        return [each for each in self.starts if each.after_unclean and each.at_s > since]

    def _count_start(self, by: str) -> None:
        now = self.agenda.elapsed
        self.starts = [each for each in self.starts if now - each.at_s < BREAKER_WINDOW_S]
        self.starts.append(Start(now, by, self.pid, self.unclean_end, self.pid - 1))
        if len(self.unclean_starts()) >= BREAKER_STARTS:
            self.breaker_until = now + BREAKER_WINDOW_S

    def end(self, cause: ExitCause, code: int, pid: int | None = None) -> None:
        if not self.alive or pid not in (None, self.pid):
            return
        self._gone(cause)
        self.ended(self.pid, self.born, cause, code)

    def cut_off(self) -> None:
        """With its host's power: nobody is told."""
        if self.alive:
            self._gone(ExitCause.CRASHED)

    def _gone(self, cause: ExitCause) -> None:
        self.note_change()
        self.alive, self.ended_at = False, self.agenda.elapsed
        self.last_cause = self.causes[self.pid] = cause
        self.unclean_end = cause not in GOOD_ENDS
        while len(self.causes) > CAUSES_KEPT:
            del self.causes[next(iter(self.causes))]

    def restart_in_place(self, slowness: float) -> None:
        """On a slow host, or under load, as slowly as it starts there."""
        if self.note_change() is Condition.SERVING:
            now, start_s = self.agenda.elapsed, self._start_s(slowness)
            self.ready_at, self.port_at = now + start_s, now + CLOSED_IN_PLACE * start_s

    def park(self) -> None:
        """Its restart in place never comes to an end."""
        if self.note_change() is Condition.SERVING:
            self.ready_at = self.port_at = self.agenda.elapsed + FOREVER_S

    def hang(self, until: float) -> None:
        if self.alive:
            self.note_change()
            self.hung_until = max(self.hung_until, until)

    def suspend(self, until: float) -> None:
        if self.note_change() is Condition.SERVING:
            self.suspended_until = until

    def break_root(self, until: float) -> None:
        self.note_change()
        self.root_bad_until = until

    def fail_requests(self, *, at_once: bool) -> None:
        """Until its end. `at_once`: each is refused."""
        self.note_change()
        self.deep_bad, self.deep_refused = self.alive, at_once

    def ask_to_stop(self, cause: ExitCause = ExitCause.STOPPED_ON_PURPOSE, *, for_us: bool = False) -> None:
        """SIGTERM (`for_us`: of ours), or its own wish to be started again."""
        now = self.agenda.elapsed
        if not self.alive or self.drained_at is not None:
            return
        self.note_change()
        if now < self.hung_until or self.hang_at_start:
            if self.traits.heeds_term_hung:
                self.end(ExitCause.CRASHED, 143)
            elif not self.hang_at_start and not self.term_waits:
                self.term_waits = True
                self._when_it_answers(partial(self.ask_to_stop, cause, for_us=for_us))
            return
        if for_us:
            self._cut_start()
        starting = now < self.ready_at
        drain_s = 0.0 if starting else self.traits.drain_s
        pid = self.pid
        self.drained_at, self.drains_for_us = now + drain_s, for_us
        self.agenda.after(drain_s + self.traits.linger_s, lambda: self._drained(cause, pid))

    def _when_it_answers(self, call: Callable[[], None]) -> None:
        """A signal waits until the event loop of a hung process is free."""
        pid = self.pid

        def look() -> None:
            if not self.alive or pid != self.pid:
                return
            if self.agenda.elapsed < self.hung_until:
                self._when_it_answers(call)
            else:
                call()

        self.agenda.after(self.hung_until - self.agenda.elapsed, look)

    def _drained(self, cause: ExitCause, pid: int) -> None:
        if self.agenda.elapsed < self.hung_until and self.alive and pid == self.pid:
            self._when_it_answers(lambda: self.end(cause, 0, pid))
        else:
            self.end(cause, 0, pid)

    def _cut_start(self) -> None:
        is_starting = self.condition() is Condition.STARTING and self.starts_slowly()
        self.starts_cut += is_starting and not self._doomed

    def kill(self) -> None:
        self._cut_start()
        if self.condition() is Condition.DRAINING and self.drained_at is not None:
            self.drains_cut += self.agenda.elapsed < self.drained_at
        self.end(ExitCause.CRASHED, KILLED_CODE)

    # -- what it answers -------------------------------------------------------------------------------

    def why_ended(self, pid: int, exit_code: int | None) -> ExitCause:
        """As gateway.examine finds it out. Its records are told apart by pid, and not read while another one
        runs; an exit code, and what it printed, is known of a child of ours alone.
        """
        told = exit_code is not None or not self.alive
        return self.causes.get(pid, ExitCause.UNKNOWN) if told else ExitCause.UNKNOWN

    def probe(self, kind: ProbeKind, timeout_s: float, latency_s: float, *, foreign: bool) -> ProbeReport:
        verdict = Verdict.FOREIGN if foreign else self._verdict(kind)
        if latency_s >= timeout_s or verdict is Verdict.TIMEOUT:
            return ProbeReport(kind, Verdict.TIMEOUT, timeout_s)
        if kind is ProbeKind.HEARTBEAT or verdict not in (Verdict.WELL, Verdict.BROKEN, Verdict.DEGRADED):
            return ProbeReport(kind, verdict, latency_s)
        off = ("telegram",) if self.agenda.elapsed < self.breaker_until else ()
        failing = ("discord",) if self.agenda.elapsed < self.channels_bad_until else ()
        root = 500 if verdict is Verdict.BROKEN else 200
        if verdict is Verdict.WELL and (off or failing):
            verdict = Verdict.DEGRADED
        return ProbeReport(kind, verdict, latency_s, root, failing, off)

    def _verdict(self, kind: ProbeKind) -> Verdict:
        now = self.agenda.elapsed
        if self.alive and now < self.hung_until:
            return Verdict.TIMEOUT
        closed = self.drained_at is not None and now >= self.drained_at
        if not self.alive or closed or now < self.port_at:
            return Verdict.REFUSED
        if now < self.ready_at:
            return Verdict.STARTING
        if self.drained_at is not None or now < self.suspended_until:
            return Verdict.DRAINING
        if kind is ProbeKind.HEARTBEAT:
            return Verdict.WELL
        return Verdict.BROKEN if now < self.root_bad_until else Verdict.WELL

    def check_deeply(self) -> DeepVerdict:
        """Who starts, drains or is suspended asks us to come again, as the real one does. It is no fault."""
        if self.condition() is Condition.SERVING:
            return DeepVerdict.OK
        come_again = self._verdict(ProbeKind.HEARTBEAT) in (Verdict.STARTING, Verdict.DRAINING)
        return DeepVerdict.NOT_CHECKED if come_again else DeepVerdict.FAILED

    def leaves_unanswered(self, verdict: DeepVerdict) -> bool:
        """A request with that verdict: whoever asks waits for as long as he will."""
        refused = self.is_closed() or (self.deep_refused and self.agenda.elapsed >= self.hung_until)
        return verdict is DeepVerdict.FAILED and not refused

    def is_closed(self) -> bool:
        """Nobody listens on its port: whoever asks is refused at once."""
        return self._verdict(ProbeKind.HEARTBEAT) is Verdict.REFUSED
