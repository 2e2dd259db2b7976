"""Standard output that is closed, full, or cannot show a letter: said in a line, never with a traceback."""

import errno
import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STANDARD_OUTPUT = 1


class ClosedOutput(io.TextIOBase):
    """Stands for a standard output that was closed before we began (`>&-`). Whoever writes is told so."""

    def write(self, text: str) -> int:
        del text
        raise OSError(errno.EBADF, "it is closed")

    def isatty(self) -> bool:
        return False


class Descriptor(io.FileIO):
    """Standard output that knows whether it has failed: an OSError by itself does not say whose it was.

    Nor does a second try: what could not be written is forgotten where nothing is buffered, or too much.
    """

    failed = False

    def write(self, content: "ReadableBuffer", /) -> int:
        try:
            return super().write(content)
        except OSError:
            self.failed = True
            raise


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
    if sys.stdout is sys.__stdout__ and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = _observed(sys.stdout)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _observed(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """The same output by way of our descriptor, written as early as before."""
    return io.TextIOWrapper(
        io.BufferedWriter(Descriptor(STANDARD_OUTPUT, "w", closefd=False)),
        encoding=stream.encoding,
        line_buffering=stream.line_buffering or stream.write_through,
    )


def fails(error: OSError) -> bool:
    """Whether it is the output that failed."""
    if isinstance(sys.stdout, ClosedOutput):
        return error.errno == errno.EBADF
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return isinstance(raw, Descriptor) and raw.failed


def give_up() -> None:
    """Drops what waits in the output, which Python would else try to write once more as it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STANDARD_OUTPUT)
    os.close(nowhere)
