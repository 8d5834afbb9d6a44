import numpy as np
import pytest

from netterbook.book.netter import takeaway
from netterbook.methods.proportions import difference


@pytest.mark.parametrize("name", ["netter1", "netter2"])
def test_results_to_take_away_are_the_printed_ones(name, ledger, known):
    trial = known[name]
    frame = takeaway.results(ledger, trial, 0.95)
    primary = frame.iloc[0]
    assert primary["end_point"] == "Progression-free survival"
    hr, low, high = ledger.estimate(trial.claim(trial.primary.hazard_ratio))
    assert primary[["effect", "effect_low", "effect_high"]].tolist() == [hr, low, high]
    events = trial.counts(ledger, trial.primary.events)
    assert (primary["experimental"], primary["control"]) == events
    assert frame["source"].ne("").all() and frame["experimental_text"].ne("").all()
    limited = frame.dropna(subset=["effect_low", "effect_high"])
    assert len(limited) >= 5
    assert (limited["effect_low"] < limited["effect"]).all() and (limited["effect"] < limited["effect_high"]).all()


def test_a_median_not_reached_and_a_final_analysis_from_facts(ledger, known):
    frame = takeaway.results(ledger, known["netter1"], 0.95)
    median = frame[frame["measure"] == "median, months"]
    assert median["experimental_text"].tolist() == ["not reached", "48.0 (37.4 to 55.2)"]
    assert median["experimental"].tolist() == [np.inf, 48.0]
    assert median.iloc[1][["effect", "effect_low", "effect_high"]].tolist() == [0.84, 0.60, 1.17]
    assert "F061" in median.iloc[1]["source"]
    assert "without progression at 20 months, %" in set(frame["measure"])


def test_a_difference_is_computed_at_the_level_and_says_so(ledger, known):
    wide, narrow = (takeaway.results(ledger, known["netter1"], level) for level in (0.95, 0.8))
    row = wide["end_point"].str.startswith("Serious adverse events")
    expected = difference(10, 111, 1, 110, method="Newcombe", level=0.95)
    assert wide.loc[row, ["effect", "effect_low", "effect_high"]].iloc[0].tolist() == pytest.approx(expected)
    assert (narrow.loc[row, "effect_low"] > wide.loc[row, "effect_low"]).all()
    assert wide.loc[row, "source"].str.contains("computed here").all()


@pytest.mark.parametrize("name", ["netter1", "netter2"])
def test_what_is_taken_away_has_just_the_columns_of_the_key(name, ledger, known):
    trial = known[name]
    frame = takeaway.taken_away(takeaway.results(ledger, trial, 0.95), trial)
    assert list(frame.columns) == list(takeaway.takeaway_key(trial))
    assert not any("experimental" in column for column in frame.columns)
    assert {"lu_low", "control_high"} <= set(frame.columns)


def test_another_trial_has_no_results(ledger, known):
    assert takeaway.results(ledger, known["netter1"].model_copy(update={"name": "other", "key": "other"}), 0.95).empty
