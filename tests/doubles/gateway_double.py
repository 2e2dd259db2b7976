"""A gateway's double: OpenClaw's contract with its supervisor, without Node.js, in a tenth of a second.

    gateway_double.py gateway run [--port N]

It finds its place as OpenClaw does (HOME, OPENCLAW_STATE_DIR, OPENCLAW_CONFIG_PATH, OPENCLAW_GATEWAY_PORT)
and behaves as 2026.9.6 does: lock file with the kernel's start time, process title, start-up phases, the four
probes with the real bodies, drain, boot table with the crash-loop breaker, real texts and exit codes.

How it misbehaves stands in `$OPENCLAW_DOUBLE` (JSON), or later in the file `double.json` in the state folder,
which is read for each request and signal:

  start_s, sidecars_s   before it listens; from then until it is started
  drain_s, linger_s     after SIGTERM: still listening; then with the port closed
  mode                  "", "hang" (accepts, never answers), "foreign" (200 to everything), "degraded",
                        "broken_root" (500 at `/`), "no_page" (404 at `/`: the control UI was turned off)
  failing               names for /readyz in mode "degraded"
  exit_after_s, exit_code   ends by itself after it was ready
  parked                SIGUSR2 ends in the parked state
  titled                false: the process keeps its own title
"""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import socket
import sqlite3
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

TITLE = b"openclaw-gateway"
NOT_FOR_US = "//#!openclaw\n%"  # it reads on after this, as no reader of ours does
VERSION = "2026.9.6"
CONFIG_ERROR = 78
UNCLEAN_MAX = 3
UNCLEAN_WINDOW_MS = 300_000
PR_SET_NAME = 15
PAGE = b'<!doctype html>\n<html data-openclaw-control-ui-base-path="" lang="en"></html>\n'
JSON_TYPE = "application/json; charset=utf-8"
REASONS = {
    200: "OK",
    404: "Not Found",
    405: "Method Not Allowed",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

SCHEMA = """
CREATE TABLE IF NOT EXISTS gateway_boot_lifecycle (
  boot_id TEXT NOT NULL PRIMARY KEY, pid INTEGER NOT NULL, started_at_ms INTEGER NOT NULL,
  completed_at_ms INTEGER, outcome TEXT, startup_reason TEXT, reason TEXT
) STRICT
"""
COUNT_UNCLEAN = """
SELECT count(*) FROM gateway_boot_lifecycle
 WHERE (completed_at_ms IS NULL AND started_at_ms >= ?1)
    OR (outcome = 'startup_failed' AND completed_at_ms >= ?1)
"""


@dataclass(slots=True)
class Place:
    state_dir: Path
    config_path: Path
    port: int
    page: bool = True

    @property
    def lock(self) -> Path:
        return self.state_dir / "tmp" / f"openclaw-{os.getuid()}" / "gateway.state.lock"


@dataclass(slots=True)
class Double:
    place: Place
    born: float = field(default_factory=time.monotonic)
    phase: str = "starting"  # started, draining
    suppressed: tuple[str, ...] = ()
    boot_id: str = ""
    ending: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)
    exit_code: int = 0
    servers: list[asyncio.Server] = field(default_factory=list)
    lock_file: Any = None

    def wish(self, name: str, default: Any = None) -> Any:
        wishes = json.loads(os.environ.get("OPENCLAW_DOUBLE", "{}"))
        with contextlib.suppress(OSError, ValueError):
            wishes |= json.loads((self.place.state_dir / "double.json").read_text())
        return wishes.get(name, default)

    def uptime_ms(self) -> int:
        return int((time.monotonic() - self.born) * 1000)


def say(text: str) -> None:
    print(f"{time.strftime('%Y-%m-%dT%H:%M:%S')}.000+00:00 [gateway] {text}", flush=True)  # noqa: T201


def fail(text: str, code: int) -> NoReturn:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
    raise SystemExit(code)


def find_place(arguments: list[str]) -> Place:
    home = Path(os.environ["HOME"])
    state_dir = Path(os.environ.get("OPENCLAW_STATE_DIR") or home / ".openclaw").resolve()
    config_path = Path(os.environ.get("OPENCLAW_CONFIG_PATH") or state_dir / "openclaw.json")
    config = read_config(config_path)
    port = int(os.environ.get("OPENCLAW_GATEWAY_PORT") or config["gateway"].get("port", 18789))
    if "--port" in arguments:
        port = int(arguments[arguments.index("--port") + 1])
    page = config["gateway"].get("controlUi", {}).get("enabled", True)
    return Place(state_dir, config_path, port, page)


def read_config(path: Path) -> dict[str, Any]:
    """A syntax error is reported as a missing mode, as OpenClaw does it."""
    if not path.exists():
        fail(
            "Missing config. Run `openclaw setup` or set gateway.mode=local (or pass --allow-unconfigured).",
            CONFIG_ERROR,
        )
    try:
        config = json.loads(path.read_text("utf-8").removeprefix(NOT_FOR_US))
    except (OSError, ValueError):
        config = {}
    if isinstance(config, dict) and "$include" in config.get("gateway", {}):
        config["gateway"] = json.loads((path.parent / config["gateway"]["$include"]).read_text("utf-8"))
    if not isinstance(config, dict) or config.get("gateway", {}).get("mode") is None:
        fail(
            "Gateway start blocked: existing config is missing gateway.mode. Treat this as suspicious or"
            " clobbered config. Re-run `openclaw onboard --mode local` or `openclaw setup`, set"
            " gateway.mode=local manually, or pass --allow-unconfigured.",
            CONFIG_ERROR,
        )
    unknown = set(config) - {
        "gateway",
        "agents",
        "channels",
        "discovery",
        "logging",
        "models",
        "update",
        "meta",
    }
    if unknown:
        fail(
            f"Gateway failed to start: Invalid config at {path}:\n"
            f'- <root>: Unrecognized key: "{min(unknown)}"',
            CONFIG_ERROR,
        )
    return config


def wear_title() -> None:
    """As libuv does it: the kernel's name of the process, and the argv that everybody reads."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_NAME, TITLE, 0, 0, 0)
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, TITLE, min(len(TITLE), end - start - 1))


def start_time(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return None


def take_lock(place: Place) -> Any:
    """The live owner of the lock refuses us; a stale lock is taken over."""
    place.lock.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError, ValueError):
        holder, _ = json.JSONDecoder().raw_decode(place.lock.read_text())
        if holder["pid"] != os.getpid() and start_time(holder["pid"]) == holder["startTime"]:
            fail(
                f"Gateway failed to start: Another gateway (pid {holder['pid']}) already owns this state"
                " directory; refusing to run automatic startup migrations or report the gateway ready.",
                CONFIG_ERROR,
            )
    payload = {
        "pid": os.getpid(),
        "ownerId": str(uuid.uuid4()),
        "createdAt": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "configPath": str(place.config_path),
        "stateDir": str(place.state_dir),
        "port": place.port,
        "startTime": start_time(os.getpid()),
    }
    file = place.lock.open("w")
    file.write(json.dumps(payload, indent=2) + "\n" + "\t  \t " * 40)
    file.flush()
    return file


def database(place: Place) -> sqlite3.Connection:
    path = place.state_dir / "state" / "openclaw.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute(SCHEMA)
    return connection


def begin_boot(double: Double) -> None:
    now_ms = int(time.time() * 1000)
    with contextlib.closing(database(double.place)) as connection:
        unclean = connection.execute(COUNT_UNCLEAN, (now_ms - UNCLEAN_WINDOW_MS,)).fetchone()[0]
        if unclean >= UNCLEAN_MAX:
            double.suppressed = ("telegram",)
            say(
                f"gateway restart-loop breaker tripped: {unclean} unclean boot(s)"
                f" within {UNCLEAN_WINDOW_MS}ms; suppressing channel/provider account auto-start."
            )
        double.boot_id = str(uuid.uuid4())
        row = (double.boot_id, os.getpid(), now_ms)
        connection.execute(
            "INSERT INTO gateway_boot_lifecycle (boot_id, pid, started_at_ms) VALUES (?, ?, ?)", row
        )


def complete_boot(double: Double, outcome: str, reason: str) -> None:
    with contextlib.closing(database(double.place)) as connection:
        connection.execute(
            "UPDATE gateway_boot_lifecycle SET completed_at_ms = ?, outcome = ?, reason = ?"
            " WHERE boot_id = ?",
            (int(time.time() * 1000), outcome, reason, double.boot_id),
        )


def answer(double: Double, path: str) -> tuple[int, str, bytes]:
    mode = double.wish("mode", "")
    if mode == "foreign":
        return 200, "text/html", b"<html>It works!</html>"
    if path == "/" and mode != "no_page" and double.place.page:
        return (500, "text/plain", b"") if mode == "broken_root" else (200, "text/html; charset=utf-8", PAGE)
    body: dict[str, Any]
    if path in ("/health", "/healthz"):
        return 200, JSON_TYPE, b'{"ok":true,"status":"live"}'
    if path == "/startupz":
        body = {"ok": double.phase == "started", "status": double.phase, "version": VERSION}
        body |= {"uptimeMs": double.uptime_ms()}
        body |= {"pendingReason": "startup-sidecars"} if double.phase == "starting" else {}
        return (200 if double.phase == "started" else 503), JSON_TYPE, compact(body)
    if path == "/readyz":
        failing = readiness(double, mode)
        body = {"ready": not failing, "failing": failing}
        body |= {"suppressed": list(double.suppressed)} if double.suppressed and not failing else {}
        return (503 if failing else 200), JSON_TYPE, compact(body | {"uptimeMs": double.uptime_ms()})
    return 404, "text/plain", b"Not Found"


def readiness(double: Double, mode: str) -> list[str]:
    if double.phase == "starting":
        return ["startup-sidecars"]
    if double.phase == "draining":
        return ["gateway-draining"]
    return list(double.wish("failing", ["telegram"])) if mode == "degraded" else []


def compact(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


async def serve_one(double: Double, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        if await reader.readexactly(1) != b"G":  # TLS, say: Node.js does not wait for more
            writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            writer.close()
            return
        head = b"G" + await reader.readuntil(b"\r\n\r\n")
        if double.wish("mode", "") == "hang":
            await double.done.wait()
        status, kind, body = answer(double, head.split()[1].decode())
        lines = (
            f"HTTP/1.1 {status} {REASONS[status]}",
            f"Content-Type: {kind}",
            f"Content-Length: {len(body)}",
        )
        writer.write(("\r\n".join(lines) + "\r\nConnection: close\r\n\r\n").encode() + body)
        await writer.drain()
    writer.close()


def listen(double: Double) -> list[socket.socket]:
    sockets = []
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, double.place.port))
        except OSError:
            if family == socket.AF_INET6:
                continue
            text = f"another gateway instance is already listening on ws://127.0.0.1:{double.place.port}"
            complete_boot(double, "startup_failed", f"{text} | listen EADDRINUSE: address already in use")
            double.place.lock.unlink(missing_ok=True)
            fail(f"Gateway failed to start: {text}", 1)
        sockets.append(listener)
    return sockets


async def stop(double: Double, outcome: str, reason: str) -> None:
    """Drain, close, linger, end; a second request changes nothing."""
    if double.ending:
        say("received signal during shutdown; ignoring")
        return
    double.ending = True
    double.phase = "draining"
    await asyncio.sleep(double.wish("drain_s", 0.0))
    close_port(double)
    await asyncio.sleep(double.wish("linger_s", 0.0))
    complete_boot(double, outcome, reason)
    double.place.lock.unlink(missing_ok=True)
    double.done.set()


def close_port(double: Double) -> None:
    for server in double.servers:
        server.close()


async def restart(double: Double) -> None:
    """SIGUSR2: a clean end with a request to be started again, or the parked state after a failed restart."""
    if not double.wish("parked", default=False):
        await stop(double, "planned_restart", "restart (SIGUSR2)")
        return
    close_port(double)
    complete_boot(double, "planned_restart", "restart (SIGUSR2)")
    double.lock_file.close()
    double.place.lock.unlink(missing_ok=True)
    say("gateway startup failed: Invalid config. Process will stay alive; fix the issue and restart.")


async def live(double: Double) -> int:
    loop = asyncio.get_running_loop()
    tasks = set[asyncio.Task[None]]()

    def order(signum: signal.Signals) -> None:
        restarts = signum is signal.SIGUSR2
        work = restart(double) if restarts else stop(double, "clean_stop", f"stop ({signum.name})")
        tasks.add(loop.create_task(work))

    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2):
        loop.add_signal_handler(signum, order, signum)
    await asyncio.sleep(double.wish("start_s", 0.0))
    sockets = listen(double)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve_one(double, reader, writer)

    double.servers = [await asyncio.start_server(serve, sock=one) for one in sockets]
    say("http server listening (0 plugins; 0.1s)")
    await asyncio.sleep(double.wish("sidecars_s", 0.0))
    if not double.ending:
        double.phase = "started"
        say("ready")
    if double.wish("exit_after_s") is not None:
        await asyncio.sleep(double.wish("exit_after_s"))
        os._exit(double.wish("exit_code", 1))
    await double.done.wait()
    return double.exit_code


def main() -> int:
    arguments = sys.argv[1:]
    if arguments[:2] != ["gateway", "run"]:
        fail(f"error: unknown command {arguments[:1]}", 1)
    say("loading configuration…")
    double = Double(find_place(arguments))
    if double.wish("titled", default=True):
        wear_title()
    say("starting...")
    double.lock_file = take_lock(double.place)
    state = database(double.place)  # held open, as the gateway does
    begin_boot(double)
    code = asyncio.run(live(double))
    state.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
