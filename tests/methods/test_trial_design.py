from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from netterbook.methods.trial_design import (
    event_probability,
    events_needed,
    follow_up_needed,
    freedman_events,
    obrien_fleming_boundary,
    obrien_fleming_spent,
    patients_needed,
    power,
)

HRS = st.floats(0.2, 0.95)
POWERS = st.floats(0.5, 0.99)
ALPHAS = st.floats(0.001, 0.2)
SHARES = st.floats(0.1, 0.9)
MONTHS = st.floats(1, 60)


@given(HRS, POWERS, ALPHAS, SHARES)
def test_the_events_needed_give_the_power(hr, wanted, alpha, share):
    assert power(hr, events_needed(hr, wanted, alpha, share), alpha, share) == pytest.approx(wanted)


@given(HRS, POWERS, ALPHAS, SHARES)
def test_design_is_the_same_seen_from_the_other_group(hr, wanted, alpha, share):
    mirrored = events_needed(1 / hr, wanted, alpha, 1 - share)
    assert events_needed(hr, wanted, alpha, share) == pytest.approx(mirrored)
    assert events_needed(hr, wanted, alpha, 0.5) <= mirrored * (1 + 1e-9)


def test_events_by_hand():
    # (1.959964 + 0.841621)² = 7.848880, the constant for 5% two-sided and 80% power
    assert events_needed(0.5, 0.8) == pytest.approx(4 * 7.848880 / log(2) ** 2, rel=1e-6)  # Schoenfeld: 65.3
    assert freedman_events(0.5, 0.8) == pytest.approx(7.848880 * 9, rel=1e-6)  # ((1 + 0.5) / (1 - 0.5))² = 9
    assert events_needed(0.5, 0.8, allocation=2 / 3) == pytest.approx(4.5 * 7.848880 / log(2) ** 2, rel=1e-6)


@given(HRS, POWERS)
def test_freedman_asks_for_more_events_than_schoenfeld(hr, wanted):
    assert freedman_events(hr, wanted) > events_needed(hr, wanted)


def test_power_without_events_or_effect_is_half_of_alpha():
    assert power(0.5, 0) == pytest.approx(0.025)
    assert power(1, 500) == pytest.approx(0.025)


@given(MONTHS, MONTHS, MONTHS)
def test_event_probability_is_the_mean_over_entry_times(median, accrual, follow_up):
    def had_event(entry):
        return 1 - 0.5 ** ((follow_up + accrual - entry) / median)

    assert event_probability(median, accrual, follow_up) == pytest.approx(quad(had_event, 0, accrual)[0] / accrual)


def test_event_probability_of_one_median():
    assert event_probability(12, 1e-6, 12) == pytest.approx(0.5, abs=1e-6)


@given(st.floats(1, 300), MONTHS, MONTHS, MONTHS, SHARES)
def test_patients_needed_of_equal_groups(events, median, accrual, follow_up, share):
    patients = patients_needed(events, median, median, accrual, follow_up, share)
    assert patients * event_probability(median, accrual, follow_up) == pytest.approx(events)


@given(st.floats(20, 200), MONTHS, MONTHS, MONTHS, st.floats(1, 100), SHARES)
def test_follow_up_and_patients_invert_each_other(events, median1, median2, accrual, months, share):
    patients = patients_needed(events, median1, median2, accrual, months, share)
    if patients > events * (1 + 1e-9):
        found = follow_up_needed(events, patients, median1, median2, accrual, share)
        assert patients_needed(events, median1, median2, accrual, found, share) == pytest.approx(patients)


@pytest.mark.parametrize(
    ("patients", "message"), [(74, "cannot give 74 events"), (10, "cannot give"), (5000, "before enrolment ends")]
)
def test_a_follow_up_that_does_not_exist_is_an_error(patients, message):
    with pytest.raises(ValueError, match=message):
        follow_up_needed(74, patients, 30, 14, 18)


# ---- group-sequential boundaries


@given(ALPHAS)
def test_all_error_is_spent_at_the_end(alpha):
    assert obrien_fleming_spent(1, alpha) == pytest.approx(alpha)


@given(st.floats(0.05, 0.95), st.floats(0.01, 0.05), ALPHAS)
def test_error_is_spent_ever_more(information, step, alpha):
    later = min(1, information + step)
    assert obrien_fleming_spent(information, alpha) < obrien_fleming_spent(later, alpha)


def test_first_looks_of_lan_and_demets():
    # DeMets & Lan, Stat Med 1994;13:1341-52: 4.8769 at the first of five looks, 2.5% on each side; 2.963 at half.
    # Both follow from 2 (1 - Phi(2.241403 / sqrt(t))).
    assert norm.isf(obrien_fleming_spent(0.2, 0.025)) == pytest.approx(4.8769, abs=5e-5)
    assert norm.isf(obrien_fleming_spent(0.5, 0.025)) == pytest.approx(2.963, abs=5e-4)


# Jennison & Turnbull, Group Sequential Methods, 2000, Table 2.3: C_B(K, 0.05)
@pytest.mark.parametrize(("looks", "constant"), [(1, 1.960), (2, 1.977), (3, 2.004)])
def test_obrien_flemings_constants(looks, constant):
    last = norm.isf(obrien_fleming_boundary(1, looks) / 2)
    assert last == pytest.approx(constant, abs=6e-4)
    first = norm.isf(obrien_fleming_boundary(1 / looks, looks) / 2)
    assert first == pytest.approx(last * looks**0.5)


def test_two_looks_keep_the_error():
    """Rejection at either of two equally spaced looks, by integration over the first."""
    first, last = (norm.isf(obrien_fleming_boundary(t) / 2) for t in (0.5, 1))

    def kept(z):  # the second statistic is (z + independent) / sqrt(2)
        ends = [(side * last * 2**0.5 - z) for side in (-1, 1)]
        return norm.pdf(z) * (norm.cdf(ends[1]) - norm.cdf(ends[0]))

    assert 1 - quad(kept, -first, first)[0] == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize("information", [0, -0.1, 1.01])
@pytest.mark.parametrize("boundary", [obrien_fleming_spent, obrien_fleming_boundary])
def test_an_information_fraction_outside_0_to_1_is_an_error(boundary, information):
    with pytest.raises(ValueError, match="information fraction"):
        boundary(information)
