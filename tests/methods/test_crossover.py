"""Reference values are R's, written by reference/comparison.R."""

from math import exp, log
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from references import reference

from netterbook import facts
from netterbook.methods import patients
from netterbook.methods.crossover import counterfactual, diluted_hr, dilution, rpsft, simulate_trial, undiluted_hr
from netterbook.papers import data_dir

REFERENCE = Path(__file__).parents[1] / "reference"
NETTER1 = {"median_os": 36.3, "median_progression": 8.5, "follow_up": (60, 100)}


def test_the_model_is_rs():
    """R's survdiff and a bisection; the trial of crossover_input.py."""
    data = pd.read_csv(REFERENCE / "crossover_input.csv")
    r = reference("crossover_rpsft").iloc[0]
    found = rpsft(data.time, data.event, data.arm, data.on, data.end)
    assert (found.psi, found.low, found.high) == pytest.approx((r.psi, r.low, r.high), abs=5.1e-7)  # half of 1e-6
    assert (found.hr, found.itt_hr) == pytest.approx((r.hr, r.itt), rel=1e-6)
    untreated = counterfactual(data.time, data.event, data.arm, data.on, data.end, -0.5)
    assert patients.log_rank(*untreated, data.arm).z == pytest.approx(r.z)


def test_counterfactual_times_by_hand():
    half, arm = log(0.5), [0, 0]
    # 4 off and 6 on treatment: 4 + 3 untreated, and followed to at most 20 / 2; a death at 9 + 1.5 comes too late
    time, event = counterfactual([10, 12], [1, 1], arm, [6, 3], [20, 20], half)
    assert time.tolist() == pytest.approx([7, 10]) and event.tolist() == [1, 0]
    time, event = counterfactual([10, 12], [1, 0], arm, [6, 3], [20, 12], 0)
    assert time.tolist() == [10, 12] and event.tolist() == [1, 0]
    # arms whose patients were all treated alike keep their follow-up
    time, event = counterfactual([10, 12, 18], [1, 0, 1], [1, 1, 0], [10, 12, 0], [20, 12, 20], half)
    assert time.tolist() == pytest.approx([5, 6, 18]) and event.tolist() == [1, 0, 1]
    time, event = counterfactual([10, 18], [1, 1], [1, 0], [10, 0], [12, 20], -half)
    assert time.tolist() == pytest.approx([20, 18]) and event.tolist() == [1, 1]


def test_the_true_factor_is_recovered():
    """Thirty trials with three quarters crossing over: the mean estimate, and the intervals' coverage."""
    truth, estimates, covered, itt = log(0.6), [], 0, []
    for seed in range(30):
        trial = simulate_trial(0.6, share=0.75, n=(200, 200), seed=seed, **NETTER1)
        found = rpsft(*trial[:5])
        estimates.append(found.psi)
        covered += found.low <= truth <= found.high
        itt.append(log(found.itt_hr))
    error = np.std(estimates) / np.sqrt(30)
    assert abs(np.mean(estimates) - truth) < 3 * error
    assert covered >= 25  # 95% intervals: binomial(30, 0.95) is at least 25 with 99%
    assert np.mean(itt) > truth + 3 * error  # intention to treat shows less


def test_no_crossover_gives_the_exponential_hazard_ratio():
    trial = simulate_trial(0.5, share=0, n=(4000, 4000), seed=3, **NETTER1)
    found = rpsft(*trial[:5])
    assert exp(found.psi) == pytest.approx(0.5, rel=0.06)
    assert found.hr == pytest.approx(found.itt_hr, rel=1e-6)
    assert (trial.on_treatment[trial.arm == 0] == 0).all() and not trial.crossed.any()


def test_a_large_trial_with_crossover():
    trial = simulate_trial(0.5, share=0.7, n=(5000, 5000), seed=4, **NETTER1)
    found = rpsft(*trial[:5])
    assert found.psi == pytest.approx(log(0.5), abs=0.1)
    assert found.hr == pytest.approx(0.5, rel=0.1) and found.itt_hr > 0.65


def test_no_effect_is_found_where_there_is_none():
    trial = simulate_trial(1.0, share=0.5, n=(2000, 2000), seed=5, **NETTER1)
    found = rpsft(*trial[:5])
    assert found.low < 0 < found.high and abs(found.psi) < 0.2


def test_the_interval_agrees_with_the_intention_to_treat_test():
    for seed in range(10):
        trial = simulate_trial(0.7, share=0.6, n=(80, 80), seed=seed, **NETTER1)
        found = rpsft(*trial[:5])
        p = patients.log_rank(trial.time, trial.event, trial.arm).p
        assert p < 0.05 or found.low <= 0 <= found.high
        assert p > 0.01 or not found.low <= 0 <= found.high


# Simulated trials


def test_simulated_patients():
    trial = simulate_trial(0.5, share=0.36, n=(20000, 20000), seed=6, **NETTER1)
    control = trial.arm == 0
    assert trial.crossed[control].mean() == pytest.approx(0.36, abs=0.012)  # a few are censored before
    assert not trial.crossed[~control].any()
    assert (trial.on_treatment <= trial.time).all() and (trial.time <= trial.end).all()
    assert (trial.on_treatment[~control] == trial.time[~control]).all()
    treated = patients.kaplan_meier(trial.time[~control], trial.event[~control])
    assert treated.at([36.3])[0] == pytest.approx(exp(-log(2) * 0.5), abs=0.01)
    assert ((trial.end >= 60) & (trial.end <= 100)).all()


def test_published_shares_can_be_simulated():
    """PROMID, RADIANT-3 and NETTER-1: the share who crossed over, at the control medians of their facts."""
    known = facts.read(data_dir())
    assert "88.4% of placebo crossed" in known["F168"].population
    assert "85% crossover" in known["F173"].population
    assert known["F062"].text == "36"
    for share, os, progression in ((0.884, 83.7, 6.0), (0.85, 37.7, 4.6), (0.36, 36.3, 8.4)):
        assert 0.5 < diluted_hr(0.5, os, progression, share, (60, 96), n=4000) < 1


def test_dilution_grows_with_the_share_and_vanishes_without():
    table = dilution([0.5, 0.8, 1.0], [0, 0.4, 0.8], 36.3, 8.5, (60, 100)).set_index(["hr", "share"]).diluted
    for hr in (0.5, 0.8):
        values = table.loc[hr].tolist()
        assert values[0] == pytest.approx(hr, rel=0.03)
        assert values == sorted(values) and values[-1] < 1.03
    assert table.loc[1.0].tolist() == pytest.approx([1] * 3, abs=0.03)


def test_an_effect_lost_after_progression_dilutes_less():
    full, none = (diluted_hr(0.5, 36.3, 8.5, 0.7, (60, 100), effect_after=e) for e in (1, 0))
    assert none == pytest.approx(0.5, rel=0.03) and full > 0.65


def test_dilution_turned_round():
    true = undiluted_hr(0.84, 36.3, 8.5, 0.36, (60, 100))
    assert true < 0.84
    # steps, as a death enters or leaves the follow-up, are of 1e-4 at most
    assert diluted_hr(true, 36.3, 8.5, 0.36, (60, 100)) == pytest.approx(0.84, abs=1e-4)
    below, above = (diluted_hr(true * factor, 36.3, 8.5, 0.36, (60, 100)) for factor in (1 - 2e-6, 1 + 2e-6))
    assert below <= 0.84 <= above
    with pytest.raises(ValueError, match="no true hazard ratio"):
        undiluted_hr(0.01, 36.3, 8.5, 0.36, (60, 100))


# Bad input


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"hr": 0}, "hr must be positive, not 0"), ({"median_os": np.nan}, "median_os must be positive"),
     ({"share": 0.9}, "0.810 of the control patients progress"), ({"share": -0.1}, "cannot cross over"),
     ({"share": np.nan}, "cannot cross over"), ({"follow_up": (50, 20)}, "shortest <= longest"),
     ({"n": (0, 5)}, "both arms"), ({"effect_after": 2}, "from 0 to 1")],
)  # fmt: skip
def test_trials_that_cannot_be(changed, message):
    with pytest.raises(ValueError, match=message):
        simulate_trial(**({"hr": 0.5, "share": 0.3, "n": (10, 10)} | NETTER1 | changed))


@pytest.mark.parametrize(
    ("on", "end", "level", "message"),
    [([0, 5, 0, 1], [9] * 4, 0.95, "patient 1: 5 on treatment of 2"), ([0, 1, -1, 1], [9] * 4, 0.95, "patient 2"),
     ([0, 1, 0, 1], [9, 1, 9, 9], 0.95, "followed to 1"), ([0, 1, 0], [9] * 4, 0.95, "value of on_treatment"),
     ([0, 1, 0, np.nan], [9] * 4, 0.95, "finite value of on_treatment"), ([0, 1, 0, 1], [9] * 3, 0.95, "of end"),
     ([0, 2, 0, 4], [9] * 4, 1.0, "between 0 and 1")],
)  # fmt: skip
def test_bad_patients(on, end, level, message):
    with pytest.raises(ValueError, match=message):
        rpsft([1, 2, 3, 4], [1, 1, 1, 1], [0, 1, 0, 1], on, end, level)
