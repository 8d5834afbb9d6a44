"""What was published, from the ledger and the facts."""

import re
from pathlib import Path

import nbformat
import pytest

from netterbook import facts
from netterbook.book.display import prose
from netterbook.book.dosimetry import published
from netterbook.book.dosimetry.parameters import Dosimetry

CHAPTER = Path(__file__).parents[3] / "chapters" / "dosimetry.ipynb"


def test_the_trial_is_that_of_its_abstract(trial):
    assert trial[:5] == (96, 5, 1, 9, 4)
    assert trial.interval_months == pytest.approx(70 / 30.4375)
    assert (trial.pfs_months, trial.os_months) == (29, 47)


def test_cohorts_are_the_facts(ledger, cohorts):
    known = facts.read(ledger.folder)
    assert {each.fact: (each.label, each.cycles) for each in cohorts.values()} == {
        "F151": ("18 patients, 80 cycles", 1),
        "F152": ("12 patients, SPECT/CT", 1),
        "F153": ("61 patients, planar", 1),
        "F082": ("NETTER-1, 20 patients", 4),
    }
    assert (cohorts["80 cycles"].mean_gy_per_gbq, cohorts["80 cycles"].cv) == (0.38, 0.5)
    assert cohorts["spect/ct"].cv == pytest.approx(0.13 / 0.43)
    assert cohorts["planar"].mean_gy_per_gbq == 0.57
    assert cohorts["netter-1"].mean_gy_per_gbq * 29.6 == pytest.approx(19.4)
    for each in cohorts.values():
        assert each.source == known[each.fact].source
    assert [each.patients for each in cohorts.values()] == [18, 12, 61, 20]


def test_variation_within_patients_counts_by_the_cycles_that_a_value_is_the_mean_of(cohorts):
    for name, cycles in (("planar", 1), ("netter-1", 4)):
        each = cohorts[name]
        between = each.between_cv(0.15)
        assert (1 + between**2) * (1 + 0.15**2 / cycles) == pytest.approx(1 + each.cv**2)


def test_medians_stand_beside_each_other_as_printed(ledger, sentence):
    known = facts.read(ledger.folder)
    given = {
        "later": known["F066"].value,
        "final": known["F059"].stated,
        "read_at": known["F059"].read_at,
        "rotterdam_pfs": known["F186"].named("PFS"),
        "rotterdam_os": known["F186"].named("OS"),
    }
    cells = ["later {later", "{final", "{rotterdam_pfs:", "{rotterdam_os:", "progressive, Ki67 {"]
    assert [prose(ledger, sentence(cell), **given) for cell in cells] == [
        "not reached; later 28.4 (F066)",
        "48.0 (37.4 to 55.2), final analysis (F059, as given by company release of 3 June 2021; rlthub.co.uk)",
        "29 (26 to 33) (F186)",
        "63 (55 to 72) (F186)",
        "progressive, Ki67 < 20%",
    ]


def test_kidney_cohorts_give_netter1s_published_dose(ledger):
    found = published.kidney_cohorts(ledger, Dosimetry()).set_index("fact")
    assert round(found.loc["F082", "dose"], 1) == 19.4  # Bodei, J Nucl Med 2025
    assert facts.read(ledger.folder)["F082"].value == 19.4
    assert found.loc["F151", "cycles_within"] == 8
    assert (found["cycles_within"] * 7.4 * found["gy_per_gbq"] <= 23).all()
    assert found[["gy_per_gbq", "sd"]].round(2).fillna(0).to_numpy()[:3].tolist() == [
        [0.38, 0.19], [0.43, 0.13], [0.47, 0],
    ]  # fmt: skip


def test_one_set_of_counts_prints_as_the_percentages_of_sundlov(ledger):
    found = published.response_counts(ledger)
    counts = [sum(each) for each in found.possible]
    printed = [ledger.number(f"sundlov2022.abstract.{row}") for row in (
        "partial_response", "stable_disease", "progressive_disease"
    )]  # fmt: skip
    assert [round(100 * count / 96) for count in counts] == printed and found.percent == sum(printed)
    assert found.sums == (96,) == (ledger.count("sundlov2022.abstract.evaluable"),)


def test_cohorts_with_the_highest_kidney_doses_rest_on_planar_images(ledger, cohorts):
    """As the chapter says; NETTER-1's images were whole-body and planar at four to six times, SPECT at one or two."""
    *_, planar, netter1 = cohorts.values()
    assert "planar" in planar.label and netter1.fact == "F082"
    assert facts.read(ledger.folder)["F086"].text.startswith("whole-body planar 4-6 time points")


def test_every_fact_at_second_hand_in_the_chapter_names_what_was_read(ledger):
    text = CHAPTER.read_text(encoding="utf-8")
    shown = {fact for fact in facts.read(ledger.folder).values() if f'"{fact.id}' in text or f'\\"{fact.id}' in text}
    second_hand = [fact for fact in shown if fact.confidence == "read-in-secondary"]
    assert len(second_hand) > 15
    assert all(fact.read_at or re.search(r" (on|quoting) ", fact.source) for fact in second_hand)


def test_the_chapter_types_no_ordinal_and_quotes_no_limit_without_a_source():
    """Its numbers follow from the trial; the BED limit that nobody could verify is not in it."""
    code = "".join(cell.source for cell in nbformat.read(CHAPTER, 4).cells)
    assert not re.search(r"\b(fifth|ninth|nine cycles|exactly four|four cycles)\b", code, re.IGNORECASE)
    assert not re.search(r"\b(unverified|27 Gy)\b", code)
