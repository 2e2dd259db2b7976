"""A gateway's door for the deep check: speaks the frames recorded from OpenClaw 2026.9.6, well or badly."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

TOKEN = "right-token-of-the-test"
CHALLENGE = {"type": "event", "event": "connect.challenge", "payload": {"nonce": "n", "ts": 1}}
HELLO = {"type": "hello-ok", "protocol": 4, "snapshot": {"health": {"channels": {}}}}
BREAKER = "gateway restart-loop breaker tripped: 3 unclean boot(s) within 300000ms; suppressing"
CHANNELS = {
    "channels": {
        "discord": {"configured": True, "running": True, "lastError": None},
        "telegram": {"configured": True, "running": False, "lastError": BREAKER},
    },
    "channelAccounts": {"telegram": [{"configured": True, "running": False, "lastError": BREAKER}]},
}

Handler = Callable[[ServerConnection], None]


@contextmanager
def gateway(handler: Handler) -> Iterator[int]:
    def shielded(link: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            handler(link)

    with serve(shielded, "127.0.0.1", 0, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def listener(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A program on the port that is no WebSocket server."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve_one() -> None:
            with suppress(OSError), server.accept()[0] as link:
                talk(link)

        thread = threading.Thread(target=serve_one)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join()


def tell(link: ServerConnection, request: dict[str, Any], payload: object) -> None:
    link.send(json.dumps({"type": "res", "id": request["id"], "ok": True, "payload": payload}))


def refuse(
    link: ServerConnection, request: dict[str, Any], code: str, message: str, detail: str = ""
) -> None:
    error = {"code": code, "message": message, "details": {"code": detail} if detail else None}
    link.send(json.dumps({"type": "res", "id": request["id"], "ok": False, "error": error}))


def let_in(link: ServerConnection) -> bool:
    link.send(json.dumps(CHALLENGE))
    request = json.loads(link.recv())
    if request["params"]["auth"] == {"token": TOKEN}:
        tell(link, request, HELLO)
        return True
    refuse(link, request, "INVALID_REQUEST", "unauthorized: gateway token mismatch", "AUTH_TOKEN_MISMATCH")
    link.close(1008, "unauthorized: gateway token mismatch")
    return False


def well(link: ServerConnection) -> None:
    if let_in(link):
        link.send(json.dumps({"type": "event", "event": "health", "payload": {}}))
        for message in link:
            request = json.loads(message)
            tell(link, request, {"pid": 4711} if request["method"] == "status" else CHANNELS)


def until_gone(link: ServerConnection) -> None:
    for _ in link:
        pass
