"""The host's clocks."""

import time
from pathlib import Path

from selfheal.core.instants import Monotonic, Now, Wall

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """Names this boot of the host; on systems without one, the boot time in whole seconds does."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        import psutil  # noqa: PLC0415 - not on Linux, and not at the command line's start

        return f"booted-{psutil.boot_time():.0f}"


class SystemClock:
    """ports.clock.Clock on the real clocks."""

    def __init__(self) -> None:
        self._boot_id = boot_id()

    def now(self) -> Now:
        return Now(Monotonic(time.monotonic()), Wall(time.time()), self._boot_id)

    def slept_s(self) -> float:
        counts_sleep = getattr(time, "CLOCK_BOOTTIME", None)  # Linux
        if counts_sleep is None:
            counts_sleep = time.CLOCK_MONOTONIC  # macOS: continues in sleep, unlike time.monotonic()
        return time.clock_gettime(counts_sleep) - time.monotonic()
