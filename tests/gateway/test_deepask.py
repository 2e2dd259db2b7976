"""The deep check as a process of its own: what becomes of its answers, and of its silence."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from selfheal.core.facts import DeepVerdict
from selfheal.gateway.deepask import ask_deeply, understand
from selfheal.gateway.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    config = tmp_path / "openclaw.json"
    config.write_text('{"gateway": {"auth": {"mode": "token", "token": "t-0123456789abcdef"}}}')
    return Site("default", tmp_path, tmp_path, config, 1, 0)


@pytest.mark.parametrize(
    ("output", "verdict", "suppressed"),
    [
        (b'{"outcome":"ok","pid":1,"suppressed":["telegram"]}', DeepVerdict.OK, ("telegram",)),
        (b'{"outcome":"timeout","detail":"late"}', DeepVerdict.FAILED, ()),
        (b'{"outcome":"storage","detail":"full"}', DeepVerdict.STORAGE, ()),
        (b'{"outcome":"auth","detail":"no"}', DeepVerdict.NOT_CHECKED, ()),
        (b'{"outcome":"protocol","detail":"no"}', DeepVerdict.NOT_CHECKED, ()),
        (b"", DeepVerdict.NOT_CHECKED, ()),
        (b"Traceback", DeepVerdict.NOT_CHECKED, ()),
    ],
)
def test_only_the_gateways_own_fault_counts(
    output: bytes, verdict: DeepVerdict, suppressed: tuple[str, ...]
) -> None:
    report = understand(output)
    assert (report.verdict, report.suppressed) == (verdict, suppressed)


def test_nobody_listens(site: Site) -> None:
    report = asyncio.run(ask_deeply(site, 20.0))
    assert report.verdict is DeepVerdict.FAILED
    assert "refused" in report.detail


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ((sys.executable, "-c", "import time; time.sleep(600)"), "in time"),
        (("/nonexistent/python",), "cannot start"),
        ((sys.executable, "-c", "raise SystemExit(2)"), "no answer"),
    ],
)
def test_a_check_that_fails_is_never_the_gateways_fault(
    site: Site, command: tuple[str, ...], word: str
) -> None:
    began = time.monotonic()
    report = asyncio.run(ask_deeply(site, 1.0, command))
    assert time.monotonic() - began < 60.0
    assert report.verdict is DeepVerdict.NOT_CHECKED
    assert word in report.detail
