"""Rows that can be asked: what they say is what the tables and the ledger say, and they are chosen and sorted so."""

import re

import numpy as np
import pytest
from accessible import open_page, redrawn
from asked import given, opened, write_page

from netterbook import text
from netterbook.book.cross_trial.asked import studies_asked
from netterbook.book.cross_trial.studies import side_by_side
from netterbook.book.netter.asked import adverse_events_asked, subgroups_asked
from netterbook.book.netter.safety import event_claims, event_differences
from netterbook.book.netter.subgroups import subgroup_ratios
from netterbook.methods.proportions import percentage

TRIALS = pytest.mark.parametrize("key", ["netter1", "netter2"])
LEVEL, THRESHOLD = 0.95, 10.0


@TRIALS
@pytest.mark.parametrize(("grade", "said"), [("any", "any grade"), ("severe", "severe")])
def test_adverse_events_are_those_of_the_static_figure(ledger, known, key, grade, said):
    trial = known[key]
    events = event_differences(ledger, trial, LEVEL, grade, THRESHOLD)
    rows = [row for row in given(adverse_events_asked(ledger, trial, LEVEL, THRESHOLD))["rows"]]
    rows = [row for row in rows if row["filter"]["grade"] == said and row["sort"]["most"] >= THRESHOLD]
    assert [row["label"] for row in rows] == events["label"].tolist()
    assert [row["value"] for row in rows] == pytest.approx(events["difference"], rel=1e-5)
    assert [row["said"] for row in rows] == [
        text.interval(each, 1) for each in events[["difference", "low", "high"]].to_numpy()
    ]


@TRIALS
def test_an_adverse_event_has_the_claims_that_its_arithmetic_uses(ledger, known, key):
    rows = given(adverse_events_asked(ledger, known[key], LEVEL, THRESHOLD))["rows"]
    pairs = {label: ids for label, *ids in event_claims(ledger, known[key], "any")}
    for row in rows:
        if row["filter"]["grade"] == "any grade":
            assert [claim["id"] for claim in row["claims"]] == pairs[row["label"]]
        for claim, line in zip(row["claims"], row["lines"][:2], strict=True):
            count, patients = map(int, re.search(r": (\d+) of (\d+) patients", line).groups())
            assert count == ledger.count(claim["id"])
            assert line.endswith(f", {float(percentage(count, patients)):.1f}%")
            assert claim["verdict"] == ledger.leading(claim["id"]).verdict
            assert claim["address"] == f"ledger.html#{claim['id']}"


@TRIALS
def test_subgroups_are_those_of_the_static_figure(ledger, known, key):
    ratios = subgroup_ratios(ledger, known[key])
    found = given(subgroups_asked(ledger, known[key]))
    assert [row["value"] for row in found["rows"]] == ratios["hr"].tolist()
    assert [[row["low"], row["high"]] for row in found["rows"]] == ratios[["low", "high"]].to_numpy().tolist()
    for row in found["rows"]:
        (claim,) = row["claims"]
        assert ledger.estimate(claim["id"]) == (row["value"], row["low"], row["high"])
        assert any(ledger.leading(claim["id"]).recomputed in line for line in row["lines"])
    assert found["axes"][""]["domain"] == [ratios["low"].min(), 1.0]


@pytest.fixture(scope="module")
def table(ledger):
    return side_by_side(ledger, True, ("all",))


MEASURES = {"hazard ratio": ("hr",), "median, months": ("median", "median_comparator"),
            "response, %": ("response", "response_comparator")}  # fmt: skip


@pytest.mark.parametrize("measure", MEASURES)
def test_studies_have_their_interval_and_source(ledger, table, measure):
    found = given(studies_asked(ledger, table))
    rows = [row for row in found["rows"] if row["filter"]["measure"] == measure]
    own = [
        (number, column, row) for number, row in table.iterrows() for column in MEASURES[measure]
        if not np.isnan(row[f"{column}_value"])
    ]  # fmt: skip
    assert len(rows) == len(own) > 15
    for row, (_, column, typed) in zip(rows, own, strict=True):
        assert row["said"] == typed[column] != ""
        ends = [typed[f"{column}_{end}"] for end in ("value", "low", "high")]
        assert row["value"] == (ends[0] if np.isfinite(ends[0]) else None)
        assert row["high"] == (None if np.inf in (ends[0], ends[2]) else ends[0] if np.isnan(ends[2]) else ends[2])
        assert row["filter"]["given"] == typed["comparator" if "comparator" in column else "treatment"]
        source, read = typed["source"], typed["confidence"]
        assert any(line.startswith(f"Source: {source}; read in {read}") for line in row["lines"])
        assert bool(row["claims"]) != any(line.startswith("Facts ") for line in row["lines"])
        assert "" not in row["filter"].values()
    low, high = found["axes"][measure]["domain"]
    assert all(low <= row["value"] <= high for row in rows if row["value"] is not None)


def test_single_groups_are_among_the_studies(ledger, table):
    alone = table[(table["comparator"] == "") & (table["median"] != "")]
    labels = [row["label"] for row in given(studies_asked(ledger, table))["rows"]]
    for study in alone["study"]:
        assert any(label.startswith(f"{study}, ") for label in labels)


@pytest.fixture
def page(browser, tmp_path, ledger, known, table):
    markup = adverse_events_asked(ledger, known["netter1"], LEVEL, THRESHOLD) + studies_asked(ledger, table)
    page = open_page(browser, write_page(tmp_path, markup), 390)
    yield page
    assert page.wrong == []
    page.close()


def listed(box):
    redrawn(box.page)
    return box.locator(".nb-ask-rows strong").all_inner_texts()


def test_rows_are_chosen_sorted_and_found(ledger, known, page):
    box = opened(page, "netter1_adverse_events")
    events = event_differences(ledger, known["netter1"], LEVEL, "any")
    often = events[events[["experimental", "control"]].max(axis=1) >= THRESHOLD]
    assert listed(box) == often["label"].tolist()
    box.get_by_label("Sorted by").select_option("frequency, Control")
    assert listed(box) == often.sort_values("control", ascending=False, kind="stable")["label"].tolist()
    box.get_by_role("slider").fill("30")
    frequent = events[events[["experimental", "control"]].max(axis=1) >= 30]
    assert sorted(listed(box)) == sorted(frequent["label"])
    box.get_by_role("slider").fill("0")
    box.get_by_label("Grade").select_option("severe")
    severe = event_differences(ledger, known["netter1"], LEVEL, "severe")
    assert sorted(listed(box)) == sorted(severe["label"])
    box.get_by_role("searchbox").fill("neutro")
    assert listed(box) == [label for label in severe["label"] if "neutro" in label.lower()] != []
    picture = box.get_by_role("img").get_attribute("aria-label")
    assert picture.startswith("1 of ") and listed(box)[0] in picture


def test_filters_join(page, table):
    box = opened(page, "cross_trial_all_studies")
    box.get_by_label("Treatment", exact=True).select_option("everolimus")
    box.get_by_label("Kind of source").select_option("abstract")
    own = table[table["hr_value"].notna()]
    own = own[(own["treatment"] == "everolimus") & (own["confidence"] == "abstract")]
    assert [label.rpartition(", ")[0] for label in listed(box)] == own["study"].tolist() != []
    box.get_by_label("Number", exact=True).select_option("median, months")
    medians = listed(box)
    assert len(medians) == own["median"].ne("").sum() and all(", everolimus, " in label for label in medians)
    assert "Median, months" in box.locator("svg").text_content()
    box.get_by_role("searchbox").fill("no such study")
    assert listed(box) == [] and box.get_by_text("0 of ").first.is_visible()


def test_what_is_not_reached_has_no_dot_and_is_the_largest(page):
    box = opened(page, "cross_trial_all_studies")
    box.get_by_label("Number", exact=True).select_option("median, months")
    box.get_by_label("Treatment", exact=True).select_option("¹⁷⁷Lu-Dotatate")
    box.get_by_label("Sorted by").select_option("number, largest first")
    listed(box)
    said = box.locator(".nb-ask-rows summary").all_inner_texts()
    open_ends = sum("not reached" in each for each in said)
    assert "not reached" in said[0] and "not reached" not in said[-1] and open_ends > 1
    dots, arrows = (box.locator(f".nb-ask-drawing g[data-part='{part}']") for part in ("dot", "text"))
    assert dots.locator("circle").count() == len(said) - open_ends
    assert arrows.first.locator("text").count() == sum("not reached" in each or "NE)" in each for each in said)


def test_one_row_is_open_at_a_time_and_the_address_has_it(page):
    box = opened(page, "cross_trial_all_studies")
    folds = box.locator(".nb-ask-rows details")
    folds.nth(1).locator("summary").press("Enter")
    page.wait_for_function("location.hash.includes('row=2')")
    folds.nth(0).locator("summary").press("Enter")
    page.wait_for_function("location.hash.includes('row=1')")
    listed(box)
    assert folds.evaluate_all("all => all.map(fold => fold.open).slice(0, 3)") == [True, False, False]
    assert page.evaluate("document.activeElement.closest('details').dataset.key") == "1"
    folds.nth(0).locator("summary").press("Enter")
    page.wait_for_function("!location.hash.includes('row=')")
