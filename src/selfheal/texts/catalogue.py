"""What a catalogue of one language must hold, and the little that a sentence may contain.

A template has placeholders in braces, and parts in square brackets that are left out when a placeholder in
them has no value: `no answer[: {detail}]`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from selfheal.core.facts import (
    ConfigState,
    DeepVerdict,
    ExitCause,
    ManagerState,
    ProcessState,
    Upkeep,
    Verdict,
)
from selfheal.core.levels import Level, Request
from selfheal.core.reasons import Cause, Hold, Outcome, Reason
from selfheal.core.report import LevelStatus, NextStep
from selfheal.core.state import Phase, Stage
from selfheal.texts.labels import Label


@dataclass(frozen=True, slots=True)
class Catalogue:
    reasons: Mapping[Reason, str]
    holds: Mapping[Hold, str]
    causes: Mapping[Cause, str]
    outcomes: Mapping[Outcome, str]
    phases: Mapping[Phase, str]
    stages: Mapping[Stage, str]
    verdicts: Mapping[Verdict, str]
    deep_verdicts: Mapping[DeepVerdict, str]
    exit_causes: Mapping[ExitCause, str]
    process_states: Mapping[ProcessState, str]
    config_states: Mapping[ConfigState, str]
    manager_states: Mapping[ManagerState, str]
    upkeeps: Mapping[Upkeep, str]
    levels: Mapping[Level, str]
    level_statuses: Mapping[LevelStatus, str]
    next_steps: Mapping[NextStep, str]
    requests: Mapping[Request, str]
    labels: Mapping[Label, str]
    units: tuple[str, str, str, str]  # day, hour, minute, second


_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
NOTHING = "–"  # stands where a value is missing and its part is not optional


def fill(template: str, values: Mapping[str, str]) -> str:
    """The sentence: optional parts without their values gone, other missing values shown as a dash."""

    def value(found: re.Match[str]) -> str:
        return values.get(found[1], "") or NOTHING

    def part(found: re.Match[str]) -> str:
        known = all(values.get(name) for name in placeholders(found[1]))
        return found[1] if known else ""

    return _PLACEHOLDER.sub(value, _OPTIONAL.sub(part, template))


def placeholders(template: str) -> frozenset[str]:
    return frozenset(_PLACEHOLDER.findall(template))
