"""`python -m tests.mutants.harm WORLDS DAYS`: hostile worlds until the first broken rule, which ends in 1."""

import sys

from selfheal.sim.campaign import Task, run


def main(worlds: int, days: float) -> int:
    for task, tally in run((Task(seed, days) for seed in range(1, worlds + 1)), jobs=1):
        for violation in tally.violations[:1]:
            sys.stdout.write(f"FAILED world {task.seed}: {violation.rule}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2])))
