"""One suite for every route: unmodified clients against a service on loopback, with TLS where it has TLS."""

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.notify.benches import HIDDEN, KINDS, MEANS, WAIT, Bench, Fault, make_bench
from tests.notify.messages import BODY, FILE, message, sent

from selfheal.notify.limits import CUT
from selfheal.notify.route import LaterError, RouteError

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # Apprise asks for it
ODD = "title\nlone \udcff surrogate, \x1b[31m and \x00"


@pytest.fixture(params=KINDS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    made = make_bench(request.param, tmp_path)
    yield made
    made.close()


class Log(logging.Handler):
    """What reaches the root, as a log file of ours would have it. The stand-ins' own log is theirs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != "mail.log":
            self.lines.append(record.getMessage())


@pytest.fixture
def log() -> Iterator[Log]:
    root, made = logging.getLogger(), Log()
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(made)
    yield made
    root.removeHandler(made)
    root.setLevel(level)


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_one_message_arrives_whole_and_its_receipt_comes_back(bench: Bench) -> None:
    (receipt,) = sent(bench.route(), message())
    assert receipt.id == bench.receipt
    assert receipt.lacks == ()
    assert [unescaped(text) for text in bench.texts()] == [BODY]


def test_a_route_is_used_more_than_once(bench: Bench) -> None:
    sent(bench.route(), message(), message("again\nit is down"))
    assert bench.texts()[1] == "again\nit is down"


@pytest.mark.parametrize("unit", ["down <&> ", "멈춤 🚨 "])
def test_what_is_too_long_is_cut_at_the_end(bench: Bench, unit: str) -> None:
    sent(bench.route(), message("title\n" + unit * bench.most))
    (text,) = bench.texts()
    assert bench.size(text) <= bench.most
    assert unescaped(text).startswith("title\n" + unit * 10)
    assert text.endswith(CUT)


def test_odd_signs_stop_no_message(bench: Bench) -> None:
    sent(bench.route(), message(ODD))
    assert len(bench.texts()) == 1


def test_a_file_arrives_or_is_said_to_be_missing(bench: Bench) -> None:
    (receipt,) = sent(bench.route(), message(attachments=(FILE,)))
    assert receipt.lacks in {(), (FILE.name,)}


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_is_what_it_means_and_tells_no_secret(bench: Bench, fault: Fault, log: Log) -> None:
    if fault not in bench.faults:
        pytest.skip("it has no such fault")
    bench.fail(fault)
    with pytest.raises(RouteError) as caught:
        sent(bench.route(), message())
    assert type(caught.value) is MEANS[fault]
    assert str(caught.value).startswith("cannot tell chat: ")
    if fault is Fault.RATE_LIMITED and bench.waits:
        assert isinstance(caught.value, LaterError)
        assert caught.value.after == WAIT
    if fault is Fault.UNTRUSTED:
        assert "certificate" in str(caught.value)
    said = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + "".join(log.lines)
    assert [secret for secret in HIDDEN if secret in said] == []
