"""What the kernel counts of our own process and of a child."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.logwatch import LogWatch
from benchmarks.procs import cpu_s, memory_of, tree


def test_our_own_memory_is_some_megabytes() -> None:
    memory = memory_of([os.getpid()])
    assert 5 < memory.rss_mb < 2_000
    assert 0 < memory.pss_mb <= memory.rss_mb


def test_who_is_gone_counts_nothing() -> None:
    done = subprocess.Popen([sys.executable, "-c", "pass"])
    done.wait()
    assert memory_of([done.pid]).rss_mb == 0
    assert cpu_s([done.pid]) == 0


def test_a_tree_leaves_a_branch_out() -> None:
    child = subprocess.Popen(["/bin/sleep", "60"])
    try:
        assert child.pid in tree(os.getpid())
        assert child.pid not in tree(os.getpid(), without=child.pid)
    finally:
        child.kill()
        child.wait()


def test_only_what_is_appended_is_seen(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("exited: gateway\n", "utf-8")
    assert LogWatch(log, "exited: gateway").seen() is None
