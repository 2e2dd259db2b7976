"""The words arrive, whatever a service makes of the files."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from tests.notify.messages import FILE, go, message

from selfheal.notify import handover
from selfheal.notify.handover import Patience, hand_over, without_files
from selfheal.notify.route import LaterError, Message, PartlyError, RefusedError, RouteError, UnsureError
from selfheal.ports.outbox import Receipt

EARLIER = Receipt("earlier")
SAID = replace(message("title\nwords", attachments=(FILE,)), unfiled="they lie in logs")
WORDS = "title\nthey lie in logs\nwords"


@dataclass
class Picky:
    """Fails as `fault` says of a message; None: it is taken."""

    fault: Callable[[Message], RouteError | None]
    name: str = "chat"
    heard: list[tuple[str, int, Receipt | None, bool]] = field(default_factory=list)

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        self.heard.append((message.body, len(message.attachments), earlier, again))
        if (error := self.fault(message)) is not None:
            raise error
        return Receipt(message.mark)

    async def close(self) -> None:
        """Nothing is open."""

    def take(
        self,
        said: Message = SAID,
        earlier: Receipt | None = None,
        patience: Patience = Patience.WHOLE,
        *,
        again: bool = False,
    ) -> Receipt:
        return go(hand_over(self, said, earlier, again=again, patience=patience))


def with_files(error: RouteError) -> Callable[[Message], RouteError | None]:
    return lambda message: error if message.attachments else None


def test_what_is_refused_with_its_files_arrives_without_them_and_says_where_they_lie() -> None:
    route = Picky(with_files(RefusedError("413")))
    receipt = route.take(earlier=EARLIER)
    assert receipt.lacks == (FILE.name,)
    assert route.heard == [(SAID.body, 1, EARLIER, False), (WORDS, 0, None, False)]


def test_what_cannot_be_answered_arrives_with_all_its_words() -> None:
    route = Picky(lambda _: RefusedError("no such message") if len(route.heard) == 1 else None)
    assert route.take(message(), EARLIER) == Receipt(SAID.mark)
    assert route.heard[1][:3] == (message().body, 0, None)


def test_only_what_is_refused_without_its_files_too_becomes_its_title() -> None:
    route = Picky(lambda message: RefusedError("400") if "words" in message.body else None)
    route.take()
    assert [body for body, *_ in route.heard] == [SAID.body, WORDS, "title"]


@pytest.mark.parametrize("error", [LaterError("500"), UnsureError("reset")])
def test_a_service_that_breaks_at_the_files_twice_is_handed_the_words(error: RouteError) -> None:
    route = Picky(with_files(error))
    again = isinstance(error, UnsureError)
    with pytest.raises(type(error)):
        route.take(again=again)
    assert route.take(patience=Patience.WORDS, again=again).lacks == (FILE.name,)
    assert [files for _, files, *_ in route.heard] == [1, 1, 0]


@pytest.mark.parametrize("patience", list(Patience))
def test_what_may_have_arrived_goes_again_only_where_it_says_so(patience: Patience) -> None:
    """Its words are made before it is known, and say so from the next try on."""
    route = Picky(with_files(UnsureError("reset")))
    with pytest.raises(UnsureError):
        route.take(patience=patience)
    assert len(route.heard) == 1


def test_a_service_that_asks_to_wait_is_not_asked_twice() -> None:
    route = Picky(with_files(LaterError("429", after=timedelta(seconds=9))))
    with pytest.raises(LaterError, match="429"):
        route.take(patience=Patience.WORDS)
    assert len(route.heard) == 1


@pytest.mark.parametrize("patience", list(Patience))
def test_what_some_have_got_whole_is_sent_to_nobody_in_another_form(patience: Patience) -> None:
    route = Picky(lambda _: PartlyError("greylisted", Receipt("m", lacks=("late@b",))))
    with pytest.raises(PartlyError):
        route.take(patience=patience)
    assert len(route.heard) == 1


def test_what_may_have_arrived_stays_so_though_the_words_surely_have_not() -> None:
    route = Picky(lambda message: UnsureError("reset") if message.attachments else LaterError("500"))
    with pytest.raises(UnsureError):
        route.take(patience=Patience.WORDS, again=True)
    assert len(route.heard) == 2


def test_after_a_doubt_a_service_that_asks_to_wait_is_obeyed() -> None:
    wait = LaterError("429", after=timedelta(seconds=600))
    route = Picky(lambda message: UnsureError("reset") if message.attachments else wait)
    with pytest.raises(UnsureError, match="429") as caught:
        route.take(patience=Patience.WORDS, again=True)
    assert caught.value.after == timedelta(seconds=600)


def test_files_that_take_too_long_leave_time_for_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "FILES_S", 0.0)
    route = Picky(lambda _: None)

    async def slow(message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        if message.attachments:
            await asyncio.Event().wait()
        return await Picky.send(route, message, earlier, again=again)

    route.send = slow  # type: ignore[method-assign]
    assert route.take(patience=Patience.WORDS, again=True).lacks == (FILE.name,)
    assert route.heard == [(WORDS, 0, None, True)]


def test_a_message_without_files_stays_as_it_is() -> None:
    assert without_files(message()) == message()
