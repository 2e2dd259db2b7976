"""The named queries of `sql/*.sql`: a line «-- name: x» begins query x."""

import re
from collections.abc import Mapping
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def load(folder: Path) -> Mapping[str, str]:
    queries: dict[str, str] = {}
    for file in sorted(folder.glob("*.sql")):
        _, *parts = _NAME.split(file.read_text(encoding="utf-8"))
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            if name in queries:
                raise ValueError(f"two queries are named {name}, the second in {file.name}")
            queries[name] = text.strip()
    return queries


QUERIES = load(Path(__file__).with_name("sql"))
