"""What is told of a gateway without looking at its process."""

from pathlib import Path

import pytest

from selfheal.app.places import port_of
from selfheal.config.load import load


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ('{"gateway": {"port": 19000}}', 19000),
        ("{gateway: {port: 19000}, /* by hand */}", 19000),
        ('// by hand\n{"gateway": {"port": 19000,},}', 19000),
        ('{"gateway": {"port": "${PORT}"}}', None),
        ("{}", None),
        ("{,,", None),
        ("", None),
    ],
)
def test_the_port_is_what_the_gateways_config_says(tmp_path: Path, text: str, port: int | None) -> None:
    (target,) = load(None, {"HOME": str(tmp_path)}).targets
    target.config_path.parent.mkdir()
    target.config_path.write_text(text, encoding="utf-8")
    assert port_of(target) == port


def test_a_port_that_is_set_needs_no_config(tmp_path: Path) -> None:
    (target,) = load(None, {"HOME": str(tmp_path), "OPENCLAW_GATEWAY_PORT": "19001"}).targets
    assert port_of(target) == 19001
