"""A person answers where they read the alert: the installed program, a resident and its own processes, with
Telegram and Discord behind TLS on loopback.
"""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.acceptance.host import LIMIT_S, QUICK, Host
from tests.acceptance.test_told import breaks
from tests.doubles.service_bench import eventually
from tests.notify.chats import CHANNEL, CHAT, DiscordChannel, TelegramChat
from tests.notify.proxy import proxy_to
from tests.notify.standin import Authority, Reply, StandIn, standing_in
from tests.runtime.homes import Home

from selfheal.app.listen import LEAVE_S

TOKEN = "1234567890:AAE-token_of_selfheal_0123456789ab"
TELEGRAM = f'[routes.phone]\nkind = "telegram"\ntoken = "{TOKEN}"\nchat = "{CHAT}"\n'
DISCORD = f'[routes.desk]\nkind = "discord-bot"\ntoken = "hush"\nchannel = "{CHANNEL}"\n'
SETTINGS = QUICK.replace("[restart]\n", "[restart]\nlast_wait_s = 1\n")
HELD_S = 3.0
"""So long the service holds a poll: a press comes at once all the same."""


@dataclass
class AnsweringHome(Home):
    """Reaches every service through a proxy that leads to the stand-in."""

    more: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | self.more


@contextmanager
def answering(folder: Path, service: StandIn, authority: Authority) -> Iterator[Host]:
    with proxy_to(service.port) as proxy:
        more = {"HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": str(authority.bundle), "NO_PROXY": "127.0.0.1"}
        host = Host(AnsweringHome(folder / "home", more=more))
        try:
            yield host
        finally:
            for pid in listeners(host):
                os.kill(pid, signal.SIGKILL)
            host.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[StandIn, Authority]]:
    authority = Authority(tmp_path)
    with standing_in(authority.server_context(), Reply()) as made:
        yield made, authority


@pytest.fixture
def host(tmp_path: Path, service: tuple[StandIn, Authority]) -> Iterator[Host]:
    with answering(tmp_path, *service) as made:
        yield made


@pytest.fixture
def chat(service: tuple[StandIn, Authority]) -> TelegramChat:
    made = TelegramChat(poll_s=HELD_S)
    service[0].answers = made
    return made


def listeners(host: Host) -> list[int]:
    """The pids of the listening processes of this home."""
    config = str(host.home.config)
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        words = process.info["cmdline"] or []
        if config in words and "listen" in words:
            found.append(process.info["pid"])
    return found


def letters(chat: TelegramChat) -> list[int]:
    """Without the files that follow them."""
    return [number for number, shown in chat.shown.items() if "text" in shown]


def acknowledged(host: Host) -> dict[str, Any]:
    known: dict[str, Any] = (host.status().get("incident") or {}).get("acknowledged") or {}
    return known


def test_a_press_is_in_the_status_and_the_listener_ends(host: Host, chat: TelegramChat) -> None:
    host.home.configure(SETTINGS + TELEGRAM)
    host.resident()
    breaks(host)
    eventually(lambda: chat.shown and chat.polls, LIMIT_S)
    (number,) = letters(chat)
    chat.press(number, 1)
    known = eventually(lambda: acknowledged(host), LIMIT_S)
    incident = host.status()["incident"]["id"]
    assert (known["by"], known["left_s"] > 3600) == ("phone: @kim", True)
    eventually(lambda: not chat.buttons(number), LIMIT_S)
    assert chat.shown[number]["text"].endswith(f"✅ #{incident} acknowledged for 4h by @kim: no reminders.")
    host.noted("acknowledged")
    assert "acknowledged" in host.call("status").stdout
    assert "(phone: @kim)" in host.call("incidents", "show", str(incident)).stdout
    eventually(lambda: not listeners(host), LIMIT_S)


@pytest.mark.parametrize("killed", [True, False])
def test_a_listener_and_a_resident_that_are_dead_lose_no_press(
    host: Host, chat: TelegramChat, killed: bool
) -> None:
    """One that is not killed with its resident ends with it all the same."""
    host.home.configure(SETTINGS + TELEGRAM)
    resident = host.resident()
    breaks(host)
    eventually(lambda: chat.shown and chat.polls, LIMIT_S)
    (pid,) = eventually(lambda: listeners(host), LIMIT_S)
    if killed:
        os.kill(pid, signal.SIGKILL)
    resident.kill()
    resident.wait()
    eventually(lambda: not listeners(host), LEAVE_S)
    chat.press(next(iter(chat.shown)))
    host.resident()
    known = eventually(lambda: acknowledged(host), LIMIT_S)
    assert known["by"] == "phone: @kim"
    assert host.reasons().count("acknowledged") == 1


def test_the_gateways_own_bot_is_told_through_and_never_polled(host: Host, chat: TelegramChat) -> None:
    host.home.configure(SETTINGS + TELEGRAM)
    config = host.home.path / ".openclaw" / "openclaw.json"
    channels = {"telegram": {"botToken": TOKEN}}
    config.write_text(json.dumps(json.loads(config.read_text()) | {"channels": channels}))
    host.resident()
    pid = host.well()
    config.write_text(json.dumps({"channels": channels})[:-1])
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: chat.shown, LIMIT_S)
    assert "no buttons" in host.call("notify", "list").stdout
    assert host.call("listen").stdout == '{"again_s": null, "why": []}\n'
    assert (chat.polls, [chat.buttons(number) for number in letters(chat)]) == (0, [[]])


def test_a_bot_that_somebody_else_reads_is_left_to_them_and_that_is_said(
    host: Host, chat: TelegramChat
) -> None:
    chat.status = 409
    host.home.configure(SETTINGS + TELEGRAM)
    host.resident()
    breaks(host)
    host.said("cannot hear what is answered: cannot hear phone: another program reads this bot's messages")
    host.call("listen")
    assert chat.polls == 1


def test_a_reaction_on_discord(host: Host, service: tuple[StandIn, Authority]) -> None:
    channel = DiscordChannel()
    service[0].answers = channel
    host.home.configure(SETTINGS + DISCORD)
    host.resident()
    breaks(host)
    eventually(lambda: len(channel.reactions) == 2, LIMIT_S)
    channel.react("40", "✅")
    known = eventually(lambda: acknowledged(host), LIMIT_S)
    assert (known["by"], known["left_s"]) == ("desk: kim", None)
