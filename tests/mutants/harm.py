"""`python -m tests.mutants.harm WORLDS DAYS RATE`: worlds until the first broken rule, which ends in 1.

RATE: faults a day; the settings are drawn.
"""

import sys

from selfheal.sim.campaign import Task, run


def main(worlds: int, days: float, rate: float) -> int:
    for task, tally in run((Task(seed, days, rate=rate) for seed in range(1, worlds + 1)), jobs=1):
        for violation in tally.violations[:1]:
            sys.stdout.write(f"FAILED world {task.seed}: {violation.rule}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), *map(float, sys.argv[2:4])))
