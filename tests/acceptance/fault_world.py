"""One real gateway under `selfheal run`, with the document's times shortened, and what a test does to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.acceptance.real import (
    SOON_S,
    House,
    Resident,
    await_that,
    small_environment,
    supervised,
    user_config,
)

from selfheal.core.alert import Notify
from selfheal.core.reasons import Reason
from selfheal.gateway.sandbox import Sandbox, prepare_sandbox
from selfheal.gateway.sandbox_install import Installation
from selfheal.gateway.sandbox_programs import SYSTEM_PATH
from selfheal.texts.alert import TIME_FORMAT, alert
from selfheal.texts.language import Language

UNCLEAN_WINDOW_S = 30
SETTINGS = f"""
[selfheal]
log_format = "json"
[watchdog]
sweep_interval_s = 10
[healthcheck]
heartbeat_interval_s = 3
heartbeat_timeout_s = 2.5
heartbeat_retry_s = 1
full_check_interval_s = 8
deep_check_interval_s = 12
[restart]
restart_gap_s = 1
last_wait_s = 5
retry_after_escalation_s = 5
stability_window_s = 4
[startup]
startup_probe_s = 0.5
[stop]
hang_term_grace_s = 2
[limits]
unclean_window_s = {UNCLEAN_WINDOW_S}
restarts_per_hour_max = 100
recheck_hold_s = 1
settle_after_resume_s = 2
"""
"""The document's times, shortened. Two unclean starts within the window stay the limit."""

BLOCKER = """\
// Blocks the gateway's event loop for as many milliseconds as the file says, once; or, while the other file
// is there, each gateway a moment after it has first said that it is ready.
const { isMainThread } = require("node:worker_threads");
const fs = require("node:fs");
const http = require("node:http");
const order = process.env.BLOCK_ORDER;
const always = order + ".always";
if (isMainThread && order) {
  let ready = Infinity;
  const emit = http.Server.prototype.emit;
  http.Server.prototype.emit = function (event, request, answer, ...rest) {
    if (event === "request" && request.url.startsWith("/readyz"))
      answer.once("finish", () => { if (answer.statusCode === 200) ready = Math.min(ready, Date.now()); });
    return emit.call(this, event, request, answer, ...rest);
  };
  setInterval(() => {
    if (process.title !== "openclaw-gateway") return;
    while (fs.existsSync(always) && Date.now() > ready + 500);
    if (!fs.existsSync(order)) return;
    const end = Date.now() + Number(fs.readFileSync(order, "utf8"));
    fs.unlinkSync(order);
    while (Date.now() < end);
  }, 100).unref();
}
"""


@dataclass(frozen=True)
class World:
    house: House
    resident: Resident
    sandbox: Sandbox

    @property
    def block_order(self) -> Path:
        return self.house.home / "block-order"

    def block(self, duration_ms: int) -> None:
        """Whole or not at all: the gateway looks at it ten times a second."""
        fresh = self.block_order.with_suffix(".new")
        fresh.write_text(str(duration_ms), "ascii")
        fresh.replace(self.block_order)
        await_that("the gateway takes the order", lambda: not self.block_order.exists(), SOON_S)

    @contextmanager
    def blocked_at_each_start(self) -> Iterator[None]:
        """From now on, also the gateway that runs."""
        always = self.block_order.with_name(f"{self.block_order.name}.always")
        always.touch()
        try:
            yield
        finally:
            always.unlink()

    def starts(self) -> int:
        """How often a start was ordered, in all."""
        return len([line for line in self.resident.decided() if line.get("reason") == Reason.START])

    def alert_part(self, notify: Notify, language: Language) -> str:
        """What a person is told, from the line after the time on."""
        time = datetime.now().astimezone()
        return alert(notify, time, language).split(time.strftime(TIME_FORMAT), 1)[1]


@contextmanager
def made_world(root: Path, installation: Installation) -> Iterator[World]:
    sandbox = prepare_sandbox(root, installation)
    house = House(sandbox.home, small_environment(sandbox.home, SYSTEM_PATH, root / "unused"))
    blocker = sandbox.home / "blocker.cjs"
    blocker.write_text(BLOCKER, "utf-8")
    env = {"NODE_OPTIONS": f"--require={blocker}", "BLOCK_ORDER": str(house.home / "block-order")}
    config = house.home / ".config" / "selfheal" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(user_config(sandbox, SETTINGS, env), "utf-8")
    config.chmod(0o600)
    with supervised(house, root / "resident.log") as resident:
        world = World(house, resident, sandbox)
        house.await_well()
        yield world
