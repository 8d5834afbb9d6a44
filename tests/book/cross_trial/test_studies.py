"""Studies side by side: what the table holds, and its cells proofread against the facts they were typed from."""

import re

import numpy as np
import pytest

from netterbook import facts, papers
from netterbook.book.cross_trial import studies
from netterbook.book.cross_trial.parameters import CrossTrial
from netterbook.errors import ParameterError
from netterbook.text import fill

# Proofread against the facts

TYPED = papers.table("reference", "studies").to_dict("records")
KNOWN = facts.read(papers.data_dir())
SAID = ("population", "line", "grade")
NUMBERS = ("n", "n_comparator", "median", "median_comparator", "hr", "response", "response_comparator", "crossover")
NOT_IN_FACTS = {  # the fact leaves out what everyone knows of the trial
    "sunitinib_pfs": ("placebo",), "cabinet_ep_pfs": ("cabozantinib", "placebo"),
    "cabinet_p_pfs": ("cabozantinib", "placebo"), "cabinet_gi_pfs": ("cabozantinib", "placebo"),
    "compose": ("edotreotide",),
}  # fmt: skip


def known_of(row):
    """The facts of a row, and what they say."""
    own = [KNOWN[fact] for fact in row["sources"].split()]
    return own, " ".join(
        part for f in own for part in (f.topic, f.quantity, f.text, f.low_text, f.high_text, f.population)
    )


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
    own, _ = known_of(row)
    fact = next(fact for fact in own if fact.unit == "HR")
    shown = [float(x) for x in re.findall(r"[\d.]+", row["hr"])]
    if row["row"] == "e2211_os":
        assert f"HR {shown[0]}" in fact.quantity
    else:
        assert shown == [x for x in fact.stated if np.isfinite(x)]


@typed(lambda row: "–" in row["median"])
def test_medians_with_their_intervals_are_the_facts(row):
    own, text = known_of(row)
    for column in ("median", "median_comparator"):
        point, *limits = re.findall(r"[\d.]+|NE", row[column]) or [""]
        if not limits:
            continue
        stated = [fact for fact in own if [fact.text, fact.low_text, fact.high_text] == [point, *limits]]
        assert stated or f"{point} ({limits[0]}-{limits[1]})" in text


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
    own, text = known_of(row)
    where = (text + " ".join(fact.source for fact in own)).lower()
    for treatment in filter(None, (row["treatment"], row["comparator"])):
        word = re.split(r"[ ,]", treatment.lower().removeprefix("¹⁷⁷lu-"))[0]
        word = {"temozolomide": "tem"}.get(word, word)
        if word != "dotatate" and word not in NOT_IN_FACTS.get(row["row"], ()):
            assert word in where, treatment


def test_only_known_facts_are_used():
    """The unverified are not read; so a row of one fails here."""
    for row in TYPED:
        claims = re.findall(r"\{([^}]+)\}", " ".join(row.values()))
        assert row["sources"] or claims
        assert set(row["sources"].split()) <= set(KNOWN)
    assert len({row["row"] for row in TYPED}) == len(TYPED)


def test_every_study_is_of_a_trial():
    by = {row["row"]: row for row in TYPED}
    for row in TYPED:
        assert row["study"].startswith(row["trial"])
        if row["subset_of"]:
            whole = by[row["subset_of"]]
            assert (whole["trial"], whole["endpoint"]) == (row["trial"], row["endpoint"])
            assert int(row["n"]) < int(whole["n"]) and int(row["n_comparator"]) < int(whole["n_comparator"])


def test_the_table_shows_the_ledger_and_the_facts(ledger, table):
    by = table.set_index("row")
    assert tuple(by.loc["netter1_pfs", ["hr_value", "hr_low", "hr_high"]]) == (0.21, 0.13, 0.33)
    assert by.loc["netter1_pfs", ["median", "median_value", "confidence"]].tolist() == [
        "not reached", np.inf, "full text",
    ]  # fmt: skip
    assert by.loc["sundlov_pfs", ["n", "median", "median_value", "confidence"]].tolist() == ["96", "29", 29, "abstract"]
    assert by.loc["sundlov_pfs", "grade"] == f"Ki67 {ledger['sundlov2022.abstract.ki67_limit'].printed}"  # as printed
    assert by.loc["netter1_os", "confidence"] == "secondary"  # the weakest of its facts
    assert by.loc["radiant4_pfs", "source"] == KNOWN["F171"].source
    assert not table.to_string().count("{")
    assert np.isnan(by.loc["e2211_pfs", "hr_low"]) and by.loc["e2211_pfs", "hr_value"] == 0.58
    without = studies.side_by_side(ledger, False, ("all",))
    assert "secondary" not in set(without["confidence"]) and "COMPETE" not in set(without["study"])


def test_numbers_are_those_of_the_claims_and_facts_not_of_what_is_shown(ledger, table):
    by = table.set_index("row")
    for row, column, claim in (
        ("netter2_pfs", "hr", "netter2.figure2a.pfs_hr"),
        ("netter1_pfs", "median_comparator", "netter1.results.pfs_median_control"),
        ("netter2_pfs", "median_comparator", "netter2.figure2a.median_control"),
    ):
        numbers = by.loc[row, [f"{column}_{part}" for part in ("value", "low", "high")]]
        assert tuple(numbers) == ledger.estimate(claim)
    for row, fact in (("netter1_os", "F061"), ("compete_pfs", "F176"), ("radiant3_os", "F173")):
        assert tuple(by.loc[row, ["hr_value", "hr_low", "hr_high"]]) == KNOWN[fact].stated
    assert by.loc["netter1_os", "crossover_share"] == KNOWN["F062"].value / 100
    assert by.loc["netter2_os", "crossover_share"] == ledger.number("netter2.results.any_radioligand_control_pct") / 100
    assert by.loc["oclurandom_pfs", ["median_value", "median_low", "median_high"]].tolist() == [20.7, 17.2, 23.7]
    assert by.loc["netter2_pfs", ["median_value", "median_low", "median_high"]].tolist() == [22.8, 19.4, np.inf]


def test_every_study_is_shown_with_its_source(table, sentence):
    assert (table["source"] != "").all() and (table["facts"] != "").all()
    said = sentence("claims of the ledger|")
    by = table.assign(counted=table["claims"] > 0).set_index("row")
    assert fill(said, by.loc["sundlov_os"]) == "3 claims of the ledger"
    assert fill(said, by.loc["netter1_os"]) == "F058 F059 F060 F061 F062"
    own = by[by["counted"]]
    assert (own["claims"] == own["facts"].str.split().map(len)).all()


def test_studies_can_be_chosen_and_the_netter_trials_stay(ledger):
    every = studies.chosen(ledger, CrossTrial().trials)
    assert len(every) == len(set(every)) == 20 and every[:2] == ("NETTER-1", "NETTER-2") and "Sunitinib" in every
    chosen = studies.side_by_side(ledger, True, ("cabinet", "COMPETE"))
    assert chosen["trial"].unique().tolist() == ["NETTER-1", "NETTER-2", "COMPETE", "CABINET"]
    none = studies.side_by_side(ledger, True, ())
    assert set(none["study"]) == {"NETTER-1", "NETTER-2"} and none.index.tolist() == list(range(4))
    for names in (("COMPETE", "FOO"), ("FOO",)):
        with pytest.raises(ParameterError, match=r"trials = .* cannot be used: no study 'FOO'; there are: Sundlöv"):
            studies.side_by_side(ledger, True, names)


def test_nobody_counts_twice(table):
    """The gastrointestinal subset lies inside CABINET's extrapancreatic cohort, two others inside COMPETE."""
    subsets = {"CABINET, gastrointestinal subset", "COMPETE, gastroenteric", "COMPETE, pancreatic"}
    assert subsets <= set(table["study"]) and not subsets & set(studies.counted_once(table)["study"])
    assert len(studies.counted_once(table)) == len(table) - len(subsets)
    assert not subsets & set(studies.of_progression(table)["study"])
    assert set(studies.of_progression(table)["endpoint"]) == {"PFS", "TTP"}
    alone = table[table["row"] == "cabinet_gi_pfs"]
    assert len(studies.counted_once(alone)) == 1  # counts where the whole is not there
    assert table["trial"].nunique() == 20  # 18 and the two NETTER trials


def test_overall_survival_of_netter2_has_no_number(table):
    row = table.set_index("row").loc["netter2_os"]
    assert row[["median", "median_comparator", "hr"]].tolist() == ["not reached", "not reached", ""]
    assert row.crossover == "48% (36 patients: 29 in the crossover phase, 7 later)"
    assert np.isnan(row.hr_value) and row.confidence == "full text"


def test_who_was_compared_with_whom(ledger, table):
    pairs = studies.treatments_compared(table).set_index(["treatment", "comparator"])
    placebo = pairs.loc[("everolimus", "placebo"), "part"]
    assert pairs.loc[("everolimus", "placebo"), "trials"] == ("RADIANT-3", "RADIANT-4")
    assert pairs.loc[("cabozantinib", "placebo"), "trials"] == ("CABINET",)
    assert pairs.loc[("¹⁷⁷Lu-edotreotide", "everolimus"), "part"] == placebo  # COMPETE connects a radioligand
    assert pairs.loc[("¹⁷⁷Lu-Dotatate", "octreotide 60 mg"), "part"] not in (placebo, -1)
    assert not pairs.loc[("¹⁷⁷Lu-Dotatate", "sunitinib"), "comparative"]  # OCLURANDOM
    assert not pairs.loc[("¹⁷⁷Lu-edotreotide", "CAPTEM, everolimus or FOLFOX"), "results"]  # COMPOSE
    assert not pairs.loc[("¹⁷⁷Lu-Dotatate", "octreotide"), "results"]  # NETTER-3
    assert (pairs.loc[~(pairs.comparative & pairs.results), "part"] == -1).all()
    assert sorted(set(pairs.part)) == [-1, 0, 1, 2]
    without = studies.treatments_compared(studies.side_by_side(ledger, False, ("all",)))
    assert not any("COMPETE" in names for names in without["trials"])


def test_each_pair_of_treatments_is_told_with_its_trials(table):
    pairs, told = studies.treatments_compared(table), studies.compared_through(table)
    both = ["treatment", "comparator"]
    assert set(told[both].itertuples(index=False)) == set(pairs[both].itertuples(index=False))
    connected = told[told["through"] != ""]
    assert len(connected.drop_duplicates(both)) == (pairs["comparative"] & pairs["results"]).sum()
    rows = told.set_index("study")
    assert rows.loc["NETTER-2", ["through", "hr"]].tolist() == ["octreotide 60 mg", "0.276 (0.182–0.418)"]
    assert rows.loc[["COMPETE", "SEQTOR"], "through"].tolist() == ["placebo", "placebo"]  # by everolimus
    assert rows.loc[["OCLURANDOM", "COMPOSE"], "through"].tolist() == ["", ""]
    assert not told["study"].str.contains("subset").any()
