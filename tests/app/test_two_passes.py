"""Two passes of `selfheal monitor` at a time, of a timer and of a person, where no disk takes the outbox."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.test_left import FULL, NO_ALERT, change
from tests.app.test_monitor import Place
from tests.notify.standin import Authority, Heard, Reply, standing_in

from selfheal.notify.https import Reach

PASS = """
import fcntl, pathlib, sys, types
from selfheal.app import unkept
from selfheal.app.monitor import monitor
from selfheal.config.load import load
from selfheal.notify.https import Reach
def flock(descriptor, how):
    print("its turn?", flush=True)
    fcntl.flock(descriptor, how)
unkept.fcntl = types.SimpleNamespace(flock=flock, LOCK_EX=fcntl.LOCK_EX)
home, bundle = sys.argv[1:]
settings = load(pathlib.Path(home) / "config.toml", {"HOME": home})
monitor(settings, {"HOME": home, "XDG_RUNTIME_DIR": home + "/run"}, Reach(pathlib.Path(bundle)), known=())
"""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


class Passes:
    """The second begins once the first has sent its alert, and is heard as far as to ask for its turn."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self._command = (sys.executable, "-c", PASS, str(folder / "home"), str(authority.bundle))
        self.second: subprocess.Popen[bytes] | None = None
        self.asked = b""

    def answer(self, heard: Heard) -> Reply:
        del heard
        if self.second is None:
            self.second = self.begin()
            assert self.second.stdout is not None
            self.asked = self.second.stdout.readline()
        return Reply()

    def begin(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, stdout=subprocess.PIPE)


@pytest.fixture
def passes(tmp_path: Path, authority: Authority) -> Iterator[Passes]:
    made = Passes(tmp_path, authority)
    yield made
    if made.second is not None:
        made.second.kill()
        made.second.communicate()


def test_one_of_two_passes_tells_it(tmp_path: Path, authority: Authority, passes: Passes) -> None:
    with standing_in(authority.server_context(), Reply()) as service:
        place = Place(tmp_path / "home", service, Reach(authority.bundle))
        place.configure()
        place.monitor()
        for nothing in (FULL, NO_ALERT):
            change(place, nothing)
        service.heard.clear()
        service.answers = passes.answer
        place.write()
        with passes.begin() as first:
            first.communicate(timeout=60.0)
        assert passes.second is not None
        passes.second.wait(timeout=60.0)
        assert (passes.asked, len(service.heard)) == (b"its turn?\n", 1)
