"""The numbers that decide, described. Their defaults stand in `core.policy` and nowhere else.

A setting has the same name in the file, in the policy and in the journal, so that one search finds it
everywhere. Ranges are wide: they refuse what cannot be meant, while `relations` refuses what cannot work.
"""

from selfheal.config.field import Field, Kind
from selfheal.core.policy import Policy

SHORTEST_S = 0.05  # below it the resident would do nothing but look
DAY_S = 86400.0
HOUR_S = 3600.0
ACT_S = 240.0
"""One look or one order may take no longer: after 300 s (core.step) it counts as lost and is given again,
and the shell needs some seconds of its own on top.
"""

_DEFAULTS = Policy()


def _seconds(
    table: str, name: str, text: str, why: str, *, low: float = SHORTEST_S, high: float = HOUR_S
) -> Field:
    default: float = getattr(_DEFAULTS, name)
    return Field(table, name, Kind.NUMBER, default, text, why, "s", low, high)


def _count(table: str, name: str, unit: str, text: str, why: str, *, high: int) -> Field:
    default: int = getattr(_DEFAULTS, name)
    return Field(table, name, Kind.COUNT, default, text, why, unit, 1, high)


WATCHDOG = (
    _seconds(
        "watchdog",
        "sweep_interval_s",
        "Time between two looks at the host: is the process there, and is it the right one?",
        "The document's Level 1 interval. An exit is noticed by event; the sweep is only the upper bound.",
    ),
)

HEALTHCHECK = (
    _seconds(
        "healthcheck",
        "heartbeat_interval_s",
        "Time between two light liveness probes of /startupz.",
        "With three misses a hang is certain within 35 s, at a cost too small to measure.",
    ),
    _seconds(
        "healthcheck",
        "heartbeat_timeout_s",
        "How long one heartbeat may take.",
        "A well gateway answers in milliseconds; 5 s forgive a garbage collection and a busy disk.",
        high=ACT_S,
    ),
    _seconds(
        "healthcheck",
        "heartbeat_retry_s",
        "Time to the next heartbeat after a missed one.",
        "Short, so that doubt is cleared soon instead of at the next regular beat.",
    ),
    _count(
        "healthcheck",
        "heartbeat_misses",
        "misses",
        "Missed heartbeats in a row that pull the full check forward. Wrong answers, which come at once, "
        "must last as long as so many without an answer take.",
        "One miss is noise and two are bad luck.",
        high=100,
    ),
    _seconds(
        "healthcheck",
        "full_check_interval_s",
        "Time between two full checks (/, /healthz, /startupz, /readyz).",
        "The document's Level 2 interval.",
        high=DAY_S,
    ),
    _seconds(
        "healthcheck",
        "full_check_timeout_s",
        "How long all requests of one full check may take together.",
        "They are four local requests; longer than this is an answer too.",
        high=ACT_S,
    ),
    _seconds(
        "healthcheck",
        "deep_check_interval_s",
        "Time between two deep checks (one authenticated request over the WebSocket).",
        "Probes can be green while the gateway is useless; as often as the full check is soon enough.",
        high=DAY_S,
    ),
    _seconds(
        "healthcheck",
        "deep_check_timeout_s",
        "How long one deep check may take, its short process included.",
        "Twice the probes' patience: it does real work in the gateway.",
        high=ACT_S,
    ),
    _count(
        "healthcheck",
        "deep_check_misses",
        "misses",
        "Failed deep checks in a row that count as illness.",
        "A single one may have met a moment of load.",
        high=100,
    ),
)

RESTART = (
    _count(
        "restart",
        "restart_attempts",
        "restarts",
        "Restarts before Level 2 is at its end.",
        "The document's number.",
        high=20,
    ),
    _seconds("restart", "restart_gap_s", "Pause between two restarts.", "The document's number.", low=0),
    _seconds(
        "restart",
        "last_wait_s",
        "Wait after the last restart before the next level is called.",
        "The document's five minutes. It ends as soon as the gateway is well.",
        low=0,
        high=DAY_S,
    ),
    _seconds(
        "restart",
        "retry_after_escalation_s",
        "Time after an escalation until Level 2 tries again.",
        "As long as a doctor may work; nothing is given up for ever.",
        high=DAY_S,
    ),
    _seconds(
        "restart",
        "stability_window_s",
        "How long a gateway must serve without a break to count as healed.",
        "Long enough for a crash right after the start to show.",
        low=0,
    ),
)

STARTUP = (
    _seconds(
        "startup",
        "startup_grace_s",
        "Time for a start while this host's own start times are not yet learnt.",
        "Real first starts after an update took more than four minutes.",
        high=DAY_S,
    ),
    _seconds(
        "startup",
        "startup_grace_max_s",
        "Longest time for a start while the gateway itself says that it is starting.",
        "A migration may be slow; half an hour is a hang.",
        high=DAY_S,
    ),
    Field(
        "startup",
        "startup_learnt_factor",
        Kind.NUMBER,
        _DEFAULTS.startup_learnt_factor,
        "A start may take this many times the longest one learnt on this host.",
        "Three leaves room for a loaded machine.",
        "times",
        1,
        100,
    ),
    _seconds(
        "startup",
        "start_timeout_s",
        "How long the order to start may take (not the start itself).",
        "A service manager under load answers in seconds; a minute is a failure.",
        high=ACT_S,
    ),
    _seconds(
        "startup",
        "startup_probe_s",
        "Time between two probes of a starting gateway, in its first minute.",
        "An outage should not last longer than the start itself; a probe a second costs nothing.",
    ),
)

STOP = (
    _seconds(
        "stop",
        "drain_budget_s",
        "Time for a gateway that was asked to stop and still works off its running turns.",
        "The gateway's own: 315 s drain and 10 s close, and 5 s of ours.",
        low=0,
        high=DAY_S,
    ),
    _seconds(
        "stop",
        "hang_term_grace_s",
        "Time after SIGTERM for a gateway that answered no probe, before SIGKILL.",
        "It cannot drain; a healthy one without work is gone within a second.",
        low=0,
    ),
    _seconds(
        "stop",
        "port_closed_kill_s",
        "Once its port has been closed for this long and the process is still there, SIGKILL is safe. For "
        "one that we have not asked to stop it is the least: it may restart inside its process, and has two "
        "thirds of the learnt start time (`startup_learnt_factor`), or of `startup_grace_s` until a start "
        "was seen.",
        "Seen on real gateways: nothing of value happens after that.",
        low=0,
    ),
    _seconds(
        "stop",
        "kill_grace_s",
        "Time for the kernel to end a process after SIGKILL before that is reported as failed.",
        "Only a process stuck in the kernel needs longer.",
    ),
)

LIMITS = (
    _count(
        "limits",
        "unclean_starts_max",
        "starts",
        "Unclean starts within the window, ours and the service manager's together.",
        "The gateway's own crash-loop breaker trips at 3 and switches every channel off.",
        high=20,
    ),
    _seconds(
        "limits",
        "unclean_window_s",
        "The window in which unclean starts are counted.",
        "The breaker's own 300 s, and the time between our order and its own record.",
        high=DAY_S,
    ),
    _count(
        "limits",
        "restarts_per_hour_max",
        "restarts",
        "Restarts within any hour. Of more, made by others, a person is told.",
        "Two rounds of three; more has never helped.",
        high=1000,
    ),
    _seconds(
        "limits",
        "settle_after_resume_s",
        "After the host slept or stood still, failures are forgiven for this long.",
        "Network and timers need about that long to come back. A host that stalls again and "
        "again is forgiven for `last_wait_s` in all, until it has been quiet for a while.",
        low=0,
    ),
    _seconds(
        "limits",
        "recheck_hold_s",
        "Time until a gateway that is left alone for a reason is looked at again.",
        "Soon enough to act when the reason ends.",
    ),
)

NOTIFY = (
    _seconds(
        "notify",
        "reminder_interval_s",
        "Time between two reminders of an incident that lasts, until somebody acknowledges it. 0: none.",
        "Who slept through one is reached by the next; more often is noise.",
        low=0,
        high=30 * DAY_S,
    ),
    Field(
        "notify",
        "tell_level_changes",
        Kind.SWITCH,
        _DEFAULTS.tell_level_changes,
        "Also tell (severity info) when Level 1 could not heal an incident and Level 2 is at work.",
        "A person is told when there is something to do, and when it is over.",
    ),
)

OBSERVE = Field(
    "selfheal",
    "observe",
    Kind.SWITCH,
    _DEFAULTS.observe,
    "Watch only: write into the journal what would have been done, and do nothing.",
    "A watchdog that only watches heals nothing; the mode is for getting to know it.",
)

POLICY_FIELDS = (OBSERVE, *WATCHDOG, *HEALTHCHECK, *RESTART, *STARTUP, *STOP, *LIMITS, *NOTIFY)
