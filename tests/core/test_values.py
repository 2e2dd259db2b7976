"""A changed copy is what the standard library would make."""

import dataclasses

from selfheal.core.state import GatewayView, Phase
from selfheal.core.values import replace


def test_it_is_what_the_standard_library_makes() -> None:
    view = GatewayView(misses=1)
    changed = replace(view, misses=2, phase=Phase.ILL)
    assert changed == dataclasses.replace(view, misses=2, phase=Phase.ILL)
    assert hash(changed) == hash(dataclasses.replace(view, misses=2, phase=Phase.ILL))
    assert view.misses == 1


def test_a_copy_without_a_change_is_equal_and_another() -> None:
    view = GatewayView()
    assert replace(view) == view
    assert replace(view) is not view
