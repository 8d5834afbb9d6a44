"""The trial profile and the deaths in it against cells as they stand in data/."""

import csv

import pytest

from netterbook import papers
from netterbook.book.netter import profile
from netterbook.text import fill


@pytest.fixture(scope="module")
def flow(ledger, known):
    return profile.patient_flow(ledger, known["netter2"])


@pytest.fixture(scope="module")
def n():
    return {row["row"]: int(row["printed"]) for row in read()}


def read():
    with (papers.data_dir() / "netter2" / "figure1.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def count(lines):
    return sum(line.patients for line in lines)


def test_the_profile_adds_up_branch_by_branch(flow, n):
    assert n["screened"] - n["screen_failures"] == n["randomised"] == n["assigned_lu"] + n["assigned_control"]
    assert (flow.screened.patients, flow.randomised.patients) == (n["screened"], n["randomised"])
    assert flow.screen_failures == (n["screen_failures"], "screen failures")
    for arm, own, again in zip(("lu", "control"), flow.arms, ("retreated_lu", "crossed_over_control"), strict=True):
        assert own.again.patients == n[again]
        assert own.assigned.patients == n[f"assigned_{arm}"] == own.treated.patients + own.not_treated.patients
        assert (own.treated.patients, own.not_treated.patients) == (n[f"treated_{arm}"], n[f"not_treated_{arm}"])
        assert count(own.reasons_not_treated) == own.not_treated.patients
        assert own.ended.patients == n[f"ended_{arm}"] == count(own.reasons_ended)
        assert own.ended.patients + n[f"still_on_treatment_{arm}"] == own.treated.patients
        still = n["still_on_retreatment_lu" if arm == "lu" else "still_on_crossover_control"]
        assert [line.patients for line in own.at_cutoff] == [
            n[f"still_on_treatment_{arm}"], still, n[f"followup_{arm}"], n[f"end_of_study_{arm}"],
        ]  # fmt: skip
        assert own.accounted == own.assigned.patients
        died, left = n[f"end_of_study_death_{arm}"], n[f"end_of_study_withdrawal_{arm}"]
        assert count(own.reasons_end_of_study) == died + left == n[f"end_of_study_{arm}"]


def test_every_reason_of_the_profile_stands_with_its_words(flow):
    arms = dict(zip(("lu", "control"), flow.arms, strict=True))
    places = ("not_treated_", "reasons_not_treated"), ("ended_", "reasons_ended")
    for row in read():
        for stem, place in (*places, ("end_of_study_", "reasons_end_of_study")):
            if row["row"].startswith(stem) and ": " in row["label"]:
                line = int(row["printed"]), row["label"].split(": ")[1]
                assert line in getattr(arms[row["arm"]], place)
    kinds = ("reasons_not_treated", "reasons_ended", "reasons_end_of_study")
    assert [[len(getattr(own, kind)) for own in flow.arms] for kind in kinds] == [[4, 2], [6, 5], [2, 2]]


def test_deaths_by_the_cutoff(ledger, known, n):
    shares = [100 * n[f"end_of_study_death_{arm}"] / n[f"assigned_{arm}"] for arm in ("lu", "control")]
    found = profile.deaths_by_cutoff(ledger, known["netter2"], 0.95)
    assert (found.experimental, found.control) == pytest.approx(shares)
    assert found.difference[0] == pytest.approx(shares[0] - shares[1])
    said = fill("{f.experimental:.1f}% and {f.control:.1f}%: {f.difference:interval.1}", {"f": found})
    assert said == "21.9% and 18.7%: 3.2 (−8.6 to 13.4)"
    wider = profile.deaths_by_cutoff(ledger, known["netter2"], 0.999).difference
    assert wider[1] < found.difference[1] < found.difference[2] < wider[2]


def test_the_last_boxes_close_only_with_the_untreated(flow, n):
    for arm, own, untreated in zip(("lu", "control"), flow.arms, (4, 2), strict=True):
        assert own.closes
        assert own.off_treatment == n[f"assigned_{arm}"] - n[f"still_on_treatment_{arm}"]
        assert own.off_treatment - n[f"ended_{arm}"] == untreated == n[f"not_treated_{arm}"]
        fewer = own.not_treated._replace(patients=untreated - 1)
        assert not own._replace(not_treated=fewer).closes
        assert not own._replace(at_cutoff=own.at_cutoff[1:]).closes


def test_those_who_withdrew_could_turn_the_difference_of_deaths_round(ledger, known, n):
    found = profile.deaths_by_cutoff(ledger, known["netter2"], 0.95)
    for arm, left, most in zip(("lu", "control"), found.left, found.most, strict=True):
        assert left == n[f"end_of_study_withdrawal_{arm}"]
        assert most == pytest.approx(100 * (n[f"end_of_study_death_{arm}"] + left) / n[f"assigned_{arm}"])
    assert found.difference[0] > 0 > found.most_difference[0]
    assert found.most_difference[0] == pytest.approx(found.most.experimental - found.most.control)


def test_months_between_printed_dates(ledger):
    """Oct 13, 2022 to July 20, 2023 are 280 days."""
    found = profile.months_between(ledger, "netter2.results.screening_end", "netter2.results.cutoff")
    assert found == pytest.approx(280 * 12 / 365.25)
