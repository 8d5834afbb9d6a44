"""What the trials found, as people of a hundred."""

import pytest

from netterbook.audit import build_ledger
from netterbook.book.plain_words import results
from netterbook.book.plain_words.hundred import of_hundred
from netterbook.errors import DataError


def test_progression_is_as_printed_where_it_is_printed(ledger, known):
    pair = results.progression(ledger, known["netter1"], 20)
    assert [group.people for group in pair] == [(65, 35), (11, 89)]
    assert [group.range for group in pair] == [(50, 77), (3, 23)]


@pytest.mark.parametrize(
    ("name", "median", "group"),
    [
        ("netter1", "results.pfs_median_control", "control"),
        ("netter2", "figure2a.median_lu", "experimental"),
        ("netter2", "figure2a.median_control", "control"),
    ],
)
def test_progression_elsewhere_is_that_of_reconstructed_patients(name, median, group, ledger, known):
    """A printed median has half of the people before it and half after it, give or take its own rounding."""
    months = ledger.number(f"{name}.{median}")
    before, after = (
        getattr(results.progression(ledger, known[name], time), group).first for time in (months - 0.1, months + 0.1)
    )
    assert before >= 50 >= after > 40


@pytest.mark.parametrize("name", ["netter1", "netter2"])
def test_everyone_randomised_is_in_the_picture_of_responses(name, ledger, known):
    trial = known[name]
    randomised = trial.counts(ledger, trial.response.patients)
    assert [sum(group.counted) for group in results.responses(ledger, trial)] == list(randomised)
    assert not results.by_chance(results.responses(ledger, trial))


def test_responses_of_unknown_kind_are_those_printed(ledger, known):
    assert [group.counted[2] for group in results.responses(ledger, known["netter1"])] == [15, 13]
    assert [group.counted[2] for group in results.responses(ledger, known["netter2"])] == [6, 11]


def test_severe_problems_and_any_problem_are_as_printed(ledger, known):
    first = results.problems(ledger, known["netter1"], "table4.any_ae")
    second = results.problems(ledger, known["netter2"], "table4.adverse_events")
    for pair, row, severe in (
        (first, "netter1.table4.any_ae", "grade34"),
        (second, "netter2.table4.adverse_events", "grade3"),
    ):
        for group, arm in zip(pair, ("lu", "control"), strict=True):
            assert group.first == ledger.number(f"{row}.{arm}_{severe}.percent")
            assert sum(group.people[:2]) == ledger.number(f"{row}.{arm}_any.percent")
    assert results.by_chance(first) and results.by_chance(second)


def test_events_in_a_table_are_as_printed(ledger, known):
    found = results.events(ledger, known["netter1"], ["vomiting", "lymphopenia"]).set_index("kind")
    assert found.loc["vomiting"].tolist() == [47, 10, 7, 1]
    assert found.loc["lymphopenia"].tolist() == [18, 2, 9, 0]


def test_longer_life_is_shown_only_by_a_range_clear_of_no_difference(ledger):
    found = results.survival(ledger)
    assert (found.ratio, found.low, found.high, found.shown) == (84, 60, 117, False)
    assert found._replace(high=99).shown
    assert found._replace(low=101).shown
    assert not found._replace(high=100).shown


def test_nobody_is_said_to_have_had_the_blood_disease_under_control_unless_the_source_says_so(data_copy):
    path = data_copy / "reference" / "facts.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("none under control; median follow-up 76", "median follow-up 76"), encoding="utf-8")
    with pytest.raises(DataError, match="F270 does not say"):
        results.late_blood_disease(build_ledger(data_copy))


def test_the_cohort_that_is_told_more_of_is_the_one_with_the_most_blood_disease(ledger):
    found = results.blood_disease_elsewhere(ledger)
    assert found.most == of_hundred(found.affected, 521) > found.least
    assert found.first < found.months < found.last


def test_a_table_of_a_picture_has_a_row_a_group_and_kind(ledger):
    frame = results.in_numbers(results.late_blood_disease(ledger), ("a", "b"), ("ill", "not"))
    assert frame.values.tolist() == [
        ["a", "ill", 2, 0, 7, 2, 111],
        ["a", "not", 98, 93, 100, 109, 111],
        ["b", "ill", 0, 0, 4, 0, 112],
        ["b", "not", 100, 96, 100, 112, 112],
    ]
