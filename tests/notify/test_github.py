"""Issues on GitHub: one a cause, whatever fails and whenever we die; each body is held against GitHub's own
description.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import formatdate
from pathlib import Path

import pytest
from tests.notify.github import (
    NEW_NAME,
    REPOSITORY,
    TOKEN,
    GitHub,
    Kept,
    complaints,
    folded_in,
    text_in,
)
from tests.notify.messages import go, message
from tests.notify.standin import Authority, Manner, Reply, StandIn, reach_to, standing_in

from selfheal.notify import github as ours
from selfheal.notify.github_api import LIMITED_S, PAGE, limited
from selfheal.notify.https import Answer
from selfheal.notify.issue_body import MOST, MOST_TEXT, issue_mark, written
from selfheal.notify.limits import CUT, units
from selfheal.notify.retry_after import LONGEST
from selfheal.notify.route import (
    Attachment,
    Issue,
    LaterError,
    Message,
    RefusedError,
    RouteError,
    UnsureError,
)
from selfheal.ports.outbox import Receipt

GONE = Issue("sh-gone", "🚨 self-healing failed: process gone", is_open=True)
TAKEN = Issue("sh-taken", "🚨 self-healing failed: port taken", is_open=True)
ISSUES = f"/repos/{REPOSITORY}/issues"


def over(issue: Issue) -> Issue:
    return replace(issue, is_open=False)


def about(*issues: Issue, mark: str = "m-1", body: str = "down\nit is gone") -> Message:
    return replace(message(body), mark=mark, issues=issues)


@dataclass
class Place:
    github: GitHub
    service: StandIn
    bundle: Path
    patience_s: float = 20.0
    slept: list[float] = field(default_factory=list)

    def send(
        self, message: Message, earlier: Receipt | None = None, labels: tuple[str, ...] = ("selfheal",)
    ) -> Receipt:
        reach = reach_to(self.service.port, self.bundle, self.patience_s)

        async def sleep(for_s: float) -> None:
            self.slept.append(for_s)

        async def once() -> Receipt:
            route = ours.GitHub("github", REPOSITORY, TOKEN, labels, reach, sleep)
            try:
                return await route.send(message, earlier)
            finally:
                await route.close()

        return go(once())

    def written(self) -> list[tuple[str, str]]:
        """The requests that changed something."""
        return [(method, path) for method, path in self.github.asked if method != "GET"]


@pytest.fixture
def place(authority: Authority) -> Iterator[Place]:
    github = GitHub()
    with standing_in(authority.server_context(), Reply(), github.answer) as service:
        yield Place(github, service, authority.bundle)
    assert github.wrong == [], "GitHub's description forbids it"


def test_the_description_is_held_against() -> None:
    """The checks of the other tests can fail."""
    place = "/paths/~1repos~1%7Bowner%7D~1%7Brepo%7D~1issues/post"
    assert complaints(f"{place}/body", {"title": "t", "body": "b", "labels": ["l"]}) == []
    assert complaints(f"{place}/body", {"body": "b"}) != []
    assert complaints(f"{place}/body", {"title": "t", "labels": [1]}) != []
    assert complaints(f"{place}/answers/201", {"number": 1}) != []


def test_it_is_opened_with_labels_a_title_and_all_that_is_known(place: Place) -> None:
    said = replace(
        about(GONE),
        link="https://grafana.example/d/1",
        timeline=Attachment("timeline-1.log", b"[20:30] L1 gone\n[20:31] L1 start"),
        attachments=(Attachment("watchdog.log", b"one\ntwo\n"),),
    )
    receipt = place.send(said, labels=("selfheal", "night"))
    assert receipt == Receipt("1", f"https://github.com/{REPOSITORY}/issues/1")
    (issue,) = place.github.issues
    assert (issue.title, issue.labels, issue.state) == (GONE.title, ["selfheal", "night"], "open")
    assert issue.body.startswith(issue_mark(GONE.key))
    assert text_in(issue.body) == "down\nit is gone"
    assert "<https://grafana.example/d/1>" in issue.body.splitlines()
    assert folded_in(issue.body) == {
        "timeline-1.log": "[20:30] L1 gone\n[20:31] L1 start",
        "watchdog.log": "one\ntwo",
    }


def test_its_end_closes_it_with_a_comment_and_the_same_cause_opens_it_again(place: Place) -> None:
    place.send(about(GONE))
    receipt = place.send(about(over(GONE), mark="m-2", body="well\nit is over"), Receipt("1"))
    (issue,) = place.github.issues
    assert [path.partition("?")[0] for _, path in place.github.asked[-4:]] == [
        f"{ISSUES}/1",  # where the receipt says: nothing else is looked through
        f"{ISSUES}/1/comments",
        f"{ISSUES}/1/comments",
        f"{ISSUES}/1",
    ]
    assert receipt.id == "1"
    assert (issue.state, issue.state_reason, [text_in(one) for one in issue.comments]) == (
        "closed",
        "completed",
        ["well\nit is over"],
    )
    place.send(about(GONE, mark="m-3", body="down\nagain"))
    assert (issue.state, issue.state_reason) == ("open", "reopened")
    assert text_in(issue.comments[-1]) == "down\nagain"
    assert len(place.github.issues) == 1
    assert place.written() == [
        ("POST", ISSUES),
        ("POST", f"{ISSUES}/1/comments"),
        ("PATCH", f"{ISSUES}/1"),
        ("PATCH", f"{ISSUES}/1"),
        ("POST", f"{ISSUES}/1/comments"),
    ]


def test_another_cause_or_another_installation_has_an_issue_of_its_own(place: Place) -> None:
    for issue in (GONE, TAKEN, Issue("sh-other-host", GONE.title, is_open=True)):
        place.send(about(issue))
    assert len(place.github.open()) == 3
    place.send(about(over(TAKEN), mark="m-2"))
    assert [issue.number for issue in place.github.open()] == [1, 3]


def test_one_message_about_several_causes_is_told_to_each(place: Place) -> None:
    place.send(about(GONE))
    receipt = place.send(about(over(GONE), TAKEN, mark="m-2"))
    first, second = place.github.issues
    assert (first.state, len(first.comments), second.state, second.comments) == ("closed", 1, "open", [])
    assert receipt.id == "2", "the one that is open"
    assert place.slept == [ours.PAUSE_S]


def test_one_that_was_over_before_it_was_told_is_kept_closed(place: Place) -> None:
    place.send(about(over(GONE)))
    (issue,) = place.github.issues
    assert (issue.state, issue.comments) == ("closed", [])


def test_it_is_found_among_many_and_a_pull_request_is_none(place: Place) -> None:
    mark = issue_mark(GONE.key)
    others = [Kept(number, "other", "b", ["selfheal"]) for number in range(1, 2 * PAGE + 5)]
    others[3] = Kept(4, "a pull request", mark, ["selfheal"], pull=True)
    place.github.issues = [*others, Kept(900, "ours", mark, ["selfheal"], state="closed")]
    assert place.send(about(GONE)).id == "900"


def test_of_several_with_its_mark_the_oldest_is_ours(place: Place) -> None:
    """Whoever copies a mark that he has read comes later."""
    mark = issue_mark(GONE.key)
    place.github.issues = [Kept(number, "x", mark, ["selfheal"]) for number in (9, 7, 8)]
    assert place.send(about(GONE)).id == "7"


@pytest.mark.parametrize("drops", [True, False])
def test_it_is_found_without_its_label(place: Place, drops: bool) -> None:
    """GitHub drops the labels of who may not push, and a person may take one off."""
    place.github.drops_labels = drops
    receipt = place.send(about(GONE))
    assert receipt.lacks == (("label selfheal",) if drops else ())
    place.github.issues[0].labels = []
    place.github.issues += [Kept(number, "other", "b", []) for number in range(2, PAGE + 10)]
    assert place.send(about(GONE, mark="m-2")).id == "1"
    place.github.issues += [Kept(number, "other", "b", []) for number in range(100, 100 + 3 * PAGE)]
    assert place.send(about(GONE, mark="m-3"), Receipt("1")).id == "1", "the receipt says where it is"
    assert len(place.github.issues[0].comments) == 2


def test_a_deleted_issue_is_made_anew(place: Place) -> None:
    assert place.send(about(GONE), Receipt("17")).id == "1"


def test_an_end_closes_what_was_opened_while_no_disk_could_be_read(place: Place) -> None:
    place.send(about(Issue("sh-without-a-disk", GONE.title, is_open=True)))
    place.send(about(over(GONE), mark="m-2"), Receipt("1"))
    (issue,) = place.github.issues
    assert (issue.state, len(issue.comments)) == ("closed", 1)
    place.github.issues.append(Kept(2, "a person's", "help", []))
    place.send(about(over(TAKEN), mark="m-3"), Receipt("2"))
    assert place.github.issues[1].comments == [], "a person's own issue is not touched"


def test_it_proves_by_reading_that_the_token_still_opens_the_repository(place: Place) -> None:
    async def prove(token: str) -> None:
        reach = reach_to(place.service.port, place.bundle)
        route = ours.GitHub("github", REPOSITORY, token, ("selfheal",), reach)
        try:
            await route.prove(message())
        finally:
            await route.close()

    go(prove(TOKEN))
    assert [method for method, _ in place.github.asked] == ["GET"]
    with pytest.raises(RefusedError):
        go(prove("run-out"))


# -- what fails


def test_what_was_half_done_is_gone_on_with_and_nothing_is_said_twice(place: Place) -> None:
    """At each of the requests of an opening, an end and an opening again, the answer is lost."""
    steps = [about(GONE), about(over(GONE), mark="m-2"), about(GONE, mark="m-3")]
    failed = 0
    for step in steps:
        for fails_at in range(20):
            begun = len(place.github.asked)
            place.github.fate = lambda *_, at=begun + fails_at: (
                Reply(502) if len(place.github.asked) == at + 1 else None
            )
            try:
                place.send(step, Receipt("1"))
            except LaterError:
                failed += 1
                continue
            break
    assert failed > 8
    (issue,) = place.github.issues
    assert (issue.state, len(issue.comments)) == ("open", 2)


@pytest.mark.parametrize("manner", Manner)
def test_an_answer_that_never_comes_makes_no_second_issue(place: Place, manner: Manner) -> None:
    place.patience_s = 1.5
    listed = Reply(200, b"[]")
    place.service.replies.extend([listed, listed, manner])
    with pytest.raises(UnsureError):
        place.send(about(GONE))
    place.patience_s = 20.0
    assert place.send(about(GONE)).id == "1"
    (issue,) = place.github.issues
    assert issue.comments == []


def failing(place: Place, status: int, said: str = "", **headers: str) -> RouteError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    place.service.replies.append(Reply(status, json.dumps({"message": said}).encode(), named))
    with pytest.raises(RouteError) as caught:
        place.send(about(GONE))
    assert TOKEN not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "Bad credentials"),
        (403, "Resource not accessible by personal access token"),
        (404, "Not Found"),
        (410, "Issues has been disabled in this repository."),
        (422, "Validation Failed"),
    ],
)
def test_a_refusal_is_believed(place: Place, status: int, said: str) -> None:
    error = failing(place, status, said, x_ratelimit_remaining="4000")
    assert type(error) is RefusedError
    assert said.split(" ", maxsplit=1)[0] in str(error)


@pytest.mark.parametrize("status", [500, 502, 503, 301])
def test_what_may_pass_is_tried_again(place: Place, status: int) -> None:
    assert type(failing(place, status)) is LaterError


# -- a repository that was renamed

OLD, NEW = f"/repos/{REPOSITORY}", f"https://api.github.com{NEW_NAME}"


def renamed(_: str, path: str) -> str:
    return path.replace(OLD, NEW, 1) if path.startswith(OLD) else ""


def test_a_renamed_repository_is_followed_in_all_that_is_done_there(place: Place) -> None:
    receipt = place.send(about(GONE))
    place.github.moved = renamed
    place.github.asked.clear()
    place.send(about(over(GONE), mark="m-2"), receipt)
    (issue,) = place.github.issues
    assert (issue.state, len(issue.comments)) == ("closed", 1)
    assert [method for method, _ in place.written()] == ["POST", "PATCH"], "nothing is sent by the old name"
    place.send(about(TAKEN, mark="m-3"))
    assert [each.state for each in place.github.issues] == ["closed", "open"]


def test_one_that_is_renamed_in_the_middle_gets_what_was_sent_once(place: Place) -> None:
    def meanwhile(method: str, path: str) -> str:
        return "" if method == "GET" else renamed(method, path)

    place.github.moved = meanwhile
    place.send(about(GONE))
    assert [issue.title for issue in place.github.issues] == [GONE.title]
    assert [(method, path.startswith(NEW_NAME)) for method, path in place.written()] == [
        ("POST", False),
        ("POST", True),
    ]


@pytest.mark.parametrize("also_renamed", [False, True])
def test_an_issue_that_was_moved_to_another_repository_is_none_of_ours(
    place: Place, also_renamed: bool
) -> None:
    receipt = place.send(about(GONE))
    number = receipt.id
    place.github.issues.clear()

    def moved(method: str, path: str) -> str:
        if path.endswith(f"/issues/{number}"):
            return f"https://api.github.com/repositories/99/issues/{number}"
        return renamed(method, path) if also_renamed else ""

    place.github.moved = moved
    place.send(about(GONE, mark="m-2"), receipt)
    assert [issue.title for issue in place.github.issues] == [GONE.title]


@pytest.mark.parametrize(
    "where", ["https://evil.example/repositories/77", "http://api.github.com/repositories/77", "https://["]
)
def test_a_token_goes_to_no_other_host_and_the_place_is_named(place: Place, where: str) -> None:
    place.github.moved = lambda _, path: path.replace(OLD, where, 1)
    with pytest.raises(LaterError, match=re.escape(where)):
        place.send(about(GONE))
    assert len(place.github.asked) == 1


def test_places_that_lead_to_each_other_have_an_end(place: Place) -> None:
    place.github.moved = lambda _, path: f"https://api.github.com{path}"
    with pytest.raises(LaterError, match="moved"):
        place.send(about(GONE))
    assert len(place.github.asked) < 10


@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_is_waited_for(place: Place, status: int) -> None:
    """Each as GitHub's documentation has it: primary, secondary with and without a time."""

    def wait_s(said: str, **headers: str) -> float:
        error = failing(place, status, said, **headers)
        assert isinstance(error, LaterError)
        assert error.after is not None
        return error.after.total_seconds()

    reset = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1770323400"}
    date = formatdate(1770323400 - 900, usegmt=True)
    assert wait_s("API rate limit exceeded for user ID 1.", date=date, **reset) == 901
    assert wait_s("You have exceeded a secondary rate limit", retry_after="77") == 77
    assert wait_s("You have exceeded a secondary rate limit") == LIMITED_S
    assert place.github.issues == []


def test_a_time_that_is_none_or_far_off_is_bounded() -> None:
    def wait(reset: str, now: float = 1000.0) -> timedelta | None:
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
        return limited(Answer(403, headers, b""), now)

    assert wait("1100") == timedelta(seconds=101)
    assert wait("900") == timedelta(seconds=1)
    assert wait("9e99") == LONGEST
    assert wait("soon") == wait("nan") == timedelta(seconds=LIMITED_S)
    assert limited(Answer(403, {"x-ratelimit-remaining": "17"}, b"forbidden"), 0.0) is None
    assert limited(Answer(200, {"x-ratelimit-remaining": "0"}, b""), 0.0) is None


# -- the text


def test_nothing_in_a_log_line_calls_a_person_or_is_taken_for_a_mark() -> None:
    evil = f"@ann see #1\n```\n{issue_mark(TAKEN.key)}\n````sh\n</details>"
    body, _ = written(
        replace(about(GONE, body=evil), attachments=(Attachment("a<b>.log", evil.encode()),)), "k"
    )
    assert issue_mark(TAKEN.key) not in body
    plain = evil.replace("<!--", "<! --")
    assert text_in(body) == plain
    assert folded_in(body) == {"a&lt;b&gt;.log": plain}


@pytest.mark.parametrize("unit", ["log line\n", "로그 🚨 줄\n"])
def test_it_fits_and_of_logs_the_end_is_kept(unit: str) -> None:
    files = tuple(Attachment(f"{number}.log", (unit * 30_000 + "the end\n").encode()) for number in range(4))
    small = Attachment("small.log", b"whole")
    said = replace(about(GONE, body="title\n" + unit * 30_000), timeline=small, attachments=files)
    body, lacks = written(said, GONE.key)
    assert MOST - 5_000 < units(body) <= MOST
    assert text_in(body).endswith(CUT)
    assert units(text_in(body)) <= MOST_TEXT
    assert lacks == tuple(file.name for file in files)
    shown = folded_in(body)
    assert shown.pop("small.log") == "whole"
    assert [text.startswith(f"{CUT}\n") and text.endswith("\nthe end") for text in shown.values()] == [
        True
    ] * 4


def test_odd_bytes_stop_nothing(place: Place) -> None:
    odd = Attachment("odd.log", b"\xff\x00\x1b[31m red")
    place.send(replace(about(GONE, body="title\nlone \udcff"), attachments=(odd,)))
    assert folded_in(place.github.issues[0].body) == {"odd.log": "\ufffd\ufffd\ufffd[31m red"}
