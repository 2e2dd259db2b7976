"""The numbers that stand for many, and the verdicts on them."""

import pytest
from benchmarks.aims import AIMS, judge
from benchmarks.record import Measure
from benchmarks.statistics_of import percentile, phase_s, summarise


def test_a_summary_names_middle_and_ends() -> None:
    summary = summarise([3.0, 1.0, 2.0])
    assert summary is not None
    assert (summary.median, summary.least, summary.most, summary.count) == (2.0, 1.0, 3.0, 3)


def test_nothing_measured_has_no_summary() -> None:
    assert summarise([]) is None


@pytest.mark.parametrize(("percent", "expected"), [(50, 10.0), (95, 19.0), (100, 20.0), (0, 1.0)])
def test_a_percentile_is_a_sample(percent: float, expected: float) -> None:
    assert percentile([float(number) for number in range(20, 0, -1)], percent) == expected


def test_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 95)


def test_faults_come_at_phases_spread_evenly() -> None:
    assert [phase_s(number, 5, 10.0) for number in range(5)] == [1.0, 3.0, 5.0, 7.0, 9.0]


@pytest.mark.parametrize("measure", AIMS)
def test_an_aim_is_met_when_it_is_reached_exactly(measure: Measure) -> None:
    summary = summarise([AIMS[measure].most])
    assert summary is not None
    verdict = judge(measure, summary)
    assert verdict is not None
    assert (verdict.met, verdict.missed_by) == (True, 0.0)


def test_one_slow_detection_misses_the_aim() -> None:
    summary = summarise([0.01, 0.02, 0.25])
    assert summary is not None
    verdict = judge(Measure.DEATH_DETECTED_S, summary)
    assert verdict is not None
    assert not verdict.met
    assert verdict.missed_by == pytest.approx(0.15)


def test_one_slow_status_does_not() -> None:
    summary = summarise([100.0, 120.0, 900.0])
    assert summary is not None
    verdict = judge(Measure.STATUS_MS, summary)
    assert verdict is not None
    assert verdict.met


def test_what_has_no_aim_has_no_verdict() -> None:
    summary = summarise([1.0])
    assert summary is not None
    assert judge(Measure.COLD_START_S, summary) is None
