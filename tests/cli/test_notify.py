"""`selfheal notify`: what it prints, and the unmodified program against services on loopback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.cli.worlds import START, FakeApp, FakeReader, W, well
from tests.notify.proxy import proxy_to
from tests.notify.standin import Authority, Reply, standing_in

from selfheal.app.exit_codes import Exit
from selfheal.app.hearing import Deaf
from selfheal.app.last_ping import LastPing, keep
from selfheal.app.notify_test import Tried
from selfheal.core.instants import Monotonic, Now, Until
from selfheal.core.pulse import Pulse
from selfheal.ports.outbox import Addressee, Receipt
from selfheal.ports.store import RouteRow
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.reader import Reader
from selfheal.texts.language import Language
from selfheal.texts.routes import DEAF

ROUTES = """\
[routes.phone]
kind = "ntfy"
topic = "hush-hush"
[routes.here]
kind = "desktop"
severity = "critical"
"""
TAKEN = Tried("phone", Receipt("42", "https://ntfy.sh/x", ("recovery.log",)), 0.41)
NOT_TAKEN = Tried("here", None, 0.01, "cannot tell here: no session")


@pytest.fixture
def config(app: FakeApp) -> str:
    file = app.folder / "config.toml"
    file.write_text(ROUTES, encoding="utf-8")
    file.chmod(0o600)
    return str(file)


@pytest.mark.parametrize(
    ("lang", "words", "why"),
    [
        ("en", "receipt 42", "cannot tell here: no session"),
        ("ko", "접수 번호 42", "here에 알릴 수 없습니다: no session"),
    ],
)
def test_each_receipt_is_shown_and_why_not(
    run: Run, app: FakeApp, config: str, lang: str, words: str, why: str
) -> None:
    app.tried = (TAKEN, NOT_TAKEN)
    ran = run("--config", config, "--lang", lang, "notify", "test")
    assert ran.code == Exit.NOT_WELL
    phone, here, lacks = ran.out.splitlines()
    assert words in phone
    assert "https://ntfy.sh/x" in phone
    assert why in here
    assert "recovery.log" in lacks
    assert ran.err == ""


def test_the_named_routes_alone_are_tried(run: Run, app: FakeApp, config: str) -> None:
    app.tried = (TAKEN, NOT_TAKEN)
    ran = run("--config", config, "notify", "test", "phone")
    assert (ran.code, len(ran.out.splitlines())) == (Exit.DONE, 2)
    assert app.called == [("notify test", "phone")]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_route_that_is_not_set_is_refused(run: Run, app: FakeApp, config: str, lang: str) -> None:
    ran = run("--config", config, "--lang", lang, "notify", "test", "phome")
    assert ran.code == Exit.USAGE
    assert "phome" in ran.err
    assert "phone, here" in ran.err
    assert app.called == []
    assert "target" not in ran.err.casefold(), "that is a gateway"


def test_the_document_of_a_test(run: Run, app: FakeApp, config: str) -> None:
    app.tried = (TAKEN, NOT_TAKEN)
    document = json.loads(run("--config", config, "notify", "test", "--json").out)
    assert (document["schema"], document["kind"], document["taken"]) == (1, "notify_test", False)
    phone, here = document["routes"]
    assert phone == {
        "route": "phone",
        "kind": "ntfy",
        "taken": True,
        "seconds": 0.41,
        "receipt": "42",
        "url": "https://ntfy.sh/x",
        "lacks": ["recovery.log"],
        "why": None,
    }
    assert (here["receipt"], here["url"], here["why"]) == (None, None, "cannot tell here: no session")
    assert list(here) == list(phone)


@pytest.mark.parametrize("command", ["test", "list"])
def test_without_a_route_it_says_what_to_do(run: Run, command: str) -> None:
    ran = run("notify", command)
    assert ran.out == ""
    assert "[routes.NAME]" in ran.err
    assert ran.code == (Exit.NOT_WELL if command == "test" else Exit.DONE)


def test_the_list_says_when_a_route_last_took_something(run: Run, app: FakeApp, config: str) -> None:
    rows = [
        RouteRow("gone", None, None, None),
        RouteRow("phone", W(START), W(START - 60), "HTTP 500", "canary"),
    ]
    app.reader = FakeReader(the_routes=rows)
    head, phone, here = run("--config", config, "--lang", "en", "notify", "list").out.splitlines()
    assert "last complaint" in head
    assert all(words in phone for words in ("phone", "ntfy", "everything", "2026-02-05", "HTTP 500"))
    assert all(words in here for words in ("here", "desktop", "critical only", "nothing yet"))
    document = json.loads(run("--config", config, "notify", "list", "--json").out)
    assert document["routes"] == [
        {
            "route": "phone",
            "kind": "ntfy",
            "severity": "info",
            "last_taken": "2026-02-05T11:30:00.000Z",
            "last_failed": "2026-02-05T11:29:00.000Z",
            "complaint": "HTTP 500",
            "last_proof": "canary",
            "failing_since": None,
            "refuses": False,
            "answers": False,
            "deaf": None,
        },
        {
            "route": "here",
            "kind": "desktop",
            "severity": "critical",
            "last_taken": None,
            "last_failed": None,
            "complaint": None,
            "last_proof": None,
            "failing_since": None,
            "refuses": False,
            "answers": False,
            "deaf": None,
        },
    ]


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("why", Deaf)
def test_the_list_says_why_a_route_has_no_buttons(
    run: Run, app: FakeApp, config: str, lang: str, why: Deaf
) -> None:
    app.deaf = {"phone": why, "here": None}
    last = run("--config", config, "--lang", lang, "notify", "list").out.splitlines()[-1]
    assert last == f"phone: {DEAF[Language(lang)][why]}"
    document = json.loads(run("--config", config, "notify", "list", "--json").out)
    assert [(one["answers"], one["deaf"]) for one in document["routes"]] == [(False, why), (True, None)]


def test_the_documents_have_the_last_ping_of_the_dead_mans_switch(
    run: Run, app: FakeApp, config: str
) -> None:
    def said() -> list[dict[str, object] | None]:
        documents = [
            run("--config", config, *args, "--json").out for args in (("notify", "list"), ("status",))
        ]
        assert "ping.example" not in "".join(documents)
        return [json.loads(document)["dead_man"] for document in documents]

    app.reader = FakeReader([well()])
    assert said() == [None, None]
    Path(config).write_text(f'{ROUTES}[notify]\ndead_man_url = "https://ping.example/secret"\n', "utf-8")
    assert said() == [{"last_pinged": None, "said": None, "complaint": None}] * 2
    folder = app.folder / "state"
    folder.mkdir(exist_ok=True)
    keep(folder, LastPing(START, Pulse.FAILED, "the service answered 500"))
    once = {"last_pinged": "2026-02-05T11:30:00.000Z", "said": "failed"}
    assert said() == [{**once, "complaint": "the service answered 500"}] * 2
    keep(folder, LastPing(START, Pulse.FAILED, ""))
    assert said() == [{**once, "complaint": None}] * 2


def test_the_list_works_before_anything_was_kept(run: Run, app: FakeApp, config: str) -> None:
    app.reader = None
    assert len(run("--config", config, "notify", "list").out.splitlines()) == 3


FAILING = RouteRow("phone", W(START - 60), W(START), "HTTP 404", "message", W(START - 30), final=True)


@pytest.mark.parametrize(
    ("lang", "refuses", "fails", "proved"),
    [
        (
            "en",
            "the route phone refuses for good since",
            "the route phone takes nothing since",
            "(a message)",
        ),
        ("ko", "계속 거부합니다", "아무것도 받지 않습니다", "(메시지)"),
    ],
)
def test_a_status_says_loudly_that_a_route_does_not_work(
    run: Run, app: FakeApp, config: str, lang: str, refuses: str, fails: str, proved: str
) -> None:
    app.reader = FakeReader([well()], the_routes=[FAILING])
    _, loud, last, *_ = run("--config", config, "--lang", lang, "status").out.splitlines()
    assert refuses in loud
    assert "HTTP 404" in loud
    assert proved in last
    document = json.loads(run("--config", config, "status", "--json").out)
    phone, here = document["standings"]
    assert (phone["route"], phone["refuses"]) == ("phone", True)
    assert phone["failing_since"] == "2026-02-05T11:29:30.000Z"
    assert (here["route"], here["last_taken"]) == ("here", None)
    app.reader = FakeReader([well()], the_routes=[FAILING._replace(final=False)])
    assert fails in run("--config", config, "--lang", lang, "status").out


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_status_says_loudly_that_there_are_too_few(run: Run, app: FakeApp, config: str, lang: str) -> None:
    app.reader = FakeReader([well()])
    told = run("--lang", lang, "status").out.splitlines()[1]
    assert told.startswith("notify: ")
    assert "selfheal notify test" in told
    document = json.loads(run("--lang", lang, "status", "--json").out)
    assert document["routes"] == []
    assert document["warnings"] == [{"problem": "no_route", "key": "notify", "text": told}]
    both = run("--config", config, "--lang", lang, "status")
    assert "notify" not in both.out
    assert both.code == Exit.DONE
    document = json.loads(run("--config", config, "status", "--json").out)
    assert (document["routes"], document["warnings"]) == (["phone", "here"], [])


def test_the_store_knows_when_a_route_took_something(tmp_path: Path) -> None:
    path = tmp_path / "selfheal.db"
    now = Now(Monotonic(10.0), W(START), "boot")
    outbox = SqliteOutbox(path)
    addressee = Addressee("door", frozenset())
    outbox.address({"phone": addressee, "here": addressee}, now)
    outbox.taken("phone", (), Receipt("42"), now)
    outbox.put_off(
        "here", (), Until(Monotonic(20.0), W(START + 10), "boot"), "no session", unsure=False, now=now
    )
    outbox.close()
    with Reader(path) as reader:
        assert reader.routes() == [
            RouteRow("here", None, W(START), "no session", None, W(START)),
            RouteRow("phone", W(START), None, None, "message"),
        ]


WIRED = """\
[notify]
discord_bot_token = "hush-hush"
discord_channel_id = "1468429321738911947"
[routes.phone]
kind = "ntfy"
topic_file = "{folder}/topic"
"""


def selfheal(home: Path, environ: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", "selfheal", "--config", str(home / "config.toml"), *args),
        env={"HOME": str(home), "PATH": os.defpath, "LANG": "ko_KR.UTF-8", "PYTHONUTF8": "1"} | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_unmodified_program_reaches_services_and_shows_what_they_say(tmp_path: Path) -> None:
    """By an ordinary proxy that leads discord.com and ntfy.sh to a stand-in, whose CA the host trusts."""
    authority = Authority(tmp_path)
    (tmp_path / "topic").write_text("quiet-topic\n", encoding="ascii")
    (tmp_path / "topic").chmod(0o600)
    (tmp_path / "config.toml").write_text(WIRED.format(folder=tmp_path), encoding="utf-8")
    (tmp_path / "config.toml").chmod(0o600)
    context = authority.server_context("discord.com", "ntfy.sh")
    taken = Reply(body=b'{"id":"1470000000000000042","channel_id":"1468429321738911947"}')
    with standing_in(context, taken) as service, proxy_to(service.port) as proxy:
        environ = {"HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": str(authority.bundle)}
        checked = selfheal(tmp_path, environ, "config", "check")
        assert (checked.returncode, service.heard) == (0, []), "to check is not to send"
        ran = selfheal(tmp_path, environ, "notify", "test")
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout.count("1470000000000000042") == 2
        assert sorted(proxy.asked) == ["discord.com:443", "ntfy.sh:443"]
        bodies = {heard.headers["host"]: json.loads(heard.body) for heard in service.heard}
        assert "시험 메시지" in bodies["discord.com"]["content"]
        assert bodies["ntfy.sh"]["topic"] == "quiet-topic"
        phone, jarvis = json.loads(selfheal(tmp_path, environ, "notify", "list", "--json").stdout)["routes"]
        assert {phone["last_proof"], jarvis["last_proof"]} == {"test"}, "it is kept"
        untrusted = selfheal(tmp_path, {"HTTPS_PROXY": proxy.url}, "notify", "test", "discord-bot")
        assert untrusted.returncode == 1
        assert "discord.com의 인증서가 올바르지 않습니다" in untrusted.stdout
        assert len(service.heard) == 2
        listed = json.loads(selfheal(tmp_path, {}, "notify", "list", "--json").stdout)["routes"]
        (jarvis,) = [route for route in listed if route["route"] == "discord-bot"]
        assert jarvis["failing_since"] == jarvis["last_failed"] is not None
        shown = selfheal(tmp_path, {}, "notify", "list").stdout
        assert "certificate of" not in shown
        assert "discord.com의 인증서가 올바르지 않습니다" in shown
        assert shown.count("(시험)") == 2, "a test that fails takes no earlier proof away"
    assert "hush" not in ran.stdout + untrusted.stdout


def test_a_start_without_routes_is_said_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    with subprocess.Popen(
        (sys.executable, "-m", "selfheal", "--config", str(tmp_path / "config.toml"), "run", "--observe"),
        env={"HOME": str(tmp_path), "PATH": os.defpath, "LANG": "C.UTF-8"},
        stderr=subprocess.PIPE,
        text=True,
    ) as resident:
        assert resident.stderr is not None
        said = iter(resident.stderr.readline, "")
        assert any("NO ROUTE TO A PERSON IS SET" in line for line in said)
        resident.terminate()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("notify", "list"), 0, "아직 없음"),
        (("notify", "list", "--json"), 0, '"last_taken":null'),
        (("status",), 3, "아직 없음"),
        (("incidents", "list"), 0, ""),
    ],
)
def test_a_database_into_which_a_full_disk_took_nothing_is_no_error_for_who_looks(
    tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[routes.phone]\nkind = "telegram"\ntoken = "123456:abcdefghijklmnopqrstuvwxyz012345"\nchat = "7"\n'
    )
    config.chmod(0o600)
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state" / "selfheal.db").touch()
    done = selfheal(tmp_path, {"SELFHEAL_STATE_DIR": str(tmp_path / "state")}, *words)
    assert done.returncode == code, done.stderr
    assert said in done.stdout.replace('": ', '":')
    assert "it is empty" in done.stderr, "it may have been cut off"
    assert (tmp_path / "state" / "selfheal.db").stat().st_size == 0
