"""Was the gateway's exit 0 a request to be started again?

In external mode (`OPENCLAW_SUPERVISOR_MODE=external`) the gateway does not restart itself: it leaves a note
in its state database, valid for 60 s, and ends with code 0. The note can be taken once; take it only when the
process is gone. That starts OpenClaw's command line (1 to 10 s), which is bounded and, if need be, killed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from selfheal.ports.commands import Run

PROTOCOL = "openclaw.gateway.restart-handoff"
PROTOCOL_VERSION = 1
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
    run: Run, command: Sequence[str], env: Mapping[str, str], expected_pid: int, timeout_s: float
) -> Handoff:
    """Takes the note of the gateway that was `expected_pid`. Only for a gateway that has ended.

    `command` starts OpenClaw's command line (node and its script, or `openclaw`), `env` is the gateway's own.
    """
    arguments = ("gateway", "restart-handoff", "consume", "--expected-pid", str(expected_pid), "--json")
    outcome = await run((*command, *arguments), env=env, timeout_s=timeout_s)
    if outcome.timed_out:
        return _failed(f"no answer within {timeout_s:g} s")
    return _failed(outcome.problem) if outcome.problem else _understand(outcome.stdout, expected_pid)


def _understand(output: str, expected_pid: int) -> Handoff:
    try:
        told = msgspec.json.decode(output, type=_Told)
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
