"""Apprise is used with verification, without redirects, and its logs say nothing."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from tests.notify.messages import FILE, go, message, sent
from tests.notify.standin import Authority, Manner, Reply, StandIn

from selfheal.notify.apprise_url import AppriseUrl
from selfheal.notify.handover import Patience, hand_over
from selfheal.notify.route import LaterError, UnsureError

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # Apprise asks for it


def route(authority: Authority, stand_in: StandIn, timeout_s: float = 20) -> AppriseUrl:
    return AppriseUrl("any", stand_in.base.replace("https", "jsons") + "/hook", authority.bundle, timeout_s)


@pytest.mark.parametrize("by", ["file", "folder"])
def test_it_trusts_whom_the_other_routes_trust(
    by: str, authority: Authority, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "0123abcd.0").write_text("not an authority")
    (tmp_path / "1123abcd.0").write_bytes(authority.bundle.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle if by == "file" else tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path) if by == "folder" else "")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    one = AppriseUrl("any", stand_in.base.replace("https", "jsons") + "/hook", timeout_s=20)
    assert sent(one, message())
    assert list(tmp_path.glob("selfheal-*")) == []


def test_a_disk_that_is_full_keeps_no_route_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    assert AppriseUrl("any", "jsons://localhost/hook")._service.verify_certificate is True


def test_title_text_kind_and_files(authority: Authority, stand_in: StandIn) -> None:
    (receipt,) = sent(route(authority, stand_in), message("title\nbody", attachments=(FILE,)))
    assert receipt.lacks == ()
    said = json.loads(stand_in.heard[0].body)
    assert (said["title"], said["message"], said["type"]) == ("title", "body", "failure")
    assert [file["filename"] for file in said["attachments"]] == [FILE.name]


def test_a_service_without_files_gets_the_message(authority: Authority, stand_in: StandIn) -> None:
    plain = route(authority, stand_in)
    plain._service.attachment_support = False
    (receipt,) = sent(plain, message(attachments=(FILE,)))
    assert receipt.lacks == (FILE.name,)
    assert len(stand_in.heard) == 1


@pytest.mark.parametrize("status", [413, 429, 500])
def test_what_fails_with_a_file_is_followed_by_the_text_alone(
    status: int, authority: Authority, stand_in: StandIn
) -> None:
    """As many services of Apprise's have it: the text has arrived by then."""
    stand_in.replies.append(Reply(status))
    said = replace(message("title\nbody", attachments=(FILE,)), unfiled="it lies in logs")
    receipt = go(hand_over(route(authority, stand_in), said, None, again=False, patience=Patience.WHOLE))
    assert receipt.lacks == (FILE.name,)
    heard = [json.loads(one.body) for one in stand_in.heard]
    assert [len(one["attachments"]) for one in heard] == [1, 0]
    assert heard[1]["message"] == "it lies in logs\nbody"


def test_what_may_have_arrived_is_repeated_without_its_files(authority: Authority, stand_in: StandIn) -> None:
    any_route = route(authority, stand_in)
    receipt = go(any_route.send(message(attachments=(FILE,)), again=True))
    assert receipt.lacks == (FILE.name,)
    assert json.loads(stand_in.heard[0].body)["attachments"] == []


def test_where_nothing_was_heard_the_files_stay(stand_in: StandIn) -> None:
    with pytest.raises(LaterError, match="certificate"):
        sent(AppriseUrl("any", stand_in.base.replace("https", "jsons")), message(attachments=(FILE,)))


def test_a_redirect_is_not_followed(authority: Authority, stand_in: StandIn) -> None:
    stand_in.replies.append(Reply(302, headers={"location": f"{stand_in.base}/other"}))
    with pytest.raises(LaterError, match="302"):
        sent(route(authority, stand_in), message())
    assert len(stand_in.heard) == 1


def test_verification_cannot_be_turned_off() -> None:
    with pytest.raises(ValueError, match="verification") as caught:
        AppriseUrl("any", "jsons://localhost/secret?verify=no")
    assert "secret" not in str(caught.value)


def test_what_apprise_does_not_know() -> None:
    with pytest.raises(ValueError, match="any") as caught:
        AppriseUrl("any", "nosuch://secret")
    assert "secret" not in str(caught.value)


def test_at_the_end_of_our_patience(authority: Authority, stand_in: StandIn) -> None:
    stand_in.replies.append(Manner.SILENT)
    impatient = route(authority, stand_in, 0.5)

    async def give_up() -> None:
        try:
            with pytest.raises(UnsureError, match="in time"):
                await impatient.send(message())
        finally:
            stand_in.released.set()  # its thread ends with us

    go(give_up())


def test_what_goes_wrong_within_a_service_of_apprises_is_no_crash(
    authority: Authority, stand_in: StandIn
) -> None:
    broken = route(authority, stand_in)

    def fail(**_: object) -> bool:
        raise RuntimeError("secret")

    broken._service.notify = fail  # type: ignore[method-assign]
    with pytest.raises(LaterError) as caught:
        sent(broken, message())
    assert "secret" not in str(caught.value)
