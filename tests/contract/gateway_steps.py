"""What the tests of the gateway's port do and wait for."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from selfheal.core.facts import GatewayProcess, ProbeKind, Verdict
from selfheal.gateway.openclaw import OpenClawGateway

T = TypeVar("T")
LIMIT_S = 180.0  # a cold first start of the real one on a busy machine
TICK_S = 0.02
TIMEOUT_S = 0.5


def go(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


async def until(look: Callable[[], Awaitable[T]], good: Callable[[T], bool]) -> T:
    """For what another process does: there is no event of it for us."""
    deadline = time.monotonic() + LIMIT_S
    while not good(seen := await look()):
        assert time.monotonic() < deadline, f"still {seen!r} after {LIMIT_S} s"
        await asyncio.sleep(TICK_S)
    return seen


async def until_verdict(gateway: OpenClawGateway, *verdicts: Verdict) -> None:
    async def look() -> Verdict:
        return (await gateway.probe(ProbeKind.FULL, 2.0)).verdict

    await until(look, lambda verdict: verdict in verdicts)


async def until_found(gateway: OpenClawGateway) -> GatewayProcess:
    seen = await until(gateway.inspect, lambda one: one.process is not None)
    assert seen.process is not None
    return seen.process


async def ended(gateway: OpenClawGateway, process: GatewayProcess, act: Callable[[], object]) -> int | None:
    """What the watch says once `act` has made the process end."""
    event = asyncio.get_running_loop().create_future()
    gateway.watch_exit(process, lambda _process, code: event.set_result(code))
    act()
    async with asyncio.timeout(LIMIT_S):
        code: int | None = await event
    return code
