"""What may be set on the command line."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

PARTS = ("death", "hang", "rest", "status")
CONTENDERS = ("selfheal", "monit", "supervisor", "systemd")


@dataclass(frozen=True, slots=True)
class Options:
    repeat: int
    hang_repeat: int
    rest_s: float
    never_s: float
    status_runs: int
    parts: tuple[str, ...]
    contenders: tuple[str, ...]

    def settings(self) -> dict[str, float | int | str]:
        return {
            "repeat": self.repeat,
            "hang_repeat": self.hang_repeat,
            "rest_s": self.rest_s,
            "never_s": self.never_s,
            "status_runs": self.status_runs,
            "parts": " ".join(self.parts),
        }


def parse(argv: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(
        "benchmarks", description="Measures selfheal and others on the real gateway."
    )
    parser.add_argument("--repeat", type=int, help="samples of each contender (default 5)")
    parser.add_argument("--hang-repeat", type=int, help="samples of hangs (default 3)")
    parser.add_argument("--rest-s", type=float, help="how long rest is watched (default 300)")
    parser.add_argument("--never-s", type=float, help="wait for one who does not see hangs (default 120)")
    parser.add_argument("--quick", action="store_true", help="one sample of each, 20 s of rest")
    parser.add_argument("--only", action="append", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument(
        "--contender", action="append", choices=CONTENDERS, metavar="NAME", help=", ".join(CONTENDERS)
    )
    given = parser.parse_args(argv)
    quick = given.quick
    return Options(
        repeat=given.repeat or (1 if quick else 5),
        hang_repeat=given.hang_repeat or (1 if quick else 3),
        rest_s=given.rest_s or (20.0 if quick else 300.0),
        never_s=given.never_s or (20.0 if quick else 120.0),
        status_runs=5 if quick else 20,
        parts=tuple(given.only or PARTS),
        contenders=tuple(given.contender or CONTENDERS),
    )
