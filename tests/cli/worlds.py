"""Made-up states and journals for the screens, and an app that answers from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from selfheal.app.full_pass import Checked
from selfheal.app.hearing import Deaf
from selfheal.app.monitor import Monitored
from selfheal.app.notify_test import Tried
from selfheal.app.own_service import Care, Cared
from selfheal.app.screen import Screen
from selfheal.config.fault import ConfigFaults, Fault, Problem
from selfheal.config.load import load, load_text
from selfheal.config.settings import Settings, Target
from selfheal.core.facts import DeepVerdict, GatewayProcess, ProbeKind, ProbeReport, Verdict
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.observations import OperatorAsked, TimePassed
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause, Hold, Outcome, Reason
from selfheal.core.state import (
    AlertingPart,
    GatewayView,
    HealthcheckPart,
    Incident,
    Phase,
    RestartPart,
    Stage,
    State,
    WatchdogPart,
)
from selfheal.gateway.openclaw_cron import CronEntry, CronError, Registered
from selfheal.ports.store import Entry, IncidentRow, RouteRow, StoreError, Waiting
from selfheal.store.reader import NoDatabaseError

W, M = Wall, Monotonic
START = 1_770_291_000.0  # 2026-02-05 11:30:00 UTC
A_DAY_AGO = W(START - 86_400)
NOW = Now(M(20_000.0), W(START), "boot")
WELL_PROBE = ProbeReport(ProbeKind.FULL, Verdict.WELL, 0.012)


def well(target: str = "main", pid: int = 4242) -> State:
    view = GatewayView(
        phase=Phase.WELL,
        since=M(8_480),
        since_wall=W(START - 11_520),
        process=GatewayProcess(pid, 84.0, listening=True),
        process_since=M(8_465),
        served=True,
        last_deep=DeepVerdict.OK,
        last_deep_wall=W(START - 129),
        last_probe=replace(WELL_PROBE, kind=ProbeKind.HEARTBEAT),
        last_probe_wall=W(START - 4),
        last_full=WELL_PROBE,
        last_full_wall=W(START - 130),
    )
    return State(
        target,
        boot_id="boot",
        last_mono=M(19_996),
        last_wall=W(START - 4),
        gateway=view,
        healthcheck=HealthcheckPart(M(20_006), M(20_170), M(20_171)),
        watchdog=WatchdogPart(M(20_100)),
        startups_s=(14.2, 35.0, 12.4),
    )


def ill(target: str = "main") -> State:
    state = well(target)
    hung = ProbeReport(ProbeKind.FULL, Verdict.TIMEOUT, 5.0)
    view = replace(
        state.gateway, phase=Phase.ILL, since=M(19_850), since_wall=W(START - 150), misses=3, last_probe=hung
    )
    return replace(
        state,
        gateway=replace(view, last_full=hung, last_full_wall=W(START - 4)),
        restart=RestartPart(
            stage=Stage.WAITING,
            level=Level.HEALTHCHECK,
            attempts=2,
            deadline=M(20_022),
            hold=Hold.UNCLEAN_BUDGET,
            unclean_starts=(M(19_860), M(19_920)),
            starts=(M(19_860), M(19_920)),
        ),
        incident=Incident(7, Cause.NOT_ANSWERING, W(START - 150), M(19_850), Level.HEALTHCHECK, "timeout"),
        alerting=AlertingPart(7),
    )


def watched(target: str = "main") -> State:
    """Serves again after an incident, and is watched until that is called healed."""
    state = well(target)
    return replace(
        state,
        restart=RestartPart(stage=Stage.STABILISING, attempts=1, deadline=M(20_040)),
        incident=Incident(
            8, Cause.PROCESS_GONE, W(START - 80), M(19_920), Level.WATCHDOG, acted_for=(Level.WATCHDOG,)
        ),
    )


def hopeless() -> State:
    """Nothing could be tried: no restart was made."""
    state = ill()
    return replace(
        state,
        restart=RestartPart(stage=Stage.EXHAUSTED, level=Level.WATCHDOG, hopeless=True, deadline=M(20_600)),
        incident=Incident(7, Cause.CONFIG_UNLOADABLE, W(START - 150), M(19_850), Level.WATCHDOG),
    )


STORY = (
    (-150.0, Note(Reason.HEARTBEAT_MISSED, Level.HEALTHCHECK, detail="timeout", number=1.0)),
    (-143.0, Note(Reason.HEARTBEAT_MISSED, Level.HEALTHCHECK, detail="timeout", number=2.0)),
    (-136.0, Note(Reason.CHECK_FAILED, Level.HEALTHCHECK, detail="timeout")),
    (-136.0, Note(Reason.INCIDENT_OPENED, Level.HEALTHCHECK, cause=Cause.NOT_ANSWERING, incident=7)),
    (-135.0, Note(Reason.ASK_TO_STOP, Level.HEALTHCHECK, detail="4242")),
    (-125.0, Note(Reason.KILL_NO_ANSWER, Level.HEALTHCHECK, detail="4242")),
    (-124.0, Note(Reason.GATEWAY_LOST, detail="4242", number=137.0)),
    (-124.0, Note(Reason.EXIT_EXAMINED, detail="crashed: signal 9")),
    (-123.0, Note(Reason.START, Level.HEALTHCHECK, number=1.0)),
    (-80.0, Note(Reason.ATTEMPT_FAILED, Level.HEALTHCHECK, number=1.0)),
    (-50.0, Note(Reason.START, Level.HEALTHCHECK, number=2.0)),
    (-20.0, Note(Reason.ATTEMPT_FAILED, Level.HEALTHCHECK, number=2.0)),
    (-19.0, Note(Reason.HELD, Level.HEALTHCHECK, hold=Hold.UNCLEAN_BUDGET)),
)


def entries(target: str = "main", incident: int | None = 7) -> list[Entry]:
    return [
        Entry(
            seq,
            target,
            W(START + at),
            "TimePassed",
            TimePassed(),
            (note,),
            (),
            incident,
            M(20_000 + at),
            "boot",
        )
        for seq, (at, note) in enumerate(STORY, start=100)
    ]


ROWS = [
    IncidentRow("main", 7, "not_answering", "healthcheck", W(START - 150), None, None, "timeout"),
    IncidentRow(
        "main", 6, "process_gone", "watchdog", W(START - 9_000), W(START - 8_986), Outcome.HEALED, "4100"
    ),
    IncidentRow("main", 5, "port_taken", "watchdog", W(START - 90_000), W(START - 86_000), "recovered", ""),
]


@dataclass
class FakeReader:
    the_states: Sequence[State] = ()
    the_rows: Sequence[IncidentRow] = ()
    the_entries: Sequence[Entry] = ()
    closed: bool = False
    the_waiting: Sequence[Waiting] = ()
    the_routes: Sequence[RouteRow] = ()
    the_policies: Mapping[str, Policy] = field(default_factory=dict)
    the_beginnings: Mapping[tuple[str, int], State] = field(default_factory=dict)

    def states(self) -> Sequence[State]:
        return self.the_states

    def policies(self) -> Mapping[str, Policy]:
        return self.the_policies

    def incidents(self, target: str | None, limit: int) -> Sequence[IncidentRow]:
        return [row for row in self.the_rows if target in {None, row.target}][:limit]

    def timeline(self, target: str, incident: int) -> Sequence[Entry]:
        return [e for e in self.the_entries if (e.target, e.incident) == (target, incident)]

    def lead_up(self, target: str, seq: int, limit: int) -> Sequence[Entry]:
        return [e for e in self.the_entries if e.target == target and e.seq < seq and e.notes][-limit:]

    def before(self, target: str, incident: int) -> State | None:
        return self.the_beginnings.get((target, incident))

    def recent(self, limit: int, target: str | None, *, telling: bool = False) -> Sequence[Entry]:
        chosen = [e for e in self.the_entries if target in {None, e.target} and (e.notes or not telling)]
        return chosen[-limit:]

    def waiting(self) -> Sequence[Waiting]:
        return self.the_waiting

    def routes(self) -> Sequence[RouteRow]:
        return self.the_routes

    def close(self) -> None:
        self.closed = True


NEW_CRON = Registered("c6dc", created=True, updated=False)


@dataclass
class FakeApp:
    """`folder` holds what the settings point to; nothing is written there."""

    folder: Path
    reader: FakeReader | None = None
    pid: int | None = 4100
    since: Wall | None = A_DAY_AGO
    faults: tuple[Fault, ...] = ()
    broken: str = ""
    supervised: Sequence[str] = ()  # by the resident
    result: int = 0
    seen: Sequence[State] = ()  # by a check
    stuck: int | None = None
    looks: Sequence[tuple[str, Verdict]] = ()
    tried: Sequence[Tried] = ()
    monitored: Monitored = field(default_factory=lambda: Monitored((), (), None, Cared(Care.LIVES, 4100)))
    untold_logs: list[str] = field(default_factory=list)
    cron: Registered | CronError = NEW_CRON
    deaf: Mapping[str, Deaf | None] = field(default_factory=dict)
    in_use: tuple[Target, ...] = ()  # instead of what was set
    tried_for: Sequence[str] = ()  # the targets of which a route that was tried has heard
    asked: list[tuple[str, OperatorAsked]] = field(default_factory=list)
    called: list[tuple[object, ...]] = field(default_factory=list)

    def load_settings(self, config: Path | None, environ: Mapping[str, str]) -> Settings:
        if self.faults:
            raise ConfigFaults(self.faults)
        where = {"HOME": str(self.folder), "SELFHEAL_STATE_DIR": str(self.folder / "state")}
        return load(config, {**where, **environ})

    def load_right_part(self, config: Path | None, environ: Mapping[str, str]) -> tuple[Settings, int]:
        faults, self.faults = self.faults, ()
        return self.load_settings(config, environ), len(faults)

    def check_settings(self, config: Path | None, environ: Mapping[str, str]) -> Settings:
        return self.load_settings(config, environ)

    def check_text(self, text: str, path: Path, environ: Mapping[str, str]) -> Settings:
        where = {"HOME": str(self.folder), "SELFHEAL_STATE_DIR": str(self.folder / "state")}
        return load_text(text, path, {**where, **environ})

    def watched(self, settings: Settings) -> Settings:
        return replace(settings, targets=self.in_use or settings.targets)

    def now(self) -> Now:
        return NOW

    def open_reader(self, settings: Settings) -> FakeReader:
        if self.broken:
            raise StoreError(self.broken, retryable=False)
        if self.reader is None:
            raise NoDatabaseError(settings.state_dir)
        return self.reader

    def resident_pid(self, settings: Settings) -> int | None:
        del settings
        return self.pid

    def resident_since(self, settings: Settings) -> Wall | None:
        del settings
        return self.since

    def resident_targets(self, settings: Settings) -> Sequence[str]:
        del settings
        return self.supervised

    def ports(self, settings: Settings) -> Mapping[str, int | None]:
        return {target.name: 18789 for target in settings.targets}

    def ask(self, settings: Settings, target: str, asked: OperatorAsked) -> None:
        del settings
        self.asked.append((target, asked))

    def run(self, settings: Settings, *, observe: bool, target: str | None) -> int:
        del settings
        self.called.append(("run", observe, target))
        return self.result

    def check(self, settings: Settings, *, target: str | None, observe: bool) -> Checked:
        del settings
        self.called.append(("check", target, observe))
        return Checked(self.result, self.seen, self.stuck, self.looks)

    def try_routes(
        self, settings: Settings, environ: Mapping[str, str], names: Sequence[str]
    ) -> Sequence[Tried]:
        del environ
        self.called.append(("notify test", *names))
        self.tried_for = [target.name for target in settings.targets]
        return [one for one in self.tried if one.route in (names or [r.name for r in settings.all_routes])]

    def untold(self, settings: Settings, environ: Mapping[str, str], reader: str) -> list[str]:
        del settings, environ
        self.called.append(("untold", reader))
        return self.untold_logs

    def cron_entry(
        self, settings: Settings, environ: Mapping[str, str], channel: str, model: str
    ) -> CronEntry:
        del settings, environ
        return CronEntry(channel, "look", model)

    def register_cron(
        self, settings: Settings, environ: Mapping[str, str], target: str, entry: CronEntry
    ) -> Registered:
        del settings, environ
        self.called.append(("register_cron", target, entry))
        if isinstance(self.cron, CronError):
            raise self.cron
        return self.cron

    def openclaw_words(self, settings: Settings, environ: Mapping[str, str], target: str) -> str:
        del settings, environ, target
        return "openclaw"

    def monitor(self, settings: Settings, environ: Mapping[str, str]) -> Monitored:
        del settings, environ
        self.called.append(("monitor",))
        return self.monitored

    def deliver(self, settings: Settings, environ: Mapping[str, str], given: bytes) -> bytes:
        del settings, environ
        self.called.append(("deliver", given))
        return b'{"again_s":null,"taken":[],"waiting_s":null}'

    def listen(self, settings: Settings, environ: Mapping[str, str], *, tied: bool) -> bytes:
        del settings, environ, tied
        self.called.append(("listen",))
        return b'{"again_s": null, "why": []}'

    def deaf_routes(self, settings: Settings, environ: Mapping[str, str]) -> Mapping[str, Deaf | None]:
        del settings, environ
        return self.deaf

    def up(self, settings: Settings, screen: Screen) -> int:
        del settings
        screen.say("up")
        self.called.append(("up",))
        return self.result

    def down(self, settings: Settings) -> int:
        del settings
        self.called.append(("down",))
        return self.result


UNKNOWN_KEY = Fault("watchdog.sweep", 3, Problem.NEAR_KEY, ("watchdog", "sweep_interval_s"))
