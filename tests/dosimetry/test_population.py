"""Virtual patients and the simulated protocol."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import lognorm

from netterbook.dosimetry.bed import bed_gy
from netterbook.dosimetry.population import (
    ClearanceModel,
    Protocol,
    between_cv,
    log_normal,
    matching_trials,
    shares_by_cycles,
    simulate_protocol,
    virtual_patients,
)

KIDNEY = ClearanceModel(4.3, 7.4, 99, 0.66, -0.552)  # facts F087 to F089
NOT_NEGATIVE = "must be 0 or above and finite"
ASSUMED = Protocol(27.0, 40.0, 0.5, "before", 0.05, 2.6, 2.8, 50.0, 7.4)


def rng(seed=1):
    return np.random.default_rng(seed)


# Cohorts and typical patients


@given(st.floats(0.05, 1), st.floats(0, 0.5), st.integers(1, 8))
def test_variation_between_patients_adds_up_to_the_total(between, within, cycles):
    total = np.sqrt((1 + between**2) * (1 + within**2 / cycles) - 1)
    assert between_cv(total, within, cycles) == pytest.approx(between, rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.2, 0.3, 1), "the CV within patients, 0.3, alone exceeds the total of 0.2; assume a smaller one"),
        ((-0.2, 0.1, 1), "the total CV must be 0 or above and finite: found -0.2"),
        ((0.2, np.nan, 1), "the within CV must be 0 or above and finite: found nan"),
        ((0.2, 0.1, 0), "cycles must be a whole number from 1 up, not 0"),
    ],
)
def test_variation_between_patients_names_what_is_wrong(arguments, message):
    with pytest.raises(ValueError) as error:
        between_cv(*arguments)
    assert str(error.value) == message


def test_patients_may_differ_no_more_than_their_own_cycles():
    assert between_cv(0.1, 0.1, 1) == 0


@given(st.floats(1, 15), st.floats(20, 200))
def test_exponents_of_the_model_by_clearance(gbq, crcl):
    one = KIDNEY.cycle_gy(gbq, crcl)
    assert KIDNEY.cycle_gy(2 * gbq, crcl) / one == pytest.approx(2**0.66)
    assert KIDNEY.cycle_gy(gbq, 2 * crcl) / one == pytest.approx(2**-0.552)
    assert KIDNEY.cycle_gy(7.4, 99) == 4.3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 99), "the activity must be positive and finite: found 0 GBq"),
        ((7.4, -1), "the creatinine clearance must be positive and finite: found -1 mL/min"),
    ],
)
def test_the_model_by_clearance_names_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        KIDNEY.cycle_gy(*arguments)


# Virtual patients


def test_virtual_patients_have_the_means_and_variances_asked_for():
    found = virtual_patients(200_000, 4, 0.43, 0.3, 0.15, rng())
    assert found.mean(axis=0) == pytest.approx(np.full(4, 0.43), rel=0.005)
    assert found.std() / found.mean() == pytest.approx(np.sqrt((1 + 0.3**2) * (1 + 0.15**2) - 1), rel=0.02)
    logs = np.log(found)
    assert logs.var(axis=1, ddof=1).mean() == pytest.approx(np.log(1 + 0.15**2), rel=0.01)
    # Two cycles of a patient share what is between patients
    assert np.cov(logs[:, 0], logs[:, 1])[0, 1] == pytest.approx(np.log(1 + 0.3**2), rel=0.02)


def test_no_variation_within_patients_repeats_the_first_cycle():
    found = virtual_patients(100, 3, 0.43, 0.3, 0, rng(), change_per_cycle=0.08)
    assert found[:, 1:] / found[:, :-1] == pytest.approx(np.full((100, 2), 1.08))


def test_patients_with_means_of_their_own():
    mean = KIDNEY.cycle_gy(7.4, np.array([50, 99, 150])) / 7.4
    assert virtual_patients(3, 2, mean, 0, 0, rng()) == pytest.approx(np.column_stack([mean, mean]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: virtual_patients(0, 4, 0.4, 0.3, 0.1, rng()), "patients must be a whole number from 1 up, not 0"),
        (lambda: virtual_patients(10, 0, 0.4, 0.3, 0.1, rng()), "cycles must be a whole number from 1 up, not 0"),
        (lambda: virtual_patients(10, 4, -0.4, 0.3, 0.1, rng()), "the mean must be positive and finite: found -0.4"),
        (lambda: virtual_patients(10, 4, 0.4, np.nan, 0.1, rng()), f"the CV {NOT_NEGATIVE}: found nan"),
        (
            lambda: virtual_patients(10, 4, 0.4, 0.3, 0.1, rng(), -2),
            f"the dose of a cycle over the one before {NOT_NEGATIVE}: found -1",
        ),
        (lambda: log_normal(0, 0.3, 5, rng()), "the mean must be positive and finite: found 0"),
        (
            lambda: shares_by_cycles([23, 0], 0.4, 0.5, 7.4),
            "the dose of a cycle must be positive and finite: found 0 Gy",
        ),
        (lambda: shares_by_cycles([23], -1, 0.5, 7.4), "the mean must be positive and finite: found -1 Gy/GBq"),
        (lambda: shares_by_cycles([23], 0.4, 0, 7.4), "the CV must be positive and finite: found 0"),
        (lambda: shares_by_cycles([23], 0.4, 0.5, 0), "the activity must be positive and finite: found 0 GBq"),
    ],
)
def test_virtual_patients_name_what_is_wrong(make, message):
    with pytest.raises(ValueError) as error:
        make()
    assert str(error.value) == message


def test_doses_may_vanish_after_the_first_cycle():
    found = virtual_patients(5, 3, 0.4, 0.2, 0.1, rng(), change_per_cycle=-1)
    assert (found[:, 0] > 0).all() and not found[:, 1:].any()


def test_shares_by_cycles_are_those_of_a_log_normal_dose():
    spread = np.sqrt(np.log(1 + 0.5**2))
    dose = lognorm(spread, scale=7.4 * 0.38 / np.sqrt(1 + 0.5**2))
    found = shares_by_cycles(23 / np.arange(1, 4), 0.38, 0.5, 7.4)
    within = dose.cdf(23 / np.arange(1, 4))  # one, two and three cycles
    assert found == pytest.approx([1 - within[0], within[0] - within[1], within[1] - within[2], within[2]], rel=1e-9)


# The protocol


def plain(**changes):
    """No reasons to stop but the lower limit, unless changed."""
    return ASSUMED._replace(**({"higher_share": 0, "stop_probability": 0} | changes))


def test_a_protocol_without_chance_stops_at_its_limit():
    dose = 3.7
    bed = float(bed_gy(dose, 2.6, 2.8, 50))
    before = simulate_protocol(np.full((5, 20), dose / 7.4), plain(), rng())
    at = simulate_protocol(np.full((5, 20), dose / 7.4), plain(stop="at"), rng())
    whole = int(27 // bed)
    assert before.cycles.tolist() == [whole] * 5
    assert at.cycles.tolist() == [whole + 1] * 5
    assert before.dose_gy == pytest.approx(np.full(5, whole * dose))
    assert at.bed_gy == pytest.approx(np.full(5, (whole + 1) * bed))
    assert before.by_dose.all()
    assert not before.higher.any()


def test_the_first_cycle_is_always_given():
    treated = simulate_protocol(np.full((4, 6), 10.0), plain(), rng())
    assert treated.cycles.tolist() == [1] * 4


@pytest.mark.parametrize("stop", ["before", "at"])
def test_doses_respect_the_limits(stop):
    gy_per_gbq = virtual_patients(5000, 40, 0.5, 0.4, 0, rng())
    treated = simulate_protocol(gy_per_gbq, ASSUMED._replace(stop=stop, stop_probability=0.03), rng())
    limit = np.where(treated.higher, 40, 27)
    if stop == "before":
        assert ((treated.bed_gy <= limit * (1 + 1e-6)) | (treated.cycles == 1)).all()
    else:
        last = bed_gy(7.4 * gy_per_gbq[:, 0], 2.6, 2.8, 50)
        assert (treated.bed_gy - last < limit).all()
        assert (treated.bed_gy[treated.by_dose] >= limit[treated.by_dose]).all()
    assert treated.higher.mean() == pytest.approx(0.5, abs=0.03)


def test_who_reaches_no_limit_has_all_cycles():
    treated = simulate_protocol(np.full((3, 7), 0.01), plain(), rng())
    assert treated.cycles.tolist() == [7] * 3
    assert not treated.by_dose.any()


def test_without_a_limit_stopping_is_geometric():
    treated = simulate_protocol(np.full((50_000, 60), 1e-6), plain(stop_probability=0.2), rng())
    assert treated.cycles.mean() == pytest.approx(1 / 0.2, rel=0.02)
    assert (treated.cycles == 1).mean() == pytest.approx(0.2, abs=0.01)
    assert not treated.by_dose.any()


def test_more_chances_to_stop_and_lower_limits_mean_fewer_cycles():
    gy_per_gbq = virtual_patients(5000, 30, 0.43, 0.3, 0.1, rng())

    def mean(**changes):
        return simulate_protocol(gy_per_gbq, plain(**changes), rng()).cycles.mean()

    assert mean(stop_probability=0.1) < mean()
    assert mean(limit_bed_gy=20) < mean() < mean(limit_bed_gy=30) < mean(higher_share=1)
    assert mean(alpha_beta_gy=1.5) < mean() < mean(alpha_beta_gy=10)
    assert mean(repair_half_time_h=10) < mean() < mean(repair_half_time_h=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stop": "after"}, 'stop must be "before" or "at" the limit, not \'after\''),
        ({"higher_share": 1.2}, "the share with the higher limit must lie between 0 and 1, not 1.2"),
        ({"stop_probability": -0.1}, "the probability of stopping must lie between 0 and 1, not -0.1"),
        ({"limit_bed_gy": 0}, "the limits must be positive and finite: found 0 Gy"),
        ({"higher_limit_bed_gy": -1}, "the limits must be positive and finite: found -1 Gy"),
        ({"gbq_per_cycle": np.nan}, "the activity must be positive and finite: found nan GBq"),
        ({"alpha_beta_gy": -1}, "alpha/beta must be positive and finite: found -1 Gy"),
    ],
)
def test_the_protocol_names_what_is_wrong(changes, message):
    with pytest.raises(ValueError) as error:
        simulate_protocol(np.full((2, 3), 0.5), ASSUMED._replace(**changes), rng())
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("doses", "message"),
    [
        ([0.5, 0.5], "give patients in rows and cycles in columns, not doses of the shape (2,)"),
        (np.empty((0, 3)), "give patients in rows and cycles in columns, not doses of the shape (0, 3)"),
        ([[0.5, -1]], "the dose per activity must be positive and finite: found -1 Gy/GBq"),
    ],
)
def test_the_protocol_needs_doses_of_patients(doses, message):
    with pytest.raises(ValueError) as error:
        simulate_protocol(doses, ASSUMED, rng())
    assert str(error.value) == message


@pytest.mark.parametrize("stop", ["before", "at"])
@pytest.mark.parametrize("gbq", [1.0, 4.9, 7.4, 10.1])
def test_a_limit_that_is_met_exactly_is_not_passed(stop, gbq):
    """Seven cycles of 3.1 Gy and a limit of 21.7, with repair at once, whatever the last bit of their sum."""
    protocol = Protocol(21.7, 21.7, 0.5, stop, 0.0, 2.6, 0.0, 50, gbq)
    treated = simulate_protocol(np.full((3, 12), 3.1 / gbq), protocol, rng())
    assert treated.cycles.tolist() == [7] * 3 and treated.dose_gy == pytest.approx([21.7] * 3) and treated.by_dose.all()


def test_a_trend_starts_from_the_first_cycle():
    rising, even = (virtual_patients(500, 3, 0.4, 0.2, 0.1, rng(), change) for change in (0.08, 0.0))
    assert rising / even == pytest.approx(np.tile([1, 1.08, 1.08**2], (500, 1)))


def test_a_trial_matches_with_both_ends_of_its_range():
    trials = [[1, 5, 9], [1, 5, 8], [2, 5, 9], [1, 5, 9], [1, 6, 9]]
    assert matching_trials(trials, 5, 1, 9) == (0.8, 0.4)
    assert matching_trials([[0, 5, 9], [1, 5, 9]], 5, 0, 9) == (1, 0.5)


@pytest.mark.parametrize(
    ("cycles", "message"),
    [
        ([1, 5, 9], "give trials in rows and patients in columns, not cycles of the shape (3,)"),
        ([[1, -5, 9]], "cycles must be 0 or above and finite: found -5"),
    ],
)
def test_matching_trials_needs_trials(cycles, message):
    with pytest.raises(ValueError) as error:
        matching_trials(cycles, 5, 1, 9)
    assert str(error.value) == message
