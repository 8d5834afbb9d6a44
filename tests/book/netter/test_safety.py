import csv
import re
from math import sqrt

import pytest
from scipy.stats import hypergeom
from statsmodels.stats.proportion import proportion_confint

from netterbook import papers
from netterbook.book.display import labels
from netterbook.book.netter import figures, safety
from netterbook.errors import ParameterError
from netterbook.methods.proportions import fisher


@pytest.fixture(scope="module")
def table(ledger, known):
    """Adverse events of a paper, at 95% and of any grade unless it is said otherwise."""

    def table(paper, level=0.95, grade="any", threshold=0):
        return safety.event_differences(ledger, known[paper], level, grade, threshold)

    return table


def test_adverse_events_are_ordered_and_tested_as_the_paper_tested_them(ledger, table):
    frame = table("netter1")
    assert frame["difference"].is_monotonic_decreasing
    assert len(frame) == len(papers.table("netter1", "table4")) - 1
    for row in frame.itertuples():
        assert row.p == fisher(row.experimental_count, 111, row.control_count, 110)
        assert row.low < row.difference < row.high
    nausea = frame.set_index("label").loc["Nausea"]
    assert ledger["netter1.table4.nausea.lu_any.percent"].point.admits(nausea.experimental)


def test_rare_adverse_events_are_left_out_and_an_empty_table_is_refused(table):
    assert list(table("netter1", threshold=50)["label"]) == ["Nausea", "Any adverse event"]
    with pytest.raises(ParameterError, match="ae_threshold = 99"):
        table("netter1", threshold=99)


def test_a_row_as_the_chapter_shows_it(table):
    row = table("netter1").query("label == 'Headache'")
    said = labels(
        row.assign(needed=safety.numbers_needed(row)),
        "{experimental_count} ({experimental:.1f}%), {difference,low,high:interval.1}, {p:p}, {needed:needed}",
    )
    assert said == ["18 (16.2%), 11.7 (3.6 to 20.0), 0.007, NNTH 8.6 (5.0 to 27)"]


def test_what_is_taken_away_is_named_as_in_the_ledger(known, table):
    columns = list(safety.keyed(table("netter1"), known["netter1"]))
    assert columns[:5] == ["label", "lu_count", "control_count", "lu", "control"]


# ---- another way: cells as they stand in data/

WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
SIZES = {"netter1": (111, 110), "netter2": (147, 73)}
COLUMNS = {("netter1", "any"): "any", ("netter1", "severe"): "grade34", ("netter2", "any"): "any"}
COLUMNS[("netter2", "severe")] = "grade3"
PAPERS = [(paper, grade) for paper in SIZES for grade in ("any", "severe")]


def number(cell):
    """The count a cell begins with; None for an empty cell and for one that does not apply."""
    cell = cell.strip().lower()
    if cell in ("", "na"):
        return None
    return WORDS.index(cell) if cell in WORDS else int(re.match(r"\d+", cell)[0])


def read(name):
    with (papers.data_dir() / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def in_tables(paper, grade):
    """Counts of both groups of every row of the tables that both groups have."""
    column = COLUMNS[paper, grade]
    cells = [row for table in ("table4", "table5")[: 1 + (paper == "netter2")] for row in read(f"{paper}/{table}")]
    pairs = [
        (row["label"].lower(), number(row[f"lu_{column}"]), number(row[f"control_{column}"]))
        for row in cells
        if row["row"] != "n"
    ]
    return [pair for pair in pairs if None not in pair]


def in_the_text(grade):
    """Events that NETTER-2 names in its results and in no table,."""
    ending = {"any": ", any grade", "severe": ", grade 3 or worse"}[grade]
    found = {}
    for row in read("netter2/text"):
        counts = row["claim"].startswith("results.") and row["measure"] == "count" and not row["same_as"]
        if counts and row["quantity"].endswith(ending):
            found.setdefault(row["quantity"].removesuffix(ending), {})[row["arm"]] = number(row["printed"])
    return [(label, arms["lu"], arms["control"]) for label, arms in found.items() if len(arms) == 2]


@pytest.mark.parametrize(("paper", "grade"), PAPERS)
def test_every_row_that_both_groups_have_is_there_and_no_other(paper, grade, table):
    expected = in_tables(paper, grade) + (in_the_text(grade) if paper == "netter2" else [])
    frame = table(paper, grade=grade)
    shown = zip(frame["label"], frame["experimental_count"], frame["control_count"], strict=True)
    assert sorted((label.split(": ")[-1].lower(), a, b) for label, a, b in shown) == sorted(expected)
    assert len(expected) == {"netter1": 20, "netter2": 20 + (grade == "severe")}[paper]


def test_the_events_of_netter2s_text_are_those_it_prints_for_both_groups():
    assert in_the_text("any") == [("nausea", 40, 13), ("diarrhoea", 38, 25), ("abdominal pain", 26, 20)]
    assert [row[0] for row in in_the_text("severe")] == [
        "lymphocyte count decreased", "gamma-glutamyltransferase increased", "small intestinal obstruction",
        "abdominal pain",
    ]  # fmt: skip


@pytest.mark.parametrize(("paper", "grade"), PAPERS)
def test_differences_intervals_and_p_values_by_another_route(paper, grade, table):
    """Newcombe's square-and-add of Wilson's limits (Stat Med 1998;17:873-90, method 10); the hypergeometric sum."""
    n1, n2 = SIZES[paper]
    for row in table(paper, 0.9, grade).itertuples():
        a, b = row.experimental_count, row.control_count
        (low1, high1), (low2, high2) = (
            proportion_confint(k, n, alpha=0.1, method="wilson") for k, n in ((a, n1), (b, n2))
        )
        gap = a / n1 - b / n2
        low = gap - sqrt((a / n1 - low1) ** 2 + (high2 - b / n2) ** 2)
        high = gap + sqrt((high1 - a / n1) ** 2 + (b / n2 - low2) ** 2)
        assert (row.difference, row.low, row.high) == pytest.approx((100 * gap, 100 * low, 100 * high))
        assert (row.experimental, row.control) == pytest.approx((100 * a / n1, 100 * b / n2))
        chances = hypergeom(n1 + n2, a + b, n1).pmf(range(a + b + 1))
        assert row.p == pytest.approx(sum(chances[chances <= chances[a] * (1 + 1e-7)]))


@pytest.mark.parametrize(("paper", "grade", "threshold"), [*[(*pair, 0) for pair in PAPERS], ("netter1", "any", 25)])
def test_holm_by_hand(paper, grade, threshold, table):
    """The smallest P times the number of rows with an event, the next times one less, and so on, never falling, at most
    one.
    """
    frame = table(paper, threshold=threshold, grade=grade).sort_values("p")
    empty = frame["experimental_count"] + frame["control_count"] == 0
    assert (frame.loc[empty, ["p", "holm"]] == 1).all(axis=None)
    frame = frame[~empty]
    largest, expected = 0.0, []
    for rank, p in enumerate(frame["p"]):
        largest = max(largest, min(1.0, (len(frame) - rank) * p))
        expected.append(largest)
    assert frame["holm"].tolist() == pytest.approx(expected)


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize(("paper", "grade"), PAPERS)
def test_what_stands_out_is_counted(paper, grade, level, table):
    frame = table(paper, level, grade)
    found = safety.standing_out(frame, level)
    frame = frame[frame["experimental_count"] + frame["control_count"] > 0]
    assert found.rows == len(frame)
    assert found.clear == sum(low * high > 0 for low, high in zip(frame["low"], frame["high"], strict=True))
    assert found.expected == pytest.approx(len(frame) * (1 - level))
    ordered = sorted(frame["p"])
    rejected = 0
    while rejected < len(ordered) and ordered[rejected] * (len(ordered) - rejected) < 1 - level:
        rejected += 1
    assert found.holm == rejected


def test_what_stands_out_in_netter1_is_what_the_chapter_says(table):
    found = [safety.standing_out(table("netter1", grade=grade), 0.95) for grade in ("any", "severe")]
    assert [(each.clear, each.holm) for each in found] == [(11, 4), (2, 1)]


def inverse(points):
    size = 100 / abs(points)
    return f"{size:.1f}" if size < 9.95 else f"{size:.0f}"


@pytest.mark.parametrize(("paper", "grade"), PAPERS)
def test_numbers_needed_are_inverse_differences(paper, grade, table):
    """More events harm: NNTH. An interval of differences on both sides of zero goes through infinity."""
    frame = table(paper, grade=grade)
    shown = labels(frame.assign(needed=safety.numbers_needed(frame)), "{needed:needed}")
    for row, text in zip(frame.itertuples(), shown, strict=True):
        kind = "NNT" if row.difference == 0 else "NNTH" if row.difference > 0 else "NNTB"
        size = "∞" if row.difference == 0 else inverse(row.difference)
        assert text.startswith(f"{kind} {size} (")
        limits = text.partition("(")[2].rstrip(")")
        if row.low * row.high > 0:
            nearest, farthest = sorted((row.low, row.high), key=abs, reverse=True)
            assert limits == f"{inverse(nearest)} to {inverse(farthest)}"
        else:
            harm, benefit = f"NNTH {inverse(row.high)}", f"NNTB {inverse(row.low)}"
            ends = (harm, benefit) if row.difference > 0 else (benefit, harm)
            assert row.difference == 0 or limits == f"{ends[0]} to ∞ to {ends[1]}"
            assert harm in limits and benefit in limits and "∞" in limits


@pytest.mark.parametrize("threshold", [0, 5, 10, 50])
@pytest.mark.parametrize("paper", SIZES)
def test_a_threshold_keeps_the_rows_that_reach_it_in_either_group(paper, threshold, table):
    frame = table(paper, threshold=threshold)
    everything = table(paper)
    kept = everything[everything[["experimental", "control"]].max(axis=1) >= threshold]
    assert frame.drop(columns="holm").equals(kept.drop(columns="holm").reset_index(drop=True))


@pytest.mark.parametrize(("paper", "grade"), PAPERS)
def test_a_threshold_that_nothing_reaches_is_refused_by_name(paper, grade, table):
    with pytest.raises(ParameterError, match="ae_threshold = 100: no adverse event was that frequent"):
        table(paper, threshold=100, grade=grade)


@pytest.mark.parametrize("level", [0.501, 0.999])
@pytest.mark.parametrize(("paper", "grade"), PAPERS)
def test_any_level_gives_a_table_and_a_figure(paper, grade, level, table, known):
    frame = table(paper, level, grade)
    assert (frame["low"] <= frame["difference"]).all() and (frame["difference"] <= frame["high"]).all()
    assert not frame.isna().any(axis=None)
    figures.adverse_events(frame, known[paper].headings, level)


def test_rows_whose_search_began_at_grade_3_have_one_count_for_all_grades(ledger, known):
    """Table 5: of cardiovascular and electrolyte disorders 11 and 11, 10 and 10."""
    with (papers.data_dir() / "netter2" / "table5.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["row"] != "n"]
    expected = [
        row["label"].lower()
        for row in rows
        if row["lu_any"] == row["lu_grade3"] and row["control_any"] == row["control_grade3"]
    ]
    found = safety.same_in_all_grades(ledger, known["netter2"], "table5")
    assert found == expected and "cardiovascular and electrolyte disorder" in found
    assert not {"immediate haematotoxicities", "thrombocytopenia", "nephrotoxicities"} & set(found)
