"""A new user's home, the services that take a test message, and a dialogue with `selfheal setup`."""

import os
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.terminal import Terminal
from tests.notify.standin import Authority, Reply, StandIn

NAMES = ("discord.com", "ntfy.sh", "hooks.slack.com", "api.telegram.org")
TAKEN = Reply(body=b'{"id":"1470000000000000042","channel_id":"1468429321738911947"}')
SECRET = "hush"  # each secret of these tests begins so
PATIENCE_S = 60.0
AGAIN_S = 6.0  # a process that is about to end must not meet a second one
COLUMNS, ROWS = 120, 100


@dataclass(frozen=True)
class Home:
    folder: Path
    environ: Mapping[str, str]
    service: StandIn

    @property
    def config(self) -> Path:
        return self.folder / ".config/selfheal/config.toml"

    def has(self, text: str) -> None:
        """A config of the person's own."""
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text, encoding="utf-8")
        self.config.chmod(0o600)

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "selfheal", *args]

    def run(self, *args: str, before: Sequence[str] = (), **more: str) -> subprocess.CompletedProcess[str]:
        """Without a terminal."""
        return subprocess.run(
            [*before, *self.command("setup", *args)],
            env={**self.environ, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def terminal(self, *args: str, **more: str) -> Terminal:
        return Terminal(self.command(*args), {**self.environ, "TERM": "xterm", **more}, COLUMNS, ROWS)

    def files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }

    def mode(self, name: str) -> int:
        return stat.S_IMODE((self.config.parent / name).stat().st_mode)

    def tested(self) -> list[str]:
        """Where test messages came to."""
        return [f"{heard.headers['host']}{heard.path.partition('?')[0]}" for heard in self.service.heard]


def environ_of(folder: Path, authority: Authority, proxy: str) -> dict[str, str]:
    return {
        "HOME": str(folder),
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "HTTPS_PROXY": proxy,
        "SSL_CERT_FILE": str(authority.bundle),
    }


def talk(terminal: Terminal, *turns: tuple[str, str]) -> None:
    """Each: what is waited for, and what is typed then."""
    for words, answer in turns:
        terminal.await_words(words, PATIENCE_S)
        terminal.type(f"{answer}\n")


def broken_off(terminal: Terminal) -> int:
    """The exit code after Ctrl-C. Again, where it came between a prompt and the reading of its answer: Python
    then sees it only with the next key.
    """
    for _ in range(int(PATIENCE_S / AGAIN_S)):
        terminal.press_ctrl_c()
        try:
            return terminal.end(AGAIN_S)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(terminal.said)
