"""A gateway in its smallest form, for whoever starts and ends processes. Standard library only.

    small_service.py FOLDER [helper]

Writes FOLDER/seen-PID.json once it is ready: what it was given. FOLDER/exit_on_term holds the exit code
that SIGTERM leads to (else it dies of it), FOLDER/helpers how many children it has. Never ends by itself.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path


def main() -> None:
    folder = Path(sys.argv[1])
    if len(sys.argv) == 2:
        _become_gateway(folder)
    seen = {
        "pid": os.getpid(),
        "session": os.getsid(0),
        "cwd": str(Path.cwd()),
        "stdin": str(Path("/proc/self/fd/0").readlink()),
        "fds": sorted(int(fd) for fd in os.listdir("/proc/self/fd")),  # noqa: PTH208 -- numbers, not paths
        "env": dict(os.environ),
    }
    draft = folder / f"draft-{os.getpid()}"
    draft.write_text(json.dumps(seen), encoding="utf-8")
    draft.rename(folder / f"seen-{os.getpid()}.json")
    while True:
        signal.pause()


def _become_gateway(folder: Path) -> None:
    code = folder / "exit_on_term"
    if code.exists():
        number = int(code.read_text(encoding="ascii"))
        signal.signal(signal.SIGTERM, lambda *_: os._exit(number))
    helpers = folder / "helpers"
    for _ in range(int(helpers.read_text(encoding="ascii")) if helpers.exists() else 0):
        subprocess.Popen([sys.executable, __file__, str(folder), "helper"], start_new_session=True)
    sys.stdout.write("ready\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
