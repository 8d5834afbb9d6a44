"""Which assumptions matter."""

import pandas as pd
import pytest

from netterbook import facts
from netterbook.book.dosimetry import sensitivity
from netterbook.book.dosimetry.protocol import cycles_received, kidney_doses, treat


def vary(ledger, p, trial, cohorts):
    return sensitivity.sensitivity(ledger, p, trial, cohorts).set_index("changed")


@pytest.fixture(scope="module")
def table(ledger, small, trial, cohorts):
    return vary(ledger, small, trial, cohorts)


def test_the_base_case_is_the_chapters_own_and_changes_show(table):
    assert table.loc["none"].tolist()[2:] == table.loc["cohort spect/ct"].tolist()[2:]
    median = table["median"]
    assert median["nobody has the higher limit"] <= median["none"] <= median["everybody has the higher limit"]
    assert median["15% a cycle stop for another reason"] < median["none"] < median["nobody stops for another reason"]
    assert median["kidney dose rises by 8% a cycle"] < median["none"]
    assert table.loc["nobody has more than 9 cycles", "high"] == 9
    assert table.loc["23 Gy absorbed dose as the limit", "median"] < median["none"]


def test_every_change_has_its_basis(table, ledger):
    assert table.loc["lower limit 26 Gy BED", "basis"] == "assumption of this chapter"
    sourced = table.loc[table["basis"].str.match(r"F\d+"), "basis"].str.slice(0, 4)
    assert set(sourced) <= set(facts.read(ledger.folder)) and len(sourced) == 9
    biology = ["alpha/beta 1.5 Gy", "alpha/beta 3 Gy", "repair half-time 1.4 h", "repair half-time 5.6 h",
               "effective half-life 40 h", "effective half-life 60 h"]  # fmt: skip
    assert list(table.index[table["biology"]]) == biology
    assert table.loc["kidney dose rises by 8% a cycle", "basis"] == "F157, by mediamedic.co, summary of the study"


def test_a_changed_parameter_is_simulated_as_itself(table, small, trial, cohorts):
    """Each row again, from the number that its label says."""
    for label, name, value in (
        ("lower limit 26 Gy BED", "limit_bed_gy", 26.0),
        ("higher limit 42 Gy BED", "higher_limit_bed_gy", 42.0),
        ("15% variation within patients", "within_cv", 0.15),
        ("effective half-life 60 h", "effective_half_life_h", 60.0),
    ):
        p = small.model_copy(update={name: value})
        given = cycles_received(treat(p, trial, kidney_doses(p, cohorts[p.cohort])), trial)
        assert table.loc[label, list(given)].to_dict() == given
    at = cycles_received(treat(small, trial, kidney_doses(small, cohorts["spect/ct"]), "at"), trial)
    assert table.loc["cycles until the limit is reached, not before", list(at)].to_dict() == at


def test_a_changed_base_leaves_out_what_contradicts_it(ledger, small, trial, cohorts):
    for limit, kept in ((38.0, True), (39.0, False)):
        found = vary(ledger, small.model_copy(update={"limit_bed_gy": limit}), trial, cohorts)
        assert ("higher limit 38 Gy BED" in found.index) == kept


def test_labels_follow_the_parameters(ledger, small, trial, cohorts):
    found = vary(ledger, small.model_copy(update={"kidney_limit_gy": 21.0, "max_cycles": 12}), trial, cohorts)
    absorbed = [label for label in found.index if "absorbed" in label]
    assert absorbed == ["21 Gy absorbed dose as the limit", "cohort planar, 21 Gy absorbed dose as the limit"]
    assert found.loc["none", "high"] == 12
    capped = found.index.str.contains("at most 9 cycles|more than 9 cycles")
    assert capped.sum() == 2 and (found.loc[capped, "high"] == 9).all()


def test_how_far_assumptions_move_the_median():
    table = pd.DataFrame({"biology": [False, True, True, False], "median": [8.0, 7, 8, 5]})
    other = table.assign(median=[5.0, 5, 6.5, 5])
    assert sensitivity.largest_shifts([table]) == (1, 3)
    assert sensitivity.largest_shifts([table, other]) == (1.5, 3)
