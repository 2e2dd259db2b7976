"""The dead man's switch: somebody outside hears of the installed program, and misses it, over TLS too."""

import os
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.host import LIMIT_S, QUICK, Host, hang, hosted, kill
from tests.doubles.service_bench import eventually
from tests.notify.standin import Authority, Reply, StandIn, standing_in

SECRET = "5f0d2c1e-ping-address-of-ours"
SETTINGS = QUICK.replace("[restart]\n", "[restart]\nlast_wait_s = 1\n")
SILENCE_S = 4.0  # of what is to come every second


class Outside:
    """Hears the paths that are asked for, on loopback; `status` is what it answers with."""

    def __init__(self) -> None:
        self.status = 200
        self.heard: list[str] = []
        self.news = threading.Event()
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outside.heard.append(self.path)
                outside.news.set()
                self.send_response(outside.status)
                self.send_header("location", "/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- http.server's name
                """Stays silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def settings(self) -> str:
        return switch(f"http://127.0.0.1:{self._server.server_address[1]}/{SECRET}?create=1")

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def switch(url: str) -> str:
    return f'{SETTINGS}[notify]\ndead_man_url = "{url}"\ndead_man_interval_s = 1\n'


@pytest.fixture
def outside() -> Iterator[Outside]:
    made = Outside()
    yield made
    made.close()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with hosted(tmp_path / "home") as made:
        yield made


def test_it_is_pinged_while_the_loop_steps_and_not_while_it_hangs(host: Host, outside: Outside) -> None:
    host.home.configure(outside.settings())
    resident = host.resident()
    host.well()
    eventually(lambda: len(outside.heard) >= 3, LIMIT_S)
    hang(resident)
    while outside.news.wait(SILENCE_S):  # what was under way may still come
        outside.news.clear()
        assert len(outside.heard) < 100
    before = len(outside.heard)
    os.kill(resident.pid, signal.SIGCONT)
    eventually(lambda: len(outside.heard) > before, LIMIT_S)
    assert set(outside.heard) == {f"/{SECRET}?create=1"}


def test_what_needs_a_person_is_a_failure_until_it_is_over(host: Host, outside: Outside) -> None:
    well, failed = f"/{SECRET}?create=1", f"/{SECRET}/fail?create=1"
    host.home.configure(outside.settings())
    host.resident()
    pid = host.well()
    (host.home.path / ".openclaw" / "openclaw.json").write_text('{"gateway": {')
    kill(pid)
    eventually(lambda: failed in outside.heard, LIMIT_S)
    host.home.configure_gateway()
    host.well()
    eventually(lambda: outside.heard[-1] == well, LIMIT_S)


def test_one_that_is_not_taken_is_said_once_and_keeps_the_secret(host: Host, outside: Outside) -> None:
    outside.status = 302
    host.home.configure(outside.settings())
    host.resident()
    host.well()
    eventually(lambda: len(outside.heard) >= 3, LIMIT_S)
    outside.status = 200
    host.said("the dead man's switch is pinged again")
    log = host.log.read_text(encoding="utf-8")
    assert log.count("cannot ping the dead man's switch: the service answered 302") == 1
    assert "dead man's switch: pinged" in host.call("status").stdout
    assert "dead man's switch: pinged" in host.call("notify", "list").stdout
    assert "/elsewhere" not in outside.heard
    assert SECRET not in log


def test_a_reload_brings_it(host: Host, outside: Outside) -> None:
    resident = host.resident()
    host.well()
    host.home.configure(outside.settings())
    resident.send_signal(signal.SIGHUP)
    eventually(lambda: outside.heard, LIMIT_S)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def service(authority: Authority) -> Iterator[StandIn]:
    with standing_in(authority.server_context(), Reply()) as made:
        yield made


def test_it_speaks_tls_to_whom_it_trusts(host: Host, authority: Authority, service: StandIn) -> None:
    host.home.configure(switch(f"{service.base}/{SECRET}"))
    host.home.more["SSL_CERT_FILE"] = str(authority.bundle)
    host.resident()
    eventually(lambda: [one.path for one in service.heard[:2]] == [f"/{SECRET}"] * 2, LIMIT_S)


def test_it_says_nothing_to_whom_it_does_not_trust(host: Host, service: StandIn) -> None:
    host.home.configure(switch(f"{service.base}/{SECRET}"))
    host.resident()
    host.said("cannot ping the dead man's switch")
    assert service.heard == []
