"""Settings as people have them, drawn with their world."""

from dataclasses import replace

from selfheal.config.relations import GATEWAY_STOP_S
from selfheal.core.policy import Policy
from selfheal.sim.dice import Dice

# More than one takes on the slowest host under the heaviest load: who sets less has each answer of such a
# host taken for none, and its drain for a hang.
FULL_CHECK_S = (4.5, 20.0)


def draw_policy(dice: Dice, telling: Dice, times: Dice) -> Policy:
    """Mostly the defaults; else each of the numbers, within what the settings allow.

    `telling`, `times`: dice of their own for what was once not drawn, so that the world stays the same.
    """
    policy = Policy()
    if dice.chance(0.5):
        return policy
    attempts = dice.count(1, 5)
    beat_s = dice.spread(5.0, 60.0)
    return replace(
        policy,
        sweep_interval_s=dice.spread(10.0, 600.0),
        heartbeat_interval_s=beat_s,
        heartbeat_timeout_s=dice.between(0.2, 0.9) * beat_s,
        heartbeat_retry_s=dice.between(0.05, 1.0) * beat_s,
        heartbeat_misses=dice.count(1, 5),
        full_check_interval_s=dice.spread(60.0, 900.0),
        deep_check_interval_s=dice.spread(60.0, 900.0),
        deep_check_misses=dice.count(1, 3),
        restart_attempts=attempts,
        restart_gap_s=dice.spread(1.0, 120.0),
        last_wait_s=dice.spread(30.0, 900.0),
        retry_after_escalation_s=dice.spread(300.0, 3600.0),
        startup_grace_s=dice.spread(500.0, 1500.0),
        hang_term_grace_s=dice.spread(2.0, 60.0),
        port_closed_kill_s=dice.spread(12.0, 60.0),
        kill_grace_s=dice.spread(2.0, 30.0),
        stability_window_s=dice.spread(60.0, 600.0),
        unclean_starts_max=dice.count(1, 2),
        restarts_per_hour_max=dice.count(attempts, 10),
        reminder_interval_s=dice.pick((0.0, 900.0, 3600.0, 21_600.0)),
        settle_after_resume_s=dice.spread(5.0, 120.0),
        recheck_hold_s=dice.spread(2.0, 30.0),
        observe=dice.chance(0.05),
        tell_level_changes=telling.chance(0.5),
        full_check_timeout_s=times.spread(*FULL_CHECK_S),
        deep_check_timeout_s=times.spread(2.0, 40.0),
        startup_grace_max_s=times.spread(1500.0, 7200.0),
        startup_learnt_factor=times.between(1.0, 6.0),
        start_timeout_s=times.spread(10.0, 300.0),
        startup_probe_s=times.spread(0.2, 20.0),
        drain_budget_s=times.spread(GATEWAY_STOP_S, 1800.0),
        unclean_window_s=times.spread(310.0, 1800.0),
    )
