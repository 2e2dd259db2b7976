"""Asks the deep check in a short process of its own, and holds it to its deadline."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec

from selfheal.core.facts import DeepVerdict
from selfheal.gateway.deepcheck_records import Answer, Outcome, Question
from selfheal.gateway.site import Site
from selfheal.ports.gateway import DeepReport

COMMAND = (sys.executable, "-I", "-m", "selfheal.gateway.deepcheck")
START_MARGIN_S = 0.5  # of the deadline, for Python itself to start
ANSWER_MAX_BYTES = 64 * 1024
ENVIRONMENT: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


async def ask_deeply(
    site: Site, timeout_s: float, command: Sequence[str] = COMMAND, *, tls: bool | None = None
) -> DeepReport:
    """Back within `timeout_s`. Whatever is not the gateway's fault is NOT_CHECKED. `command` is the check.

    `tls`: how the gateway speaks, where that is known; else its config tells.
    """
    question = Question(
        port=site.port,
        config_path=str(site.config_path),
        state_dir=str(site.state_dir),
        timeout_s=max(timeout_s - START_MARGIN_S, timeout_s / 2),
        token=site.env.get("OPENCLAW_GATEWAY_TOKEN"),
        tls=tls,
    )
    try:
        process = await asyncio.create_subprocess_exec(
            *command, env=ENVIRONMENT, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
    except OSError as error:
        return _not_checked(f"cannot start the deep check: {error.strerror}")
    try:
        async with asyncio.timeout(timeout_s):
            output, _ = await process.communicate(msgspec.json.encode(question))
    except TimeoutError:
        return _not_checked("the deep check did not end in time")
    finally:
        await _end(process)
    return understand(output)


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def understand(output: bytes) -> DeepReport:
    try:
        answer = msgspec.json.decode(output[:ANSWER_MAX_BYTES], type=Answer)
    except (msgspec.MsgspecError, RecursionError):
        return _not_checked("the deep check gave no answer")
    suppressed = tuple(answer.suppressed or ())
    if answer.outcome is Outcome.OK:
        return DeepReport(DeepVerdict.OK, suppressed)
    return DeepReport(_verdict(answer.outcome), suppressed, f"{answer.outcome}: {answer.detail}")


def _verdict(outcome: Outcome) -> DeepVerdict:
    if outcome is Outcome.STORAGE:
        return DeepVerdict.STORAGE
    return DeepVerdict.FAILED if outcome.blames_gateway else DeepVerdict.NOT_CHECKED


def _not_checked(detail: str) -> DeepReport:
    return DeepReport(DeepVerdict.NOT_CHECKED, detail=detail)
