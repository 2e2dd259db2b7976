"""What the numbers were measured on."""

import os
import platform
from dataclasses import replace

from benchmarks.record import Machine
from selfheal import __version__
from selfheal.gateway.sandbox_install import Installation, pinned_node


def look_at(installation: Installation) -> Machine:
    versions = {
        "selfheal": __version__,
        "openclaw": installation.version,
        "node": pinned_node(),
        "python": platform.python_version(),
        "kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
        "machine": platform.machine(),
    }
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return Machine(versions, os.cpu_count() or 1, memory_mb, os.getloadavg())


def with_load_after(machine: Machine) -> Machine:
    return replace(machine, load_after=os.getloadavg())


def available_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES") // 2**20
