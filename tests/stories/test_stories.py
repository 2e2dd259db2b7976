"""Every story of an incident goes as it is written down. SELFHEAL_REWRITE_STORIES=1 writes them anew."""

import os
from pathlib import Path

import pytest
from tests.stories.script import ScriptError, parse, play, seconds
from tests.stories.transcript import transcript

STORIES = sorted(Path(__file__).parent.glob("*.txt"))
MARK = "---\n"


def test_there_are_stories() -> None:
    assert len(STORIES) >= 28


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path: Path, *, rewrite: bool) -> None:
    title, _, rest = path.read_text("utf-8").partition("\n\n")
    script, _, golden = rest.partition(MARK)
    told = transcript(play(parse(script)))
    if rewrite or os.environ.get("SELFHEAL_REWRITE_STORIES"):
        path.write_text(f"{title}\n\n{script}{MARK}{told}", "utf-8")
        return
    assert told.splitlines() == golden.splitlines()


@pytest.mark.parametrize("line", ["at 5s fly away", "policy wings = 2", "at soon kill -9", "kill -9 for 3s"])
def test_what_the_language_does_not_know(line: str) -> None:
    with pytest.raises(ScriptError):
        parse(line)


def test_seconds() -> None:
    assert seconds("1h30m") == 5400.0
    assert seconds("0.5s") == 0.5
