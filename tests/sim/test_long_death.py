"""Our program is dead for hours in some worlds; once faults are over somebody starts it again."""

from selfheal.core.policy import Policy
from selfheal.sim.life import Life
from selfheal.sim.plan import DAY_S, HOUR_S, Death, Event, Fault, Plan, Traits


def test_a_death_from_the_time_of_faults_does_not_outlast_them() -> None:
    dies = Event(DAY_S - HOUR_S, Fault.WE_DIE, for_s=10 * DAY_S, amount=float(Death.NOW))
    crash = Event(DAY_S - 60.0, Fault.CRASH)
    life = Life(Plan(1, DAY_S, Policy(), Traits(), (dies, crash)))
    tally = life.run()
    assert (tally.violations, tally.still_open, tally.starts) == ((), 0, 1)
    assert life.agenda.elapsed < 2 * DAY_S
