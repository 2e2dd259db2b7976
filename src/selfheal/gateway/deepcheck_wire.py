"""The conversation with the gateway: protocol 4 of its WebSocket (OpenClaw docs, gateway/protocol).

We say that we are `gateway-client` in mode `backend`. From 127.0.0.1 with the shared secret that client needs
no device identity: it leaves no pairing request, no device, no presence, and the asked scope is granted.

`status` reads the state database, so it fails on a corrupt one while `/health` stays green; it names the pid.
`channels.status` is live, where `health` is up to a minute old; it shows what the crash-loop breaker keeps
off. Both need only the right to read.
"""

import json
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from selfheal import __version__
from selfheal.gateway.deepcheck_login import Login
from selfheal.gateway.deepcheck_records import Channel, Fault, Outcome, Reply

HOST = "127.0.0.1"
OLDEST_PROTOCOL, NEWEST_PROTOCOL = 3, 4
MESSAGE_LIMIT_BYTES = 4 * 1024 * 1024
"""A hello is 16 KB on a small gateway and grows with plugins and agents."""
FRAME_LIMIT = 1000
"""Events may come between the answers; a stream of them without an answer is not a conversation."""
CLOSE_TIMEOUT_S = 0.1
"""A farewell is good manners, no more: a hung gateway is not waited for."""
METHODS = ("status", "channels.status")
BREAKER_MARK = "restart-loop breaker"
LOGIN_CODES = ("AUTH", "DEVICE_", "PAIRING_", "MISSING_SCOPE")
RIGHTS_CODES = frozenset({"NOT_PAIRED", "FORBIDDEN"})
POLICY_VIOLATION = 1008
COME_AGAIN = frozenset({1012, 1013})
"""Service restart, try again later."""
SERVER_ERROR = 500
OUR_OWN_REFUSALS = frozenset({1002, 1007, 1009})
"""Codes that we close with: against the protocol, not UTF-8, too large."""


class _Details(msgspec.Struct):
    code: str = ""
    reason: str = ""


class _Error(msgspec.Struct):
    code: str = ""
    message: str = ""
    retryable: bool = False
    details: msgspec.Raw = msgspec.Raw(b"null")


class _Frame(msgspec.Struct):
    type: str = ""
    id: str = ""
    event: str = ""
    ok: bool = False
    payload: msgspec.Raw = msgspec.Raw(b"null")
    error: _Error | None = None


class _Status(msgspec.Struct):
    pid: int | None = None


class _Account(msgspec.Struct):
    configured: bool | None = None
    running: bool | None = None
    lastError: str | None = None  # noqa: N815 - the gateway's name


class _Channels(msgspec.Struct):
    channels: dict[str, _Account] = {}
    channelAccounts: dict[str, list[_Account]] = {}  # noqa: N815 - the gateway's name


def converse(port: int, login: Login, deadline_s: float) -> Reply:
    """One connection, two requests, all before `deadline_s` on the monotonic clock. Raises Fault."""
    with _faults(), _open(port, login, deadline_s) as link:
        talk = _Talk(link, deadline_s)
        talk.await_challenge()
        talk.log_in(login)
        return _read_reply(talk.ask(METHODS))


class _Talk:
    def __init__(self, link: ClientConnection, deadline_s: float) -> None:
        self._link = link
        self._deadline_s = deadline_s

    def await_challenge(self) -> None:
        for frame in self._frames("greeting"):
            if frame.event == "connect.challenge":
                return

    def log_in(self, login: Login) -> None:
        self._send("connect", _introduction(login))
        for frame in self._frames("answer to the login"):
            if frame.type == "res" and frame.id == "connect":
                _accept(frame)
                return

    def ask(self, methods: tuple[str, ...]) -> dict[str, msgspec.Raw]:
        for method in methods:
            self._send(method, {})
        payloads: dict[str, msgspec.Raw] = {}
        for frame in self._frames(f"answer to {' and '.join(methods)}"):
            if frame.type == "res" and frame.id in methods:
                _accept(frame)
                payloads[frame.id] = frame.payload
            if len(payloads) == len(methods):
                break
        return payloads

    def _send(self, method: str, params: dict[str, object]) -> None:
        self._link.send(json.dumps({"type": "req", "id": method, "method": method, "params": params}))

    def _frames(self, awaited: str) -> Iterator[_Frame]:
        """Frames until the caller has what it needs; ends only by an exception."""
        for _ in range(FRAME_LIMIT):
            try:
                message = self._link.recv(timeout=max(self._deadline_s - monotonic(), 0.0))
            except TimeoutError:
                raise Fault(Outcome.TIMEOUT, f"no {awaited} before the deadline") from None
            yield msgspec.json.decode(message, type=_Frame)
        raise Fault(Outcome.PROTOCOL, f"no {awaited} among {FRAME_LIMIT} frames")


def _introduction(login: Login) -> dict[str, object]:
    credentials = {"token": login.token, "password": login.password}
    return {
        "minProtocol": OLDEST_PROTOCOL,
        "maxProtocol": NEWEST_PROTOCOL,
        "client": {
            "id": "gateway-client",
            "mode": "backend",
            "version": __version__,
            "platform": sys.platform,
        },
        "role": "operator",
        "scopes": ["operator.read"],
        "auth": {name: value for name, value in credentials.items() if value},
    }


@contextmanager
def _open(port: int, login: Login, deadline_s: float) -> Iterator[ClientConnection]:
    """Our own socket, so that no proxy of the environment comes between."""
    try:
        with socket.create_connection((HOST, port), timeout=_left_s(deadline_s)) as sock:
            link = connect(
                f"{'wss' if login.tls else 'ws'}://{HOST}:{port}/",
                sock=sock,
                ssl=_blind_tls() if login.tls else None,
                compression=None,
                open_timeout=_left_s(deadline_s),
                close_timeout=CLOSE_TIMEOUT_S,
                max_size=MESSAGE_LIMIT_BYTES,
                user_agent_header=f"openclaw-selfheal/{__version__}",
            )
            with link:
                yield link
    except TimeoutError:
        raise Fault(Outcome.TIMEOUT, "no WebSocket before the deadline") from None


def _blind_tls() -> ssl.SSLContext:
    """The gateway makes its certificate itself. Over 127.0.0.1 it would prove no more than the port does."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _left_s(deadline_s: float) -> float:
    return max(deadline_s - monotonic(), 0.001)


@contextmanager
def _faults() -> Iterator[None]:
    """The library's errors, as verdicts."""
    try:
        yield
    except ConnectionClosed as error:
        raise _judge_close(error) from error
    except InvalidStatus as error:
        raise _judge_status(error.response.status_code) from error
    except (InvalidHandshake, EOFError) as error:
        raise Fault(Outcome.PROTOCOL, f"no WebSocket: {error}") from error
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Fault(Outcome.PROTOCOL, f"an answer that cannot be read: {error}") from error
    except (ConnectionRefusedError, ConnectionResetError, BrokenPipeError) as error:
        raise Fault(Outcome.REFUSED, f"no connection: {error.strerror}") from error
    except OSError as error:
        raise Fault(Outcome.PROTOCOL, f"cannot connect: {error.strerror or error}") from error


def _judge_close(error: ConnectionClosed) -> Fault:
    if error.sent is not None and error.sent.code in OUR_OWN_REFUSALS:
        return Fault(Outcome.PROTOCOL, f"an answer that cannot be read: {error}")
    if error.rcvd is not None and error.rcvd.code == POLICY_VIOLATION:
        return Fault(Outcome.AUTH, error.rcvd.reason)
    if error.rcvd is not None and error.rcvd.code in COME_AGAIN:
        return Fault(Outcome.BUSY, error.rcvd.reason)
    return Fault(Outcome.RPC_ERROR, f"the gateway hung up: {error}")


def _judge_status(status: int) -> Fault:
    outcome = Outcome.RPC_ERROR if status >= SERVER_ERROR else Outcome.PROTOCOL
    return Fault(outcome, f"HTTP {status} instead of a WebSocket")


def _accept(frame: _Frame) -> None:
    if not frame.ok:
        raise _judge_error(frame.id, frame.error or _Error())


def _judge_error(method: str, error: _Error) -> Fault:
    """UNAVAILABLE is the gateway's word for trouble; with `retryable`, for a moment in which it is not ill.

    A request that it finds invalid is our trouble.
    """
    details = _Details()
    with suppress(msgspec.MsgspecError):
        details = msgspec.json.decode(error.details, type=_Details)
    text = f"{method}: {error.message or error.code or 'failed without a reason'}"
    if error.code in RIGHTS_CODES or details.code.startswith(LOGIN_CODES):
        return Fault(Outcome.AUTH, text)
    if error.retryable:
        return Fault(Outcome.BUSY, text)
    if error.code == "INVALID_REQUEST":
        return Fault(Outcome.PROTOCOL, text)
    return Fault(Outcome.RPC_ERROR, text)


def _read_reply(payloads: dict[str, msgspec.Raw]) -> Reply:
    status = msgspec.json.decode(payloads["status"], type=_Status)
    told = msgspec.json.decode(payloads["channels.status"], type=_Channels)
    channels = {
        name: _channel([account, *told.channelAccounts.get(name, [])])
        for name, account in told.channels.items()
    }
    return Reply(pid=status.pid, channels=channels)


def _channel(accounts: list[_Account]) -> Channel:
    """One channel of several accounts; the first entry is the gateway's own summary."""
    return Channel(
        configured=any(account.configured for account in accounts),
        running=any(account.running for account in accounts),
        suppressed=any(
            BREAKER_MARK in (account.lastError or "") and not account.running for account in accounts
        ),
    )
