"""What the resident says when an alert is committed: for whom, and not that anybody has heard of it."""

from pathlib import Path

import pytest

from selfheal.app.words import ALERTS, describe_in
from selfheal.config.load import load_text
from selfheal.config.settings import Settings
from selfheal.core.notes import Note
from selfheal.core.reasons import Reason

ROUTES = '[routes.here]\nkind = "desktop"\n[routes.there]\nkind = "desktop"\n'


def settings(language: str, text: str) -> Settings:
    return load_text(
        f'[selfheal]\nlanguage = "{language}"\n{text}', Path("/config.toml"), {"HOME": "/nowhere"}
    )


@pytest.mark.parametrize("reason", ALERTS)
@pytest.mark.parametrize(
    ("language", "some", "none", "told"),
    [
        ("en", "for 2 route(s)", "NOBODY CAN BE TOLD: no route is set", ("was told", "was reminded")),
        ("ko", "경로 2개", "알릴 수 없음: 설정된 경로가 없음", ("사람에게 알림", "다시 알림")),
    ],
)
def test_an_alert_is_committed_for_routes_and_told_by_none_of_that(
    reason: Reason, language: str, some: str, none: str, told: tuple[str, str]
) -> None:
    note = Note(reason, number=2.0)
    for text, said in ((ROUTES, some), ("", none)):
        words = describe_in(settings(language, text), {})(note)
        assert said in words
        assert not any(word in words for word in told)
    left = describe_in(settings(language, ROUTES), {}, lambda: 0)(note)
    assert none in left, "they were taken out of the config meanwhile"


def test_nothing_else_has_to_do_with_routes() -> None:
    assert describe_in(settings("en", ""), {})(Note(Reason.STARTED)).count("route") == 0
