"""Parameters and covariance: lifelines' own fits, the inverse of numerical curvature, and Rubin's rules by hand."""

import lifelines
import numpy as np
import pytest

from netterbook.methods.extrapolation import SURVIVAL_MODELS, fit_survival
from netterbook.methods.model_parameters import ModelParameters, parameter_rows, parameters, pooled_parameters

RNG = np.random.default_rng(3)
TIME = RNG.weibull(1.3, 120) * 20
EVENT = (TIME < 25).astype(int)
TIME = np.minimum(TIME, 25)


@pytest.mark.parametrize(
    ("model", "fitter", "names"),
    [
        ("Weibull", lifelines.WeibullFitter, ("rho_", "lambda_")),
        ("log-logistic", lifelines.LogLogisticFitter, ("beta_", "alpha_")),
        ("log-normal", lifelines.LogNormalFitter, ("mu_", "sigma_")),
    ],
)
def test_estimates_and_covariance_are_lifelines(model, fitter, names):
    theirs = fitter().fit(TIME, EVENT)
    found = parameters(fit_survival(model, TIME, EVENT), TIME, EVENT)
    scale = np.array(
        [1 / theirs.params_[n] if name.startswith("log ") else 1 for n, name in zip(names, found.names, strict=True)]
    )
    expected = theirs.variance_matrix_.loc[list(names), list(names)].to_numpy() * np.outer(scale, scale)
    values = [
        np.log(theirs.params_[n]) if name.startswith("log ") else theirs.params_[n]
        for n, name in zip(names, found.names, strict=True)
    ]
    assert found.estimates[0] == pytest.approx(values, rel=1e-4)
    assert found.covariance[0] == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("model", SURVIVAL_MODELS)
def test_covariance_holds_what_two_samples_of_it_say(model):
    """Of a sample twice over, estimates are the same and the covariance is half."""
    one = parameters(fit_survival(model, TIME, EVENT), TIME, EVENT)
    twice = np.tile(TIME, 2), np.tile(EVENT, 2)
    two = parameters(fit_survival(model, *twice), *twice)
    assert two.estimates[0] == pytest.approx(one.estimates[0], rel=1e-6, abs=1e-8)
    assert 2 * two.covariance[0] == pytest.approx(one.covariance[0], rel=1e-5)
    assert (np.linalg.eigvalsh(one.covariance[0]) > 0).all()


def test_a_ridge_has_no_parameters():
    time = np.array([[1, 2, 3, 4, 5, 10, 10, 10.0]])
    event = np.array([[1, 1, 1, 1, 1, 0, 0, 0]])
    fit = fit_survival("generalised gamma", time, event)
    if not fit.ridge[0]:
        pytest.fail("this sample is meant to be a ridge")
    assert np.isnan(parameters(fit, time, event).covariance).all()


def test_draws_are_pooled_by_rubins_rules():
    found = ModelParameters(("a",), np.array([[1.0], [3.0], [np.nan]]), np.array([[[0.5]], [[1.5]], [[np.nan]]]))
    estimate, covariance, draws = pooled_parameters(found)
    assert (estimate.tolist(), draws) == ([2.0], 2)
    assert covariance[0, 0] == pytest.approx(1.0 + 1.5 * 2.0)


def test_a_table_has_a_row_for_each_parameter():
    rows = parameter_rows(("a", "b"), np.array([[1.0, 2], [3, 4]]), np.arange(8.0).reshape(2, 2, 2))
    assert rows["parameter"].tolist() == ["a", "b", "a", "b"] and rows["draw"].tolist() == [1, 1, 2, 2]
    assert rows.loc[3, ["cov1", "cov2"]].tolist() == [6, 7] and rows[["cov3", "cov4"]].isna().all(axis=None)


def test_other_patients_than_were_fitted_are_refused():
    with pytest.raises(ValueError, match="1 draws of 120 patients"):
        parameters(fit_survival("Weibull", TIME, EVENT), TIME[1:], EVENT[1:])
