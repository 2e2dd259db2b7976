"""What a person copies from the README does what it is there for."""

from configparser import ConfigParser
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_systemd_never_gives_up_the_resident() -> None:
    """While a `check` has its place it ends at once, time after time, for up to 15 minutes."""
    unit = ConfigParser()
    unit.read_string(README.read_text("utf-8").partition("```ini\n")[2].partition("```")[0])
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert int(unit["Service"]["RestartSec"]) >= 5
