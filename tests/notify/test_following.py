"""Files that follow a message keep nobody from believing that it has arrived."""

import asyncio
from dataclasses import replace

import pytest
from tests.notify.messages import FILE, go, message
from tests.notify.standin import Authority, Manner, Reply, StandIn

from selfheal.notify import following
from selfheal.notify.following import follow
from selfheal.notify.https import Reach
from selfheal.notify.ntfy import Ntfy
from selfheal.notify.route import Attachment, LaterError, PartlyError
from selfheal.ports.outbox import Receipt

FILES = [replace(FILE, name=name) for name in ("one", "two", "three")]


def test_those_that_fail_are_named_and_stop_no_other() -> None:
    async def send(file: Attachment) -> None:
        if file.name == "two":
            raise LaterError("500")

    assert tuple(go(follow(FILES, send))) == ("two",)


def test_those_that_are_slow_are_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "FOLLOW_S", 0.05)

    async def send(file: Attachment) -> None:
        if file.name != "one":
            await asyncio.Event().wait()

    assert tuple(go(follow(FILES, send))) == ("two", "three")


def test_a_route_has_its_receipt_all_the_same(
    authority: Authority, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "FOLLOW_S", 0.2)
    stand_in.replies += [Reply(200, b'{"id": "1"}'), Manner.SILENT]
    route = Ntfy("phone", "hush", stand_in.base, reach=Reach(authority.bundle))

    async def send() -> Receipt:
        try:
            return await route.send(message(attachments=tuple(FILES)))
        finally:
            await route.close()
            stand_in.released.set()

    with pytest.raises(PartlyError) as caught:
        go(send())
    assert caught.value.receipt == Receipt("1", lacks=("one", "two", "three"))
