"""Was the gateway's exit 0 a request to be started again?

In external mode (`OPENCLAW_SUPERVISOR_MODE=external`) the gateway does not restart itself: it leaves a note
in its state database, valid for 60 s, and ends with code 0. The note can be taken once; take it only when the
process is gone. That starts OpenClaw's command line (1 to 10 s), which we bound and, if need be, kill.
"""

import asyncio
import os
import signal
from asyncio import StreamReaderProtocol
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

import msgspec

PROTOCOL = "openclaw.gateway.restart-handoff"
PROTOCOL_VERSION = 1
OUTPUT_LIMIT_BYTES = 64 * 1024
"""An answer has less than one KB."""
DETAIL_LIMIT = 300
"""Characters of the gateway's words that we pass on."""


class HandoffStatus(StrEnum):
    ACCEPTED = "accepted"  # a restart was asked for, and the note is used up: start the gateway
    NONE = "none"  # no note: it was a plain stop
    REJECTED = "rejected"  # a note, but expired or another process's: no restart on its account
    FAILED = "failed"  # could not be found out


@dataclass(frozen=True, slots=True)
class Handoff:
    status: HandoffStatus
    detail: str = ""
    """Why: the reason of the restart, of the rejection, or of the failure."""


class _Note(msgspec.Struct):
    pid: int
    reason: str = ""
    source: str = ""


class _Told(msgspec.Struct):
    protocol: str
    protocolVersion: int  # noqa: N815 - the gateway's name
    status: str
    reason: str = ""
    handoff: _Note | None = None


async def consume_handoff(
    command: Sequence[str], env: Mapping[str, str], expected_pid: int, timeout_s: float
) -> Handoff:
    """Takes the note of the gateway that was `expected_pid`. Only for a gateway that has ended.

    `command` starts OpenClaw's command line (node and its script, or `openclaw`), `env` is the gateway's own.
    """
    arguments = ("gateway", "restart-handoff", "consume", "--expected-pid", str(expected_pid), "--json")
    try:
        async with asyncio.timeout(timeout_s), _output_of((*command, *arguments), env) as reader:
            output = await _read_all(reader)
    except TimeoutError:
        return _failed(f"no answer within {timeout_s:g} s")
    except OSError as error:
        return _failed(f"cannot start OpenClaw: {error.strerror}")
    return _understand(output, expected_pid)


@asynccontextmanager
async def _output_of(command: Sequence[str], env: Mapping[str, str]) -> AsyncIterator[asyncio.StreamReader]:
    """The output of a program in a group of its own, which is gone afterwards.

    The pipe is ours, because asyncio's own cannot be closed while a stranger still holds its other end.
    """
    read_end, write_end = os.pipe()
    reader = asyncio.StreamReader(limit=OUTPUT_LIMIT_BYTES)
    loop = asyncio.get_running_loop()
    pipe, _ = await loop.connect_read_pipe(lambda: StreamReaderProtocol(reader), os.fdopen(read_end, "rb", 0))
    try:
        process = await _start(command, env, write_end)
        try:
            yield reader
        finally:
            await _end_group(process, output_open=not reader.at_eof())
    finally:
        pipe.close()


async def _start(command: Sequence[str], env: Mapping[str, str], output: int) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command, env=env, stdin=DEVNULL, stdout=output, stderr=DEVNULL, start_new_session=True
        )
    finally:
        os.close(output)


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    """Until the end of the output, or until it is too long to be an answer."""
    output = b""
    while len(output) <= OUTPUT_LIMIT_BYTES and (part := await reader.read(OUTPUT_LIMIT_BYTES)):
        output += part
    return output


async def _end_group(process: Process, *, output_open: bool) -> None:
    """A group keeps its number as long as any of it lives: the leader, or who still holds the output open.

    When neither does, nothing is left to kill, and the number may already be a stranger's.
    """
    if process.returncode is None or output_open:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _understand(output: bytes, expected_pid: int) -> Handoff:
    try:
        told = msgspec.json.decode(output[:OUTPUT_LIMIT_BYTES], type=_Told)
    except (msgspec.MsgspecError, RecursionError):
        return _failed("an answer that cannot be read")
    if (told.protocol, told.protocolVersion) != (PROTOCOL, PROTOCOL_VERSION):
        return _failed(f"an answer of another protocol: {told.protocol} {told.protocolVersion}")
    if told.status == HandoffStatus.ACCEPTED:
        return _accepted(told.handoff, expected_pid)
    if told.status in {HandoffStatus.NONE, HandoffStatus.REJECTED}:
        return Handoff(HandoffStatus(told.status), told.reason[:DETAIL_LIMIT])
    return _failed(told.reason or told.status)


def _accepted(note: _Note | None, expected_pid: int) -> Handoff:
    if note is None or note.pid != expected_pid:
        return _failed("an accepted handoff that names another process")
    return Handoff(HandoffStatus.ACCEPTED, (note.reason or note.source)[:DETAIL_LIMIT])


def _failed(why: str) -> Handoff:
    return Handoff(HandoffStatus.FAILED, why[:DETAIL_LIMIT])
