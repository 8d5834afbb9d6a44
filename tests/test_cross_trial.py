"""Tables and words of the chapter across the trials: against the printed numbers, and against what must follow."""

import re

import numpy as np
import pandas as pd
import pytest

from netterbook import comparison, cross_trial, crossover, extrapolation, figures, outcomes, papers, studies
from netterbook.reconstruction import Reconstruction

TABLE = studies.side_by_side()


def two_trials(draws=20):
    """Two made-up trials of exponential patients: hazard ratios 0.25 and 0.5, control medians 8 and 12 months."""
    rng = np.random.default_rng(5)
    found = {}
    for name, hr, median in (("NETTER-1", 0.25, 8.0), ("NETTER-2", 0.5, 12.0)):
        rate = np.repeat([np.log(2) / median, hr * np.log(2) / median], 80)
        time = rng.exponential(1 / rate, (draws, 160))
        arm = np.repeat([0, 1], 80)
        found[name] = Reconstruction(np.minimum(time, 30), (time <= 30).astype(int), arm, (), draws)
    return found


FOUND = two_trials()


def test_every_study_is_shown_with_its_source():
    shown = cross_trial.studies_text(TABLE)
    assert len(shown) == len(TABLE) and (shown["Source"] != "").all() and (shown["Facts or claims"] != "").all()
    assert shown.loc[0, "Facts or claims"] == f"{len(TABLE.loc[0, 'facts'].split())} claims of the ledger"
    by = shown.assign(row=TABLE["row"]).set_index("row")["Facts or claims"]
    assert by["sundlov_os"] == "3 claims of the ledger" and by["netter1_os"] == "F058 F059 F060 F061 F062"


def test_no_survival_is_shown_as_such():
    shown = cross_trial.survival_text(TABLE).set_index("Trial")
    assert shown.loc["NETTER-2"].tolist()[1:4] == [
        "not reached in either group, immature", "not printed", "48% (36 patients: 29 in the crossover phase, 7 later)"
    ]  # fmt: skip
    assert shown.loc["NETTER-1", "Crossed over"] == "about 36%"
    assert shown.loc["COMPETE", "Crossed over"] == "not among the facts"


def test_both_unstratified():
    words = cross_trial.both_unstratified(FOUND["NETTER-2"], 0.95)
    ratio, low, high = map(float, re.findall(r"[\d.]+", words["ratio"]))
    hr = np.exp(np.log(FOUND["NETTER-2"].values("hr")).mean())
    error = np.log(FOUND["NETTER-2"].values("hr")).std() / np.sqrt(20)  # draws that are independent
    assert float(words["hr"]) == pytest.approx(hr, rel=3 * error) and ratio == pytest.approx(0.21 / hr, rel=3 * error)
    assert low < ratio < high
    alone = 0.21 / hr * np.exp(1.959964 * np.log(0.33 / 0.13) / 3.919928)  # were NETTER-2's known without error
    assert high > alone


def test_control_arms_in_words():
    words = cross_trial.control_arms(FOUND["NETTER-1"], FOUND["NETTER-2"], 18, 0.95)
    value, low, high = map(float, re.findall(r"[\d.]+", words["hr"]))
    assert low < 12 / 8 < high and low < value < high  # hazards in the inverse ratio of the medians
    assert float(words["first"]) < float(words["second"])
    inner, outer = (np.diff([float(x.replace("−", "-")) for x in re.findall(r"[−\d.]+", words[k])[-2:]]) for k in
                    ("inner", "difference"))  # fmt: skip
    assert 0 < inner < outer


def test_scan_schedules_are_the_printed_ones(ledger):
    weeks = cross_trial.scan_schedules(12)
    first, second, then = (
        float(ledger.value(f"netter2.methods.assessment_{n}")) for n in ("first", "second", "interval")
    )
    assert weeks["NETTER-2"][:3].tolist() == [first, second, second + then]
    assert set(np.diff(weeks["NETTER-1"])) == {float(ledger.value("netter1.methods.imaging_interval"))}


def test_a_true_median_between_scans_is_reported_at_the_next():
    seen = cross_trial.medians_seen([6.9]).set_index("schedule")["seen"]
    due = 36 / comparison.WEEKS_PER_MONTH
    assert seen["NETTER-1"] == pytest.approx(due) and seen["NETTER-2"] == pytest.approx(due)
    assert seen["continuous"] == pytest.approx(6.9, abs=0.05)
    early = cross_trial.medians_seen([3.2]).set_index("schedule")["seen"] * comparison.WEEKS_PER_MONTH
    assert early[["NETTER-1", "NETTER-2"]].round(6).tolist() == [24, 16]  # the scan at 12 weeks came too early
    table = cross_trial.schedule_table().set_index("Schedule")
    assert len(set(table["Hazard ratio"])) == 1 and len(set(table["Median, control"])) == 2
    assert table["Median, treated"].tolist() == ["25.0", "27.6", "27.6"]  # 6.9 / 0.276; the scan of 120 weeks
    assert table["Difference of the medians"].tolist() == ["18.1", "19.3", "19.3"]


def test_three_scales_find_the_larger_effect():
    scales = cross_trial.scales(FOUND, 18, 0.95, 1)
    assert (scales["low"] <= scales["value"]).all() and (scales["value"] <= scales["high"]).all()
    text = cross_trial.scales_text(scales, 18).set_index("Scale")
    # the treated median is 32 months, follow-up 30: mostly not reached in NETTER-1's draws
    assert scales["value"].iloc[1] == np.inf
    assert text["Larger effect"].tolist() == ["NETTER-1", "not comparable", "NETTER-1"]
    assert "to 18 months" in text.index[2]
    gains = cross_trial.benefit_by_horizon(FOUND, 0.95)
    own = gains[(gains["trial"] == "NETTER-1") & (gains["horizon"] == 18)].iloc[0]
    assert own.value == pytest.approx(scales[scales["trial"] == "NETTER-1"]["value"].iloc[2])
    words = cross_trial.scales_words(scales, gains)
    assert words["on_scales"] == "both scales that give"
    known = scales.assign(value=scales["value"].replace(np.inf, 25.0))
    assert cross_trial.scales_words(known, gains)["on_scales"] == "3 of the 3 scales that give"
    one, two = (gains.loc[gains["trial"] == name, "value"].to_numpy() for name in studies.NETTER)
    assert words["larger"] == str(sum(one > two)) and words["horizons"] == str(len(one))


def test_an_extrapolation_and_what_is_said_of_it():
    each = cross_trial.extrapolate("NETTER-1", FOUND["NETTER-1"], ("exponential", "Weibull"), 0.95, 1)
    assert each.median_follow_up == 14 and 20 < each.followed <= 30
    # exponential with median 8 and hazard ratio 1/4: means log 2 / rate, so a long horizon gains (4 - 1) 8 / log 2
    own = each.table.set_index(["model", "horizon", "quantity"])
    rates = np.log(2) / np.array([8, 32])
    for horizon in (60, 120):
        expected = np.subtract(*((1 - np.exp(-rates * horizon)) / rates)[::-1])
        row = own.loc[("exponential", horizon, "benefit")]
        assert row.low_all < expected < row.high_all
    means = cross_trial.means_text(each)
    assert means["Model"].tolist() == ["exponential", "exponential", "Weibull", "Weibull", "averaged", "averaged"]
    words = cross_trial.share_words(each, 0.95)
    five, ten, median = (int(words[k].partition("%")[0]) for k in ("five", "ten", "median_five"))
    assert five < ten and five < median  # more lies beyond an earlier time, and beyond any time of a longer benefit
    assert (words["last"], words["left"]) == ("24", "3 and 1")
    unobserved = cross_trial.unobserved_words(each)
    shares = {(m, h): own.loc[(m, h, "share_beyond"), "value"] for m in ("exponential", "Weibull") for h in (60, 120)}
    assert unobserved["five"] == str(sum(shares[m, 60] > 0.5 for m in ("exponential", "Weibull")))
    assert unobserved["ten"] == str(sum(shares[m, 120] > 0.5 for m in ("exponential", "Weibull")))
    assert unobserved["models"] == "2"
    criteria = cross_trial.criteria_text(each)
    assert (criteria["AIC, NETTER-1"].astype(float).min(), len(criteria)) == (0, 2)


def test_a_share_of_nearly_nothing_is_not_printed():
    assert cross_trial._share((0.48, -12.5, 0.73), (0.004, 9, 0.004)) == "48% (below −100 to 73)"
    assert cross_trial._share((0.39, -0.21, 0.57), (0.004, 0.11, 0.016)) == "39% (−20 to 56)"


def test_matched_and_randomised_rows_are_the_facts():
    rows = cross_trial.matched_against_randomised(TABLE)
    facts = papers.facts()
    for fact_id, label in (
        ("F196", "v everolimus, gastrointestinal"),
        ("F199", "v everolimus, pancreatic"),
        ("F176", "COMPETE"),
    ):
        (row,) = rows[rows["label"].str.contains(label)].itertuples()
        assert [row.hr, row.low, row.high] == [float(facts.loc[fact_id, c]) for c in ("value", "low", "high")]
    assert "F176" in cross_trial.matched_facts(TABLE)
    without = studies.side_by_side(include_secondary=False)
    assert "F176" not in cross_trial.matched_facts(without)
    assert not cross_trial.matched_against_randomised(without)["label"].str.contains("COMPETE").any()


def test_an_unmeasured_factor_makes_a_gap():
    gap = cross_trial.simulate_gap(TABLE, 0.95, 1, replicates=60)
    assert gap.truth == 0.67 and gap.patients == 50
    assert abs(gap.effective - 22) < 4  # as in the published comparison, fact F204
    alike, most = gap.table.iloc[0], gap.table.iloc[-1]
    assert abs(np.log(alike.maic / alike.randomised)) < 0.1 < np.log(most.randomised / most.maic)
    assert alike.covers > 0.85 > most.covers
    assert gap.table["maic"].is_monotonic_decreasing and (gap.table["naive"] < gap.table["maic"]).all()
    errors = cross_trial.simulate_gap(TABLE, 0.95, 2, replicates=200).table.filter(like="_error")  # one has no weights
    assert errors.gt(0.005).all(axis=None) and errors.lt(0.03).all(axis=None)
    words = cross_trial.gap_words(gap)
    assert (words["first_needed"], words["left"], words["patients"]) == ("7%", "22", "50")
    assert (words["left_share"], words["left_printed"]) == ("44%", "43%")


def test_single_arms_come_from_both_sides_of_a_trial():
    arms = cross_trial.single_arms(TABLE, ("everolimus", "placebo"))
    everolimus = arms[arms["treatment"] == "everolimus"].set_index("label")
    assert everolimus["median"].to_dict() == {"RADIANT-3": 11.0, "RADIANT-4": 11.0, "COMPETE": 14.1, "SEQTOR": 19.4}
    assert tuple(everolimus.loc["RADIANT-4", ["low", "high"]]) == (9.2, 13.3)
    sentence = cross_trial.spread_sentence(arms)
    assert (
        "11.0 to 19.4 months in 4 groups given everolimus; from 3.9 to 18.0 months in 7 groups given placebo"
        in sentence
    )
    assert "run" not in cross_trial.spread_sentence(arms.iloc[:1])


def test_medians_and_ratios_in_words():
    pairs = studies.medians_and_hazard_ratios(TABLE)
    sentence = cross_trial.pairs_sentence(pairs)
    assert f"of {len(pairs)} comparisons, from 9 trials" in sentence
    assert "2.68 where constant hazards would give 3.62" in sentence and "0.37 instead of 0.276" in sentence
    assert len(cross_trial.pairs_text(pairs)) == len(pairs)
    curve = cross_trial.changing_effects(0.276)
    ends = curve.groupby("kind").agg(["first", "last"])
    assert ends.loc["starts late", ("median_ratio", "first")] == pytest.approx(1 / 0.276)
    assert ends.loc["ends early", ("hr", "first")] == pytest.approx(1, abs=0.01)


def test_agreement_of_two_rankings():
    names = ["CABINET, pancreatic", "CABINET, extrapancreatic", "COMPETE"]
    ranks = pd.DataFrame({"study": names, "hr_rank": [1, 2, 3], "difference_rank": [2, 1, 3]})
    assert cross_trial.rank_agreement(ranks) == {"same": "2", "pairs": "3", "comparisons": "3", "trials": "2"}


def test_controls_who_crossed_over():
    first, *others = cross_trial.controls(TABLE)
    assert (first.trial, first.median_os, first.median_progression, first.share) == ("NETTER-1", 36.3, 8.4, 0.36)
    assert {c.trial: c.share for c in others} == {"PROMID": pytest.approx(0.884), "RADIANT-3": 0.85}
    plan = cross_trial.controls(studies.side_by_side(include_secondary=False, names=()))
    assert len(plan) == 1 and plan[0].median_os == 32 and np.isnan(plan[0].hr)  # NETTER-1's Methods
    assert "would come of" not in cross_trial.dilution_sentence(plan, 1)
    assert figures.crossover_dilution(cross_trial.dilution(plan, 1), plan).axes


def test_dilution_and_its_inverse_agree():
    trials = cross_trial.controls(TABLE)[:1]
    sentence = cross_trial.dilution_sentence(trials, 1)
    undiluted = float(re.search(r"would come of a true ([\d.]+)", sentence)[1])
    own = trials[0]
    again = crossover.diluted_hr(undiluted, own.median_os, own.median_progression, own.share, cross_trial.FOLLOWED_OS)
    assert again == pytest.approx(0.84, abs=0.015)
    curves = cross_trial.dilution(trials, 1)
    assert (curves.sort_values("share").groupby("hr")["diluted"].agg(["first", "last"]).diff(axis=1)["last"] > 0).all()


def test_undoing_crossover_works_only_where_its_assumption_holds():
    found = cross_trial.undo_crossover(cross_trial.controls(TABLE), 1, replicates=8)
    means = (
        found.assign(**{c: np.log(found[c]) for c in ("randomised", "corrected")}).groupby(["share", "after"]).mean()
    )
    most = found["share"].max()
    holds, fails = means.loc[(most, 1.0)], means.loc[(most, 0.0)]
    truth = np.log(cross_trial.TRUE_HRS[0])
    assert abs(holds.corrected - truth) < abs(holds.randomised - truth)
    assert abs(fails.corrected - truth) > abs(fails.randomised - truth)
    words = cross_trial.rank_preserving_words(found, 8)
    assert words["tried"] == "40" and words["solved"] == str(len(found))
    assert float(words["wider"]) > 1 and words["least"] == "0%"


# Figures: what is drawn


def test_the_figure_of_all_studies_has_a_row_for_each_result():
    left, right = figures.all_studies(TABLE).axes
    labels = [tick.get_text() for tick in left.get_yticklabels()]
    assert not {"COMPOSE · PFS", "NETTER-2 · OS"} & set(labels) and len(labels) == len(TABLE) - 2
    assert "randomised, no result found" in [
        text.get_text() for text in figures.network(studies.network(TABLE)).axes[0].get_legend().get_texts()
    ]
    drawn = [line.get_xdata()[0] for line in right.lines if line.get_marker() == "s"]
    assert sorted(drawn) == sorted(TABLE["hr_value"].dropna())


def test_the_network_draws_every_pair_once():
    edges = studies.network(TABLE)
    (axis,) = figures.network(edges).axes
    assert len(axis.lines) == len(edges)
    styles = [line.get_linestyle() for line in axis.lines]
    assert styles.count("-") == int((edges["comparative"] & edges["results"]).sum())
    words = [text.get_text() for text in axis.texts]
    assert "NETTER-1,\nNETTER-2" in words or "NETTER-1\nNETTER-2" in words
    with pytest.raises(ValueError, match="no place for interferon"):
        figures.network(edges.assign(treatment="interferon"))


def test_what_not_to_do_is_marked():
    figure = figures.naive_arms(cross_trial.single_arms(TABLE, ("¹⁷⁷Lu-Dotatate", "everolimus")))
    assert "What not to do" in figure.get_suptitle()
    assert "NOT A COMPARISON" in [text.get_text() for text in figure.axes[0].texts]


def test_figures_of_two_trials():
    each = [cross_trial.extrapolate(n, f, ("exponential", "spline"), 0.95, 1) for n, f in FOUND.items()]
    hazards = figures.hazards(each, 0.95)
    assert len(hazards.axes) == 4
    beyond = figures.beyond_follow_up(each, 0.95)
    gained = beyond.axes[2].lines[0].get_ydata()  # NETTER-1, exponential: the area is the benefit to ten years
    benefit = np.nanmedian(extrapolation.benefit(each[0].fits, 120)[:, 0])
    assert gained[-1] == pytest.approx(benefit, rel=1e-3)
    rows = [tick.get_text() for tick in figures.benefit_by_model(each).axes[0].get_yticklabels()]
    assert rows == ["averaged", "spline", "exponential"]
    scans = cross_trial.scan_schedules(30)
    assert figures.control_arms(FOUND, scans, 0.95).axes
    scales = cross_trial.scales(FOUND, 18, 0.95, 1)
    first, *_ = figures.three_scales(scales, cross_trial.benefit_by_horizon(FOUND, 0.95), 18).axes
    assert sorted(line.get_xdata()[0] for line in first.lines) == sorted(
        scales[scales["scale"] == "hazard ratio"]["value"]
    )


def test_a_time_beyond_the_curves_is_refused():
    with pytest.raises(outcomes.ParameterError, match="reach"):
        outcomes.check_time("horizon", 36, FOUND["NETTER-1"])
