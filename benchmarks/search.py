"""`python -m benchmarks.search FOLDER`: the long search for harm, in stretches, and one result of them all.

A stretch that FOLDER has already is not run again, so that an interrupted search goes on. The result tells
for each stretch what was found; one with a broken rule is published like any other.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SELFHEAL = Path(sys.executable).with_name("selfheal")
RESULTS = Path(__file__).with_name("results")
WORLDS, DAYS = 1_000, 100  # of a stretch
ENDS = (0, 1)  # nothing found, something found
COUNTS = (
    "gateway_days",
    "faults",
    "steps",
    "days_leapt_over",
    "own_deaths",
    "doctor_sessions",
    "rules_broken",
)
BY_NAME = ("faults_by_kind", "outcomes")

Document = dict[str, Any]


class MixedError(Exception):
    """Stretches that do not belong together."""


class BrokenOffError(Exception):
    """A stretch that did not come to its end."""


class UnknownProgramError(Exception):
    """Nobody could run the same program again."""


def stretch(folder: Path, seed: int) -> Document:
    """Runs the worlds from `seed` on, unless that was done. Raises BrokenOffError, and keeps nothing then."""
    path = folder / f"{seed}.json"
    if not path.exists():
        words = (SELFHEAL, "simulate", "--hostile", "--worlds", str(WORLDS), "--days", str(DAYS), "--json")
        done = subprocess.run((*words, "--seed", str(seed)), stdout=subprocess.PIPE, check=False)
        keep(path, done.returncode, done.stdout)
    made: Document = json.loads(path.read_bytes())
    return made


def keep(path: Path, exit_code: int, printed: bytes) -> None:
    """What a stretch has printed, once it is known to be whole: what is kept is never run again."""
    if exit_code not in ENDS:
        raise BrokenOffError(f"cannot keep {path.stem}: selfheal ended with {exit_code}")
    try:
        json.loads(printed)
    except ValueError as error:
        raise BrokenOffError(f"cannot keep {path.stem}: {error}") from error
    partial = path.with_suffix(".partial")
    partial.write_bytes(printed)
    partial.replace(path)


def must_be_known(made: Document) -> None:
    """Raises UnknownProgramError where no commit names the program that made it."""
    commit = made["commit"]
    if commit is None or commit.endswith("-dirty"):
        raise UnknownProgramError(f"cannot publish what commit {commit} did: commit first, or --unpublished")


def joined(stretches: Sequence[tuple[int, Document]], ended: datetime) -> Document:
    """Raises MixedError when they are of different programs."""
    programs = {(one["selfheal"], one["commit"]) for _, one in stretches}
    if len(programs) != 1:
        raise MixedError(f"cannot join what different programs did: {sorted(map(str, programs))}")
    ((version, commit),) = programs
    columns = [one["columns"]["drawn"] for _, one in stretches]
    job_seconds = sum(one["seconds"] * one["jobs"] for _, one in stretches)
    counts = {name: sum(column[name] for column in columns) for name in COUNTS}
    return {
        "schema": 1,
        "kind": "search",
        "ended": ended.isoformat(),
        "selfheal": version,
        "commit": commit,
        "worlds": sum(column["worlds"] for column in columns),
        **counts,
        "seconds": round(sum(one["seconds"] for _, one in stretches), 1),
        "gateway_hours_per_second_and_job": round(counts["gateway_days"] * 24 / job_seconds, 1),
        **{name: dict(sum((Counter(column[name]) for column in columns), Counter())) for name in BY_NAME},
        "found": [each for column in columns for each in column["found"]],
        "stretches": [
            {
                "seed": seed,
                "seconds": one["seconds"],
                "jobs": one["jobs"],
                "gateway_days": column["gateway_days"],
                "rules_broken": column["rules_broken"],
            }
            for (seed, one), column in zip(stretches, columns, strict=True)
        ],
    }


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.search", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the stretches are kept")
    parser.add_argument("--stretches", type=int, default=10, help=f"of {WORLDS} worlds x {DAYS} days")
    parser.add_argument("--unpublished", action="store_true", help="also of a program that no commit names")
    options = parser.parse_args(words)
    options.folder.mkdir(parents=True, exist_ok=True)
    seeds = range(1, 1 + options.stretches * WORLDS, WORLDS)
    try:
        stretches = [(seed, stretch(options.folder, seed)) for seed in seeds[:1]]
        if not options.unpublished:
            must_be_known(stretches[0][1])  # before hours are spent on the others
        stretches += [(seed, stretch(options.folder, seed)) for seed in seeds[1:]]
        last = max((options.folder / f"{seed}.json").stat().st_mtime for seed in seeds)
        made = joined(stretches, datetime.fromtimestamp(last, UTC).replace(microsecond=0))
    except (BrokenOffError, MixedError, UnknownProgramError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    path = RESULTS / f"search-{datetime.fromisoformat(made['ended']):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    lived = f"{made['gateway_days']:,.0f} gateway-days, {made['faults']:,} faults"
    sys.stdout.write(f"{lived}, {made['rules_broken']} rules broken, written to {path.name}\n")
    return 1 if made["rules_broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
