"""The requests themselves, against peers that misbehave."""

import asyncio
import contextlib
import errno
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeVar

import pytest

from selfheal.gateway.loopback import BODY_MAX_BYTES, ask_all
from selfheal.gateway.probe import Answer, Silence

T = TypeVar("T")
Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
FOREVER_S = 3600.0


def go(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


async def ask(peer: Peer, *paths: str, timeout_s: float = 5.0) -> Mapping[str, Answer]:
    """Leaves no connection and no task of the peer's behind."""
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

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with server:
        answers = await ask_all(server.sockets[0].getsockname()[1], paths, timeout_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return answers


def says(data: bytes) -> Peer:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
