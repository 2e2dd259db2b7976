"""Secrets of many kinds, planted wherever a host keeps them, reach nothing that selfheal says or keeps.

The installed program, a gateway that prints its secrets and fails, and every route's unmodified client: each
body as it arrived, each command's output, each file of ours.
"""

import base64
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.acceptance.host import QUICK, Host, kill
from tests.doubles.service_bench import eventually
from tests.notify.mailbox import PASSWORD, USER
from tests.notify.proxy import Proxy
from tests.notify.standin import Authority
from tests.notify.world import MARKED, UNMARKED, Fate, Letters, Services, said_in, settings_for
from tests.runtime import noisy_gateway
from tests.runtime.homes import Home
from tests.texts.planted import Planted, planted

LIMIT_S = 90.0
ROUTES = (*MARKED, *UNMARKED)
COMMAND = (sys.executable, noisy_gateway.__file__, "gateway", "run")
TARGETS = "[targets.main]\ncommand = {command}\n"
IN_CONFIG, IN_ENVIRONMENT, IN_LOGS, IN_WORDS = (planted(seed) for seed in (1, 2, 3, 4))
OURS = {"token of a bot": "discord-bot-token", "token in a URL": "webhook-token", "password": PASSWORD}
LAST = (
    "password, Korean",
    "password, of curl",
    "password, of an option",
    "cookie",
    "netrc",
    "Telegram, in a URL",
    "Discord, webhook",
    "e-mail, app password",
    "Google, OAuth",
)
"""Kinds that a failing start says last: of its other words the journal keeps nothing."""
ASKED = (
    ("status",),
    ("status", "--json"),
    ("logs",),
    ("logs", "--json"),
    ("incidents",),
    ("incidents", "--json"),
    ("incidents", "show", "1"),
    ("incidents", "show", "1", "--json"),
    ("replay", "1"),
    ("replay", "1", "--json"),
    ("config", "show"),
    ("config", "check"),
    ("notify",),
    ("notify", "test"),
    ("monitor",),
    ("check",),
    ("deliver",),
)


@dataclass
class SecretHome(Home):
    """Its environment is full of secrets, and leads every name to the stand-ins."""

    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        secrets = {
            f"SERVICE_{number}_SECRET": one.secret for number, one in enumerate(IN_ENVIRONMENT.values())
        }
        return super().environ | secrets | self.extra

    def configure_gateway(self) -> None:
        providers = {f"p{number}": {"apiKey": one.secret} for number, one in enumerate(IN_CONFIG.values())}
        gateway = {"mode": "local", "port": self.port}
        text = json.dumps({"gateway": gateway, "models": {"providers": providers}})
        (self.path / ".openclaw" / "openclaw.json").write_text(text, encoding="utf-8")


@dataclass
class Town:
    host: Host
    services: Services
    letters: Letters
    fate: Fate

    @property
    def memory(self) -> Path:
        return self.host.home.path / "openclaw" / "memory"

    def told(self, times: int) -> bool:
        return all(len(self.fate.record.shown[route]) >= times for route in ROUTES)


@pytest.fixture(params=[("en", "text"), ("ko", "json")], ids=["en", "ko"])
def town(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    (tmp_path / "ca").mkdir()
    authority, fate = Authority(tmp_path / "ca"), Fate()
    services, letters = Services(authority, fate), Letters(authority, fate, 1.0)
    proxy = Proxy(services.port)
    bundle = str(authority.bundle)
    trust = {"SSL_CERT_FILE": bundle, "REQUESTS_CA_BUNDLE": bundle}
    home = SecretHome(
        tmp_path / "home",
        extra={"HTTPS_PROXY": proxy.url, "NO_PROXY": "localhost,127.0.0.1", **trust},
    )
    language, form_of_log = request.param
    routes = settings_for(services.port, letters.port, USER, PASSWORD, language)
    form = f'state_dir = "{home.state}"\nlog_format = "{form_of_log}"\n'
    quick = QUICK.replace("[restart]\n", "[restart]\nlast_wait_s = 1\n")
    target = TARGETS.format(command=json.dumps(COMMAND))
    home.config.write_text(routes.replace("[selfheal]\n", f"[selfheal]\n{form}") + target + quick)
    made = Town(Host(home), services, letters, fate)
    plant(made)
    yield made
    made.host.close()
    services.close()
    letters.close()
    proxy.close()


def plant(town: Town) -> None:
    home = town.host.home.path
    words = sorted(IN_WORDS.items(), key=lambda one: one[0] not in LAST)
    (home / noisy_gateway.WORDS).write_text("".join(f"{one.text}\0" for _, one in words))
    lines = "".join(f"[2026-02-05 20:00:00] {one.text}\n" for one in IN_LOGS.values())
    (home / ".openclaw" / ".env").write_text("OPENCLAW_GATEWAY_TOKEN=of-the-dotenv-file-9\n")
    (home / ".openclaw" / "logs").mkdir()
    (home / ".openclaw" / "logs" / "gateway.err.log").write_text(lines)
    town.memory.mkdir(parents=True)
    for name in ("emergency-recovery-1.log", "claude-session-1.log", "emergency-recovery-report-1.md"):
        (town.memory / name).write_text(f"=== MANUAL INTERVENTION REQUIRED ===\n{lines}")


def live_through_an_outage(town: Town) -> dict[str, str]:
    """And what is printed meanwhile, by command."""
    host = town.host
    host.resident()
    pid = host.well()
    printed = {"monitor": out(host, ("monitor",))}
    eventually(lambda: town.told(1), LIMIT_S)
    (host.home.path / noisy_gateway.BROKEN).touch()
    kill(pid)
    eventually(lambda: "cannot go on" in out(host, ("logs",)), LIMIT_S)
    config = host.home.path / ".openclaw" / "openclaw.json"
    config.write_text(config.read_text()[:-3])  # so that nothing is left to try
    eventually(lambda: town.told(2), LIMIT_S)
    printed |= {f"ill: {' '.join(words)}": out(host, words) for words in (("status",), ("check",))}
    (host.home.path / noisy_gateway.BROKEN).unlink()
    host.home.configure_gateway()
    host.home.start_gateway()
    host.well()
    eventually(lambda: town.told(3), LIMIT_S)
    printed |= {" ".join(words): out(host, words) for words in ASKED}
    host.end(host.residents[0])
    return printed


def out(host: Host, words: tuple[str, ...]) -> str:
    done = host.call(*words)
    return done.stdout + done.stderr


def files_of_ours(town: Town) -> dict[str, str]:
    home = town.host.home
    hers = {"gateway-main.log"}  # the gateway's own words, as it prints them
    paths = [path for path in home.state.rglob("*") if path.is_file() and path.name not in hers]
    paths += [
        path for path in town.memory.iterdir() if not path.name.startswith(("emergency-rec", "claude-"))
    ]
    return {path.name: path.read_bytes().decode("utf-8", "replace") for path in [*paths, town.host.log]}


def bodies(town: Town) -> dict[str, str]:
    """As they arrived, and unpacked: what stands in JSON as text, and in base64 as a file."""
    found = {}
    for number, heard in enumerate(town.services.heard):
        name = f"{number} {heard.headers['host']}"
        found[name] = heard.body.decode("utf-8", "replace")
        with suppress(ValueError, KeyError):
            found[f"{name}, read"] = "\n".join(texts(said_in(heard)))
    for number, letter in enumerate(town.letters.letters):
        parts = [letter, *letter.walk()]
        read = [part.get_payload(decode=True) for part in parts if not part.is_multipart()]
        found[f"letter {number}"] = letter.as_string() + "\n".join(
            one.decode("utf-8", "replace") for one in read if isinstance(one, bytes)
        )
    return found


def texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
            with suppress(ValueError):
                yield base64.b64decode(value, validate=True).decode("utf-8", "replace")
        case dict():
            for item in value.values():
                yield from texts(item)
        case list():
            for item in value:
                yield from texts(item)


def forms(secret: str) -> set[str]:
    lines = [line for line in secret.splitlines() if len(line) >= 16]
    escaped = json.dumps(secret)[1:-1]
    coded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, quote(secret), quote(secret, safe=""), escaped, json.dumps(escaped)[1:-1], coded, *lines}


def leaks(said: Mapping[str, str], secrets: Mapping[str, Planted]) -> set[tuple[str, str]]:
    """Which kind where."""
    wanted = {kind: forms(one.secret) for kind, one in secrets.items()}
    return {
        (place, kind)
        for place, text in said.items()
        for kind, each in wanted.items()
        for form in each
        if form in text
    }


def test_no_planted_secret_is_said_or_kept(town: Town) -> None:
    printed = live_through_an_outage(town)
    everything = {**bodies(town), **printed, **files_of_ours(town)}
    assert {"selfheal.db", "watchdog.log", "resident.log"} <= set(everything)
    assert any("Level 1" in text for text in bodies(town).values())
    assert "cannot go on: " in everything["selfheal.db"], "the gateway's last words are kept"
    assert sum("[redacted: " in text for text in bodies(town).values()) > len(ROUTES), "the files came along"
    planted_in = {"config": IN_CONFIG, "environment": IN_ENVIRONMENT, "logs": IN_LOGS, "words": IN_WORDS}
    found = {where: leaks(everything, secrets) for where, secrets in planted_in.items()}
    found["ours"] = leaks(everything, {kind: Planted(one, one) for kind, one in OURS.items()})
    assert {where: sorted(one) for where, one in found.items() if one} == {}
