"""The gateway's double, counted: each start leaves a line with who else was alive at that moment.

    counted_gateway.py gateway run

The lines stand in `$HOME/starts`: pid, start time in ticks, and the pids of earlier ones that still live.
For as many seconds as `$HOME/hidden_s` says it is only some program of Python's, as a gateway is at first.
"""

import os
import runpy
import sys
import time
from pathlib import Path

DOUBLE = Path(__file__).parents[1] / "doubles" / "gateway_double.py"
STARTS = "starts"
HIDDEN = "hidden_s"


def born(pid: int) -> str:
    """The start time of a process that lives; empty for one that is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in {"Z", "X"} else fields[19]


def started(home: Path) -> list[list[str]]:
    path = home / STARTS
    return [line.split() for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def living(home: Path) -> list[int]:
    return [int(pid) for pid, ticks, *_ in started(home) if born(int(pid)) == ticks]


def main() -> None:
    if sys.argv[1:3] == ["gateway", "run"]:
        home, me = Path(os.environ["HOME"]), os.getpid()
        line = " ".join(map(str, (me, born(me), *living(home))))
        with (home / STARTS).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        if (home / HIDDEN).exists():
            time.sleep(float((home / HIDDEN).read_text(encoding="ascii")))
    sys.argv[0] = str(DOUBLE)
    runpy.run_path(str(DOUBLE), run_name="__main__")


if __name__ == "__main__":
    main()
