"""The picture in docs/architecture.md is the one that the import contract gives."""

import runpy
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "scripts" / "draw_rooms.py"


def test_the_picture_is_current() -> None:
    drawn = runpy.run_path(str(SCRIPT))
    text = drawn["PAGE"].read_text("utf-8")
    assert drawn["page"](text) == text, "run: python scripts/draw_rooms.py"
