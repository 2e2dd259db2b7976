"""Golden screens, written anew with SELFHEAL_GOLDEN=write and reviewed as a diff."""

import io
import os
from datetime import UTC
from pathlib import Path

import pytest
from rich.console import Console
from tests.cli.worlds import NOW, ROWS, START, W, entries, hopeless, ill, well

from selfheal.cli.commands.incidents import table
from selfheal.cli.layout import Frame, layout
from selfheal.cli.live import LiveScreen, render
from selfheal.cli.picture import Picture
from selfheal.cli.plain import status_lines
from selfheal.cli.progress import InstallProgress
from selfheal.cli.timeline import full, moments
from selfheal.cli.tones import Paint, width
from selfheal.core.policy import Policy
from selfheal.core.report import Report, report
from selfheal.core.state import State
from selfheal.texts.language import Language

GOLDEN = Path(__file__).with_name("golden")
PLAIN = Paint(colour=False)
FOOTER = "resident: running, pid 4100"
WORLDS = {
    "well": [well()],
    "ill": [ill()],
    "several": [ill(), well("work", 777), well("home", 778)],
    "unknown": [State("main")],
}
SIZES = [(60, 20), (80, 24), (120, 40)]


def golden(name: str, text: str) -> None:
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("SELFHEAL_GOLDEN") == "write":
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")


def reports(world: str) -> list[Report]:
    states = WORLDS.get(world) or [hopeless()]
    return [report(state, Policy(), NOW) for state in states]


def drawn(world: str, language: Language, columns: int, rows: int) -> str:
    out = io.StringIO()
    console = Console(file=out, width=columns, height=rows, color_system=None)
    story = entries(incident=None) if world == "well" else entries()
    picture = render(
        reports(world), story, language, columns, rows, ports={"main": 18789}, footer=FOOTER, zone=UTC
    )
    console.print(picture)
    return "\n".join(each.rstrip() for each in out.getvalue().splitlines()) + "\n"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_the_live_view(world: str, language: Language, columns: int, rows: int) -> None:
    golden(f"live-{world}-{columns}x{rows}-{language}", drawn(world, language, columns, rows))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("columns", [20, 33, 59, 80, 109, 110, 200])
@pytest.mark.parametrize("rows", [6, 10, 14, 24, 50])
def test_it_never_leaves_its_room(world: str, language: Language, columns: int, rows: int) -> None:
    lines = layout(reports(world), entries(), Frame(language, columns, rows, {}, FOOTER, UTC))
    assert len(lines) <= rows
    assert max(sum(width(span.text) for span in each) for each in lines) <= columns


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("world", [*WORLDS, "hopeless"])
def test_the_plain_status(world: str, language: Language) -> None:
    """`hopeless`: where no restart was made, none is said to be used up."""
    picture = Picture(NOW, 4100, known=True, reports=tuple(reports(world)), ports={"main": 18789})
    text = "".join(f"{PLAIN(each)}\n" for each in status_lines(picture, language))
    golden(f"status-{world}-{language}", text)


@pytest.mark.parametrize("language", Language)
def test_the_incidents_and_a_timeline(language: Language) -> None:
    rows = table(ROWS, W(START), language, UTC)
    story = [full(each, language, zone=UTC) for each in moments(entries())]
    golden(f"incidents-{language}", "".join(f"{PLAIN(each)}\n" for each in [*rows, (), *story]))


def test_on_a_pipe_each_change_is_one_line_once() -> None:
    out = io.StringIO()
    with LiveScreen(Language.EN, live=False, colour=False, out=out) as screen:
        for _ in range(3):
            screen.show(reports("ill"), entries(), {"main": 18789})
        screen.show(reports("well"), entries(), {"main": 18789})
    lines = out.getvalue().splitlines()
    assert len(lines) == 2 + len(entries())
    assert "ill" in lines[0]
    assert "well" in lines[-1]
    assert "\x1b" not in out.getvalue()


def test_a_terminal_keeps_the_last_picture_and_gets_its_cursor_back() -> None:
    out = io.StringIO()
    with LiveScreen(Language.EN, live=True, colour=True, out=out, footer=FOOTER) as screen:
        screen.show(reports("ill"), entries(), {})
        screen.show(reports("well"), entries(), {})
        screen.say("said above")
    shown = out.getvalue()
    assert "\x1b[?1049h" not in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert "said above" in shown


def test_the_bar_of_an_install_on_a_pipe_prints_now_and_then() -> None:
    out = io.StringIO()
    with InstallProgress(Console(file=out, force_terminal=False), Language.EN) as bar:
        for done in range(0, 50_000_000, 1_000_000):
            bar("openclaw", done, 50_000_000)
        bar("ready", 0, None)
    assert out.getvalue().splitlines() == ["OpenClaw", "OpenClaw 20 MB", "OpenClaw 40 MB", "ready"]


def test_the_bar_of_an_install_on_a_terminal() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, color_system=None)
    with InstallProgress(console, Language.KO) as bar:
        bar("waiting", 0, None)
        bar("node", 10_000_000, 30_000_000)
        bar("openclaw", 10_000_000, 300_000_000)
        bar("ready", 0, None)
    assert "Node.js" in out.getvalue()
    assert "다른 설치를 기다림" in out.getvalue()


@pytest.mark.parametrize("terminal", [False, True])
def test_the_words_of_an_install_are_lines(terminal: bool) -> None:
    """What a person must read stays, below the bars that are no longer drawn."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=80, color_system=None)
    with InstallProgress(console, Language.EN) as bar:
        bar("damaged", 0, None)
        bar("node", 10_000_000, 30_000_000)
        bar("ending", 0, None)
        bar("ended", 0, None)
    ending, ended = out.getvalue().splitlines()[-2:]
    assert "damaged" in out.getvalue().splitlines()[0]
    assert "ending the install" in ending
    assert "was not installed" in ended


def test_a_stage_that_comes_again_has_a_bar_of_its_own() -> None:
    """Node.js is verified, and then OpenClaw: the bar between them must not move again."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, color_system=None)
    with InstallProgress(console, Language.EN) as bar:
        for stage in ("node", "verifying", "openclaw", "verifying"):
            bar(stage, 1_000_000, None)
        bar("ready", 0, None)
    last = out.getvalue().rpartition("Node.js")[2]
    assert [last.count(name) for name in ("OpenClaw", "verifying")] == [1, 2]
