"""Kinds of arguments: durations such as `1h30m`, levels by name or number."""

import math
import re
from typing import Any

import click
from click.shell_completion import CompletionItem

from selfheal.cli.usage import WrongValue
from selfheal.core.levels import Level
from selfheal.texts.labels import Label

UNITS_S = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}
LONGEST_S = 365 * UNITS_S["d"]
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)


class Duration(click.ParamType):  # type: ignore[type-arg]  # older clicks have no argument
    """Seconds of a text such as `90s`, `2h`, `1h30m`, `1d`: whole numbers, greatest unit first."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        text = str(value).strip().lower()
        found = _DURATION.fullmatch(text)
        if found is None or not text:
            raise WrongValue(Label.NO_DURATION, param, ctx, detail=value)
        counts = (int(count or 0) for count in found.groups())
        seconds = sum(count * unit_s for count, unit_s in zip(counts, UNITS_S.values(), strict=True))
        if not 0 < seconds <= LONGEST_S:
            raise WrongValue(Label.NO_SUCH_DURATION, param, ctx, detail=value)
        return seconds


class _Range(click.ParamType):  # type: ignore[type-arg]  # as above
    """As one of click's, which speaks English only, and takes what is no number for one that is in it."""

    label: Label

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            number = super().convert(value, param, ctx)
        except click.BadParameter:
            number = math.nan
        if math.isnan(number):
            bounds: Any = self
            raise WrongValue(self.label, param, ctx, detail=value, count=bounds.min, total=bounds.max)
        return number


class Within(_Range, click.FloatRange):
    label = Label.NUMBER_WITHIN


class Whole(_Range, click.IntRange):
    label = Label.WHOLE_NUMBER


class LevelName(click.ParamType):  # type: ignore[type-arg]  # as above
    """A level by its name, the beginning of its name, or its number from 1 to 4."""

    name = "level"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Level:
        if isinstance(value, Level):
            return value
        text = str(value).strip().lower()
        numbered = {str(number): level for number, level in enumerate(Level, start=1)}
        begun = [level for level in Level if text and level.startswith(text)]
        if text in numbered:
            return numbered[text]
        if len(begun) != 1:
            raise WrongValue(Label.NO_LEVEL, param, ctx, detail=value, level=", ".join(Level))
        return begun[0]

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        del ctx, param
        return [CompletionItem(level) for level in Level if level.startswith(incomplete.lower())]
