"""Performs what the core asked for, through the ports, and brings the result back as an observation.

Every action has a hard bound and always has a result: a fault of ours is reported as a failed action, never
lost and never taken for the gateway's.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from selfheal.core.actions import (
    Action,
    CheckDeeply,
    ExamineExit,
    InspectHost,
    Ordered,
    Probe,
    SignalGateway,
    StartGateway,
)
from selfheal.core.alert import Notify
from selfheal.core.facts import GatewayProcess, Inspection
from selfheal.core.observations import (
    ActionFinished,
    DeepCheckFinished,
    ExitExamined,
    HostInspected,
    Observation,
    ProbeFinished,
    ProcessExited,
)
from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.ports.gateway import Gateway
from selfheal.ports.service import Done, Service
from selfheal.ports.teller import Teller

LOOK_TIMEOUT_S = 30.0  # an exit's examination may ask the gateway's own slow command line
TELL_TIMEOUT_S = 180.0  # on a full disk the delivery is waited for: given up, it goes on and is repeated
SLACK_S = 5.0  # over an action's own timeout
WATCHED_MAX = 8  # processes of one look whose ends are watched: the gateway and its half-dead relatives
FAULT_PAUSE_S = 1.0  # so that a lasting fault of ours cannot spin


@dataclass
class Performer:
    """The shell's hands for one target. `feed` takes what happens without having been asked for."""

    gateway: Gateway
    service: Service
    teller: Teller
    feed: Callable[[Observation], None]

    async def perform(self, order: Ordered, state: State, policy: Policy) -> Observation:
        try:
            async with asyncio.timeout(_bound_s(order.action, policy)):
                return await self._perform(order, state, policy)
        except TimeoutError as late:
            detail = str(late) or f"{type(order.action).__name__} did not end in time"
        except Exception as error:  # noqa: BLE001 - the border: our own fault becomes a failed action
            detail = f"{type(error).__name__}: {error}"
        await asyncio.sleep(FAULT_PAUSE_S)
        return ActionFinished(order.id, succeeded=False, detail=detail, unsure=True)

    async def _perform(self, order: Ordered, state: State, policy: Policy) -> Observation:
        match order.action:
            case InspectHost():
                return HostInspected(order.id, await self._inspect(state.gateway.process))
            case Probe(kind=kind, timeout_s=timeout_s):
                return ProbeFinished(order.id, await self.gateway.probe(kind, timeout_s))
            case CheckDeeply(timeout_s=timeout_s):
                deep = await self.gateway.check_deeply(timeout_s)
                return DeepCheckFinished(order.id, deep.verdict, deep.suppressed, deep.detail)
            case ExamineExit(pid=pid, exit_code=exit_code):
                why = await self.gateway.examine_exit(pid, exit_code)
                return ExitExamined(order.id, why.cause, why.detail, pid)
            case StartGateway():
                return _finished(order.id, await self._start(policy.start_timeout_s))
            case SignalGateway() as act:
                return _finished(order.id, await self.service.signal(act.pid, act.started, act.signal))
            case Notify() as notify:
                return _finished(order.id, await self.teller.tell(state.target, notify, state))

    async def _inspect(self, known: GatewayProcess | None) -> Inspection:
        """The core may take any of them for the gateway: a parked one where there is no other."""
        seen = await self.gateway.inspect(known)
        found = (seen.process, seen.ended, *seen.others)
        for process in [one for one in found if one is not None][:WATCHED_MAX]:
            self.gateway.watch_exit(process, self._exited)
        return seen

    async def _start(self, timeout_s: float) -> Done:
        """Its end is watched from the first moment: it may not live until the core's next look.

        Where it cannot be looked at it has been started all the same.
        """
        done = await self.service.start(timeout_s)
        if done.succeeded:
            with suppress(Exception):
                async with asyncio.timeout(SLACK_S / 2):
                    await self._inspect(None)
        return done

    def _exited(self, process: GatewayProcess, exit_code: int | None) -> None:
        self.feed(ProcessExited(process.pid, process.started, exit_code))


def _finished(action_id: int, done: Done) -> ActionFinished:
    return ActionFinished(action_id, done.succeeded, done.detail, done.retryable)


def _bound_s(action: Action, policy: Policy) -> float:
    match action:
        case Probe(timeout_s=timeout_s) | CheckDeeply(timeout_s=timeout_s):
            return timeout_s + SLACK_S
        case StartGateway():
            return policy.start_timeout_s + SLACK_S
        case Notify():
            return TELL_TIMEOUT_S
        case _:
            return LOOK_TIMEOUT_S
