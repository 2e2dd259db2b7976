"""The installed program against a gateway's double that speaks the frames recorded from OpenClaw 2026.9.6."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.doubles.deep_gateway import (
    CHALLENGE,
    TOKEN,
    Handler,
    gateway,
    let_in,
    listener,
    refuse,
    tell,
    until_gone,
    well,
)
from websockets.sync.server import ServerConnection

from selfheal.gateway.deepcheck_login import read_login
from selfheal.gateway.deepcheck_records import Fault, Outcome

PATIENCE_S = 1.5  # in which a busy machine, too, has started the check
DRIP_S = 0.1  # between two signs of life, or until the other side hangs up


@dataclass(frozen=True)
class Check:
    answer: dict[str, Any]
    took_s: float


def can_mount() -> bool:
    with suppress(OSError):
        return subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode == 0
    return False


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path, {"mode": "token", "token": TOKEN})


def write_config(folder: Path, auth: object) -> Path:
    path = folder / "openclaw.json"
    path.write_text(json.dumps({"gateway": {"auth": auth}}), "utf-8")
    return path


def check(port: int, config: Path, timeout_s: float = 8.0, **more: str) -> Check:
    question = {
        "port": port,
        "config_path": str(config),
        "state_dir": str(config.parent),
        "timeout_s": timeout_s,
    } | more
    started_s = time.monotonic()
    done = run(json.dumps(question))
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    return Check(json.loads(done.stdout), time.monotonic() - started_s)


def run(question: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "selfheal.gateway.deepcheck"]
    return subprocess.run(command, input=question, capture_output=True, text=True, timeout=20, check=False)


def test_a_well_gateway_is_ok_and_says_who_it_is_and_what_is_suppressed(config: Path) -> None:
    with gateway(well) as port:
        answer = check(port, config).answer
    assert answer["outcome"] == "ok"
    assert answer["pid"] == 4711
    assert answer["suppressed"] == ["telegram"]
    assert answer["channels"]["discord"] == {"configured": True, "running": True, "suppressed": False}


def test_a_state_folder_gets_no_file(config: Path) -> None:
    with gateway(well) as port:
        check(port, config)
    assert list(config.parent.iterdir()) == [config]


def test_it_asks_only_to_read_and_names_no_device(config: Path) -> None:
    seen: list[dict[str, Any]] = []

    def note(link: ServerConnection) -> None:
        link.send(json.dumps(CHALLENGE))
        seen.append(json.loads(link.recv())["params"])

    with gateway(note) as port:
        check(port, config)
    assert seen[0]["scopes"] == ["operator.read"]
    assert "device" not in seen[0]


def test_a_given_token_goes_before_the_config(tmp_path: Path) -> None:
    config = write_config(tmp_path, {"token": "stale"})
    with gateway(well) as port:
        assert check(port, config, token=TOKEN).answer["outcome"] == "ok"


def test_a_wrong_token_is_our_trouble(tmp_path: Path) -> None:
    config = write_config(tmp_path, {"token": "wrong"})
    with gateway(well) as port:
        assert check(port, config).answer["outcome"] == "auth"


def test_a_closed_port_is_refused(config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert check(port, config).answer["outcome"] == "refused"


def hang_at_once(link: ServerConnection) -> None:
    until_gone(link)


def hang_after_challenge(link: ServerConnection) -> None:
    link.send(json.dumps(CHALLENGE))
    until_gone(link)


def hang_after_hello(link: ServerConnection) -> None:
    let_in(link)
    until_gone(link)


def answer_only_status(link: ServerConnection) -> None:
    let_in(link)
    tell(link, json.loads(link.recv()), {"pid": 1})
    until_gone(link)


def chatter_without_an_answer(link: ServerConnection) -> None:
    let_in(link)
    while True:
        link.send(json.dumps({"type": "event", "event": "tick"}))
        with suppress(TimeoutError):
            link.recv(DRIP_S)


HANGS = [hang_at_once, hang_after_challenge, hang_after_hello, answer_only_status, chatter_without_an_answer]


@pytest.mark.parametrize("handler", HANGS)
def test_a_hang_is_a_timeout_before_the_deadline(handler: Handler, config: Path) -> None:
    with gateway(handler) as port:
        done = check(port, config, timeout_s=PATIENCE_S)
    assert done.answer["outcome"] == "timeout"
    assert done.answer["latency_s"] <= PATIENCE_S


def drip(link: socket.socket) -> None:
    """A byte of the upgrade at a time, for ever."""
    link.settimeout(DRIP_S)
    link.sendall(b"HTTP/1.1 101 Switching Protocols\r\n")
    while True:
        link.sendall(b"X")
        with suppress(TimeoutError):
            link.recv(1)


def silence(link: socket.socket) -> None:
    while link.recv(4096):
        pass


@pytest.mark.parametrize("talk", [silence, drip])
def test_no_upgrade_is_a_timeout(talk: Callable[[socket.socket], None], config: Path) -> None:
    with listener(talk) as port:
        done = check(port, config, timeout_s=PATIENCE_S)
    assert done.answer["outcome"] == "timeout"
    assert done.answer["latency_s"] < PATIENCE_S + 0.5


def speak_no_http(link: socket.socket) -> None:
    link.recv(4096)
    link.sendall(b"220 mail.example ready\r\n\r\n")


def speak_plain_http(link: socket.socket) -> None:
    link.recv(4096)
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


@pytest.mark.parametrize("talk", [speak_no_http, speak_plain_http])
def test_another_program_speaks_another_protocol(talk: Callable[[socket.socket], None], config: Path) -> None:
    with listener(talk) as port:
        assert check(port, config).answer["outcome"] == "protocol"


def test_a_server_error_at_the_door_is_the_gateways(config: Path) -> None:
    def fail(link: socket.socket) -> None:
        link.recv(4096)
        link.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")

    with listener(fail) as port:
        assert check(port, config).answer["outcome"] == "rpc_error"


GARBAGE = {
    "no json": "hello there",
    "no frame": "[1, 2]",
    "wrong types": '{"type": 7}',
    "nested": "[" * 200_000,
    "binary": b"\xff\x00\xfe",
    "oversize": json.dumps({"type": "event", "event": "x" * 5 * 1024 * 1024}),
}


@pytest.mark.parametrize("message", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_another_protocol(message: str | bytes, config: Path) -> None:
    def babble(link: ServerConnection) -> None:
        link.send(message)
        until_gone(link)

    with gateway(babble) as port:
        assert check(port, config).answer["outcome"] == "protocol"


REFUSALS = {
    "corrupt database": ("UNAVAILABLE", "SQLite integrity_check failed", "", "rpc_error"),
    "unknown code": ("SOMETHING_NEW", "no", "", "rpc_error"),
    "no such method": ("INVALID_REQUEST", "unknown method: status", "", "protocol"),
    "missing scope": ("FORBIDDEN", "missing scope: operator.read", "MISSING_SCOPE", "auth"),
}


@pytest.mark.parametrize(("code", "message", "detail", "outcome"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refused_request(code: str, message: str, detail: str, outcome: str, config: Path) -> None:
    def fail(link: ServerConnection) -> None:
        let_in(link)
        refuse(link, json.loads(link.recv()), code, message, detail)
        until_gone(link)

    with gateway(fail) as port:
        answer = check(port, config).answer
    assert answer["outcome"] == outcome
    assert message in answer["detail"]


REFUSED_LOGINS = {
    "no reason": ("UNAVAILABLE", "boom", "", "rpc_error"),
    "newer protocol": ("INVALID_REQUEST", "protocol mismatch", "PROTOCOL_MISMATCH", "protocol"),
    "rate limit": ("INVALID_REQUEST", "too many failed attempts", "AUTH_RATE_LIMITED", "auth"),
    "pairing": ("NOT_PAIRED", "device identity required", "DEVICE_IDENTITY_REQUIRED", "auth"),
}


@pytest.mark.parametrize(
    ("code", "message", "detail", "outcome"), REFUSED_LOGINS.values(), ids=REFUSED_LOGINS.keys()
)
def test_a_refused_login(code: str, message: str, detail: str, outcome: str, config: Path) -> None:
    def fail(link: ServerConnection) -> None:
        link.send(json.dumps(CHALLENGE))
        refuse(link, json.loads(link.recv()), code, message, detail)

    with gateway(fail) as port:
        assert check(port, config).answer["outcome"] == outcome


@pytest.mark.parametrize("handshake", [True, False])
def test_a_gateway_that_starts_or_drains_asks_to_come_again(handshake: bool, config: Path) -> None:
    def put_off(link: ServerConnection) -> None:
        if handshake:
            link.send(json.dumps(CHALLENGE))
        else:
            let_in(link)
        request = json.loads(link.recv())
        error = {"code": "UNAVAILABLE", "message": "unavailable during gateway suspension", "retryable": True}
        link.send(json.dumps({"type": "res", "id": request["id"], "ok": False, "error": error}))
        until_gone(link)

    with gateway(put_off) as port:
        assert check(port, config).answer["outcome"] == "busy"


@pytest.mark.parametrize(("code", "outcome"), [(1012, "busy"), (1011, "rpc_error"), (1008, "auth")])
def test_hanging_up_in_the_middle(code: int, outcome: str, config: Path) -> None:
    def leave(link: ServerConnection) -> None:
        let_in(link)
        link.recv()
        link.close(code, "because")

    with gateway(leave) as port:
        assert check(port, config).answer["outcome"] == outcome


def test_the_gateways_words_are_cut_and_never_carry_the_token(config: Path) -> None:
    def echo(link: ServerConnection) -> None:
        link.send(json.dumps(CHALLENGE))
        refuse(link, json.loads(link.recv()), "UNAVAILABLE", f"no {TOKEN} \x1b[31m" + "x" * 9000)

    with gateway(echo) as port:
        detail = check(port, config).answer["detail"]
    assert len(detail) <= 300
    assert detail.isprintable()


UNUSABLE = {
    "no token": {"mode": "token"},
    "environment": {"token": "${OPENCLAW_TOKEN}"},
    "reference": {"token": {"source": "env", "provider": "default", "id": "TOKEN"}},
    "trusted proxy": {"mode": "trusted-proxy", "token": TOKEN},
    "password missing": {"mode": "password", "token": TOKEN},
}


@pytest.mark.parametrize("auth", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_credentials_that_only_the_gateway_knows_are_not_configured(auth: object, tmp_path: Path) -> None:
    with pytest.raises(Fault) as caught:
        read_login(write_config(tmp_path, auth), None)
    assert caught.value.outcome is Outcome.NOT_CONFIGURED


@pytest.mark.parametrize("content", ["", "{,,{", "[" * 100_000, "null", "\udcff"])
def test_a_config_that_cannot_be_read_is_not_configured(content: str, tmp_path: Path) -> None:
    path = tmp_path / "openclaw.json"
    path.write_text(content, "utf-8", "surrogateescape")
    with pytest.raises(Fault) as caught:
        read_login(path, None)
    assert caught.value.outcome is Outcome.NOT_CONFIGURED


def test_a_missing_config_is_not_configured_whatever_listens(tmp_path: Path) -> None:
    assert check(1, tmp_path / "none.json").answer["outcome"] == "not_configured"


def test_json5_and_a_password_and_tls_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "openclaw.json"
    path.write_text("{gateway: {auth: {password: 'p'}, /* own */ tls: {enabled: true,},},}", "utf-8")
    login = read_login(path, None)
    assert (login.token, login.password, login.tls) == (None, "p", True)
    assert "'p'" not in repr(login)


def test_the_secret_may_stand_in_an_included_file(tmp_path: Path) -> None:
    path = tmp_path / "openclaw.json"
    path.write_text('{"gateway": {"port": 1, "auth": {"$include": "auth.json"}}}', "utf-8")
    (tmp_path / "auth.json").write_text(json.dumps({"mode": "token", "token": TOKEN}), "utf-8")
    assert read_login(path, None).token == TOKEN


def test_what_cannot_be_included_is_not_configured(tmp_path: Path) -> None:
    path = tmp_path / "openclaw.json"
    path.write_text('{"gateway": {"$include": "none.json"}}', "utf-8")
    with pytest.raises(Fault, match="included") as caught:
        read_login(path, None)
    assert caught.value.outcome is Outcome.NOT_CONFIGURED


def test_a_gateway_without_auth_needs_no_secret(tmp_path: Path) -> None:
    assert read_login(write_config(tmp_path, {"mode": "none"}), None).secrets() == ()


FULL_DISK = 'mount -t tmpfs -o size=16k none "$1" && exec "$2" -m selfheal.gateway.deepcheck'


@pytest.mark.skipif(not can_mount(), reason="needs user namespaces")
def test_a_full_disk_under_the_state_is_found_though_the_gateway_answers(
    config: Path, tmp_path: Path
) -> None:
    state_dir = tmp_path / "state"
    state_dir.mkdir()
    command = ["unshare", "-rm", "sh", "-c", FULL_DISK, "sh", str(state_dir), sys.executable]
    with gateway(well) as port:
        question = {"port": port, "config_path": str(config), "state_dir": str(state_dir), "timeout_s": 8.0}
        done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["outcome"] == "storage"


def test_a_question_that_cannot_be_read_is_no_answer() -> None:
    done = run("{}")
    assert done.returncode == 2
    assert done.stdout == ""


def test_only_the_gateways_own_troubles_blame_it() -> None:
    blamed = {outcome for outcome in Outcome if outcome.blames_gateway}
    assert blamed == {Outcome.REFUSED, Outcome.TIMEOUT, Outcome.RPC_ERROR}
