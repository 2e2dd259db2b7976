"""`python -m tests.mutants.harm WORLDS DAYS`: hostile worlds until the first broken rule, which ends in 1."""

import sys

from selfheal.sim.campaign import run, seeds


def main(worlds: int, days: float) -> int:
    for task, tally in run(seeds(1, days, worlds), jobs=1):
        for violation in tally.violations[:1]:
            sys.stdout.write(f"FAILED world {task.seed}: {violation.rule}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2])))
