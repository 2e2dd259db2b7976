"""Who owns the gateway: «cannot be asked» is never taken for «nobody», and «nobody» never for ever."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from selfheal.app.owner import AGAIN_S, Owned
from selfheal.core.actions import Signal
from selfheal.core.facts import GatewayProcess, ManagerState, ProcessState
from selfheal.ports.service import Done, Service
from selfheal.services.systemctl import NoAnswerError

T = TypeVar("T")
SILENT = NoAnswerError("no answer in time")


class Named:
    """A service that says who it is."""

    def __init__(self, name: str, state: ManagerState) -> None:
        self._name, self._state = name, state
        self.living = False

    @property
    def name(self) -> str:
        return self._name

    async def state(self) -> ManagerState:
        return self._state

    async def start(self, timeout_s: float) -> Done:
        return Done(timeout_s > 0, self.name)

    async def signal(self, pid: int, started: float, signal: Signal) -> Done:
        return Done(succeeded=True, detail=f"{self.name} {pid} {started} {signal}")

    def exit_code(self, pid: int) -> int | None:
        return pid if self._state is ManagerState.NONE else None

    def pids(self) -> frozenset[int]:
        return frozenset({1} if self.living else ())

    def failed(self) -> GatewayProcess | None:
        return None if self.living else GatewayProcess(1, 1.0, ProcessState.ZOMBIE)

    def output(self, pid: int) -> str | None:
        return "its words" if pid == 1 else None


UNIT = Named("unit", ManagerState.STOPPED)
Answer = Service | Exception | None


class World:
    """Answers in order, the last one for ever."""

    def __init__(self, *answers: Answer, again_s: float = AGAIN_S) -> None:
        self._answers = list(answers)
        self.asked = 0
        self.child = Named("child", ManagerState.NONE)
        self.owned = Owned(self._ask, self.child, again_s)

    async def _ask(self) -> Service | None:
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def run(work: Coroutine[object, object, T]) -> T:
    return asyncio.run(work)


def settled(*answers: Answer) -> World:
    world = World(*answers)
    run(world.owned.settle(0.2, retry_s=0.01))
    return world


def test_a_manager_that_owns_it_is_used() -> None:
    world = settled(UNIT)
    assert run(world.owned.start(10)).detail == world.owned.name == "unit"
    assert run(world.owned.state()) is ManagerState.STOPPED
    assert run(world.owned.signal(7, 1.5, Signal.TERM)).detail == "unit 7 1.5 TERM"
    assert world.asked == 1


def test_without_a_manager_it_is_our_child() -> None:
    world = settled(None)
    assert run(world.owned.start(10)).detail == world.owned.name == "child"
    assert run(world.owned.state()) is ManagerState.NONE


def test_at_our_start_it_is_asked_again_until_there_is_an_answer() -> None:
    world = settled(SILENT, OSError("busy"), TimeoutError(), UNIT)
    assert world.owned.name == "unit"
    assert world.asked == 4


def test_while_it_cannot_be_asked_nothing_is_started() -> None:
    world = settled(SILENT)
    done = run(world.owned.start(10))
    assert (done.succeeded, done.retryable) == (False, True)
    assert done.detail == "cannot ask systemd who owns the gateway: no answer in time"
    assert run(world.owned.state()) is ManagerState.UNKNOWN
    assert "no answer in time" in world.owned.name


def test_once_it_answers_the_start_is_made() -> None:
    world = World(SILENT, None)
    assert not run(world.owned.start(10)).succeeded
    assert run(world.owned.start(10)).detail == "child"


def test_a_look_at_the_host_asks_again_too() -> None:
    world = World(SILENT, UNIT)
    assert run(world.owned.state()) is ManagerState.UNKNOWN
    assert run(world.owned.state()) is ManagerState.STOPPED


def test_a_child_of_ours_that_lives_has_nobody_else() -> None:
    world = settled(SILENT)
    world.child.living = True
    assert run(world.owned.state()) is ManagerState.NONE
    assert world.owned.pids() == {1}


def test_a_unit_that_was_installed_later_starts_it() -> None:
    world = settled(None, None, UNIT)
    assert run(world.owned.start(10)).detail == "child"
    found = run(world.owned.start(10))
    assert (found.succeeded, found.retryable) == (False, True), "it may say that a person has stopped it"
    assert "unit" in found.detail
    assert run(world.owned.state()) is ManagerState.STOPPED
    assert run(world.owned.start(10)).detail == "unit"
    assert world.owned.exit_code(5) == 5, "the end of the last child is still known"


def test_a_gateway_that_is_no_child_of_ours_is_asked_after_again() -> None:
    """Whose manager is not known would be started again after a person's stop."""
    world = World(None, None, UNIT, Named("running", ManagerState.RUNNING), again_s=0.0)
    run(world.owned.settle())
    world.child.living = True
    assert run(world.owned.state()) is ManagerState.NONE
    assert world.asked == 1, "of our own child nobody need be asked"
    world.child.living = False
    assert run(world.owned.state()) is ManagerState.NONE
    assert run(world.owned.state()) is ManagerState.NONE, "a unit that does not run it owns nothing yet"
    assert run(world.owned.state()) is ManagerState.RUNNING
    assert world.owned.name == "running"


def test_looks_do_not_ask_every_time() -> None:
    world = settled(None)
    for _ in range(5):
        run(world.owned.state())
    assert world.asked == 1


def test_the_words_of_our_own_child_are_passed_on() -> None:
    world = settled(None, None, UNIT)
    assert world.owned.output(1) == "its words"
    assert world.owned.failed() is not None
    for _ in range(3):
        run(world.owned.start(10))
    assert world.owned.failed() is None, "the unit's gateway is no child of ours"


def test_an_answer_that_does_not_come_leaves_time_for_nothing_else() -> None:
    async def never() -> Service | None:
        await asyncio.Event().wait()
        return None

    done = run(Owned(never, Named("child", ManagerState.NONE)).start(0.1))
    assert done.detail.endswith("no answer in time")
