"""A service on loopback behind TLS with a CA of its own, that hears, answers, and fails as it is told."""

import contextlib
import select
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import trustme

from selfheal.notify.https import Reach

NAMES = ("discord.com", "api.telegram.org", "hooks.slack.com", "api.github.com", "localhost", "127.0.0.1")
NOWHERE = "nowhere.invalid"  # RFC 6761: never to be found
CUT_OFF = struct.pack("ii", 1, 0)
"""SO_LINGER of a socket whose closing is a reset."""


class Manner(StrEnum):
    """How an answer is held back after the request was heard whole."""

    RESET = "reset"
    SILENT = "silent"


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Authority:
    """A CA, as the file that a client is given, and what a server shows."""

    def __init__(self, folder: Path) -> None:
        self.ca = trustme.CA()
        self.bundle = folder / "ca.pem"
        self.ca.cert_pem.write_to_path(str(self.bundle))

    def server_context(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*(names or NAMES)).configure_cert(context)
        return context


class StandIn:
    """What it answers to the next requests is in `replies`; then, or for a None in them, what the given
    `answer` says, what is `at` its path, or `usual`. Who needs more than that overrides `answer`.

    Before a Manner of `replies`, the given `answer` has heard the request, too.
    """

    def __init__(
        self, context: ssl.SSLContext, usual: Reply, answer: Callable[[Heard], Reply] | None = None
    ) -> None:
        self.heard: list[Heard] = []
        self.replies: deque[Reply | Manner | None] = deque()
        self.at: dict[str, Reply | Manner] = {}
        self.usual = usual
        self.answers: Callable[[Heard], Reply | Manner] = answer or (
            lambda heard: self.at.get(heard.path, self.usual)
        )
        self.released = threading.Event()
        self._server = _Server(self, context)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def base(self) -> str:
        return f"https://localhost:{self.port}"

    def admits(self, port: int) -> bool:
        """Whether the next client, who comes from `port`, gets as far as a handshake."""
        del port
        return True

    def parted(self) -> None:
        """From a client, admitted or not: nothing more comes of it."""

    def answer(self, heard: Heard) -> Reply | Manner:
        self.heard.append(heard)
        reply = self.replies.popleft() if self.replies else None
        if isinstance(reply, Reply):
            return reply
        usual = self.answers(heard)
        return reply or usual

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, stand_in: StandIn, context: ssl.SSLContext) -> None:
        self.stand_in = stand_in
        self._context = context
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        plain, address = super().get_request()
        return self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

    def verify_request(self, request: Any, client_address: Any) -> bool:
        if not self.stand_in.admits(client_address[1]):
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, CUT_OFF)
            return False
        return True

    def shutdown_request(self, request: Any) -> None:
        self.close_request(request)  # without the polite end, which would come before a reset
        self.stand_in.parted()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust us goes away in the handshake."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        stand_in = self.server.stand_in
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = stand_in.answer(Heard(self.command, self.path, headers, body))
        if isinstance(reply, Reply):
            self._answer(reply)
            return
        self.close_connection = True
        if reply is Manner.SILENT:
            self._wait_for_the_end()
        else:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, CUT_OFF)

    do_GET = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 -- http.server's names

    def _wait_for_the_end(self) -> None:
        """Of the client's patience, or of the stand-in."""
        while not self.server.stand_in.released.is_set():
            if select.select([self.connection], [], [], 0.05)[0]:
                return

    def _answer(self, reply: Reply) -> None:
        own_date = "date" in reply.headers
        (self.send_response_only if own_date else self.send_response)(reply.status)
        for name, value in {"content-length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- http.server's name
        """Stays silent."""


class Elsewhere(httpx.AsyncBaseTransport):
    """Every name leads to the stand-in, and the certificate is held against the name all the same."""

    def __init__(self, context: ssl.SSLContext, host: str, port: int) -> None:
        self._inner = httpx.AsyncHTTPTransport(verify=context)
        self._host = host
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, "sni_hostname": request.url.host}
        request.url = request.url.copy_with(host=self._host, port=self._port)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def reach_to(port: int, bundle: Path, timeout_s: float = 20, host: str = "127.0.0.1") -> Reach:
    """For clients of services whose name is fixed."""
    return Reach(bundle, timeout_s, lambda context: Elsewhere(context, host, port))


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def standing_in(
    context: ssl.SSLContext, usual: Reply, answer: Callable[[Heard], Reply] | None = None
) -> Iterator[StandIn]:
    made = StandIn(context, usual, answer)
    try:
        yield made
    finally:
        made.close()
