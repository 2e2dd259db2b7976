"""How long a command takes on the wall, as a person waits for it."""

import subprocess
import time
from collections.abc import Mapping, Sequence

WARM_UP = 2
LIMIT_S = 30.0


def time_ms(command: Sequence[str], environment: Mapping[str, str], runs: int) -> list[float]:
    """Raises RuntimeError when it does not end with 0: its time would mean nothing."""
    return [_once_ms(command, environment) for _ in range(WARM_UP + runs)][WARM_UP:]


def _once_ms(command: Sequence[str], environment: Mapping[str, str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, env=dict(environment), capture_output=True, timeout=LIMIT_S, check=False)
    took_ms = (time.perf_counter() - began) * 1000
    if done.returncode != 0:
        raise RuntimeError(f"{command[-1]} ended with {done.returncode}: {done.stderr[-200:]!r}")
    return took_ms
