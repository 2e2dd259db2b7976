"""A proxy on loopback that leads every name to one place: so an unmodified program meets a stand-in."""

import contextlib
import socket
import threading
from collections.abc import Iterator

LONGEST_S = 30.0


class Proxy:
    """Takes CONNECT as an HTTPS proxy does, and leads to `port` whatever was `asked` for."""

    def __init__(self, port: int) -> None:
        self.asked: list[str] = []
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            self._threads.append(threading.Thread(target=self._lead, args=(client,)))
            self._threads[-1].start()

    def _lead(self, client: socket.socket) -> None:
        client.settimeout(LONGEST_S)
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(4096)
                if not piece:
                    return
                head += piece
            self.asked.append(head.split()[1].decode("ascii"))
            with socket.create_connection(("127.0.0.1", self._to), LONGEST_S) as service:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_pass_on, args=(service, client))
                back.start()
                _pass_on(client, service)
                back.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxy_to(port: int) -> Iterator[Proxy]:
    made = Proxy(port)
    try:
        yield made
    finally:
        made.close()
