"""XmR charts: the known answers, and what holds for any numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lifecycle.charts.xmr import (
    TRIAL_BELOW,
    Assurance,
    Limits,
    Signal,
    Variation,
    assurance,
    limits,
    phases,
    signals,
    variation,
)

ONE_HIGH = [1.0, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
NOISE = [
    -0.56047565, -0.23017749, 1.55870831, 0.07050839, 0.12928774, 1.71506499, 0.46091621, -1.26506123, -0.68685285,
    -0.44566197, 1.22408180, 0.35981383, 0.40077145, 0.11068272, -0.55584113, 1.78691314, 0.49785048, -1.96661716,
    0.70135590, -0.47279141,
]  # fmt: skip
LOANS = [
    310.0, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306, 301, 304,
    305, 282, 305, 296, 314, 295, 287, 301, 298, 311, 310, 292, 305, 299, 304, 310, 304, 305, 333, 328,
]  # fmt: skip

numbers = some.lists(some.integers(-10_000, 10_000).map(float), min_size=2, max_size=60)


def _limits(values: list[float], *, screened: bool = False) -> Limits:
    found = limits(values, screened=screened)
    assert found
    return found


def _with(signal: Signal, values: list[float], found: Limits | None = None) -> list[int]:
    """The numbers of the points with a signal, the first is 1."""
    flags = signals(values, found or _limits(values))
    return [number for number, flag in enumerate(flags, 1) if signal in dict(flag)]


@pytest.mark.parametrize(
    ("values", "screened", "mean", "lower", "upper"),
    [
        (ONE_HIGH, False, 1.9444, -3.0626, 6.9515),
        (ONE_HIGH, True, 1.9444, -0.7156, 4.6044),
        (NOISE, False, 0.1416238, -3.01138, 3.294627),
        (NOISE, True, 0.1416238, -3.01138, 3.294627),
        ([*NOISE[:14], 10.0, *NOISE[15:]], False, 0.6694159, -4.596625, 5.935457),
        ([*NOISE[:14], 10.0, *NOISE[15:]], True, 0.6694159, -2.383666, 3.722497),
        (LOANS[:20], False, 300.5, 279.78, 321.22),
    ],
)
def test_limits_are_the_known_ones(
    values: list[float],
    screened: bool,
    mean: float,
    lower: float,
    upper: float,
) -> None:
    """As the NHS Excel tool has them; screened as NHSRplotthedots."""
    found = _limits(values, screened=screened)
    assert found.mean == pytest.approx(mean, abs=5e-5)
    assert found.lower == pytest.approx(lower, abs=5e-3)
    assert found.upper == pytest.approx(upper, abs=5e-3)


def test_the_mean_moving_range_is_the_known_one() -> None:
    """Of successive differences."""
    assert _limits(ONE_HIGH).mean_range == pytest.approx(1.8824, abs=5e-5)
    assert _limits(LOANS[:20]).mean_range == pytest.approx(7.7895, abs=5e-5)


@pytest.mark.parametrize("screened", [False, True])
def test_only_the_fifth_point_is_outside(screened: bool) -> None:
    """Both ways, and nothing else is a signal."""
    found = _limits(ONE_HIGH, screened=screened)
    assert _with(Signal.OUTSIDE, ONE_HIGH, found) == [5]
    assert [number for number, flag in enumerate(signals(ONE_HIGH, found), 1) if flag] == [5]


def test_noise_has_no_signal() -> None:
    """Nothing but chance."""
    assert not any(signals(NOISE, _limits(NOISE)))


def test_later_points_are_judged_by_a_baseline() -> None:
    """Of forty loans only the last two are outside the limits of the first twenty."""
    assert _with(Signal.OUTSIDE, LOANS, _limits(LOANS[:20])) == [39, 40]


@pytest.mark.parametrize(
    ("signal", "values", "expected"),
    [
        (Signal.SHIFT, [*[10.0, 0] * 4, *[9.0, 8] * 3, 9], [9, 10, 11, 12, 13, 14, 15]),
        (Signal.SHIFT, [*[10.0, 0] * 4, *[9.0, 8] * 3], []),
        (Signal.TREND, [5.0, 4, 5, 4, 5, 6, 7, 8, 9, 10, 3, 4, 3], [4, 5, 6, 7, 8, 9, 10]),
        (Signal.TREND, [5.0, 4, 5, 4, 5, 6, 7, 8, 9, 3, 4, 3], []),
        (Signal.TREND, [5.0, 6, 7, 8, 9, 9, 10, 11, 3, 4, 3], []),
    ],
)
def test_seven_in_a_row_are_a_signal_and_six_are_none(signal: Signal, values: list[float], expected: list[int]) -> None:
    """On one side of the mean, or rising; a point that doesn't move ends a trend."""
    assert _with(signal, values) == expected


def test_two_of_three_near_a_limit_are_a_signal() -> None:
    """Beyond two thirds of the way, on the same side: one near each limit is none."""
    found = Limits(0, 3 / 2.66)
    assert _with(Signal.NEAR_LIMIT, [0, 2.5, 0, 2.5, 0, 0, 0], found) == [2, 4]
    assert _with(Signal.NEAR_LIMIT, [0, 2.5, 0, -2.5, 0, 0, 2.5], found) == []
    assert _with(Signal.NEAR_LIMIT, [0, 2.0, 2.0, 2.0, 0], found) == []


@pytest.mark.parametrize(
    ("last", "higher", "expected"),
    [
        (50, True, Variation.IMPROVEMENT),
        (50, False, Variation.CONCERN),
        (-50, True, Variation.CONCERN),
        (2, True, Variation.COMMON_CAUSE),
    ],
)
def test_the_last_point_gives_the_icon(last: float, higher: bool, expected: Variation) -> None:
    """By which way is better."""
    (phase,) = phases([1.0, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, last])
    assert variation(phase.points[-1], higher_is_better=higher) is expected


@pytest.mark.parametrize(
    ("target", "higher", "expected"),
    [
        (6, True, Assurance.PASSES),
        (7, True, Assurance.PASSES),
        (14, True, Assurance.FAILS),
        (10, True, Assurance.HIT_AND_MISS),
        (14, False, Assurance.PASSES),
        (6, False, Assurance.FAILS),
        (12, False, Assurance.HIT_AND_MISS),
    ],
)
def test_a_target_beyond_a_limit_is_always_met_or_never(
    target: float,
    higher: bool,
    expected: Assurance,
) -> None:
    """Inside the limits, chance decides."""
    assert assurance(Limits(10, 3 / 2.66), target, higher_is_better=higher) is expected


def test_a_rebase_breaks_lines_and_runs() -> None:
    """Each phase has limits of its own, and no run reaches across."""
    before, after = phases([*[1.0, 2] * 7, *[11.0, 12] * 7], breaks=[14])
    assert before.limits
    assert after.limits
    assert (before.limits.mean, after.limits.mean) == (1.5, 11.5)
    assert not any(point.signals for phase in (before, after) for point in phase.points)


def test_what_is_left_out_counts_nowhere_and_stays_to_be_seen() -> None:
    """The limits are those of the other points."""
    (phase,) = phases([*NOISE[:5], 1000.0, *NOISE[5:]], left_out=[5])
    assert phase.limits == limits(NOISE)
    assert (phase.points[5].value, phase.points[5].left_out, phase.points[5].signals) == (1000.0, True, ())


def test_few_points_make_trial_limits_and_one_none() -> None:
    """Said on the chart."""
    assert [phases(NOISE[:many])[0].trial for many in (TRIAL_BELOW - 1, TRIAL_BELOW)] == [True, False]
    assert phases([1.0])[0].limits is None
    assert phases([]) == ()


def test_a_value_that_never_moves_is_no_signal() -> None:
    """Though its limits lie upon it."""
    assert not any(point.signals for point in phases([0.1] * 30)[0].points)


@given(numbers)
def test_what_is_measured_upside_down_says_the_opposite(values: list[float]) -> None:
    """The same points have the same signals, the other way."""
    there, back = (
        [point for phase in phases(some_values) for point in phase.points]
        for some_values in (values, [-value for value in values])
    )
    assert [[(signal, -way) for signal, way in point.signals] for point in there] == [
        list(point.signals) for point in back
    ]


@given(numbers, some.sampled_from([0.5, 2.0, 4.0]))
def test_another_unit_changes_no_signal(values: list[float], unit: float) -> None:
    """Limits grow with the numbers."""
    there, back = (
        [point.signals for phase in phases(some_values) for point in phase.points]
        for some_values in (values, [value * unit for value in values])
    )
    assert there == back


@given(numbers)
def test_screening_never_widens_limits(values: list[float]) -> None:
    """It only leaves the largest moving ranges out."""
    assert _limits(values, screened=True).upper <= _limits(values).upper + 1e-6
