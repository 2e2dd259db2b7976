"""Debian's monit and supervisor: the installed ones, else the packages themselves, unpacked into a folder.

Unpacked and not installed: an installation would start daemons of theirs on the host.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PYTHON = "/usr/bin/python3"
LIMIT_S = 300.0


class NotAvailableError(Exception):
    """Why a contender cannot take part."""


@dataclass(frozen=True, slots=True)
class Tool:
    command: tuple[str, ...]
    environment: dict[str, str]
    version: str


def monit(cache: Path) -> Tool:
    found = shutil.which("monit") or str(_unpacked(cache, "monit") / "usr/bin/monit")
    return Tool((found,), {}, _version((found, "--version"), {}))


def supervisor(cache: Path) -> Tool:
    found = shutil.which("supervisord")
    if found:
        return Tool((found,), {}, _version((found, "--version"), {}))
    root = _unpacked(cache, "supervisor", "python3-pkg-resources")
    command = (PYTHON, str(root / "usr/bin/supervisord"))
    environment = {"PYTHONPATH": str(root / "usr/lib/python3/dist-packages")}
    return Tool(command, environment, _version((*command, "--version"), environment))


def _unpacked(cache: Path, *packages: str) -> Path:
    root = cache / "debian" / packages[0]
    if root.exists():
        return root
    if not Path("/etc/debian_version").exists() or shutil.which("apt-get") is None:
        raise NotAvailableError("not installed, and this is no Debian")
    staging = root.with_name(f".{root.name}-{os.getpid()}")
    staging.mkdir(parents=True)
    try:
        _fetch(staging, packages)
        for archive in staging.glob("*.deb"):
            _run(("dpkg-deb", "-x", str(archive), str(staging / "root")), staging)
        (staging / "root").rename(root)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return root


def _fetch(folder: Path, packages: tuple[str, ...]) -> None:
    fetch = ("apt-get", "--quiet", "download", *packages)
    try:
        _run(fetch, folder)
    except NotAvailableError:
        if os.geteuid() != 0:
            raise
        _run(("apt-get", "--quiet", "update"), folder)
        _run(fetch, folder)


def _run(command: tuple[str, ...], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotAvailableError(f"not installed; {command[0]} failed") from error
    if done.returncode != 0:
        raise NotAvailableError(f"not installed; {command[0]} {command[-1]} failed")


def _version(command: tuple[str, ...], environment: dict[str, str]) -> str:
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NotAvailableError(f"{Path(command[-2]).name} does not run here") from error
    return done.stdout.splitlines()[0].removeprefix("This is Monit version ").strip()
