"""What `up` says at its end: only what is true, and nothing of a gateway that nobody has seen."""

from dataclasses import replace

import pytest

from selfheal.app.up import stays
from selfheal.core.facts import GatewayProcess
from selfheal.core.state import GatewayView, Phase, RestartPart, Stage, State
from selfheal.texts.labels import Label

RUNS = GatewayView(phase=Phase.STARTING, process=GatewayProcess(7, 1.0))
GONE = GatewayView(phase=Phase.ABSENT)


@pytest.mark.parametrize(
    ("view", "stage", "label"),
    [
        (RUNS, Stage.IDLE, Label.STAYS),
        (RUNS, Stage.COMING_UP, Label.STAYS),
        (GONE, Stage.WAITING, Label.STAYS_DOWN),
        (replace(GONE, phase=Phase.STOPPED), Stage.IDLE, Label.STAYS_DOWN),
        (GONE, Stage.LAUNCHING, None),
        (GONE, Stage.COMING_UP, None),
        (GatewayView(), Stage.IDLE, None),
    ],
)
def test_what_becomes_of_it(view: GatewayView, stage: Stage, label: Label | None) -> None:
    assert stays(State("main", gateway=view, restart=RestartPart(stage=stage))) is label
