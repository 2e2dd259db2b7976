import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from selfheal.core.instants import Wall
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.reasons import Reason
from selfheal.store.projection import FILE_MAX_BYTES, LINE_MAX_CHARS, Projection

NOON = Wall(1_770_264_000.0)  # 2026-02-05 04:00:00 UTC, 13:00:00 in Seoul
DAY_S = 86_400.0


@pytest.fixture(autouse=True)
def seoul(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "KST-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "memory"


@pytest.fixture
def projection(folder: Path) -> Projection:
    return Projection(folder, lambda note: note.detail)


def says(text: str, level: Level | None = Level.HEALTHCHECK) -> Note:
    return Note(Reason.HELD, level, detail=text)


def after(days: float) -> Wall:
    return Wall(NOON + days * DAY_S)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_each_level_has_its_file_and_lines_carry_local_time(projection: Projection, folder: Path) -> None:
    others = [says("HTTP 500"), says("asked", None), says("doctor", Level.RECOVERY)]
    assert projection.write(NOON, [says("gone", Level.WATCHDOG), *others]) == ""
    assert (folder / "watchdog.log").read_text() == "[2026-02-05 13:00:00] gone\n"
    assert (folder / "healthcheck-2026-02-05.log").read_text() == (
        "[2026-02-05 13:00:00] HTTP 500\n[2026-02-05 13:00:00] asked\n[2026-02-05 13:00:00] doctor\n"
    )


def test_no_text_makes_no_line_and_no_file(projection: Projection, folder: Path) -> None:
    assert projection.write(NOON, [says("")]) == ""
    assert not folder.exists()


def test_a_quoted_text_cannot_forge_a_line(projection: Projection, folder: Path) -> None:
    projection.write(NOON, [says("odd\n[2026-01-01 00:00:00] all is well\r\x1b[2Jx\udce9")])
    lines = (folder / "healthcheck-2026-02-05.log").read_text().splitlines()
    assert all(line.startswith("[2026-02-05 13:00:00] ") for line in lines)
    assert len(lines) == 3
    assert not re.search(r"[\x1b\r]", "".join(lines))


def test_a_line_has_a_bound(projection: Projection, folder: Path) -> None:
    projection.write(NOON, [says("x" * 100_000)])
    assert (folder / "healthcheck-2026-02-05.log").stat().st_size < LINE_MAX_CHARS + 30


def test_daily_files_go_after_fourteen_days_and_nothing_else_does(
    projection: Projection, folder: Path
) -> None:
    folder.mkdir()
    foreign = ["healthcheck-2025-01-01.log.bak", "my-healthcheck-2025-01-01.log", "notes.md"]
    for day in ("2026-01-21", "2026-01-22"):
        (folder / f"healthcheck-{day}.log").write_text(f"[{day} 12:00:00] ours\n" * 2)
    for name in foreign:
        (folder / name).write_text("[2026-01-01 12:00:00] as if it were ours\n")
    projection.write(NOON, [says("today")])
    assert names(folder) == sorted([*foreign, "healthcheck-2026-01-22.log", "healthcheck-2026-02-05.log"])


@pytest.mark.parametrize(
    "content",
    [
        "2026-01-01 08:00:00 mine\n",
        "[2026-01-01 08:00:00] as yours\nmine\n",
        "[2026-01-02 08:00:00] of another day\n",
        "[2026-01-01] mine\n",
    ],
)
def test_a_daily_file_that_somebody_else_wrote_stays(
    projection: Projection, folder: Path, content: str
) -> None:
    folder.mkdir()
    (folder / "healthcheck-2026-01-01.log").write_text(content)
    assert projection.write(NOON, [says("today")]) == ""
    assert (folder / "healthcheck-2026-01-01.log").read_text() == content


def test_what_only_has_a_daily_files_name_is_no_obstacle(projection: Projection, folder: Path) -> None:
    (folder / "healthcheck-2026-01-01.log").mkdir(parents=True)
    os.mkfifo(folder / "healthcheck-2026-01-02.log")
    assert projection.write(NOON, [says("today")]) == ""
    assert len(names(folder)) == 3


def test_lines_in_the_watchdogs_file_that_are_not_ours_stay(projection: Projection, folder: Path) -> None:
    folder.mkdir()
    log = folder / "watchdog.log"
    log.write_text("2026-01-01 08:00:00 mine\n[2026-01-01 08:00:00] old\n\n[2026-01-01] mine\n")
    projection.write(NOON, [says("new", Level.WATCHDOG)])
    assert log.read_text() == ("2026-01-01 08:00:00 mine\n\n[2026-01-01] mine\n[2026-02-05 13:00:00] new\n")
    assert names(folder) == ["watchdog.log"]


def test_the_watchdogs_old_lines_go_and_the_file_keeps_its_mode(projection: Projection, folder: Path) -> None:
    for days in (0, 1, 20):
        projection.write(after(days), [says(f"day {days}", Level.WATCHDOG)])
        (folder / "watchdog.log").chmod(0o640)
    projection.write(after(21), [says("day 21", Level.WATCHDOG)])
    assert (folder / "watchdog.log").read_text() == (
        "[2026-02-25 13:00:00] day 20\n[2026-02-26 13:00:00] day 21\n"
    )
    assert (folder / "watchdog.log").stat().st_mode & 0o777 == 0o640
    assert names(folder) == ["watchdog.log"]


def test_a_file_has_a_bound_and_loses_whole_old_lines(projection: Projection, folder: Path) -> None:
    folder.mkdir()
    log = folder / "watchdog.log"
    line = b"[2026-02-05 12:00:00] " + b"x" * 1_000 + b"\n"
    log.write_bytes(line * (FILE_MAX_BYTES // len(line) + 1))
    projection.write(NOON, [says("newest", Level.WATCHDOG)])
    assert log.stat().st_size < FILE_MAX_BYTES * 0.6
    assert log.read_bytes().startswith(line)
    assert log.read_bytes().endswith(b"[2026-02-05 13:00:00] newest\n")


def test_lines_that_are_not_ours_are_kept_beside_a_file_that_has_grown_too_large(
    projection: Projection, folder: Path
) -> None:
    folder.mkdir()
    log, beside = folder / "watchdog.log", folder / "watchdog.log.others"
    filler = b"[2026-02-05 12:00:00] " + b"x" * 1_000 + b"\n"
    beside.write_bytes(b"before\n")
    for text in (b"one\n", b"two\n"):
        log.write_bytes(text + filler * (FILE_MAX_BYTES // len(filler) + 1) + b"newest\n")
        projection.write(NOON, [says("", Level.WATCHDOG), says("ours", Level.WATCHDOG)])
        assert log.read_bytes().endswith(b"newest\n[2026-02-05 13:00:00] ours\n")
        assert log.stat().st_size < FILE_MAX_BYTES * 0.6
    assert beside.read_bytes() == b"before\none\ntwo\n"
    assert names(folder) == ["watchdog.log", "watchdog.log.others"]


def test_a_link_stays_a_link(projection: Projection, folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    real = tmp_path / "elsewhere.log"
    real.write_text("[2020-01-01 00:00:00] old\n")
    (folder / "watchdog.log").symlink_to(real)
    projection.write(NOON, [says("new", Level.WATCHDOG)])
    assert (folder / "watchdog.log").is_symlink()
    assert real.read_text() == "[2026-02-05 13:00:00] new\n"


def test_a_folder_that_cannot_be_written_is_a_reason_not_an_error(tmp_path: Path) -> None:
    (tmp_path / "memory").write_text("a file in its place")
    projection = Projection(tmp_path / "memory", lambda note: note.detail)
    assert "cannot write the logs" in projection.write(NOON, [says("x")])


def test_a_pipe_in_a_files_place_does_not_stop_the_loop(projection: Projection, folder: Path) -> None:
    folder.mkdir()
    os.mkfifo(folder / "watchdog.log")
    assert "cannot write the logs" in projection.write(NOON, [says("x", Level.WATCHDOG)])
