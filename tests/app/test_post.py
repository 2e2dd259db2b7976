"""What is committed arrives, with what a person needs; what no disk takes arrives, too."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.notify.standin import Authority, Manner, Reply, StandIn, standing_in
from tests.store.steps import IN_TROUBLE, TARGET, WELL, at, closing, opening, step

from selfheal.app.commands import load_right_part
from selfheal.app.given import Delivered, Given, UnnotedError, delivered_of, encode, given_of
from selfheal.app.notify_test import try_routes
from selfheal.app.places import database_path
from selfheal.app.post import GIVEN_UP_S, LACKED_S, WORK_S, deliver
from selfheal.config.settings import Settings
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Now, until
from selfheal.core.levels import Level
from selfheal.core.notes import Step
from selfheal.core.observations import TimePassed
from selfheal.core.reasons import Cause
from selfheal.notify.https import Reach
from selfheal.notify.turns import STUCK_TRIES
from selfheal.ports.outbox import Doubt
from selfheal.ports.store import Commit, RouteRow
from selfheal.runtime.clock import SystemClock
from selfheal.store.reader import Reader
from selfheal.store.sqlite import SqliteStore

DAY_S = 86_400.0
HOUR_S = 3_600.0
FAILED = (Level.WATCHDOG, Level.HEALTHCHECK)
OPENED = Notify(AlertKind.OPENED, 1, FAILED, Cause.PROCESS_GONE, "token=sk-ant-api03-hush")
OVER = Notify(AlertKind.OVER, 1, ())
REMINDER = Notify(AlertKind.REMINDER, 1, FAILED, Cause.PROCESS_GONE, number=1)

NO_RECEIPT = (
    "CREATE TRIGGER full BEFORE UPDATE ON delivery WHEN new.status = 'sent' "
    "BEGIN SELECT raise(ABORT, 'full'); END"
)
NEVER = "[notify]\ncanary_interval_s = 0\n"


def phone(url: str, notify: str = NEVER) -> str:
    return f'{notify}[routes.phone]\nkind = "webhook"\nurl = "{url}"\nsecret = "hush-hush"\n'


class Place:
    """A host with settings, a store and two routes to a service."""

    def __init__(self, folder: Path, service: StandIn, reach: Reach) -> None:
        self.service = service
        self._reach = reach
        self._config = folder / "config.toml"
        self._home = {"HOME": str(folder)}
        self.write(f"""
[selfheal]
language = "en"
[notify]
canary_interval_s = 0
[routes.phone]
kind = "webhook"
url = "{service.base}/phone"
secret = "hush-hush"
[routes.desk]
kind = "webhook"
url = "{service.base}/desk"
secret = "hush-hush"
severity = "critical"
""")

    def write(self, text: str) -> None:
        self._config.write_text(text)
        self._config.chmod(0o600)

    @property
    def settings(self) -> Settings:
        """As `selfheal deliver` reads them."""
        return load_right_part(self._config, self._home)[0]

    def commit(self, *done: Step) -> None:
        store = SqliteStore(database_path(self.settings))
        for each in done:
            store.commit(Commit(TARGET, TimePassed(), now(), each))
        store.close()

    def deliver(self, given: Given | None = None, longest_s: float = WORK_S) -> Delivered:
        given = given or Given()
        return deliver(self.settings, self._home, given, reach=self._reach, linger_s=0.0, longest_s=longest_s)

    def test(self, *routes: str) -> None:
        """As `selfheal notify test` does it."""
        try_routes(self.settings, self._home, routes, self._reach)

    def age(self, seconds: float) -> None:
        """All that is known of the routes is as much older."""
        with contextlib.closing(sqlite3.connect(database_path(self.settings))) as base, base:
            base.execute("UPDATE route SET since = since - ?1, taken = taken - ?1", (seconds,))
            base.execute("UPDATE route SET failing = failing - ?1, ready = ready - ?1", (seconds,))
            base.execute("UPDATE route SET left_s = left_s - ?1", (seconds,))

    def come_due(self) -> None:
        with contextlib.closing(sqlite3.connect(database_path(self.settings))) as base, base:
            base.execute("UPDATE delivery SET ready = NULL WHERE status = 'waiting'")

    def age_alerts(self, seconds: float) -> None:
        """As if they had been decided so long ago."""
        with contextlib.closing(sqlite3.connect(database_path(self.settings))) as base, base:
            base.execute("UPDATE outbox SET ordered = ordered - ?", (seconds,))

    def rows(self) -> list[RouteRow]:
        with Reader(database_path(self.settings)) as reader:
            return reader.routes()

    def heard(self, path: str = "/phone") -> list[dict[str, Any]]:
        return [json.loads(one.body) for one in self.service.heard if one.path == path]


def now() -> Now:
    """As the real clock has it: an alert of a year ago would not be told."""
    return SystemClock().now()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    authority = Authority(tmp_path)
    with standing_in(authority.server_context(), Reply(200, b'{"id": "42"}')) as service:
        yield Place(tmp_path, service, Reach(authority.bundle))


def test_an_opening_and_its_end_arrive_once_on_each_route(place: Place) -> None:
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    assert place.deliver() == Delivered(None)
    place.commit(closing(), step(WELL, OVER))
    assert place.deliver() == Delivered(None)
    assert place.deliver() == Delivered(None)
    for path in ("/phone", "/desk"):
        opened, over = place.heard(path)
        assert opened["title"] != over["title"]
        assert str(opened["body"]).startswith("🚨 Urgent: OpenClaw self-healing failed\nTime: ")
        assert "Most likely cause" in str(opened["body"])
        assert str(over["body"]).startswith("✅ ")
        assert over["in_reply_to"] == "42"
        assert (opened["severity"], over["severity"]) == ("critical", "info")


def test_a_log_whose_name_nobody_can_spell_keeps_no_alert_back(place: Place, tmp_path: Path) -> None:
    """It once ended the delivery to all routes, at each call anew."""
    memory = tmp_path / "openclaw" / "memory"
    memory.mkdir(parents=True)
    Path(os.fsdecode(os.fsencode(memory) + b"/emergency-recovery-\xff.log")).write_text(
        "it failed\n", "utf-8"
    )
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.deliver()
    assert [len(place.heard(path)) for path in ("/phone", "/desk")] == [1, 1]


def test_no_secret_leaves(place: Place) -> None:
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.deliver()
    assert "hush" not in json.dumps(place.heard())


def test_a_route_hears_of_what_is_severe_enough_for_it(place: Place) -> None:
    place.commit(opening(), step(IN_TROUBLE, OPENED), step(IN_TROUBLE, REMINDER))
    while place.deliver() != Delivered(None):
        pass
    assert (len(place.heard("/phone")), len(place.heard("/desk"))) == (2, 1)


def test_what_fails_says_when_to_come_again(place: Place) -> None:
    place.service.replies.append(Reply(429, headers={"retry-after": "77"}))
    place.service.replies.append(Reply(200))
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    done = place.deliver()
    assert done.again_s is not None
    assert 60 < done.again_s <= 77
    assert done.waiting_s == done.again_s


def test_a_refusal_is_tried_again_when_the_route_is_another(place: Place) -> None:
    place.write(phone(f"{place.service.base}/old"))
    place.service.usual = Reply(404)
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    assert place.deliver() == Delivered(None)
    tries = len(place.service.heard)
    assert place.deliver() == Delivered(None)
    assert len(place.service.heard) == tries, "it is believed"
    place.service.usual = Reply(200)
    place.write(phone(f"{place.service.base}/phone"))
    assert place.deliver() == Delivered(None)
    assert len(place.heard()) == 1


def test_what_a_route_refused_is_told_once_a_test_shows_that_it_works(place: Place) -> None:
    place.write(phone(f"{place.service.base}/phone"))
    place.service.usual = Reply(401)
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.deliver()
    place.service.usual = Reply(200)
    place.service.heard.clear()
    assert place.deliver() == Delivered(None)
    assert place.heard() == [], "it is believed until there is a proof"
    place.test("phone")
    place.test("phone")
    place.deliver()
    assert [one["severity"] for one in place.heard()] == ["info", "critical", "info"]


def test_what_a_route_refused_is_told_once_its_canary_shows_that_it_works(place: Place) -> None:
    place.write(phone(f"{place.service.base}/phone", ""))
    place.service.usual = Reply(403)
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.deliver()
    place.service.usual = Reply(200)
    place.service.heard.clear()
    place.age(DAY_S)
    place.deliver()
    place.deliver()
    assert [one.get("canary", False) for one in place.heard()] == [True, False]


def test_of_what_waits_for_a_route_that_was_removed_nobody_says_that_a_route_is_to_be_tried(
    place: Place,
) -> None:
    """It is looked at again soon: the config may be at fault. A person finds no route that lacks it."""
    place.deliver()
    assert place.settings.path is not None
    place.write(place.settings.path.read_text().split("[routes.desk]")[0])
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    done = place.deliver()
    assert (done.waiting_s, done.again_s) == (None, LACKED_S)


def test_a_route_that_was_out_of_the_config_hears_nothing_that_is_over(place: Place) -> None:
    place.deliver()
    both = place.settings.path
    assert both is not None
    text = both.read_text()
    place.write(NEVER)
    place.deliver()
    place.age(HOUR_S)
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.commit(closing(), step(WELL, OVER))
    place.age_alerts(HOUR_S)
    place.write(text)
    place.deliver()
    assert place.heard() == []


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda text: text.replace("secret =", "secrt =", 1), id="a key that is misspelt"),
        pytest.param(lambda text: text.replace("webhook", "webhok", 1), id="a kind that is misspelt"),
        pytest.param(
            lambda text: text.replace('secret = "hush-hush"', 'secret_file = "/nowhere"', 1),
            id="a secret that is not there",
        ),
        pytest.param(lambda _: "", id="an editor saves it"),
        pytest.param(lambda _: NEVER, id="half of it"),
    ],
)
def test_a_fault_of_the_config_that_passes_costs_a_route_nothing(
    place: Place, fault: Callable[[str], str]
) -> None:
    path = place.settings.path
    assert path is not None
    text = path.read_text()
    place.service.usual = Reply(500)
    place.deliver()
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.commit(closing(), step(WELL, OVER))
    place.deliver()
    place.age_alerts(HOUR_S)
    place.write(fault(text))
    answer = place.deliver()
    assert answer.again_s is not None, "it waits on"
    assert answer.again_s <= LACKED_S
    place.service.usual = Reply(200, b'{"id": "42"}')
    place.write(text)
    before = len(place.heard())
    place.come_due()
    place.deliver()
    assert len(place.heard()[before:]) == len((OPENED, OVER))


def test_where_one_route_works_again_another_one_does_not_wait_out_its_time(place: Place) -> None:
    place.service.usual = Reply(500)
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    for _ in range(3):
        place.deliver()
        place.come_due()
    place.service.usual = Reply(200, b'{"id": "42"}')
    with contextlib.closing(sqlite3.connect(database_path(place.settings))) as base, base:
        end = until(now(), HOUR_S)
        waits = json.dumps([end.mono, end.wall, end.boot_id])
        base.execute("UPDATE delivery SET ready = ? WHERE route = 'desk'", (waits,))
    place.deliver()
    assert [row.failing for row in place.rows()] == [None, None]
    assert place.deliver() == Delivered(None)


def test_a_test_of_one_route_keeps_nothing_from_the_others(place: Place) -> None:
    place.deliver()
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.commit(closing(), step(WELL, OVER))
    place.age_alerts(HOUR_S)
    place.test("desk")
    place.deliver()
    assert [len(place.heard(path)) for path in ("/phone", "/desk")] == [1, 2]


def test_in_quiet_hours_slack_hears_only_what_is_critical(place: Place) -> None:
    """It can be told nothing in silence."""
    here = datetime.fromtimestamp(now().wall).astimezone()
    begin, end = (f"{here + timedelta(hours=by):%H:%M}" for by in (-1, 2))
    place.service.at["/slack"] = Reply(200, b"ok")
    slack = f'[routes.slack]\nkind = "slack"\nurl = "{place.service.base}/slack"\n'
    place.write(phone(f"{place.service.base}/phone", f'{NEVER}quiet_hours = "{begin}-{end}"\n') + slack)
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.deliver()
    place.commit(closing(), step(WELL, OVER))
    again_s = place.deliver().again_s
    assert again_s is not None
    assert 1.9 * 3600 < again_s <= 2 * 3600
    assert (len(place.heard("/phone")), len(place.heard("/slack"))) == (2, 1)
    assert place.heard()[1]["silent"]
    place.write(phone(f"{place.service.base}/phone") + slack)
    assert place.deliver() == Delivered(None)
    assert (len(place.heard("/phone")), len(place.heard("/slack"))) == (2, 2)


def test_what_waits_for_the_end_of_the_quiet_hours_keeps_no_proof_away(place: Place) -> None:
    """A proof is silent where a message is not; what may be told is told first."""
    here = datetime.fromtimestamp(now().wall).astimezone()
    begin, end = (f"{here + timedelta(hours=by):%H:%M}" for by in (-1, 2))
    hours = f'[notify]\nquiet_hours = "{begin}-{end}"\n'
    place.service.at["/slack"] = Reply(200, b"ok")
    place.write(f'{hours}[routes.slack]\nkind = "slack"\nurl = "{place.service.base}/slack"\n')
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.deliver()
    place.commit(closing(), step(WELL, OVER))
    place.deliver()
    place.age(DAY_S)
    place.service.at["/slack"] = Reply(400, b"no_text")
    done = place.deliver()
    assert [one["text"] for one in place.heard("/slack")][1:] == [""]
    (row,) = place.rows()
    assert (row.proof, row.failing) == ("canary", None)
    assert done.waiting_s is not None, "the end of the incident waits for the morning"
    assert done.waiting_s > 3600


DIES = """
import pathlib, sys
from selfheal.app.claimant import may_live, me
from selfheal.core.instants import until
from selfheal.runtime.clock import SystemClock
from selfheal.store.outbox import SqliteOutbox
outbox, now = SqliteOutbox(pathlib.Path(sys.argv[1]), me(), may_live), SystemClock().now()
assert outbox.claim("phone", outbox.waiting("phone"), until(now, 180.0))
print("claimed", flush=True)
input()
"""


def test_what_a_delivery_that_was_killed_had_claimed_is_told_by_the_next_one(place: Place) -> None:
    place.write(phone(f"{place.service.base}/phone"))
    place.service.replies.append(Reply(500))
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.deliver()
    place.service.heard.clear()
    command = (sys.executable, "-c", DIES, str(database_path(place.settings)))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "claimed\n"
        assert (place.deliver().again_s or 0) > 100, "it may be at it"
        assert place.heard() == []
        process.kill()
    assert place.deliver() == Delivered(None)
    assert len(place.heard()) == 1


UNRESOLVED = """
import pathlib, socket, sys, threading
socket.getaddrinfo = lambda *_: threading.Event().wait()
from selfheal.app.given import Given
from selfheal.app.post import deliver
from selfheal.config.load import load
from selfheal.notify.https import Reach
home = {"HOME": sys.argv[1]}
settings = load(pathlib.Path(sys.argv[1]) / "config.toml", home)
print(deliver(settings, home, Given(), reach=Reach(timeout_s=0.2), linger_s=0.0).again_s)
"""


def test_a_name_that_is_never_resolved_keeps_no_delivery_from_its_end(place: Place, tmp_path: Path) -> None:
    """It once waited for the resolver's thread, for ever, while its alert was long put off."""
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    command = (sys.executable, "-c", UNRESOLVED, str(tmp_path))
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=60.0, check=True, text=True)
    assert 0 < float(done.stdout) <= 5.0


def test_a_delivery_gives_up_in_its_time_and_the_next_one_goes_on(place: Place) -> None:
    place.write(phone(f"{place.service.base}/phone"))
    place.service.replies.append(Manner.SILENT)
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    assert place.deliver(longest_s=1.0) == Delivered(GIVEN_UP_S, waiting_s=GIVEN_UP_S)
    assert len(place.heard()) == 1
    with contextlib.closing(sqlite3.connect(database_path(place.settings))) as base, base:
        base.execute("UPDATE delivery SET owner = json_set(owner, '$[1]', 1.0)")  # it has ended
    assert place.deliver() == Delivered(None)
    assert len({one["id"] for one in place.heard()}) == 1
    assert len(place.heard()) == 2


def test_without_a_disk_what_was_told_when_it_gives_up_is_known_and_what_may_have_been(place: Place) -> None:
    place.service.at["/phone"] = Manner.SILENT
    done = place.deliver(Given(((TARGET, OPENED, now().wall),)), longest_s=1.0)
    assert ([one.route for one in done.taken], [one.route for one in done.doubts]) == (["desk"], ["phone"])
    assert done.waiting_s == GIVEN_UP_S


def test_a_receipt_that_cannot_be_kept_is_known_though_another_route_is_silent(place: Place) -> None:
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.service.at["/phone"] = Manner.SILENT
    with contextlib.closing(sqlite3.connect(database_path(place.settings))) as base, base:
        base.execute(NO_RECEIPT)
    with pytest.raises(UnnotedError) as raised:
        place.deliver(longest_s=1.0)
    assert [one.route for one in raised.value.told] == ["desk"]


def test_what_no_disk_takes_is_told_and_not_again_once_it_does(place: Place) -> None:
    given = Given(((TARGET, OPENED, now().wall),))
    told = place.deliver(given).taken
    assert sorted((one.route, one.target, one.incident, one.kind) for one in told) == [
        ("desk", TARGET, 1, AlertKind.OPENED),
        ("phone", TARGET, 1, AlertKind.OPENED),
    ]
    assert str(place.heard()[0]["body"]).startswith("🚨 Urgent")
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    assert place.deliver(Given(told=told)) == Delivered(None)
    assert len(place.heard()) == 1


def test_without_a_disk_what_may_have_arrived_is_known_to_the_next_try(place: Place) -> None:
    place.write(phone(f"{place.service.base}/phone"))
    given = Given(((TARGET, OPENED, now().wall),))
    place.service.replies.append(Manner.RESET)
    first = place.deliver(given)
    assert first.doubts == (Doubt("phone", TARGET, 1, AlertKind.OPENED, 0),)
    second = place.deliver(replace(given, doubts=first.doubts))
    assert [one["again"] for one in place.heard()] == [False, True]
    assert (second.doubts, [one.route for one in second.taken]) == ((), ["phone"])


def test_what_may_have_arrived_without_a_disk_is_said_to_once_there_is_one(place: Place) -> None:
    """On the route that did not take it; another one has."""
    place.service.at["/phone"] = Manner.RESET
    done = place.deliver(Given(((TARGET, OPENED, now().wall),)))
    assert ([one.route for one in done.taken], [one.route for one in done.doubts]) == (["desk"], ["phone"])
    place.service.at.clear()
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.deliver(Given(told=done.taken, doubts=done.doubts))
    assert [one["again"] for one in place.heard()] == [False, True]
    assert len(place.heard("/desk")) == 1


def test_without_a_disk_it_has_the_same_name_where_that_can_be_read(place: Place) -> None:
    """So that an issue that is opened then is closed later, and a message is not shown twice."""
    given = Given(((TARGET, OPENED, now().wall),))
    place.deliver(given)
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.deliver()
    place.deliver(given)
    before, kept, after = (one["id"] for one in place.heard())
    assert before != kept
    assert kept == after


def test_what_is_said_over_the_pipe_is_what_is_heard(place: Place) -> None:
    given = Given(((TARGET, OPENED, at(1).wall),))
    assert given_of(encode(given)) == given
    delivered = Delivered(7.5, place.deliver(given).taken)
    assert delivered_of(encode(delivered)) == delivered
    with pytest.raises(ValueError, match="truncated"):
        given_of(b"{")


def test_a_route_that_was_silent_for_a_day_shows_that_it_works(place: Place) -> None:
    place.write(phone(f"{place.service.base}/phone", ""))
    done = place.deliver()
    assert done.again_s is not None
    assert DAY_S - 60 < done.again_s <= DAY_S, "it is new"
    assert done.waiting_s is None, "no alert waits"
    assert place.heard() == []
    place.age(DAY_S)
    again_s = place.deliver().again_s
    assert again_s is not None
    assert DAY_S - 60 < again_s <= DAY_S
    place.deliver()
    (proof,) = place.heard()
    assert (proof["canary"], proof["silent"], proof["severity"]) == (True, True, "info")
    assert "🐤" in str(proof["title"])
    (row,) = place.rows()
    assert (row.name, row.proof, row.failing) == ("phone", "canary", None)


def test_what_waits_for_a_route_comes_before_its_proof(place: Place) -> None:
    place.write(phone(f"{place.service.base}/phone", ""))
    place.deliver()
    place.age(DAY_S)
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.service.replies.append(Reply(500))
    place.deliver()
    assert [one["title"] for one in place.heard() if "canary" in one] == []
    (row,) = place.rows()
    assert row.failing is not None


def test_of_a_route_that_refuses_the_others_hear_once_and_once_that_it_works(place: Place) -> None:
    two = phone(f"{place.service.base}/phone", "") + (
        f'[routes.desk]\nkind = "webhook"\nurl = "{place.service.base}/desk"\nsecret = "hush-hush"\n'
    )
    place.write(two)
    place.deliver()
    place.age(DAY_S)
    place.service.at["/desk"] = Reply(404, b"no such hook")
    place.deliver()
    place.deliver()
    told = [one for one in place.heard() if "canary" not in one]
    assert [one["title"].split(" · ")[0] for one in told] == ["⚠️ selfheal: cannot tell anything by desk"]
    assert "HTTP 404: no such hook" in told[0]["body"]
    assert told[0]["severity"] == "warning"
    (desk, _) = place.rows()
    assert (desk.name, desk.final) == ("desk", True)
    place.service.at.clear()
    place.age(DAY_S)
    place.deliver()
    place.deliver()
    told = [one for one in place.heard() if "canary" not in one]
    assert [one["title"].split(" · ")[0] for one in told][1:] == ["✅ selfheal: desk works again"]
    assert (told[1]["severity"], told[1]["in_reply_to"]) == ("info", "42")
    assert [one for one in place.heard("/desk") if "canary" not in one] == []


def test_what_a_route_that_works_does_not_take_is_told_on_another_one(place: Place) -> None:
    """The desk would hear of what is critical alone. That the phone's route works its canary shows."""
    desk = f'[routes.desk]\nkind = "webhook"\nurl = "{place.service.base}/desk"\nsecret = "hush-hush"\n'
    place.write(phone(f"{place.service.base}/phone", "") + desk + 'severity = "critical"\n')
    place.commit(opening(), step(IN_TROUBLE, OPENED))
    place.deliver()
    place.commit(step(IN_TROUBLE, REMINDER))
    place.service.answers = lambda heard: (
        Reply(500) if heard.path == "/phone" and b'"canary"' not in heard.body else Reply()
    )
    tries = 0
    while len(place.heard("/desk")) == 1 and tries <= STUCK_TRIES:
        place.deliver()
        place.come_due()
        tries += 1
    assert tries == STUCK_TRIES
    assert [one["severity"] for one in place.heard("/desk")] == ["critical", "warning"]
    place.deliver()
    assert len(place.heard("/desk")) == 2
    (_, row) = place.rows()
    assert (row.name, row.proof) == ("phone", "canary")


@pytest.mark.parametrize("told", [OPENED, REMINDER], ids=["lasting", "reminder"])
def test_what_a_route_that_works_refuses_is_told_on_another_one_and_not_again(
    place: Place, told: Notify
) -> None:
    desk = f'[routes.desk]\nkind = "webhook"\nurl = "{place.service.base}/desk"\nsecret = "hush-hush"\n'
    place.write(phone(f"{place.service.base}/phone", "") + desk + 'severity = "critical"\n')
    place.deliver()
    place.commit(opening(), step(IN_TROUBLE, told))
    place.service.answers = lambda heard: (
        Reply(400, b"bad") if heard.path == "/phone" and b'"canary"' not in heard.body else Reply()
    )
    place.deliver()
    assert [one["severity"] for one in place.heard("/desk")] == [
        "critical" if told is OPENED else "warning"
    ], "and of no route that fails"
    (_, row) = place.rows()
    assert (row.name, row.failing, row.proof) == ("phone", None, "canary")
    tried = len(place.service.heard)
    for _ in range(3):
        place.deliver()
    assert len(place.service.heard) == tried
