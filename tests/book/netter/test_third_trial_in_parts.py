"""An invented trial with other arms, a folder and a record alone, goes through what the NETTER chapters call."""

from pathlib import Path

import pytest

from netterbook import papers, trials
from netterbook.audit.given import inputs
from netterbook.book import curves
from netterbook.book.chart import NARROW, WIDE
from netterbook.book.display import labels
from netterbook.book.forest import forest
from netterbook.book.netter import baseline, design, figures, outcomes, profile, response, safety, subgroups
from netterbook.errors import DataError
from netterbook.methods import pooling

FOLDER = Path(__file__).parents[2] / "invented"
HEADINGS = ("Novatide", "Usual care")


@pytest.fixture(scope="module")
def garden():
    """The ledger and the trial, as every function takes them."""
    return papers.load(FOLDER), trials.read(FOLDER)["garden"]


@pytest.fixture(scope="module")
def found(garden):
    ledger, trial = garden
    return inputs(trial, "relapse").reconstruct(ledger, 20, 1)


def written(figure):
    """Every text of a figure."""
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


def assert_named(chart, *names):
    said = "\n".join(written(chart.figure(WIDE)))
    assert all(name in said for name in names)
    assert not any(word in said for word in ("Lu", "Control", "control"))


def test_the_arms_are_named_as_in_the_record(garden):
    assert garden[1].headings == HEADINGS and garden[1].names == ("Novatide", "usual care")


def test_balance(garden):
    frame = baseline.standardised_differences(*garden)
    assert frame["label"].tolist() == ["Age: under 60 years", "Age: 60 years or older", "Sex: Male", "Sex: Female"]
    assert frame["difference"].tolist()[2:] == [0, 0]
    balance = baseline.balance(*garden, 0.95)
    assert (balance.rows, balance.widest) == (4, "Age: under 60 years")
    assert_named(figures.baseline_balance(frame, garden[1].names, balance.bound), "Novatide less usual care")


def test_design(garden):
    plan = design.event_plan(*garden, 0.6)
    assert (plan.planned, plan.seen, plan.alpha, plan.allocation) == (90, 99, 0.05, 2 / 3)
    figures.power_curves(**plan._asdict()).figure(NARROW)


def test_subgroups(garden):
    rows = subgroups.subgroup_ratios(*garden)
    assert rows["row"].tolist() == ["young", "old"] and subgroups.overall(*garden) == (0.62, 0.41, 0.93)
    assert subgroups.pooled_pairs(*garden)["pair"].tolist() == ["Age"]
    assert (subgroups.information(*garden)["share"] < 1).all()
    assert_named(
        forest(rows, subgroups.overall(*garden), better=[f"favours {n}" for n in garden[1].names]), *HEADINGS[:1]
    )


def test_response(garden):
    counts = response.responders(*garden, "no response")
    assert counts == ((33, 96), (8, 48))
    assert response.responders(*garden, "excluded") == counts  # nobody's response is unknown
    assert response.clear_of_zero(response.under_assumptions(*garden, 0.95)).assumptions == 5
    rows = response.intervals(counts, garden[1].response.interval_method, 0.95)
    assert not rows["printed"].any()
    assert_named(figures.response_intervals(rows, garden[1].headings), *HEADINGS)


@pytest.mark.parametrize(("grade", "counts"), [("any", [40, 22, 31]), ("severe", [1, 3, 4])])
def test_adverse_events(garden, grade, counts):
    events = safety.event_differences(*garden, 0.95, grade)
    assert sorted(events["experimental_count"]) == sorted(counts)
    assert safety.standing_out(events, 0.95).rows == 3
    assert "nova_count" in safety.keyed(events, garden[1])
    assert not any("lu" in str(column) for column in events)
    assert_named(figures.adverse_events(events, garden[1].headings, 0.95), *HEADINGS)


def test_reconstructed_patients(garden, found):
    ledger, trial = garden
    table = outcomes.estimates(ledger, trial, "relapse", found, 0.95, 12, 12)
    assert table["kind"].tolist() == ["hazard ratio", "median", "median", "rate", "rate", "gain"]
    assert table["arm"].tolist() == ["", "usual care", "Novatide", "Novatide", "usual care", ""]
    assert table["is_printed"].tolist() == [True] * 3 + [False] * 3
    assert table["given"].tolist() == [True] * 3 + [False] * 3
    assert labels(table.iloc[:2], "{printed}") == ["0.62 (0.41 to 0.93)", "6.4 (3.0 to 9.4)"]
    assert outcomes.headlines(ledger, trial).empty and outcomes.placed(ledger, trial).placed == 0
    at_risk = inputs(trial, "relapse").numbers_at_risk(ledger)
    drawn = curves.reconstructed_curves(found, at_risk, trial.headings, level=0.95, counts=True, ylabel="Free, %")
    assert_named(drawn, *HEADINGS)
    periods = pooling.hazard_ratios_by_period(found, at_risk, 0.95)
    assert_named(curves.proportional_hazards(found, periods, trial.headings, 0.95), *HEADINGS)


def test_what_the_record_lacks_is_named(garden):
    with pytest.raises(DataError, match=r"garden/trial\.yml has no profile, which this needs"):
        profile.patient_flow(*garden)
