"""How systemctl is called: which manager, with which environment, never asking, never waiting without end."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from selfheal.ports.commands import Outcome
from selfheal.services import commands
from selfheal.services.systemd_status import PROPERTIES, UnitStatus, parse_show

LOOK_TIMEOUT_S = 5.0  # a look takes 10 ms; a manager that needs longer is itself in trouble
PASSED_ON = ("PATH", "HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
BOOTED = Path("/run/systemd/system")  # sd_booted(3): there exactly where systemd is the init
PRIVATE = "systemd/private"  # the socket of a user's manager, in that user's run-time directory
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class NoAnswerError(Exception):
    """systemd runs here and does not answer: what it owns is not known. Worth another try."""


@dataclass(frozen=True, slots=True)
class Systemctl:
    """`user`: the user's own manager instead of the host's. `prefix` is put before every command.

    `env` is the environment of the calling program, of which only PASSED_ON is used; the run-time directory
    of the user's manager is found where a cron job or an ssh command has lost it.
    """

    user: bool
    prefix: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    look_timeout_s: float = LOOK_TIMEOUT_S
    booted: Path = BOOTED

    async def runs(self) -> bool:
        """Whether there is such a manager at all. Behind a prefix it is there when it answers."""
        if self.prefix:
            return (await self.run("show", "--property=Version")).succeeded
        env = self._environment()
        if shutil.which("systemctl", path=env["PATH"]) is None:
            return False
        private = Path(env.get("XDG_RUNTIME_DIR", "/")) / PRIVATE
        return private.exists() if self.user else self.booted.is_dir()

    async def run(self, *words: str, timeout_s: float | None = None) -> Outcome:
        scope = "--user" if self.user else "--system"
        command = (*self.prefix, "systemctl", scope, "--no-pager", "--no-ask-password", *words)
        limit_s = self.look_timeout_s if timeout_s is None else timeout_s
        return await commands.run(command, env=self._environment(), timeout_s=limit_s)

    async def ask(self, *words: str) -> str:
        """The answer to a look. Raises NoAnswerError. A list of nothing may end with 1 and no word."""
        outcome = await self.run(*words)
        if outcome.succeeded or (outcome.exit_code == 1 and not outcome.stderr.strip()):
            return outcome.stdout
        raise NoAnswerError(outcome.why())

    async def show(self, units: Sequence[str]) -> tuple[UnitStatus, ...]:
        """Nothing when the manager cannot be asked."""
        if not units:
            return ()
        outcome = await self.run("show", f"--property={','.join(PROPERTIES)}", "--", *units)
        return parse_show(outcome.stdout) if outcome.succeeded else ()

    def _environment(self) -> dict[str, str]:
        env = {name: self.env[name] for name in PASSED_ON if name in self.env}
        env.setdefault("PATH", DEFAULT_PATH)
        env["LC_ALL"] = "C"
        run_dir = f"/run/user/{os.getuid()}"
        if self.user and "XDG_RUNTIME_DIR" not in env and Path(run_dir).is_dir():
            env["XDG_RUNTIME_DIR"] = run_dir
        return env
