"""The whole run: parts in order, repetitions interleaved, every sample into the ledger."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.aims import SELFHEAL
from benchmarks.contenders.alone import NAME as ALONE
from benchmarks.contenders.alone import Alone, AloneKind
from benchmarks.contenders.base import Contender, Kind
from benchmarks.contenders.monit import MonitKind
from benchmarks.contenders.selfheal_run import Selfheal, SelfhealKind
from benchmarks.contenders.supervisor import SupervisorKind
from benchmarks.contenders.systemd_unit import SystemdKind
from benchmarks.debian import NotAvailableError, monit, supervisor
from benchmarks.field import Field, Say, rotated
from benchmarks.measures import faults, rest
from benchmarks.measures.command import time_ms
from benchmarks.options import Options
from benchmarks.record import Ledger, Measure
from benchmarks.serving import NeverServedError
from benchmarks.statistics_of import phase_s
from selfheal.gateway.sandbox_install import Installation

FIRST_LIMIT_S = 300.0
"""For the very first start, which also warms the disk's cache and is not counted."""
PATIENCE = 6
"""Cold starts until a recovery is given up; and never less than two minutes."""
LEAST_LIMIT_S = 120.0
HANG_LIMIT_S = 120.0
"""On top of that, for a watcher that does see hangs, to see it."""
DEATH_PERIOD_S = 5.0
HANG_PERIOD_S = 10.0
"""Faults come at phases spread over the watchers' own intervals: monit's cycle, selfheal's heartbeat."""
FOR_DEATH = (Measure.DEATH_DETECTED_S, Measure.DEATH_SERVING_S)
FOR_HANG = (Measure.HANG_DETECTED_S, Measure.HANG_SERVING_S)
FOR_REST = (Measure.RSS_MB, Measure.PSS_MB, Measure.CPU_PERCENT, Measure.GATEWAY_CPU_PERCENT)


@dataclass
class Bench:
    installation: Installation
    cache: Path
    options: Options
    say: Say
    pause: Callable[[float], None]
    ledger: Ledger = field(default_factory=Ledger)
    methods: dict[str, str] = field(default_factory=dict)
    cold_start_s: float = 0.0

    def run(self) -> None:
        self.cold_start_s = self._calibrate()
        kinds = list(self._kinds())
        field_of = Field(self.installation, self._start_limit_s, self.say)
        if "death" in self.options.parts:
            self._deaths(field_of, kinds)
        if "hang" in self.options.parts:
            self._hangs(field_of, kinds)
        if {"rest", "status"} & set(self.options.parts):
            self._rest(field_of, kinds)

    @property
    def _start_limit_s(self) -> float:
        return max(LEAST_LIMIT_S, PATIENCE * self.cold_start_s)

    def _calibrate(self) -> float:
        self.say("gateway alone: a first start that is not counted")
        alone = Alone(Field(self.installation, FIRST_LIMIT_S, self.say).nest(), FIRST_LIMIT_S)
        try:
            alone.start()
            return alone.start_again()
        finally:
            alone.close()

    # -- who takes part ---------------------------------------------------------------------------------

    def _kinds(self) -> Iterator[Kind]:
        makers: dict[str, Callable[[], Kind]] = {
            "selfheal": SelfhealKind,
            "monit": lambda: MonitKind(monit(self.cache), self.cold_start_s),
            "supervisor": lambda: SupervisorKind(supervisor(self.cache)),
            "systemd": SystemdKind,
        }
        yield self._present(AloneKind(self._start_limit_s))
        for name in self.options.contenders:
            try:
                yield self._present(makers[name]())
            except NotAvailableError as why:
                self.methods[name] = str(why)
                for measure in (*FOR_DEATH, *FOR_HANG, *FOR_REST):
                    self.ledger.note(name, measure, str(why))

    def _present(self, kind: Kind) -> Kind:
        self.methods[kind.name] = kind.method
        return kind

    def _failed(self, *measures: Measure) -> Callable[[Kind, str], None]:
        def tell(kind: Kind, why: str) -> None:
            self.say(f"{kind.name}: {why}")
            for measure in measures:
                self.ledger.note(kind.name, measure, why)

        return tell

    # -- death ------------------------------------------------------------------------------------------

    def _deaths(self, field_of: Field, kinds: Sequence[Kind]) -> None:
        for number in range(self.options.repeat):
            for batch in field_of.batches(rotated(kinds, number)):
                with field_of.standing(batch, self._failed(*FOR_DEATH)) as up:
                    for kind, contender in up:
                        self._death(kind, contender, number)
            self._ratios([kind.name for kind in kinds])

    def _death(self, kind: Kind, contender: Contender, number: int) -> None:
        self.pause(phase_s(number, self.options.repeat, DEATH_PERIOD_S))
        try:
            if isinstance(contender, Alone):
                self.ledger.add(ALONE, Measure.FIRST_START_S, contender.first_start_s)
                self.ledger.add(ALONE, Measure.COLD_START_S, contender.start_again())
            else:
                outcome = faults.kill(contender, self._start_limit_s)
                self.ledger.add(kind.name, Measure.DEATH_TOLD_S, outcome.told_s)
                self._keep(kind.name, FOR_DEATH, outcome)
        except NeverServedError as why:
            self._failed(*FOR_DEATH)(kind, str(why))
        contender.close()

    def _ratios(self, names: Sequence[str]) -> None:
        cold_s = self.ledger.last(ALONE, Measure.COLD_START_S)
        for name in names:
            serving = self.ledger.last(name, Measure.DEATH_SERVING_S)
            if cold_s and serving and name != ALONE:
                self.ledger.add(name, Measure.DEATH_RATIO, serving / cold_s)

    # -- hang -------------------------------------------------------------------------------------------

    def _hangs(self, field_of: Field, kinds: Sequence[Kind]) -> None:
        for number in range(self.options.hang_repeat):
            taking_part = [kind for kind in kinds if kind.sees_hangs or (number == 0 and kind.name != ALONE)]
            for batch in field_of.batches(rotated(taking_part, number)):
                with field_of.standing(batch, self._failed(*FOR_HANG)) as up:
                    for kind, contender in up:
                        self._hang(kind, contender, number)

    def _hang(self, kind: Kind, contender: Contender, number: int) -> None:
        self.pause(phase_s(number, self.options.hang_repeat, HANG_PERIOD_S))
        limit_s = HANG_LIMIT_S + self._start_limit_s if kind.sees_hangs else self.options.never_s
        try:
            outcome = faults.freeze(contender, limit_s)
        except NeverServedError as why:
            self._failed(*FOR_HANG)(kind, str(why))
        else:
            self._keep(kind.name, FOR_HANG, outcome)
            for measure, value in zip(FOR_HANG, (outcome.detected_s, outcome.serving_s), strict=True):
                if value is None:
                    self.ledger.note(kind.name, measure, f"never (within {limit_s:.0f} s)")
        contender.close()

    def _keep(self, name: str, measures: tuple[Measure, Measure], outcome: faults.Outcome) -> None:
        told = []
        for measure, value in zip(measures, (outcome.detected_s, outcome.serving_s), strict=True):
            if value is not None:
                self.ledger.add(name, measure, value)
                told.append(f"{value:.3f} s")
            else:
                told.append("never")
        self.say(f"{name}: {measures[0].split('_')[0]} detected {told[0]}, serving again {told[1]}")

    # -- rest -------------------------------------------------------------------------------------------

    def _rest(self, field_of: Field, kinds: Sequence[Kind]) -> None:
        only_status = "rest" not in self.options.parts
        taking_part = [kind for kind in kinds if kind.name == SELFHEAL] if only_status else kinds
        for batch in field_of.batches(taking_part):
            with field_of.standing(batch, self._failed(*FOR_REST)) as up:
                if not only_status:
                    self._watch_rest(up)
                if "status" in self.options.parts:
                    for _, contender in up:
                        if isinstance(contender, Selfheal):
                            self._status(contender)

    def _watch_rest(self, up: Sequence[tuple[Kind, Contender]]) -> None:
        self.say(f"{', '.join(kind.name for kind, _ in up)}: at rest for {self.options.rest_s:.0f} s")
        resting = rest.watch([contender for _, contender in up], self.options.rest_s)
        for (kind, _), seen in zip(up, resting, strict=True):
            mine, gateways = seen.percents()
            self.ledger.add(kind.name, Measure.GATEWAY_CPU_PERCENT, gateways)
            if kind.name != ALONE:
                self.ledger.add(kind.name, Measure.CPU_PERCENT, mine)
                self.ledger.add(kind.name, Measure.RSS_MB, *seen.rss_mb)
                self.ledger.add(kind.name, Measure.PSS_MB, *seen.pss_mb)

    def _status(self, contender: Selfheal) -> None:
        self.say(f"selfheal status: {self.options.status_runs} runs")
        runs = self.options.status_runs
        try:
            times = time_ms(contender.command("status"), contender.environment, runs)
        except RuntimeError as error:
            self.ledger.note(SELFHEAL, Measure.STATUS_MS, str(error))
            return
        self.ledger.add(SELFHEAL, Measure.STATUS_MS, *times)
        bare = time_ms((sys.executable, "-c", "pass"), contender.environment, runs)
        self.ledger.add("python -c pass", Measure.INTERPRETER_MS, *bare)
