"""Windows that printed numbers open: where on the lattice they lie, and between which values."""

from math import inf, log, sqrt

import numpy as np
import pytest
from scipy.stats import norm

from netterbook.printed import Printed
from netterbook.reconstruction import constraints as kinds
from netterbook.reconstruction.given import Given
from netterbook.reconstruction.lattice import lattice
from netterbook.reconstruction.windows import curve_windows, ratio_windows, spots

AT = lattice([np.array([0.0, 4.0])] * 2, [10.0, 9.0], [], 0.5)  # 0.5, 1.0 ... 10.0
SIZE = 20
N = 40
Z = norm.isf(0.025)


def given(kind, text, arm=0, **more):
    return Given(f"{kind}{arm}", kind, Printed(text, kind in ("events", "censored")), arm, **more)


def log_minus_log(survival):
    return log(-log(survival))


def read(*items, transform="log-log", events=-1, arm=0):
    """The windows of one arm, in order, with edges as numbers of points."""
    totals = [(-1, 100), (-1, 100)]
    totals[arm] = (events, N)
    found, segment = curve_windows(list(items), AT, transform, totals)
    assert found.size[1 - arm] == 0 and segment.dtype == found.what.dtype == np.int64
    points = [int(np.searchsorted(segment[arm], k)) for k in range(SIZE + 1)]
    return [
        (kind, points[edge], points[first], *ends)
        for (kind, edge, first), ends in zip(
            found.what[arm, : found.size[arm]].tolist(), found.ends[arm].tolist(), strict=False
        )
    ]


def near(*windows):
    return [pytest.approx(window, rel=1e-9, abs=1e-12) for window in windows]


# ---- Rates


@pytest.mark.parametrize("arm", [0, 1])
@pytest.mark.parametrize(
    ("text", "low", "high", "weight"),
    [
        ("0.75", -log(0.755), -log(0.745), 0.75),
        ("1.00", 0, -log(0.995), 0.99),
        ("0.00", -log(0.005), inf, 0.01),
        ("0.020", -log(0.0205), -log(0.0195), 0.02),
        ("<0.10", -log(0.1), inf, 0.05),
        (">0.90", 0, -log(0.9), 0.95),
        ("<1", 0, inf, 0.5),
        (">0", 0, inf, 0.5),
    ],
)
def test_survival_lies_within_the_rounding_of_its_rate(text, low, high, weight, arm):
    """As minus log survival, whose unit is worth the survival there."""
    window = read(given("rate", text, arm, time=6), arm=arm)
    assert window == near((kinds.SURVIVAL, 12, 0, 0, low, high, weight, 0))


@pytest.mark.parametrize(
    ("side", "text", "ends", "middle"),
    [
        (-1, "0.55", (log_minus_log(0.555), log_minus_log(0.545)), 0.55),
        (1, "0.87", (log_minus_log(0.875), log_minus_log(0.865)), 0.87),
        (-1, "0.00", (log_minus_log(0.005), inf), 0.5),
        (1, "1.00", (-inf, log_minus_log(0.995)), 0.5),
        (-1, ">0", (-inf, inf), 0.5),
        (1, "<1", (-inf, inf), 0.5),
        (-1, "0.004", (log_minus_log(0.0045), log_minus_log(0.0035)), 0.01),
        (1, "0.996", (log_minus_log(0.9965), log_minus_log(0.9955)), 0.99),
    ],
)
def test_limits_of_a_rate_lie_their_deviate_from_it_on_the_log_log_scale(side, text, ends, middle):
    """Survival S changes by -S log S where log(-log S) changes by one."""
    window = read(given("rate", text, time=6, side=side))
    assert window == near((kinds.LOG_LOG, 12, 0, side * Z, *ends, -middle * log(middle), 0))


@pytest.mark.parametrize(("transform", "kind"), [("plain", kinds.PLAIN), ("log", kinds.LOG)])
def test_limits_of_other_scales_are_survival_itself(transform, kind):
    window = read(given("rate", "0.55", time=6, side=-1, level=0.9), transform=transform)
    assert window == near((kind, 12, 0, -norm.isf(0.05), 0.545, 0.555, 1, 0))


# ---- Medians and other quantiles


@pytest.mark.parametrize(("kind", "share"), [("median", 0.5), ("quantile", 0.25)])
def test_a_quantile_lies_within_its_rounding(kind, share):
    """Printed as 5, it is a time from 4.5 to 5.5, both included."""
    window = read(given(kind, "5", share=share))
    assert window == near((kinds.QUANTILE, 11, 8, 0, 4.5, 5.5, 1, -log(1 - share)))


def test_a_quantile_that_is_not_reached_leaves_the_curve_above_it_to_its_end():
    window = read(given("quantile", "NR", share=0.25))
    assert window == near((kinds.SURVIVAL, SIZE, 0, 0, 0, -log(0.75 + 1e-9), 0.875, 0))


@pytest.mark.parametrize("side", [-1, 1])
def test_the_limit_of_the_curve_passes_the_quantile_within_the_rounding_of_its_limit(side):
    """Above it before 4.5, below it from 5.5 on."""
    left, weight = log_minus_log(0.75), 0.5 * log(2)
    assert read(given("quantile", "5", share=0.25, side=side)) == near(
        (kinds.LOG_LOG, 8, 0, side * Z, -inf, left, weight, 0),
        (kinds.LOG_LOG, 11, 0, side * Z, left, inf, weight, 0),
    )
    assert read(given("quantile", "5", share=0.25, side=side), transform="plain") == near(
        (kinds.PLAIN, 8, 0, side * Z, 0.75, inf, 1, 0),
        (kinds.PLAIN, 11, 0, side * Z, -inf, 0.75, 1, 0),
    )


def test_a_limit_right_after_the_start_has_no_time_before_it():
    window = read(given("median", "0.5", side=-1))
    assert window == near((kinds.LOG_LOG, 1, 0, -Z, log(log(2)), inf, 0.5 * log(2), 0))


def test_an_upper_limit_that_is_not_reached_leaves_the_limit_of_the_curve_above_it():
    window = read(given("median", "NE", side=1))
    assert window == near((kinds.LOG_LOG, SIZE, 0, Z, -inf, log(log(2)), 0.5 * log(2), 0))


# ---- Counts and means


@pytest.mark.parametrize(("kind", "name"), [(kinds.COUNT, "events"), (kinds.CENSORED, "censored")])
@pytest.mark.parametrize(("before", "points"), [(False, 12), (True, 11)])
def test_patients_are_counted_by_their_time_or_before_it(kind, name, before, points):
    window = read(given(name, "7", time=6, before=before))
    assert window == near((kind, points, 0, 0, 6.9, 7.1, 1 / N, points))


@pytest.mark.parametrize(("events", "counted"), [(0, [0]), (9, [9]), (-1, [])])
def test_all_events_of_an_arm_are_counted_where_they_are_known(events, counted):
    expected = [(kinds.COUNT, SIZE, 0, 0, known - 0.1, known + 0.1, 1 / N, 0) for known in counted]
    assert read(events=events) == near(*expected)


@pytest.mark.parametrize("side", [-1, 0, 1])
def test_a_restricted_mean_lies_its_deviate_from_the_area(side):
    window = read(given("rmst", "4.2", time=8, side=side))
    assert window == near((kinds.MEAN, 0, 0, side * Z, 4.15, 4.25, 1 / 8, 8))


def test_what_is_printed_of_both_arms_or_of_follow_up_opens_no_window_of_a_curve():
    items = [given("hr", "0.5", -1), given("followup", "5"), given("observed", "5"), given("rmst_difference", "1", -1)]
    assert read(*items) == []


def test_windows_that_cost_little_are_looked_at_first():
    items = [
        *(given("rmst", "4.2", time=8), given("median", "5")),
        *(given("rate", "0.5", time=2, side=1), given("median", "3", side=-1)),
        *(given("censored", "7", time=6), given("rate", "0.7", time=6), given("events", "7", time=6)),
    ]
    cheap, limit, costly = (
        [kinds.CENSORED, kinds.SURVIVAL, kinds.COUNT],
        [kinds.LOG_LOG] * 3,
        [kinds.MEAN, kinds.QUANTILE],
    )
    assert [kind for kind, *_ in read(*items)] == cheap + limit + costly


def test_arms_have_windows_of_their_own():
    items = [given("rate", "0.7", 1, time=6), given("events", "7", 1, time=3), given("rate", "0.8", 0, time=2)]
    found, segment = curve_windows(items, AT, "log-log", [(-1, 100), (5, N)])
    assert found.size.tolist() == [1, 3]
    assert found.what[0].tolist() == [[kinds.SURVIVAL, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert found.what[1].tolist() == [[kinds.COUNT, 3, 0], [kinds.SURVIVAL, 2, 0], [kinds.COUNT, 1, 0]]
    assert segment.tolist() == [[0] * 4 + [1] * 16, [0] * 6 + [1] * 6 + [2] * 8]
    nothing, segment = curve_windows([], AT, "log-log", [(-1, 100), (-1, 100)])
    assert nothing.size.tolist() == [0, 0] and nothing.what.shape == (2, 1, 3) and nothing.ends.shape == (2, 1, 5)
    assert not segment.any() and segment.shape == (2, SIZE)


# ---- Standard errors behind intervals


def error_of(low, high, deviates):
    """Smallest and largest distance of two rounded numbers, in units of ``deviates``."""
    return (high[0] - low[1]) / deviates, (high[1] - low[0]) / deviates


def turned(low, high):
    return log_minus_log(high), log_minus_log(low)


def test_a_rate_and_its_limits_tell_its_standard_error():
    """On the log-log scale, where the lower limit lies highest; the tightest two of the three numbers decide."""
    items = [given("rate", text, time=6, side=side) for text, side in (("0.75", 0), ("0.60", -1), ("0.85", 1))]
    lower, middle, upper = turned(0.595, 0.605), turned(0.745, 0.755), turned(0.845, 0.855)
    pairs = [error_of(upper, middle, Z), error_of(middle, lower, Z), error_of(upper, lower, 2 * Z)]
    low, high = max(low for low, _ in pairs), min(high for _, high in pairs)
    centre = sqrt(0.595 * 0.855)
    error = [window for window in read(*items) if window[0] == kinds.CURVE_ERROR]
    assert error == near((kinds.CURVE_ERROR, 12, 0, 0, low, high, -centre * log(centre) * Z * 10, 0))


@pytest.mark.parametrize(
    ("rate", "limit", "centre"),
    [
        (("0.996", (0.9955, 0.9965)), ("0.994", (0.9935, 0.9945)), 0.99),
        (("0.2000", (0.19995, 0.20005)), ("0.0006", (0.00055, 0.00065)), sqrt(0.001 * 0.20005)),
    ],
)
def test_the_standard_error_of_an_extreme_rate_is_not_worth_nothing(rate, limit, centre):
    items = [given("rate", rate[0], time=6), given("rate", limit[0], time=6, side=-1)]
    error = [window for window in read(*items) if window[0] == kinds.CURVE_ERROR]
    ends = error_of(turned(*rate[1]), turned(*limit[1]), Z)
    assert error == near((kinds.CURVE_ERROR, 12, 0, 0, *ends, -centre * log(centre) * Z * 10, 0))


def test_the_window_of_a_standard_error_begins_at_none():
    """Limits that overlap the estimate, as of a rate printed with one digit."""
    items = [given("rate", "0.5", time=6), given("rate", "0.5", time=6, side=-1)]
    (error,) = (window for window in read(*items) if window[0] == kinds.CURVE_ERROR)
    assert error[4:6] == pytest.approx((0, (log_minus_log(0.45) - log_minus_log(0.55)) / Z))


@pytest.mark.parametrize(
    ("items", "transform"),
    [
        ([given("rate", "0.75", time=6)], "log-log"),
        ([given("rate", "0.75", time=6), given("rate", "0.60", time=4, side=-1)], "log-log"),
        ([given("rate", "0.75", time=6), given("rate", "0.60", 1, time=6, side=-1)], "log-log"),
        ([given("rate", "0.75", time=6), given("rate", "1.00", time=6, side=1)], "log-log"),
        ([given("rate", "0.75", time=6), given("rate", "0.60", time=6, side=-1)], "plain"),
        ([given("rmst", "4.2", time=8), given("rmst", "3.9", time=8, side=-1)], "log-log"),
    ],
)
def test_without_two_numbers_of_one_rate_no_standard_error_is_told(items, transform):
    found, _ = curve_windows(items, AT, transform, [(-1, N), (-1, N)])
    assert kinds.CURVE_ERROR not in [kind for arm in (0, 1) for kind in found.what[arm, : found.size[arm], 0]]


# ---- Hazard ratios, tests, and follow-up


def ratio(*items):
    """The rows, as kind, first, edge, who, sides, low, high, at."""
    found = ratio_windows(list(items), AT)
    assert found.kind.dtype == found.what.dtype == np.int64
    columns = found.kind, *found.what.T, found.sides, found.low, found.high, found.at
    return [tuple(map(float, row)) for row in zip(*columns, strict=True)], found.centre


def test_nothing_printed_opens_no_window():
    rows, centre = ratio()
    assert rows == [] and np.isnan(centre)


def test_a_hazard_ratio_and_its_limits_tell_its_standard_error():
    items = [given("hr", text, -1, side=side) for text, side in (("0.50", 0), ("0.30", -1), ("0.84", 1))]
    rows, centre = ratio(*items)
    ends = {0: (log(0.495), log(0.505)), -1: (log(0.295), log(0.305)), 1: (log(0.835), log(0.845))}
    pairs = [error_of(ends[-1], ends[0], Z), error_of(ends[0], ends[1], Z), error_of(ends[-1], ends[1], 2 * Z)]
    error = max(low for low, _ in pairs), min(high for _, high in pairs)
    expected = [(kinds.HR, 0, 0, 2, side * Z, *ends[side], 0) for side in (0, -1, 1)]
    assert rows == near(*expected, (kinds.ERROR, 0, 0, 2, 0, *error, 0))
    assert centre == pytest.approx((log(0.495) + log(0.505)) / 2)


def test_two_limits_of_a_hazard_ratio_have_their_middle_and_one_has_none():
    limits = [given("hr", text, -1, side=side) for text, side in (("0.30", -1), ("0.84", 1))]
    rows, centre = ratio(*limits)
    assert [row[0] for row in rows] == [kinds.HR, kinds.HR, kinds.ERROR]
    assert centre == pytest.approx(sum(map(log, (0.295, 0.305, 0.835, 0.845))) / 4)
    rows, centre = ratio(limits[0])
    assert [row[0] for row in rows] == [kinds.HR] and np.isnan(centre)


def test_a_hazard_ratio_that_rounds_to_nothing_is_above_0():
    rows, _ = ratio(given("hr", "0.00", -1))
    assert rows == near((kinds.HR, 0, 0, 2, 0, log(1e-9), log(0.005), 0))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("0.04", norm.isf(0.0225), norm.isf(0.0175)),
        ("<0.001", norm.isf(0.0005), inf),
        ("1.0", 0, norm.isf(0.475)),
        ("0.000", norm.isf(0.00025), inf),
    ],
)
def test_a_p_value_bounds_the_deviate_of_the_log_rank_test(text, low, high):
    rows, centre = ratio(given("logrank_p", text, -1))
    assert rows == near((kinds.LOG_RANK, 0, 0, 2, 0, low, high, 0)) and np.isnan(centre)


@pytest.mark.parametrize("side", [-1, 0, 1])
def test_a_difference_of_restricted_means_lies_its_deviate_from_that_of_the_areas(side):
    rows, _ = ratio(given("rmst_difference", "-1.2", -1, time=8, side=side))
    assert rows == near((kinds.MEANS, 0, 0, 2, side * Z, -1.25, -1.15, 8))


@pytest.mark.parametrize(("arm", "who"), [(-1, 2), (0, 0), (1, 1)])
def test_follow_up_is_of_one_arm_or_of_both(arm, who):
    """Printed as 5, it is a time from 4.5 to 5.5; by reverse Kaplan–Meier 75% are followed longer than the quartile."""
    rows, _ = ratio(given("followup", "5", arm, share=0.25), given("observed", "5", arm, share=0.25))
    assert rows == near((kinds.FOLLOWED, 8, 11, who, 0, 4.5, 5.5, 0.75), (kinds.OBSERVED, 0, 0, who, 0, 4.5, 5.5, 0.25))


def test_numbers_of_one_arms_curve_open_no_window_of_both():
    assert ratio(given("rate", "0.5", time=6), given("median", "5"), given("events", "5", time=6))[0] == []


# ---- Spans to which moves go


def spans(*items, dates=()):
    """Of each arm and interval between numbers at risk: (first, after the last) point."""
    made, size = spots(list(items), AT, dates)
    assert made.dtype == size.dtype == np.int64 and size.shape == (2, 2) and made.shape[:2] == (2, 2)
    return [[list(map(tuple, made[arm, k, : size[arm, k]].tolist())) for k in (0, 1)] for arm in (0, 1)]


def test_moves_go_where_the_curve_has_to_fall():
    """From 3.5 to 4.5, across the number at risk at 4."""
    assert spans(given("median", "4")) == [[[(6, 7)], [(7, 9)]], [[], []]]
    assert spans(given("quantile", "4", 1, share=0.2, side=1)) == [[[], []], [[(6, 7)], [(7, 9)]]]
    assert spans(given("median", "2"), given("median", "7", side=1)) == [[[(2, 5)], [(12, 15)]], [[], []]]


def test_moves_go_to_follow_up_of_one_arm_or_of_both():
    """Points of an arm end with its follow-up, at 10 and at 9."""
    assert spans(given("followup", "9", -1)) == [[[], [(16, 19)]], [[], [(16, 18)]]]
    assert spans(given("observed", "9", 1)) == [[[], []], [[], [(16, 18)]]]


def test_moves_go_to_the_dates_of_scans_in_both_arms():
    both = spans(given("median", "2", 1), dates=[(1.0, 2.0), (3.75, 3.9)])
    assert both == [[[(1, 4)], []], [[(2, 5), (1, 4)], []]]


@pytest.mark.parametrize(
    "item", [given("median", "NR"), given("rate", "0.5", time=6), given("hr", "0.5", -1), given("rmst", "4", time=6)]
)
def test_other_numbers_name_no_time_to_move_to(item):
    made, size = spots([item], AT)
    assert not size.any() and made.shape == (2, 2, 1, 2)
