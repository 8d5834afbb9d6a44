"""Ranks, their uniformity, and trials drawn from a prior whose posterior is known."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from references import reference
from scipy.stats import kstest
from small_trials import small

from netterbook.errors import Conflict, ParameterError
from netterbook.reconstruction import Reconstruction, calibration
from netterbook.reconstruction.calibration import (
    RANKED,
    by_quantity,
    calibrate,
    calibrate_trials,
    thinned,
    uniform_rank,
    uniformity,
    verdicts,
)
from netterbook.reconstruction.known import PriorTrial
from netterbook.reconstruction.pieces import Workers

# ---- ranks


def test_a_rank_is_between_the_draws_beside_it():
    rng = np.random.default_rng(1)
    draws = np.arange(1.0, 10.0)
    for truth, below in ((0.5, 0), (4.5, 4), (9.5, 9)):
        ranks = [uniform_rank(truth, draws, rng) for _ in range(500)]
        assert below / 10 <= min(ranks) < below / 10 + 0.01 and below / 10 + 0.09 < max(ranks) <= (below + 1) / 10


@pytest.mark.parametrize("sort", ["continuous", "atoms", "not reached"])
def test_ranks_of_one_more_draw_are_uniform(sort):
    """Whatever the distribution: with ties, and with inf."""
    rng = np.random.default_rng(2)
    value = rng.normal(size=(4000, 20))
    if sort == "atoms":
        value = np.round(value)
    elif sort == "not reached":
        value = np.where(value > 0.3, np.inf, value)
    ranks = [uniform_rank(row[0], row[1:], rng) for row in value]
    assert kstest(ranks, "uniform").pvalue > 0.01


def test_ties_hold_to_the_last_digit_of_a_computation():
    ranks = [uniform_rank(0.3, np.full(9, 0.1 + 0.2), np.random.default_rng(seed)) for seed in range(200)]
    assert min(ranks) < 0.02 and max(ranks) > 0.98


def test_no_rank_without_truth_or_draws():
    rng = np.random.default_rng(1)
    assert np.isnan(uniform_rank(np.nan, np.arange(3.0), rng))
    assert np.isnan(uniform_rank(1.0, np.full(3, np.nan), rng))
    assert uniform_rank(5.0, np.array([1.0, np.nan]), rng) > 0.5


# ---- thinning


def autoregressive(rng, chains, length, persistence):
    noise = rng.normal(size=(length, chains))
    state = np.zeros_like(noise)
    for i in range(length):
        state[i] = persistence * state[i - 1] + noise[i] if i else noise[0] / np.sqrt(1 - persistence**2)
    return state.ravel()  # one draw of each chain in turn


def test_independent_draws_are_all_kept():
    draws = np.random.default_rng(1).normal(size=400)
    assert np.array_equal(thinned(draws, 8), draws)


def test_dependent_draws_are_thinned_until_they_are_independent():
    rng = np.random.default_rng(3)
    kept = [thinned(autoregressive(rng, 4, 200, 0.8), 4) for _ in range(50)]
    share = np.mean([len(draws) for draws in kept]) / 800
    assert 0.05 < share < 0.2  # (1 - 0.8) / (1 + 0.8) of the draws count
    lagged = [np.corrcoef(draws[:-4], draws[4:])[0, 1] for draws in kept]
    assert abs(np.mean(lagged)) < 0.2


def test_few_draws_are_left_as_they_are_and_inf_counts():
    assert len(thinned(np.arange(20.0), 8)) == 20
    assert len(thinned(np.where(np.random.default_rng(1).random(400) < 0.5, np.inf, 1.0), 8)) > 200


# ---- uniformity


@pytest.mark.parametrize("ranks", [50, 100, 250])
def test_bands_are_those_of_arviz(ranks):
    """Both find the pointwise level by simulation, so that a count may differ by one."""
    expected = reference("ecdf_bands").query("ranks == @ranks")
    found = uniformity(np.random.default_rng(1).random(ranks))
    assert np.allclose(found.points, expected["point"])
    for side in ("low", "high"):
        counts = np.round((getattr(found, side) + found.points) * ranks)
        assert np.abs(counts - expected[side]).max() <= 1
        assert np.mean(counts == expected[side]) > 0.4


def test_bands_hold_all_of_nineteen_in_twenty_uniform_samples():
    rng = np.random.default_rng(4)
    found = [uniformity(rng.random(120)) for _ in range(1500)]
    assert 0.935 < np.mean([one.inside for one in found]) < 0.965
    assert all(one.inside == (one.p > 0.05) for one in found)
    assert kstest([one.p for one in found], "uniform").statistic < 0.06


@pytest.mark.parametrize(
    ("shape", "fault"),
    [((1.4, 1.4), "too wide"), ((0.7, 0.7), "too narrow"), ((1, 1.25), "too high"), ((1.25, 1), "too low")],
)
def test_faults_are_seen_in_a_thousand_ranks(shape, fault):
    found = uniformity(np.random.default_rng(5).beta(*shape, 1000))
    assert not found.inside and found.p < 0.01
    quarter, middle = found.difference[24], found.difference[49]
    expected = {"too wide": quarter < 0, "too narrow": quarter > 0, "too high": middle > 0, "too low": middle < 0}
    assert expected[fault]


def test_a_wider_level_has_a_wider_band():
    ranks = np.random.default_rng(6).random(300)
    narrow, wide = uniformity(ranks, 0.5), uniformity(ranks, 0.99)
    assert (wide.high >= narrow.high).all() and (wide.low <= narrow.low).all() and (wide.high > narrow.high).any()
    assert wide.p == narrow.p


@pytest.mark.parametrize(("ranks", "level"), [(np.full(20, np.nan), 0.95), (np.linspace(0, 1, 9), 0.95),
                                              (np.linspace(0, 1, 20), 95)])  # fmt: skip
def test_too_few_ranks_or_no_level_are_refused(ranks, level):
    with pytest.raises(ParameterError, match="give ten or more"):
        uniformity(ranks, level)


# ---- trials from a prior


def scaled(rng, spread=0.5):
    """A trial of 50 patients whose times are those of another, multiplied by one number from the prior."""
    known, scale = small(), np.exp(spread * rng.normal())
    at_risk = pd.DataFrame({"arm": [0, 0, 1, 1], "time": [0, 3, 0, 3], "n_risk": [24, 18, 26, 20]})
    told = known.summaries | {"landmark": "3"}
    return PriorTrial(known.time * scale, known.event, known.arm, at_risk, known.arms, told)


@pytest.fixture
def posterior(monkeypatch):
    """Draws from the prior, which is the posterior where nothing that is given tells of the number."""
    asked = []

    def draw(at_risk, arms, summaries, draws, seed, jobs, spread=0.5, **options):
        asked.append((set(summaries), options))
        rng = np.random.default_rng([seed, 5])
        known, scale = small(), np.exp(spread * rng.normal(size=draws))
        return Reconstruction(known.time * scale[:, None], np.tile(known.event, (draws, 1)), known.arm, (), draws)

    def use(**options):
        monkeypatch.setattr(calibration, "from_summaries", partial(draw, **options))
        return asked

    return use


def test_draws_from_the_posterior_are_uniform(posterior):
    posterior()
    table = calibrate_trials(scaled, range(160), 40, 1)
    found = by_quantity(table)
    assert list(found) == list(RANKED)
    assert {name: one.ranks for name, one in found.items()} == dict.fromkeys(RANKED, 40) | {"rmst0": 160, "rmst1": 160}
    for name in ("median0", "median1", "survival0", "survival1", "rmst0", "rmst1"):
        assert found[name].inside, name


def test_draws_that_are_too_narrow_are_seen(posterior):
    posterior(spread=0.15)
    table = verdicts(calibrate_trials(scaled, range(160), 40, 1)).set_index("quantity")
    assert not table.loc[["median0", "median1", "rmst0", "rmst1"], "inside"].any()
    assert table.loc["rmst0", "P"] < 0.001 and table.loc["rmst0", "ranked"] == 160


def test_each_trial_withholds_one_thing_and_hands_over_its_options(posterior):
    asked = posterior()

    def told(rng):
        return scaled(rng)._replace(options={"scans": [3.0, 6.0]})

    table = calibrate_trials(told, range(4), 8, 1)
    all_of_them = set(small().summaries)
    assert [sorted({name.rstrip("01") for name in all_of_them - given if "_" not in name}) for given, _ in asked] == [
        ["hr"], ["landmark", "lm"], ["median"], []
    ]  # fmt: skip
    assert all(options == {"scans": [3.0, 6.0], "budget": 1} for _, options in asked)
    own = table[table["own"]].groupby("trial")["quantity"].agg(list)
    means = ["rmst0", "rmst1"]
    assert own.tolist() == [["hr", *means], ["survival0", "survival1", *means], ["median0", "median1", *means], means]


def test_trials_without_patients_are_counted(monkeypatch):
    def refuse(*_, **__):
        raise Conflict("none")

    monkeypatch.setattr(calibration, "from_summaries", refuse)
    table = calibrate_trials(scaled, range(2), 8, 1)
    assert table["rank"].isna().all() and (table[["kept", "draws"]] == 0).all(axis=None) and len(table) == 14
    judged = verdicts(table).set_index("quantity")
    assert judged.loc["rmst0", ["ranked", "without"]].tolist() == [0, 2]
    assert judged[["P", "inside"]].isna().all(axis=None)


def test_too_few_ranks_are_not_judged(posterior):
    posterior()
    judged = verdicts(calibrate_trials(scaled, range(12), 8, 1)).set_index("quantity")
    assert judged["ranked"].to_dict() == dict.fromkeys(RANKED, 3) | {"rmst0": 12, "rmst1": 12}
    assert judged["P"].notna().to_dict() == dict.fromkeys(RANKED, False) | {"rmst0": True, "rmst1": True}


def test_times_of_quantities_follow_from_what_is_printed():
    trial = scaled(np.random.default_rng(1))
    assert trial.when("hr") is None and trial.when("median0") is None and trial.when("survival1") == 3
    table = pd.DataFrame({"arm": [0, 0, 0, 1, 1, 1], "time": [0, 6, 12] * 2, "n_risk": [24, 3, 0, 26, 9, 1]})
    assert trial._replace(at_risk=table).when("rmst1") == 6


def test_calibration_in_pieces_is_the_same_and_goes_on(posterior, tmp_path):
    posterior()
    steps = []
    whole = calibrate(scaled, 24, 8, 3, Workers(1), tmp_path, lambda: steps.append(1))
    assert len(steps) == 3 == len(list(tmp_path.iterdir()))
    one = pd.concat([calibrate_trials(scaled, range(a, b), 8, 3) for a, b in ((0, 10), (10, 20), (20, 24))])
    pd.testing.assert_frame_equal(whole, one.reset_index(drop=True), check_exact=True)
    posterior(spread=9.0)  # would show
    again = calibrate(scaled, 24, 8, 3, Workers(1), tmp_path)
    pd.testing.assert_frame_equal(again, whole, check_exact=True)
