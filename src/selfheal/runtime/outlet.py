"""Standard output or error that never keeps the watch waiting.

A terminal that is frozen (Ctrl-S, a dead ssh connection) or a pipe that nobody reads takes nothing. Whoever
writes to it stands still, and the gateway is not watched. Here a thread writes instead.
"""

import io
import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

KEPT_MAX = 64 * 1024  # bytes that wait: some seconds of pictures, hundreds of lines
STUCK_S = 5.0  # a reader that takes nothing for that long is none
LAST_S = 0.5  # for what still waits when the watch ends


@contextmanager
def unhurried(out: TextIO) -> Iterator[TextIO]:
    """`out` for as long as the watch lasts. What has no descriptor cannot be frozen, and stays as it is."""
    raw = getattr(getattr(out, "buffer", None), "raw", None)
    if not isinstance(raw, io.FileIO):
        yield out
        return
    out.flush()
    outlet = Outlet(raw)
    try:
        yield io.TextIOWrapper(outlet, out.encoding, "replace", write_through=True)
    finally:
        outlet.close()


class Outlet(io.BufferedIOBase):
    """Writes to `raw` from a thread of its own.

    While nobody reads, a write is dropped whole, with BlockingIOError: an alert must not be taken for read.
    An error of `raw` is raised at the next write.
    """

    def __init__(self, raw: io.FileIO) -> None:
        self._raw = raw
        self._waiting = b""
        self._begun: float | None = None  # when the write that is under way began
        self._error: OSError | None = None
        self._ending = False
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="outlet", daemon=True)
        self._thread.start()

    @property
    def name(self) -> object:
        return self._raw.name

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def write(self, content: "ReadableBuffer", /) -> int:
        taken = bytes(content)
        with self._change:
            if self._error is not None:
                raise self._error
            stuck = self._begun is not None and time.monotonic() - self._begun > STUCK_S
            if stuck or len(self._waiting) + len(taken) > KEPT_MAX:
                raise BlockingIOError("nobody reads the output")
            self._waiting += taken
            self._change.notify_all()
        return len(taken)

    def close(self) -> None:
        """Waits LAST_S seconds at most for what is still to be written."""
        if not self.closed:
            with self._change:
                self._ending = True
                self._change.notify_all()
            self._thread.join(LAST_S)
        super().close()

    def _work(self) -> None:
        while content := self._next():
            try:
                self._write(content)
            except OSError as error:
                self._error = error

    def _next(self) -> bytes:
        with self._change:
            self._begun = None
            self._change.wait_for(lambda: self._waiting or self._ending)
            content, self._waiting = self._waiting, b""
            self._begun = time.monotonic()
            return content

    def _write(self, content: bytes) -> None:
        while content:
            written = self._raw.write(content)
            if written is None:  # somebody who shares the terminal made it non-blocking
                select.select((), (self._raw,), ())
            content = content[written or 0 :]
