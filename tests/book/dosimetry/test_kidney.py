"""Tables and words of the dosimetry chapter."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from netterbook import papers
from netterbook.book import figures, parameters
from netterbook.book.dosimetry import kidney
from netterbook.book.parameters import Dosimetry, ParameterError
from netterbook.dosimetry.bed import bed_gy
from netterbook.dosimetry.curves import haenscheid_error
from netterbook.dosimetry.decay import half_life_h
from netterbook.dosimetry.population import Treated, cohorts, sood_dose_gy, virtual_patients
from netterbook.precision import percent, share_error, to_error

SMALL = Dosimetry(patients=1920)


@pytest.fixture(scope="module")
def null():
    return kidney.immortal(Dosimetry())


# Parameters


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"limit_bed_gy": 60.0}, "parameter higher_limit_bed_gy = 40.0 cannot be used: .*not lie below limit_bed_gy"),
        ({"higher_limit_bed_gy": 20.0}, "parameter higher_limit_bed_gy = 20.0 cannot be used"),
        ({"cohort": "netter-3"}, "netter-1.*80 cycles.*spect/ct.*planar"),
        ({"within_cv": 0.3}, "within_cv = 0.3 cannot be used: input should be less than or equal to 0.15"),
        ({"effective_half_life_h": 160.0}, "less than or equal to 159"),
        ({"stop_probability": float("nan")}, "stop_probability = nan cannot be used"),
        ({"alpha_beta_gy": 0.0}, "alpha_beta_gy = 0.0 cannot be used"),
        ({"patients": 95}, "patients = 95 cannot be used"),
        ({"max_cycles": 2}, "max_cycles = 2 cannot be used"),
    ],
)
def test_parameters_that_cannot_be_used(given, message):
    with pytest.raises(ParameterError, match=message):
        parameters.read(Dosimetry, given)


def test_a_cohort_is_read_in_any_case_and_each_has_its_fact():
    assert parameters.read(Dosimetry, {"cohort": "NETTER-1 "}).cohort == "netter-1"
    assert tuple(kidney.COHORT_FACTS) == parameters.COHORTS
    with pytest.raises(ValidationError):
        Dosimetry(seed=-1)


# Four cycles


def test_doses_of_four_cycles_are_the_published_ones():
    table = kidney.four_cycles(Dosimetry()).set_index("fact")
    assert table.loc["F082", ["middle", "low", "high"]].astype(float).round(1).tolist() == [19.4, 10.7, 28.1]
    assert table.loc["F083", ["middle", "low", "high"]].astype(float).round(1).tolist() == [1.0, 0.2, 1.8]
    assert table.loc["F085", ["middle", "low", "high"]].tolist() == [134, 7, 2218]
    assert table.loc["F087", "middle"] == pytest.approx(4 * 4.3)  # the model at its reference clearance, nearly
    assert table.loc["F091", "middle"] == pytest.approx(4 * 0.246)
    assert table.loc["F158", ["low", "high"]].tolist() == [4 * 2, 4 * 77]
    cohort = papers.facts().loc["F098", "value"]
    least, most = re.search(r"([\d.]+)-([\d.]+)", cohort).groups()
    for fact, organ in (("F087", "kidney"), ("F091", "marrow")):  # good kidneys receive least
        ends = [4 * float(sood_dose_gy(7.4, float(x), organ)) for x in (most, least)]
        assert table.loc[fact, ["low", "high"]].tolist() == pytest.approx(ends)
        assert ends[0] < table.loc[fact, "middle"] < ends[1]


def test_half_lives_are_put_into_words():
    """Rates of decay and excretion add up: 1/50 = 1/159.5 + 1/72.8; 2^(-168/159.5) = 48%, 2^(-168/50) = 10%."""
    words = kidney.radionuclide(Dosimetry())
    assert [words[name] for name in ("biological", "week_physical", "week_kidney")] == ["73", "48%", "10%"]
    assert kidney.half_lives(Dosimetry())["decay and excretion equally fast"] == pytest.approx(half_life_h() / 2)


def test_doses_scale_with_the_activity_but_the_models_by_less():
    one, half = (kidney.four_cycles(Dosimetry(activity_gbq=a)).set_index("fact")["middle"] for a in (7.4, 3.7))
    assert half["F082"] / one["F082"] == pytest.approx(0.5)
    assert half["F085"] / one["F085"] == pytest.approx(0.5)
    assert half["F087"] / one["F087"] == pytest.approx(0.5**0.66)


def test_doses_are_shown_as_they_are_published():
    shown = kidney.four_cycles_text(kidney.four_cycles(Dosimetry())).set_index("Cohort")
    assert list(shown.loc["NETTER-1, 20 patients", "Gy"]) == ["19.4 (SD 8.7)", "1.0 (SD 0.8)"]  # facts F082, F083
    assert shown.loc["NETTER-1, 65 lesions", "Gy"] == "134 (7 to 2218)"
    lesions = shown.loc["41 patients, 182 lesions"]
    assert lesions["Gy"] == "8 to 308"
    assert lesions["Given are"] == "4 times the range of a cycle, 2 to 77 Gy"


def test_the_model_is_printed_with_the_numbers_it_computes_with():
    words = kidney.model_words()
    powers = [float(words[f"{name}_power"].replace("−", "-")) for name in ("activity", "clearance")]
    ratio = (3.7 / float(words["activity"])) ** powers[0] * (50 / float(words["clearance"])) ** powers[1]
    assert sood_dose_gy(3.7, 50) == pytest.approx(float(words["dose"]) * ratio, rel=0.002)  # -0.552 prints as -0.55


# BED and limits


def test_words_of_the_bed_invert_it():
    p = Dosimetry()
    words = kidney.bed_words(p)
    for key in ("lower", "higher"):
        dose = float(words[f"{key}_dose"])
        back = 4 * bed_gy(dose / 4, p.alpha_beta_gy, p.repair_half_time_h, p.effective_half_life_h)
        assert back == pytest.approx(float(words[key]), abs=0.1)
    assert kidney.bed_words(Dosimetry(repair_half_time_h=0))["lower_dose"] == "28.0"  # repair at once: BED is the dose


def test_each_limit_has_its_own_equivalent_in_fractions_of_two_gray():
    words = kidney.bed_words(Dosimetry(limit_bed_gy=21.0, higher_limit_bed_gy=42.0, alpha_beta_gy=4.0))
    assert (words["per_two"], words["lower_eqd2"], words["higher_eqd2"]) == ("1.50", "14.0", "28.0")
    facts = kidney.limit_words(Dosimetry(alpha_beta_gy=4.0))  # of the facts, whatever the parameters' limits
    assert (facts["beam_bed"], facts["with_risk_eqd2"]) == (f"{23 * 1.5:.1f}", f"{28 / 1.5:.1f}")
    assert (facts["with_risk"], facts["without_risk"]) == ("28", "40")


@pytest.mark.parametrize(("cycles", "name"), [(1, "1 cycle"), (4, "4 cycles"), (8, "8 cycles")])
def test_a_line_of_the_bed_is_that_of_so_many_cycles(cycles, name):
    """BED = D (1 + G D / (n alpha/beta)), G = T_repair / (T_repair + T_effective)."""
    p, dose = Dosimetry(repair_half_time_h=10.0, effective_half_life_h=30.0), np.array([5.0, 23.0])
    expected = dose * (1 + 10 / 40 * dose / cycles / p.alpha_beta_gy)
    np.testing.assert_allclose(kidney.bed_lines(p, dose)[name], expected)


def test_lines_of_the_bed_are_ordered_and_end_in_their_limits():
    p, dose = Dosimetry(), np.array([0.0, 10.0, 40.0])
    lines = kidney.bed_lines(p, dose)
    order = ["repair at once", "8 cycles", "4 cycles", "1 cycle"]
    for fewer, more in itertools.pairwise(order):
        assert (lines[fewer][1:] < lines[more][1:]).all()
    np.testing.assert_allclose(lines["4 cycles, no repair"], dose * (1 + dose / 4 / p.alpha_beta_gy))


# The protocol


def test_the_base_case_is_the_chapters_own_and_changes_show():
    table = kidney.sensitivity(SMALL).set_index("Changed")
    assert table.loc["none"].tolist()[1:] == table.loc["cohort spect/ct"].tolist()[1:]
    medians = table["Median"].astype(float)
    assert medians["nobody has the higher limit"] <= medians["none"] <= medians["everybody has the higher limit"]
    assert medians["15% a cycle stop for another reason"] < medians["none"] < medians["nobody stops for another reason"]
    assert table.loc["nobody has more than nine cycles", "Range in a trial"].endswith(" to 9")
    assert table.loc["lower limit 27 Gy BED", "Basis"] == "unverified assumption"
    sourced = table.loc[table["Basis"].str.match(r"F\d+"), "Basis"].str.slice(0, 4)
    assert set(sourced) <= set(papers.facts().index)


def test_the_protocol_has_every_parameter_of_the_chapter(monkeypatch):
    seen = {}
    monkeypatch.setattr(kidney, "simulate_protocol", lambda doses, rng, protocol: seen.update(protocol._asdict()))
    given = {"limit_bed_gy": 20.0, "higher_limit_bed_gy": 31.0, "higher_share": 0.3, "stop_probability": 0.2,
             "alpha_beta_gy": 3.5, "repair_half_time_h": 1.5, "effective_half_life_h": 61.0}  # fmt: skip
    kidney.treat(SMALL.model_copy(update=given | {"activity_gbq": 5.5}), stop="at")
    assert seen == given | {"stop": "at", "gbq_per_cycle": 5.5}
    words = kidney.protocol_words(Dosimetry(**given, within_cv=0.12))
    assert [words[name] for name in ("share", "stop", "within")] == ["30%", "20%", "12%"]


def test_what_is_given_to_a_cohort_replaces_its_own_dose():
    p = SMALL.model_copy(update={"within_cv": 0.0, "stop_probability": 0.0, "max_cycles": 5, "limit_bed_gy": 150.0,
                                 "higher_limit_bed_gy": 150.0})  # fmt: skip
    rising = kidney.treat(p, mean=0.2, between=0.0, change=0.08)
    assert rising.dose_gy == pytest.approx(np.full(1920, 7.4 * 0.2 * (1.08**5 - 1) / 0.08))
    own = kidney.treat(p.model_copy(update={"cohort": "netter-1", "within_cv": 0.15}))
    spread = (own.dose_gy / own.cycles).std() / (own.dose_gy / own.cycles).mean()
    assert spread == pytest.approx(cohorts().loc["F082", "cv"], rel=0.1)  # whose values are means of four cycles


def test_simulated_cycles_are_told_as_a_trial_would(monkeypatch):
    """Two trials alike: one has two, most five and one eleven cycles; the third has one to nine."""
    cycles = np.full((3, 96), 5)
    cycles[:2, 0], cycles[:2, -1], cycles[2, 0], cycles[2, -1] = 2, 11, 1, 9
    by_dose = np.arange(288) % 4 == 0
    one = Treated(cycles.ravel(), np.zeros(288), np.full(288, 26.4), np.full(288, True), by_dose)
    row = kidney.by_cohort_text({"12 patients, SPECT/CT": one}).iloc[0]
    assert row["Median"] == "5" and row["Range in a trial"] == "2 to 11"
    assert (row["Same median"], row["Same median and range"]) == ("100%", percent(1 / 3, 3))
    assert (row["Ended by kidney dose"], row["Median BED, Gy"]) == (percent(0.25, 288), "26")


def test_a_changed_base_leaves_out_what_contradicts_it():
    equal = kidney.sensitivity(SMALL.model_copy(update={"limit_bed_gy": 38.0}))
    assert "higher limit 38 Gy BED" in set(equal["Changed"])
    table = kidney.sensitivity(SMALL.model_copy(update={"limit_bed_gy": 39.0}))
    assert "higher limit 38 Gy BED" not in set(table["Changed"])


def test_a_limit_of_absorbed_dose_ends_treatment_at_that_dose():
    p = kidney.by_absorbed_dose(SMALL.model_copy(update={"within_cv": 0.0, "stop_probability": 0.0}))
    treated = kidney.treat(p, mean=0.5, between=0.2)
    each = treated.dose_gy / treated.cycles
    ended = (treated.cycles > 1) & treated.by_dose
    assert ended.mean() > 0.9
    assert (treated.dose_gy[ended] <= 23 + 1e-6).all()
    assert (treated.dose_gy[ended] + each[ended] > 23).all()
    table = kidney.sensitivity(SMALL.model_copy(update={"kidney_limit_gy": 21.0})).set_index("Changed")["Median"]
    assert float(table["21 Gy absorbed dose as the limit"]) < float(table["none"])


def test_how_far_assumptions_move_the_median():
    table = pd.DataFrame(
        [("none", "8"), ("alpha/beta 1.5 Gy", "7"), ("repair half-time 1.4 h", "8"), ("cohort netter-1", "5")],
        columns=["Changed", "Median"],
    )
    other = table.assign(Median=["5", "5", "6.5", "5"])
    assert kidney.sensitivity_words([table]) == {"rest": "3", "biology": "1"}
    assert kidney.sensitivity_words([table, other]) == {"rest": "3", "biology": "1.5"}


def test_the_published_cycles_come_from_the_ledger():
    assert tuple(kidney.published()) == (96, 5, 1, 9)


def test_matches_count_whole_trials():
    treated = kidney.treat(SMALL)
    assert treated.cycles.size == 1920
    assert kidney.treat(Dosimetry(patients=1000)).cycles.size == 960
    medians = np.median(treated.cycles.reshape(-1, 96), axis=1)
    assert kidney.matches(treated).median == np.mean(medians == 5)


def test_without_spread_everybody_of_one_limit_has_the_same_cycles():
    p = Dosimetry(within_cv=0.0, stop_probability=0.0, higher_share=0.0, limit_bed_gy=27.0)
    treated = kidney.treat(p, mean=0.5, between=0.0)
    each = float(bed_gy(0.5 * 7.4, p.alpha_beta_gy, p.repair_half_time_h, p.effective_half_life_h))
    assert set(treated.cycles) == {int(27 / each)}
    assert treated.by_dose.all()


def test_the_grid_matches_where_its_words_say():
    found = kidney.grid(SMALL, stops=(0.0, 0.05))
    assert found.both.shape == (2, kidney.SPREADS.size, kidney.MEANS.size)
    assert (found.both[found.median != 5] < 0.6).all()
    words = kidney.grid_words(found)
    assert words["best"] == percent(found.both.max(), 100)
    assert words["high"] == "at least 0.75, the largest tried"
    assert words["spread"] == "10%, the smallest tried,"
    inside = np.zeros_like(found.both)
    inside[0, 2, 3] = 1
    words = kidney.grid_words(kidney.Grid(found.stops, np.where(inside, 5.0, 6.0), inside))
    assert [words[name] for name in ("low", "high", "mean", "spread")] == ["0.50", "0.50", "0.50 Gy/GBq", "20%"]
    nowhere = kidney.grid_words(kidney.Grid(found.stops, np.full_like(inside, 9.0), inside))
    assert nowhere["low"] == nowhere["high"] == "none"
    assert (words["narrow"], nowhere["narrow"]) == ("20%", "20%")
    seldom = np.zeros_like(inside)
    seldom[1, 5, 2], seldom[1, 6, 2] = 0.06, 0.04
    assert kidney.grid_words(kidney.Grid(found.stops, np.full_like(inside, 5.0), seldom))["narrow"] == "40%"
    never = kidney.grid_words(kidney.Grid(found.stops, np.full_like(inside, 9.0), np.zeros_like(inside)))
    assert [never[name] for name in ("best", "mean", "spread", "stop")] == [
        "0%", "any mean tried", "any size", "any share"
    ]  # fmt: skip
    assert (np.diff(found.median[0, 0]) <= 0).all()  # a higher kidney dose allows fewer cycles


def test_shares_of_fixed_cycles_add_up_and_follow_the_limit():
    table = kidney.fixed_four(SMALL)
    np.testing.assert_allclose(table[["under", "right", "over"]].sum(axis=1), 1)
    by_limit = table.pivot_table(index="cohort", columns="limit", values="over")
    assert (by_limit["BED 40 Gy"] <= by_limit["BED 28 Gy"]).all()
    words = kidney.fixed_four_words(SMALL, table)
    assert words["lower_limit"] == "a BED of 28 Gy"
    assert re.fullmatch(r"\d+% to \d+%", words["dose_under"])
    ends = table[table["limit"] == "BED 40 Gy"]["over"].agg(["min", "max"])
    assert words["higher_over"] == " to ".join(percent(x, 1920) for x in ends)


def test_a_fixed_number_of_cycles_is_measured_by_each_limit():
    """Without any spread but the cohort's: the share whose five, or not even four cycles stay within the limit."""
    p = SMALL.model_copy(update={"within_cv": 0.0, "limit_bed_gy": 25.0, "higher_limit_bed_gy": 30.0})
    row = cohorts().loc["F153"]
    dose = 7.4 * virtual_patients(1920, 1, row.mean_gy_per_gbq, row.cv, 0.0, np.random.default_rng(p.seed))[:, 0]
    bed = bed_gy(dose, p.alpha_beta_gy, p.repair_half_time_h, p.effective_half_life_h)
    found = kidney.fixed_four(p).set_index(["limit", "cohort"])
    for limit, text, each in ((23, "23 Gy", dose), (25, "BED 25 Gy", bed), (30, "BED 30 Gy", bed)):
        own = found.loc[(text, row.label)]
        assert own.under == np.mean(5 * each <= limit) and own.over == np.mean(4 * each > limit)
        assert own.under_error == share_error(own.under, 1920)


@pytest.mark.parametrize(("lower", "higher", "texts"), [(40.0, 40.0, 2), (28.0, 28.0, 2), (100.0, 150.0, 3)])
def test_limits_that_are_equal_are_shown_once_and_said_of_both(lower, higher, texts):
    p = SMALL.model_copy(update={"limit_bed_gy": lower, "higher_limit_bed_gy": higher})
    table = kidney.fixed_four(p)
    assert len(table) == texts * len(kidney.COHORT_FACTS) and not table.duplicated(["limit", "cohort"]).any()
    words, shown = kidney.fixed_four_words(p, table), kidney.fixed_four_text(table)
    assert words["lower_limit"] == f"a BED of {lower:g} Gy" and words["higher_limit"] == f"a BED of {higher:g} Gy"
    if lower == higher:
        assert [words[f"lower_{name}"] for name in ("under", "over")] == [
            words[f"higher_{name}"] for name in ("under", "over")
        ]  # fmt: skip
    assert list(shown["Limit"].unique()) == ["23 Gy", *dict.fromkeys((f"BED {lower:g} Gy", f"BED {higher:g} Gy"))]
    assert len(figures.fixed_cycles(table).axes) == texts


def test_what_the_chapter_says_of_the_cohorts_in_words_is_so():
    treated = kidney.by_cohort(Dosimetry())
    peaks = {label: int(np.bincount(one.cycles).argmax()) for label, one in treated.items()}
    assert list(peaks.values()) == [7, 8, 6, 4]  # in the order of the mean kidney dose, NETTER-1 last
    assert [float(np.median(one.cycles)) > 5 for one in treated.values()] == [True, True, True, False]
    shares = kidney.fixed_four(Dosimetry()).set_index("cohort")
    last = shares.index == list(treated)[-1]
    assert shares.loc[~last, "under"].min() > 0.75
    assert 0.5 < shares.loc[last, "under"].min() < shares.loc[last, "under"].max() < 0.9
    assert shares.loc[last, "over"].head(2).between(0.2, 0.3).all()


# Immortal time


def test_nobody_has_more_cycles_than_the_parameters_allow():
    p = SMALL.model_copy(update={"max_cycles": 6, "stop_probability": 0.0})
    assert kidney.treat(p).cycles.max() == 6 and kidney.protocol_words(p)["most"] == "6"
    bed, planned = kidney._bed_over_cycles(p)
    assert bed.shape == (1920, 6) and planned.max() == 6
    assert set(kidney.by_cohort_text({"12 patients, SPECT/CT": kidney.treat(p)})["Range in a trial"].iloc[:1]) < {
        f"{low} to 6" for low in range(1, 6)
    }
    table = kidney.sensitivity(SMALL.model_copy(update={"max_cycles": 12})).set_index("Changed")["Range in a trial"]
    capped = table.index.str.contains("nine cycles")
    assert capped.sum() == 2 and table[capped].str.endswith(" to 9").all()
    assert table["none"].endswith(" to 12")


def test_analyses_without_an_estimate_are_called_so_and_those_with_one_as_coarse_as_it_is():
    """A patient who has the limit with the first cycle has it from the start: there is nobody to compare with."""
    p = SMALL.model_copy(update={"limit_bed_gy": 0.1, "higher_limit_bed_gy": 0.1})
    rows = kidney.immortal_rows(kidney.immortal(p))
    text = kidney.immortal_text(rows, rows, 0.7).set_index(["Outcome", "Analysis"])
    never = text.loc[("PFS", kidney._METHODS["naive"])]
    assert never.tolist()[:2] == ["not estimable", "0%"]
    words = kidney.immortal_words(p, kidney.immortal(p), kidney.bias_by_length(p, trials=10))
    assert words["pfs_naive"] == words["os_landmark"] == words["os_short"] == "not estimable"
    assert not any("nan" in word for word in words.values())


def test_hazard_ratios_are_shown_to_their_monte_carlo_error(null):
    rows = kidney.immortal_rows(null)
    known = null["OS"].simulated.time_dependent
    low = np.quantile(known.hr[np.isfinite(known.log_hr)], 0.025)
    row = rows.set_index(["outcome", "method"]).loc[("OS", kidney._METHODS["time_dependent"])]
    assert row.low == low and 0.005 < row.low_error < 0.05  # 500 trials: a rank of 12.5 with an error of 3.5
    shown = kidney.immortal_text(rows, rows, 1).set_index(["Outcome", "Analysis"]).iloc[:, 0]
    ends = re.findall(r"[\d.]+", shown[("OS", kidney._METHODS["time_dependent"])])
    assert ends == [to_error(row[name], row[f"{name}_error"], 2) for name in ("hr", "low", "high")]
    words = kidney.immortal_words(Dosimetry(), null, kidney.bias_by_length(Dosimetry(), trials=20))
    assert words["os_time_dependent"] == ends[0]


def test_planned_cycles_end_by_dose_alone():
    often, never = (SMALL.model_copy(update={"within_cv": 0.0, "stop_probability": x}) for x in (0.9, 0.0))
    (bed, planned), (same_bed, same) = kidney._bed_over_cycles(often), kidney._bed_over_cycles(never)
    assert (planned == same).all() and (bed == same_bed).all() and planned.mean() > 5
    within = bed[np.arange(len(planned)), planned - 1] <= 40 + 1e-6
    assert (within | (planned == 1)).all()


def test_the_split_is_by_the_dose_received_until_the_event(monkeypatch):
    """Every patient alike, planned for three cycles ten weeks apart: the dose tells only who lived longer."""
    seen = []
    monkeypatch.setattr(kidney, "sorted_cox", lambda t, e, h, s: seen.append((t, e, h)) or (0.0, 1.0))
    bed, planned = np.tile([1.0, 2.0, 3.0], (10, 1)), np.full(10, 3)
    kidney._split_by_dose(SMALL, bed, planned, 4.0, 50)
    interval = 70 / 30.4375
    assert kidney._interval_months() == pytest.approx(interval)
    for time, _, high in seen:
        received = np.minimum(3, 1 + (time >= interval) + (time >= 2 * interval))
        assert (high == (received > np.median(received))).all() and (np.diff(time) >= 0).all()
    time, event, _ = (np.concatenate(column) for column in zip(*seen, strict=True))
    assert np.median(time) == pytest.approx(4, rel=0.1) and (time[event == 0] >= 24).all()
    kidney._split_by_dose(SMALL, bed, planned, 1e6, 50)  # nobody has an event
    ends = np.concatenate([time for time, _, _ in seen[50:]])
    assert (ends.min(), ends.max()) == (pytest.approx(24, abs=0.3), pytest.approx(84, abs=0.3))


def test_immortal_time_is_simulated_with_the_published_trial(monkeypatch):
    calls = []
    monkeypatch.setattr(kidney, "simulate_immortal_time", lambda planned, rng, **given: calls.append(given))
    found = kidney.immortal(SMALL.model_copy(update={"landmark": 7.0}), hr=0.6)
    assert list(found) == ["PFS", "OS"] and [call["median_months"] for call in calls] == [29, 47]
    for call in calls:
        assert (call["patients"], call["trials"], call["landmark_months"], call["hr"]) == (96, 500, 7.0, 0.6)
        assert call["interval_months"] == pytest.approx(70 / 30.4375)


def test_only_analyses_that_look_ahead_are_biased(null):
    rows = kidney.immortal_rows(null).set_index(["outcome", "method"])
    for outcome in ("PFS", "OS"):
        ever, landmark, moving = (
            rows.loc[(outcome, kidney._METHODS[m])] for m in ("naive", "landmark", "time_dependent")
        )
        split = rows.loc[(outcome, kidney._METHODS["split"])]
        assert ever.high < 1
        assert split.high < 1
        for fair in (landmark, moving):
            assert abs(np.log(fair.hr)) < 0.06
            assert fair.significant < 0.09


def test_an_effect_is_found_by_the_time_dependent_analysis_and_diluted_by_the_landmark():
    rows = kidney.immortal_rows(kidney.immortal(Dosimetry(), 0.7)).set_index(["outcome", "method"])["hr"]
    assert rows["PFS", kidney._METHODS["time_dependent"]] == pytest.approx(0.7, rel=0.06)
    assert 0.75 < rows["PFS", kidney._METHODS["landmark"]] < 1


def test_the_bias_vanishes_with_the_length_of_treatment():
    table = kidney.bias_by_length(Dosimetry()).sort_values("months")
    assert (np.diff(table["PFS"]) < 0).all()
    assert table["PFS"].iloc[0] > 0.9
    assert table["months"].to_numpy() == pytest.approx((table["cycles"] - 1).to_numpy() * 70 / 30.4375)


# Single images, trends, safety


def test_the_best_times_of_single_images():
    words = kidney.single_image_words(Dosimetry())
    assert words["haenscheid_least"] == "6%"  # 6.1% is the most between one and two half-lives
    for end, outwards in (("from", -0.02), ("to", 0.1)):
        errors = np.abs(haenscheid_error([float(words[end]) - outwards, float(words[end]) + outwards], 1.0))
        assert errors[0] < float(words["near"].rstrip("%")) / 100 < errors[1]
    for name, errors in kidney.single_image_errors(Dosimetry(), np.array([24.0, 168.0])).items():
        key = {"Hänscheid": "haenscheid", "Madsen": "madsen"}[name]
        shown = [float(words[f"{key}_{when}"].rstrip("%")) for when in ("day", "week")]
        assert shown == pytest.approx(100 * np.abs(errors).max(axis=0), abs=0.51)
    assert 0.7 < float(words["from"]) < 0.8  # the chapter says about three quarters to two and a half
    assert words["to"] == "2.5"
    assert abs(float(words["madsen_best"]) - 72) <= 5  # J Nucl Med 2022, fact F163: about 72 h
    twice = kidney.single_image_words(Dosimetry(effective_half_life_h=100))
    assert float(twice["madsen_best"]) == pytest.approx(2 * float(words["madsen_best"]), abs=1.5)
    soon = kidney.single_image_words(Dosimetry(effective_half_life_h=5))
    assert float(soon["haenscheid_best"]) == pytest.approx(float(words["haenscheid_best"]) / 10, abs=1.5)  # not 12


def test_no_half_life_of_a_single_image_is_longer_than_the_physical_one():
    p = Dosimetry(effective_half_life_h=150.0)
    assert kidney.true_half_lives_h(p).tolist() == pytest.approx([105, 127.5, 150, half_life_h(), half_life_h()])
    assert kidney.single_image_words(p)["longest"] == f"{half_life_h():g}"
    assert kidney.single_image_errors(p, np.array([24.0]))["Madsen"][2] == pytest.approx(0)


def test_trends_are_the_facts():
    facts = papers.facts()
    assert "rises ~8%" in facts.loc["F157", "quantity"]
    assert "falls ~13%" in facts.loc["F157", "quantity"]
    assert facts.loc["F159", "value"] == "6 / 14"
    second = kidney.trends(2).set_index("cycle").loc[2]
    assert second.round(2).tolist() == [1.08, 0.94, 0.86, 0.87]


def test_trends_are_put_into_words():
    """Geometric series: 0.86 of the dose a cycle in grade 2, 0.87 to 1.08 in pancreatic tumours and kidneys."""
    expected = {"fifth": 0.86**4, "ninth": 0.86**8, "four_of_nine": (1 - 0.86**4) / (1 - 0.86**9)}
    expected |= {"fifth_ratio": (0.87 / 1.08) ** 4, "ninth_ratio": (0.87 / 1.08) ** 8}
    assert kidney.trend_words() == {name: f"{100 * share:.0f}%" for name, share in expected.items()}


def test_radiation_safety_is_the_facts_times_the_activity():
    words = kidney.safety_words(Dosimetry())
    assert float(words["rate"]) == round(0.0037 * 1000 * 7.4)
    assert float(words["staff"]) == round(0.65 * 7.4, 1)
    assert words["left"] == f"{100 * 2 ** (-70 * 24 / half_life_h()):.2f}%" == "0.07%"
    assert (words["week"], words["metastable"]) == ("0.04%", "1.5")  # Henkelmann: doubled within a week, 1.4 to 1.8 MBq


def test_medians_stand_beside_each_other_as_printed():
    table = kidney.survival_beside().set_index("Study")
    assert table.loc["Sundlöv 2022: cycles by kidney dose"].tolist()[1:] == ["29", "47"]
    assert table.loc["NETTER-2: four cycles", "Median OS, months"].startswith("not reached in either group")
    assert table.loc["Rotterdam 2017, cohort"].tolist()[1:] == ["29 (26 to 33) (F186)", "63 (55 to 72) (F186)"]
