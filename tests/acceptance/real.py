"""The installed program and a real gateway in a home of their own, as a person has them on a machine."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from selfheal.gateway.sandbox import Sandbox, gateway_command, gateway_environment

SELFHEAL = Path(sys.executable).with_name("selfheal")
START_S = 180.0
"""A cold first start on a busy machine; an idle one takes 6 to 12 s."""
SOON_S = 120.0
END_S = 30.0
"""Ends of a wait, far beyond what even a busy machine needs: each wait ends with what is waited for."""
ANSWER_S = 30.0
POLL_S = 0.2
LOG_LINE = re.compile(r"\[\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\] \S.*")


@dataclass(frozen=True)
class House:
    """One person's home. `env` is all that the program sees."""

    home: Path
    env: Mapping[str, str]

    def call(self, *words: str, timeout_s: float = SOON_S) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SELFHEAL, *words],
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def status(self) -> dict[str, Any]:
        """The only target's part of `status --json`; empty while nothing has been kept yet."""
        answer = self.call("status", "--json")
        targets: list[dict[str, Any]] = json.loads(answer.stdout)["targets"] if answer.stdout else []
        assert len(targets) <= 1
        return targets[0] if targets else {}

    def incidents(self) -> list[dict[str, Any]]:
        """Newest first."""
        found: list[dict[str, Any]] = json.loads(self.call("incidents", "list", "--json").stdout)["incidents"]
        return found

    def timeline(self, incident: int) -> list[dict[str, Any]]:
        told = json.loads(self.call("incidents", "show", str(incident), "--json").stdout)
        moments: list[dict[str, Any]] = told["timeline"]
        return moments

    def reasons(self, incident: int) -> list[str]:
        return [moment["reason"] for moment in self.timeline(incident)]

    def await_status(
        self, what: str, is_so: Callable[[dict[str, Any]], bool], timeout_s: float = START_S
    ) -> dict[str, Any]:
        """Asks until it is so; the failure shows the last answer."""
        last: dict[str, Any] = {}

        def look() -> bool:
            nonlocal last
            last = self.status()
            return bool(last) and is_so(last)

        await_that(what, look, timeout_s, lambda: json.dumps(last, indent=1))
        return last

    def await_well(self, timeout_s: float = START_S) -> int:
        """Serving, nothing under repair. Returns the gateway's pid."""
        found = self.await_status("the gateway is well", lambda told: bool(told["well"]), timeout_s)
        pid: int = found["process"]["pid"]
        return pid

    def processes(self) -> list[psutil.Process]:
        """Everything on this machine that runs in this home; a zombie has none."""
        return [process for process in psutil.process_iter() if _home_of(process).is_relative_to(self.home)]

    def gateways(self) -> list[psutil.Process]:
        return [process for process in self.processes() if _first_word(process) == "openclaw-gateway"]

    def memory(self, pattern: str) -> str:
        """The text of the one file in the memory folder that matches, each line in the document's format."""
        (path,) = (self.home / "openclaw" / "memory").glob(pattern)
        text = path.read_text("utf-8")
        assert [line for line in text.splitlines() if not LOG_LINE.fullmatch(line)] == []
        return text


def await_that(
    what: str, is_so: Callable[[], bool], timeout_s: float, about: Callable[[], str] = lambda: ""
) -> None:
    end = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end, f"not within {timeout_s:g} s: {what}\n{about()}"
        time.sleep(POLL_S)


def serves(port: int) -> bool:
    """OpenClaw answers there, as the document asks for it and in its own words."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=ANSWER_S) as answer:
            root = answer.status
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=ANSWER_S) as answer:
            return root == 200 and json.loads(answer.read()).get("ok") is True
    except (OSError, ValueError):
        return False


def end_everything(house: House) -> None:
    """SIGKILL to each process of this home, by pid, until none is left."""

    def ended() -> bool:
        for process in house.processes():
            process.kill()
        return not house.processes()

    await_that("every process of this home has ended", ended, END_S)


def _home_of(process: psutil.Process) -> Path:
    """A sandbox's gateway has its home within the person's."""
    try:
        return Path(process.environ().get("HOME", "/"))
    except psutil.Error:
        return Path("/")


def _first_word(process: psutil.Process) -> str:
    try:
        return next(iter(process.cmdline()), "").split(" ")[0]
    except psutil.Error:
        return ""


@dataclass
class Resident:
    """`selfheal run`, and what it has said on standard error."""

    house: House
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self, *words: str) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [SELFHEAL, *words, "run"],
                env=self.house.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(END_S)

    def restart(self, *words: str) -> None:
        assert self.stop() == 0
        self.start(*words)

    def said(self) -> str:
        """What a person reads of it, where its log is written as JSON."""
        return "\n".join(document["message"] for document in self.decided())

    def decided(self) -> list[dict[str, Any]]:
        """What its log tells, where that is written as JSON; other lines are left out."""
        *lines, _unfinished = self.log.read_text("utf-8").split("\n")
        return [json.loads(line) for line in lines if line.startswith('{"time"')]

    def await_said(self, text: str, timeout_s: float = START_S) -> None:
        await_that(f"the resident says {text!r}", lambda: text in self.said(), timeout_s, self.said)


@contextmanager
def supervised(house: House, log: Path) -> Iterator[Resident]:
    resident = Resident(house, log)
    resident.start()
    try:
        yield resident
    finally:
        if resident.process.poll() is None:
            resident.process.kill()
        resident.process.wait()
        end_everything(house)


def assert_only_one_gateway(house: House, pid: int, resident: int | None) -> None:
    """It, its helpers and the resident; nobody else is left, and nobody waits to be reaped."""

    def leftovers() -> list[str]:
        kin = {pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))}
        strangers = [str(each) for each in house.processes() if each.pid not in {*kin, resident}]
        waiting = psutil.Process(resident).children(recursive=True) if resident is not None else []
        return strangers + [str(each) for each in waiting if each.status() == psutil.STATUS_ZOMBIE]

    assert [process.pid for process in house.gateways()] == [pid]
    await_that("nothing is left over", lambda: not leftovers(), END_S, lambda: "\n".join(leftovers()))


def user_config(sandbox: Sandbox, settings: str, more_env: Mapping[str, str] | None = None) -> str:
    """A config.toml that runs the sandbox's gateway as the user's own."""
    env = {**gateway_environment(sandbox), **(more_env or {})}
    lines = [f"{name} = {json.dumps(value)}" for name, value in env.items()]
    return "\n".join(
        [
            settings,
            "[targets.main]",
            'service = "child"',
            f"command = {json.dumps(gateway_command(sandbox))}",
            "env_allow = []",
            "[targets.main.env]",
            *lines,
            "",
        ]
    )


def small_environment(home: Path, path: str, cache: Path, **more: str) -> dict[str, str]:
    outer = {name: os.environ[name] for name in ("TMPDIR", "TZ") if name in os.environ}
    return {
        **outer,
        "HOME": str(home),
        "PATH": path,
        "LANG": "C.UTF-8",
        "SELFHEAL_CACHE_DIR": str(cache),
        **more,
    }
