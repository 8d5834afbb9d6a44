"""Extrapolated benefit, and how much of it lies beyond the data."""

import numpy as np
import pytest

from netterbook import papers
from netterbook.book.cross_trial import long_term
from netterbook.book.parameters import check_time
from netterbook.errors import ParameterError
from netterbook.methods import extrapolation, pooling
from netterbook.precision import simulated
from netterbook.text import shares


@pytest.fixture(scope="module")
def each(fitted):
    return fitted[0]


@pytest.fixture(scope="module")
def by(each):
    return each.table.set_index(["model", "horizon", "quantity"])


def test_a_long_horizon_gains_what_exponential_times_would(each, by):
    assert each.median_follow_up == 14 and 20 < each.followed <= 30
    # median 8 and hazard ratio 1/4: means log 2 / rate, so a long horizon gains (4 - 1) 8 / log 2
    rates = np.log(2) / np.array([8, 32])
    for horizon in (60, 120):
        expected = np.subtract(*((1 - np.exp(-rates * horizon)) / rates)[::-1])
        row = by.loc[("exponential", horizon, "benefit")]
        assert row.low_all < expected < row.high_all
    values = extrapolation.benefit(each.fits, 60)[:, 0]
    batches = [extrapolation.spread(values[k::4], 0.9) for k in range(4)]
    errors = by.loc[("exponential", 60, "benefit"), ["value_error", "low_error", "high_error"]]
    assert errors.tolist() == pytest.approx((np.std(batches, axis=0, ddof=1) / 2).tolist())


def test_means_of_models_stand_under_their_group_with_their_errors(each, by):
    means = long_term.means_by_model(each)
    assert means[["model", "years"]].to_numpy().tolist() == [
        [model, years] for model in ("exponential", "Weibull", "spline", "averaged") for years in (5, 10)
    ]
    for row in means.itertuples():
        for column, quantity, names in (
            ("control", "mean0", ("value", "low_all", "high_all")),
            ("experimental", "mean1", ("value", "low_all", "high_all")),
            ("benefit", "benefit", ("value", "low_all", "high_all")),
            ("beyond", "share_beyond", ("value", "low_all", "high_all")),
            ("inner", "benefit", ("low", "high")),
        ):
            own = by.loc[(row.model, 12 * row.years, quantity)]
            expected = simulated(own[list(names)], own[[f"{name}_error" for name in names]])
            np.testing.assert_array_equal(getattr(row, column), expected)


def test_criteria_have_a_least_of_nothing_and_weights_of_one(each):
    found = long_term.fit_criteria(each).set_index("model")
    for name in ("aic", "bic"):
        assert min(number.value for number in found[name]) == 0
    weights = extrapolation.akaike_weights(each.fits)
    assert [number.value for number in found["weight"]] == pytest.approx(weights.mean(axis=0).tolist())
    error = np.std(weights[:, 0].reshape(5, 4).mean(axis=0), ddof=1) / 2
    assert found.loc["exponential", "weight"].error == pytest.approx(error)


def test_more_of_a_longer_benefit_lies_beyond_an_earlier_time(each, by):
    five, ten = (long_term.averaged_beyond(each, each.followed, years, 0.9) for years in long_term.YEARS)
    earlier = long_term.averaged_beyond(each, each.median_follow_up, 5, 0.9)
    assert five[0].value < ten[0].value and five[0].value < earlier[0].value
    for value, low, high in (five, ten, earlier):
        assert low.value < value.value < high.value
    for own in (five, ten, earlier):
        assert own.may_shrink == (own.low.value < 0)
    models = ("exponential", "Weibull", "spline")
    more = {y: sum(by.loc[(m, 12 * y, "share_beyond"), "value"] > 0.5 for m in models) for y in long_term.YEARS}
    assert long_term.mostly_beyond(each) == more


@pytest.mark.parametrize("key", ["netter1", "netter2"])
def test_who_is_left_at_the_end_is_printed(key, ledger, known):
    trial = known[key]
    found = long_term.last_at_risk(ledger, trial)
    rows = papers.table(key, trial.end_points["pfs"].at_risk)[["time", "lu", "control"]].astype(int).set_index("time")
    assert rows.loc[found.time].tolist() == [found.experimental, found.control] and min(found[1:]) > 0
    assert (rows[rows.index > found.time].min(axis=1) == 0).all()


def test_a_share_of_nearly_nothing_is_not_printed():
    assert shares(simulated((0.48, -12.5, 0.73), (0.004, 9, 0.004))) == "48% (below −100 to 73)"
    assert shares(simulated((0.39, -0.21, 0.57), (0.004, 0.11, 0.016))) == "39% (−20 to 56)"
    assert shares(simulated((0.39, -0.996, 0.57), (0.004, 0.11, 0.016))) == "39% (−100 to 56)"


def test_a_time_beyond_the_curves_is_refused(found):
    last = pooling.last_time(found["NETTER-1"])
    check_time("horizon", last, last)
    with pytest.raises(ParameterError, match=f"reach {last:.1f} months; give {int(last)} or less"):
        check_time("horizon", 36, last)
