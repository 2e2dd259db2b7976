"""A world as a story."""

from selfheal.core.policy import Policy
from selfheal.sim.plan import HOUR_S, Event, Fault, Plan, Traits
from selfheal.sim.story import tell

PLAN = Plan(1, HOUR_S, Policy(), Traits(), (Event(900.0, Fault.CRASH), Event(1800.0, Fault.CRASH)))


def test_what_is_left_out_of_a_long_story_is_said() -> None:
    whole = [line.text for line in tell(PLAN)[0]]
    short = [line.text for line in tell(PLAN, most=4)[0]]
    (said,) = (text for text in short if text.startswith("~"))
    assert not [text for text in whole if text.startswith("~")]
    assert f" {len(whole) - (len(short) - 1)} lines" in said
    assert short.index(said) == 4 < len(short) - 1, "what befell it goes on"


def test_a_story_that_just_fits_is_whole() -> None:
    whole = [line.text for line in tell(PLAN)[0]]
    assert [line.text for line in tell(PLAN, most=len(whole))[0]] == whole
