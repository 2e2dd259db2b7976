"""Every sequence of up to six events from the beginning, and of a few events in each scene of an incident."""

from dataclasses import replace

import pytest
from tests.core.sequences import Event, Sequences

from selfheal.core.policy import Policy
from selfheal.core.state import Phase, Stage

E = Event
HASTY = Policy(heartbeat_misses=1, restart_attempts=1, last_wait_s=30.0, restart_gap_s=5.0)
"""What takes an hour by the defaults happens here within a few events."""
CORE = (
    *(E.TIME, E.EXIT, E.FOUND, E.GONE, E.STOPPED, E.CRASHED, E.WELL, E.MISS, E.STARTING, E.DEEP_FAILS),
    *(E.DONE, E.FAILED, E.PAUSE, E.RESUME, E.DISABLE, E.DEATH),
)
LENGTH = 6
SHORT = 4

TENACIOUS = replace(HASTY, restart_attempts=9, restart_gap_s=1.0)
"""Only the budgets end what this one tries."""

SERVING = (E.FOUND, E.WELL, E.DEEP_OK)
ILL = (*SERVING, E.TIME, E.MISS)
ASKED = (*ILL, E.FOUND)
ENDED = (*SERVING, E.EXIT)
LAUNCHING = (*ENDED, E.CRASHED, E.GONE)
COMING_UP = (*LAUNCHING, E.DONE, E.FOUND)
CRASHED_AGAIN = (E.EXIT, E.CRASHED, E.GONE, E.TIME, E.DONE, E.FOUND)
LAST_WAIT = (*COMING_UP, E.EXIT, E.CRASHED, E.GONE)
KILL_IS_NEAR = (*ASKED, E.DONE, *[E.TIME] * 5, E.FOUND, E.MISS)
ALL_TRIED = (*LAST_WAIT, E.TIME, E.GONE, E.TIME, E.TIME)
SPENT = (*COMING_UP, *CRASHED_AGAIN, E.EXIT, E.CRASHED, E.GONE)
SCENES = {
    "it serves": (HASTY, SERVING, Phase.WELL, Stage.IDLE),
    "it is ill": (HASTY, ILL, Phase.ILL, Stage.IDLE),
    "it is asked to stop": (HASTY, ASKED, Phase.ILL, Stage.STOPPING),
    "it will soon be killed": (HASTY, KILL_IS_NEAR, Phase.ILL, Stage.STOPPING),
    "it has just ended": (HASTY, ENDED, Phase.ABSENT, Stage.IDLE),
    "its start is ordered": (HASTY, LAUNCHING, Phase.ABSENT, Stage.LAUNCHING),
    "it comes up": (HASTY, COMING_UP, Phase.STARTING, Stage.COMING_UP),
    "it serves again": (HASTY, (*COMING_UP, E.TIME, E.WELL), Phase.WELL, Stage.STABILISING),
    "the last wait": (HASTY, LAST_WAIT, Phase.ABSENT, Stage.LAST_WAIT),
    "all was tried": (HASTY, ALL_TRIED, Phase.ABSENT, Stage.EXHAUSTED),
    "the budget of unclean starts is spent": (TENACIOUS, SPENT, Phase.ABSENT, Stage.WAITING),
    "it was stopped on purpose": (HASTY, (*ENDED, E.ON_PURPOSE, E.STOPPED), Phase.STOPPED, Stage.IDLE),
    "it is ill in a pause": (HASTY, (*ILL, E.PAUSE, E.FOUND), Phase.ILL, Stage.IDLE),
}


def test_every_sequence_of_six_events_is_harmless() -> None:
    tree = Sequences(HASTY, CORE)
    tree.walk(tree.root(), LENGTH)
    assert set(tree.met) == set(CORE)
    assert tree.ends > 150_000


@pytest.mark.parametrize("name", SCENES)
def test_whatever_happens_next_is_harmless(name: str) -> None:
    """All the events that there are, in each of their orders."""
    policy, events, phase, stage = SCENES[name]
    tree = Sequences(policy)
    node = tree.root(*events)
    assert (node.state.gateway.phase, node.state.restart.stage) == (phase, stage)
    tree.walk(node, SHORT)
    assert tree.ends > 10_000
