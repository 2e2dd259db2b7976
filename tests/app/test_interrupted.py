"""Ctrl-C in a `check` that does the resident's work: no verdict, at whatever moment it comes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selfheal.app.exit_codes import Exit

END_S = 20.0
CONFIG = """\
[selfheal]
state_dir = "{home}/state"
memory_dir = "{home}/memory"
[targets.main]
port = 1
state_dir = "{home}/gateway"
service = "child"
command = ["/bin/sleep", "60"]
"""


@contextmanager
def checking(home: Path) -> Iterator[subprocess.Popen[str]]:
    config = home / "config.toml"
    config.write_text(CONFIG.format(home=home), encoding="utf-8")
    with subprocess.Popen(
        (sys.executable, "-m", "selfheal", "--config", str(config), "check"),
        env={"HOME": str(home), "PATH": os.defpath, "TMPDIR": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_while_it_waits_for_a_start(tmp_path: Path) -> None:
    folder = tmp_path / "gateway"
    folder.mkdir()
    (folder / "openclaw.json").write_text("{}", encoding="ascii")
    record = tmp_path / "state" / "gateway-main.log.pid"
    try:
        with checking(tmp_path) as process:
            assert process.stderr is not None
            assert any("starting the gateway" in line for line in iter(process.stderr.readline, ""))
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=END_S)
            assert (process.returncode, out) == (Exit.INTERRUPTED, "")
    finally:
        if record.exists():
            os.kill(int(record.read_text("ascii").split()[0]), signal.SIGKILL)


def test_before_it_has_looked(tmp_path: Path) -> None:
    folder = tmp_path / "gateway"
    folder.mkdir()
    pipe = folder / "openclaw.json"
    os.mkfifo(pipe)
    with checking(tmp_path) as process, pipe.open("w", encoding="ascii"):  # opens once it is looked at
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=END_S)
        assert (process.returncode, out) == (Exit.INTERRUPTED, "")
