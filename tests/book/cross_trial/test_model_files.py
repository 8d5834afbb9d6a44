"""Parameters in files: what the dictionary says of them gives the fitted curves, and the stored ones are the fits."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import gammainc, gammaincc
from scipy.stats import norm

from netterbook.audit import ensembles
from netterbook.book.cross_trial import model_files
from netterbook.methods import extrapolation

TIMES = np.array([3.0, 12.0, 40.0])


def spline(t, v):
    x, k = np.log(t), [v[f"knot{j}"] for j in range(1, 5)]
    s = v["gamma0"] + v["gamma1"] * x
    for j in (1, 2):
        share = (k[3] - k[j]) / (k[3] - k[0])
        cubic = np.maximum(x - k[j], 0) ** 3 - share * np.maximum(x - k[0], 0) ** 3
        s += v[f"gamma{j + 1}"] * (cubic - (1 - share) * np.maximum(x - k[3], 0) ** 3)
    return np.exp(-np.exp(s))


def generalised_gamma(t, v):
    q, w = v["Q"], (np.log(t) - v["mu"]) / np.exp(v["log sigma"])
    u = q**-2 * np.exp(q * w)
    return gammaincc(q**-2, u) if q > 0 else gammainc(q**-2, u)


FORMULAS = {
    "exponential": lambda t, v: np.exp(-np.exp(v["log rate"]) * t),
    "Weibull": lambda t, v: np.exp(-((t / np.exp(v["log scale"])) ** np.exp(v["log shape"]))),
    "Gompertz": lambda t, v: np.exp(-np.exp(v["log rate"]) / v["shape"] * np.expm1(v["shape"] * t)),
    "log-normal": lambda t, v: norm.sf((np.log(t) - v["mu"]) / np.exp(v["log sigma"])),
    "log-logistic": lambda t, v: 1 / (1 + (t / np.exp(v["log scale"])) ** np.exp(v["log shape"])),
    "generalised gamma": generalised_gamma,
    "spline": spline,
}


@pytest.fixture(scope="module")
def few(ledger, netter2):
    return ensembles.reconstruct(ledger, netter2, "pfs", "nothing", 4, 1)


@pytest.fixture(scope="module")
def fits(few):
    return extrapolation.fit_arms(few, extrapolation.SURVIVAL_MODELS)


def test_the_dictionarys_formulas_give_the_fitted_curves(few, fits):
    table = model_files.of_sets("NETTER-2", "pfs", few, fits)
    for (arm, model, number), own in table.groupby(["arm", "model", "set"]):
        values = own.set_index("parameter")["estimate"]
        fit = fits[model][arm == "experimental"]
        expected = fit.survival(TIMES)[number - 1]
        assert FORMULAS[model](TIMES, values) == pytest.approx(expected, rel=1e-6), (arm, model, number)


def test_every_column_has_its_meaning(few, fits):
    named = [name for names in model_files.FILE_COLUMNS for name in names.split(", ")]
    table = model_files.of_sets("NETTER-2", "pfs", few, fits)
    assert list(table) == named
    pooled = model_files.of_all_sets("NETTER-2", "pfs", few, fits)
    assert list(pooled) == [{"set": "sets"}.get(name, name) for name in named]
    one = pooled[(pooled["arm"] == "control") & (pooled["model"] == "exponential")].iloc[0]
    own = table[(table["arm"] == "control") & (table["model"] == "exponential")]
    assert one.sets == 4 and one.estimate == pytest.approx(own["estimate"].mean())
    assert one.cov1 == pytest.approx(own["cov1"].mean() + 1.25 * own["estimate"].var())


def test_the_stored_file_is_what_the_fits_are(ledger, few, fits):
    stored = pd.read_csv(ledger.folder / model_files.PARAMETERS_FILE)
    assert stored.groupby(["trial", "end_point"]).ngroups == len(model_files.FITTED_ENSEMBLES)
    assert stored.groupby(["trial", "end_point", "arm", "model"])["set"].nunique().eq(ensembles.STORED_DRAWS).all()
    own = stored[(stored["trial"] == "NETTER-2") & (stored["end_point"] == "pfs") & (stored["set"] <= 4)]
    now = model_files.of_sets("NETTER-2", "pfs", few, fits)
    keys = ["arm", "model", "set", "parameter"]
    both = own.merge(now, on=keys, suffixes=("", "_now"))
    assert len(both) == len(now)
    for name in ("estimate", "cov1", "cov2", "cov3", "cov4"):
        np.testing.assert_allclose(both[name], both[f"{name}_now"], rtol=1e-4, atol=1e-7)


def test_all_is_written_that_was_asked_for(ledger, tmp_path, monkeypatch):
    monkeypatch.setattr(model_files, "SURVIVAL_MODELS", ("exponential",))
    (tmp_path / "reconstruction").mkdir()
    found = model_files.store_parameters(ledger, tmp_path, [("netter1", "pfs")])
    assert len(found) == 2 * ensembles.STORED_DRAWS
    assert len(pd.read_csv(tmp_path / model_files.PARAMETERS_FILE)) == len(found)
