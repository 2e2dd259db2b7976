"""A real systemd as PID 1 in namespaces of its own, booted in a second. Needs root and cgroup v2."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import psutil

T = TypeVar("T")

INIT = Path(__file__).with_name("systemd_box_init.sh")
CGROUPS = (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup"))
NEEDED = ("unshare", "nsenter", "mount", "pivot_root", "systemctl")
BOOT_S = 20.0
POLL_S = 0.01


def obstacle() -> str:
    """One word or two why no box can run here, "" when it can be tried."""
    if os.geteuid() != 0:
        return "not root"
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing or not Path("/lib/systemd/systemd").exists():
        return f"missing {', '.join(missing) or 'systemd'}"
    return "" if _cgroup_root() else "no writable cgroup v2"


def _cgroup_root() -> Path | None:
    for root in CGROUPS:
        if (root / "cgroup.procs").exists() and os.access(root, os.W_OK):
            return root
    return None


class BoxRefusedError(Exception):
    """The host does not let the box boot; its words are in the message."""


class SystemdBox:
    """`shared` are folders that are seen at the same paths inside. To be ended with `close`."""

    def __init__(self, *shared: Path) -> None:
        self._dir = Path(tempfile.mkdtemp(prefix="systemd-box-"))
        (self._dir / "t").mkdir()
        root = _cgroup_root()
        assert root is not None
        self._group = root / self._dir.name
        self._group.mkdir()
        self._outer = self._launch(shared)
        self.pid = 0
        try:
            self.pid = self._await_init()
            self._await_boot()
        except BaseException:
            self.close()
            raise

    @property
    def prefix(self) -> tuple[str, ...]:
        """Put before a command, it runs inside."""
        return ("nsenter", "-t", str(self.pid), "-a")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.prefix, *command], check=False, capture_output=True, text=True, timeout=20, env=_env()
        )

    def write_unit(self, unit: str, text: str, folder: str = "/etc/systemd/system") -> None:
        place = Path(f"/proc/{self.pid}/root{folder}")
        place.mkdir(parents=True, exist_ok=True)
        (place / unit).write_text(text, encoding="utf-8")

    def outer_pid(self, inner: int) -> int | None:
        """The pid on this host of a process that has `inner` inside."""
        for child in psutil.Process(self.pid).children(recursive=True):
            if _inner_pid(child.pid) == inner:
                return child.pid
        return None

    def close(self) -> None:
        """Kills PID 1, and with it everything inside."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
        else:
            self._outer.kill()
        self._outer.wait(10)
        _until(self._remove_groups, 5, "the box's cgroups stay")
        shutil.rmtree(self._dir)

    def _launch(self, shared: Sequence[Path]) -> subprocess.Popen[bytes]:
        join = f"echo $$ >{self._group}/cgroup.procs && exec unshare --mount --pid --fork --kill-child"
        line = f"{join} --uts --ipc --net --cgroup bash {INIT} {self._dir}"
        with (self._dir / "console").open("wb") as console:
            return subprocess.Popen(
                ["/bin/bash", "-c", line],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**_env(), "SHARED": ":".join(map(str, shared))},
            )

    def _await_init(self) -> int:
        def look() -> int:
            if self._outer.poll() is not None:
                raise BoxRefusedError((self._dir / "console").read_text(encoding="utf-8").strip()[-300:])
            children = psutil.Process(self._outer.pid).children()
            return next((c.pid for c in children if c.cmdline()[:1] == ["/lib/systemd/systemd"]), 0)

        return _until(look, BOOT_S, "systemd does not become PID 1")

    def _await_boot(self) -> None:
        def look() -> bool:
            if self._outer.poll() is not None:
                raise BoxRefusedError("systemd ended while booting")
            return self.run("systemctl", "is-system-running").stdout.strip() in {"running", "degraded"}

        _until(look, BOOT_S, "systemd does not finish booting")

    def _remove_groups(self) -> bool:
        for folder, _, _ in os.walk(self._group, topdown=False):
            try:
                Path(folder).rmdir()
            except OSError:
                return False
        return True


def _inner_pid(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next((int(line.split()[-1]) for line in status.splitlines() if line.startswith("NSpid:")), 0)


def _until(look: Callable[[], T], limit_s: float, complaint: str) -> T:
    deadline = time.monotonic() + limit_s
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise BoxRefusedError(complaint)
        time.sleep(POLL_S)
    return seen


def _env() -> dict[str, str]:
    return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
