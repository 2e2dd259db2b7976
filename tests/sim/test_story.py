"""A world as a story."""

from selfheal.core.policy import Policy
from selfheal.sim.life import Mark
from selfheal.sim.plan import HOUR_S, Event, Fault, Managed, Plan, Traits
from selfheal.sim.story import MARKS, tell

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


def told(*events: Event) -> list[str]:
    plan = Plan(1, HOUR_S, Policy(), Traits(managed=Managed.NOBODY), events)
    return [line.text for line in tell(plan)[0]]


def test_which_level_a_person_switches_off_is_named_where_they_do_and_where_we_hear_of_it() -> None:
    """The number of the event counted from 0, and our own line named none."""
    lines = told(Event(900.0, Fault.PERSON_DISABLES, for_s=600.0, amount=1.0))
    assert "* person_disables for 600 s (healthcheck)" in lines
    assert any(line.endswith("level_disabled (healthcheck)") for line in lines)
    assert any(line.endswith("level_enabled (healthcheck)") for line in lines)


def test_a_story_says_where_the_faults_end_and_the_counting() -> None:
    (mark,) = (at for at, line in enumerate(told(Event(900.0, Fault.CRASH))) if line.startswith("="))
    assert mark > 0


def test_a_start_by_a_person_that_fails_is_told() -> None:
    stop = Event(900.0, Fault.PERSON_STOPS, for_s=600.0)
    refused = Event(1400.0, Fault.CONFIG_REFUSED, for_s=3600.0)
    failed = MARKS[Mark.PERSON_FAILED]
    assert failed in told(stop, refused)
    assert failed not in told(stop, Event(2400.0, Fault.CRASH))
