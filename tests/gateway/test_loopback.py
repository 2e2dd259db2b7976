"""The requests themselves, against peers that misbehave."""

import asyncio
import contextlib
import errno
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeVar

import pytest
import trustme

from selfheal.gateway.loopback import BODY_MAX_BYTES, Asker, ask_all
from selfheal.gateway.probe import Answer, Silence

T = TypeVar("T")
Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
FOREVER_S = 3600.0


def go(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@contextlib.asynccontextmanager
async def speaks(peer: Peer, *, tls: bool = False) -> AsyncIterator[int]:
    """The port. Leaves no connection and no task of the peer's behind."""
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    tasks: list[asyncio.Task[None]] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            try:
                await peer(reader, writer)
            finally:
                writer.transport.abort()

    server = await asyncio.start_server(meet, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def ask(peer: Peer, *paths: str, timeout_s: float = 5.0) -> Mapping[str, Answer]:
    async with speaks(peer) as port:
        return await ask_all(port, paths, timeout_s)


def says(data: bytes, *, waits: bool = True) -> Peer:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if waits:
            await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return peer


def test_reads_status_and_body() -> None:
    answers = go(ask(says(b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno"), "/a", "/b"))
    assert answers == {"/a": Answer(503, b"no"), "/b": Answer(503, b"no")}


def test_of_the_page_only_the_status_is_read() -> None:
    assert go(ask(says(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n<html>"), "/")) == {
        "/": Answer(200)
    }


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    assert go(ask(says(b"HTTP/1.1 200 OK\r\n\r\nbody"), "/a"))["/a"] == Answer(200, b"body")


def test_no_redirect_is_followed() -> None:
    answers = go(
        ask(says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), "/a")
    )
    assert answers["/a"].status == 302


def test_a_body_beyond_the_limit_is_not_read() -> None:
    body = b"x" * (BODY_MAX_BYTES + 1)
    answer = go(ask(says(b"HTTP/1.1 200 OK\r\n\r\n" + body), "/a"))["/a"]
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    ("data", "silence"),
    [
        (b"", Silence.CLOSED),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Silence.GARBAGE),
        (b"\x15\x03\x01\x00\x02\x02\x46", Silence.GARBAGE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Silence.GARBAGE),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000, Silence.GARBAGE),
    ],
)
def test_what_is_no_answer(data: bytes, silence: Silence) -> None:
    assert go(ask(says(data), "/a"))["/a"].silence is silence


def test_nobody_listens() -> None:
    async def story() -> Mapping[str, Answer]:
        server = await asyncio.start_server(says(b""), "127.0.0.1", 0)
        port: int = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return await ask_all(port, ("/a",), 5.0)

    assert go(story())["/a"].silence is Silence.REFUSED


def test_one_deadline_for_all_and_the_quick_ones_count() -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/slow" in head:
            await asyncio.sleep(FOREVER_S)
        await says_after(writer)

    async def says_after(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    began = time.monotonic()
    answers = go(ask(peer, "/quick", "/slow", "/slow2", timeout_s=1.0))
    assert time.monotonic() - began < FOREVER_S / 100
    assert answers["/quick"] == Answer(200)
    assert {answers["/slow"].silence, answers["/slow2"].silence} == {Silence.TIMEOUT}


def test_a_dripping_peer_does_not_stretch_the_deadline() -> None:
    async def peer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X: y\r\n")
            await asyncio.sleep(0.01)

    assert go(ask(peer, "/a", timeout_s=0.2))["/a"].silence is Silence.TIMEOUT


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOMEM, errno.EADDRNOTAVAIL])
def test_our_own_lack_is_told_apart(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    async def lacks(*_arguments: object, **_options: object) -> None:
        raise OSError(number, "ours")

    monkeypatch.setattr("asyncio.open_connection", lacks)
    assert go(ask_all(1, ("/a",), 1.0))["/a"].silence is Silence.OURS


async def node(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As Node.js: it answers to the first bytes that are no HTTP."""
    begun = await reader.read(4)
    await says(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        if begun == b"GET "
        else b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
        waits=begun == b"GET ",
    )(reader, writer)


@pytest.mark.parametrize("speaks_tls", [True, False])
@pytest.mark.parametrize("guess", [True, False])
def test_the_port_tells_its_scheme_and_no_config(*, speaks_tls: bool, guess: bool) -> None:
    """The config is the next start's; the gateway that runs keeps the scheme with which it began."""

    async def story() -> tuple[Mapping[str, Answer], bool | None]:
        async with speaks(node, tls=speaks_tls) as port:
            asker = Asker()
            return await asker.ask(port, ("/a", "/b"), 20.0, tls=guess), asker.tls

    said = Answer(200, b"ok")
    assert go(story()) == ({"/a": said, "/b": said}, speaks_tls)


def test_the_scheme_may_change_with_a_restart() -> None:
    async def story() -> list[int | None]:
        asker, statuses = Asker(), []
        for tls in (False, True, True, False):
            async with speaks(node, tls=tls) as port:
                statuses.append((await asker.ask(port, ("/a",), 20.0))["/a"].status)
        return statuses

    assert go(story()) == [200] * 4


def test_a_peer_that_speaks_no_tls_is_no_lack_of_ours() -> None:
    """The number of an SSLError is 1, as that of EPERM."""

    async def story() -> Silence | None:
        async with speaks(node, tls=False) as port:
            return (await ask_all(port, ("/a",), 20.0, tls=True))["/a"].silence

    assert go(story()) is Silence.CLOSED


def test_a_peer_that_hangs_is_asked_once() -> None:
    async def peer(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(FOREVER_S)

    async def story() -> Silence | None:
        async with speaks(peer, tls=False) as port:
            return (await Asker().ask(port, ("/a",), 0.2))["/a"].silence

    assert go(story()) is Silence.TIMEOUT


def test_a_peer_that_is_no_gateway_in_either_scheme_stays_what_it_was() -> None:
    async def story() -> tuple[Silence | None, bool | None]:
        async with speaks(says(b"SSH-2.0-OpenSSH_9.2\r\n"), tls=False) as port:
            asker = Asker()
            return (await asker.ask(port, ("/a",), 20.0))["/a"].silence, asker.tls

    assert go(story()) == (Silence.GARBAGE, None)
