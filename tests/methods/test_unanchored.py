"""Reference values are R's, written by reference/comparison.R."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import datasets
from references import reference

from netterbook.methods import patients
from netterbook.methods.unanchored import (
    Populations,
    confounded_ratio,
    effective_sample_size,
    maic_weights,
    share_to_explain,
    simulate_unanchored,
    weighted_cox,
)

R = reference("unanchored_weights")


def lung():
    """R's lung cancer data: age, sex, time and death of 228 patients."""
    data = datasets.load_lung()
    return data.age.to_numpy(float), data.sex.to_numpy(float), data.time.to_numpy(float), data.status.to_numpy(float)


@pytest.mark.parametrize("row", list(R.itertuples()), ids=lambda r: f"age {r.mean:g}")
def test_weights_and_weighted_hazard_ratios_are_rs(row):
    age, sex, time, died = lung()
    weights = maic_weights(np.column_stack([age, age**2, sex]), [row.mean, row.mean**2 + row.sd**2, row.sex])
    assert weights.mean() == pytest.approx(1, abs=1e-14)
    assert np.average(age, weights=weights) == pytest.approx(row.mean, rel=1e-12)
    assert np.average((age - row.mean) ** 2, weights=weights) == pytest.approx(row.sd**2, rel=1e-11)
    # R's optim stops at a relative change of 1e-16 of a sum, that is of 1e-8 in the weights; the smallest has most
    assert effective_sample_size(weights) == pytest.approx(row.effective, rel=1e-8)
    assert (weights[0], weights.max()) == pytest.approx((row.first, row.largest), rel=1e-7)
    found = weighted_cox(time, died, sex - 1, weights)
    assert (found.hr, found.standard_error) == pytest.approx((row.hr, row.robust), rel=1e-8)


def test_equal_weights_leave_the_hazard_ratio_alone():
    rng = np.random.default_rng(1)
    time, arm = rng.exponential(size=80), np.repeat([0, 1], 40)  # no ties, where Breslow and Efron agree
    event = (rng.random(80) < 0.7).astype(int)
    plain = patients.cox(time, event, arm)
    found = weighted_cox(time, event, arm, np.full(80, 3.0))
    assert found.hr == pytest.approx(plain.hr)
    assert found.standard_error == pytest.approx(plain.standard_error, rel=0.2)  # robust


def test_a_weight_of_2_counts_a_patient_twice():
    rng = np.random.default_rng(2)
    time, arm = rng.exponential(size=40), np.tile([0, 1], 20)
    event, weights = np.ones(40), rng.integers(1, 4, 40)
    twice = np.repeat(np.arange(40), weights)
    same = weighted_cox(time[twice], event[twice], arm[twice], np.ones(len(twice)))
    assert weighted_cox(time, event, arm, weights).hr == pytest.approx(same.hr)
    zero = np.where(np.arange(40) < 10, 0, weights)
    assert weighted_cox(time, event, arm, zero).hr == pytest.approx(
        weighted_cox(time[10:], event[10:], arm[10:], weights[10:]).hr
    )


@given(st.integers(1, 30), st.integers(1, 30), st.floats(0.05, 0.95))
def test_one_factor_in_closed_form(without, having, target):
    x = np.repeat([0, 1], [without, having])[:, None]
    weights = maic_weights(x, [target])
    n = without + having
    assert weights[0] == pytest.approx((1 - target) * n / without, rel=1e-12)
    assert weights[-1] == pytest.approx(target * n / having, rel=1e-12)
    assert effective_sample_size(weights) == pytest.approx(1 / ((1 - target) ** 2 / without + target**2 / having))


def test_the_effective_sample_size():
    assert effective_sample_size(np.ones(50)) == pytest.approx(50)
    assert effective_sample_size([1, 0, 0]) == 1
    for bad in ([], [-1, 2], [0, 0], [np.nan, 1]):
        with pytest.raises(ValueError, match="finite, none negative"):
            effective_sample_size(bad)


@pytest.mark.parametrize(
    ("x", "target", "message"),
    [([[0], [1]], [1.0], "at or beyond the edge"), ([[0], [1]], [1.5], "at or beyond the edge"),
     ([[0.0, 0], [1, 1], [0, 0]], [0.5, 0.4], "at or beyond|say the same"), ([[1], [1]], [1], "same in all patients"),
     ([[0], [np.nan]], [0.5], "finite"), ([[0], [1]], [0.5, 0.5], "give patients x p"), ([0, 1], [0.5], "patients x p"),
     ([[0], [1]], [np.nan], "finite")],
)  # fmt: skip
def test_targets_without_weights(x, target, message):
    with pytest.raises(ValueError, match=message):
        maic_weights(x, target)


def test_bad_weights_of_the_hazard_ratio():
    time, event, arm = [1, 2, 3, 4], [1, 1, 1, 1], [0, 1, 0, 1]
    with pytest.raises(ValueError, match="one weight"):
        weighted_cox(time, event, arm, [1, 1, 1])
    with pytest.raises(ValueError, match="not negative"):
        weighted_cox(time, event, arm, [1, 1, 1, -1])
    with pytest.raises(ValueError, match="an arm has no event"):
        weighted_cox(time, event, arm, [0, 1, 0, 1])
    with pytest.raises(ValueError, match="times are finite"):
        weighted_cox([-1, 2, 3, 4], event, arm, [1] * 4)


# Simulation

BALANCED = Populations((0.2, 0.4), (0.6, 0.5), (1.8, 1.5), 0.4, 0.4, 3.0)


def geometric(values):
    return float(np.exp(np.nanmean(np.log(values))))


def test_matching_removes_what_was_measured():
    found = simulate_unanchored(BALANCED, 0.6, n=(150, 300), replicates=150, seed=4)
    truth = geometric(found.randomised)
    # standard error of a mean of 150 log ratios of about 0.12 each
    assert geometric(found.maic) == pytest.approx(truth, rel=0.04)
    assert geometric(found.naive) < 0.95 * truth  # the first study's patients have fewer of both factors
    assert (found.effective < 150).all()
    covered = ((found.maic_low <= truth) & (truth <= found.maic_high)).mean()
    assert covered > 0.9


def test_matching_leaves_what_was_not_measured():
    hidden = BALANCED._replace(unmeasured_first=0.1, unmeasured_second=0.6)
    found = simulate_unanchored(hidden, 0.6, n=(150, 300), replicates=150, seed=4)
    truth = geometric(found.randomised)
    bias = geometric(found.maic) / truth
    early = confounded_ratio(3, 0.1, 0.6)
    assert early - 0.03 < bias < 0.75  # of this size early on, and fading
    covered = ((found.maic_low <= truth) & (truth <= found.maic_high)).mean()
    assert covered < 0.5


def test_without_any_difference_all_agree():
    same = Populations((0.4,), (0.4,), (2.0,), 0.3, 0.3, 2.0)
    found = simulate_unanchored(same, 0.7, n=(150, 150), replicates=100, seed=5)
    ratios = [geometric(found[c]) for c in ("naive", "maic", "randomised")]
    assert ratios == pytest.approx([ratios[2]] * 3, rel=0.05)
    assert found.effective.mean() > 145
    again = simulate_unanchored(same, 0.7, n=(150, 150), replicates=3, seed=5)
    assert again.equals(found.head(3))


@pytest.mark.parametrize(
    ("who", "changed", "message"),
    [(BALANCED._replace(measured_first=(0.3,)), {}, "two shares and a hazard ratio"),
     (BALANCED._replace(measured_first=(0.3, 1.0)), {}, "between 0 and 1, not 1.0"),
     (BALANCED._replace(unmeasured_second=1.2), {}, "from 0 to 1, not 1.2"),
     (BALANCED._replace(unmeasured_hr=0), {}, "must be positive, not 0"),
     (BALANCED, {"hr": -1}, "hr must be positive"), (BALANCED, {"n": (5, 50)}, "at least 10"),
     (BALANCED, {"median": np.nan}, "median must be positive"), (BALANCED, {"replicates": 0}, "one replicate")],
)  # fmt: skip
def test_populations_that_cannot_be(who, changed, message):
    with pytest.raises(ValueError, match=message):
        simulate_unanchored(who, **({"hr": 0.6, "replicates": 1} | changed))


# What an unmeasured factor would have to be


@given(st.floats(1.1, 10), st.floats(0, 1), st.floats(0, 1))
def test_the_factor_that_explains_a_ratio(factor, first, second):
    ratio = confounded_ratio(factor, first, second)
    assert 1 / factor - 1e-9 <= ratio <= factor + 1e-9
    assert share_to_explain(ratio, factor, second) == pytest.approx(first, abs=1e-9)


def test_the_ratio_by_simulation():
    """Events of the first hundredth of a median, in two large groups of exponential times."""
    rng = np.random.default_rng(6)
    rates = [np.where(rng.random(400000) < share, 3.0, 1.0) for share in (0.1, 0.5)]
    events = [(rng.exponential(1 / rate) < 0.02).mean() for rate in rates]
    assert events[0] / events[1] == pytest.approx(confounded_ratio(3, 0.1, 0.5), rel=0.05)


def test_factors_that_explain_nothing():
    with pytest.raises(ValueError, match="would take a stronger one"):
        share_to_explain(0.2, 2, 0.5)
    with pytest.raises(ValueError, match="cannot come of"):
        share_to_explain(0.5, 1, 0.5)
    with pytest.raises(ValueError, match="from 0 to 1"):
        confounded_ratio(2, 0.5, 1.5)
    with pytest.raises(ValueError, match="must be positive"):
        confounded_ratio(0, 0.5, 0.5)
