"""A process whose first thread has ended while another holds its port: what a killed gateway is for a while.

Prints the port that it listens on, then ends its first thread; the second one ends with standard input.
Standard library only.
"""

import ctypes
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def main() -> None:
    Path("/proc/self/comm").write_text("openclaw-gatewa", encoding="ascii")
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=sys.stdin.read).start()
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    ctypes.CDLL(None).pthread_exit(None)


@contextmanager
def half_dead() -> Iterator[tuple[int, int]]:
    """Its pid and its port."""
    command = [sys.executable, __file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = int(process.stdout.readline())
        while _letter(process.pid) != "Z":
            pass
        yield process.pid, port
        process.stdin.close()


def _letter(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]


if __name__ == "__main__":
    main()
