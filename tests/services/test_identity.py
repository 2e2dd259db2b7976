"""Whether one certain process lives."""

import os
import subprocess
import sys

import pytest
from tests.doubles.half_dead import half_dead

from selfheal.services.identity import lives, started_of


@pytest.mark.skipif(sys.platform != "linux", reason="threads that outlive the first one are seen in /proc")
def test_a_process_lives_until_its_last_thread_has_ended() -> None:
    with half_dead() as (pid, _):
        started = started_of(pid)
        assert started is not None
        assert lives(pid, started)
    assert not lives(pid, started)


def test_a_zombie_does_not_live() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        started = started_of(process.pid)
        assert started is not None
        assert not lives(process.pid, started)
