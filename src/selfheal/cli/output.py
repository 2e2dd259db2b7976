"""Standard output that is closed, full, or cannot show a letter: said in a line, never with a traceback."""

import errno
import io
import os
import sys
from typing import TextIO


class ClosedOutput(io.TextIOBase):
    """Stands for a standard output that was closed before we began (`>&-`). Whoever writes is told so."""

    def write(self, text: str) -> int:
        del text
        raise OSError(errno.EBADF, "it is closed")

    def isatty(self) -> bool:
        return False


def prepare() -> None:
    """Fills closed descriptors, or the next file that is opened, the database say, would be standard output.

    A terminal without UTF-8 gets a question mark, not a traceback.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number: this one
    if sys.stdout is None:
        sys.stdout = ClosedOutput()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for as long as we live
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def fails(error: OSError, output: TextIO | None = None) -> bool:
    """Whether it is the output that failed: what could not be written waits there, and fails again."""
    output = output or sys.stdout
    if isinstance(output, ClosedOutput):
        return error.errno == errno.EBADF
    try:
        output.flush()
    except OSError:
        return True
    return False


def give_up() -> None:
    """Drops what waits in the output, which Python would else try to write once more as it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
