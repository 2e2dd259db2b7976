"""The JSON documents are what docs/json.md says; docs/cli.md is what the program says."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.worlds import ROWS, FakeApp, FakeReader, M, W, entries, ill, well

from selfheal.app.notify_test import Tried
from selfheal.cli.manual import manual
from selfheal.core.state import Pause, Pending
from selfheal.ports.outbox import Receipt

SLACK = "https://hooks.slack.com/services/hush"
KINDS = (
    ("status",),
    ("incidents", "list"),
    ("incidents", "show", "7"),
    ("notify", "test"),
    ("notify", "list"),
)
DOCS = Path(__file__).parents[2] / "docs"


def keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from keys(part)
    elif isinstance(value, list):
        for part in value:
            yield from keys(part)


def documents(run: Run, app: FakeApp) -> Iterator[dict[str, object]]:
    full = replace(ill(), pause=Pause(W(0), None, "why"), pending=(Pending(3, "Probe", M(19_999)),))
    app.reader = FakeReader([full], ROWS, entries())
    app.tried = (Tried("slack", Receipt("1"), 0.1),)
    config = app.folder / "config.toml"
    config.write_text('[notify]\ndead_man_url = "https://ping.example/secret"\n', "utf-8")
    config.chmod(0o600)
    for args in KINDS:
        ran = run("--config", str(config), *args, "--json", SLACK_WEBHOOK_URL=SLACK)
        document: dict[str, object] = json.loads(ran.out)
        yield document


def test_every_field_is_documented(run: Run, app: FakeApp) -> None:
    told = set(re.findall(r"`(\w+)`", (DOCS / "json.md").read_text("utf-8")))
    shown = {key for document in documents(run, app) for key in keys(document)}
    assert shown - told == set()


def test_every_document_bears_its_schema_and_kind(run: Run, app: FakeApp) -> None:
    heads = [(each["schema"], each["kind"]) for each in documents(run, app)]
    kinds = ["status", "incidents", "incident", "notify_test", "routes"]
    assert heads == [(1, kind) for kind in kinds]


def test_a_field_is_null_and_never_missing(run: Run, app: FakeApp) -> None:
    app.reader = FakeReader([well()])
    quiet = json.loads(run("status", "--json").out)["targets"][0]
    app.reader = FakeReader([ill()])
    busy = json.loads(run("status", "--json").out)["targets"][0]
    assert list(quiet) == list(busy)
    assert (quiet["incident"], quiet["pause"], quiet["well"]) == (None, None, True)


def test_times_are_utc(run: Run, app: FakeApp) -> None:
    app.reader = FakeReader([well()])
    assert json.loads(run("status", "--json").out)["time"] == "2026-02-05T11:30:00.000Z"


def test_the_page_of_the_command_line_is_current() -> None:
    assert (DOCS / "cli.md").read_text("utf-8") == manual()
