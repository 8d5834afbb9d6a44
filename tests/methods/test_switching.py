"""Each way to undo crossover is right where its assumption holds, and wrong where it does not."""

import lifelines
import numpy as np
import pandas as pd
import pytest

from netterbook.methods import patients
from netterbook.methods.crossover import CrossoverTrial, rpsft, simulate_trial
from netterbook.methods.switching import two_stage, weighted

ABOUT = {"median_os": 36.3, "median_progression": 8.5, "share": 0.4, "follow_up": (60, 96)}
LARGE = (20_000, 20_000)


@pytest.mark.parametrize("after", [1.0, 0.0])
def test_by_chance_both_find_the_truth_whatever_crossover_does(after):
    trial = simulate_trial(0.5, n=LARGE, seed=1, effect_after=after, **ABOUT)
    assert two_stage(trial) == pytest.approx(0.5, abs=0.012)
    assert weighted(trial) == pytest.approx(0.5, abs=0.012)
    itt = patients.cox(trial.time, trial.event, trial.arm).hr
    assert (itt > 0.55) == (after == 1.0)


def test_where_those_who_live_longer_cross_over_both_overcorrect_and_the_rank_preserving_model_does_not():
    trial = simulate_trial(0.5, n=(3000, 3000), seed=2, selection=0.5, **ABOUT)
    assert two_stage(trial) < 0.46 and weighted(trial) < 0.46
    assert np.exp(rpsft(*trial[:5]).psi) == pytest.approx(0.5, abs=0.03)


def test_selection_keeps_the_share_and_changes_who():
    for selection in (0.0, 0.5):
        trial = simulate_trial(0.8, n=LARGE, seed=3, selection=selection, **ABOUT)
        control = trial.arm == 0
        assert trial.crossed[control].mean() == pytest.approx(0.4, abs=0.02)
    rest = (trial.time - trial.progression)[control & (trial.progression < trial.time)]
    crossed = trial.crossed[control & (trial.progression < trial.time)]
    assert np.median(rest[crossed]) > 1.5 * np.median(rest[~crossed])
    with pytest.raises(ValueError, match="needs chances of crossover above 1"):
        simulate_trial(0.8, n=LARGE, selection=0.5, **(ABOUT | {"share": 0.7}))


def test_the_weighted_ratio_is_lifelines():
    trial = simulate_trial(0.6, n=(150, 150), seed=4, **ABOUT)
    control, seen = trial.arm == 0, trial.progression < trial.time
    stayed, left = control & seen & ~trial.crossed, trial.crossed
    weight = 1 + left.sum() / stayed.sum()
    rows = []
    for i in range(300):
        if left[i]:
            rows.append((0, trial.progression[i], 0, 0, 1.0))
        elif stayed[i]:
            rows.append((0, trial.progression[i], 0, 0, 1.0))
            rows.append((trial.progression[i], trial.time[i], trial.event[i], 0, weight))
        else:
            rows.append((0, trial.time[i], trial.event[i], trial.arm[i], 1.0))
    frame = pd.DataFrame(rows, columns=["start", "stop", "event", "arm", "weight"])
    fitter = lifelines.CoxPHFitter().fit(frame, "stop", "event", entry_col="start", weights_col="weight", robust=True)
    assert weighted(trial) == pytest.approx(fitter.hazard_ratios_["arm"], rel=1e-5)


def test_without_crossover_there_is_nothing_to_compare():
    trial = simulate_trial(0.6, n=(50, 50), seed=5, **(ABOUT | {"share": 0.0}))
    for method in (two_stage, weighted):
        with pytest.raises(ValueError, match="some must cross over"):
            method(trial)
    alive = CrossoverTrial(
        np.array([5.0, 5, 5]), np.zeros(3, int), np.array([0, 0, 1]), np.array([2.0, 0, 5]), np.full(3, 5.0),
        np.array([True, False, False]), np.array([3.0, 2, 9]),
    )  # fmt: skip
    with pytest.raises(ValueError, match="no death after progression"):
        two_stage(alive)
