"""What an answer means, how long it asks us to wait, and which certificates are taken."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import trustme
from tests.notify.messages import go
from tests.notify.proxy import proxy_to
from tests.notify.standin import Authority, Manner, Reply, StandIn, closed_port, reach_to, standing_in

from selfheal.notify.https import ANSWER_BYTES, Answer, Ask, Https, Reach
from selfheal.notify.retry_after import LONGEST, asked_wait
from selfheal.notify.route import LaterError, RefusedError, RouteError, UnsureError
from selfheal.notify.trust import trust

DATE = "Tue, 24 Nov 2026 16:00:00 GMT"


def ask(reach: Reach, url: str, secrets: tuple[str, ...] = ()) -> Answer:
    async def send() -> Answer:
        https = Https("chat", secrets, reach)
        try:
            return await https.send(Ask(url, payload={}))
        finally:
            await https.close()

    return go(send())


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, LaterError),
        (400, RefusedError),
        (403, RefusedError),
        (408, LaterError),
        (410, RefusedError),
        (413, RefusedError),
        (418, LaterError),
        (502, LaterError),
        (503, LaterError),
        (504, UnsureError),
    ],
)
def test_what_a_status_means(
    authority: Authority, stand_in: StandIn, status: int, kind: type[RouteError]
) -> None:
    stand_in.replies.append(Reply(status, b"  why\n it is so ", {"location": "/elsewhere"}))
    with pytest.raises(
        kind, match=f"^cannot tell chat: it answers with HTTP {status}: why it is so$"
    ) as caught:
        ask(Reach(authority.bundle), stand_in.base)
    assert type(caught.value) is kind
    assert len(stand_in.heard) == 1  # a redirect is not followed


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({"retry-after": "65"}, b'{"message":"limited","retry_after":64.57,"global":false}', 65),
        ({}, b'{"retry_after":64.5}', 64.5),
        ({}, b'{"ok":false,"error_code":429,"parameters":{"retry_after":31}}', 31),
        ({"retry-after": "Tue, 24 Nov 2026 16:02:00 GMT", "date": DATE}, b"", 120),
        ({"retry-after": "Tue, 24 Nov 2026 15:00:00 GMT", "date": DATE}, b"", 0),
        ({"retry-after": "9" * 400}, b"", None),
        ({"retry-after": "99999999999999"}, b"", LONGEST.total_seconds()),
        ({"retry-after": "-5"}, b"", None),
        ({"retry-after": "nan"}, b"", None),
        ({"retry-after": "soon"}, b'{"retry_after":"soon"}', None),
        ({}, b"\xff[]", None),
        ({}, b"", None),
    ],
)
def test_how_long_we_are_asked_to_wait(headers: dict[str, str], body: bytes, wait: float | None) -> None:
    assert asked_wait(headers, body) == (None if wait is None else timedelta(seconds=wait))


def test_the_wait_of_an_overloaded_service_is_heard(authority: Authority, stand_in: StandIn) -> None:
    stand_in.replies.append(Reply(503, headers={"Retry-After": "3"}))
    with pytest.raises(LaterError) as caught:
        ask(Reach(authority.bundle), stand_in.base)
    assert caught.value.after == timedelta(seconds=3)


def test_a_door_that_may_have_passed_it_on_is_left_alone_as_long_as_it_asks(
    authority: Authority, stand_in: StandIn
) -> None:
    stand_in.replies.append(Reply(504, headers={"Retry-After": "30"}))
    with pytest.raises(UnsureError) as caught:
        ask(Reach(authority.bundle), stand_in.base)
    assert caught.value.after == timedelta(seconds=30)


def test_a_certificate_of_another_name_is_refused_and_nothing_is_said(authority: Authority) -> None:
    with standing_in(authority.server_context("elsewhere.example"), Reply()) as impostor:
        with pytest.raises(LaterError, match=r"certificate of discord\.com is not valid: .*mismatch"):
            ask(reach_to(impostor.port, authority.bundle), "https://discord.com/")
        assert impostor.heard == []


def test_a_certificate_that_is_over_is_refused(authority: Authority) -> None:
    over = datetime.now(UTC) - timedelta(days=1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate: trustme.LeafCert = authority.ca.issue_cert("localhost", not_after=over)
    certificate.configure_cert(context)
    with (
        standing_in(context, Reply()) as late,
        pytest.raises(LaterError, match="certificate of localhost is not valid: certificate has expired"),
    ):
        ask(Reach(authority.bundle), late.base)


def test_a_bundle_of_ones_own_is_trusted_alone_and_verification_is_on(authority: Authority) -> None:
    for context in (trust(None), trust(authority.bundle)):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
    assert len(trust(authority.bundle).get_ca_certs()) == 1
    assert len(trust(None).get_ca_certs()) > 1


def test_a_name_that_cannot_be_one_is_no_crash(authority: Authority) -> None:
    with pytest.raises(LaterError):
        ask(Reach(authority.bundle), f"https://{'a' * 70}.example/")


def test_of_a_huge_answer_the_start_is_enough(authority: Authority, stand_in: StandIn) -> None:
    stand_in.replies.append(Reply(200, b"x" * (ANSWER_BYTES * 3)))
    assert len(ask(Reach(authority.bundle), stand_in.base).body) == ANSWER_BYTES


@pytest.mark.parametrize(("status", "kind"), [(200, UnsureError), (404, RefusedError)])
def test_an_answer_that_breaks_off(
    authority: Authority, stand_in: StandIn, status: int, kind: type[RouteError]
) -> None:
    """A success without its end has no receipt; a refusal without its end is one."""
    stand_in.replies.append(Reply(status, b"beginning", {"content-length": "100", "connection": "close"}))
    with pytest.raises(kind):
        ask(Reach(authority.bundle), stand_in.base)


def test_a_secret_is_hidden_before_the_words_are_cut(authority: Authority, stand_in: StandIn) -> None:
    secret = "token-of-ours"
    stand_in.replies.append(Reply(401, b"x" * 155 + secret.encode()))
    with pytest.raises(RefusedError) as caught:
        ask(Reach(authority.bundle), stand_in.base, (secret,))
    assert "tok" not in str(caught.value)


class Interrupted(httpx.AsyncBaseTransport):
    """Time is up while the message is being sent, at `event`."""

    def __init__(self, event: str) -> None:
        self._event = event

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.extensions["trace"](f"http11.{self._event}.started", {})
        raise httpx.WriteTimeout("time is up")


@pytest.mark.parametrize(
    ("event", "kind"), [("send_request_headers", LaterError), ("send_request_body", UnsureError)]
)
def test_what_was_begun_to_be_sent_may_have_arrived(event: str, kind: type[RouteError]) -> None:
    https = Https("chat", (), Reach(transport=lambda _: Interrupted(event)))
    with pytest.raises(kind):
        go(https.send(Ask("https://example.com/", payload={})))


def through(proxy: str, bundle: Path) -> Reach:
    return Reach(bundle, transport=lambda context: httpx.AsyncHTTPTransport(verify=context, proxy=proxy))


def test_through_a_proxy_a_service_that_is_not_the_one_has_surely_heard_nothing(authority: Authority) -> None:
    """What the proxy itself was sent to lead there is not the message."""
    with (
        standing_in(authority.server_context("elsewhere.example"), Reply()) as impostor,
        proxy_to(impostor.port) as proxy,
        pytest.raises(LaterError, match="certificate"),
    ):
        ask(through(proxy.url, authority.bundle), "https://discord.com/")


def test_a_proxy_that_leads_nowhere_has_taken_nothing(authority: Authority) -> None:
    with proxy_to(closed_port()) as proxy, pytest.raises(LaterError):
        ask(through(proxy.url, authority.bundle), "https://discord.com/")


def test_what_was_sent_through_a_proxy_may_have_arrived(authority: Authority, stand_in: StandIn) -> None:
    stand_in.replies.append(Manner.RESET)
    with proxy_to(stand_in.port) as proxy, pytest.raises(UnsureError):
        ask(through(proxy.url, authority.bundle), "https://discord.com/")
    assert len(stand_in.heard) == 1
