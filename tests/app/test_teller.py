"""An alert is printed once, and goes to the delivery process by the way that there is."""

import asyncio
import io
import json
import sys
from pathlib import Path

import pytest
from tests.store.steps import IN_TROUBLE, TARGET

from selfheal.app.given import GIVEN_MAX_BYTES, Delivered, Given, encode, given_of
from selfheal.app.teller import Noted, RoutesTeller, dispatch_for
from selfheal.config.load import load
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Wall
from selfheal.notify.console import ConsoleTeller
from selfheal.ports.outbox import Doubt, Receipt, Told
from selfheal.ports.service import Done
from selfheal.runtime.dispatch import Dispatch

OPENED = Notify(AlertKind.OPENED, 1, ())
TOLD = Told("phone", TARGET, 1, AlertKind.OPENED, 0, Receipt("42"))


class Case:
    """`answer`: what the delivery process says; it writes down what it was given."""

    def __init__(self, folder: Path, answer: Delivered | None) -> None:
        self.out = io.StringIO()
        self._heard = folder / "given"
        said = "" if answer is None else encode(answer).decode()
        heard = f"open({str(self._heard)!r}, 'ab').write(sys.stdin.buffer.read() + b'\\n')"
        program = f"import sys; {heard}; print({said!r})"
        self.noted = Noted()
        self.complaints: list[str] = []
        self._wall = iter((1000.0, 9000.0))
        command = [sys.executable, "-c", program]
        self.dispatch = Dispatch(command, {}, self.complaints.append, self.noted.given)

    def tell(self, *, kept: bool, routes: bool = True) -> Done:
        teller = RoutesTeller(
            ConsoleTeller(lambda _: "the alert", self.out),
            self.dispatch,
            self.noted,
            lambda: kept,
            lambda: routes,
            lambda: next(self._wall),
        )

        async def twice() -> Done:
            await teller.tell(TARGET, OPENED, IN_TROUBLE)
            done = await teller.tell(TARGET, OPENED, IN_TROUBLE)
            await self.dispatch.idle()
            return done

        return asyncio.run(twice())

    def given(self) -> list[Given]:
        lines = self._heard.read_bytes().splitlines() if self._heard.exists() else []
        return [given_of(line) for line in lines]


def test_without_a_route_it_is_printed_and_that_is_all(tmp_path: Path) -> None:
    case = Case(tmp_path, Delivered())
    assert case.tell(kept=True, routes=False).succeeded
    assert case.out.getvalue() == "the alert\n"
    assert case.given() == []


def test_what_is_in_the_outbox_is_only_called_for(tmp_path: Path) -> None:
    case = Case(tmp_path, Delivered())
    case.noted.told.append(TOLD)
    assert case.tell(kept=True).succeeded
    assert case.given() == [Given(told=(TOLD,))] * 2
    assert case.out.getvalue() == "the alert\n"


def test_what_no_disk_has_taken_is_handed_over_and_noted(tmp_path: Path) -> None:
    case = Case(tmp_path, Delivered(60.0, (TOLD,)))
    assert case.tell(kept=False).succeeded
    assert case.given() == [Given(((TARGET, OPENED, Wall(at)),)) for at in (1000.0, 9000.0)], "two alerts"
    assert list(case.noted.told) == [TOLD, TOLD]


def test_what_was_told_is_handed_over_as_a_whole(tmp_path: Path) -> None:
    case = Case(tmp_path, Delivered())
    told = [TOLD._replace(number=number, receipt=Receipt("4" * 900)) for number in range(300)]
    case.noted.note(told)
    assert case.tell(kept=True).succeeded
    assert case.given() == [Given(told=tuple(told))] * 2
    assert case.complaints == []


def test_what_there_is_no_room_for_is_left_out_whole_and_said() -> None:
    complaints: list[str] = []
    noted = Noted(complaints.append)
    long = Receipt("4" * (GIVEN_MAX_BYTES // 4))
    noted.note([TOLD._replace(number=number, receipt=long) for number in range(5)])
    assert [told.number for told in given_of(noted.given()).told] == [2, 3, 4]
    assert complaints == ["cannot remember that 2 alerts were told: they may be told again"]


def test_the_next_try_is_of_the_same_alert_and_knows_what_may_have_arrived(tmp_path: Path) -> None:
    doubt = Doubt("phone", TARGET, 1, AlertKind.OPENED, 0)
    case = Case(tmp_path, Delivered(60.0, doubts=(doubt,)))
    assert not case.tell(kept=False).succeeded
    alert = (TARGET, OPENED, Wall(1000.0))
    assert case.given() == [Given((alert,)), Given((alert,), doubts=(doubt,))]


def test_what_may_have_arrived_on_a_route_is_noted_though_another_took_it(tmp_path: Path) -> None:
    doubt = Doubt("desk", TARGET, 1, AlertKind.OPENED, 0)
    case = Case(tmp_path, Delivered(60.0, (TOLD,), doubts=(doubt,)))
    assert case.tell(kept=False).succeeded
    assert given_of(case.noted.given()) == Given(told=(TOLD, TOLD), doubts=(doubt,))


@pytest.mark.parametrize("answer", [Delivered(60.0), None])
def test_what_no_route_has_taken_is_to_be_told_again(tmp_path: Path, answer: Delivered | None) -> None:
    case = Case(tmp_path, answer)
    done = case.tell(kept=False)
    assert not done.succeeded
    assert done.detail
    assert case.out.getvalue() == "the alert\n"


def test_the_delivery_process_is_ours_with_our_config(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("")
    environ = {"HOME": str(tmp_path), "NOTIFY_SOCKET": "@systemd"}
    dispatch = dispatch_for(load(config, environ), environ, Noted(), print)
    assert dispatch.env == {"HOME": str(tmp_path)}
    answer = asyncio.run(dispatch.deliver(encode(Given())))
    assert json.loads(answer.said) == {"again_s": None, "taken": [], "waiting_s": None, "doubts": []}
