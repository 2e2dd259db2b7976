"""A route shows in silence that it works: when that is due, and what it leaves with each service."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.notify.benches import HIDDEN, MEANS, DesktopBench, Fault, HttpBench, MailBench, make_bench
from tests.notify.messages import go, message
from tests.notify.standin import Reply

from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.notify.canary import LONGEST_S, SHORTEST_S, Canary, again_s, due_s
from selfheal.notify.route import LaterError, Message, Provable, RefusedError, RouteError
from selfheal.ports.outbox import LEASE_S, Addressee, Receipt, Standing
from selfheal.store.memory_outbox import MemoryOutbox

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # Apprise asks for it
DAY_S = 86_400.0
PROVABLE = ("discord-webhook", "discord-bot", "telegram", "slack", "ntfy", "webhook", "mail-starttls")
CANARY = "the daily proof\nnothing is to be done"


def at(seconds: float) -> Now:
    return Now(Monotonic(seconds), Wall(1_000_000.0 + seconds), "boot")


def wall(seconds: float) -> Wall:
    return at(seconds).wall


@pytest.fixture(params=PROVABLE)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HttpBench | MailBench]:
    made = make_bench(request.param, tmp_path)
    assert not isinstance(made, DesktopBench)
    if isinstance(made, HttpBench) and request.param == "slack":
        made.stand_in.usual = Reply(400, b"no_text")
    yield made  # type: ignore[misc]
    made.close()


def prove(bench: HttpBench | MailBench) -> None:
    async def run() -> None:
        route = bench.route()
        assert isinstance(route, Provable)
        try:
            await route.prove(message(CANARY))
        finally:
            await route.close()

    go(run())


def test_it_works_and_leaves_nothing_to_be_read(bench: HttpBench | MailBench) -> None:
    prove(bench)
    if isinstance(bench, MailBench):
        assert (bench.mailbox.letters, bench.mailbox.logins) == ([], 1)
        return
    asked, *after = bench.stand_in.heard
    said = json.loads(asked.body)
    match said:
        case {"flags": flags}:
            assert flags == 1 << 12
            assert [one.method for one in after] == ["DELETE"]
            assert after[0].path.endswith("/messages/42")
        case {"chat_id": _}:
            assert said["disable_notification"] is True
            assert after[0].path.endswith("/deleteMessage")
            assert json.loads(after[0].body) == {"chat_id": -1001234, "message_id": 42}
        case {"sequence_id": mark}:
            assert said["priority"] == 1
            assert (after[0].method, after[0].path.endswith(f"/{mark}")) == ("DELETE", True)
        case {"canary": canary}:
            assert (canary, after) == (True, [])
        case _:
            assert (said, after) == ({"text": ""}, [])


@pytest.mark.parametrize("fault", [Fault.UNAUTHORISED, Fault.MISSING, Fault.UNTRUSTED, Fault.RATE_LIMITED])
def test_a_fault_is_what_it_means_and_tells_no_secret(bench: HttpBench | MailBench, fault: Fault) -> None:
    bench.fail(fault)
    with pytest.raises(RouteError) as caught:
        prove(bench)
    assert type(caught.value) is MEANS[fault]
    assert [secret for secret in HIDDEN if secret in str(caught.value)] == []


@pytest.mark.parametrize("kind", ["discord-webhook", "discord-bot", "telegram", "ntfy"])
def test_what_cannot_be_taken_back_has_arrived(kind: str, tmp_path: Path) -> None:
    bench = make_bench(kind, tmp_path)
    assert isinstance(bench, HttpBench)
    bench.stand_in.replies.extend([bench.stand_in.usual, Reply(404)])
    prove(bench)
    assert len(bench.stand_in.heard) == 2
    bench.close()


@pytest.mark.parametrize("kind", ["apprise", "desktop"])
def test_what_would_be_seen_is_not_proved_in_silence(kind: str, tmp_path: Path) -> None:
    bench = make_bench(kind, tmp_path)
    assert not isinstance(bench.route(), Provable)
    bench.close()


def test_a_slack_webhook_that_is_known_no_more_is_refused(tmp_path: Path) -> None:
    bench = make_bench("slack", tmp_path)
    assert isinstance(bench, HttpBench)
    for answer in (Reply(404, b"no_service"), Reply(403, b"invalid_token"), Reply(400, b"invalid_payload")):
        bench.stand_in.replies.append(answer)
        with pytest.raises(RefusedError):
            prove(bench)
    bench.close()


def test_whatever_it_has_taken_proves_it() -> None:
    assert due_s(Standing(wall(0)), DAY_S, at(10)) == DAY_S - 10
    assert due_s(Standing(wall(0), wall(70)), DAY_S, at(80)) == DAY_S - 10
    assert due_s(Standing(wall(0), wall(70)), DAY_S, at(70 + DAY_S)) == 0


def test_a_clock_that_was_set_back_does_not_put_it_off_for_years() -> None:
    assert due_s(Standing(wall(0), wall(9 * DAY_S)), DAY_S, at(0)) == 0


def test_what_fails_is_asked_again_after_what_was_noted() -> None:
    failing = Standing(wall(0), failing=wall(5))
    assert due_s(failing, DAY_S, at(6)) == 0
    assert due_s(failing._replace(ready=wall(300)), DAY_S, at(6)) == 294
    assert due_s(failing._replace(ready=wall(300)), 60.0, at(6)) == 294, "a short interval makes no haste"
    for since, most in ((5, SHORTEST_S), (-1000, 1006.0), (-DAY_S, LONGEST_S)):
        late = again_s(Standing(wall(0), failing=wall(since)), at(6), 1.0)
        assert late == most
        assert again_s(Standing(wall(0), failing=wall(since)), at(6), 0.0) == most / 2


class Scripted:
    """A route that shows what it is told to."""

    name = "chat"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.error: Exception | None = None

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        raise NotImplementedError

    async def prove(self, message: Message) -> None:
        self.asked.append(message.mark)
        if self.error is not None:
            raise self.error

    async def close(self) -> None:
        """Nothing is open."""


class Bird:
    """A canary over an outbox that forgets, with a clock that is set."""

    def __init__(self, interval_s: float = DAY_S) -> None:
        self.now = at(0)
        self.outbox = MemoryOutbox()
        self.outbox.address({"chat": Addressee("door", frozenset())}, self.now)
        self.route = Scripted()
        self.canary = Canary(self.outbox, self.compose, lambda: self.now, lambda: 1.0, interval_s)

    def compose(self, number: int) -> Message:
        return Message(str(number), "", message().severity, "", "")

    def serve(self, seconds: float) -> float | None:
        self.now = at(seconds)
        return asyncio.run(self.canary.serve(self.route))


def test_it_is_asked_once_an_interval() -> None:
    bird = Bird()
    assert bird.serve(5) == DAY_S - 5
    assert bird.serve(DAY_S) == DAY_S
    assert bird.serve(DAY_S + 5) == DAY_S - 5
    assert bird.route.asked == ["1"]


def test_an_interval_of_0_asks_never() -> None:
    bird = Bird(0.0)
    assert bird.serve(9 * DAY_S) is None
    assert bird.route.asked == []


def test_one_that_fails_is_asked_after_minutes_and_one_that_refuses_after_the_interval() -> None:
    bird = Bird()
    bird.route.error = LaterError("cannot tell chat: no network")
    assert bird.serve(DAY_S) == SHORTEST_S
    assert bird.outbox.standing("chat").failing == wall(DAY_S)
    bird.route.error = RefusedError("cannot tell chat: HTTP 404")
    assert bird.serve(DAY_S + SHORTEST_S) == DAY_S
    standing = bird.outbox.standing("chat")
    assert (standing.failing, standing.final, standing.why) == (
        wall(DAY_S),
        True,
        "cannot tell chat: HTTP 404",
    )
    bird.outbox.address({"chat": Addressee("another door", frozenset())}, bird.now)
    bird.route.error = None
    assert bird.serve(DAY_S + SHORTEST_S + 1) == DAY_S
    assert bird.outbox.standing("chat").failing is None
    assert bird.route.asked == ["1", "2", "3"]


def test_an_error_of_ours_is_one_that_passes() -> None:
    """The others are served by the same process."""
    bird = Bird()
    bird.route.error = ZeroDivisionError()
    assert bird.serve(DAY_S) == SHORTEST_S
    standing = bird.outbox.standing("chat")
    assert (standing.final, standing.why) == (False, "cannot tell chat: ZeroDivisionError")


def test_only_one_of_two_asks_and_who_dies_over_it_is_followed() -> None:
    bird = Bird()
    bird.now = at(DAY_S)
    assert bird.outbox.claim_proof("chat", bird.outbox.standing("chat"), Wall(bird.now.wall + LEASE_S))
    assert bird.serve(DAY_S + 1) == LEASE_S - 1
    assert bird.route.asked == []
    bird.serve(DAY_S + LEASE_S)
    assert bird.route.asked == ["2"]


def test_who_asks_to_be_left_alone_is_not_asked_before() -> None:
    bird, asks_s = Bird(), 2 * LONGEST_S
    bird.route.error = LaterError("cannot tell chat: HTTP 429", timedelta(seconds=asks_s))
    assert bird.serve(DAY_S) == asks_s
    assert bird.serve(DAY_S + asks_s - 1) == 1
    assert asyncio.run(bird.canary.serve(bird.route, since=wall(DAY_S))) == 1, "not even for the others' sake"
    assert bird.route.asked == ["1"]
    bird.serve(DAY_S + asks_s)
    assert bird.route.asked == ["1", "2"]
