"""The end of a gateway that a person wants down: one that drains is waited for, one that hangs is killed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, repeat

import pytest
from tests.runtime.ports import MadeUpGateway
from tests.runtime.virtual import VirtualClock

from selfheal.app.ending import SAY_S, Ending
from selfheal.core.actions import Signal
from selfheal.core.facts import ProbeKind, ProbeReport, Verdict
from selfheal.core.policy import Policy

POLICY = Policy()
DRAINING, SILENT, CLOSED = Verdict.DRAINING, Verdict.TIMEOUT, Verdict.REFUSED


@dataclass
class Going(MadeUpGateway):
    """Answers with one verdict after another, the last for ever; lives `lives_s` seconds after SIGTERM."""

    verdicts: Iterable[Verdict] = ()
    lives_s: float = 1e9
    clock: VirtualClock = field(default_factory=VirtualClock)
    sent: list[Signal] = field(default_factory=list)
    told: list[tuple[float, Verdict]] = field(default_factory=list)
    kernel_holds: bool = False

    def __post_init__(self) -> None:
        listed = list(self.verdicts)
        self._next = chain(listed, repeat(listed[-1]))
        self.ending = Ending(self.lives, self.send, self, POLICY, self.tell)

    def lives(self) -> bool:
        killed = Signal.KILL in self.sent and not self.kernel_holds
        return not killed and self.clock.elapsed_s < self.lives_s

    async def send(self, signal: Signal) -> None:
        self.sent.append(signal)

    async def probe(self, kind: ProbeKind, timeout_s: float) -> ProbeReport:
        verdict = next(self._next)
        self.hung = verdict is SILENT
        await super().probe(kind, timeout_s)
        return ProbeReport(kind, verdict)

    def tell(self, verdict: Verdict) -> None:
        self.told.append((self.clock.elapsed_s, verdict))

    def run(self) -> bool:
        return self.clock.run(self.ending.ends)


def test_one_that_ends_is_neither_killed_nor_talked_about() -> None:
    going = Going(verdicts=[CLOSED], lives_s=SAY_S - 1)
    assert going.run()
    assert (going.sent, going.told, going.ending.killed) == ([Signal.TERM], [], False)


def test_one_that_drains_has_its_time() -> None:
    going = Going(verdicts=[DRAINING], lives_s=POLICY.drain_budget_s - 5)
    assert going.run()
    assert going.sent == [Signal.TERM]
    ((at, verdict),) = going.told
    assert SAY_S <= at <= SAY_S + 3
    assert verdict is DRAINING


def test_one_that_drains_on_is_left_to_itself() -> None:
    going = Going(verdicts=[DRAINING])
    assert not going.run()
    assert going.sent == [Signal.TERM]
    assert going.clock.elapsed_s < POLICY.drain_budget_s + 10


@pytest.mark.parametrize(
    ("verdicts", "at_least_s"),
    [
        ([SILENT], POLICY.hang_term_grace_s),
        ([CLOSED], POLICY.port_closed_kill_s),
        ([DRAINING, DRAINING, CLOSED], POLICY.port_closed_kill_s),
        ([SILENT, SILENT, DRAINING, SILENT], 2 * POLICY.hang_term_grace_s),
    ],
)
def test_one_that_hangs_is_killed(verdicts: list[Verdict], at_least_s: float) -> None:
    going = Going(verdicts=verdicts)
    assert going.run()
    assert (going.sent, going.ending.killed) == ([Signal.TERM, Signal.KILL], True)
    assert at_least_s <= going.clock.elapsed_s <= at_least_s + 20
    assert len(going.told) == 1


def test_our_own_failure_to_ask_kills_nobody() -> None:
    going = Going(verdicts=[Verdict.UNPROBED])
    assert not going.run()
    assert going.sent == [Signal.TERM]


def test_whom_the_kernel_holds_is_not_said_to_have_ended() -> None:
    going = Going(verdicts=[SILENT], kernel_holds=True)
    assert not going.run()
