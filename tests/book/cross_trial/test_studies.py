import re

import numpy as np
import pytest

from netterbook import papers
from netterbook.book import parameters
from netterbook.book.cross_trial import studies


def test_kidney_cohorts_give_netter1s_published_dose():
    cohorts = studies.kidney_cohorts(activity_gbq=7.4, limit_gy=23).set_index("fact")
    assert round(cohorts.loc["F082", "dose"], 1) == 19.4  # Bodei, J Nucl Med 2025
    assert papers.facts().loc["F082", "value"].startswith("19.4")
    assert cohorts.loc["F151", "cycles_within"] == 8
    assert (cohorts["cycles_within"] * 7.4 * cohorts["gy_per_gbq"] <= 23).all()
    text = studies.kidney_cohort_text(cohorts.reset_index(), 23)
    assert list(text["Gy/GBq"])[:3] == ["0.38 (SD 0.19)", "0.43 (SD 0.13)", "0.47"]


@pytest.mark.parametrize(("level", "word"), [(0.95, "not shown"), (0.51, "perhaps")])
def test_conclusions_follow_the_interval(level, word):
    table = studies.conclusions(level).set_index("Statement")["Supported?"]
    assert table["The effect is larger in one NETTER trial than in the other"].startswith(word)


def test_conclusions_rest_on_the_studies_included():
    def said(**kwargs):
        return " ".join(studies.conclusions(**kwargs).to_numpy().ravel())

    assert "COMPETE, randomised: hazard ratio 0.67 (0.48–0.95) (secondary source)" in said()
    assert "3.9 months (RADIANT-4) to 18.0 months (CLARINET)" in said()
    assert "final analysis: hazard ratio 0.84" in said()
    known = said(include_secondary=False)
    assert "COMPETE" not in known and "final analysis" not in known and "RADIANT-4" in known
    assert "CLARINET" not in said(names=("COMPETE",)) and "COMPETE" in said(names=("COMPETE",))


def test_the_last_times_at_risk_are_the_printed_ones():
    for name, figure in (("netter1", "figure1a"), ("netter2", "figure2a")):
        frame = papers.table(name, figure)[["time", "lu", "control"]].astype(int)
        last = max(t for t, lu, control in frame.to_numpy() if min(lu, control) > 0)
        assert f"{last} months in {studies.PAPERS[name]}" in studies.conclusions().to_string()


def test_the_two_trials_side_by_side():
    table = studies.netter_side_by_side().set_index("")
    assert list(table.loc["PFS hazard ratio"]) == ["0.21 (95% CI 0.13 to 0.33)", "0.276 (95% CI 0.182 to 0.418)"]
    assert table.loc["Median PFS, ¹⁷⁷Lu-Dotatate, months", "NETTER-1"] == "not reached"


# Studies side by side: proofread against the facts they were typed from

TYPED = papers.table("reference", "studies").to_dict("records")
SAID = ("population", "line", "grade")
NUMBERS = ("n", "n_comparator", "median", "median_comparator", "hr", "response", "response_comparator", "crossover")
NOT_IN_FACTS = {  # the fact leaves out what everyone knows of the trial
    "sunitinib_pfs": ("placebo",), "cabinet_ep_pfs": ("cabozantinib", "placebo"),
    "cabinet_p_pfs": ("cabozantinib", "placebo"), "cabinet_gi_pfs": ("cabozantinib", "placebo"),
    "compose": ("edotreotide",),
}  # fmt: skip


def known_of(row):
    facts = papers.facts().loc[row["sources"].split()]
    return facts, " ".join(facts[["topic", "quantity", "value", "low", "high", "population"]].to_numpy().ravel())


def typed(predicate=lambda row: True):
    rows = [row for row in TYPED if row["sources"] and predicate(row)]
    assert rows
    return pytest.mark.parametrize("row", rows, ids=lambda row: row["row"])


@typed()
def test_every_typed_number_is_in_its_facts(row):
    _, text = known_of(row)
    known = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)}
    for column in NUMBERS:
        cell = row[column]
        if parts := re.fullmatch(r"(\d+)% \((CR (\d+)%, PR (\d+)%)\)", cell):  # the fact names the parts alone
            assert int(parts[1]) == int(parts[3]) + int(parts[4]), cell
            cell = parts[2]
        for number in re.findall(r"\d+(?:\.\d+)?", cell):
            assert float(number) in known, (column, number)


@typed(lambda row: row["hr"])
def test_hazard_ratios_are_the_facts(row):
    facts, _ = known_of(row)
    fact = facts[facts["unit"] == "HR"].iloc[0]
    shown = [float(x) for x in re.findall(r"[\d.]+", row["hr"])]
    if row["row"] == "e2211_os":
        assert f"HR {shown[0]}" in fact["quantity"]
    else:
        assert shown == [float(fact[c]) for c in ("value", "low", "high") if fact[c]]


@typed(lambda row: "–" in row["median"])
def test_medians_with_their_intervals_are_the_facts(row):
    facts, text = known_of(row)
    for column in ("median", "median_comparator"):
        point, *limits = re.findall(r"[\d.]+", row[column]) or [""]
        if not limits:
            continue
        own = [
            fact for fact in facts.to_dict("records") if [fact[c] for c in ("value", "low", "high")] == [point, *limits]
        ]
        assert own or f"{point} ({limits[0]}-{limits[1]})" in text


@typed(lambda row: row["median"].replace(".", "").isdigit() and row["median_comparator"])
def test_bare_medians_stand_together_in_the_facts(row):
    _, text = known_of(row)
    first, second = row["median"], row["median_comparator"]
    assert re.search(rf"{re.escape(first)}( CAPTEM)? vs {re.escape(second)}", text), (first, second)


@typed(lambda row: any(row[c] for c in SAID))
def test_patients_are_described_in_the_words_of_the_facts(row):
    _, text = known_of(row)
    if row["row"] == "netter1_os":  # described by its paper, as its progression-free survival
        return
    for column in SAID:
        for part in row[column].split(", "):
            assert part.lower() in text.lower(), part


@typed(lambda row: not row["row"].startswith("netter1"))
def test_treatments_are_those_of_the_facts(row):
    facts, text = known_of(row)
    where = (text + " ".join(facts["source"])).lower()
    for treatment in filter(None, (row["treatment"], row["comparator"])):
        word = re.split(r"[ ,]", treatment.lower().removeprefix("¹⁷⁷lu-"))[0]
        word = {"temozolomide": "tem"}.get(word, word)
        if word != "dotatate" and word not in NOT_IN_FACTS.get(row["row"], ()):
            assert word in where, treatment


def test_only_known_facts_are_used():
    """``papers.facts`` leaves the unverified out; so a row of one fails here."""
    facts = papers.facts()
    for row in TYPED:
        claims = re.findall(r"\{([^}]+)\}", " ".join(row.values()))
        assert row["sources"] or claims
        assert set(row["sources"].split()) <= set(facts.index)
    assert len({row["row"] for row in TYPED}) == len(TYPED)


def test_the_table_shows_the_ledger_and_the_facts(ledger):
    table = studies.side_by_side().set_index("row")
    assert tuple(table.loc["netter1_pfs", ["hr_value", "hr_low", "hr_high"]]) == (0.21, 0.13, 0.33)
    assert table.loc["netter1_pfs", ["median", "confidence"]].tolist() == ["not reached", "full text"]
    assert np.isnan(table.loc["netter1_pfs", "median_value"])
    assert table.loc["sundlov_pfs", ["n", "median", "confidence"]].tolist() == ["96", "29", "abstract"]
    assert table.loc["netter1_os", "confidence"] == "secondary"  # the weakest of its facts
    assert table.loc["radiant4_pfs", "source"] == papers.facts().loc["F171", "source"]
    assert not table.to_string().count("{")
    assert np.isnan(table.loc["e2211_pfs", "hr_low"]) and table.loc["e2211_pfs", "hr_value"] == 0.58
    known = studies.side_by_side(include_secondary=False)
    assert "secondary" not in set(known["confidence"]) and "COMPETE" not in set(known["study"])


def test_studies_can_be_chosen_and_the_netter_trials_stay():
    assert len(studies.OTHERS) == len(set(studies.OTHERS)) == 17 and "Sunitinib" in studies.OTHERS
    chosen = studies.side_by_side(names=("CABINET", "COMPETE"))
    assert chosen["study"].str.partition(",")[0].unique().tolist() == ["NETTER-1", "NETTER-2", "COMPETE", "CABINET"]
    assert set(studies.side_by_side(names=())["study"]) == set(studies.NETTER)
    assert studies.side_by_side(names=()).index.tolist() == list(range(4))


def test_indirect_comparisons():
    table = studies.side_by_side()
    direct = studies.indirect_comparisons(table, "octreotide 60 mg")
    assert len(direct) == 1
    (row,) = direct.itertuples()
    # by hand: log ratio log(0.21/0.276), variances ((log 0.33/0.13)/3.92)^2 + ((log 0.418/0.182)/3.92)^2
    error = np.hypot(np.log(0.33 / 0.13), np.log(0.418 / 0.182)) / (2 * 1.959964)
    assert row.ratio == pytest.approx(0.21 / 0.276)
    assert row.high == pytest.approx(row.ratio * np.exp(1.959964 * error))
    through = studies.indirect_comparisons(table, "placebo")
    trials = table[(table["comparator"] == "placebo") & table["endpoint"].isin(["PFS", "TTP"])]["study"]
    trials = trials[~trials.str.endswith("subset")]
    assert len(through) == len(trials) * (len(trials) - 1) / 2
    with pytest.raises(parameters.ParameterError, match="those that do are: none"):
        studies.indirect_comparisons(studies.side_by_side(names=("PROMID",)), "everolimus")
    with pytest.raises(parameters.ParameterError, match="those that do are: PROMID;"):
        studies.indirect_comparisons(studies.side_by_side(names=("PROMID",)), "placebo")


def test_nobody_counts_twice():
    """The gastrointestinal subset lies inside CABINET's extrapancreatic cohort."""
    table = studies.side_by_side()
    subset = "CABINET, gastrointestinal subset"
    assert subset in set(table["study"]) and subset not in set(studies.counted_once(table)["study"])
    assert len(studies.counted_once(table)) == len(table) - 1
    for made in (studies.rival_scales, studies.medians_and_hazard_ratios):
        assert subset not in set(made(table)["study"])
        assert {"CABINET, extrapancreatic", "CABINET, pancreatic"} < set(made(table)["study"])
    assert studies.number_of_trials(table["study"]) == 19  # 17 and the two NETTER trials


def test_overall_survival_of_netter2_has_no_number():
    row = studies.side_by_side().set_index("row").loc["netter2_os"]
    assert row[["median", "median_comparator", "hr"]].tolist() == ["not reached", "not reached", ""]
    assert row.crossover == "48% (36 patients: 29 in the crossover phase, 7 later)"
    assert np.isnan(row.hr_value) and row.confidence == "full text"


def test_what_the_two_netter_trials_could_tell_apart():
    words = studies.ratio_of_hazard_ratios()
    # half width of the interval on the log scale is 1.96 standard errors; significance, and with 80% power 1.96 + 0.84
    error = np.hypot(np.log(0.33 / 0.13), np.log(0.418 / 0.182)) / (2 * 1.959964)
    assert words["factor"] == f"{np.exp(1.959964 * error):.1f}" == "1.9"
    assert words["found"] == f"{np.exp((1.959964 + 0.841621) * error):.1f}" == "2.4"


@pytest.mark.parametrize("paper", ["netter1", "netter2"])
def test_who_is_left_at_the_end_is_printed(paper):
    found = studies.last_at_risk(paper)
    rows = papers.table(paper, {"netter1": "figure1a", "netter2": "figure2a"}[paper]).set_index("time")
    assert rows.loc[str(found.time), ["lu", "control"]].tolist() == [str(found.lu), str(found.control)]


def test_two_scales_rank_trials_differently():
    ranks = studies.rival_scales(studies.side_by_side()).set_index("study")
    assert ranks["hr_rank"].idxmin() == "CABINET, pancreatic" and ranks["difference_rank"].idxmin() == "NETTER-2"
    assert ranks.loc["COMPETE", ["hr_rank", "difference_rank", "difference"]].tolist() == [len(ranks), 2, 9.8]
    assert sorted(ranks["hr_rank"]) == sorted(ranks["difference_rank"]) == list(range(1, len(ranks) + 1))


def test_the_network():
    edges = studies.network(studies.side_by_side()).set_index(["treatment", "comparator"])
    placebo = edges.loc[("everolimus", "placebo"), "part"]
    assert edges.loc[("¹⁷⁷Lu-edotreotide", "everolimus"), "part"] == placebo  # COMPETE connects a radioligand
    assert edges.loc[("¹⁷⁷Lu-Dotatate", "octreotide 60 mg"), "part"] not in (placebo, -1)
    assert not edges.loc[("¹⁷⁷Lu-Dotatate", "sunitinib"), "comparative"]  # OCLURANDOM
    assert not edges.loc[("¹⁷⁷Lu-edotreotide", "CAPTEM, everolimus or FOLFOX"), "results"]  # COMPOSE
    assert (edges.loc[~(edges.comparative & edges.results), "part"] == -1).all()
    assert sorted(set(edges.part)) == [-1, 0, 1, 2]
    without = studies.network(studies.side_by_side(include_secondary=False))
    assert "COMPETE" not in set(without["trials"])


def test_medians_beside_hazard_ratios():
    table = studies.medians_and_hazard_ratios(studies.side_by_side()).set_index(["study", "endpoint"])
    netter2 = table.loc[("NETTER-2", "PFS")]
    assert netter2.median_ratio == pytest.approx(22.8 / 8.5) and netter2.expected == pytest.approx(1 / 0.276)
    assert ("NETTER-1", "PFS") not in table.index  # one median not reached
    assert table.loc[("RADIANT-4", "PFS"), "shape"] < 1 < netter2["shape"]


def test_the_published_matched_comparisons():
    table = studies.matched_comparisons()
    assert set(table["fact"]) == {"F196", "F197", "F198", "F199", "F201", "F202"}
    assert ((table.low < table.hr) & (table.hr < table.high)).all()
    assert table["source"].str.startswith("Khan").all()
