"""A terminal of a given size with one program in it: what a person sees on it, and Ctrl-C.

It knows what the program uses: line feed, carriage return, cursor up and home, erasing a line or everything.
Colours and the like are left out.
"""

import fcntl
import os
import re
import struct
import subprocess
import termios
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

TAKE_TERMINAL = 'tty=$1; shift; exec "$@" <"$tty" >"$tty" 2>&1'
"""A session leader without a terminal gets the first one that it opens, and Ctrl-C with it."""
TOKENS = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]|\x1b.|\r|\n|[^\x1b\r\n]+", re.DOTALL)
CTRL_C = b"\x03"


class Terminal:
    def __init__(
        self, command: Sequence[str | Path], env: Mapping[str, str], columns: int, rows: int
    ) -> None:
        self._picture = Picture(columns, rows)
        self._said = ""
        self._heard_until = 0
        self._more = threading.Condition()
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        words = ["/bin/sh", "-c", TAKE_TERMINAL, "sh", os.ttyname(slave), *command]
        self.process = subprocess.Popen(words, env=env, stdin=subprocess.DEVNULL, start_new_session=True)
        self._slave = slave  # ours stays open, so that the last words can be read after the program's end
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def screen(self) -> str:
        return self._picture.shown()

    @property
    def said(self) -> str:
        """All that was ever written on it, as it came."""
        with self._more:
            return self._said

    def await_words(self, words: str, timeout_s: float) -> None:
        """Until they are written, after those that were awaited last. Raises AssertionError."""
        with self._more:
            if not self._more.wait_for(lambda: words in self._said[self._heard_until :], timeout_s):
                raise AssertionError(f"not said: {words!r}, but {self._said[self._heard_until :]!r}")
            self._heard_until = self._said.index(words, self._heard_until) + len(words)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def press_ctrl_c(self) -> None:
        os.write(self._master, CTRL_C)

    def end(self, timeout_s: float) -> int:
        """Waits for the program's own end and returns its exit code."""
        code = self.process.wait(timeout_s)
        os.close(self._slave)
        self._reader.join(timeout_s)
        return code

    def _read(self) -> None:
        """Until nobody has the other end any more."""
        pending = b""
        while True:
            try:
                pending += os.read(self._master, 65_536)
            except OSError:
                break
            text = pending.decode("utf-8", "ignore")
            whole = text[: text.rindex("\x1b")] if _ends_within_sequence(text) else text
            pending = pending[len(whole.encode()) :]
            self._picture.take(whole)
            with self._more:
                self._said += whole
                self._more.notify_all()
        os.close(self._master)


def _ends_within_sequence(text: str) -> bool:
    return re.search(r"\x1b(\[[?0-9;]*)?\Z", text) is not None


class Picture:
    """Lines without end; the screen is the last of them, as many as it has rows."""

    def __init__(self, columns: int, rows: int) -> None:
        self._columns = columns
        self._rows = rows
        self._lines = [""]
        self._row = 0
        self._column = 0
        self._lock = threading.Lock()

    def shown(self) -> str:
        with self._lock:
            return "\n".join(line.rstrip() for line in self._lines[-self._rows :])

    def take(self, text: str) -> None:
        with self._lock:
            for token in TOKENS.findall(text):
                self._obey(token)

    def _obey(self, token: str) -> None:
        match token[0], token[-1]:
            case "\n", _:
                self._row += 1
                self._lines += [""] * (self._row + 1 - len(self._lines))
            case "\r", _:
                self._column = 0
            case "\x1b", "A":
                self._row = max(0, self._row - int(token[2:-1] or 1))
            case "\x1b", "H":
                self._row, self._column = max(0, len(self._lines) - self._rows), 0
            case "\x1b", "J":
                del self._lines[self._row + 1 :]
                self._lines[self._row] = ""
            case "\x1b", "K":
                self._lines[self._row] = ""
            case "\x1b", _:
                return
            case _:
                self._print(token)

    def _print(self, text: str) -> None:
        for char in text:
            if self._column + _width(char) > self._columns:
                self._obey("\n")
                self._column = 0
            line = self._lines[self._row].ljust(self._column)
            self._lines[self._row] = line[: self._column] + char + line[self._column + 1 :]
            self._column += _width(char)


def _width(char: str) -> int:
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
