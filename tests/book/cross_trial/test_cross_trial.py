"""Tables and words of the chapter across the trials: against the printed numbers, and against what must follow."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from netterbook import papers
from netterbook.book import figures
from netterbook.book.cross_trial import comparison as cross_trial
from netterbook.book.cross_trial import studies
from netterbook.book.cross_trial.figures import TRIAL
from netterbook.book.netter import outcomes
from netterbook.book.style import BLUE, COLOUR, VERMILION
from netterbook.methods import crossover, extrapolation, pooling, scans
from netterbook.precision import to_error
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
    due = 36 / scans.WEEKS_PER_MONTH
    assert seen["NETTER-1"] == pytest.approx(due) and seen["NETTER-2"] == pytest.approx(due)
    assert seen["continuous"] == pytest.approx(6.9, abs=0.05)
    early = cross_trial.medians_seen([3.2]).set_index("schedule")["seen"] * scans.WEEKS_PER_MONTH
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


# ---- what one could swap unseen


def numbers(text):
    return [float(x.replace("−", "-")) for x in re.findall(r"[−-]?\d+(?:\.\d+)?", text)]


def test_the_scan_before_comes_before():
    due = cross_trial.due_scan()
    assert (due["week"], due["before"]) == ("36", "24")
    assert float(due["before_months"]) < float(due["middle"]) < float(due["months"]) < 8.4


def test_restricted_means_are_compared_every_quarter_year():
    gains = cross_trial.benefit_by_horizon(FOUND, 0.95)
    last = min(pooling.last_time(found) for found in FOUND.values())
    assert gains["horizon"].unique().tolist() == list(range(3, int(last) + 1, 3))
    apart = pd.DataFrame(
        [(name, h, 0.0, low, low + 1) for name, low in zip(studies.NETTER, (0, 5), strict=True) for h in (3, 6)],
        columns=["trial", "horizon", "value", "low", "high"],
    )
    scales = cross_trial.scales(FOUND, 18, 0.95, 1)
    for table in (apart, apart.assign(trial=apart["trial"].to_numpy()[::-1])):  # either may be the higher
        assert cross_trial.scales_words(scales, table)["overlap"] == "0"
    assert cross_trial.scales_words(scales, apart.assign(high=5.0))["overlap"] == "2"


def test_means_of_models_stand_under_their_group_with_their_errors():
    each = cross_trial.extrapolate("NETTER-1", FOUND["NETTER-1"], ("exponential", "Weibull"), 0.9, 1)
    shown = cross_trial.means_text(each).set_index(["Model", "Years"])
    for (model, years), row in shown.iterrows():
        own = each.table[(each.table["model"] == model) & (each.table["horizon"] == 12 * int(years))]
        by = own.set_index("quantity")
        for column, quantity, ends in (
            ("Control", "mean0", ["value", "low_all", "high_all"]),
            ("¹⁷⁷Lu-Dotatate", "mean1", ["value", "low_all", "high_all"]),
            ("Benefit", "benefit", ["value", "low_all", "high_all"]),
            ("Benefit, reconstruction alone", "benefit", ["low", "high"]),
        ):
            texts = [
                to_error(by.loc[quantity, end], by.loc[quantity, f"{end}_error"], 1).replace("−", "-") for end in ends
            ]
            assert [f"{x:g}" for x in numbers(row[column])] == [f"{float(x):g}" for x in texts]
    values = extrapolation.benefit(each.fits, 60)[:, 0]
    batches = [extrapolation.spread(values[k::4], 0.9) for k in range(4)]
    row = each.table.set_index(["model", "horizon", "quantity"]).loc[("exponential", 60, "benefit")]
    assert row[["value_error", "low_error", "high_error"]].tolist() == pytest.approx(
        (np.std(batches, axis=0, ddof=1) / 2).tolist()
    )
    weights = extrapolation.akaike_weights(each.fits)[:, 0]
    error = 100 * np.std(weights.reshape(5, 4).mean(axis=0), ddof=1) / 2
    criteria = cross_trial.criteria_text(each).set_index("Model")
    assert criteria.loc["exponential", "Akaike weight, NETTER-1"] == to_error(100 * weights.mean(), error, 0) + "%"


def test_ratios_nearer_to_one_are_counted():
    pairs = pd.DataFrame(
        {
            "study": ["NETTER-2", "COMPETE", "RADIANT-4"],
            "endpoint": ["PFS"] * 3,
            "hr": [0.5, 0.5, 0.5],
            "median_ratio": [1.6, 1.8, 2.5],
            "expected": [2.0] * 3,
        }
    )
    assert cross_trial.pairs_sentence(pairs).startswith("In 2 of 3 comparisons")


def test_dilution_is_told_in_the_order_of_the_printed_interval():
    trials = cross_trial.controls(TABLE)[:1]
    own = trials[0]
    sentence = cross_trial.dilution_sentence(trials, 1)
    middle, low, high, half = (
        float(x)
        for x in re.search(
            r"a true ([\d.]+) \(([\d.]+) to ([\d.]+)\), and of ([\d.]+) if crossover brings half", sentence
        ).groups()
    )
    assert low < own.low and high > own.high and low < middle < high
    assert middle < half < own.hr  # a weaker effect after crossover dilutes less
    curves = cross_trial.dilution(trials, 1)
    most = curves["share"].max()  # progression comes before death in those who can cross over
    assert most == pytest.approx(own.median_os / (own.median_os + own.median_progression))


def test_the_two_worlds_of_crossover_are_told_apart():
    rows = [(0.0, 1.0, 0.5, 0.5, 0.4, 0.6)] * 4
    rows += [(0.8, 1.0, 0.8, 0.45, 0.2, 0.9)] * 4 + [(0.8, 0.0, 0.55, 0.25, 0.1, 0.8)] * 4
    found = pd.DataFrame(rows, columns=["share", "after", "randomised", "corrected", "low", "high"])
    words = cross_trial.rank_preserving_words(found, 4)
    assert [words[name] for name in ("randomised", "corrected", "randomised_none", "corrected_none")] == [
        "0.80", "0.45", "0.55", "0.25",
    ]  # fmt: skip
    assert (words["most"], words["tried"], words["solved"]) == ("80%", "12", "12")
    wide = [np.log(0.9 / 0.2)] * 4 + [np.log(8)] * 4
    assert float(words["wider"]) == pytest.approx(np.median(wide) / np.log(1.5), rel=0.2)


def test_the_gap_is_told_from_its_table():
    table = pd.DataFrame(
        {"share": [0.5, 0.0], "naive": [0.2, 0.1], "maic": [0.71, 0.45], "randomised": [0.72, 0.735],
         "covers": [0.94, 0.4], "maic_error": [0.004] * 2, "randomised_error": [0.004, 0.016]}
    )  # fmt: skip
    words = cross_trial.gap_words(cross_trial.Gap(table, 0.67, 3.0, 0.5, 22.0, 50, 200))
    assert [words[f"alike{end}"] for end in ("", "_randomised", "_covers")] == ["0.71", "0.72", "94%"]
    assert [words[f"none{end}"] for end in ("", "_randomised", "_covers")] == ["0.45", "0.74", "40%"]


def colour(thing):
    return to_hex(thing.get_color())


def test_studies_are_drawn_with_the_side_and_interval_of_their_numbers():
    left, right = figures.all_studies(TABLE).axes
    labels = [tick.get_text() for tick in left.get_yticklabels()]
    place = dict(zip(labels, left.get_yticks(), strict=True))["NETTER-2 · PFS"]
    dots = {c.get_label(): c for c in left.collections if c.get_label() in ("treatment", "comparator")}
    for name, arm, median, shift in (("treatment", "lu", 22.8, 0.14), ("comparator", "control", 8.5, -0.14)):
        assert to_hex(dots[name].get_facecolor()[0]) == to_hex(COLOUR[arm])
        assert [median, round(place + shift, 6)] in dots[name].get_offsets().round(6).tolist()
    spans = [p.vertices.round(6).tolist() for c in left.collections for p in c.get_paths() if len(p.vertices) == 2]
    assert [[7.7, round(place - 0.14, 6)], [13.8, round(place - 0.14, 6)]] in spans
    hollow = {
        round(m.get_xdata()[0], 3) for m in right.lines if m.get_marker() == "s" and m.get_markerfacecolor() == "white"
    }
    secondary = TABLE[(TABLE["confidence"] == "secondary") & TABLE["hr_value"].notna()]
    assert hollow == set(secondary["hr_value"].round(3))


def test_control_arms_are_those_without_treatment_under_their_trials_name():
    (axis,) = figures.control_arms(FOUND, cross_trial.scan_schedules(30), 0.95).axes
    curves = [line for line in axis.lines if line.get_drawstyle() == "steps-post"]
    for (name, found), line, text in zip(FOUND.items(), curves, axis.texts, strict=False):
        own = found.arm == 0
        share = 100 * np.mean(found.time[:, own] > 6)
        assert np.interp(6, *line.get_data()) == pytest.approx(share, abs=3)
        assert text.get_text() == f"Control, {name}" and colour(text) == colour(line) == TRIAL[name]


def test_medians_reported_are_drawn_over_the_true_ones():
    seen = cross_trial.medians_seen([3.0, 6.9, 12.0])
    (axis,) = figures.scan_staircase(seen, {"NETTER-1": 8.4}).axes
    for line in axis.lines:
        if line.get_label().startswith("scans as in "):
            own = seen[seen["schedule"] == line.get_label().removeprefix("scans as in ")]
            assert line.get_xdata().tolist() == own["true"].tolist()
            assert line.get_ydata().tolist() == own["seen"].tolist()


def test_scales_are_drawn_with_their_interval_and_trials_in_both_ranks():
    scales = cross_trial.scales(FOUND, 18, 0.95, 1)
    gains = cross_trial.benefit_by_horizon(FOUND, 0.95)
    first, *_ = figures.three_scales(scales, gains, 18).axes
    own = scales[scales["scale"] == "hazard ratio"].iloc[::-1]
    spans = [p.vertices[:, 0].tolist() for c in first.collections for p in c.get_paths()]
    assert spans == [pytest.approx(pair) for pair in own[["low", "high"]].to_numpy().tolist()]
    ranks = studies.rival_scales(TABLE)
    (axis,) = figures.rankings(ranks).axes
    texts = {text.xy: text.get_text() for text in axis.texts if hasattr(text, "xy")}
    for row, line in zip(ranks.itertuples(), axis.lines, strict=True):
        assert list(line.get_ydata()) == [row.hr_rank, row.difference_rank]
        assert texts[(-0.04, row.hr_rank)] == f"{row.study}  {row.hr:.2f}"
        assert texts[(1.04, row.difference_rank)] == f"{row.difference:.1f}  {row.study}"


def test_models_are_drawn_for_the_group_named_beside_them():
    each = [cross_trial.extrapolate(n, f, ("exponential",), 0.9, 1) for n, f in FOUND.items()]
    axes = np.reshape(figures.hazards(each, 0.9).axes, (2, 2))
    upper, lower = np.reshape(figures.beyond_follow_up(each, 0.9).axes, (2, 2))
    for column, one in enumerate(each):
        for row, (code, name) in enumerate(((1, "¹⁷⁷Lu-Dotatate"), (0, "control"))):
            axis = axes[row, column]
            assert [t.get_text() for t in axis.texts] == [f"{one.trial}, {name}"]
            rate = np.nanmedian(one.fits["exponential"][code].hazard([6.0]))
            assert axis.lines[0].get_ydata()[0] == pytest.approx(rate)
        for line, code in zip(upper[column].lines, (0, 1), strict=False):
            assert line.get_linestyle() == ("-" if code else "--")
            at = np.nanmedian(one.fits["exponential"][code].survival([60.0]))
            assert np.interp(60, *line.get_data()) == pytest.approx(100 * at)
        assert lower[column].lines[0].get_ydata()[-1] > 0
        assert [t.get_text() for t in upper[column].texts] == [f"{one.trial}: beyond {one.followed:.0f} months assumed"]
    axes = figures.benefit_by_model(each).axes
    assert [t.get_text() for t in axes[0].get_legend().get_texts()] == ["5 years", "10 years"]
    table = each[0].table[(each[0].table["quantity"] == "benefit") & (each[0].table["horizon"] == 60)]
    spans = [tuple(p.vertices[:, 0]) for c in axes[0].collections for p in c.get_paths()]
    for row in table.itertuples():
        assert (row.low_all, row.high_all) in spans and (row.low, row.high) in spans


def test_what_matching_misses_is_drawn_by_kind():
    gap = cross_trial.simulate_gap(TABLE, 0.95, 1, replicates=20)
    (axis,) = figures.unmeasured(gap, [0.38], 0.95).axes
    drawn = {line.get_label(): list(line.get_ydata()) for line in axis.lines}
    assert drawn["randomised trial"] == gap.table["randomised"].tolist()
    assert drawn["unmatched"] == gap.table["naive"].tolist()
    assert drawn["matched comparison (95% of them: band)"] == gap.table["maic"].tolist()


def test_ratios_and_dilution_are_drawn_on_their_axes():
    pairs = studies.medians_and_hazard_ratios(TABLE)
    left, _ = figures.medians_against_ratios(pairs, cross_trial.changing_effects(0.3)).axes
    x, y = left.lines[0].get_data()
    assert (x * y).tolist() == pytest.approx(np.ones(len(x)).tolist())
    drawn = np.concatenate([dots.get_offsets() for dots in left.collections])
    assert sorted(map(tuple, drawn.tolist())) == sorted(zip(pairs["hr"], pairs["median_ratio"], strict=True))
    trials = cross_trial.controls(TABLE)
    curves = cross_trial.dilution(trials, 1)
    for axis, each in zip(figures.crossover_dilution(curves, trials).axes, trials, strict=True):
        for line, (hr, part) in zip(axis.lines, curves[curves["trial"] == each.trial].groupby("hr"), strict=False):
            assert line.get_label() == f"{hr:g}" and line.get_ydata().tolist() == part["diluted"].tolist()
        (bar,) = axis.collections
        assert bar.get_paths()[0].vertices[:, 1].tolist() == [each.low, each.high]


def test_corrected_and_randomised_ratios_are_drawn_in_their_world():
    rows = [(0.0, 1.0, 0.5, 0.51), (0.8, 1.0, 0.8, 0.45), (0.0, 0.0, 0.52, 0.53), (0.8, 0.0, 0.55, 0.25)]
    found = pd.DataFrame(rows, columns=["share", "after", "randomised", "corrected"])
    for axis, after in zip(figures.rank_preserving(found, 0.5).axes, (1.0, 0.0), strict=True):
        own = found[found["after"] == after]
        assert axis.texts[0].get_text() == f"crossover brings {'the whole effect' if after else 'none'}"
        for name, legend, tone in (
            ("randomised", "as randomised", VERMILION),
            ("corrected", "rank-preserving model", BLUE),
        ):
            scattered = [c for c in axis.collections if isinstance(c, PathCollection)]
            dots = [c for c in scattered if to_hex(c.get_facecolor()[0]) == to_hex(tone)]
            assert [float(c.get_offsets()[0][1]) for c in dots] == own[name].tolist()
            assert dots[0].get_label() == legend
