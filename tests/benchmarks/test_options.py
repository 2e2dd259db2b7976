"""The command line, and the order of those who take part."""

import pytest
from benchmarks.contenders.base import Kind
from benchmarks.contenders.selfheal_run import SelfhealKind
from benchmarks.field import rotated
from benchmarks.options import CONTENDERS, PARTS, parse


def test_without_options_all_is_measured() -> None:
    options = parse([])
    assert (options.repeat, options.rest_s, options.status_runs) == (5, 300.0, 20)
    assert (options.parts, options.contenders) == (PARTS, CONTENDERS)


def test_quick_is_one_of_each_and_can_be_overruled() -> None:
    assert (parse(["--quick"]).repeat, parse(["--quick"]).rest_s) == (1, 20.0)
    assert parse(["--quick", "--repeat", "3"]).repeat == 3


def test_parts_can_be_chosen() -> None:
    assert parse(["--only", "rest", "--only", "status"]).parts == ("rest", "status")


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--only", "all"])
    assert "death" in capsys.readouterr().err


def test_each_repetition_begins_with_another() -> None:
    kinds: list[Kind] = [SelfhealKind(), SelfhealKind(), SelfhealKind()]
    assert [rotated(kinds, number)[0] for number in range(4)] == [kinds[0], kinds[1], kinds[2], kinds[0]]
    assert rotated([], 3) == []
