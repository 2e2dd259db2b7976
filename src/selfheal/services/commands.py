"""Runs one short command of the system, bounded in time and output. Its whole group ends at the deadline."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence

from selfheal.ports.commands import Outcome

OUTPUT_BYTES = 256 * 1024  # per stream; the rest is read and dropped, so that the command never blocks on us
DRAIN_S = 0.2  # for the last output after the end, when a grandchild holds the pipe open
REAP_S = 2.0  # a killed group ends at once, unless the kernel holds it
NOT_RUN = 127


class _Listener(asyncio.SubprocessProtocol):
    """Gathers the output, and tells the end of the process from the end of its pipes."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.exited: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self.output = {1: bytearray(), 2: bytearray()}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        room = OUTPUT_BYTES - len(self.output[fd])
        self.output[fd] += data[: max(room, 0)]

    def process_exited(self) -> None:
        _resolve(self.exited)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        _resolve(self.closed)

    def text(self, fd: int) -> str:
        return self.output[fd].decode("utf-8", errors="replace")


async def run(command: Sequence[str], *, env: Mapping[str, str], timeout_s: float) -> Outcome:
    """Never raises for what the command does. Returns at the latest REAP_S after `timeout_s` seconds."""
    try:
        transport, listener = await _spawn(command, env)
    except OSError as error:
        return Outcome(NOT_RUN, problem=f"cannot run {command[0]}: {error.strerror}")
    except ValueError as error:
        return Outcome(NOT_RUN, problem=f"cannot run {command[0]}: {error}")
    try:
        ended = await _within(listener.exited, timeout_s)
        quiet = ended and await _within(listener.closed, DRAIN_S)
        if not quiet:
            _end_group(transport.get_pid())
            await _within(listener.exited, REAP_S)
        code = transport.get_returncode() if ended else None
        return Outcome(shell_code(code), listener.text(1), listener.text(2))
    finally:
        if not listener.exited.done():  # cancelled
            _end_group(transport.get_pid())
            await _within(listener.exited, REAP_S)
        transport.close()


def shell_code(code: int | None) -> int | None:
    """An exit code as a shell gives it: death by a signal is 128 and its number."""
    return code if code is None or code >= 0 else 128 - code


async def _spawn(
    command: Sequence[str], env: Mapping[str, str]
) -> tuple[asyncio.SubprocessTransport, _Listener]:
    return await asyncio.get_running_loop().subprocess_exec(
        _Listener, *command, stdin=asyncio.subprocess.DEVNULL, env=dict(env), start_new_session=True
    )


async def _within(event: asyncio.Future[None], timeout_s: float) -> bool:
    done, _ = await asyncio.wait({event}, timeout=timeout_s)
    return bool(done)


def _resolve(event: asyncio.Future[None]) -> None:
    if not event.done():
        event.set_result(None)


def _end_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
