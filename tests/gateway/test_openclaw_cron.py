"""The document's cron entry: what `openclaw` is called with, and what is made of its answer."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from selfheal.gateway.openclaw_cron import CronEntry, CronError, Registered, register
from selfheal.ports.commands import Outcome

ENTRY = CronEntry("1468429321738911947", "run this")
ANSWER = {
    "created": True,
    "job": {"id": "c6dc"},
    "deliveryPreview": {"detail": "Unsupported channel: discord"},
}


@dataclass
class OpenClaw:
    outcome: Outcome
    called: list[Sequence[str]] = field(default_factory=list)

    async def __call__(self, command: Sequence[str], *, env: Mapping[str, str], timeout_s: float) -> Outcome:
        assert env == {"HOME": "/nowhere"}
        assert timeout_s > 0
        self.called.append(command)
        return self.outcome


def registered(outcome: Outcome) -> tuple[Registered, Sequence[str]]:
    program = OpenClaw(outcome)
    done = asyncio.run(register(("node", "openclaw"), {"HOME": "/nowhere"}, ENTRY, program))
    (called,) = program.called
    return done, called


def test_it_is_the_entry_of_the_document() -> None:
    _, called = registered(Outcome(0, json.dumps(ANSWER)))
    said = dict(zip(called[4::2], called[5::2], strict=False))
    assert called[:4] == ("node", "openclaw", "cron", "add")
    assert said["--name"] == "Emergency Recovery Monitor"
    assert said["--every"] == "300000ms"
    assert said["--session"] == "isolated"
    assert said["--model"] == "claude-haiku-4-5"
    assert called[called.index("--announce") + 1 :][:4] == (
        "--channel",
        "discord",
        "--to",
        "channel:1468429321738911947",
    )


def test_words_before_the_answer_are_passed_over() -> None:
    done, _ = registered(Outcome(0, f"a warning\n{json.dumps(ANSWER)}\n"))
    assert done == Registered("c6dc", created=True, updated=False, doubt="Unsupported channel: discord")


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (Outcome(1, "", "gateway not running"), "gateway not running"),
        (Outcome(None), "no answer in time"),
        (Outcome(0, "done!"), "without the entry's id"),
        (Outcome(0, "[]"), "without the entry's id"),
        (Outcome(127, problem="cannot run node: no such file"), "cannot run node"),
    ],
)
def test_what_went_wrong_is_said(outcome: Outcome, why: str) -> None:
    with pytest.raises(CronError, match=why):
        registered(outcome)


def test_without_the_program_it_says_so() -> None:
    with pytest.raises(CronError, match="not on the PATH"):
        asyncio.run(register((), {}, ENTRY, OpenClaw(Outcome(0))))
