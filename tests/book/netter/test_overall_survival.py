"""The interim analysis of overall survival against the printed numbers and normal theory."""

from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from final_sets import FEW, FEWER, final_sets, store_final

from netterbook import facts, papers
from netterbook.audit import ensembles, recovered
from netterbook.audit.final_analysis import kept_back
from netterbook.book.netter import figures, overall_survival
from netterbook.text import fill

NORMAL = NormalDist()
DEATHS, LATE = 14 + 26, 142


@pytest.fixture(scope="module")
def about(ledger, known):
    """What every function takes first."""
    return ledger, known["netter1"]


@pytest.fixture(scope="module")
def plain(about):
    """Trials at the final hazard ratio without crossover, for which normal theory holds."""
    return overall_survival.simulate(*about, 0.84, 0, 1)


@pytest.fixture(scope="module")
def crossed(about):
    return overall_survival.simulate(*about, 0.84, 0.36, 1)


def test_the_boundary_is_the_threshold_of_the_ledger(ledger, about):
    found = overall_survival.boundary(*about)
    assert ledger["netter1.results.os_threshold"].point.text == f"{found.boundary:.6f}" == "0.000085"
    assert found.looked == DEATHS / 158
    assert found.p == float(ledger["netter1.results.os_p"].point.text) == 0.004


def test_the_boundary_keeps_to_a_level_of_5_per_cent(about):
    """By simulation of both looks under no effect, half way and at the end as the design has them."""
    found = overall_survival.boundary(*about)
    at_end = np.interp(1, found.fractions, found.boundaries)
    half = np.interp(0.5, found.fractions, found.boundaries)
    first, second = np.random.default_rng(8).normal(size=(2, 400_000))
    last = (first + second) / sqrt(2)
    critical = [-NORMAL.inv_cdf(level / 2) for level in (half, at_end)]
    crossed = (abs(first) > critical[0]) | (abs(last) > critical[1])
    assert crossed.mean() == pytest.approx(0.05, abs=4 * sqrt(0.05 * 0.95 / 400_000))
    assert np.all(np.diff(found.boundaries) > 0)
    z = -np.array([NORMAL.inv_cdf(p / 2) for p in found.boundaries])
    assert z * np.sqrt(found.fractions) == pytest.approx(z[-1])  # O'Brien and Fleming: constant on the score


def test_the_final_hazard_ratio_is_the_reference_fact(ledger, about):
    fact = facts.read(ledger.folder)["F061"]
    assert fact.quantity == "OS HR"
    assert overall_survival.final_hr(*about) == fact.value == 0.84
    assert overall_survival.interim_hr(*about) == 0.40


def test_simulated_trials_scatter_as_normal_theory_says(plain):
    """Schoenfeld: a variance of 4 / deaths; interim and final correlate by the root of the share of deaths."""
    early, late = np.log(plain.interim_hr), np.log(plain.final_hr)
    trials = len(early)
    assert trials == len(late) == 2000
    noise = 4 / sqrt(2 * trials)  # four standard errors of a standard deviation, relative
    assert early.std() == pytest.approx(sqrt(4 / DEATHS), rel=noise + 0.05)  # 5% for so few deaths
    assert late.std() == pytest.approx(sqrt(4 / LATE), rel=noise + 0.05)
    correlation = sqrt(DEATHS / LATE)
    assert np.corrcoef(early, late)[0, 1] == pytest.approx(correlation, abs=4 * (1 - correlation**2) / sqrt(trials))
    assert late.mean() == pytest.approx(log(0.84), abs=4 * late.std() / sqrt(trials) + 0.01)
    assert (plain.crossed == 0).all()
    assert (plain.interim_month < plain.final_month).all()


def test_the_chance_is_analytic_and_simulated(plain, about):
    found = overall_survival.shrinkage(*about, plain, 0.84, 0.95)
    chance = NORMAL.cdf((log(0.40) - log(0.84)) * sqrt(DEATHS / 4))
    assert found.chance == pytest.approx(chance)
    assert found.simulated.value == (plain.interim_hr <= 0.40).mean()
    assert found.simulated.value == pytest.approx(chance, abs=4 * sqrt(chance * (1 - chance) / 2000))
    assert found.simulated.error == pytest.approx(sqrt(chance * (1 - chance) / 2000), rel=0.3)
    assert (found.trials, found.crossed, found.any) == (2000, 0, True)
    # The final estimate pools the interim one, of its share of the deaths, with the truth; 0.36: mean of those seen
    low, expected, high = (hr ** (DEATHS / LATE) * 0.84 ** (1 - DEATHS / LATE) for hr in (0.20, 0.36, 0.40))
    assert low < found.ending.value <= high + 0.05
    assert found.ending.value == pytest.approx(expected, abs=0.06)


def test_the_sceptical_prior_by_hand(plain, about):
    """Inverse-variance mean of the estimate, variance 4 / 40, and of no effect, 95% from 0.5 to 2."""
    found = overall_survival.shrinkage(*about, plain, 0.84, 0.9)
    weights = DEATHS / 4, (1.959964 / log(2)) ** 2
    centre, error = weights[0] * log(0.40) / sum(weights), sqrt(1 / sum(weights))
    z = NORMAL.inv_cdf(0.95)
    assert found.shrunk == pytest.approx([exp(centre + k * z * error) for k in (0, -1, 1)], rel=1e-5)


def test_crossover_moves_the_final_hazard_ratio_to_one_and_the_interim_less(plain, crossed, about):
    assert crossed.crossed.mean() == pytest.approx(0.36, abs=0.04)
    final = np.log(crossed.final_hr).mean()
    assert log(0.84) < np.log(plain.final_hr).mean() + 0.02
    assert np.log(plain.final_hr).mean() < final < 0
    found = overall_survival.shrinkage(*about, crossed, 0.84, 0.95)
    assert found.all.value == pytest.approx(exp(final))
    assert found.all.error == pytest.approx(exp(final) * np.log(crossed.final_hr).std() / sqrt(2000))
    assert found.crossed == crossed.crossed.mean()


ENDING = "{any:{ending:.2f}|no value (there are none)}"


@pytest.mark.parametrize("crossover", [0, 0.75])
@pytest.mark.parametrize("true_hr", [0.11, 0.2, 2.5, 2.99])
def test_the_whole_range_of_the_parameters_gives_numbers_and_a_figure(true_hr, crossover, about):
    trials = overall_survival.simulate(*about, true_hr, crossover, 3)
    found = overall_survival.shrinkage(*about, trials, true_hr, 0.999)
    assert np.isfinite([found.chance, *found.simulated, found.crossed, *found.all, *found.shrunk]).all()
    settled = found.all.value
    if crossover == 0:  # the mean of two thousand, biased by a few per cent at such ratios
        assert settled == pytest.approx(true_hr, rel=0.05, abs=0.005)
    else:  # toward one
        assert abs(log(settled)) < abs(log(true_hr)) - 0.1
        assert (settled > 1) == (true_hr > 1)
    assert found.any == np.isfinite(found.ending.value)
    assert found.any or true_hr > 1
    figures.interim_shrinkage(trials, 0.40, 0.84, true_hr, "NETTER-1")


def test_where_no_trial_is_so_extreme_the_chapter_says_so(about):
    trials = overall_survival.simulate(*about, 2.99, 0, 1)
    assert not (trials.interim_hr <= 0.40).any()
    found = overall_survival.shrinkage(*about, trials, 2.99, 0.95)
    assert fill(ENDING, found._asdict()) == "no value (there are none)"


# ---- The final analysis


def test_the_table_holds_what_is_printed_beside_what_is_stored(data_copy, monkeypatch, known):
    store, trial = store_final(data_copy, monkeypatch), known["netter1"]
    table = overall_survival.final_numbers(store, trial)
    assert len(table) == 13
    row = table[(table["kind"] == "mean low") & (table["arm"] == "control")].iloc[0]
    assert (row.printed, row.time, row.is_count, row.is_p) == ("18.0", 24, False, False)
    limits = next(one for one in kept_back(store, trial) if one.id == "F228 low").read(final_sets())
    assert row.value == pytest.approx(np.median(limits), abs=np.ptp(limits) / 10)
    assert table.loc[table["is_count"], "kind"].tolist() == ["early", "early", "deaths"]
    assert table.loc[table["is_p"], "printed"].tolist() == ["0.034"]
    agreement = overall_survival.final_agreement(store)
    assert (agreement.numbers, agreement.sets, agreement.seeds) == (13, 2 * FEW + FEWER, 3)
    assert agreement.recovered == table["recovered"].sum()
    assert agreement.effective <= 2 * FEW


def test_early_deaths_are_counted_and_estimated(about):
    sets = final_sets()
    found = overall_survival.early_deaths(*about, sets)
    assert (found.time, found.hr) == (24, (0.84, 0.60, 1.17))
    assert found.printed == {"experimental": "26/117 (22.2%)", "control": "39/114 (34.2%)"}
    for code, group in ((0, "control"), (1, "experimental")):
        counted = [((t <= 24) & (e == 1)).mean() for t, e in (sets.own(i, code) for i in range(FEW))]
        assert getattr(found.counted, group).value == np.median(counted)
        assert getattr(found.estimated, group).value > getattr(found.counted, group).value  # some leave before
        assert 0 < getattr(found.lost, group).value < 0.4
        assert 0 < getattr(found.counted, group).error < 0.05


def test_without_stored_estimates_the_table_is_empty_and_says_how_many_there_are(data_copy, known):
    (data_copy / recovered.STORE).unlink(missing_ok=True)
    store = papers.load(data_copy)
    assert overall_survival.final_numbers(store, known["netter1"]).empty
    found = overall_survival.final_agreement(store)
    assert (found.numbers, found.recovered, found.level) == (0, 0, 0.95)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_of_the_interim_hazard_ratio_by_hand(about, level):
    """From P = 0.004, from 14 and 26 deaths, and from patients that agree with both."""
    sets = ensembles.reconstruct(*about, "os", "nothing", 20, 1)
    table = overall_survival.interim_intervals(*about, sets, level).set_index("kind")
    z = NORMAL.inv_cdf((1 + level) / 2)
    errors = {"p": -log(0.4) / NORMAL.inv_cdf(1 - 0.002), "events": sqrt(1 / 14 + 1 / 26)}
    for kind, error in errors.items():
        expected = [0.4, 0.4 * exp(-z * error), 0.4 * exp(z * error)]
        assert table.loc[kind, ["hr", "low", "high"]].tolist() == pytest.approx(expected)
        assert (table.loc[kind, ["hr_error", "low_error", "high_error"]] == 0).all()
    found = table.loc["sets", ["hr", "low", "high"]].astype(float)
    assert found.tolist() == pytest.approx(table.loc["events", ["hr", "low", "high"]].astype(float).tolist(), rel=0.02)
    assert found["high"] < 1
