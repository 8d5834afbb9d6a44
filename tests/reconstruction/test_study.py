"""One trial assessed, and a study of many."""

import numpy as np
import pandas as pd
import pytest
from short_chains import thorough
from small_trials import small

from netterbook import papers
from netterbook.errors import Conflict, ParameterError
from netterbook.methods import patients
from netterbook.precision import DIGITS, share_error
from netterbook.reconstruction import Reconstruction
from netterbook.reconstruction import study as studying
from netterbook.reconstruction.accuracy import stored_results
from netterbook.reconstruction.pieces import Workers
from netterbook.reconstruction.public_trials import public_trials
from netterbook.reconstruction.simulated_trials import simulated_trial
from netterbook.reconstruction.study import RESULT, Setting, assess, assess_curve, assess_summaries, known_trials, study

pytestmark = pytest.mark.usefixtures("short_chains")

SETTINGS = {
    "clean curve": ["events0", "events1", "hr", "median0", "median1", "rmst0", "rmst1"],
    "noisy clicks": ["events0", "events1", "hr", "median0", "median1", "rmst0", "rmst1"],
    "HR withheld": ["hr", "rmst0", "rmst1"],
    "rates withheld": ["survival0", "survival1"],
    "medians withheld": ["median0", "median1"],
    "RMST withheld": ["rmst0", "rmst1"],
}


@pytest.fixture(scope="module")
def alone():
    return study([small(1), small(2)], draws=3, seed=5, workers=Workers(1))


# ---- settings


def test_settings_tell_what_is_known_then_withhold_and_mislead():
    plain, scanned, coarse, both = (
        [setting[1:] for setting in studying.settings(trial)]
        for trial in (small(), simulated_trial(1), simulated_trial(31), simulated_trial(37))
    )
    assert plain == [("none", "none")] * 4
    assert scanned == [("given", "none")] * 4 + [("withheld", "none")] * 4 + [("wrong", "none")] * 4
    assert coarse == [("none", "given")] * 4 + [("none", "withheld")] * 4
    assert both == [pair for pair in [("given", "given"), ("withheld", "given"), ("wrong", "given"),
                                      ("given", "withheld")] for _ in range(4)]  # fmt: skip
    assert [setting.withheld for setting in studying.settings(small())] == ["HR", "rates", "medians", "RMST"]
    assert [Setting("HR", *pair).informed for pair in both[::4]] == [True, False, False, False]


def test_options_are_the_trials_own():
    trial = simulated_trial(37)
    told = {setting[1:]: setting.given(trial)[1] for setting in studying.settings(trial)}
    assert told == {
        ("given", "given"): {"scans": list(trial.scans), "time_step": 1.0},
        ("withheld", "given"): {"time_step": 1.0},
        ("wrong", "given"): {"scans": list(trial.wrong_scans), "time_step": 1.0},
        ("given", "withheld"): {"scans": list(trial.scans)},
    }


# ---- one trial


@pytest.fixture
def refused(monkeypatch):
    """Every reconstruction from summaries finds nobody; what it was given."""
    given = []

    def refuse(at_risk, arms, summaries, **options):
        given.append((set(summaries), options))
        raise Conflict("none")

    monkeypatch.setattr(studying, "from_summaries", refuse)
    return given


def test_what_is_withheld_is_not_given(refused):
    trial = small()
    table = assess_summaries(trial, draws=9, seed=4)
    without = [set(trial.summaries) - names for names, _ in refused]
    assert without == [
        {"hr", "hr_lo", "hr_hi", "logrank_p"},
        {"landmark", *(f"lm{arm}{end}" for arm in "01" for end in ("", "_lo", "_hi"))},
        {f"median{arm}{end}" for arm in "01" for end in ("", "_lo", "_hi")},
        set(),
    ]
    assert all(options == {"draws": 9, "seed": 4, "jobs": 1, "budget": 1} for _, options in refused)
    assert table[["estimate", "low", "high", "low50", "high50", "below"]].isna().all(axis=None)
    assert (table["draws"] == 0).all() and len(table) == 9


def test_what_is_known_of_scans_and_recording_is_told(refused):
    trial = simulated_trial(37)
    table = assess_summaries(trial)
    assert [sorted(set(options) & {"scans", "time_step"}) for _, options in refused[::4]] == [
        *(["scans", "time_step"], ["time_step"], ["scans", "time_step"], ["scans"]),
    ]
    assert len(table) == 36 and table.columns.tolist() == RESULT
    assert set(zip(table["recording"], table["size"], table["family"], strict=True)) == {
        ("steps", "middle", "proportional")
    }


def test_a_median_that_is_not_reached_is_no_target(refused):
    table = assess_summaries(public_trials("rossi")[0], chosen=[Setting(name) for name in studying.WITHHELD])
    assert table["quantity"].tolist() == [*("hr", "rmst0", "rmst1", "survival0", "survival1", "rmst0", "rmst1")]


def test_an_estimate_is_the_middle_of_the_draws_and_the_truth_has_its_place(monkeypatch):
    """Draws with event times moved by so many months: known medians."""
    trial = small()
    moved = np.array([-1.0, -0.5, 0.0, 0.5, 0.7, 1.0, 1.5])

    def found(*_, **__):
        time = np.maximum(trial.time + moved[:, None], 0.01)
        return Reconstruction(time, np.tile(trial.event, (7, 1)), trial.arm, (), 7)

    monkeypatch.setattr(studying, "from_summaries", found)
    row = assess_summaries(trial, chosen=[Setting("medians")]).iloc[0]
    true = patients.median_survival(*trial.own(0))[0]
    assert (row["true"], row["draws"]) == (true, 7)
    assert row["estimate"] == pytest.approx(true + 0.5)
    assert (row["low"], row["high"]) == (pytest.approx(true - 1), pytest.approx(true + 1.5))
    assert row["below"] == pytest.approx(2.5 / 7)  # two below, one equal


def test_assess_has_every_setting():
    leukemia = public_trials("anderson")[0]
    table = assess_curve(leukemia)
    told = {"scans": "none", "step": "none"}
    drawn = assess_summaries(leukemia, draws=12, chosen=[Setting(name) for name in studying.WITHHELD])
    both = pd.concat([table.astype(object), drawn.astype(object)], ignore_index=True)
    assert list(zip(both.setting, both.quantity, strict=True)) == [(s, q) for s in SETTINGS for q in SETTINGS[s]]
    assert set(both.trial) == {leukemia.name} and set(both.source) == {"lifelines"}
    assert all((both[name] == value).all() for name, value in told.items())
    for row in both.itertuples():
        count = {"events0": 21, "events1": 9}.get(row.quantity)
        assert row.true == (leukemia.truth(row.quantity) if count is None else count)
    clean = table[table.setting == "clean curve"]
    assert np.allclose(clean.estimate, clean.true, rtol=1e-6)  # every step of this curve can be told
    assert drawn.draws.between(1, 12).all() and drawn.below.between(0, 1).all()
    ends = drawn[["low", "low50", "estimate", "high50", "high"]].to_numpy()
    assert (np.diff(ends, axis=1) >= 0).all()
    assert table[["low", "high", "below", "draws"]].isna().all(axis=None)


def test_seeds_change_estimates_and_not_the_truth():
    one, again, other = (assess_curve(small(), seed) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(one, again, check_exact=True)
    assert one.true.tolist() == other.true.tolist()
    noisy = one.setting == "noisy clicks"
    assert one.estimate[~noisy].tolist() == other.estimate[~noisy].tolist()
    assert one.estimate[noisy].tolist() != other.estimate[noisy].tolist()


# ---- what is stored


FRESH = {simulated_trial(1): ("medians",), simulated_trial(50): ("HR", "rates", "medians", "RMST")}
"""In days with scans every six weeks, and in months: quick ones."""
STORED_DIGITS = 10.0 ** (1 - DIGITS)
DRAWN = 100  # from so many draws on, chains go on until they have converged


@pytest.fixture(scope="module")
def stored():
    return stored_results(papers.data_dir())


def errors_apart(both):
    """How many Monte Carlo errors lie between shares of draws below the truth, if draws are worth half their number."""
    errors = [
        [share_error(*pair) for pair in zip(both[f"below{end}"], both[f"draws{end}"] / 2, strict=True)]
        for end in ("", "_stored")
    ]
    return (both["below"] - both["below_stored"]).abs() / np.hypot(*errors)


@pytest.mark.parametrize("trial", FRESH, ids=lambda trial: trial.name.partition(":")[0])
@thorough
def test_a_fresh_run_agrees_with_the_stored_one_to_its_monte_carlo_error(trial, stored):
    """With another seed: the truth's place among the draws, which holds where draws lie at a few times alone."""
    chosen = [each for each in studying.settings(trial) if each.informed and each.withheld in FRESH[trial]]
    fresh = assess_summaries(trial, draws=DRAWN, seed=7, chosen=chosen)
    own = stored[stored["trial"] == trial.name]
    both = fresh.merge(own, on=["setting", "scans", "step", "quantity"], suffixes=("", "_stored"))
    assert len(both) == len(fresh) >= 2 and (both["draws"] == DRAWN).all()
    assert both["true"].tolist() == pytest.approx(both["true_stored"].tolist(), rel=STORED_DIGITS)
    assert (errors_apart(both) < 4).all(), both[["quantity", "below", "below_stored"]]
    assert (errors_apart(both.assign(below=(both["below_stored"] + 0.5) % 1)) > 4).all()


@pytest.mark.parametrize("trial", FRESH, ids=lambda trial: trial.name.partition(":")[0])
def test_a_fresh_run_of_clean_curves_is_the_stored_one(trial, stored):
    fresh, own = (
        table[(table["trial"] == trial.name) & (table["setting"] == "clean curve")]
        for table in (assess_curve(trial), stored)
    )
    assert own["quantity"].tolist() == fresh["quantity"].tolist()
    assert fresh["estimate"].astype(float).tolist() == pytest.approx(own["estimate"].tolist(), rel=STORED_DIGITS)


# ---- a study


def test_a_study_is_its_trials_in_order(alone):
    assert alone.trial.drop_duplicates().tolist() == ["small 1", "small 2"]
    second = alone[alone.trial == "small 2"].reset_index(drop=True)
    own = assess(small(2), draws=3, seed=5).convert_dtypes().astype(object)
    pd.testing.assert_frame_equal(second.convert_dtypes().astype(object), own, check_exact=True)


def test_a_stopped_study_goes_on_and_ends_the_same(alone, tmp_path, monkeypatch):
    def stopped(trial, *options):
        if trial.name == "small 2":
            raise KeyboardInterrupt
        return assess(trial, *options)

    monkeypatch.setattr(studying, "assess", stopped)
    with pytest.raises(KeyboardInterrupt):
        study([small(1), small(2)], draws=3, seed=5, workers=Workers(1), folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1

    def second(trial, *options):
        assert trial.name == "small 2"  # the first is finished
        return assess(trial, *options)

    monkeypatch.setattr(studying, "assess", second)
    table = study([small(1), small(2)], draws=3, seed=5, workers=Workers(1), folder=tmp_path)
    pd.testing.assert_frame_equal(table, alone, check_exact=True)


def test_pieces_of_other_draws_seeds_and_patients_do_not_count():
    keys = {
        studying._key(*about)
        for about in [
            (small(1), 3, 5),
            (small(1), 4, 5),
            (small(1), 3, 6),
            (small(2), 3, 5),
            (small(1, (25, 25)), 3, 5),
        ]
    }
    assert len(keys) == 5


@pytest.mark.parametrize(
    ("word", "number"), [("simulated", 72), ("simulated 7", 4), ("tenths of a year", 12), ("none", 0)]
)
def test_simulated_trials_are_chosen_by_group_or_word(word, number):
    assert len(known_trials(word)) == number


def test_groups_of_trials():
    pytest.importorskip("SurvSet")
    names = {group: [trial.name for trial in known_trials(group)] for group in studying.GROUPS}
    assert names["public"] + names["simulated"] == names["all"] and len(set(names["all"])) == len(names["all"]) >= 120
    assert sorted(names["development"] + names["held-out"]) == sorted(names["all"])
    assert [trial.name for trial in known_trials("larynx")] == names["public"][3:5]
    with pytest.raises(ParameterError, match="no trial has 'nobody' in its name"):
        known_trials("nobody")
