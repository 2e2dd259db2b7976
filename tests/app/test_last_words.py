"""What `up` says at its end: only what is true, and nothing of a gateway that nobody has seen."""

from dataclasses import replace

import pytest

from selfheal.app.places import SANDBOX_TARGET
from selfheal.app.up import ended_by, stays
from selfheal.core.facts import GatewayProcess
from selfheal.core.state import GatewayView, Phase, RestartPart, Stage, State
from selfheal.texts.describe import say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language

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


@pytest.mark.parametrize(("target", "command"), [(SANDBOX_TARGET, True), ("main", False)])
@pytest.mark.parametrize("language", Language)
def test_only_of_a_sandboxs_gateway_it_is_said_that_down_stops_it(
    target: str, command: bool, language: Language
) -> None:
    said = say(Label.STAYS, language, target=target, port=18789, command=ended_by(target))
    assert ("selfheal down" in said) == command
