"""GETs to 127.0.0.1, by h11 over asyncio streams. No redirect is followed, no body read beyond a limit.

Whether the gateway speaks TLS is told by the port alone: its config may have been changed since it began.
"""

import asyncio
import asyncio.sslproto
import errno
import importlib
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any

import h11

from selfheal.gateway.probe import ROOT, Answer, Silence

HOST = "127.0.0.1"
BODY_MAX_BYTES = 65_536  # /readyz with 30 channels is 2 kB
READ_BYTES = 16_384
OURS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM},
)


WRONG_SCHEME = frozenset({Silence.CLOSED, Silence.GARBAGE})  # how one scheme takes the other


class Asker:
    """Knows by which scheme this gateway was heard last. `tls`, as its config has it, is a first guess."""

    def __init__(self) -> None:
        self.tls: bool | None = None
        """None: it was never heard."""

    async def ask(
        self, port: int, paths: Iterable[str], timeout_s: float, *, tls: bool = False
    ) -> Mapping[str, Answer]:
        """As `ask_all`; a port that takes our words for nonsense is asked by the other scheme."""
        paths, end = tuple(paths), time.monotonic() + timeout_s
        tls = tls if self.tls is None else self.tls
        answers = await ask_all(port, paths, timeout_s, tls=tls)
        if _heard(answers):
            self.tls = tls
        elif any(answer.silence in WRONG_SCHEME for answer in answers.values()):
            others = await ask_all(port, paths, max(0.0, end - time.monotonic()), tls=not tls)
            if _heard(others):
                self.tls = not tls
                return others
        return answers


def _heard(answers: Mapping[str, Answer]) -> bool:
    return any(answer.status is not None for answer in answers.values())


async def ask_all(
    port: int, paths: Iterable[str], timeout_s: float, *, tls: bool = False
) -> Mapping[str, Answer]:
    """All at once, and back within `timeout_s` whatever happens; each path has an answer or its silence."""
    tasks = {path: asyncio.ensure_future(_ask(port, path, tls=tls)) for path in paths}
    try:
        await asyncio.wait(tasks.values(), timeout=timeout_s)
    finally:
        for task in tasks.values():
            task.cancel()
        done = await asyncio.gather(*tasks.values(), return_exceptions=True)
    return dict(zip(tasks, map(_answer, done), strict=True))


def _answer(result: Answer | BaseException) -> Answer:
    if isinstance(result, Answer):
        return result
    if isinstance(result, asyncio.CancelledError):
        return Answer(silence=Silence.TIMEOUT)
    return Answer(silence=Silence.OURS, detail=f"{type(result).__name__}: {result}")


async def _ask(port: int, path: str, *, tls: bool) -> Answer:
    try:
        reader, writer = await asyncio.open_connection(
            HOST, port, limit=READ_BYTES, ssl=_trusting() if tls else None
        )
    except OSError as error:
        begun = tls and not isinstance(error, ConnectionRefusedError)  # it ended in the handshake
        return _from_error(error, Silence.CLOSED if begun else Silence.REFUSED)
    try:
        return await _talk(reader, writer, port, path)
    except h11.RemoteProtocolError as error:
        return Answer(silence=Silence.GARBAGE, detail=str(error))
    except OSError as error:
        return _from_error(error, Silence.CLOSED)
    finally:
        writer.transport.abort()  # nobody waits for a hung peer's goodbye


def _from_error(error: OSError, otherwise: Silence) -> Answer:
    """The number of an error of TLS is none of the system's: 1 would be EPERM."""
    ssl: Any = sys.modules.get("ssl")
    ours = error.errno in OURS and not (ssl and isinstance(error, ssl.SSLError))
    return Answer(silence=Silence.OURS if ours else otherwise, detail=error.strerror or str(error))


def _trusting() -> Any:
    """The gateway's own certificate on the loopback: whom we talk to is told by its process, not by this."""
    ssl = _fetched_ssl()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _fetched_ssl() -> Any:
    """Some megabytes, only where the gateway speaks TLS. asyncio may have been told that there is none."""
    if sys.modules.get("ssl", ...) is None:
        del sys.modules["ssl"]
    import ssl  # noqa: PLC0415

    if vars(asyncio.sslproto)["ssl"] is None:
        importlib.reload(asyncio.sslproto)
    return ssl


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, path: str) -> Answer:
    connection = h11.Connection(h11.CLIENT)
    headers = [
        ("Host", f"{HOST}:{port}"),
        ("Connection", "close"),
        ("Accept", "*/*"),
        ("User-Agent", "selfheal"),
    ]
    writer.write(connection.send(h11.Request(method="GET", target=path, headers=headers)) or b"")
    writer.write(connection.send(h11.EndOfMessage()) or b"")
    data = await reader.read(READ_BYTES)
    if not data:
        return Answer(silence=Silence.CLOSED)
    connection.receive_data(data)
    return await _listen(reader, connection, status_only=path == ROOT)


async def _listen(reader: asyncio.StreamReader, connection: h11.Connection, *, status_only: bool) -> Answer:
    """To the end of the body, or of our patience with it."""
    status: int | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(READ_BYTES))
        elif isinstance(event, h11.Response):
            status = event.status_code
            if status_only:
                return Answer(status)  # a page of any size
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > BODY_MAX_BYTES:
                return Answer(status, detail=f"more than {BODY_MAX_BYTES} bytes")
        elif not isinstance(event, h11.InformationalResponse):
            return Answer(status, bytes(body))
