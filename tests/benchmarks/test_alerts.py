"""The benchmark of alerts, small: each route's client, a disk, requests that fail, and our own deaths."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.alerts import held, judged, named
from tests.notify.world import MARKED, UNMARKED

from selfheal.texts.language import Language
from selfheal.texts.phrases import Phrase, phrase

ROOT = Path(__file__).parents[2]
INCIDENTS = 12
LIMIT_S = 240.0
WITH_EARLY_DEATHS = {"--seed": "2", "--life": "1"}
"""The first of them is after 0.8 s, whatever the machine."""
CANARY = phrase(Phrase.TITLE_CANARY, Language.EN)
OPENED = "🚨 Urgent: OpenClaw self-healing failed\n- selfheal incidents show {}"
AGAIN = "🚨 Urgent: OpenClaw self-healing failed\n↻ You may have got this\n- selfheal incidents show {}"
OVER = "✅ Resolved: the OpenClaw gateway is well\nIncident: #{}"


def test_none_is_lost_and_none_is_seen_twice_without_a_word(tmp_path: Path) -> None:
    options = {"--incidents": str(INCIDENTS), "--lots": "2", **WITH_EARLY_DEATHS, "--into": str(tmp_path)}
    words = ("-m", "benchmarks.alerts", *(word for option in options.items() for word in option))
    done = subprocess.run(
        (sys.executable, *words), cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = tmp_path.glob("alerts-*.json")
    made = json.loads(path.read_text(encoding="utf-8"))
    assert set(made["routes"]) == {*MARKED, *UNMARKED}
    for name, route in made["routes"].items():
        assert (route["lost"], route["seen_again_without_a_word"]) == (0, 0), name
        if name in MARKED:
            assert (route["openings_seen_once"], route["closings_seen_once"]) == (INCIDENTS, INCIDENTS), name
    assert (made["incidents"], made["lots"]) == (INCIDENTS, 2)
    assert made["killed"] > 0
    assert made["failed"] > made["requests"] / 6


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        ([OPENED, OVER], ""),
        ([OPENED], "lost"),
        ([AGAIN, OVER], ""),
        ([OPENED, AGAIN, OVER], "seen_again_and_said_so"),
        ([OPENED, OPENED, OVER], "seen_again_without_a_word"),
        ([OVER, OPENED], "out_of_order"),
        ([OPENED, OVER, "hello"], "of_nothing"),
        ([OPENED, CANARY, OVER], ""),
    ],
)
def test_the_judge_sees_each_fault(texts: list[str], what: str) -> None:
    found = judged([text.format(1) for text in texts], 1)
    faults = ("lost", "seen_again_and_said_so", "seen_again_without_a_word", "out_of_order", "of_nothing")
    assert [fault for fault in faults if found[fault]] == ([what] if what else [])
    marked = {"routes": {"one": {"knows_marks": True, **found}}}
    unmarked = {"routes": {"one": {"knows_marks": False, **found}}}
    assert held(marked) == (not what)
    assert held(unmarked) == (what in {"", "seen_again_and_said_so"})


def test_a_message_is_named_by_what_it_says() -> None:
    assert named(OPENED.format(7)) == ("opening", 7)
    assert named(OVER.format(7)) == ("closing", 7)
    assert named("hello") == ("?", 0)
