"""That we only watch is over once a person has resumed: then its issue is closed, once, with a word."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.notify.github import REPOSITORY, TOKEN, GitHub, text_in
from tests.notify.standin import Authority, Reply, StandIn, reach_to, standing_in
from tests.store.steps import TARGET, WELL, step

from selfheal.app.given import Given
from selfheal.app.places import database_path
from selfheal.app.post import deliver
from selfheal.config.load import load
from selfheal.config.settings import Settings
from selfheal.core import distrust
from selfheal.core.observations import TimePassed
from selfheal.core.state import State
from selfheal.ports.store import Commit
from selfheal.runtime.clock import SystemClock
from selfheal.store.sqlite import SqliteStore

BROKEN = distrust.begin(WELL, ["a rule"])
SETTINGS = f'[selfheal]\nlanguage = "en"\n[notify]\ncanary_interval_s = 0\ngithub_repo = "{REPOSITORY}"\n'


class Place:
    def __init__(self, folder: Path, github: GitHub, service: StandIn, bundle: Path) -> None:
        self.github = github
        self._environ = {"HOME": str(folder), "GITHUB_TOKEN": TOKEN}
        self._config = folder / "config.toml"
        self._config.write_text(SETTINGS)
        self._config.chmod(0o600)
        self._reach = reach_to(service.port, bundle)

    @property
    def settings(self) -> Settings:
        return load(self._config, self._environ)

    def step(self, state: State) -> None:
        done = step(replace(state, alerting=WELL.alerting), *state.alerting.unsent)
        with closing(SqliteStore(database_path(self.settings))) as store:
            store.commit(Commit(TARGET, TimePassed(), SystemClock().now(), done))

    def deliver(self) -> list[tuple[str, int]]:
        """The issues after it: their states, and how many comments are on each."""
        deliver(self.settings, self._environ, Given(), reach=self._reach, linger_s=0.0)
        return [(issue.state, len(issue.comments)) for issue in self.github.issues]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    authority, github = Authority(tmp_path), GitHub()
    with standing_in(authority.server_context(), Reply(), github.answer) as service:
        yield Place(tmp_path, github, service, authority.bundle)
    assert github.wrong == [], "GitHub's description forbids it"


def test_an_issue_of_a_broken_rule_is_closed_once_a_person_resumes_and_opened_again(place: Place) -> None:
    place.step(BROKEN)
    assert place.deliver() == [("open", 0)]
    assert place.deliver() == [("open", 0)]
    assert "This is closed once you have run `selfheal resume`" in place.github.issues[0].body
    place.step(WELL)
    assert place.deliver() == [("closed", 1)]
    assert text_in(place.github.issues[0].comments[0]).startswith("✅ A person has resumed")
    asked = len(place.github.asked)
    assert place.deliver() == [("closed", 1)]
    assert len(place.github.asked) == asked, "it is known by then"
    place.step(distrust.begin(replace(WELL, next_incident_id=2), ["another"]))
    assert place.deliver() == [("open", 2)]
    place.step(WELL)
    assert place.deliver() == [("closed", 3)]


def test_what_cannot_be_closed_is_tried_again(place: Place) -> None:
    place.step(BROKEN)
    place.deliver()
    place.step(WELL)
    place.github.fate = lambda method, _: Reply(500) if method == "GET" else None
    assert place.deliver() == [("open", 0)]
    place.github.fate = lambda *_: None
    assert place.deliver() == [("closed", 1)]


def test_one_that_was_never_told_there_is_none(place: Place) -> None:
    place.step(BROKEN)
    place.github.fate = lambda *_: Reply(500)
    place.deliver()
    place.step(WELL)
    assert place.deliver() == []
