"""docs/states.md is what the tables say."""

from tests.docs.states_page import PAGE, page

from selfheal.core.ladder import MOVES
from selfheal.core.restart import STAGES
from selfheal.core.state import Stage


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "write it anew: python -m tests.docs.states_page"


def test_every_stage_has_its_moves_and_its_rule() -> None:
    assert set(MOVES) == set(STAGES) == set(Stage)


def test_every_stage_can_be_reached_and_left() -> None:
    assert {stage for targets in MOVES.values() for stage in targets} == set(Stage)
    assert all(MOVES.values())
    assert all(stage not in targets for stage, targets in MOVES.items())
