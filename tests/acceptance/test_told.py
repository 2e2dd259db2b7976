"""A person is told, by the installed program: scenario 4 of the document from end to end, as it arrives."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.acceptance.host import QUICK, Host, hosted, kill
from tests.acceptance.mounts import in_own_mounts, need_mounts
from tests.doubles.service_bench import eventually

LIMIT_S = 60.0
TOLD = {
    "en": (
        "🚨 Urgent: OpenClaw self-healing failed",
        "A person is needed.",
        "✅ Resolved: the OpenClaw gateway is well",
    ),
    "ko": (
        "🚨 긴급: OpenClaw 자가복구 실패",
        "수동 개입 필요합니다.",
        "✅ 해결: OpenClaw 게이트웨이 정상",
    ),
}


@dataclass
class Phone:
    """Hears what a webhook is sent, on loopback; `status` is what it answers with."""

    status: int = 200
    heard: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        phone = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(phone.status)
                self.end_headers()
                if phone.status == 200:
                    phone.heard.append(said)
                else:
                    phone.refused += 1

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- http.server's name
                """Stays silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def settings(self) -> str:
        quick = QUICK.replace("[restart]\n", "[restart]\nlast_wait_s = 1\n")
        return f"{quick}{self.route('phone')}"

    def route(self, name: str) -> str:
        url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        return f'[routes.{name}]\nkind = "webhook"\nurl = "{url}"\nsecret = "hush-hush"\n'

    def bodies(self) -> list[str]:
        return [str(one["body"]) for one in self.heard]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def a_phone() -> Iterator[Phone]:
    made = Phone()
    yield made
    made.close()


phone = pytest.fixture(a_phone, name="phone")
other = pytest.fixture(a_phone, name="other")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with hosted(tmp_path / "home") as made:
        yield made


def breaks(host: Host) -> None:
    """The config breaks and the gateway dies: no start can help."""
    pid = host.well()
    (host.home.path / ".openclaw" / "openclaw.json").write_text('{"gateway": {')
    kill(pid)


@pytest.mark.parametrize("language", TOLD)
def test_of_an_outage_and_of_its_end_once_each(host: Host, phone: Phone, language: str) -> None:
    opened, please, over = TOLD[language]
    host.home.configure(phone.settings())
    settings = host.home.config.read_text()
    host.home.config.write_text(settings.replace('language = "en"', f'language = "{language}"'))
    host.resident()
    breaks(host)
    eventually(lambda: phone.heard, LIMIT_S)
    body = phone.bodies()[0]
    assert body.startswith(f"{opened}\n")
    assert please in body.splitlines()
    assert "selfheal incidents show 1" in body
    host.call("check")  # another look tells nothing new
    host.home.configure_gateway()
    host.well()
    eventually(lambda: len(phone.heard) == 2, LIMIT_S)
    assert phone.bodies()[1].startswith(f"{over}\n")
    assert host.call("deliver").returncode == 0
    assert len(phone.heard) == 2


def test_once_the_route_works_again(host: Host, phone: Phone) -> None:
    phone.status = 500
    host.home.configure(phone.settings())
    host.resident()
    breaks(host)
    host.noted("told")
    phone.status = 200
    eventually(lambda: phone.heard, LIMIT_S)
    assert len(phone.heard) == 1


def test_what_was_committed_before_our_death_is_told_by_whoever_comes(host: Host, phone: Phone) -> None:
    phone.status = 500
    host.home.configure(phone.settings())
    resident = host.resident()
    breaks(host)
    host.noted("told")
    resident.kill()
    resident.wait()
    phone.status = 200

    def told() -> bool:
        host.call("deliver")
        return bool(phone.heard)

    eventually(told, LIMIT_S)
    assert len(phone.heard) == 1


def test_an_incident_that_is_acknowledged_is_said_to_be(host: Host, phone: Phone) -> None:
    host.home.configure(phone.settings())
    host.resident()
    breaks(host)
    eventually(lambda: phone.heard, LIMIT_S)
    assert host.call("ack", "2").returncode == 1
    assert host.call("ack", "1").returncode == 0
    host.noted("acknowledged")


def test_of_a_recovery_log_that_a_person_has_written(host: Host, phone: Phone) -> None:
    """The document's own scenario: a log by hand, then the monitor."""
    host.home.configure(phone.settings())
    settings = host.home.config.read_text()
    host.home.config.write_text(settings.replace('language = "en"', 'language = "ko"'))
    memory = host.home.path / "openclaw" / "memory"
    memory.mkdir(parents=True)
    log = memory / "emergency-recovery-test-2026-02-05-2030.log"
    levels = "Level 1 (Watchdog) ❌\nLevel 2 (Health Check) ❌\nLevel 3 (Claude Recovery) ❌\n"
    log.write_text(f"=== MANUAL INTERVENTION REQUIRED ===\n{levels}")
    told = host.call("monitor")
    assert (told.returncode, str(log) in told.stdout) == (0, True)
    (body,) = phone.bodies()
    assert body.startswith("🚨 긴급: OpenClaw 자가복구 실패\n시간: ")
    assert "- Level 3 (Claude Recovery) ❌" in body.splitlines()
    assert log.name in (memory / ".emergency-alert-sent").read_text()
    assert host.call("monitor").returncode == 0
    assert len(phone.heard) == 1


def test_with_a_full_disk_too(host: Host, phone: Phone) -> None:
    need_mounts("a full disk keeps no alert back")
    host.home.configure(phone.settings())
    host.home.state.mkdir(mode=0o700)
    state = host.home.state
    fill = f"mount -t tmpfs -o size=256k none {state} && ! cat /dev/zero >{state}/full 2>&-"
    host.wrap = lambda command: in_own_mounts(fill, command)
    pid = host.home.start_gateway()
    host.resident()
    host.said(f"gateway found, pid {pid}")
    (host.home.path / ".openclaw" / "openclaw.json").write_text('{"gateway": {')
    kill(pid)
    eventually(lambda: phone.heard, LIMIT_S)
    assert phone.bodies()[0].startswith("🚨 Urgent")


def test_on_a_route_that_missed_it_once_a_full_disk_is_free_again(
    host: Host, phone: Phone, other: Phone
) -> None:
    """Nobody else would call for it before the next alert, or for an hour."""
    need_mounts("what was handed over on a full disk reaches each route")
    host.home.configure(phone.settings() + other.route("other"))
    host.home.state.mkdir(mode=0o700)
    mount = f"mount -t tmpfs -o size=8m none {host.home.state}"
    host.wrap = lambda command: in_own_mounts(mount, command)
    pid = host.home.start_gateway()
    resident = host.resident()
    host.said(f"gateway found, pid {pid}")
    eventually(lambda: not at_work(resident.pid), LIMIT_S)
    full = Path(f"/proc/{resident.pid}/root{host.home.state}/full")
    fill(full)
    other.status = 500
    (host.home.path / ".openclaw" / "openclaw.json").write_text('{"gateway": {')
    kill(pid)
    host.said("the disk is full")
    eventually(lambda: phone.heard and other.refused and not at_work(resident.pid), LIMIT_S)
    other.status = 200
    full.unlink()
    host.said("the disk can be used again")
    eventually(lambda: other.heard, LIMIT_S)
    assert other.bodies()[0].startswith("🚨 Urgent")
    assert [len(phone.heard), len(other.heard)] == [1, 1]


def at_work(resident: int) -> list[int]:
    """The delivery processes of a resident."""
    children = psutil.Process(resident).children()
    return [child.pid for child in children if child.is_running() and "deliver" in words_of(child)]


def words_of(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        words: list[str] = process.cmdline()
        return words
    return []


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
