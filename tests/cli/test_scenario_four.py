"""The document's scenario 4 by `selfheal monitor`: a recovery log by hand, and what arrives on each route.

`scenario_four_*.txt` hold the messages as they arrived. `SELFHEAL_REWRITE_STORIES=1` writes them anew.
"""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.notify.mailbox import PASSWORD, USER
from tests.notify.proxy import proxy_to
from tests.notify.standin import Authority
from tests.notify.world import MARKED, UNMARKED, Fate, Letters, Record, Services, settings_for

HERE = Path(__file__).parent
BY_HAND = """\
=== MANUAL INTERVENTION REQUIRED ===
Level 1 (Watchdog) ❌
Level 2 (Health Check) ❌
Level 3 (Claude Recovery) ❌
"""
NAME = "emergency-recovery-test-2026-02-05-2030.log"
WHEN = re.compile(r"\d{4}-\d\d-\d\d-\d{4}(?!\.log)")
HEADINGS = "=== "


def monitored(
    folder: Path, language: str, times: int
) -> tuple[Record, list[subprocess.CompletedProcess[str]]]:
    """What was shown, and what the program said."""
    (folder / "ca").mkdir()
    authority, fate = Authority(folder / "ca"), Fate()
    memory = folder / "openclaw" / "memory"
    memory.mkdir(parents=True)
    (memory / NAME).write_text(BY_HAND, encoding="utf-8")
    services, letters = Services(authority, fate), Letters(authority, fate, 1.0)
    config = folder / "config.toml"
    config.write_text(settings_for(services.port, letters.port, USER, PASSWORD, language), encoding="utf-8")
    config.chmod(0o600)
    try:
        with proxy_to(services.port) as proxy:
            bundle = str(authority.bundle)
            environ = {"HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": bundle, "REQUESTS_CA_BUNDLE": bundle}
            said = [_monitor(folder, environ) for _ in range(times)]
    finally:
        services.close()
        letters.close()
    return fate.record, said


def _monitor(folder: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    home = {"HOME": str(folder), "PATH": os.defpath, "LANG": "C.UTF-8", "NO_PROXY": "localhost"}
    return subprocess.run(
        (sys.executable, "-m", "selfheal", "--config", str(folder / "config.toml"), "monitor"),
        env=home | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("language", ["en", "ko"])
def test_each_route_shows_the_alert_once_as_the_document_has_it(tmp_path: Path, language: str) -> None:
    record, said = monitored(tmp_path, language, 2)
    assert [one.returncode for one in said] == [0, 0], [one.stderr for one in said]
    assert {route: len(shown) for route, shown in record.shown.items()} == dict.fromkeys(
        (*MARKED, *UNMARKED), 1
    )
    arrived = "".join(
        f"{HEADINGS}{route}, files: {record.files[route]}\n{_timeless(record.shown[route][0])}\n\n"
        for route in sorted(record.shown)
    )
    golden = HERE / f"scenario_four_{language}.txt"
    if os.environ.get("SELFHEAL_REWRITE_STORIES"):
        golden.write_text(arrived, encoding="utf-8")
    assert arrived == golden.read_text(encoding="utf-8")


def _timeless(text: str) -> str:
    """Without the minute, and the name of the machine, of this very run."""
    return WHEN.sub("2026-02-05-2030", text).replace(socket.gethostname(), "mac-mini").rstrip()
