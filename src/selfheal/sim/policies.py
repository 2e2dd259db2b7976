"""Settings as people have them, drawn with their world."""

from dataclasses import replace

from selfheal.core.policy import Policy
from selfheal.sim.dice import Dice


def draw_policy(dice: Dice, telling: Dice) -> Policy:
    """Mostly the defaults; else each of the numbers that people change, within what the settings allow.

    `telling`: for what only a person hears of, so that the world of a seed stays the same.
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
    )
