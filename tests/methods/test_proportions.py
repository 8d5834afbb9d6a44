from fractions import Fraction
from math import comb, inf, nan

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, norm
from statsmodels.stats.contingency_tables import Table2x2

from netterbook.methods.proportions import (
    INTERVALS,
    counts_printing_as,
    difference,
    fisher,
    interval_methods,
    joint_counts_printing_as,
    number_needed,
    odds_ratio,
    percentage,
    proportion_interval,
)
from netterbook.printed import Printed
from netterbook.text import needed

NO_DIFFERENCE = "percentage points does not exist; give low before high, and at most 100"
COUNTS = st.integers(1, 200).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))
INNER = st.integers(2, 200).flatmap(lambda total: st.tuples(st.integers(1, total - 1), st.just(total)))


# ---- intervals

# Newcombe, Stat Med 1998;17:857-72, Table I, in percent. Found again by scipy.stats.binomtest and, for Wald's, by
# p ± z sqrt(p (1 - p) / n).
NEWCOMBE = {
    (81, 263): [(25.22, 36.38), (25.03, 36.57), (25.53, 36.62), (25.35, 36.82), (25.27, 36.76)],
    (15, 148): [(5.27, 15.00), (4.94, 15.34), (6.24, 16.05), (5.98, 16.44), (5.78, 16.17)],
    (0, 20): [(0, 0), (0, 2.50), (0, 16.11), (0, 20.05), (0, 16.84)],
    (1, 29): [(0, 10.09), (0, 11.81), (0.61, 17.18), (0.18, 19.63), (0.09, 17.76)],
}
METHODS = ["Wald", "Wald with continuity correction", "Wilson", "Wilson with continuity correction", "Clopper–Pearson"]


@pytest.mark.parametrize(
    ("counts", "method", "ends"),
    [(counts, m, e) for counts, row in NEWCOMBE.items() for m, e in zip(METHODS, row, strict=True)],
)
def test_intervals_of_newcombes_examples(counts, method, ends):
    assert tuple(round(x, 2) for x in proportion_interval(*counts, method)) == ends


@given(COUNTS, st.sampled_from([0.8, 0.95, 0.99]))
def test_intervals_of_statsmodels_agree_with_scipy(counts, level):
    for method, name in (("Clopper–Pearson", "exact"), ("Wilson", "wilson")):
        expected = binomtest(*counts).proportion_ci(level, method=name)
        assert proportion_interval(*counts, method, level) == pytest.approx(
            (100 * expected.low, 100 * expected.high), abs=1e-6
        )


@given(COUNTS, st.sampled_from([0.8, 0.95, 0.99]))
@example((0, 1), 0.8)
@example((20, 20), 0.8)
def test_wilson_with_correction_is_where_the_corrected_test_turns(counts, level):
    """Newcombe's definition: limits at which ``|p - limit| - 1 / 2n`` is z standard errors of the limit."""
    count, total = counts
    low, high = (x / 100 for x in proportion_interval(count, total, "Wilson with continuity correction", level))
    z = norm.isf((1 - level) / 2)
    for limit, away in ((low, count / total - low), (high, high - count / total)):
        if (count, limit) in ((0, low), (total, high)):
            assert limit == count / total  # nothing beyond none or all
        else:
            assert away - 1 / (2 * total) == pytest.approx(z * (limit * (1 - limit) / total) ** 0.5, abs=1e-9)


@given(COUNTS, st.sampled_from(INTERVALS))
def test_intervals_mirror_when_events_and_others_change_places(counts, method):
    count, total = counts
    low, high = proportion_interval(count, total, method)
    assert proportion_interval(total - count, total, method) == pytest.approx((100 - high, 100 - low), abs=1e-6)


@given(INNER, st.sampled_from(INTERVALS))
def test_intervals_hold_the_estimate_and_widen_with_the_level(counts, method):
    (low80, high80), (low99, high99) = (proportion_interval(*counts, method, level) for level in (0.8, 0.99))
    assert 0 <= low99 <= low80 < 100 * counts[0] / counts[1] < high80 <= high99 <= 100


@given(st.integers(1, 40), st.floats(0.01, 0.99))
def test_clopper_pearson_covers_at_least_its_level(total, p):
    covered = 0
    for count in range(total + 1):
        low, high = proportion_interval(count, total)
        covered += binom.pmf(count, total, p) if low <= 100 * p <= high else 0
    assert covered >= 0.95 - 1e-9


def test_interval_methods_give_the_percentage_with_each_interval():
    methods = interval_methods(0.9)
    assert tuple(methods) == INTERVALS
    for name, compute in methods.items():
        assert compute(18, 101) == (Fraction(1800, 101), *proportion_interval(18, 101, name, 0.9))
        assert interval_methods()[name](18, 101)[1:] == proportion_interval(18, 101, name, 0.95)


def test_an_unknown_interval_method_lists_those_there_are():
    with pytest.raises(ValueError) as error:
        proportion_interval(1, 2, "Bayes")
    assert str(error.value) == (
        "no interval method 'Bayes'; there are: Wald, Clopper–Pearson, Wilson, Agresti–Coull, Jeffreys, "
        "Wald with continuity correction, Wilson with continuity correction"
    )
    with pytest.raises(ValueError) as error:
        difference(1, 2, 1, 2, "Bayes")
    assert str(error.value) == "no interval method 'Bayes'; there are: Wald, Newcombe, Agresti–Caffo"


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, float("nan")])
def test_a_level_outside_0_to_1_is_an_error(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        proportion_interval(1, 2, level=level)


@pytest.mark.parametrize("compute", [difference, odds_ratio])
def test_a_level_outside_0_to_1_is_an_error_of_comparisons_too(compute):
    with pytest.raises(ValueError, match="between 0 and 1"):
        compute(9, 10, 3, 10, level=95)


@pytest.mark.parametrize(("count", "total"), [(-1, 10), (11, 10), (0, 0)])
def test_a_count_outside_its_total_is_an_error(count, total):
    with pytest.raises(ValueError, match="no proportion"):
        proportion_interval(count, total)


# ---- percentages and counts


@given(COUNTS)
def test_percentage_is_exact(counts):
    count, total = counts
    assert percentage(count, total) * total == 100 * count


@given(COUNTS, st.integers(0, 2))
def test_a_count_is_among_those_that_print_like_its_percentage(counts, decimals):
    count, total = counts
    shown = Printed(f"{float(round(percentage(count, total), decimals)):.{decimals}f}%")
    fitting = counts_printing_as(shown, total)
    assert count in fitting
    assert fitting == [c for c in range(total + 1) if shown.admits(percentage(c, total))]


def test_counts_printing_as_an_inequality():
    assert counts_printing_as(Printed("<1%"), 300) == [1, 2]  # 3 of 300 are 1%
    assert counts_printing_as(Printed("≥97%"), 30) == [30]
    assert counts_printing_as(Printed("34%"), 2) == []


# ---- tests and comparisons


@given(INNER, INNER)
def test_fisher_is_the_sum_over_tables_no_likelier(first, second):
    (a, n), (c, m) = first, second
    ways = [comb(n, x) * comb(m, a + c - x) for x in range(max(0, a + c - m), min(n, a + c) + 1)]
    seen = comb(n, a) * comb(m, c)
    assert fisher(a, n, c, m) == pytest.approx(sum(w for w in ways if w <= seen) / sum(ways), rel=1e-9)


def test_fisher_of_the_lady_tasting_tea():
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70)  # Fisher, The Design of Experiments, 1935, ch. 2


# Newcombe, Stat Med 1998;17:873-90, Table II, 56/70 less 48/80: methods 1 and 10. They follow from the
# formulas there with the Wilson limits of scipy.
@pytest.mark.parametrize(
    ("method", "ends"),
    [
        ("Wald", (5.75, 34.25)),
        ("Newcombe", (5.24, 33.39)),
    ],
)
def test_differences_of_newcombes_example(method, ends):
    assert tuple(round(x, 2) for x in difference(56, 70, 48, 80, method)) == (20, *ends)


def test_newcombes_interval_from_two_wilson_intervals():
    p1, p2 = 65 / 151, 7 / 75
    (l1, u1), (l2, u2) = (binomtest(*c).proportion_ci(method="wilson") for c in ((65, 151), (7, 75)))
    low = p1 - p2 - ((p1 - l1) ** 2 + (u2 - p2) ** 2) ** 0.5
    high = p1 - p2 + ((u1 - p1) ** 2 + (p2 - l2) ** 2) ** 0.5
    expected = (100 * (p1 - p2), 100 * low, 100 * high)
    assert difference(65, 151, 7, 75, "Newcombe") == pytest.approx(expected)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_walds_interval_of_a_difference_is_as_wide_as_its_level_asks(level):
    p1, p2 = 56 / 70, 48 / 80
    half = norm.isf((1 - level) / 2) * (p1 * (1 - p1) / 70 + p2 * (1 - p2) / 80) ** 0.5
    assert difference(56, 70, 48, 80, level=level) == pytest.approx((20, 100 * (0.2 - half), 100 * (0.2 + half)))


@given(INNER, INNER)
def test_agresti_caffo_is_wald_with_one_more_of_each(first, second):
    (a, n), (c, m) = first, second
    wald = difference(a + 1, n + 2, c + 1, m + 2, "Wald")[1:]
    assert difference(a, n, c, m, "Agresti–Caffo")[1:] == pytest.approx(wald, abs=1e-9)


@given(INNER, INNER, st.sampled_from(["Wald", "Newcombe", "Agresti–Caffo"]))
def test_a_difference_turns_its_sign_when_the_groups_change_places(first, second, method):
    point, low, high = difference(*first, *second, method)
    assert difference(*second, *first, method) == pytest.approx((-point, -high, -low), abs=1e-9)
    assert low < high


@given(INNER, INNER, st.sampled_from([0.8, 0.95]))
def test_odds_ratio_agrees_with_statsmodels(first, second, level):
    (a, n), (c, m) = first, second
    table = Table2x2([[a, n - a], [c, m - c]])
    expected = (table.oddsratio, *table.oddsratio_confint(1 - level))
    assert odds_ratio(a, n, c, m, level) == pytest.approx(expected)
    assert odds_ratio(c, m, a, n, level)[0] * expected[0] == pytest.approx(1)


@pytest.mark.parametrize(
    ("counts", "cells"),
    [
        ((0, 10, 3, 10), "0 v 10 and 3 v 7"),
        ((10, 10, 3, 10), "10 v 0 and 3 v 7"),
        ((4, 10, 0, 10), "4 v 6 and 0 v 10"),
        ((4, 10, 10, 10), "4 v 6 and 10 v 0"),
        ((4, 3, 3, 10), "4 v -1 and 3 v 7"),
    ],
)
def test_an_empty_cell_has_no_odds_ratio(counts, cells):
    with pytest.raises(ValueError) as error:
        odds_ratio(*counts)
    assert str(error.value) == f"the odds ratio of {cells} does not exist: a cell is empty or negative"


# ---- numbers needed to treat


def test_numbers_needed_of_published_examples():
    # Altman, BMJ 1998;317:1309-12: 10 points with -5 to 25 run from 4 to benefit through infinity to 20 to harm
    assert number_needed(10, -5, 25) == (10, 4, -20)
    assert needed(number_needed(10, -5, 25)) == "NNTB 10 (NNTB 4.0 to ∞ to NNTH 20)"
    # Barrowman, CMAJ 2002;166:1676-7: 16.6 points with 0.9 to 32.2 are about 6, 3.1 to 111.1
    assert number_needed(16.6, 0.9, 32.2) == pytest.approx((6.02, 3.106, 111.1), rel=1e-3)
    assert needed(number_needed(16.6, 0.9, 32.2)) == "NNTB 6.0 (3.1 to 111)"


@pytest.mark.parametrize(
    ("points", "harm", "text"),
    [
        ((50, 40, 60), False, "NNTB 2.0 (1.7 to 2.5)"),
        ((50, 40, 60), True, "NNTH 2.0 (1.7 to 2.5)"),
        ((-50, -60, -40), True, "NNTB 2.0 (1.7 to 2.5)"),
        ((-50, -60, -40), False, "NNTH 2.0 (1.7 to 2.5)"),
        ((10, -5, 25), True, "NNTH 10 (NNTH 4.0 to ∞ to NNTB 20)"),
        ((-2, -5, 1), False, "NNTH 50 (NNTH 20 to ∞ to NNTB 100)"),
        ((0, -5, 4), False, "NNT ∞ (NNTB 25 to ∞ to NNTH 20)"),
        ((10, 0, 25), False, "NNTB 10 (4.0 to ∞)"),
        ((10, 0, 25), True, "NNTH 10 (4.0 to ∞)"),
        ((10.06, 10.02, 10.2), False, "NNTB 9.9 (9.8 to 10)"),
    ],
)
def test_numbers_needed_as_text(points, harm, text):
    assert needed(number_needed(*points, harm)) == text


def test_nobody_needs_fewer_than_one_patient():
    # Agresti–Caffo's limits may go beyond 100
    assert number_needed(100, 80, 104) == (1, 1, 1.25)
    assert number_needed(-100, -100.5, -80) == (-1, -1.25, -1)
    assert number_needed(50, 50, 50) == (2, 2, 2)


@given(INNER, INNER)
def test_a_number_needed_turns_its_sign_with_the_outcome_and_with_the_groups(first, second):
    points = difference(*first, *second, "Newcombe")
    found = number_needed(*points)
    if points[0]:
        assert found.value == pytest.approx(100 / points[0])
        assert number_needed(*points, harm=True).value == -found.value
    flipped = number_needed(*difference(*second, *first, "Newcombe"), harm=True)
    if abs(points[1]) > 1e-9 and abs(points[2]) > 1e-9:
        assert flipped[1:] == pytest.approx(found[1:])
        assert ("∞" in needed(found)) == (points[1] < 0 < points[2])


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ((nan, 1, 2), "difference must be a number of percentage points, not nan"),
        ((10, -inf, 2), "low must be a number of percentage points, not -inf"),
        ((10, 5, inf), "high must be a number of percentage points, not inf"),
        ((10, 12, 8), f"a difference of 10 (12 to 8) {NO_DIFFERENCE}"),
        ((101, 5, 110), f"a difference of 101 (5 to 110) {NO_DIFFERENCE}"),
        ((-101, -110, 5), f"a difference of -101 (-110 to 5) {NO_DIFFERENCE}"),
    ],
)
def test_differences_that_have_no_number_needed_are_named(points, message):
    with pytest.raises(ValueError) as error:
        number_needed(*points)
    assert str(error.value) == message


def test_counts_behind_the_printed_responses():
    printed = [Printed("16%"), Printed("66%"), Printed("19%")]
    brute = [
        (a, b, c)
        for a in range(97)
        for b in range(97 - a)
        for c in range(97 - a - b)
        if [round(100 * x / 96) for x in (a, b, c)] == [16, 66, 19]
    ]
    assert joint_counts_printing_as(printed, 96) == brute == [(15, 63, 18)]
    assert joint_counts_printing_as([Printed("60%"), Printed("60%")], 10) == []


@pytest.mark.parametrize(
    ("percents", "total", "message"),
    [
        ([], 96, "give at least one percentage"),
        ([Printed("16%")], 0, "the total must be at least 1, not 0"),
        ([Printed("16%")], -1, "the total must be at least 1, not -1"),
    ],
)
def test_joint_counts_need_percentages_and_patients(percents, total, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        joint_counts_printing_as(percents, total)


def test_one_patient_is_all_or_nobody():
    assert joint_counts_printing_as([Printed("100%"), Printed("0%")], 1) == [(1, 0)]
