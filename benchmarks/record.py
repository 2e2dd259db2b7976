"""What was measured, as records. A table and the JSON document are both made from them."""

from dataclasses import dataclass, field
from enum import StrEnum


class Measure(StrEnum):
    """Times are seconds unless the name says otherwise. A start counts from spawn to `/readyz` 200."""

    FIRST_START_S = "first_start_s"
    """In a fresh home: databases and secrets are made."""
    COLD_START_S = "cold_start_s"
    """In a home that was used and whose gateway was killed: what every recovery is held against."""
    DEATH_TOLD_S = "death_told_s"
    """Until the kernel tells anybody at all: it frees the memory of the dead first."""
    DEATH_DETECTED_S = "death_detected_s"
    DEATH_SERVING_S = "death_serving_s"
    DEATH_RATIO = "death_ratio"
    """Death to serving again, in cold starts of the gateway alone, of the same repetition."""
    HANG_DETECTED_S = "hang_detected_s"
    """To the first act against it, not to the first doubt."""
    HANG_SERVING_S = "hang_serving_s"
    RSS_MB = "rss_mb"
    PSS_MB = "pss_mb"
    CPU_PERCENT = "cpu_percent"
    """Of one core, children that ended included."""
    GATEWAY_CPU_PERCENT = "gateway_cpu_percent"
    """What the watched gateway itself spends at rest: probes are answered there."""
    STATUS_MS = "status_ms"
    INTERPRETER_MS = "interpreter_ms"
    """`python -c pass`: below this no command in Python can get."""


@dataclass(frozen=True, slots=True)
class Series:
    """All samples of one measure of one contender. Without samples, `note` says why."""

    contender: str
    measure: Measure
    samples: tuple[float, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """No name of a host, no path: the document may be published."""

    versions: dict[str, str]
    cores: int
    memory_mb: int
    load_before: tuple[float, float, float]
    load_after: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Run:
    began: str
    """ISO 8601, UTC."""
    machine: Machine
    settings: dict[str, float | int | str]
    methods: dict[str, str]
    """Contender: how it is set up, and how it tells that it detected something."""
    series: tuple[Series, ...]
    complete: bool = True
    """False after Ctrl-C: what had been measured until then."""


@dataclass
class Ledger:
    """Collects samples while the run goes on; an interrupted run keeps what it has."""

    _samples: dict[tuple[str, Measure], list[float]] = field(default_factory=dict)
    _notes: dict[tuple[str, Measure], str] = field(default_factory=dict)

    def add(self, contender: str, measure: Measure, *samples: float) -> None:
        self._samples.setdefault((contender, measure), []).extend(samples)

    def note(self, contender: str, measure: Measure, text: str) -> None:
        self._notes[contender, measure] = text

    def last(self, contender: str, measure: Measure) -> float | None:
        samples = self._samples.get((contender, measure))
        return samples[-1] if samples else None

    def series(self) -> tuple[Series, ...]:
        keys = dict.fromkeys([*self._samples, *self._notes])
        return tuple(
            Series(who, what, tuple(self._samples.get((who, what), ())), self._notes.get((who, what), ""))
            for who, what in keys
        )
