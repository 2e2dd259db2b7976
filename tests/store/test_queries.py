from pathlib import Path

import pytest

from selfheal.store.queries import QUERIES, load
from selfheal.store.schema import MIGRATIONS, load_migrations, open_for_writing


def test_every_query_is_understood_by_the_schema(tmp_path: Path) -> None:
    connection = open_for_writing(tmp_path / "selfheal.db")
    for name, text in QUERIES.items():
        values = dict.fromkeys(_parameters(text), 1)
        assert connection.execute(f"EXPLAIN {text}", values).fetchall(), name
    connection.close()


def test_what_was_said_last_is_found_without_the_silent_entries(tmp_path: Path) -> None:
    """A live view asks twice a second, within the resident's loop."""
    connection = open_for_writing(tmp_path / "selfheal.db")
    values = {"target": None, "limit": 60}
    plan = connection.execute(f"EXPLAIN QUERY PLAN {QUERIES['recent_telling']}", values).fetchall()
    assert any("journal_telling" in detail for *_, detail in plan)
    connection.close()


def _parameters(text: str) -> list[str]:
    return [word.strip("(),:") for word in text.replace("(", " ( ").split() if word.startswith(":")]


def test_two_queries_of_one_name_are_refused(tmp_path: Path) -> None:
    for file in ("a.sql", "b.sql"):
        (tmp_path / file).write_text("-- name: same\nSELECT 1\n")
    with pytest.raises(ValueError, match=r"same.*b\.sql"):
        load(tmp_path)


def test_migrations_are_numbered_without_a_gap(tmp_path: Path) -> None:
    assert [migration.version for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
    (tmp_path / "0002_late.sql").write_text("SELECT 1;")
    with pytest.raises(ValueError, match="not numbered"):
        load_migrations(tmp_path)
