"""The document's Level 4 pass: a log that asks for a person is told of once, whoever wrote it."""

import base64
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.app.test_own_service import Manager
from tests.notify.standin import Authority, Manner, Reply, StandIn, standing_in

from selfheal.app import own_service, spare
from selfheal.app.asking import ASKS, PIECE_BYTES, Asking, look_at
from selfheal.app.monitor import SENT, Monitored, monitor, untold
from selfheal.app.own_service import Care, Cared
from selfheal.app.places import database_path, lock_path
from selfheal.config.load import load
from selfheal.config.settings import Settings
from selfheal.core.facts import ManagerState
from selfheal.core.instants import Wall
from selfheal.core.levels import Level
from selfheal.notify.https import Reach
from selfheal.ports.outbox import ASKING_S
from selfheal.ports.service import Done, Service
from selfheal.store.lock import Holder, ResidentLock
from selfheal.texts.language import Language
from selfheal.texts.own_words import own_words

BY_HAND = f"""\
[2026-02-05 20:00:00] === Emergency Recovery Started ===
[2026-02-05 20:30:00] Gateway still unhealthy after Claude recovery (HTTP 500)
=== {ASKS} ===
Level 1 (Watchdog) ❌
Level 2 (Health Check) ❌
Level 3 (Claude Recovery) ❌
"""
DOCUMENT = """\
🚨 긴급: OpenClaw 자가복구 실패
시간: {time}
상태:
- Level 1 (Watchdog) ❌
- Level 2 (Health Check) ❌
- Level 3 (Claude Recovery) ❌
수동 개입 필요합니다.
로그:
- ~/openclaw/memory/emergency-recovery-*.log
- ~/openclaw/memory/claude-session-*.log
- ~/openclaw/memory/emergency-recovery-report-*.md (Claude 생성)
"""


class Place:
    def __init__(self, home: Path, service: StandIn, reach: Reach) -> None:
        self.home = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run")}
        self.memory = home / "openclaw" / "memory"
        self.memory.mkdir(parents=True)
        (home / "run").mkdir()
        self.service = service
        self.reach = reach
        self._config = home / "config.toml"

    def configure(self, language: str = "ko", *, routes: bool = True) -> None:
        route = f'[routes.phone]\nkind = "webhook"\nurl = "{self.service.base}/hook"\nsecret = "s"\n'
        self._config.write_text(f'[selfheal]\nlanguage = "{language}"\n{route if routes else ""}')
        self._config.chmod(0o600)

    def add_route(self, name: str) -> None:
        with self._config.open("a") as config:
            config.write(
                f'[routes.{name}]\nkind = "webhook"\nurl = "{self.service.base}/{name}"\nsecret = "s"\n'
            )

    @property
    def settings(self) -> Settings:
        return load(self._config, self.home)

    def write(self, name: str = "test-2026-02-05-2030", text: str = BY_HAND, age_s: float = 0.0) -> Path:
        path = self.memory / f"emergency-recovery-{name}.log"
        path.write_text(text)
        os.utime(path, (time.time() - age_s,) * 2)
        return path

    def monitor(self, *known: Service) -> Monitored:
        return monitor(self.settings, self.home, self.reach, known=known)

    def heard(self) -> list[str]:
        return [json.loads(one.body)["body"] for one in self.service.heard]


@contextmanager
def placed(folder: Path) -> Iterator[Place]:
    authority = Authority(folder)
    with standing_in(authority.server_context(), Reply()) as service:
        made = Place(folder / "home", service, Reach(authority.bundle))
        made.configure()
        yield made


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with placed(tmp_path) as made:
        yield made


def names(found: Monitored) -> list[str]:
    return [one.path.name for one in found.alerted]


def took(found: Monitored) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Of each alert: the routes that have taken it, and those that have not."""
    return [(one.told, one.waits) for one in found.alerted]


def test_a_log_written_by_hand_is_told_of_word_for_word_once(place: Place) -> None:
    path = place.write()
    assert names(place.monitor()) == [path.name]
    (body,) = place.heard()
    (line,) = [line for line in body.splitlines() if line.startswith("시간: ")]
    assert body.startswith(DOCUMENT.format(time=line.removeprefix("시간: ")))
    again = place.monitor()
    assert (names(again), again.known) == ([], (path,))
    assert len(place.heard()) == 1
    assert (place.memory / SENT).read_text().split() == [path.name]


def test_in_english_too_with_the_log_itself(place: Place) -> None:
    place.configure("en")
    place.write()
    place.monitor()
    (said,) = [json.loads(one.body) for one in place.service.heard]
    assert said["body"].startswith("🚨 Urgent: OpenClaw self-healing failed\nTime: ")
    assert said["severity"] == "critical"
    assert [file["name"] for file in said["attachments"]] == ["emergency-recovery-test-2026-02-05-2030.log"]


def test_without_the_note_of_what_was_sent_nobody_is_told_twice(place: Place) -> None:
    place.write()
    place.monitor()
    (place.memory / SENT).unlink()
    place.monitor()
    assert len(place.heard()) == 1


def test_what_asks_for_nobody_or_is_old_is_no_alert(place: Place) -> None:
    place.write("well", "[2026-02-05 20:30:00] recovered\n")
    place.write("old", age_s=ASKING_S + 60)
    (place.memory / "emergency-recovery-report-2026.md").write_text(BY_HAND)
    assert place.monitor() == Monitored((), (), None, Cared(Care.NO_SERVICE))
    assert place.heard() == []


def test_a_log_from_before_the_clock_was_set_back_is_told_of_once(place: Place) -> None:
    path = place.write(age_s=-2 * ASKING_S)
    assert names(place.monitor()) == [path.name]
    assert (names(place.monitor()), len(place.heard())) == ([], 1)


def test_two_logs_are_two_alerts(place: Place) -> None:
    first, second = place.write("a", age_s=700), place.write("b", age_s=10)
    assert names(place.monitor()) == [first.name, second.name]
    assert len(place.heard()) == 2


def test_each_of_two_logs_goes_with_its_own_alert(place: Place) -> None:
    for name in ("a", "b"):
        place.write(name, f"{BY_HAND}{name} alone\n")
    place.monitor()
    said = [json.loads(one.body)["attachments"] for one in place.service.heard]
    files = [[(file["name"], base64.b64decode(file["base64"])[-8:-1]) for file in each] for each in said]
    assert files == [[(f"emergency-recovery-{name}.log", f"{name} alone".encode())] for name in ("a", "b")]


def test_two_logs_of_one_second_are_two_alerts(place: Place) -> None:
    at = time.time()
    for path in (first := place.write("a"), second := place.write("b")):
        os.utime(path, (at, at))
    assert names(place.monitor()) == [first.name, second.name]
    assert len(place.heard()) == 2
    (place.memory / SENT).unlink()
    place.monitor()
    assert len(place.heard()) == 2, "the same log has the same number"


def test_the_levels_that_failed_are_those_that_the_log_names(place: Place) -> None:
    place.write(text=f"{ASKS}\nLevel 2 (Health Check) ❌\nLevel 3 (Claude Recovery) ❌\n")
    place.monitor()
    assert "- Level 1 (Watchdog) ➖ (로그에 실패 기록 없음)" in place.heard()[0].splitlines()


def test_what_no_route_takes_waits(place: Place) -> None:
    place.service.replies.append(Reply(429, headers={"retry-after": "77"}))
    place.write()
    found = place.monitor()
    assert found.again_s is not None
    assert found.again_s > 60
    assert (len(place.service.heard), names(found)) == (1, ["emergency-recovery-test-2026-02-05-2030.log"])


def test_without_a_route_the_text_is_there_to_be_shown(place: Place) -> None:
    place.configure(routes=False)
    place.write()
    (alerted,) = place.monitor().alerted
    assert alerted.text.startswith("🚨 긴급: OpenClaw 자가복구 실패\n")
    assert (alerted.told, alerted.waits) == ((), ())


@pytest.mark.parametrize("kept", [True, False])
def test_who_is_told_is_said_by_receipts_alone(place: Place, kept: bool) -> None:
    place.add_route("desk")
    if not kept:
        Broken(place)
    place.service.at["/desk"] = Reply(500)
    place.write("a")
    assert took(place.monitor()) == [(("phone",), ("desk",))]
    place.service.usual = Reply(500)
    place.write("b")
    assert took(place.monitor()) == [((), ("desk", "phone"))]


class Broken:
    """A place in which nothing can be kept: where the database would be is a folder."""

    def __init__(self, place: Place) -> None:
        self._path = database_path(place.settings)
        self._path.mkdir(parents=True)

    def mends(self) -> None:
        self._path.rmdir()


def test_without_a_database_it_is_told_once_all_the_same_and_not_again_with_one(place: Place) -> None:
    disk = Broken(place)
    path = place.write()
    first = place.monitor()
    assert (names(first), first.again_s) == ([path.name], None)
    assert "selfheal.db" in first.unkept
    for _ in range(2):
        with path.open("a") as log:
            log.write("one line more\n")
        again = place.monitor()
        assert (names(again), again.known) == ([], (path,))
    assert len(place.heard()) == 1
    disk.mends()
    assert place.monitor().unkept == ""
    assert place.monitor().known == (path,)
    assert len(place.heard()) == 1


def test_what_another_pass_has_noted_meanwhile_is_noted_once(place: Place) -> None:
    disk = Broken(place)
    path = place.write()
    place.monitor()
    disk.mends()
    (place.memory / SENT).write_text(f"{path.name}\n")
    place.monitor()
    assert (place.memory / SENT).read_text() == f"{path.name}\n"


def test_without_a_database_what_one_route_has_not_taken_is_told_there_later(place: Place) -> None:
    place.add_route("desk")
    disk = Broken(place)
    place.service.at["/desk"] = Reply(429, headers={"retry-after": "77"})
    place.write()
    assert place.monitor().again_s is not None
    assert place.monitor().again_s is not None
    place.service.at.clear()
    disk.mends()
    place.monitor()
    paths = [one.path for one in place.service.heard]
    assert paths.count("/hook") == 1
    assert paths[-1] == "/desk"


@pytest.fixture
def in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a host has memory besides XDG_RUNTIME_DIR: of everybody, as /dev/shm is."""
    shared = tmp_path / "shm"
    shared.mkdir(mode=0o777)
    monkeypatch.setattr(spare, "RUN_TIME", str(tmp_path / "nowhere"))
    monkeypatch.setattr(spare, "IN_MEMORY", (str(tmp_path / "nowhere"), str(shared)))
    return shared


def full(place: Place) -> None:
    """Its XDG_RUNTIME_DIR takes nothing: it lies on the full disk."""
    run = Path(place.home["XDG_RUNTIME_DIR"])
    run.rmdir()
    run.write_text("")


def test_without_a_database_and_a_run_time_directory_it_is_told_once_all_the_same(
    place: Place, in_memory: Path
) -> None:
    full(place)
    disk = Broken(place)
    path = place.write()
    for number in range(3):
        found = place.monitor()
        assert names(found) == ([] if number else [path.name])
    (folder,) = in_memory.iterdir()
    assert (folder.name, folder.stat().st_mode & 0o777) == (f"selfheal-{os.getuid()}", 0o700)
    disk.mends()
    place.monitor()
    assert len(place.heard()) == 1
    assert [one for one in folder.rglob("*") if one.is_file()] == [], "what a disk has needs no memory"


@pytest.mark.usefixtures("in_memory")
def test_what_was_kept_last_counts_wherever_that_was(place: Place) -> None:
    """The place that took it at first takes no more."""
    Broken(place)
    first = place.write("a")
    place.monitor()
    (kept,) = (one for one in Path(place.home["XDG_RUNTIME_DIR"]).rglob("*") if one.is_file())
    kept.with_name(f".{kept.name}.new").mkdir()  # so nothing is put in its place
    second = place.write("b")
    assert names(place.monitor()) == [second.name]
    assert place.monitor().known == (first, second)
    assert len(place.heard()) == 2


def test_a_place_that_somebody_else_has_taken_is_not_used(place: Place, in_memory: Path) -> None:
    full(place)
    (in_memory / f"selfheal-{os.getuid()}").mkdir(mode=0o777)
    (in_memory / f"selfheal-{os.getuid()}").chmod(0o777)
    Broken(place)
    place.write()
    place.monitor()
    assert list((in_memory / f"selfheal-{os.getuid()}").iterdir()) == []


@pytest.mark.usefixtures("in_memory")
def test_another_reader_is_told_once_also_where_nothing_can_be_noted(place: Place) -> None:
    full(place)
    (place.memory / f"{SENT}.cron").mkdir()
    place.write()
    assert [len(untold(place.settings, place.home, "cron")) for _ in range(3)] == [1, 0, 0]
    assert len(untold(place.settings, place.home, "other")) == 1


def later(path: Path) -> None:
    """The log is no news any more."""
    os.utime(path, (time.time() - ASKING_S - 60,) * 2)


@pytest.mark.parametrize("mended", [False, True])
def test_without_a_database_what_no_route_has_taken_is_told_however_late(place: Place, mended: bool) -> None:
    disk = Broken(place)
    place.service.usual = Reply(429, headers={"retry-after": "1"})
    path = place.write()
    place.monitor()
    later(path)
    assert place.monitor().again_s is not None
    place.service.usual = Reply()
    place.service.heard.clear()
    if mended:
        disk.mends()
    place.monitor()
    place.monitor()
    assert len(place.heard()) == 1


def test_without_a_database_the_next_pass_tells_the_same_and_knows_that_it_may_have_arrived(
    place: Place,
) -> None:
    Broken(place)
    place.service.replies += [Manner.RESET] * 9
    place.write()
    place.monitor()
    tries = len(place.service.heard)
    place.service.replies.clear()
    place.monitor()
    said = [json.loads(one.body) for one in place.service.heard]
    assert (len(said), said[0]["again"], said[-1]["again"]) == (tries + 1, False, True)
    assert len({one["id"] for one in said}) == 1


def test_without_a_database_what_one_route_has_not_taken_is_told_there_however_late(place: Place) -> None:
    place.add_route("desk")
    disk = Broken(place)
    place.service.at["/desk"] = Reply(429, headers={"retry-after": "77"})
    path = place.write()
    place.monitor()
    later(path)
    place.monitor()
    place.service.at.clear()
    place.service.heard.clear()
    place.monitor()
    place.monitor()
    disk.mends()
    place.monitor()
    assert [one.path for one in place.service.heard] == ["/desk"]


def test_without_a_database_that_nobody_watches_and_its_end_reach_who_heard_of_neither(place: Place) -> None:
    place.configure("en")
    disk = Broken(place)
    place.service.usual = Reply(429, headers={"retry-after": "1"})
    broken = Manager(ManagerState.FAILED, done=Done(succeeded=False, detail="exit code 78"))
    place.monitor(broken)
    with ResidentLock(lock_path(place.settings)).held_by(Holder(os.getpid(), Wall(time.time()), "1", "")):
        place.monitor(broken)
        place.service.usual = Reply()
        place.service.heard.clear()
        disk.mends()
        place.monitor(broken)
        place.monitor(broken)
    said = "\n".join(place.heard())
    assert said.count("exit code 78") == 1
    assert said.count("✅ selfheal: OpenClaw is watched again") == 1


def test_without_a_database_and_a_route_each_pass_says_that_nobody_can_be_told(place: Place) -> None:
    Broken(place)
    place.configure(routes=False)
    path = place.write()
    for _ in range(2):
        seen = place.monitor()
        assert (names(seen), took(seen)) == ([path.name], [((), ())])
        assert "selfheal.db" in seen.unkept


def test_without_a_route_each_pass_says_that_nobody_can_be_told(place: Place) -> None:
    path = place.write("a")
    place.monitor()
    place.configure(routes=False)
    assert place.monitor().unheard == (), "somebody was told"
    other = place.write("b")
    assert names(place.monitor()) == [other.name]
    assert [place.monitor().unheard for _ in range(2)] == [(other,)] * 2
    assert place.monitor().known == (path, other)


def test_what_was_told_without_a_database_is_known_though_no_route_is_set_once_there_is_one(
    place: Place,
) -> None:
    disk = Broken(place)
    place.write()
    place.monitor()
    disk.mends()
    place.configure(routes=False)
    assert place.monitor().unheard == ()
    place.configure()
    place.monitor()
    assert len(place.heard()) == 1


def test_a_log_that_is_known_to_a_lost_database_is_not_said_to_be_unheard(place: Place) -> None:
    path = place.write()
    place.monitor()
    for file in place.settings.state_dir.glob("selfheal.db*"):
        file.unlink()
    for _ in range(2):
        seen = place.monitor()
        assert (seen.known, seen.unheard) == ((path,), ())
    assert len(place.heard()) == 1
    place.configure(routes=False)
    assert place.monitor().unheard == (path,), "nobody can be told any more"


def test_without_a_database_that_nobody_watches_is_told_once(place: Place) -> None:
    place.configure("en")
    disk = Broken(place)
    broken = Manager(ManagerState.FAILED, done=Done(succeeded=False, detail="exit code 78"))
    for _ in range(3):
        place.monitor(broken)
    (body,) = place.heard()
    assert body.startswith("🚨 selfheal: nobody watches OpenClaw")
    disk.mends()
    place.monitor(broken)
    assert len(place.heard()) == 1
    with ResidentLock(lock_path(place.settings)).held_by(Holder(os.getpid(), Wall(time.time()), "1", "")):
        place.monitor(broken)
    assert place.heard()[1].startswith("✅ selfheal: OpenClaw is watched again")


def test_a_secret_in_the_name_of_a_log_is_not_passed_on(place: Place) -> None:
    secret = "ghp_" + "A1b2C3d4E5f6G7h8I9j0" * 2
    place.write(secret)
    (text,) = untold(place.settings, place.home, "openclaw-cron")
    assert "수동 조치를 요청한 로그: emergency-recovery-" in text
    assert secret not in text


def test_another_reader_is_told_of_each_log_once_of_its_own(place: Place) -> None:
    path = place.write()
    place.monitor()

    def said() -> list[str]:
        return untold(place.settings, place.home, "openclaw-cron")

    (text,) = said()
    (line,) = [line for line in text.splitlines() if line.startswith("시간: ")]
    assert text.startswith(DOCUMENT.format(time=line.removeprefix("시간: ")))
    assert {f"수동 조치를 요청한 로그: {path.name}", f"호스트: {socket.gethostname()}"} < set(
        text.splitlines()
    )
    assert said() == []
    place.write("later")
    assert len(said()) == 1
    assert len(place.heard()) == 1  # by the first pass alone: a reader sends nothing
    assert sorted(path.name for path in place.memory.glob(f"{SENT}*")) == [SENT, f"{SENT}.openclaw-cron"]


@pytest.mark.parametrize(
    ("language", "told", "over"),
    [
        ("en", "🚨 selfheal: nobody watches OpenClaw", "✅ selfheal: OpenClaw is watched again"),
        ("ko", "🚨 selfheal: OpenClaw를 지켜보는 것이 없음", "✅ selfheal: OpenClaw를 다시 지켜봄"),
    ],
)
def test_that_nobody_watches_is_told_once_and_once_that_somebody_does(
    place: Place, language: str, told: str, over: str
) -> None:
    place.configure(language)
    broken = Manager(ManagerState.FAILED, done=Done(succeeded=False, detail="exit code 78"))
    for _ in range(3):
        assert place.monitor(broken).resident.care is Care.FAILED
    (body,) = place.heard()
    assert body.startswith(told)
    assert own_words("exit code 78", Language(language)) in body
    with ResidentLock(lock_path(place.settings)).held_by(Holder(os.getpid(), Wall(time.time()), "1", "")):
        place.monitor(broken)
        place.monitor(broken)
    assert [said.splitlines()[0][: len(over)] for said in place.heard()][1:] == [over]
    assert (
        place.monitor(broken).again_s is not None
    )  # the next time is told, too: a third message in a minute


def test_that_one_was_killed_where_no_manager_can_be_asked_is_told_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_service, "COMES_S", 0.0)
    place.configure("en")
    nobody = Manager(ManagerState.UNKNOWN)
    assert place.monitor(nobody).resident.care is Care.NO_SERVICE, "none has ever lived"
    me = Holder(os.getpid(), Wall(time.time()), "1", "")
    with suppress(ZeroDivisionError), ResidentLock(lock_path(place.settings)).held_by(me):
        raise ZeroDivisionError
    for _ in range(3):
        assert place.monitor(nobody).resident.care is Care.FAILED
    (body,) = place.heard()
    assert body.startswith("🚨 selfheal: nobody watches OpenClaw")
    assert f"pid {me.pid} ended without being told to; the unit x.service: cannot be asked" in body
    with ResidentLock(lock_path(place.settings)).held_by(me):
        place.monitor(nobody)
    assert place.heard()[1].startswith("✅ selfheal: OpenClaw is watched again")
    assert place.monitor(nobody).resident.care is Care.NO_SERVICE


@pytest.mark.parametrize("kept", [True, False])
def test_that_it_is_missed_is_known_to_the_next_pass(
    place: Place, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    if not kept:
        Broken(place)
    seen: list[bool] = []

    def gone(*_: object, missed: bool) -> Cared:
        seen.append(missed)
        return Cared(Care.FAILED, detail="gone")

    monkeypatch.setattr("selfheal.app.monitor.keep_alive", gone)
    place.monitor()
    place.monitor()
    assert seen == [False, True]


@pytest.mark.parametrize("name", ["test 1", "한글 a\nb$(id)", "\udcff"])
def test_whatever_its_name_a_log_is_told_of_once(place: Place, name: str) -> None:
    path = place.write(name)
    assert names(place.monitor()) == [path.name]
    with path.open("a") as log:
        log.write("one line more\n")
    assert place.monitor().alerted == ()
    assert [len(untold(place.settings, place.home, "cron")) for _ in range(2)] == [1, 0]


def test_a_log_that_asks_long_before_its_end_is_heard(place: Place) -> None:
    place.write(text=f"{BY_HAND}{'a trace line' * 50_000}\n")
    assert len(place.monitor().alerted) == 1


def test_a_log_that_asks_at_its_beginning_is_heard_whatever_follows(place: Place) -> None:
    path = place.write(text=f"{ASKS}\nLevel 2 (Health Check) ❌\n")
    with path.open("r+b") as log:
        log.truncate(17 * 1024 * 1024)  # a hole: no disk is filled
    place.monitor()
    (body,) = place.heard()
    assert "- Level 1 (Watchdog) ➖ (로그에 실패 기록 없음)" in body.splitlines()


@pytest.mark.parametrize("before", ["- ", "  ", "* ", "[2026-02-05 20:30:00] ", "[20:30] - "])
def test_the_levels_are_read_as_a_person_writes_them(tmp_path: Path, before: str) -> None:
    """Else all three were said to have failed."""
    path = tmp_path / "emergency-recovery-1.log"
    path.write_text(f"{ASKS}\r\n{before}Level 1 ✅\r\n{before}level 2 ❌\r\n{before}Level 3: ❌ HTTP 500\r\n")
    assert look_at(path) == Asking(path, (Level.HEALTHCHECK, Level.RECOVERY))


@pytest.mark.parametrize("before", range(0, 2 * len(ASKS), 5))
def test_what_lies_over_the_border_of_two_pieces_is_heard(tmp_path: Path, before: int) -> None:
    path = tmp_path / "emergency-recovery-1.log"
    filling = "x" * (PIECE_BYTES - before - 1)
    path.write_text(f"{filling}\n{ASKS}\nLevel 3 (Claude Recovery) ❌\nLevel 1 ❌\n")
    assert look_at(path) == Asking(path, (Level.RECOVERY, Level.WATCHDOG))


def test_of_a_log_that_is_larger_than_all_reason_the_end_is_read(tmp_path: Path) -> None:
    path = tmp_path / "emergency-recovery-1.log"
    path.write_text(f"{ASKS}\n")
    with path.open("r+b") as log:
        log.truncate(2 * PIECE_BYTES)
    assert look_at(path, 2 * PIECE_BYTES - 1) is None
    with path.open("ab") as log:
        log.write(f"{ASKS}\n".encode())
    assert look_at(path, PIECE_BYTES) == Asking(path, ())


def test_a_log_that_grows_where_nothing_can_be_noted_is_one_alert(place: Place) -> None:
    (place.memory / SENT).mkdir()  # so that no file can be written in its place
    path = place.write()
    assert names(place.monitor()) == [path.name]
    for minute in (1, 2):
        with path.open("a") as log:
            log.write("one line more\n")
        os.utime(path, (time.time() + minute,) * 2)
        again = place.monitor()
        assert (names(again), again.known) == ([], (path,))
    assert len(place.heard()) == 1


def test_the_alert_of_a_log_names_that_kind_of_log_and_no_incident(place: Place) -> None:
    place.write(text=f"{ASKS}\nLevel 1 (Watchdog) ❌\n")
    place.monitor()
    (body,) = place.heard()
    assert "emergency-recovery-*.log" in body
    assert "incidents show 0" not in body
