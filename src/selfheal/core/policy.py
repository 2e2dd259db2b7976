"""The numbers that decide. Each has its unit in its name; `config` documents and checks them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    # Level 1
    sweep_interval_s: float = 180.0  # the document's; exits are noticed by event, this is the bound
    # Level 2
    heartbeat_interval_s: float = 10.0
    heartbeat_timeout_s: float = 5.0
    heartbeat_retry_s: float = 2.0  # after a miss, so that a hang is certain within 35 s
    heartbeat_misses: int = 3
    full_check_interval_s: float = 300.0
    full_check_timeout_s: float = 5.0
    deep_check_interval_s: float = 300.0
    deep_check_timeout_s: float = 10.0
    deep_check_misses: int = 2
    restart_attempts: int = 3
    restart_gap_s: float = 30.0
    last_wait_s: float = 300.0
    retry_after_escalation_s: float = 1800.0  # as long as a doctor may work: nothing is given up for ever
    # starting and stopping
    startup_grace_s: float = 600.0  # real first starts after an update took 4 min and more
    startup_grace_max_s: float = 1800.0  # while the gateway itself says «starting»
    startup_learnt_factor: float = 3.0
    start_timeout_s: float = 60.0
    startup_probe_s: float = 1.0  # how often a starting gateway is asked, in its first minute
    drain_budget_s: float = 330.0  # the gateway's own: 315 s drain + 10 s close
    hang_term_grace_s: float = 10.0
    port_closed_kill_s: float = 15.0  # at least; see `core.grace`
    kill_grace_s: float = 10.0
    stability_window_s: float = 60.0
    # Level 4
    reminder_interval_s: float = 21_600.0  # 0: none; a person who sleeps through one is woken by the next
    tell_level_changes: bool = False  # who is told where there is something to do is not told of each try
    # do no harm
    unclean_starts_max: int = 2  # the gateway's breaker trips at 3
    unclean_window_s: float = 310.0  # the breaker's 300 s, and the time between our order and its own record
    restarts_per_hour_max: int = 6
    settle_after_resume_s: float = 60.0
    recheck_hold_s: float = 10.0
    observe: bool = False
