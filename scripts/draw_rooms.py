"""Draws the rooms of `docs/architecture.md` from the import contract in pyproject.toml.

`python scripts/draw_rooms.py` rewrites the picture in place; a test fails when it is not current.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- rooms: drawn by scripts/draw_rooms.py -->", "<!-- end of rooms -->"


def layers() -> list[list[tuple[str, bool]]]:
    """From the top down; each a list of rooms and whether the room exists yet."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    rows = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [[_room(name) for name in row.split("|")] for row in rows]


def _room(name: str) -> tuple[str, bool]:
    plain = name.strip().strip("()")
    source = ROOT / "src" / "selfheal"
    return plain, (source / plain).is_dir() or (source / f"{plain}.py").exists()


def picture() -> str:
    """A mermaid flowchart: arrows point down only, siblings see nothing of each other."""
    lines = ["```mermaid", "flowchart TB"]
    rows = layers()
    for index, row in enumerate(rows):
        lines.append(f'  subgraph layer{index}[" "]')
        lines.append("    direction LR")
        lines += [f"    {name}[{name}]{'' if there else ':::later'}" for name, there in row]
        lines.append("  end")
    lines += [f"  layer{index} --> layer{index + 1}" for index in range(len(rows) - 1)]
    lines += ["  classDef later stroke-dasharray: 4 4,color:#888", "```"]
    return "\n".join(lines)


def page(text: str) -> str:
    """`text` with the picture between its marks drawn anew."""
    block = f"{BEGIN}\n{picture()}\n{END}"
    return re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: block, text, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), encoding="utf-8")
