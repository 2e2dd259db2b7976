"""When a missing page at `/` counts: never on account of the config alone."""

from selfheal.core.facts import ConfigState, GatewayProcess
from selfheal.gateway.configfile import ConfigLook
from selfheal.gateway.page import Page, PageMemory

FIRST, SECOND = GatewayProcess(7, 1.0), GatewayProcess(8, 9.0)
ON, ON_AGAIN = (ConfigLook(ConfigState.LOADABLE, mark=mark, serves_root=True) for mark in "ab")
OFF = ConfigLook(ConfigState.LOADABLE, mark="c", serves_root=False)


def test_what_was_never_shown_is_not_missed() -> None:
    memory = PageMemory()
    assert memory.expect(ON) is Page.UNPROVEN
    memory.meet(FIRST, ON)
    memory.learn(404)
    assert memory.expect(ON) is Page.UNPROVEN


def test_it_began_without_a_page_and_the_config_was_changed_for_later() -> None:
    """`gateway.reload.mode` is off: the key is gone, and the gateway goes on as it is."""
    memory = PageMemory()
    memory.meet(FIRST, OFF)
    memory.learn(404)
    assert memory.expect(OFF) is Page.OFF
    memory.meet(FIRST, ON)
    assert memory.expect(ON) is Page.UNPROVEN


def test_who_has_shown_it_has_to_show_it() -> None:
    memory = PageMemory()
    memory.meet(FIRST, ON)
    memory.learn(200)
    memory.meet(FIRST, ON_AGAIN)
    memory.learn(500)
    assert memory.expect(ON_AGAIN) is Page.PROVEN
    memory.meet(FIRST, OFF)  # it may have taken the change over
    assert memory.expect(OFF) is Page.OFF


def test_the_next_process_with_the_same_config_has_to_show_it_too() -> None:
    memory = PageMemory()
    memory.meet(FIRST, ON)
    memory.learn(200)
    memory.meet(None, ON)
    memory.meet(SECOND, ON)
    memory.learn(500)
    assert memory.expect(ON) is Page.PROVEN


def test_the_next_process_with_another_config_has_nothing_to_show() -> None:
    memory = PageMemory()
    memory.meet(FIRST, ON)
    memory.learn(200)
    memory.meet(SECOND, ON_AGAIN)
    assert memory.expect(ON_AGAIN) is Page.UNPROVEN
    assert memory.expect(ON) is Page.UNPROVEN  # moved back: not what it began with
