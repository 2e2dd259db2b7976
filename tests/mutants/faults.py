"""Deliberate faults in the core, one line each. What the tests are worth is how many of them they catch.

Each is named by the harm that it would do. A new rule in the core gets its fault here.
"""

from dataclasses import dataclass


class FaultError(Exception):
    """The line is not there exactly once: the core has moved on, and the fault must follow it."""


@dataclass(frozen=True)
class Fault:
    name: str
    module: str  # of selfheal.core
    old: str  # the whole line, without its indentation
    new: str

    @property
    def file(self) -> str:
        return f"src/selfheal/core/{self.module}.py"

    def put_into(self, text: str) -> str:
        """The text of the module with the fault in it. Raises FaultError."""
        lines = text.splitlines(keepends=True)
        places = [index for index, line in enumerate(lines) if line.strip() == self.old]
        if len(places) != 1:
            raise FaultError(
                f"cannot put «{self.name}» into {self.file}: {len(places)} lines are it, not one"
            )
        lines[places[0]] = lines[places[0]].replace(self.old, self.new)
        return "".join(lines)


FAULTS = (
    # -- hold: do no harm
    Fault(
        "a pause does not hold",
        "hold",
        "if scene.paused:",
        "if scene.paused and act is Act.NONE:",
    ),
    Fault(
        "a disabled level acts",
        "hold",
        "if level in scene.disabled:",
        "if level in scene.disabled and act is Act.NONE:",
    ),
    Fault(
        "no time to settle after a sleep",
        "hold",
        "if now.mono < scene.view.settle_until:",
        "if now.mono < scene.view.settle_until and act is Act.NONE:",
    ),
    Fault(
        "a start into an update",
        "hold",
        "if seen.upkeep is not None or (act is Act.START and updater_starts(scene.view, now)):",
        "if seen.upkeep is not None and act is Act.RESTART:",
    ),
    Fault(
        "a start beside another watchdog",
        "hold",
        "if seen.foreign_supervisor:",
        "if seen.foreign_supervisor and act is Act.RESTART:",
    ),
    Fault(
        "a start beside the service manager's",
        "hold",
        "ManagerState.RESTARTING: Hold.MANAGER_RESTARTS,",
        "ManagerState.RESTARTING: None,",
    ),
    Fault(
        "a start with a config that cannot load",
        "hold",
        "if config_unloadable(scene.view):",
        "if config_unloadable(scene.view) and act is Act.RESTART:",
    ),
    Fault(
        "a gateway is ended that could not be started again",
        "hold",
        "if seen.missing_file:",
        "if seen.missing_file and act is Act.START:",
    ),
    Fault(
        "a start on a full disk",
        "hold",
        "return Hold.DISK_FULL if seen.disk_full else None",
        "return Hold.DISK_FULL if seen.disk_full and act is Act.RESTART else None",
    ),
    Fault(
        "a hung update is borne for ever",
        "hold",
        "SLOW = frozenset({Hold.UPKEEP, Hold.MANAGER_RESTARTS, Hold.MANAGER_STOPS})",
        "SLOW = frozenset({Hold.MANAGER_RESTARTS, Hold.MANAGER_STOPS})",
    ),
    Fault(
        "a hung service manager is borne for ever",
        "hold",
        "SLOW = frozenset({Hold.UPKEEP, Hold.MANAGER_RESTARTS, Hold.MANAGER_STOPS})",
        "SLOW = frozenset({Hold.UPKEEP, Hold.MANAGER_STOPS})",
    ),
    # -- budget
    Fault(
        "the unclean budget is one too large",
        "budget",
        "if part.unclean_end and len(unclean) >= policy.unclean_starts_max:",
        "if part.unclean_end and len(unclean) > policy.unclean_starts_max:",
    ),
    Fault(
        "the breaker's window is shortened",
        "budget",
        "unclean = [at for at in part.unclean_starts if at + policy.unclean_window_s > now.mono]",
        "unclean = [at for at in part.unclean_starts if at + policy.unclean_window_s - 60.0 > now.mono]",
    ),
    Fault(
        "what began while we were away is taken for our start",
        "budget",
        "return replace(part, unclean_end=True, expected=False) if part.expected else part",
        "return part",
    ),
    Fault(
        "what began long after our start is taken for it",
        "budget",
        "return born > part.since + (MADE_S if under_way else LATE_S)",
        "return False",
    ),
    Fault(
        "the hourly budget counts nothing",
        "budget",
        "starts=tuple(sorted(starts))[-policy.restarts_per_hour_max - 1 - SPARE :],",
        "starts=tuple(sorted(starts - {at}))[-policy.restarts_per_hour_max - 1 - SPARE :],",
    ),
    Fault(
        "a reboot forgets unclean starts",
        "budget",
        "unclean_starts=moved(part.unclean_starts),",
        "unclean_starts=(),",
    ),
    # -- perceive
    Fault(
        "a starting gateway is ill",
        "perceive",
        "if starting and not asked and now.mono < grace_end(view, startups_s, policy):",
        "if starting and not asked and now.mono < view.process_since:",
    ),
    Fault(
        "a stop by a person is forgotten",
        "perceive",
        "stopped = (known and not again) or told or before_us",
        "stopped = told or before_us",
    ),
    Fault(
        "one failed deep check is enough",
        "perceive",
        "bad = view.deep_bad or (confirmed and view.deep_misses >= policy.deep_check_misses)",
        "bad = view.deep_bad or confirmed",
    ),
    Fault(
        "a drain counts as a miss",
        "perceive",
        "if report.verdict in ILL or (endless and not view.served):",
        "if report.verdict in ILL or report.verdict is Verdict.DRAINING or (endless and not view.served):",
    ),
    Fault(
        "the word about one process is taken for another's",
        "perceive",
        "case ExitExamined() if view.lost is not None and observation.pid not in (0, view.lost.pid):",
        "case ExitExamined() if view.lost is not None and observation.pid < 0:",
    ),
    Fault(
        "a read-only disk is a reason to restart",
        "healthcheck",
        "if full or view.last_deep is DeepVerdict.STORAGE:",
        "if full:",
    ),
    Fault(
        "a refused config is tried again unchanged",
        "configmark",
        "if view.refused_mark is not None and (worked_at or view.refused_mark != now.config_mark):",
        "if view.refused_mark is not None:",
    ),
    Fault(
        "what was refused once is held against a gateway that has served with it",
        "perceive",
        "if first and view.refused_mark is not None:  # it has started with that file after all",
        "if view is None:",
    ),
    Fault(
        "what was refused before an update is not tried after it",
        "configmark",
        "worked_at = before is not None and before.upkeep is not None and now.upkeep is None",
        "worked_at = False",
    ),
    # -- Level 1 and Level 2
    Fault(
        "what was stopped on purpose is in trouble",
        "watchdog",
        "if view.phase is not Phase.ABSENT or not view.exit_examined or view.inspection is None:",
        "if view.phase not in GONE or not view.exit_examined or view.inspection is None:",
    ),
    Fault(
        "an end without an exit event is never examined",
        "watchdog",
        "return part, Looks((_ask_why(scene),) if _unexplained(scene) else ())",
        "return part, Looks((_ask_why(scene),) if _unexplained(scene) and scene.view.handoff else ())",
    ),
    Fault(
        "it is forgotten whose end is to be examined",
        "watchdog",
        "lost = scene.view.lost or Lost(0)",
        "lost = Lost(0)",
    ),
    Fault(
        "a port that closes in a drain is an illness",
        "perceive",
        "if view.phase is Phase.DRAINING and now.mono < _drains_since(view) + policy.drain_budget_s:",
        "if view.phase is Phase.DRAINING and now.mono < _drains_since(view):",
    ),
    Fault(
        "a suspension is part of the drain after it",
        "perceive",
        "return view.since if closed is None else max(view.since, closed)",
        "return view.since",
    ),
    # -- the ladder
    Fault(
        "an act on a stale look",
        "ladder",
        "if seen_at is not None and seen_at >= max(since, c.now.mono - FRESH_S):",
        "if seen_at is not None:",
    ),
    Fault(
        "a signal where none would help",
        "restart",
        "if c.trouble is not None and c.trouble.act is Act.NONE:  # a signal would not help",
        "if c.trouble is not None and c.trouble.act is Act.START:",
    ),
    Fault(
        "the end of the ladder is for ever",
        "ladder",
        "part = enter(part, Stage.EXHAUSTED, c.now, c.now.after(c.policy.retry_after_escalation_s))",
        "part = enter(part, Stage.EXHAUSTED, c.now, Monotonic(1e12))",
    ),
    Fault(
        "the escalation is forgotten",
        "ladder",
        "return Move(part, notes=notes, escalate=True, detail=detail, cause=cause)",
        "return Move(part, notes=notes, detail=detail, cause=cause)",
    ),
    Fault(
        "attempts are spent on a start that can never work",
        "restart",
        "if c.result.retryable:",
        "if not c.result.succeeded:",
    ),
    Fault(
        "what its manager has tried in vain is tried as if for the first time",
        "restart",
        "part = budget.tried_in_vain(part)",
        "part = budget.ended_unseen(part)",
    ),
    # -- ending a gateway
    Fault(
        "a draining gateway is killed",
        "termination",
        "drained_at = Monotonic(asked_at + policy.drain_budget_s)",
        "drained_at = asked_at",
    ),
    Fault(
        "a kill though the asking was perhaps lost",
        "termination",
        "if part.asked is not None:",
        "if part.asked_at is not None:",
    ),
    Fault(
        "a kill without an answer from after the asking",
        "termination",
        "if _asked_before(view, asked_at):  # it may have begun to drain: ask it first",
        "if view.probed is None:",
    ),
    Fault(
        "a kill in observe mode",
        "termination",
        "if c.policy.observe:",
        "if c.policy.observe and part.kills:",
    ),
    # -- alerts and incidents
    Fault(
        "an alert is delivered again and again",
        "alerting",
        "return replace(part, unsent=part.unsent[1:], next_try=BEGINNING)",
        "return replace(part, next_try=BEGINNING)",
    ),
    Fault(
        "an alert is lost when its route refuses",
        "alerting",
        "return replace(part, next_try=now.after(RETRY_S))",
        "return replace(part, unsent=part.unsent[1:], next_try=now.after(RETRY_S))",
    ),
    Fault(
        "nobody is told that it is over",
        "alerting",
        "return replace(part, opened=None, unsent=unsent, remind_at=None), notes",
        "return replace(part, opened=None, remind_at=None), notes",
    ),
    Fault(
        "an incident never closes",
        "incidents",
        "if incident is None or trouble is not None or state.restart.stage is not Stage.IDLE:",
        "if incident is None or trouble is not None or state.gateway.phase is not Phase.STOPPED:",
    ),
    # -- what a person asks for
    Fault(
        "a pause is over as soon as it begins",
        "requests",
        "if state.pause is None or state.pause.until is None or not state.pause.until.passed(now):",
        "if state.pause is None or state.pause.until is None:",
    ),
    # -- the step
    Fault(
        "a lost result is awaited for ever",
        "step",
        "fresh = tuple(entry for entry in draft.state.pending if now.mono < entry.since + PENDING_MAX_S)",
        "fresh = draft.state.pending",
    ),
    Fault(
        "what comes while we are stalled is lost",
        "reboot",
        "since = {entry.id: min(now.mono, Monotonic(entry.since + away_s)) for entry in pending}",
        "since = {entry.id: entry.since for entry in pending}",
    ),
    Fault(
        "a reboot ends a pause",
        "reboot",
        "pause=pause,",
        "pause=None,",
    ),
    Fault(
        "the ladder's deadlines never come",
        "step",
        "None if ladder.blind(scene) else ladder.deadline(state.restart, scene),",
        "None,",
    ),
    Fault(
        "a broken rule of ours does not keep us from acting",
        "distrust",
        "return replace(policy, observe=True) if state.distrust else policy",
        "return policy",
    ),
    # -- found by simulation
    Fault(
        "somebody else's starts in the last wait are hope for ever",
        "restart",
        "if part.attempts > c.policy.restart_attempts and not c.scene.escalated:",
        "if part.attempts > c.policy.restart_attempts and c.scene.escalated:",
    ),
    Fault(
        "a handoff excuses each start that brings nothing",
        "restart",
        "if c.scene.view.handoff and c.scene.view.since > part.since:",
        "if c.scene.view.handoff:",
    ),
    Fault(
        "a start that was said to fail has not begun",
        "restart",
        "part = budget.ended_unseen(part)  # what was said to fail may have begun, and ended",
        "pass",
    ),
    Fault(
        "a second process beside a stopped gateway is taken for it",
        "perceive",
        "if view.phase is Phase.STOPPED and found is not inspection.process:",
        "if view.phase is Phase.STOPPED and found is None:",
    ),
    Fault(
        "why it ended is not asked again when we can see",
        "perceive",
        "examined = view.exit_examined and not (view.look_failed and view.exit_unknown)",
        "examined = view.exit_examined",
    ),
    Fault(
        "a wish for it outlives its answer",
        "perceive",
        "view = replace(view, misses=0, refused_since=None, leaving=False, presumed=False, wanted=False)",
        "view = replace(view, misses=0, refused_since=None, leaving=False, presumed=False)",
    ),
    Fault(
        "what held us before we were blind prolongs the silence",
        "ladder",
        "return patience_s(None if cause is Cause.BLIND else why, c.policy)",
        "return patience_s(why, c.policy)",
    ),
    Fault(
        "each settling begins the last wait anew",
        "ladder",
        "if c.trouble is not None and why is Hold.SETTLING and part.hopeless_since is not None:",
        "if c.trouble is not None and why is Hold.SETTLING and part.hopeless_since is None:",
    ),
    Fault(
        "each start of its manager is hope in observe mode",
        "ladder",
        "if c.policy.observe and c.trouble is None and _is_unproven(part, c):",
        "if c.policy.observe and c.trouble is None and c.scene.paused:",
    ),
    Fault(
        "each life in a crash loop is hope in observe mode",
        "ladder",
        "return view.phase in UNDECIDED or (part.stage is Stage.IDLE and not is_over(view, c.policy))",
        "return view.phase in UNDECIDED",
    ),
    Fault(
        "each life in a crash loop ends its incident in observe mode",
        "ladder",
        "return proven or not policy.observe",
        "return True",
    ),
    Fault(
        "a moment's answer between two hangs ends the incident in observe mode",
        "perceive",
        "since = now.mono if first or view.phase is Phase.ILL else view.serves_since",
        "since = now.mono if first else view.serves_since",
    ),
    # -- a host that stalls again and again
    Fault(
        "a host that stalls again and again begins to settle anew",
        "settling",
        "goes_on = view.resumed is not None and now.mono < view.resumed + quiet_s(policy)",
        "goes_on = view.resumed is not None and now.mono < view.settle_until",
    ),
    Fault(
        "a gateway that had no time to answer after many stalls is ended",
        "settling",
        "return near and now.mono < silent_since + forgiven_s(policy)",
        "return near and now.mono < silent_since",
    ),
    Fault(
        "a drain is never older than the last stall",
        "settling",
        "by_s = 0.0 if long else min(unseen_s, apart_s / 2)",
        "by_s = now.mono",
    ),
    # -- a gateway that keeps dying
    Fault(
        "nobody is told of one that keeps dying",
        "step",
        "if not (state.recovery.escalated or incident.keeps_dying):",
        "if not state.recovery.escalated:",
    ),
    Fault(
        "the end of one that keeps dying is told with each life",
        "incidents",
        "if incident.keeps_dying and not stopped and not budget.is_over(state.restart, now, policy):",
        "if incident.keeps_dying and stopped and not budget.is_over(state.restart, now, policy):",
    ),
    Fault(
        "near the limit each life is its end",
        "budget",
        "return _of_this_hour(part, now) <= policy.restarts_per_hour_max // 2",
        "return _of_this_hour(part, now) <= policy.restarts_per_hour_max",
    ),
    Fault(
        "restarts that it asks for make it one that keeps dying",
        "budget",
        "return sum(at + HOUR_S > now.mono for at in part.starts if at != part.unjudged)",
        "return sum(at + HOUR_S > now.mono for at in part.starts)",
    ),
    Fault(
        "who has killed it in their pause is told that it keeps dying",
        "incidents",
        "asleep = state.pause is not None or Level.WATCHDOG in state.disabled",
        "asleep = Level.WATCHDOG in state.disabled",
    ),
    # -- a gateway that ended badly while it was being stopped
    Fault(
        "nobody is told of one that crashes at the end of its drain",
        "perceive",
        "view = replace(view, leaving=True, presumed=True)",
        "view = replace(view, leaving=True)",
    ),
    Fault(
        "its incident is over as soon as it has begun",
        "ladder",
        "return not view.in_doubt",
        "return True",
    ),
    Fault(
        "what its manager was told to stop is told to a person as in doubt",
        "perceive",
        "presumed = view.presumed and not stopping",
        "presumed = view.presumed",
    ),
    Fault(
        "who stops it through its manager is asked whether it is to stay down",
        "perceive",
        "view = replace(view, presumed=view.presumed and seen.cause in BADLY and not told)",
        "view = replace(view, presumed=view.presumed and seen.cause in BADLY)",
    ),
    Fault(
        "a clean stop is told to a person as in doubt",
        "perceive",
        "view = replace(view, presumed=view.presumed and seen.cause in BADLY and not told)",
        "view = replace(view, presumed=view.presumed and not told)",
    ),
    # -- a level that is off silences no other one
    Fault(
        "what a level was at when it was disabled is left for ever",
        "ladder",
        "return replace(part, level=c.trouble.level) if part.stage is Stage.IDLE or hindered else part",
        "return replace(part, level=c.trouble.level) if part.stage is Stage.IDLE else part",
    ),
    Fault(
        "a start that hangs is told of by nobody where level 2 is off",
        "ladder",
        "return c.trouble.level in c.scene.disabled and silenced(part, c) is None",
        "return False",
    ),
    Fault(
        "level 2 alone is blind",
        "healthcheck",
        "return Level.WATCHDOG if off and lost else Level.HEALTHCHECK",
        "return Level.HEALTHCHECK",
    ),
    Fault(
        "a start beside a manager that still stops it",
        "hold",
        "ManagerState.STOPPING: Hold.MANAGER_STOPS,",
        "ManagerState.STOPPING: None,",
    ),
    # -- what is held against a start holds against a signal
    Fault(
        "a signal into an update",
        "hold",
        "if seen.upkeep is not None or (act is Act.START and updater_starts(scene.view, now)):",
        "if seen.upkeep is not None and act is Act.START:",
    ),
    Fault(
        "what an updater has stopped stays down",
        "managed",
        "return _at_work(view) and not view.unwanted",
        "return False",
    ),
    Fault(
        "a start that failed between two looks is a stop",
        "managed",
        "failed = now.manager is ManagerState.FAILED and was_down",
        "failed = False",
    ),
    Fault(
        "no time for the updater to start it",
        "managed",
        "UPDATER_STARTS_S = 60.0  # after its work; `openclaw update` looks the new version over before that",
        "UPDATER_STARTS_S = 0.0",
    ),
    Fault(
        "a signal beside another watchdog",
        "hold",
        "if seen.foreign_supervisor:",
        "if seen.foreign_supervisor and act is Act.START:",
    ),
    Fault(
        "a signal with a config that cannot load",
        "hold",
        "if config_unloadable(scene.view):",
        "if config_unloadable(scene.view) and act is Act.START:",
    ),
    Fault(
        "a signal on a full disk",
        "hold",
        "return Hold.DISK_FULL if seen.disk_full else None",
        "return Hold.DISK_FULL if seen.disk_full and act is Act.START else None",
    ),
    Fault(
        "one miss is ill",
        "perceive",
        "certain = report.kind is ProbeKind.FULL and view.misses >= policy.heartbeat_misses and lasts",
        "certain = report.kind is ProbeKind.FULL and lasts",
    ),
    Fault(
        "wrong answers need not last",
        "perceive",
        "lasts_s = least_missing_s(policy) if refused is None else closed_port_s(startups_s, policy)",
        "lasts_s = 0.0 if refused is None else closed_port_s(startups_s, policy)",
    ),
    Fault(
        "each failed deep check counts, however soon",
        "perceive",
        "if view.misses or (view.deep_misses and now.mono < view.deep_missed + deep_gap_s(policy)):",
        "if view.misses:",
    ),
    Fault(
        "a slow restart in place is a hang",
        "grace",
        "return max(policy.port_closed_kill_s, min(CLOSED_SHARE * start_s, policy.startup_grace_max_s))",
        "return policy.port_closed_kill_s + 0.0 * start_s",
    ),
    Fault(
        "it was ill before our probes failed",
        "ladder",
        "if ends and c.scene.view.blind_since is not None:  # it may be well by now: a probe must tell, too",
        "if ends and c.scene.view.inspected is None:",
    ),
    Fault(
        "an end that we had asked for is clean before we know why it was",
        "budget",
        "if not examined:  # also where we had asked for that end: it may not have been a clean one",
        "if not examined and part.unclean_end:",
    ),
    # -- what a person has said
    Fault(
        "every pause lasts a minute",
        "requests",
        "end = None if for_s is None else until(now, for_s)",
        "end = until(now, 60.0)",
    ),
    Fault(
        "a pause ends early",
        "requests",
        "if state.pause is None or state.pause.until is None or not state.pause.until.passed(now):",
        "if state.pause is None or state.pause.until is None or now.after(900.0) < state.pause.until.mono:",
    ),
    Fault(
        "a level is not switched off",
        "requests",
        "return replace(state, disabled=(*kept, level)), (Note(Reason.LEVEL_DISABLED, level),)",
        "return replace(state, disabled=kept), (Note(Reason.LEVEL_DISABLED, level),)",
    ),
    Fault(
        "a reboot switches every level on",
        "reboot",
        "disabled=state.disabled,",
        "disabled=(),",
    ),
    # -- what a person is told
    Fault(
        "a sleep swallows the alerts that wait",
        "step",
        "draft = draft.with_state(replace(state, pending=kept))",
        "draft = draft.with_state(replace(state, pending=kept, alerting=replace(state.alerting, unsent=())))",
    ),
    Fault(
        "alerts are given up at the third that waits",
        "alerting",
        "unheard = _unheard(unsent) if len(unsent) > UNSENT_MAX else None",
        "unheard = _unheard(unsent) if len(unsent) > 2 else None",
    ),
    Fault(
        "channels that fail never count",
        "healthcheck",
        "if part.degraded_checks >= DEGRADED_CONFIRMED and view.last_full is not None:",
        "if part.degraded_checks > DEGRADED_CONFIRMED and view.last_full is not None:",
    ),
    Fault(
        "reminders come too often",
        "alerting",
        "return until(now, policy.reminder_interval_s) if policy.reminder_interval_s else None",
        "return until(now, policy.reminder_interval_s / 4) if policy.reminder_interval_s else None",
    ),
)
