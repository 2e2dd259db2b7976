"""Writes docs/states.md from the tables and enums of the core: `python -m tests.docs.states_page`.

The comment behind a member in the source is its explanation; the test of the page proves that it is current.
"""

import inspect
import re
from enum import StrEnum
from pathlib import Path

from selfheal.core import hold as holds
from selfheal.core import perceive, restart, state
from selfheal.core.ladder import MOVES
from selfheal.core.reasons import Cause, Hold, Outcome, Reason
from selfheal.core.state import Phase, Stage

PAGE = Path(__file__).parents[2] / "docs" / "states.md"
MEMBER = re.compile(r'^    [A-Z_]+ = "(?P<value>\w+)"(?:  # (?P<comment>.*))?$', re.MULTILINE)


def page() -> str:
    parts = [
        "# States",
        "Made from the tables in `src/selfheal/core`. Do not edit: `python -m tests.docs.states_page`.",
        "## The rules\n\n" + _quoted(state.__doc__),
        "## What the gateway is believed to be doing\n\n" + _quoted(perceive.__doc__),
        _table(Phase),
        "## The restart ladder\n\n" + _quoted(restart.__doc__),
        _diagram(),
        _table(Stage),
        _moves(),
        "## Why a gateway is left alone\n\n" + _doc(Hold),
        _table(Hold),
        _set(
            "Waiting alone does not end these; the next level is called after `last_wait_s`", holds.HOPELESS
        ),
        _set("Somebody is at work; the next level is called after `startup_grace_max_s`", holds.SLOW),
        "## Reasons of decisions",
        _table(Reason),
        "## Incidents\n\n" + _doc(Cause),
        _table(Cause),
        _doc(Outcome),
        _table(Outcome),
    ]
    return "\n\n".join(parts) + "\n"


def _doc(kind: type) -> str:
    return inspect.getdoc(kind) or ""


def _quoted(text: str | None) -> str:
    return f"```text\n{inspect.cleandoc(text or '')}\n```"


def _table(kind: type[StrEnum]) -> str:
    comments = {found["value"]: found["comment"] or "" for found in MEMBER.finditer(inspect.getsource(kind))}
    rows = [
        f"| `{member.value}` | {comments.get(member.value, '')} |".replace("  |", " |") for member in kind
    ]
    return "\n".join([f"| {kind.__name__} | |", "|---|---|", *rows])


def _diagram() -> str:
    lines = [f"    {one} --> {other}" for one in Stage for other in Stage if other in MOVES[one]]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> idle", *lines, "```"])


def _moves() -> str:
    rows = [
        f"| `{stage}` | {', '.join(f'`{other}`' for other in Stage if other in MOVES[stage])} |"
        for stage in Stage
    ]
    return "\n".join(["| from | to |", "|---|---|", *rows])


def _set(title: str, members: frozenset[Hold]) -> str:
    return f"{title}: {', '.join(f'`{member}`' for member in Hold if member in members)}."


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
