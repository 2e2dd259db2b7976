import click
import pytest

from selfheal.cli.params import Duration, LevelName
from selfheal.core.levels import Level


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90.0),
        ("2h", 7200.0),
        ("1h30m", 5400.0),
        ("1d", 86_400.0),
        (" 2H ", 7200.0),
        ("1d2h3m4s", 93_784.0),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "2", "h", "30m1h", "1.5h", "-2h", "0s", "366d", "2 h", "1h1h", "٢h"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter) as refused:
        Duration().convert(text, None, None)
    assert "1h30m" in refused.value.message


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("watchdog", Level.WATCHDOG),
        ("2", Level.HEALTHCHECK),
        ("Recovery", Level.RECOVERY),
        ("not", Level.NOTIFICATION),
    ],
)
def test_a_level_is_read(text: str, level: Level) -> None:
    assert LevelName().convert(text, None, None) is level


@pytest.mark.parametrize("text", ["", "0", "5", "x"])
def test_what_is_no_level_is_refused_with_the_names(text: str) -> None:
    with pytest.raises(click.BadParameter) as refused:
        LevelName().convert(text, None, None)
    assert all(level in refused.value.message for level in Level)
