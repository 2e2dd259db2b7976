"""`python -m benchmarks.alerts`: what is seen of 1,000 incidents while we are killed and requests fail.

Each route's unmodified client speaks TLS to its service's stand-in on loopback; the outbox is on a disk;
three of ten requests fail; and whoever commits and delivers is killed at a random moment, about once an
incident, and begins anew from what the disk has kept. Only the waits are leapt over. A lost message, or a
second one that does not say that it may be one, ends in 1.
"""

import argparse
import ctypes
import json
import logging
import multiprocessing
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import reduce
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from typing import Any

import apprise
from tests.notify.mailbox import PASSWORD, USER
from tests.notify.standin import Authority
from tests.notify.world import (
    MARKED,
    ODDS,
    UNMARKED,
    Failure,
    Fate,
    Letters,
    Record,
    Services,
    settings_for,
)

from benchmarks.mortal import World, fork_a_life
from selfheal import __version__
from selfheal.notify.telegram_past import PLACEHOLDER
from selfheal.sim.checkout import commit
from selfheal.texts.message import REPEATED

RESULTS = Path(__file__).with_name("results")
RATE = 0.3
PATIENCE_S = 0.7
LIFE_S = 0.8  # on average until it is killed
OPENED = re.compile(r"selfheal incidents show (\d+)")
OVER = re.compile(r"Incident: #(\d+)")
KINDS = ("opening", "closing")
SETTLE = "settle"
CANARY = "🐤"  # the daily proof; silent, and where a service lets us it is taken away again


class BrokenOffError(Exception):
    """A life that ended by itself, and not well."""


def run(folder: Path, incidents: int, seed: int, rate: float, life_s: float) -> tuple[Record, int, float]:
    """What was seen, how often we were killed, and the days that passed for those who look."""
    authority = Authority(folder)
    leapt: ctypes.c_double = RawValue(ctypes.c_double, 0.0)
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    services = context.Process(target=_serve, args=(authority, seed, rate, leapt, there))
    services.start()
    there.close()
    port, mail_port = here.recv()
    config = folder / "config.toml"
    config.write_text(settings_for(port, mail_port, USER, PASSWORD), encoding="utf-8")
    config.chmod(0o600)
    write_a_log(folder)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and listens never
        refused = rate * ODDS[Failure.REFUSED] / sum(ODDS.values())
        ports = (port, nobody.getsockname()[1])
        world = World(config, authority.bundle, ports, refused, PATIENCE_S, leapt)
        try:
            deaths = _live_on(world, incidents, seed, life_s, here)
        finally:
            here.send("the end")
            record = here.recv()
            services.join()
    return record, deaths, leapt.value / 86_400


def write_a_log(home: Path) -> None:
    """So that each alert has a file, and the moments of sending it are moments to die at, too."""
    memory = home / "openclaw" / "memory"
    memory.mkdir(parents=True)
    (memory / "watchdog.log").write_text("[2026-02-05 20:30:00] gateway gone\n", encoding="utf-8")


def _live_on(world: World, incidents: int, seed: int, life_s: float, services: Connection) -> int:
    deaths = 0
    while True:
        status = fork_a_life(world, incidents, seed * 1_000_000 + deaths, life_s)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
            deaths += 1
            services.send(SETTLE)  # the lease of the dead is minutes: what they sent is long dealt with then
            services.recv()
        elif status == 0:
            return deaths
        else:
            raise BrokenOffError(f"a life ended with {os.waitstatus_to_exitcode(status)}")


def _serve(authority: Authority, seed: int, rate: float, leapt: ctypes.c_double, pipe: Connection) -> None:
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # it tells of each of our deaths
    fate = Fate(rate, seed, lambda: time.time() + leapt.value)
    services, letters = Services(authority, fate), Letters(authority, fate, PATIENCE_S)
    pipe.send((services.port, letters.port))
    while pipe.recv() == SETTLE:
        services.settle()
        pipe.send(SETTLE)
    services.close()
    letters.close()
    pipe.send(fate.record)


def judged(texts: Sequence[str], incidents: int) -> dict[str, Any]:
    """Of the messages of one route, oldest first. `unknown`: the first few that name no incident of ours."""
    plain: Counter[tuple[str, int]] = Counter()
    every: Counter[tuple[str, int]] = Counter()
    disordered = 0
    left = texts.count(PLACEHOLDER)
    alerts = [text for text in texts if text != PLACEHOLDER and not text.startswith(CANARY)]
    for text in alerts:
        key = named(text)
        disordered += key[0] == KINDS[0] and (KINDS[1], key[1]) in every
        every[key] += 1
        plain[key] += REPEATED not in text
    wanted = [(kind, number) for kind in KINDS for number in range(1, incidents + 1)]
    return {
        "messages": every.total(),
        **{
            f"{kind}s_seen_once": sum(every[kind, number] == 1 for _, number in _of(wanted, kind))
            for kind in KINDS
        },
        "seen_again_and_said_so": sum(every[key] > 1 and plain[key] <= 1 for key in wanted),
        "seen_again_without_a_word": sum(plain[key] > 1 for key in wanted),
        "lost": sum(not every[key] for key in wanted),
        "out_of_order": disordered,
        "placeholders_left": left,
        "canaries_left": len(texts) - left - len(alerts),
        "of_nothing": sum(count for key, count in every.items() if key not in set(wanted)),
        "unknown": [text for text in alerts if named(text) not in set(wanted)][:3],
    }


def _of(wanted: Sequence[tuple[str, int]], kind: str) -> list[tuple[str, int]]:
    return [key for key in wanted if key[0] == kind]


def named(text: str) -> tuple[str, int]:
    """What a message is about; («?», 0) where it does not say."""
    over, opened = OVER.search(text), OPENED.search(text)
    found = over or opened
    return ("?", 0) if found is None else (KINDS[1] if over else KINDS[0], int(found[1]))


def document(
    record: Record, options: argparse.Namespace, deaths: int, days: float, cpu_s: float
) -> dict[str, Any]:
    failures, incidents = record.failures, options.incidents
    routes = {}
    for route in (*MARKED, *UNMARKED):
        unanswered = sum(failures[route, how] for how in (Failure.CUT_TAKEN, Failure.SILENT_TAKEN))
        routes[route] = {
            "knows_marks": route in MARKED,
            **judged(record.shown.get(route, ()), incidents),
            "taken_without_an_answer": unanswered,
            "files": record.files[route],
        }
    return {
        "schema": 1,
        "kind": "alerts",
        "ended": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "selfheal": __version__,
        "commit": commit(),
        "lots": 1,
        "incidents": incidents,
        "rate": options.rate,
        "life_s": options.life,
        "killed": deaths,
        "days_leapt_over": round(days, 1),
        "requests": record.requests.total(),
        "failed": failures.total(),
        "failures": {
            how: sum(failures[route, how] for route, each in failures if each is how) for how in Failure
        },
        "seconds": 0.0,
        "cpu_seconds": round(cpu_s, 1),
        "routes": routes,
    }


def held(made: dict[str, Any]) -> bool:
    """None lost, none twice without a word, and on a route with marks none twice."""
    return all(
        route["lost"]
        == route["seen_again_without_a_word"]
        == route["out_of_order"]
        == route["of_nothing"]
        == 0
        and not (route["knows_marks"] and route["seen_again_and_said_so"])
        for route in made["routes"].values()
    )


def together(lots: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One document of several, each of its own outbox, services and seed."""

    def add(one: Any, other: Any) -> Any:
        if isinstance(one, dict):
            return {key: add(value, other[key]) for key, value in one.items()}
        return one if isinstance(one, bool | str) else one + other

    same = {key: lots[0][key] for key in ("schema", "rate", "life_s")}
    return {**reduce(add, lots), **same}


def main(words: Sequence[str] | None = None, say: Callable[[str], object] = sys.stdout.write) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.alerts", description=__doc__)
    parser.add_argument("--incidents", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--lots", type=int, default=1, help="side by side, each with its share of them (1)")
    parser.add_argument("--seed", type=int, default=1, help="of what fails, and when we are killed (1)")
    parser.add_argument("--life", type=float, default=LIFE_S, help=f"seconds until we are killed ({LIFE_S})")
    parser.add_argument("--rate", type=float, default=RATE, help=f"of the requests that fail ({RATE})")
    parser.add_argument("--into", type=Path, default=RESULTS, help="folder for the result")
    options = parser.parse_args(words)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        made = _in_lots(options, Path(folder)) if options.lots > 1 else _measured(options, Path(folder))
    made["seconds"] = round(time.monotonic() - began, 1)
    path = options.into / f"alerts-{datetime.fromisoformat(made['ended']):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    say(f"{json.dumps(made, indent=1)}\nwritten to {path.name}\n")
    return 0 if held(made) else 1


def _measured(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    apprise.Apprise.instantiate("jsons://localhost")  # what it loads, each life has then
    record, deaths, days = run(folder, options.incidents, options.seed, options.rate, options.life)
    return document(record, options, deaths, days, _cpu_s())


def _in_lots(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Raises BrokenOffError where one ends without a result."""
    shares = [options.incidents * (lot + 1) // options.lots for lot in range(options.lots)]
    lots = []
    for lot, (before, share) in enumerate(pairwise((0, *shares))):
        into = folder / str(lot)
        into.mkdir()
        said = {
            "--incidents": share - before,
            "--seed": options.seed + lot,
            "--life": options.life,
            "--rate": options.rate,
            "--into": into,
        }
        words = [str(word) for option in said.items() for word in option]
        command = (sys.executable, "-m", "benchmarks.alerts", *words)
        lots.append((into, subprocess.Popen(command, stdout=subprocess.DEVNULL)))
    codes = [process.wait() for _, process in lots]
    found = [path for into, _ in lots for path in into.glob("*.json")]
    if len(found) < len(lots):
        raise BrokenOffError(f"of {len(lots)} lots {len(found)} came to an end: {codes}")
    return together([json.loads(path.read_text(encoding="utf-8")) for path in found])


def _cpu_s() -> float:
    """Of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    sys.exit(main())
