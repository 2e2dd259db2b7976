"""When does it serve? One small HTTP request after the other, every 10 ms, from the outside."""

import ctypes
import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import TypeVar

POLL_S = 0.010
ANSWER_S = 1.0
"""A busy gateway may take this long; a shorter patience would lose its first answer."""
LIVE, READY = "/healthz", "/readyz"
CLONE_NEWNET = 0x40000000
T = TypeVar("T")


class NeverServedError(Exception):
    """It did not serve within the time that was given."""


def answers_200(port: int, path: str) -> bool:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S) as talk:
            talk.sendall(request)
            return talk.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def await_200(port: int, path: str, limit_s: float, stop: Event) -> float:
    """The monotonic time of the first 200. Raises NeverServedError."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until and not stop.is_set():
        began = time.monotonic()
        if answers_200(port, path):
            return time.monotonic()
        time.sleep(max(0.0, POLL_S - (time.monotonic() - began)))
    raise NeverServedError(f"no {path} 200 on port {port} within {limit_s:.0f} s")


@dataclass
class Caller:
    """Asks from where the gateway listens: `namespace_of` is a process in its network, None for ours."""

    namespace_of: int | None = None
    _stop: Event = field(default_factory=Event)
    _pool: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        enter = self._enter if self.namespace_of is not None else _stay
        self._pool = ThreadPoolExecutor(1, "caller", initializer=enter)

    def await_serving(self, port: int, limit_s: float, path: str = READY) -> float:
        return self._call(lambda: await_200(port, path, limit_s, self._stop))

    def close(self) -> None:
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def _call(self, work: Callable[[], T]) -> T:
        return self._pool.submit(work).result()

    def _enter(self) -> None:
        """Network namespaces belong to a thread, so one thread of ours can live in another one's."""
        libc = ctypes.CDLL(None, use_errno=True)
        handle = os.open(f"/proc/{self.namespace_of}/ns/net", os.O_RDONLY)
        with suppress(OSError):
            if libc.setns(handle, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        os.close(handle)


def _stay() -> None:
    return
