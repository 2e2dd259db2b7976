"""What Slack hears."""

import json

import pytest
from tests.notify.messages import FILE, message, sent
from tests.notify.standin import Authority, Reply, StandIn, reach_to

from selfheal.notify.route import LaterError, RefusedError
from selfheal.notify.slack import Slack


@pytest.fixture
def slack(authority: Authority, stand_in: StandIn) -> Slack:
    stand_in.usual = Reply(body=b"ok")
    return Slack(
        "chat", "https://hooks.slack.com/services/T0/B0/token", reach_to(stand_in.port, authority.bundle)
    )


def test_nobody_is_called_by_a_log_line(slack: Slack, stand_in: StandIn) -> None:
    sent(slack, message("<!channel> & <@U1>"))
    (heard,) = stand_in.heard
    assert (heard.headers["host"], heard.path) == ("hooks.slack.com", "/services/T0/B0/token")
    assert json.loads(heard.body) == {
        "text": "&lt;!channel&gt; &amp; &lt;@U1&gt;",
        "unfurl_links": False,
        "unfurl_media": False,
    }


def test_files_are_said_to_be_missing(slack: Slack) -> None:
    assert sent(slack, message(attachments=(FILE,)))[0].lacks == (FILE.name,)


def test_an_archived_channel_is_refused(slack: Slack, stand_in: StandIn) -> None:
    stand_in.replies.append(Reply(410, b"channel_is_archived"))
    with pytest.raises(RefusedError, match="channel_is_archived"):
        sent(slack, message())


def test_another_word_than_ok_is_no_success(slack: Slack, stand_in: StandIn) -> None:
    stand_in.replies.append(Reply(200, b"<html>please log in"))
    with pytest.raises(LaterError, match="please log in"):
        sent(slack, message())
