"""An output that nobody reads does not keep the watch waiting."""

import io
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO

import pytest

from selfheal.runtime.outlet import KEPT_MAX, unhurried

LINE = "x" * 1023 + "\n"


class Pipe:
    """Both ends, of which the reader's may be left alone or closed."""

    def __init__(self) -> None:
        self.reader, writer = os.pipe()
        self.out: TextIO = open(writer, "w", encoding="utf-8")  # noqa: PTH123, SIM115

    def read(self, size: int) -> bytes:
        content = b""
        while len(content) < size and (more := os.read(self.reader, size - len(content))):
            content += more
        return content


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    os.close(made.reader)
    made.out.close()


def fill(out: TextIO) -> int:
    """Writes lines until one is refused. Returns how many were taken."""
    for count in range(100 * KEPT_MAX // len(LINE)):
        try:
            out.write(LINE)
        except BlockingIOError:
            return count
    raise AssertionError("everything was taken")


def test_what_is_written_arrives_in_order(pipe: Pipe) -> None:
    with unhurried(pipe.out) as out:
        for number in range(100):
            out.write(f"{number}: 안녕\n")
    expected = "".join(f"{number}: 안녕\n" for number in range(100)).encode()
    assert pipe.read(len(expected)) == expected


def test_a_frozen_reader_keeps_nobody_waiting_and_reads_whole_lines_later(pipe: Pipe) -> None:
    with unhurried(pipe.out) as out:
        taken = fill(out)
        assert pipe.read(taken * len(LINE)) == LINE.encode() * taken
        out.write("thawed\n")
        assert pipe.read(7) == b"thawed\n"


def test_the_end_does_not_wait_for_a_frozen_reader(pipe: Pipe) -> None:
    with unhurried(pipe.out) as out:
        taken = fill(out)
    assert pipe.read(KEPT_MAX) in LINE.encode() * taken  # and lets its thread go


def test_a_closed_reader_is_told_of(pipe: Pipe) -> None:
    os.close(pipe.reader)
    pipe.reader = os.open(os.devnull, os.O_RDONLY)

    def write_until_told(out: TextIO) -> None:
        while True:
            with suppress(BlockingIOError):  # its thread is not as quick as we are
                out.write(LINE)

    with unhurried(pipe.out) as out, pytest.raises(BrokenPipeError):
        write_until_told(out)


def test_a_reader_that_made_it_non_blocking_gets_everything(pipe: Pipe) -> None:
    os.set_blocking(pipe.out.fileno(), False)
    with unhurried(pipe.out) as out:
        taken = fill(out)
        assert pipe.read(taken * len(LINE)) == LINE.encode() * taken


def test_what_has_no_descriptor_stays_as_it_is() -> None:
    text = io.StringIO()
    with unhurried(text) as out:
        assert out is text
