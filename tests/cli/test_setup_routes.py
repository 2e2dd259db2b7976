"""`selfheal setup` and the routes to a person: the unmodified program at a terminal and without one."""

import re
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.mounts import in_own_mounts, need_mounts
from tests.acceptance.terminal import Terminal
from tests.cli.setups import NAMES, PATIENCE_S, SECRET, TAKEN, Home, broken_off, environ_of, talk
from tests.notify.proxy import proxy_to
from tests.notify.standin import Authority, Heard, Manner, Reply, standing_in

from selfheal.app.exit_codes import Exit
from selfheal.texts.language import Language
from selfheal.texts.setup import Setup, setup_words

HOOK = "https://discord.com/api/webhooks/1/hush-"
MINE = """\
# mine
[selfheal]
log_keep_days = 30  # a month

[routes.duty]  # whoever is on duty
kind = "slack"
url = "https://hooks.slack.com/services/hush-old"  # ask Ann
# the end
"""
PHONE = "phone=ntfy:topic=hush-topic"
DISCORD = f"chat=discord-webhook:url={HOOK}flag"
BOTH = ("--route", PHONE, "--route", DISCORD)
NTFY = (
    ("enter to skip", "ntfy"),
    ("A name for it", ""),
    ("The topic", "hush-topic"),
    ("server", ""),
    ("Token", ""),
)
WEBHOOK = (("enter to skip", "1"), ("A name for it", "chat"), ("address", f"{HOOK}one"))
IN_FILE, IN_CONFIG, NO_MORE, CONSENT = ("> [1]", ""), ("> [1]", "2"), ("[y/N]", ""), ("[Y/n]", "y")
BOTH_TYPED = (*NTFY, IN_FILE, *WEBHOOK, IN_CONFIG, NO_MORE)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    authority = Authority(tmp_path)
    folder = tmp_path / "home"
    folder.mkdir()
    with standing_in(authority.server_context(*NAMES), TAKEN) as service, proxy_to(service.port) as proxy:
        service.answers = answer
        yield Home(folder, environ_of(folder, authority, proxy.url), service)


def answer(heard: Heard) -> Reply:
    if "wrong" in heard.path:
        return Reply(404)
    return Reply(body=b"ok") if "slack" in heard.headers["host"] else TAKEN


def routes(home: Home) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = tomllib.loads(home.config.read_text("utf-8"))["routes"]
    return found


def verdicts(said: str) -> list[Setup]:
    """What is said of two routes or more."""
    flat = " ".join(said.split())
    return [
        one for one in (Setup.WELL, Setup.UNTRIED, Setup.WOULD_DO) if setup_words(one, Language.EN) in flat
    ]


def hides(home: Home, *said: str) -> bool:
    """Whether no secret is on a screen, nor in any file but those that are there for them."""
    elsewhere = {name: text for name, text in home.files().items() if not name.startswith(".config/")}
    return not any(SECRET in text for text in said) and not any(
        SECRET.encode() in b for b in elsewhere.values()
    )


def test_a_new_user_is_led_to_two_routes_that_work(home: Home) -> None:
    at = home.terminal("setup")
    talk(at, *NTFY, IN_FILE, *WEBHOOK, IN_CONFIG, NO_MORE, CONSENT)
    assert at.end(PATIENCE_S) == Exit.DONE
    assert routes(home) == {
        "phone": {"kind": "ntfy", "topic_file": "~/.config/selfheal/phone-topic"},
        "chat": {"kind": "discord-webhook", "url": f"{HOOK}one"},
    }
    assert home.files()[".config/selfheal/phone-topic"] == b"hush-topic\n"
    assert (home.mode("config.toml"), home.mode("phone-topic"), home.mode(".")) == (0o600, 0o600, 0o700)
    assert sorted(home.tested()) == ["discord.com/api/webhooks/1/hush-one", "ntfy.sh/"]
    shown, _, tried = at.said.partition("Write it?")
    assert 'url = "(hidden)"' in shown
    assert "phone-topic" in shown
    assert tried.count("1470000000000000042") == 2
    assert hides(home, at.said)


def test_bad_input_is_asked_for_again_and_nothing_is_lost(home: Home) -> None:
    at = home.terminal("setup")
    talk(at, ("enter to skip", "12"))
    at.await_words("«12» is none of them", PATIENCE_S)
    talk(at, ("enter to skip", "email"), ("A name for it", "no name"))
    at.await_words("cannot be a name", PATIENCE_S)
    talk(at, ("A name for it", ""), ("The mail server", ""))
    at.await_words("it is needed", PATIENCE_S)
    talk(at, ("The mail server", "smtp.example.com"), ("Encryption", "none"))
    at.await_words("is not a choice", PATIENCE_S)
    talk(at, ("Encryption", ""), ("port", "many"))
    at.await_words("is not a whole number", PATIENCE_S)
    talk(at, ("port", ""), ("Login", "ann@example.com"), ("Password", ""))
    at.await_words("it is needed", PATIENCE_S)
    talk(
        at,
        ("Password", "hush-password"),
        ("address [ann@example.com]", "nobody"),
        ("letters", "b@e.com, c@e.com"),
    )
    at.await_words("cannot", PATIENCE_S)
    talk(at, ("[smtp.example.com]", ""), ("[starttls]", ""), ("port", ""), ("[ann@example.com]", ""))
    talk(at, ("enter: as before", ""), ("[nobody]", "ann@example.com"), ("[b@e.com, c@e.com]", ""))
    talk(at, ("> [1]", "x"), ("> [1]", ""), ("enter to skip", ""), ("[Y/n]", "perhaps"), ("[Y/n]", "n"))
    assert at.end(PATIENCE_S) == Exit.NOT_WELL
    assert home.files() == {}
    plan = at.said.partition("This will be written")[2]
    for line in ('host = "smtp.example.com"', 'sender = "ann@example.com"', 'to = ["b@e.com", "c@e.com"]'):
        assert line in plan
    assert "Nothing was written" in plan
    assert hides(home, at.said)


@pytest.mark.parametrize("turns", range(len(BOTH_TYPED) + 1))
def test_ctrl_c_at_any_prompt_leaves_everything_as_it_was(home: Home, turns: int) -> None:
    home.has("# mine\n")
    at = home.terminal("setup")
    talk(at, *BOTH_TYPED[:turns])
    at.await_words((*BOTH_TYPED, CONSENT)[turns][0], PATIENCE_S)
    assert broken_off(at) == Exit.INTERRUPTED
    assert "nothing was written" in at.said
    assert home.files() == {".config/selfheal/config.toml": b"# mine\n"}
    assert home.tested() == []


FAILING = (*NTFY, IN_FILE, *WEBHOOK[:-1], ("address", f"{HOOK}wrong"), IN_FILE, NO_MORE, CONSENT)


def failing(home: Home) -> Terminal:
    at = home.terminal("setup")
    talk(at, *FAILING)
    at.await_words("chat does not work", PATIENCE_S)
    assert "HTTP 404" in at.said
    return at


def test_a_route_that_fails_is_corrected_and_tried_again(home: Home) -> None:
    at = failing(home)
    talk(at, ("> [1]", ""), ("enter: as before", f"{HOOK}right"), CONSENT)
    assert at.end(PATIENCE_S) == Exit.DONE
    assert home.files()[".config/selfheal/chat-url"] == f"{HOOK}right\n".encode()
    assert sorted(path.name for path in home.config.parent.iterdir()) == [
        "chat-url",
        "config.toml",
        "phone-topic",
    ]
    assert home.tested()[-1] == "discord.com/api/webhooks/1/hush-right"
    assert hides(home, at.said)


def test_a_route_that_fails_is_dropped_with_its_secret(home: Home) -> None:
    at = failing(home)
    talk(at, ("> [1]", "drop"))
    assert at.end(PATIENCE_S) == Exit.NOT_WELL
    assert "ONLY ONE ROUTE TO A PERSON IS SET (phone)" in at.said
    assert sorted(path.name for path in home.config.parent.iterdir()) == ["config.toml", "phone-topic"]
    assert list(routes(home)) == ["phone"]


def test_a_route_that_fails_is_kept(home: Home) -> None:
    at = failing(home)
    talk(at, ("> [1]", "2"))
    assert at.end(PATIENCE_S) == Exit.NOT_WELL
    assert list(routes(home)) == ["phone", "chat"]
    assert "selfheal notify test chat" in at.said


def test_ctrl_c_after_consent_leaves_what_was_written(home: Home) -> None:
    at = failing(home)
    at.await_words("> [1]", PATIENCE_S)
    assert broken_off(at) == Exit.INTERRUPTED
    assert "what was written before stays" in at.said
    assert list(routes(home)) == ["phone", "chat"]


def test_ctrl_c_while_a_test_message_is_sent_ends_it(home: Home) -> None:
    sent = threading.Event()

    def hears(heard: Heard) -> Reply:
        sent.set()
        return answer(heard)

    home.service.answers = hears
    home.service.replies.append(Manner.SILENT)
    at = home.terminal("setup")
    talk(at, *NTFY, IN_FILE, ("enter to skip", ""), CONSENT)
    assert sent.wait(PATIENCE_S)
    at.press_ctrl_c()
    assert at.end(PATIENCE_S) == Exit.INTERRUPTED
    assert "what was written before stays" in at.said
    assert "Traceback" not in at.said
    assert list(routes(home)) == ["phone"]


def test_who_skips_hears_what_that_costs(home: Home) -> None:
    at = home.terminal("setup")
    talk(at, ("enter to skip", ""))
    assert at.end(PATIENCE_S) == Exit.NOT_WELL
    assert "NO ROUTE TO A PERSON IS SET" in at.said
    assert home.files() == {}


def test_once_more_keeps_what_is_there_with_its_comments(home: Home) -> None:
    home.has(MINE)
    at = home.terminal("setup")
    at.await_words("duty (slack)", PATIENCE_S)
    twin = (("enter to skip", "slack"), ("uses the same service", ""))
    talk(at, *twin, ("address", "https://hooks.slack.com/services/hush-new"), IN_FILE, NO_MORE, CONSENT)
    assert at.end(PATIENCE_S) == Exit.DONE
    assert home.config.read_text("utf-8").startswith(MINE)
    assert list(routes(home)) == ["duty", "slack-alerts"]
    again = home.terminal("setup")
    talk(again, NO_MORE)
    assert again.end(PATIENCE_S) == Exit.DONE
    assert len(home.service.heard) == 1, "only what is new is tried"


def test_a_route_is_not_overwritten_without_consent(home: Home) -> None:
    home.has(MINE)
    at = home.terminal("setup")
    talk(
        at,
        ("enter to skip", "ntfy"),
        ("A name for it", "duty"),
        ("Overwrite it?", ""),
        ("A name for it", "duty"),
    )
    talk(at, ("Overwrite it?", "y"), *NTFY[2:], IN_CONFIG, ("enter to skip", ""), CONSENT)
    assert at.end(PATIENCE_S) == Exit.NOT_WELL, "it is still one alone"
    assert routes(home) == {"duty": {"kind": "ntfy", "topic": "hush-topic"}}
    assert all(
        line in home.config.read_text("utf-8") for line in ("# mine", "# the end", "[routes.duty]  # whoever")
    )


def test_what_comes_from_the_environment_is_not_written(home: Home) -> None:
    at = home.terminal("setup")
    talk(at, *NTFY, IN_FILE, *WEBHOOK, ("> [1]", "3"), NO_MORE, CONSENT)
    assert at.end(PATIENCE_S) == Exit.DONE
    assert list(routes(home)) == ["phone"]
    assert "Set DISCORD_WEBHOOK_URL where selfheal runs" in at.said
    assert "discord.com/api/webhooks/1/hush-one" in home.tested()
    assert home.run(DISCORD_WEBHOOK_URL=f"{HOOK}one").returncode == Exit.DONE
    assert home.run().returncode == Exit.NOT_WELL


def test_a_topic_is_made_up_and_never_shown(home: Home) -> None:
    at = home.terminal("--lang", "ko", "setup")
    talk(at, ("Enter)", "6"), ("[phone]", ""), ("토픽", ""), ("[https://ntfy.sh]", ""), ("토큰", ""), IN_FILE)
    talk(at, ("Enter)", ""), ("[Y/n]", "네"))
    assert at.end(PATIENCE_S) == Exit.NOT_WELL
    topic = home.files()[".config/selfheal/phone-topic"].decode().strip()
    assert re.fullmatch("selfheal-[0-9a-f]{24}", topic)
    assert topic not in at.said
    assert at.said.count("phone-topic") >= 3, "it says where to read it"
    assert "알릴 경로가 하나뿐입니다" in at.said


def test_unattended_it_writes_and_tries_what_the_flags_say(home: Home) -> None:
    ran = home.run("--yes", *BOTH)
    assert (ran.returncode, ran.stderr) == (Exit.DONE, "")
    assert routes(home) == {
        "phone": {"kind": "ntfy", "topic_file": "~/.config/selfheal/phone-topic"},
        "chat": {"kind": "discord-webhook", "url_file": "~/.config/selfheal/chat-url"},
    }
    assert len(home.tested()) == 2
    assert verdicts(ran.stdout) == [Setup.WELL]
    assert ran.stdout.count("1470000000000000042") == 2
    before = home.files()
    again = home.run("--yes", *BOTH)
    assert again.returncode == Exit.DONE
    assert "is to be written" in again.stdout
    assert verdicts(again.stdout) == [Setup.UNTRIED]
    assert {name: text for name, text in home.files().items() if ".db" not in name} == {
        name: text for name, text in before.items() if ".db" not in name
    }
    assert len(home.tested()) == 2
    assert hides(home, ran.stdout, again.stdout)


def test_unattended_a_secret_may_come_from_the_environment_or_a_file_of_ones_own(home: Home) -> None:
    own = home.config.parent / "my-token"
    own.parent.mkdir(parents=True)
    own.write_text("hush-token\n", encoding="utf-8")
    own.chmod(0o600)
    words = f"phone=ntfy:topic_env=TOPIC,token_file={own},severity=warning"
    ran = home.run("--yes", "--no-test", "--secrets", "config", "--route", words, TOPIC="hush-topic")
    assert ran.returncode == Exit.NOT_WELL, "one is too few"
    assert routes(home)["phone"] == {
        "kind": "ntfy",
        "topic": "hush-topic",
        "token_file": str(own),
        "severity": "warning",
    }
    assert home.tested() == []
    assert hides(home, ran.stdout, ran.stderr)
    letters = "ops=email:host=smtp.example.com,sender=a@e.com,to=b@e.com,c@e.com"
    assert home.run("--yes", "--no-test", "--route", letters).returncode == Exit.DONE
    assert routes(home)["ops"]["to"] == ["b@e.com", "c@e.com"]


@pytest.mark.parametrize(
    "words",
    [
        "phone",
        "=ntfy:topic=hush-x",
        "ph one=ntfy:topic=hush-x",
        "phone=ntfi:topic=hush-x",
        "phone=ntfy",
        "phone=ntfy:topic",
        "phone=ntfy:topik=hush-x",
        "phone=ntfy:topic=hush x",
        "phone=ntfy:topic_env=NOT_SET",
        "phone=ntfy:topic_file=/nowhere/hush",
        "phone=slack:url=http://example.com/hush",
        "mail=email:host=h,sender=a@e.com,to=b@e.com,port=hush",
    ],
)
def test_unattended_a_wrong_route_is_refused(home: Home, words: str) -> None:
    for lang in ("en_US.UTF-8", "ko_KR.UTF-8"):
        ran = home.run("--yes", "--route", words, LANG=lang)
        assert (ran.returncode, home.files()) == (Exit.USAGE, {})
        assert "--route" in ran.stderr
        if "file" not in words and "port" not in words:
            assert SECRET not in ran.stderr


def test_unattended_a_wrong_name_is_said_to_be_the_fault(home: Home) -> None:
    """The form and the kinds were blamed, which were right."""
    ran = home.run("--yes", "--route", "당직=ntfy:topic=hush-x")
    assert (ran.returncode, home.files()) == (Exit.USAGE, {})
    assert "당직" in ran.stderr
    assert "discord-webhook" not in ran.stderr
    assert SECRET not in ran.stderr


def test_unattended_another_route_of_that_name_is_overwritten_only_when_told(home: Home) -> None:
    home.has(MINE)
    refused = home.run("--yes", "--route", "duty=ntfy:topic=hush-topic")
    assert (refused.returncode, home.config.read_text("utf-8")) == (Exit.USAGE, MINE)
    assert "--replace" in refused.stderr
    assert home.run("--yes", "--replace", "--route", "duty=ntfy:topic=hush-topic").returncode == Exit.NOT_WELL
    assert list(routes(home)) == ["duty"]
    assert "# the end" in home.config.read_text("utf-8")


def test_what_was_not_tried_is_not_said_to_reach_anybody(home: Home) -> None:
    assert verdicts(home.run("--yes", "--no-test", *BOTH).stdout) == [Setup.UNTRIED]
    failing = home.run("--yes", "--replace", "--route", f"chat=discord-webhook:url={HOOK}wrong")
    assert (failing.returncode, verdicts(failing.stdout)) == (Exit.NOT_WELL, [Setup.UNTRIED])


@pytest.mark.parametrize("lang", ["C.UTF-8", "ko_KR.UTF-8"])
def test_it_is_said_where_the_secret_lies_that_was_replaced(home: Home, lang: str) -> None:
    said = home.run("--yes", *BOTH, LANG=lang).stdout
    old = home.config.parent / "phone-topic"
    ran = home.run("--yes", "--replace", "--route", "phone=ntfy:topic=hush-other", LANG=lang)
    left = setup_words(Setup.LEFT_FILE, Language.KO if lang.startswith("ko") else Language.EN, path=old)
    assert ["".join(left.split()) in "".join(words.split()) for words in (said, ran.stdout)] == [False, True]
    assert old.read_text("utf-8").strip() == "hush-topic", "it is the person's to delete"
    assert hides(home, ran.stdout)


def test_a_dry_run_shows_it_and_writes_nothing(home: Home) -> None:
    ran = home.run("--dry-run", *BOTH)
    assert ran.returncode == Exit.DONE
    assert "[routes.chat]" in ran.stdout
    assert verdicts(ran.stdout) == [Setup.WOULD_DO]
    assert (home.files(), home.tested()) == ({}, [])
    at = home.terminal("setup", "--dry-run")
    talk(at, *BOTH_TYPED)
    assert at.end(PATIENCE_S) == Exit.DONE
    assert "[routes.chat]" in at.said
    assert (home.files(), home.tested()) == ({}, [])
    assert hides(home, ran.stdout, at.said)


def test_where_nobody_can_be_asked_nothing_is_asked(home: Home) -> None:
    ran = home.run()
    assert (ran.returncode, ran.stderr) == (Exit.NOT_WELL, "")
    assert "NO ROUTE TO A PERSON IS SET" in ran.stdout
    assert "--route" in ran.stdout
    refused = home.run(*BOTH)
    assert (refused.returncode, home.files()) == (Exit.USAGE, {})
    assert "--yes" in refused.stderr


def test_a_config_with_a_fault_is_not_touched_and_shown_as_its_check_does(home: Home) -> None:
    text = MINE.replace("log_keep_days", "log_keep_dayz")
    home.has(text)
    ran = home.run("--yes", *BOTH)
    assert (ran.returncode, home.config.read_text("utf-8")) == (Exit.CONFIG, text)
    assert "line 3: selfheal.log_keep_dayz" in ran.stderr
    at = home.terminal("config", "check")
    assert at.end(PATIENCE_S) == Exit.CONFIG
    assert ran.stderr.split() == at.said.split()


def test_a_file_that_is_named_and_not_there_is_made(home: Home) -> None:
    file = home.folder / "own" / "my.toml"
    at = home.terminal("--config", str(file), "setup")
    talk(at, *NTFY, IN_FILE, ("enter to skip", ""), CONSENT)
    assert at.end(PATIENCE_S) == Exit.NOT_WELL
    assert tomllib.loads(file.read_text("utf-8"))["routes"]["phone"]["topic_file"] == "~/own/phone-topic"


@pytest.mark.parametrize(
    ("mount", "why"),
    [("-o remount,ro", "Read-only file system"), ("-o remount,size=8k", "No space left on device")],
)
def test_where_nothing_can_be_written_the_old_file_is_whole(home: Home, mount: str, why: str) -> None:
    need_mounts("a config folder that takes nothing")
    home.has(MINE + "#" * 3000 + "\n")
    folder = home.config.parent
    fill = "dd if=/dev/zero of=fill bs=1k count=4 2>&-;" if "size" in mount else ""
    script = (
        f"cp {home.config} {home.folder}/copy && mount -t tmpfs none {folder} && cd {folder} && "
        f"cp {home.folder}/copy config.toml && chmod 600 config.toml && {fill} mount {mount} {folder}"
    )
    after = ["sh", "-c", '"$@"; code=$?; cmp config.toml ../../copy && ls -A; exit $code', "sh"]
    words = in_own_mounts(script, after)
    ran = home.run("--yes", "--no-test", *BOTH, before=words)
    assert ran.returncode == Exit.NOT_WELL
    assert why in ran.stderr
    assert "nothing was changed" in ran.stderr
    left = [
        name for name in ran.stdout.splitlines()[-3:] if name in {"config.toml", "fill"} or "phone" in name
    ]
    assert left == (["config.toml", "fill"] if fill else ["config.toml"])


def test_a_link_to_the_config_stays_one(home: Home) -> None:
    real = home.folder / "dotfiles.toml"
    real.write_text(MINE, encoding="utf-8")
    home.config.parent.mkdir(parents=True)
    home.config.symlink_to(real)
    assert home.run("--yes", "--no-test", "--route", PHONE).returncode == Exit.DONE
    assert home.config.is_symlink()
    assert real.read_text("utf-8").startswith(MINE)


def test_at_a_terminal_the_flags_alone_are_no_consent(home: Home) -> None:
    at = home.terminal("setup", *BOTH)
    talk(at, ("[Y/n]", "n"))
    assert at.end(PATIENCE_S) == Exit.NOT_WELL
    assert (home.files(), home.tested()) == ({}, [])


def test_what_somebody_else_writes_meanwhile_stays(home: Home) -> None:
    home.has(MINE)
    at = home.terminal("setup", "--route", PHONE)
    at.await_words("[Y/n]", PATIENCE_S)
    home.has(MINE + "# and I\n")
    at.type("y\n")
    assert at.end(PATIENCE_S) == Exit.NOT_WELL
    assert "was changed by somebody else meanwhile" in at.said
    assert home.files() == {".config/selfheal/config.toml": f"{MINE}# and I\n".encode()}


def test_every_other_kind_can_be_asked_for(home: Home) -> None:
    at = home.terminal("setup", "--dry-run")
    talk(
        at,
        ("skip", "telegram"),
        ("[telegram-alerts]", ""),
        ("token", "123456:hush"),
        ("number", "-100"),
        IN_FILE,
    )
    talk(
        at,
        ("skip", "discord-bot"),
        ("[discord-health]", ""),
        ("token", "hush-bot"),
        ("number", "1468"),
        IN_FILE,
    )
    more = ("[y/N]", "y")
    talk(
        at,
        more,
        ("skip", "apprise"),
        ("[apprise]", ""),
        ("Apprise's URL", "json://localhost/hush"),
        IN_CONFIG,
    )
    talk(
        at,
        more,
        ("skip", "webhook"),
        ("[webhook]", ""),
        ("called", "https://e.com/hush"),
        ("signed", ""),
        IN_FILE,
    )
    talk(at, more, ("skip", "desktop"), ("[desktop]", ""), NO_MORE)
    assert at.end(PATIENCE_S) == Exit.DONE
    for line in (
        'token_file = "~/.config/selfheal/telegram-alerts-token"',
        'chat = "-100"',
        'token_file = "~/.config/selfheal/discord-health-token"',
        'channel = "1468"',
        'url = "(hidden)"',
        'url_file = "~/.config/selfheal/webhook-url"',
        'secret_file = "~/.config/selfheal/webhook-secret"',
        "[routes.desktop]",
    ):
        assert line in at.said
    assert home.files() == {}
    assert hides(home, at.said)


@pytest.mark.parametrize("lang", ["en_US.UTF-8", "ko_KR.UTF-8"])
def test_what_only_a_person_can_change_is_shown_and_left_alone(home: Home, lang: str) -> None:
    text = "routes.duty.kind = 'desktop'\nroutes.duty.severity = 'info'\n"
    home.has(text)
    ran = home.run(
        "--yes", "--replace", "--secrets", "config", "--route", "duty=ntfy:topic=hush-topic", LANG=lang
    )
    assert (ran.returncode, home.config.read_text("utf-8")) == (Exit.NOT_WELL, text)
    assert "routes.duty" in ran.stderr
    assert 'kind = "ntfy"' in ran.stderr
    assert hides(home, ran.stdout, ran.stderr)
