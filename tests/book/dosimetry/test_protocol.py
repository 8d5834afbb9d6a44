"""The protocol of the phase II trial, simulated."""

import numpy as np
import pandas as pd
import pytest

from netterbook.book.display import shown
from netterbook.book.dosimetry import protocol
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.book.dosimetry.protocol import Grid, KidneyDoses
from netterbook.dosimetry.bed import bed_gy
from netterbook.dosimetry.population import Treated
from netterbook.precision import share_error
from netterbook.text import fill


def test_the_protocol_has_every_parameter_of_the_chapter(small, trial, monkeypatch):
    seen = {}
    monkeypatch.setattr(protocol, "simulate_protocol", lambda doses, given, rng: seen.update(given._asdict()))
    given = {"limit_bed_gy": 20.0, "higher_limit_bed_gy": 31.0, "higher_share": 0.3, "stop_probability": 0.2,
             "alpha_beta_gy": 3.5, "repair_half_time_h": 1.5, "effective_half_life_h": 61.0}  # fmt: skip
    protocol.treat(small.model_copy(update=given | {"activity_gbq": 5.5}), trial, KidneyDoses(0.4, 0.3), stop="at")
    assert seen == given | {"stop": "at", "gbq_per_cycle": 5.5}


def test_doses_are_drawn_as_they_are_given(small, trial, cohorts):
    p = small.model_copy(update={"within_cv": 0.0, "stop_probability": 0.0, "max_cycles": 5, "limit_bed_gy": 150.0,
                                 "higher_limit_bed_gy": 150.0})  # fmt: skip
    rising = protocol.treat(p, trial, KidneyDoses(0.2, 0.0, 0.08))
    assert rising.dose_gy == pytest.approx(np.full(1920, 7.4 * 0.2 * (1.08**5 - 1) / 0.08))
    p = p.model_copy(update={"within_cv": 0.15})
    own = protocol.treat(p, trial, protocol.kidney_doses(p, cohorts["netter-1"]))
    spread = (own.dose_gy / own.cycles).std() / (own.dose_gy / own.cycles).mean()
    assert spread == pytest.approx(cohorts["netter-1"].cv, rel=0.1)  # whose values are means of four cycles


def test_simulated_cycles_are_told_as_a_trial_would(trial, cohorts, sentence):
    """Two trials alike: one has two, most five and one eleven cycles; the third has one to nine."""
    cycles = np.full((3, 96), 5)
    cycles[:2, 0], cycles[:2, -1], cycles[2, 0], cycles[2, -1] = 2, 11, 1, 9
    by_dose = np.arange(288) % 4 == 0
    one = Treated(cycles.ravel(), np.zeros(288), np.full(288, 26.4), np.full(288, True), by_dose)
    table = protocol.cohorts_beside({"12 patients, SPECT/CT": one}, trial, cohorts)
    row, published = table.iloc[0], table.iloc[1]
    assert (row["median"], row["low"], row["high"]) == (5, 2, 11)
    assert (row["same_median"], row["same"]) == (1, pytest.approx(1 / 3))
    assert row["same_error"] == share_error(1 / 3, 3)
    assert (row["gy_per_gbq"], row["by_dose"], row["bed"]) == (0.43, 0.25, 26.4)
    assert row["by_dose_error"] == share_error(0.25, 288)
    assert (published["kind"], published["median"], published["low"], published["high"]) == ("published", 5, 1, 9)
    words = shown(table.head(1), {x: sentence(x) for x in ("{median:", "{same:", "{by_dose:", "{bed:.")})
    assert words.iloc[0].tolist() == ["5", "50%", "25%", "26"]  # a third of three trials is known to a half at best
    assert shown(table, {"range": sentence("{low} to {high}")})["range"].tolist() == ["2 to 11", "1 to 9"]


def test_a_limit_of_absorbed_dose_ends_treatment_at_that_dose(small, trial):
    p = protocol.by_absorbed_dose(small.model_copy(update={"within_cv": 0.0, "stop_probability": 0.0}))
    treated = protocol.treat(p, trial, KidneyDoses(0.5, 0.2))
    each = treated.dose_gy / treated.cycles
    ended = (treated.cycles > 1) & treated.by_dose
    assert ended.mean() > 0.9
    assert (treated.dose_gy[ended] <= 23 + 1e-6).all()
    assert (treated.dose_gy[ended] + each[ended] > 23).all()


def test_whole_trials_are_simulated_and_counted(small, trial, cohorts):
    doses = protocol.kidney_doses(small, cohorts["spect/ct"])
    treated = protocol.treat(small, trial, doses)
    assert treated.cycles.size == 1920
    assert protocol.treat(Dosimetry(patients=1000), trial, doses).cycles.size == 960
    medians = np.median(treated.cycles.reshape(-1, 96), axis=1)
    found = protocol.cycles_received(treated, trial)
    assert found["same_median"] == np.mean(medians == 5) and found["same_median_error"] > 0


def test_without_spread_everybody_of_one_limit_has_the_same_cycles(trial):
    p = Dosimetry(within_cv=0.0, stop_probability=0.0, higher_share=0.0, limit_bed_gy=27.0)
    treated = protocol.treat(p, trial, KidneyDoses(0.5, 0.0))
    assert set(treated.cycles) == {int(27 / float(bed_gy(0.5 * 7.4, *p.biology)))}
    assert treated.by_dose.all()


def test_nobody_has_more_cycles_than_the_parameters_allow(small, trial, cohorts):
    p = small.model_copy(update={"max_cycles": 6, "stop_probability": 0.0})
    treated = protocol.treat(p, trial, protocol.kidney_doses(p, cohorts["spect/ct"]))
    assert treated.cycles.max() == protocol.cycles_received(treated, trial)["high"] == 6


def test_what_the_chapter_says_of_the_cohorts_in_words_is_so(trial, cohorts):
    treated = protocol.by_cohort(Dosimetry(), trial, cohorts)
    assert list(treated) == [each.label for each in cohorts.values()]
    peaks = [int(np.bincount(one.cycles).argmax()) for one in treated.values()]
    assert peaks == [7, 8, 6, 4]  # in the order of the mean kidney dose, NETTER-1 last
    assert [float(np.median(one.cycles)) > 5 for one in treated.values()] == [True, True, True, False]


# Which kidney doses would give the published cycles


@pytest.fixture(scope="module")
def grid(trial):
    return protocol.grid(Dosimetry(), trial)


def only(grid, **points):
    """A grid with a median of five and trials that match at some points alone, by their index."""
    both = np.zeros_like(grid.both)
    for index, share in points.values():
        both[index] = share
    return grid._replace(median=np.where(both, 5.0, 6.0), both=both)


def test_the_grid_matches_where_it_says(grid):
    assert grid.both.shape == (3, grid.spreads.size, grid.means.size)
    assert (grid.both[grid.median != 5] < 0.6).all()
    assert (np.diff(grid.median[0, 0]) <= 0).all()  # a higher kidney dose allows fewer cycles
    best = grid.best
    at = (list(grid.stops).index(best.stop), list(grid.spreads).index(best.spread), list(grid.means).index(best.mean))
    assert grid.both[at] == grid.both.max() == best.share.value
    assert best.share.error == share_error(best.share.value, 100)
    assert best.spread_is_least and not (best.spread_is_most or best.mean_is_least or best.mean_is_most)
    means = grid.means_with(5)
    assert (means.low, means.low_is_least, means.high, means.high_is_most) == (0.5, False, 0.75, True)


def test_a_grid_says_where_it_matches_only_there(grid):
    one = only(grid, inside=((0, 2, 3), 1.0))
    assert one.means_with(5) == (True, 0.5, 0.5, False, False)
    assert one.best[1:4] == (0.5, 0.2, 0.0) and one.widest(0.05) == 0.2
    seldom = only(grid, first=((1, 5, 2), 0.06), second=((1, 6, 2), 0.04))
    assert seldom.widest(0.05) == 0.4
    never = only(grid)
    assert not never.matched and np.isnan(never.widest(0.05))
    assert not never.means_with(5).any


def said(sentence, cohorts, found: Grid, other: Grid, p=None):
    """The chapter's sentence about two grids."""
    widest = found.widest(1 / 20)
    text = sentence("The published median arises at")
    return " ".join(
        fill(
            text, {"p": p or Dosimetry(), "means": found.means_with(5), "matched": found.matched, "best": found.best,
                   "often": widest > 0, "widest": widest, "dose_matched": other.matched, "dose": other.best,
                   "where": found.beside(cohorts.values())},
        ).split()
    )  # fmt: skip


def test_the_sentence_about_the_grid(grid, sentence, cohorts):
    text = said(sentence, cohorts, grid, only(grid, corner=((1, 6, 0), 0.5)))
    assert "from 0.50 to at least 0.75, the largest tried, depending on how many stop" in text
    assert "at 0.65 Gy/GBq with a spread of 10%, the smallest tried, and 5% stopping at each cycle; where" in text
    assert "most often at 0.35 Gy/GBq, the smallest tried, with a spread of 50%, the largest tried, in 50%" in text
    assert "Of the 4 published cohorts 3 have a lower mean than where trials match most often, and 4 a wider" in text
    assert "kidney doses may have been such, or" in text
    text = said(sentence, cohorts, only(grid), only(grid))
    assert "arises at no mean kidney dose tried. Median and range together come out in no trial. If 23 Gy" in text
    assert "come out in no trial. The trial's kidney doses may have been others than any tried, or" in text
    seldom = said(sentence, cohorts, only(grid, point=((2, 3, 8), 0.03)), grid, Dosimetry(kidney_limit_gy=29))
    assert "from 0.75 to at least 0.75, the largest tried, depending" in seldom
    assert "at 0.75 Gy/GBq, the largest tried, with a spread of 25% and 10% stopping at each cycle. If 29 Gy" in seldom
    for each in (text, seldom):
        assert "estimable" not in each and "{" not in each


def test_cohorts_are_counted_by_their_medians():
    table = pd.DataFrame({
        "kind": ["simulated"] * 4 + ["published"], "median": [8.0, 5, 5, 4.5, 5], "same": [0, 0.1, 0.4, 0.2, np.nan],
        "same_error": [0.01, 0.02, 0.03, 0.02, np.nan],
    })  # fmt: skip
    assert protocol.medians_beside(table, 5) == (4, 1, 2, 1, (0.4, 0.03))


def test_a_ceiling_is_the_row_of_the_sensitivity_table(small, trial, cohorts):
    share = protocol.with_ceiling(small, trial, cohorts["netter-1"])
    capped = small.model_copy(update={"max_cycles": 9})
    treated = protocol.treat(capped, trial, protocol.kidney_doses(capped, cohorts["netter-1"]))
    assert share == (protocol.cycles_received(treated, trial)["same"], share.error)
    assert 0.3 < share.value < 0.9
