"""`python -m benchmarks.search FOLDER`: the long search for harm, in stretches, and one result of them all.

A stretch that FOLDER has already is not run again, so that an interrupted search goes on. The result tells
for each stretch what was found; one with a broken rule is published like any other. A million gateway-days:
`python -m benchmarks.search FOLDER --stretches 100 --worlds 100`.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from selfheal.sim.checkout import commit

SELFHEAL = Path(sys.executable).with_name("selfheal")
RESULTS = Path(__file__).with_name("results")
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
ABOUT = ("selfheal", "commit", "seconds", "jobs", "cpu_seconds")
BY_NAME = ("faults_by_kind", "outcomes")

Document = dict[str, Any]


class MixedError(Exception):
    """Stretches that do not belong together."""


class BrokenOffError(Exception):
    """A stretch that did not come to its end."""


class UnknownProgramError(Exception):
    """Nobody could run the same program again."""


@dataclass(frozen=True)
class Size:
    """Of a stretch; `days`: of each world."""

    worlds: int = 1_000
    days: int = 100

    def asked(self, seed: int) -> Document:
        """As a simulation names what was asked of it."""
        return {"seed": seed, "days": self.days, "count": self.worlds, "rate": None}


def stretch(folder: Path, seed: int, size: Size, jobs: int = 0) -> Document:
    """Runs the worlds from `seed` on, unless that was done. Raises BrokenOffError, and keeps nothing then."""
    path = folder / f"{seed}.json"
    if not path.exists():
        words = ("simulate", "--hostile", "--worlds", str(size.worlds), "--days", str(size.days), "--json")
        command = (SELFHEAL, *words, "--seed", str(seed), "--jobs", str(jobs))
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
        keep(path, done.returncode, done.stdout)
    return kept(path, seed, size)


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


def kept(path: Path, seed: int, size: Size) -> Document:
    """Raises MixedError unless it is this stretch of this search, whole."""
    try:
        made = json.loads(path.read_bytes())
        column = made["columns"]["drawn"]
        whole = made["complete"] is True and column["worlds"] == size.worlds
        asked = {name: made["asked"][name] for name in size.asked(seed)}
        lacks = {*COUNTS, *BY_NAME, "found"} - {*column} or {*ABOUT} - {*made}
        if lacks:
            raise LookupError(*sorted(lacks))  # noqa: TRY301
    except (ValueError, LookupError, TypeError, OSError) as error:
        raise MixedError(
            f"cannot use {path}: it is no stretch of a search; move it away ({error!r})"
        ) from error
    if asked != size.asked(seed):
        raise MixedError(f"cannot use {path}: it is of {asked}, not of {size.asked(seed)}")
    if not whole:
        raise MixedError(f"cannot use {path}: it did not come to its end; remove it to run it again")
    document: Document = made
    return document


def begun_with(folder: Path, seeds: Sequence[int], size: Size, now: str | None) -> None:
    """Raises MixedError where what is there is not of one program, or not of the one that would go on."""
    paths = {seed: folder / f"{seed}.json" for seed in seeds}
    there = {kept(path, seed, size)["commit"] for seed, path in paths.items() if path.exists()}
    if not all(path.exists() for path in paths.values()):
        there |= {now} if there else set()
    if len(there) > 1:
        raise MixedError(f"cannot go on in {folder}: different programs, {sorted(map(str, there))}")


def must_be_known(made: Document) -> None:
    """Raises UnknownProgramError where no commit names the program that made it."""
    name = made["commit"]
    if name is None or name.endswith("-dirty"):
        raise UnknownProgramError(f"cannot publish what commit {name} did: commit first, or --unpublished")


def joined(stretches: Sequence[tuple[int, Document]], ended: datetime) -> Document:
    """Raises MixedError when they are of different programs."""
    programs = {(one["selfheal"], one["commit"]) for _, one in stretches}
    if len(programs) != 1:
        raise MixedError(f"cannot join what different programs did: {sorted(map(str, programs))}")
    ((version, name),) = programs
    columns = [one["columns"]["drawn"] for _, one in stretches]
    job_seconds = sum(one["seconds"] * one["jobs"] for _, one in stretches)
    cpu_seconds = sum(one["cpu_seconds"] for _, one in stretches)
    counts = {name: sum(column[name] for column in columns) for name in COUNTS}
    return {
        "schema": 1,
        "kind": "search",
        "ended": ended.isoformat(),
        "selfheal": version,
        "commit": name,
        "worlds": sum(column["worlds"] for column in columns),
        **counts,
        "seconds": round(sum(one["seconds"] for _, one in stretches), 1),
        "gateway_hours_per_second_and_job": _rate(counts["gateway_days"] * 24, job_seconds),
        "cpu_seconds": round(cpu_seconds, 1),
        "gateway_hours_per_cpu_second": _rate(counts["gateway_days"] * 24, cpu_seconds),
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


def _rate(count: float, seconds: float) -> float | None:
    return round(count / seconds, 1) if seconds else None


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.search", description=__doc__)
    usual = Size()
    parser.add_argument("folder", type=Path, help="where the stretches are kept")
    parser.add_argument("--stretches", type=_positive, default=10, help="how many (10)")
    parser.add_argument("--worlds", type=_positive, default=usual.worlds, help=f"of each ({usual.worlds})")
    parser.add_argument("--days", type=_positive, default=usual.days, help=f"of each world ({usual.days})")
    parser.add_argument("--jobs", type=int, default=0, help="processes (one a processor)")
    parser.add_argument(
        "--unpublished",
        action="store_true",
        help="also of a program that no commit names; the result stays in FOLDER",
    )
    options = parser.parse_args(words)
    size = Size(options.worlds, options.days)
    seeds = range(1, 1 + options.stretches * size.worlds, size.worlds)
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        begun_with(options.folder, seeds, size, commit())
        stretches = [(seed, stretch(options.folder, seed, size, options.jobs)) for seed in seeds[:1]]
        if not options.unpublished:
            must_be_known(stretches[0][1])  # before hours are spent on the others
        stretches += [(seed, stretch(options.folder, seed, size, options.jobs)) for seed in seeds[1:]]
        last = max((options.folder / f"{seed}.json").stat().st_mtime for seed in seeds)
        made = joined(stretches, datetime.fromtimestamp(last, UTC).replace(microsecond=0))
    except (BrokenOffError, MixedError, UnknownProgramError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"cannot keep stretches in {options.folder}: {error.strerror or error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: the same command goes on after the last whole stretch\n")
        return 130
    path = written(made, options.folder if options.unpublished else RESULTS)
    lived = f"{made['gateway_days']:,.0f} gateway-days, {made['faults']:,} faults"
    sys.stdout.write(f"{lived}, {made['rules_broken']} rules broken, written to {path}\n")
    return 1 if made["rules_broken"] else 0


def written(made: Document, folder: Path) -> Path:
    """The result, under a name that the names of stretches never are."""
    path = folder / f"search-{datetime.fromisoformat(made['ended']):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return path


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
