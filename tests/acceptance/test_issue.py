"""An issue on GitHub, by the installed program: a real incident, our death, its end, the same cause again.

The program is not modified: an ordinary proxy leads api.github.com to a stand-in whose CA the host trusts.
"""

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.acceptance.host import LIMIT_S, QUICK, SELFHEAL, Host, hosted, kill
from tests.doubles.service_bench import eventually
from tests.notify.github import REPOSITORY, TOKEN, GitHub, folded_in, text_in
from tests.notify.proxy import proxy_to
from tests.notify.standin import Authority, Manner, Reply, StandIn, standing_in

SECRET = "hush-Hush-4711-planted"
SETTINGS = QUICK.replace("[restart]\n", "[restart]\nlast_wait_s = 1\n")


@dataclass
class Place:
    host: Host
    github: GitHub
    service: StandIn

    def breaks(self) -> None:
        """The config breaks, with a secret in it, and the gateway dies: no start can help."""
        pid = self.host.well()
        config = self.host.home.path / ".openclaw" / "openclaw.json"
        config.write_text(f'{{"gateway": {{"auth": {{"token": "{SECRET}"')
        kill(pid)

    def mends(self) -> None:
        self.host.home.configure_gateway()
        self.host.well()

    def until(self, *wanted: tuple[str, int]) -> None:
        try:
            eventually(lambda: self.told() == list(wanted), LIMIT_S)
        except AssertionError:
            log = self.host.log.read_text(encoding="utf-8")
            raise AssertionError(f"{self.told()}\n{log}") from None

    def told(self) -> list[tuple[str, int]]:
        return [(issue.state, len(issue.comments)) for issue in self.github.issues]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    authority = Authority(tmp_path)
    github = GitHub()
    with (
        standing_in(authority.server_context(), Reply(), github.answer) as service,
        proxy_to(service.port) as proxy,
        hosted(tmp_path / "home") as host,
    ):
        host.home.more |= {
            "HTTPS_PROXY": proxy.url,
            "SSL_CERT_FILE": str(authority.bundle),
            "GITHUB_TOKEN": TOKEN,
        }
        host.home.configure(f'{SETTINGS}[notify]\ngithub_repo = "{REPOSITORY}"\n')
        yield Place(host, github, service)
        assert set(proxy.asked) <= {"api.github.com:443"}
    assert github.wrong == [], "GitHub's description forbids it"
    assert SECRET not in github.everything()
    assert TOKEN not in github.everything()


def test_opened_closed_and_opened_again(place: Place) -> None:
    place.host.resident()
    place.breaks()
    place.until(("open", 0))
    (issue,) = place.github.issues
    assert issue.title.startswith("🚨 OpenClaw self-healing failed: config cannot load")
    assert issue.labels == ["selfheal"]
    said = text_in(issue.body)
    assert said.startswith("🚨 Urgent: OpenClaw self-healing failed\n")
    assert "What was tried:" in said
    assert "What to run next:" in said
    folded = folded_in(issue.body)
    assert "incident #1 opened" in folded["timeline-1.log"]
    assert any(name.startswith(("watchdog", "healthcheck")) for name in folded)
    place.mends()
    place.until(("closed", 1))
    assert text_in(issue.comments[0]).startswith("✅ Resolved: the OpenClaw gateway is well\n")
    time_passes(
        place.host, "ended = ended - 60 WHERE status = 'sent'"
    )  # a third message within it would wait
    place.breaks()
    place.until(("open", 2))
    assert "selfheal incidents show 2" in text_in(issue.comments[1])
    assert place.host.call("deliver").returncode == 0
    assert place.told() == [("open", 2)], "nothing is told twice"
    assert place.host.call("notify", "test", "github").returncode == 0
    assert place.told()[1:] == [("closed", 0)], "a test is an issue of its own, that needs nobody"


def test_who_dies_after_it_was_opened_finds_it(place: Place) -> None:
    """The delivery process is killed when GitHub has made the issue and has not answered."""
    settings = place.host.home.config.read_text(encoding="utf-8")
    place.host.home.configure(SETTINGS)
    resident = place.host.resident()
    place.breaks()
    place.host.noted("told")
    place.host.end(resident)
    place.host.home.config.write_text(settings, encoding="utf-8")
    place.service.replies.extend([Reply(200, b"[]"), Reply(200, b"[]"), Manner.SILENT])
    command = [SELFHEAL, "--config", str(place.host.home.config), "deliver"]
    dying = subprocess.Popen(command, env=place.host.home.environ, stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: place.github.issues, LIMIT_S)
    finally:
        dying.kill()
        dying.wait()
    place.service.released.set()
    waits = json.loads(place.host.call("deliver").stdout)["waiting_s"]
    assert waits is None, "its claim ended with it"
    assert place.told() == [("open", 0)], "one issue, and nothing said twice in it"


def time_passes(host: Host, change: str) -> None:
    """What the outbox holds, as it would be a minute or three later."""
    with closing(sqlite3.connect(host.home.state / "selfheal.db", timeout=LIMIT_S)) as connection, connection:
        assert connection.execute(f"UPDATE delivery SET {change}").rowcount > 0  # noqa: S608 - of this file
