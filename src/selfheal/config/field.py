"""One setting, described once: this record checks it, shows it and documents it."""

from enum import StrEnum
from typing import NamedTuple

Pairs = tuple[tuple[str, str], ...]
Value = bool | int | float | str | tuple[str, ...] | Pairs | None


class Kind(StrEnum):
    NUMBER = "number"
    COUNT = "whole number"
    SWITCH = "true or false"
    TEXT = "text"
    NAME = "name"
    CHOICE = "choice"
    PATH = "path"
    URL = "URL"
    WORDS = "list of texts"
    PATTERNS = "list of variable names"
    PAIRS = "table of texts"
    ADDRESSES = "list of addresses"
    HOURS = "hours of the day"
    LINK = "link"
    REPOSITORY = "owner/name"
    LABELS = "list of labels"


class Field(NamedTuple):
    """`low` and `high` belong to the allowed range. `unset` says what an empty default stands for."""

    table: str  # as in a header: "healthcheck", "targets.NAME", "routes.NAME"
    name: str
    kind: Kind
    default: Value
    text: str
    why: str  # the reason for the default
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False
    unset: str = ""
    needs_restart: bool = False

    @property
    def measure(self) -> str:
        """What the value is counted in; a setting that is no number is measured by its kind."""
        return self.unit or self.kind.value

    @property
    def key(self) -> str:
        return f"{self.table}.{self.name}"

    @property
    def allowed(self) -> str:
        if self.choices:
            return ", ".join(self.choices)
        if self.low is None or self.high is None:
            return ""
        return f"{self.low:g} to {self.high:g}"
