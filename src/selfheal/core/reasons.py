"""Why something was decided. Sentences are made of these at the edge, in the user's language."""

from enum import StrEnum


class Hold(StrEnum):
    """Why a gateway that does not serve is left alone for now."""

    PAUSED = "paused"
    LEVEL_DISABLED = "level_disabled"
    UPKEEP = "upkeep"
    SETTLING = "settling"  # the host slept or we were stalled; look again first
    MANAGER_RESTARTS = "manager_restarts"
    MANAGER_STOPS = "manager_stops"  # it has gone, and its manager still ends what it has left behind
    FOREIGN_SUPERVISOR = "foreign_supervisor"
    PACKAGE_BROKEN = "package_broken"  # half an update: what is ended now could not be started again
    CONFIG_UNLOADABLE = "config_unloadable"
    DISK_FULL = "disk_full"
    UNCLEAN_BUDGET = "unclean_budget"
    HOURLY_BUDGET = "hourly_budget"


class Reason(StrEnum):
    RESIDENT_STARTED = "resident_started"
    STATE_AFTER_REBOOT = "state_after_reboot"
    ACTION_ORPHANED = "action_orphaned"
    OPERATOR_CHECK = "operator_check"
    PAUSED = "paused"
    PAUSE_OVER = "pause_over"
    RESUMED = "resumed"
    WANTED = "wanted"  # up, by a person
    UNWANTED = "unwanted"  # down, by a person
    LEVEL_ENABLED = "level_enabled"
    LEVEL_DISABLED = "level_disabled"
    HOST_RESUMED = "host_resumed"
    CLOCK_JUMPED = "clock_jumped"
    GATEWAY_FOUND = "gateway_found"
    GATEWAY_SERVES = "gateway_serves"
    GATEWAY_LOST = "gateway_lost"
    EXIT_EXAMINED = "exit_examined"
    HEARTBEAT_MISSED = "heartbeat_missed"
    CHECK_PASSED = "check_passed"
    CHECK_FAILED = "check_failed"
    DEEP_CHECK_FAILED = "deep_check_failed"
    LOOK_FAILED = "look_failed"  # ours: it says nothing about the gateway
    STALE_RESULT = "stale_result"
    INCIDENT_OPENED = "incident_opened"
    CAUSE_FOUND = "cause_found"  # what the running incident is really about
    INCIDENT_CLOSED = "incident_closed"
    HELD = "held"
    WOULD_START = "would_start"  # observe mode
    WOULD_STOP = "would_stop"
    START = "start"
    START_FAILED = "start_failed"
    ASK_TO_STOP = "ask_to_stop"
    KILL_PORT_CLOSED = "kill_port_closed"
    KILL_DRAIN_OVER = "kill_drain_over"
    KILL_NO_ANSWER = "kill_no_answer"
    SIGNAL_FAILED = "signal_failed"
    SIGNAL_REFUSED = "signal_refused"  # for good: not tried again
    ATTEMPT_FAILED = "attempt_failed"
    LAST_WAIT = "last_wait"
    ESCALATED = "escalated"
    STABILISING = "stabilising"
    HEALED = "healed"
    STARTED = "started"  # a planned start has proved itself: there was nothing to heal
    RETRY_AFTER_ESCALATION = "retry_after_escalation"
    TOLD = "told"  # a person is to be told (Level 4): that they were a receipt shows
    TOLD_LEVEL = "told_level"  # a person is to be told that the next level is at work
    REMINDED = "reminded"  # of an incident that lasts and that nobody has acknowledged
    ACKNOWLEDGED = "acknowledged"
    NOT_ACKNOWLEDGED = "not_acknowledged"  # it is not open, or nobody was told of it
    UNTOLD = "untold"  # too many alerts wait: those of an incident that is over are left to the history
    INVARIANT_BROKEN = "invariant_broken"
    TRUSTED = "trusted"  # a person has resumed after a broken invariant


class Cause(StrEnum):
    """What an incident is about."""

    PROCESS_GONE = "process_gone"
    KEEPS_DYING = "keeps_dying"  # restarted more often in an hour than its budget, whoever did it
    LEFT_DOWN = "left_down"  # it ended badly while somebody, or it itself, was stopping it
    NOT_ANSWERING = "not_answering"
    WRONG_ANSWER = "wrong_answer"
    PORT_TAKEN = "port_taken"
    DEEP_CHECK = "deep_check"
    DEGRADED = "degraded"
    DRAINING_LONG = "draining_long"  # or suspended and forgotten
    BLIND = "blind"  # our own looks fail: we know nothing
    PACKAGE_BROKEN = "package_broken"
    CONFIG_UNLOADABLE = "config_unloadable"
    DISK_FULL = "disk_full"


class Outcome(StrEnum):
    """How an incident ended."""

    HEALED = "healed"  # by us
    RECOVERED = "recovered"  # by itself, its manager or a person
    STOPPED_ON_PURPOSE = "stopped_on_purpose"
