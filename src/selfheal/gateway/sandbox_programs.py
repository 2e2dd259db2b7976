"""Runs pip, npm and node for the sandbox: watched, bounded, and ended together with us."""

import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import IO, Protocol

TICK_S = 0.2
"""Between two looks at a running program: five a second, so that a bar moves smoothly."""
LIMIT_S = 1800.0
"""An install that takes longer hangs: its 285 MB take 19 minutes at 2 Mbit/s."""
TAIL_LINES = 20
"""What an error shows: npm's own report is 5 to 15 lines."""
LINE_CHARS = 400
END_S = 1.0
"""From SIGTERM to SIGKILL for an installer that is no longer wanted: what it has half made is thrown away."""
KILLED_S = 0.5
"""To its end then. A `sync` that waits for a slow disk cannot be ended at all, and is left alone."""


def _say_nothing() -> None:
    pass


SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
KEPT_NAMES = frozenset(
    {
        *("HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "NPM_TOKEN"),
        *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_TRUSTED_HOST"),
        *("PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_CONFIG_FILE", "PIP_CACHE_DIR"),
        *("PIP_DEFAULT_TIMEOUT", "PIP_RETRIES"),
    },
)
KEPT_PREFIX = "NPM_CONFIG_"


@dataclass(frozen=True, slots=True)
class Program:
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    cwd: Path
    limit_s: float = LIMIT_S
    kept_fds: tuple[int, ...] = ()
    """Stay open in the program: a lock that it holds outlives us for as long as it still writes."""
    interrupted: Callable[[], None] = _say_nothing
    """Called when a person ends the wait (Ctrl-C), before the program is ended: that takes a while."""


@dataclass(frozen=True, slots=True)
class Outcome:
    exit_code: int | None
    """As a shell gives it; None when the time limit ended the program."""
    tail: tuple[str, ...]
    """The last lines of what it said, on either stream."""


class Runner(Protocol):
    def __call__(self, program: Program, tick: Callable[[], None]) -> Outcome:
        """Runs to the end, calling `tick` every 0.2 s. Raises OSError when the program cannot be started."""
        ...


def installer_environment(outer: Mapping[str, str], node_bin: Path | None = None) -> dict[str, str]:
    """Only what an installer needs: the user's proxy, registry and certificate settings, and no more."""
    kept = {
        name: value
        for name, value in outer.items()
        if name.upper() in KEPT_NAMES or name.upper().startswith(KEPT_PREFIX)
    }
    kept["PATH"] = f"{node_bin}:{SYSTEM_PATH}" if node_bin else SYSTEM_PATH
    return kept


def run_program(program: Program, tick: Callable[[], None]) -> Outcome:
    """See `Runner`. Whatever ends the wait (Ctrl-C too) ends the program and its children."""
    process = subprocess.Popen(
        program.argv,
        env=dict(program.environment),
        cwd=program.cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        pass_fds=program.kept_fds,
        start_new_session=True,  # a group of its own: it can be ended whole
    )
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    reader = Thread(target=_keep_tail, args=(process.stdout, tail), daemon=True)
    reader.start()
    try:
        exit_code = _wait(process, program.limit_s, tick)
    except KeyboardInterrupt:
        with suppress(OSError):  # a terminal that was closed hears nothing
            program.interrupted()
        raise
    finally:
        _end(process)
        reader.join(END_S if process.poll() is not None else 0)
    return Outcome(exit_code, tuple(tail))


def _wait(process: subprocess.Popen[str], limit_s: float, tick: Callable[[], None]) -> int | None:
    until = monotonic() + limit_s
    while monotonic() < until:
        try:
            code = process.wait(TICK_S)
        except subprocess.TimeoutExpired:
            tick()
        else:
            return code if code >= 0 else 128 - code
    return None


def _end(process: subprocess.Popen[str]) -> None:
    for number, limit_s in ((signal.SIGTERM, END_S), (signal.SIGKILL, KILLED_S)):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        try:
            process.wait(limit_s)
        except subprocess.TimeoutExpired:
            continue


def _keep_tail(stream: IO[str] | None, tail: deque[str]) -> None:
    if stream is None:
        return
    with stream:
        for line in stream:
            if line.strip():
                tail.append(line.rstrip()[:LINE_CHARS])
