"""Overall survival and crossover."""

import numpy as np
import pandas as pd
import pytest

from netterbook.book.chart import WIDE
from netterbook.book.cross_trial import crossover_effects, studies
from netterbook.book.cross_trial.figures.crossover import crossover_dilution
from netterbook.methods import crossover
from netterbook.text import fill


@pytest.fixture(scope="module")
def groups(ledger, table, netter1):
    return crossover_effects.crossed_over(ledger, table, netter1)


def test_no_survival_is_shown_as_such(table):
    deaths = crossover_effects.overall_survival(table).set_index("study")
    assert deaths.loc["NETTER-2", ["median_value", "median_comparator_value"]].tolist() == [np.inf, np.inf]
    assert np.isnan(deaths.loc["NETTER-2", "hr_value"]) and deaths.loc["NETTER-2", "crossover_share"] == 0.48
    assert deaths.loc["NETTER-1", "crossover_share"] == 0.36
    assert np.isnan(deaths.loc["COMPETE", "crossover_share"])
    assert set(deaths["design"]) == {"randomised"} and set(deaths["endpoint"]) == {"OS"}


def test_controls_who_crossed_over(ledger, groups, netter1):
    first, *others = groups
    assert first[:5] == ("NETTER-1", False, 36.3, 8.4, 0.36)
    assert {c.trial: c.share for c in others} == {"PROMID": pytest.approx(0.884), "RADIANT-3": 0.85}
    known = studies.side_by_side(ledger, False, ())
    (plan,) = crossover_effects.crossed_over(ledger, known, netter1)
    assert plan[:4] == ("NETTER-1", True, 32, 8.4) and np.isnan(plan.hr)  # NETTER-1's Methods
    assert plan.assumed_share == 0.5 and first.assumed_share == 0.36
    names = [fill("{trial}{planned:'s plan|}", each._asdict()) for each in (plan, first)]
    assert names == ["NETTER-1's plan", "NETTER-1"]
    (axis,) = crossover_dilution(crossover_effects.dilution_curves([plan], 1), {names[0]: plan}).figure(WIDE).axes
    assert [line.get_marker() for line in axis.lines if np.isfinite(line.get_ydata()).all()][:3] == ["o", "s", "^"]
    assert not any(np.isfinite(line.get_ydata()).any() for line in axis.lines if line.get_marker() == "D")


def test_dilution_and_its_inverse_agree(groups):
    own = groups[0]
    about = own.median_os, own.median_progression, own.share, crossover_effects.FOLLOWED_OS
    undiluted = crossover_effects.undiluted(own, own.hr, 1, 1.0)
    assert crossover.diluted_hr(undiluted, *about) == pytest.approx(0.84, abs=1e-4)
    assert crossover_effects.undiluted(own, crossover_effects.diluted(own, 1), 1, 1.0) == pytest.approx(0.5, abs=1e-4)
    low, high = (crossover_effects.undiluted(own, end, 1, 1.0) for end in (own.low, own.high))
    assert low < own.low and high > own.high and low < undiluted < high
    assert undiluted < crossover_effects.undiluted(own, own.hr, 1, 0.5) < own.hr  # a weaker effect dilutes less
    curves = crossover_effects.dilution_curves([own], 1)
    assert (curves.sort_values("share").groupby("hr")["diluted"].agg(["first", "last"]).diff(axis=1)["last"] > 0).all()
    most = curves["share"].max()  # progression comes before death in those who can cross over
    assert most == pytest.approx(own.median_os / (own.median_os + own.median_progression))


def test_undoing_crossover_works_only_where_its_assumption_holds(ledger, netter1, groups):
    found = crossover_effects.undo_crossover(ledger, netter1, groups[0], 1, replicates=8)
    logs = found.assign(**{name: np.log(found[name]) for name in ("randomised", "corrected")})
    assert set(found.loc[found["chosen"], "share"]) == {0.36}
    means = logs[~found["chosen"]].groupby(["share", "after"]).mean()
    assert means.index.get_level_values("share").unique().tolist() == [0, 0.36, 0.75]
    holds, fails = means.loc[(0.75, 1.0)], means.loc[(0.75, 0.0)]
    truth = np.log(crossover_effects.TRUE_HRS[0])
    assert abs(holds.corrected - truth) < abs(holds.randomised - truth)
    assert abs(fails.corrected - truth) > abs(fails.randomised - truth)
    result = crossover_effects.rank_preserving_result(found, 8)
    assert (result.tried, result.solved) == (48, len(found)) and result.wider.value > 1
    assert result.whole.corrected.value == pytest.approx(np.exp(holds.corrected))
    assert result.none.randomised.value == pytest.approx(np.exp(fails.randomised))


def test_the_two_worlds_of_crossover_are_told_apart():
    rows = [(0.0, 1.0, 0.5, 0.5, 0.4, 0.6)] * 4
    rows += [(0.8, 1.0, 0.8, 0.45, 0.2, 0.9)] * 4 + [(0.8, 0.0, 0.55, 0.25, 0.1, 0.8)] * 4
    found = pd.DataFrame(rows, columns=["share", "after", "randomised", "corrected", "low", "high"]).assign(
        chosen=False
    )
    result = crossover_effects.rank_preserving_result(found, 4)
    assert [x.value for x in (*result.whole, *result.none)] == pytest.approx([0.80, 0.45, 0.55, 0.25])
    assert (result.share, result.tried, result.solved) == (0.8, 12, 12)
    wide = [np.log(0.9 / 0.2)] * 4 + [np.log(8)] * 4
    assert result.wider.value == pytest.approx(np.median(wide) / np.log(1.5))


def test_three_ways_to_undo_crossover_miss_in_different_worlds(ledger, netter1, groups):
    found = crossover_effects.undo_crossover(ledger, netter1, groups[0], 1)
    ways = crossover_effects.ways_to_undo(ledger, netter1, groups[0], found, 1)
    by, true = ways.set_index("kind"), crossover_effects.TRUE_HRS[0]
    assert by.index.tolist() == ["whole", "none", "chosen"]
    assert by.loc["chosen", ["two_stage", "weighted"]].max() < 0.45 < by.loc["whole", ["two_stage", "weighted"]].min()
    assert by.loc["none", "corrected"] < 0.42 < by.loc[["whole", "chosen"], "corrected"].min()
    assert crossover_effects.who_is_off(ways, true) == (True, True)
    own = found[(found["share"] == 0.36) & (found["after"] == 0)]["corrected"]
    assert by.loc["none", "corrected"] == pytest.approx(np.exp(np.log(own).mean()))
    off_everywhere = ways.assign(corrected=0.2)
    assert crossover_effects.who_is_off(off_everywhere, true) == (False, True)
    assert crossover_effects.who_is_off(ways.assign(weighted=true), true) == (True, False)


def test_selection_is_limited_by_who_can_cross_over(ledger, netter1):
    """Of a plan with half of the control group crossing over, a chance above one would be needed."""
    (plan,) = crossover_effects.crossed_over(ledger, studies.side_by_side(ledger, False, ()), netter1)
    assert plan.most / plan.assumed_share - 1 > 0
    found = crossover_effects.undo_crossover(ledger, netter1, plan, 1, replicates=2)
    assert found["chosen"].sum() == 2
