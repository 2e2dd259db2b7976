"""The enumerated sequences catch a core that is wrong: each fault by a tree of its own."""

import pytest
from tests.mutants.faults import FAULTS
from tests.mutants.killers import tried

TEST = "tests/core/test_sequences.py::test_whatever_happens_next_is_harmless"
CAUGHT = {
    "a pause does not hold": "it has just ended",
    "a stop by a person is forgotten": "it was stopped on purpose",
    "a signal into an update": "it is ill",
    "the unclean budget is one too large": "the budget of unclean starts is spent",
}


@pytest.mark.parametrize("name", CAUGHT)
def test_a_wrong_core_breaks_a_rule(name: str) -> None:
    (fault,) = (each for each in FAULTS if each.name == name)
    tree = f"{TEST}[{CAUGHT[name]}]"
    catch = tried(fault, tree)
    assert (catch.caught, catch.by) == (True, tree)
