"""The config file: what can be loaded, and what of it we read."""

from pathlib import Path

import pytest

from selfheal.core.facts import ConfigState, GatewayProcess
from selfheal.gateway.configfile import ConfigProof, ConfigWatcher, look_at_config


@pytest.mark.parametrize("text", ["", "  \n", "[]", "1", '"x"'])
def test_only_an_object_is_a_config(tmp_path: Path, text: str) -> None:
    path = tmp_path / "openclaw.json"
    path.write_text(text)
    assert look_at_config(path).state is ConfigState.MALFORMED


def test_the_problem_names_the_line_and_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "openclaw.json"
    path.write_text('{\n  // a comment\n  "token": "s3cret"\n  "port": 1\n}')
    look = look_at_config(path)
    assert look.state is ConfigState.MALFORMED
    assert look.problem.startswith("line 4")
    assert "s3cret" not in look.problem


def test_missing_and_unreadable(tmp_path: Path) -> None:
    assert look_at_config(tmp_path / "none").state is ConfigState.MISSING
    assert look_at_config(tmp_path).state is ConfigState.UNREADABLE


def test_what_we_are_not_sure_of_is_not_called_malformed(tmp_path: Path) -> None:
    """A config that is malformed is not even tried; this one OpenClaw itself must judge."""
    path = tmp_path / "openclaw.json"
    path.write_text("{\n\\u0061: '" + "s3cret" * 10_000 + "'}")
    look = look_at_config(path)
    assert (look.state, look.problem.partition(":")[0]) == (ConfigState.UNKNOWN, "line 2")


def test_nesting_without_end_is_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "openclaw.json"
    path.write_text("[" * 200_000)
    assert look_at_config(path).state is ConfigState.MALFORMED


def test_what_we_read(tmp_path: Path) -> None:
    path = tmp_path / "openclaw.json"
    path.write_text("{gateway:{port:7001, tls:{enabled:true}, controlUi:{basePath:'/ui'}}}")
    look = look_at_config(path)
    assert (look.port, look.tls, look.serves_root) == (7001, True, False)
    path.write_text("{gateway:{port:true, tls:'yes', controlUi:{enabled:false}}}")
    look = look_at_config(path)
    assert (look.port, look.tls, look.serves_root) == (0, False, False)


def test_the_mark_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "openclaw.json"
    watcher = ConfigWatcher(path)
    assert (watcher.look().state, watcher.look().mark) == (ConfigState.MISSING, "")
    path.write_text("{}")
    first = watcher.look()
    assert watcher.look() == first
    assert watcher.look() is watcher.look()
    path.write_text("{,}")
    second = watcher.look()
    assert second.mark != first.mark
    assert (first.state, second.state) == (ConfigState.LOADABLE, ConfigState.MALFORMED)


def test_with_what_a_gateway_began_and_serves_it_can_be_started() -> None:
    proof = ConfigProof()
    proof.meet(None, "a")
    proof.meet(GatewayProcess(7, 1.0), "a")
    assert not proof.holds("a")
    proof.serves()
    proof.meet(None, "a")
    assert proof.holds("a")
    assert not proof.holds("b")
    assert not proof.holds("")


@pytest.mark.parametrize("before", [[], [(None, "a")], [(GatewayProcess(7, 1.0), "a")]])
def test_a_file_that_was_changed_since_it_began_is_proven_by_nobody(
    before: list[tuple[GatewayProcess | None, str]],
) -> None:
    """Nor one of which we do not know whether it was."""
    proof = ConfigProof()
    for process, mark in [*before, (GatewayProcess(7, 1.0), "b"), (GatewayProcess(7, 1.0), "b")]:
        proof.meet(process, mark)
    proof.serves()
    assert not proof.holds("b")
