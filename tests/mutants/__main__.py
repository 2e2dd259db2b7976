"""`python -m tests.mutants [WORD…]`: puts each fault into a copy of the core and sees who catches it.

With words, only the faults whose names hold one of them, and no file is written. Ends in 1 if a fault lives.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from tests.mutants.faults import FAULTS, Fault
from tests.mutants.killers import DAYS, EXAMPLES, KILLERS, RATE, WORLDS, Catch, judge

import selfheal
from selfheal.cli.ending import ended_in_order

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
WIDTH = max(len(fault.name) for fault in FAULTS) + 2

Judged = list[tuple[Fault, dict[str, Catch]]]


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests.mutants", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD", help="part of the names of the faults")
    words: list[str] = parser.parse_args(given).words
    if unknown := [word for word in words if not any(word in fault.name for fault in FAULTS)]:
        parser.error(f"cannot choose faults: none has a name with {', '.join(map(repr, unknown))} in it")
    began = datetime.now(UTC).replace(microsecond=0)
    chosen = [fault for fault in FAULTS if not words or any(word in fault.name for word in words)]
    say("as it is", sound := judge(None))
    if failed := [catch.by for catch in sound.values() if catch.caught]:
        say_line("; ".join(failed))
        say_line("cannot judge faults: the core as it is does not pass; run `make test` first")
        return 2
    say_line("".join([f"{'fault':{WIDTH}}", *(f"{killer:12}" for killer in KILLERS)]))
    judged: Judged = []
    # A thread a core: the work itself is done by processes.
    with ThreadPoolExecutor(os.cpu_count()) as pool, broken_off(pool):
        for fault, catches in zip(chosen, pool.map(judge, chosen), strict=True):
            say(fault.name, catches)
            judged.append((fault, catches))
    caught = sum(any(catch.caught for catch in catches.values()) for _, catches in judged)
    say_line(f"{caught} of {len(judged)} caught")
    if not words:
        say_line(f"written to {write(judged, began, RESULTS).name}")
    return 0 if caught == len(judged) else 1


@contextmanager
def broken_off(pool: ThreadPoolExecutor) -> Iterator[None]:
    """Whatever ends it: no thread begins another fault, and none waits for minutes before it clears away."""
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in psutil.Process().children(recursive=True):
            child.kill()
        raise


def say(name: str, catches: dict[str, Catch]) -> None:
    cells = (f"{'caught' if catch.caught else '-':12}" for catch in catches.values())
    say_line("".join([f"{name:{WIDTH}}", *cells]))


def say_line(text: str) -> None:
    sys.stdout.write(text.rstrip() + "\n")
    sys.stdout.flush()


def document(judged: Judged, began: datetime) -> dict[str, Any]:
    return {
        "schema": 1,
        "began": began.isoformat().replace("+00:00", "Z"),
        "versions": {"selfheal": selfheal.__version__, "python": platform.python_version()},
        "settings": {"examples": EXAMPLES, "worlds": WORLDS, "days": DAYS, "rate": RATE},
        "faults": len(judged),
        "caught": {killer: sum(catches[killer].caught for _, catches in judged) for killer in KILLERS},
        "survived": [
            fault.name for fault, catches in judged if not any(catch.caught for catch in catches.values())
        ],
        "results": [
            {**asdict(fault), **{killer: _catch(catch) for killer, catch in catches.items()}}
            for fault, catches in judged
        ],
    }


def _catch(catch: Catch) -> dict[str, Any]:
    return {"caught": catch.caught, "by": catch.by, "took_s": round(catch.took_s, 1)}


def write(judged: Judged, began: datetime, folder: Path) -> Path:
    path = folder / f"mutants-{began:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(document(judged, began), indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path


if __name__ == "__main__":
    with ended_in_order():
        code = main()
    sys.exit(code)
