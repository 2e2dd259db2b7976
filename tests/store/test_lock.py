import errno
import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.store.steps import as_a_user_who_may_only_read

from selfheal.core.instants import Wall
from selfheal.ports.store import StoreError
from selfheal.store.lock import UNKNOWN, Holder, LockHeld, ResidentLock, holder, left_by
from selfheal.store.standin import open_stand_in, stand_in

ME = Holder(os.getpid(), Wall(12.0), "1.2.3", "selfheal run", ("main", "work"))
HOLD = """
import os, sys
from pathlib import Path
from selfheal.core.instants import Wall
from selfheal.store.lock import Holder, ResidentLock
ResidentLock(Path(sys.argv[1])).acquire(Holder(os.getpid(), Wall(7.0), "9.9", "selfheal run"))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "resident.lock"


@contextmanager
def program(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Has printed its first line, and lives until its input ends."""
    command = [sys.executable, "-c", code, *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, close_fds=False) as child:
        assert child.stdout is not None
        assert child.stdout.readline()
        yield child
        child.kill()


def test_it_tells_who_holds_it_while_it_is_held(path: Path) -> None:
    assert holder(path) is None
    lock = ResidentLock(path)
    with lock.held_by(ME):
        assert holder(path) == ME
        assert json.loads(path.read_text())["command"] == "selfheal run"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert holder(path) is None
    assert path.exists()


def test_the_second_one_is_told_who_the_first_is(path: Path) -> None:
    first, second = ResidentLock(path), ResidentLock(path)
    with first.held_by(ME):
        with pytest.raises(LockHeld, match=str(ME.pid)) as caught:
            second.acquire(Holder(1, Wall(0), "0", "other"))
        assert (caught.value.pid, caught.value.started, caught.value.version) == (ME.pid, Wall(12.0), "1.2.3")
        assert holder(path) == ME
    with second.held_by(ME):
        assert holder(path) == ME


def test_another_process_is_kept_out_until_it_is_killed(path: Path) -> None:
    with program(HOLD, str(path)) as child:
        with pytest.raises(LockHeld) as caught:
            ResidentLock(path).acquire(ME)
        assert caught.value.pid == child.pid
        assert holder(path) == Holder(child.pid, Wall(7.0), "9.9", "selfheal run")
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert holder(path) is None
        with ResidentLock(path).held_by(ME):
            assert holder(path) == ME


def test_a_program_that_we_started_does_not_keep_the_lock(path: Path) -> None:
    lock = ResidentLock(path)
    lock.acquire(ME)
    with program("print('here', flush=True); input()"):
        lock.release()
        with ResidentLock(path).held_by(ME):
            pass


def test_a_content_that_makes_no_sense_is_no_obstacle(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"\xff{nonsense")
    lock = ResidentLock(path)
    with lock.held_by(ME):
        path.write_bytes(b"\xff")
        assert holder(path) == UNKNOWN
        with pytest.raises(LockHeld, match="does not say"):
            ResidentLock(path).acquire(ME)


def test_somebody_who_asks_is_not_in_the_way(path: Path) -> None:
    lock = ResidentLock(path)
    for _ in range(50):
        assert holder(path) is None
        with lock.held_by(ME):
            assert holder(path) == ME


def test_in_a_folder_that_may_only_be_read_there_is_still_only_one(open_folder: Path) -> None:
    path = open_folder / "resident.lock"
    with as_a_user_who_may_only_read(open_folder):
        with ResidentLock(path).held_by(ME):
            assert holder(path) == UNKNOWN
            with pytest.raises(LockHeld):
                ResidentLock(path).acquire(ME)
        assert holder(path) is None
    assert not path.exists()


def test_a_folder_that_can_only_be_read_by_now_lets_no_second_one_in(open_folder: Path) -> None:
    path = open_folder / "resident.lock"
    with ResidentLock(path).held_by(ME):
        path.chmod(0o600)
        with as_a_user_who_may_only_read(open_folder), pytest.raises(LockHeld):
            ResidentLock(path).acquire(ME)


def test_a_folder_that_can_be_written_by_now_lets_no_second_one_in(open_folder: Path) -> None:
    path = open_folder / "resident.lock"
    lock = ResidentLock(path)
    with as_a_user_who_may_only_read(open_folder):
        lock.acquire(ME)
    with pytest.raises(LockHeld):
        ResidentLock(path).acquire(ME)
    assert holder(path) == UNKNOWN
    lock.release()
    assert holder(path) is None


def test_one_that_cannot_write_its_name_is_not_taken_for_a_dead_one(open_folder: Path) -> None:
    path = open_folder / "resident.lock"
    with program(HOLD, str(path)) as child:
        child.kill()
        child.wait()
    path.chmod(0o644)
    assert str(child.pid) in path.read_text()
    with as_a_user_who_may_only_read(open_folder), ResidentLock(path).held_by(ME):
        assert holder(path) == UNKNOWN
        with pytest.raises(LockHeld, match="does not say"):
            ResidentLock(path).acquire(ME)


def test_in_a_folder_that_cannot_be_opened_the_file_alone_is_locked(open_folder: Path) -> None:
    path = open_folder / "resident.lock"
    path.touch()
    path.chmod(0o666)
    with as_a_user_who_may_only_read(open_folder, 0o111), ResidentLock(path).held_by(ME):
        assert holder(path) == ME
        with pytest.raises(LockHeld, match=str(ME.pid)):
            ResidentLock(path).acquire(ME)


@pytest.mark.parametrize("lockable", ["folder", "file"])
def test_where_one_of_both_cannot_be_locked_the_other_counts(
    path: Path, lockable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.flock

    def flock(descriptor: int, how: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode) != (lockable == "folder"):
            raise OSError(errno.EBADF, "as NFS says")
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with ResidentLock(path).held_by(ME):
        assert holder(path) == ME
        with pytest.raises(LockHeld, match=str(ME.pid)):
            ResidentLock(path).acquire(ME)
    assert holder(path) is None


def test_who_ends_as_told_takes_leave_and_who_is_killed_or_breaks_down_does_not(path: Path) -> None:
    assert left_by(path) is None
    with ResidentLock(path).held_by(ME):
        pass
    assert left_by(path) is None
    with pytest.raises(ZeroDivisionError), ResidentLock(path).held_by(ME):
        raise ZeroDivisionError
    assert (left_by(path), holder(path)) == (ME, None)
    with pytest.raises(KeyboardInterrupt), ResidentLock(path).held_by(ME):
        raise KeyboardInterrupt
    assert left_by(path) is None
    with program(HOLD, str(path)) as child:
        child.kill()
        child.wait()
    assert left_by(path) == Holder(child.pid, Wall(7.0), "9.9", "selfheal run")


def test_who_leaves_no_time_for_more_has_taken_leave_and_holds_it_until_the_end(path: Path) -> None:
    lock = ResidentLock(path)
    lock.acquire(ME)
    lock.take_leave()
    assert (holder(path), left_by(path)) == (UNKNOWN, None)
    lock.release()


@pytest.mark.parametrize("fault", [None, ZeroDivisionError()])
def test_who_takes_it_for_a_while_leaves_said_how_the_one_before_ended(
    path: Path, fault: Exception | None
) -> None:
    dead = ME._replace(pid=4_000_000)
    with suppress(ZeroDivisionError), ResidentLock(path).held_by(dead):
        raise ZeroDivisionError
    with suppress(ZeroDivisionError), ResidentLock(path, brief=True).held_by(ME):
        assert holder(path) == ME
        if fault is not None:
            raise fault
    assert left_by(path) == dead


def test_whom_it_watches_is_told(path: Path) -> None:
    with ResidentLock(path).held_by(ME._replace(targets=("work",))):
        found = holder(path)
    assert found is not None
    assert found.targets == ("work",)


@pytest.fixture
def no_folder(open_folder: Path) -> Iterator[Path]:
    """The lock's path in a folder that is not there, and that who may only read `open_folder` cannot make."""
    path = open_folder / "state" / "resident.lock"
    with as_a_user_who_may_only_read(open_folder):
        yield path
        stand_in(path).unlink(missing_ok=True)


def test_without_a_folder_there_is_still_only_one(no_folder: Path) -> None:
    with ResidentLock(no_folder).held_by(ME):
        assert holder(no_folder) == ME
        with pytest.raises(LockHeld, match=str(ME.pid)):
            ResidentLock(no_folder).acquire(ME)
        with ResidentLock(no_folder.parent.with_name("another") / no_folder.name).held_by(ME):
            pass
    assert holder(no_folder) is None


def test_a_folder_that_is_there_by_now_lets_no_second_one_in(open_folder: Path) -> None:
    path = open_folder / "state" / "resident.lock"
    path.parent.write_text("no folder yet")
    try:
        with ResidentLock(path).held_by(ME):
            path.parent.unlink()
            path.parent.mkdir()
            assert holder(path) == ME
            with pytest.raises(LockHeld, match=str(ME.pid)):
                ResidentLock(path).acquire(ME)
    finally:
        stand_in(path).unlink()


@pytest.mark.parametrize("gone", ["nothing", "file", "folder"])
def test_what_was_removed_is_locked_anew(path: Path, gone: str) -> None:
    lock = ResidentLock(path)
    with lock.held_by(ME):
        if gone != "nothing":
            path.unlink()
        if gone == "folder":
            path.parent.rmdir()
        assert lock.keep() is (gone != "nothing")
        assert not lock.keep()
        assert holder(path) == ME
        with pytest.raises(LockHeld, match=str(ME.pid)):
            ResidentLock(path).acquire(ME)
    assert holder(path) is None


def test_one_whose_folder_is_anothers_by_now_is_told_so_and_touches_nothing(path: Path) -> None:
    lock = ResidentLock(path)
    with lock.held_by(ME):
        path.parent.rename(path.parent.with_name("moved"))
        with program(HOLD, str(path)) as child:
            with pytest.raises(LockHeld, match=str(child.pid)):
                lock.keep()
            lock.release()
            found = holder(path)
            assert found is not None
            assert found.pid == child.pid


def test_one_that_ends_does_not_wipe_out_the_name_of_another(path: Path) -> None:
    lock = ResidentLock(path)
    lock.acquire(ME)
    path.parent.rename(path.parent.with_name("moved"))
    with program(HOLD, str(path)) as child:
        lock.release()
        found = holder(path)
        assert found is not None
        assert found.pid == child.pid


def test_what_could_not_be_locked_anew_is_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    lock = ResidentLock(path)
    with lock.held_by(ME):
        path.unlink()
        with monkeypatch.context() as without_locks:
            without_locks.setattr(fcntl, "flock", flock)
            with pytest.raises(StoreError):
                lock.keep()
        assert lock.keep()
        assert holder(path) == ME


def test_a_stand_in_that_others_could_have_put_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    with pytest.raises(PermissionError):
        open_stand_in(tmp_path / "shared" / "lock", make=True)


def test_nothing_to_lock_at_all_is_said_with_the_true_reason(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a file system without locks: nothing on this host would stand for what another one sees."""

    def flock(*_: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(StoreError, match=f"cannot take the lock.*{os.strerror(errno.ENOLCK)}") as caught:
        ResidentLock(path).acquire(ME)
    assert caught.value.retryable
    assert not stand_in(path).exists()
