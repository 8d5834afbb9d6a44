"""Virtual patients and the simulated protocol."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netterbook.dosimetry.bed import bed_gy
from netterbook.dosimetry.population import (
    ClearanceModel,
    Protocol,
    between_cv,
    log_normal,
    matching_trials,
    simulate_protocol,
    virtual_patients,
)

KIDNEY = ClearanceModel(4.3, 7.4, 99, 0.66, -0.552)  # facts F087 to F089
ASSUMED = Protocol(27.0, 40.0, 0.5, "before", 0.05, 2.6, 2.8, 50.0, 7.4)


def rng(seed=1):
    return np.random.default_rng(seed)


# Cohorts and typical patients


@given(st.floats(0.05, 1), st.floats(0, 0.5), st.integers(1, 8))
def test_variation_between_patients_adds_up_to_the_total(between, within, cycles):
    total = np.sqrt((1 + between**2) * (1 + within**2 / cycles) - 1)
    assert between_cv(total, within, cycles) == pytest.approx(between, rel=1e-6)


def test_variation_within_cannot_exceed_the_total():
    with pytest.raises(ValueError, match=r"within patients, 0\.3, alone exceeds the total of 0\.2"):
        between_cv(0.2, 0.3, 1)


@given(st.floats(1, 15), st.floats(20, 200))
def test_exponents_of_the_model_by_clearance(gbq, crcl):
    one = KIDNEY.cycle_gy(gbq, crcl)
    assert KIDNEY.cycle_gy(2 * gbq, crcl) / one == pytest.approx(2**0.66)
    assert KIDNEY.cycle_gy(gbq, 2 * crcl) / one == pytest.approx(2**-0.552)
    assert KIDNEY.cycle_gy(7.4, 99) == 4.3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0, 99), "activity must be positive"), ((7.4, -1), "creatinine clearance must be positive")],
)
def test_the_model_by_clearance_names_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
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
        (lambda: virtual_patients(0, 4, 0.4, 0.3, 0.1, rng()), "patients must be a whole number from 1 up"),
        (lambda: virtual_patients(10, 4, -0.4, 0.3, 0.1, rng()), "mean must be positive"),
        (lambda: virtual_patients(10, 4, 0.4, np.nan, 0.1, rng()), "CV must not be negative or missing"),
        (lambda: virtual_patients(10, 4, 0.4, 0.3, 0.1, rng(), -2), "dose of a cycle over the one before"),
        (lambda: log_normal(0, 0.3, 5, rng()), "mean must be positive"),
    ],
)
def test_virtual_patients_name_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


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
        ({"stop": "after"}, 'must be "before" or "at"'),
        ({"higher_share": 1.2}, "share with the higher limit must lie between 0 and 1"),
        ({"stop_probability": -0.1}, "probability of stopping"),
        ({"limit_bed_gy": 0}, "limits must be positive"),
        ({"gbq_per_cycle": np.nan}, "activity must be positive"),
        ({"alpha_beta_gy": -1}, "alpha/beta"),
    ],
)
def test_the_protocol_names_what_is_wrong(changes, message):
    with pytest.raises(ValueError, match=message):
        simulate_protocol(np.full((2, 3), 0.5), ASSUMED._replace(**changes), rng())


@pytest.mark.parametrize("doses", [[0.5, 0.5], np.empty((0, 3)), [[0.5, -1]]])
def test_the_protocol_needs_doses_of_patients(doses):
    with pytest.raises(ValueError, match=r"give patients in rows|dose per activity must be positive"):
        simulate_protocol(doses, ASSUMED, rng())


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
    trials = [[1, 5, 9], [1, 5, 8], [2, 5, 9], [2, 5, 8]]
    assert matching_trials(trials, 5, 1, 9) == (1, 0.25)


def test_matching_trials_needs_trials():
    with pytest.raises(ValueError, match="give trials in rows"):
        matching_trials([1, 5, 9], 5, 1, 9)
