import base64
import csv
import io
import re
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from netterbook import facts, papers
from netterbook.audit import ensembles
from netterbook.book import badges
from netterbook.book.chart import Chart
from netterbook.book.display import Page
from netterbook.claims import Verdict
from netterbook.errors import DataError, UnknownClaim
from netterbook.precision import DIGITS
from netterbook.reconstruction.given import read_summaries

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("*.ipynb"))


@pytest.fixture(scope="module")
def page(ledger):
    return Page(ledger)


def test_prose_takes_its_numbers_from_the_ledger_and_refuses_others(page):
    assert page.prose("{netter2.figure2a.median_lu}") == "22.8 (95% CI 19.4 to NE)"
    assert page.prose("{netter2.figure2a.median_lu:point} and {x}", x=3) == "22.8 and 3"
    assert page.prose("{netter2.results.deaths_all} deaths") == "6 deaths"
    assert page.prose("{netter1.table4.nausea.lu_any.percent}") == "59%"
    with pytest.raises(UnknownClaim, match="median_lu"):
        page.prose("{netter2.figure2a.median}")


def test_an_opening_tells_what_was_found_how_sure_and_what_not(shown, page):
    parts = {"found": "- {netter1.table1.n.lu.count}, [here](#a)", "sure": "{draws} sets", "not_shown": "- a cure"}
    page.opening(readers="physicians", minutes=30, draws=7, **parts)
    order = ["nb-opening", "For physicians; 30 minutes.", "**Found**", "116, [here](#a)", "**How sure**", "7 sets"]
    order += ["**What it does not show**", "a cure"]
    assert [shown[0].count(words) for words in order] == [1] * len(order)
    assert shown[0].count("<div") == shown[0].count("</div>") == 4
    assert sorted(order, key=shown[0].index) == order


def test_a_download_holds_the_table(shown, page):
    frame = papers.table("netter1", "table2")
    page.published_table("netter1", "table2")
    data = re.search(r'href="data:text/csv;base64,([^"]+)"', shown[0])[1]
    assert pd.read_csv(io.BytesIO(base64.b64decode(data)), dtype=str, keep_default_na=False).equals(frame)
    assert 'download="netter1_table2.csv"' in shown[0]


def test_cells_are_escaped(shown, page):
    page.table(pd.DataFrame({"P": ["<0.001"]}), "a & b")
    assert "&lt;0.001" in shown[0]
    assert "a &amp; b" in shown[0]


def test_estimates_in_sentences_lead_to_their_rows_but_not_within_links(shown, page):
    page.say("**{netter1.results.pfs_hr:point}** and [{netter1.results.pfs_hr}](#a); `{netter1.results.pfs_hr:point}`")
    link = '<a class="nb-number" href="ledger.html#netter1.results.pfs_hr" data-claim="netter1.results.pfs_hr">'
    assert shown == [f"**{link}0.21</a>** and [0.21 (95% CI 0.13 to 0.33)](#a); `0.21`"]


def test_the_first_table_of_verdicts_has_a_legend(shown, ledger):
    page = Page(ledger)
    for _ in range(2):
        page.verdicts(["netter1.results.os_threshold"], "One claim")
    assert ["nb-legend" in each for each in shown] == [True, False, False]
    assert all(badges.badge(verdict) in shown[0] for verdict in Verdict)


def test_tables_have_downloads_with_names_of_their_own(shown, ledger):
    page = Page(ledger)
    for caption in ("Patients, by arm: counted", "Patients, by arm (in %)"):
        page.table(pd.DataFrame({"n": [1]}), caption)
    assert [re.search(r'download="([^"]+)"', each)[1] for each in shown] == [
        "patients_by_arm.csv",
        "patients_by_arm_2.csv",
    ]


def test_a_verdict_table_says_how_and_from_where(shown, ledger):
    page = Page(ledger)
    page.verdicts(["netter1.results.os_threshold", "netter2.results.dor_lu"], "Two claims")
    shown = shown[1:]  # after the legend
    assert "verdict-agrees" in shown[0] and 'data-claim="netter1.results.os_threshold"' in shown[0]
    assert "two equally spaced looks" in shown[0] and "1 of 4 forms tried give it" in shown[0]
    assert "verdict-recorded" in shown[0]
    (worth,) = {row[4] for row in cells(shown[0]) if "verdict-agrees" in row[1]}
    check = page.ledger.leading("netter1.results.os_threshold")
    assert worth == f"{check.passing} of {check.forms:,}"


def test_a_verdict_table_folds_to_a_line_that_counts_its_numbers(shown, page):
    differing = page.ledger.frame(paper="netter1", verdict="differs")["claim_id"].tolist()
    page.verdicts(["netter1.results.os_threshold", *differing], "Some claims", download="some")
    summary = re.search(r"<details><summary>(.*?)</summary>", shown[-1])[1]
    plain = re.sub("<[^>]+>", "", summary)
    assert plain == f"Some claims · {len(differing) + 1} numbers: 1 agrees, {len(differing)} differ"
    assert 'class="verdict verdict-differs"' in summary
    page.verdicts(["netter2.results.dor_lu"], "One", folded=False)
    assert "1 number: 1 recorded" in shown[-1] and "<details><summary>" not in shown[-1]


def test_a_download_has_a_key_to_its_columns(shown, page):
    frame = pd.DataFrame({"low": [1.0], "low_all": [2.0]})
    page.table(frame, "Table", download="some", key={"low": "lower end <a>", "low_all": "of all"})
    assert "<dt><code>low</code></dt><dd>lower end &lt;a&gt;</dd>" in shown[0]
    data = re.search(r'download="some_columns.csv" href="data:text/csv;base64,([^"]+)"', shown[0])[1]
    assert base64.b64decode(data).decode() == "column,meaning\nlow,lower end <a>\nlow_all,of all\n"
    for key in ({"low": "lower end"}, {"low": "", "low_all": "", "mean0": ""}):
        with pytest.raises(ValueError, match=r"low_all|mean0"):
            page.table(frame, "Table", download="some", key=key)


def test_every_verdict_has_a_style_with_a_sign_of_its_own():
    css = (Path(__file__).parents[2] / "_static" / "netterbook.css").read_text(encoding="utf-8")
    names = [re.search(r"verdict-[\w-]+", badges.badge(verdict))[0] for verdict in Verdict]
    signs = dict(re.findall(r"\.(verdict-[\w-]+)::before \{ content: \"(.)\" / \"\"; \}", css))
    colours = dict(re.findall(r"\.(verdict-[\w-]+) \{ background: (#\w+)", css))
    assert signs.keys() == colours.keys() == set(names)
    assert len(set(signs.values())) == len(set(colours.values())) == len(Verdict)


def test_claims_at_a_place(page):
    claims = page.claims_at("netter1", "Table 2")
    assert "netter1.table2.rate.lu.rate" in claims
    assert all(c.startswith("netter1.table2.") for c in claims)


def test_the_whole_ledger_has_every_claim(shown, ledger, page):
    page.whole_ledger()
    page = "\n".join(shown)
    assert re.findall(r'<tr id="([^"]+)"', page) == list(ledger.claims)
    assert "NETTER-2 (Lancet 2024), Figure 2A" in page and "netter2, " not in page
    assert len(re.findall(r'<option value="[^"]*">', page)) > len(Verdict) + 5


def test_every_fact_has_a_row(shown, page):
    page.whole_facts()
    known = facts.read(page.ledger.folder)
    assert re.findall(r'<tr id="([^"]+)"', "\n".join(shown)) == list(known)
    data = re.search(r'download="facts.csv" href="data:text/csv;base64,([^"]+)"', shown[0])[1]
    assert pd.read_csv(io.BytesIO(base64.b64decode(data)))["id"].tolist() == list(known)


def test_a_word_of_the_glossary_is_left_to_the_builder_of_pages(page):
    assert page.prose("{term}`draws <draw>` of {x}", x=3) == "{term}`draws <draw>` of 3"


def test_sources_and_summaries(shown, ledger, page):
    page.source(("netter1", "figure1a"), note="A note")
    assert "Figure 1A" in shown[0]
    assert "A note" in shown[0]
    page.summary("netter2")
    frame = ledger.frame(paper="netter2")
    counted = (frame["measure"] != "axis").sum()
    assert cells(shown[1])[-1][-1] == str(counted) and counted < len(frame)
    page.summary(by="measure")
    kinds = {row[0] for row in cells(shown[2])}
    assert {"P value", "hazard ratio", "all"} <= kinds and "axis" not in kinds


# ---- facts


def cells(html):
    """Cells of the body of a displayed table, row by row."""
    body = html.partition("<tbody>")[2]
    return [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in body.split("</tr>") if "<td>" in row]


def raw_facts():
    with (papers.data_dir() / "reference/facts.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_facts_are_shown_as_sentences_with_their_source_and_their_rows_can_be_taken_away(shown, page):
    page.facts(("F059", "F061"), "Overall survival")
    first, second = cells(shown[0])
    assert first == [
        "At the final analysis of NETTER-1, median overall survival was 48.0 months (37.4 to 55.2) in the 117 patients "
        "of the ¹⁷⁷Lu-Dotatate group.",
        "Strosberg Lancet Oncol 2021;22:1752-63 "
        "(read in a secondary source: company release of 3 June 2021; rlthub.co.uk; F059)",
    ]
    assert "0.84 (95% confidence interval 0.60 to 1.17)" in second[0] and second[1].endswith("; F061)")
    data = re.search(r'download="facts_F059_F061.csv" href="data:text/csv;base64,([^"]+)"', shown[0])[1]
    rows = pd.read_csv(io.BytesIO(base64.b64decode(data)), dtype=str).to_dict("records")
    assert [row["printed"] for row in rows] == ["48.0 (37.4 to 55.2)", "0.84 (0.60 to 1.17)"]
    assert rows[0]["quantity"] == "median OS Lu" and rows[0]["population"] == "n=117" and rows[0]["unit"] == "months"
    assert [row["sentence"] for row in rows] == [first[0], second[0]]


def test_a_source_called_the_same_is_that_of_the_last_row_with_one_of_its_own(page):
    expected, topics, source, topic = {}, {}, "", ""
    for row in raw_facts():
        if row["source"] == "same":
            expected[row["id"]], topics[row["id"]] = source, (row["topic"], topic)
        else:
            source, topic = row["source"], row["topic"]
    assert {"F077", "F078"} <= set(expected)
    assert all(own == before for own, before in topics.values())
    known = facts.read(page.ledger.folder)
    assert {fact_id: known[fact_id].source for fact_id in expected} == expected
    assert "JCO 2018" in expected["F078"]


@pytest.mark.parametrize("fact_id", ["F059", "F061"])
def test_an_unverified_fact_is_refused(fact_id, shown, data_copy):
    path = data_copy / "reference/facts.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[table["id"] == fact_id, "confidence"] = "unverified"
    table.to_csv(path, index=False)
    page = Page(papers.load(data_copy))
    with pytest.raises(KeyError, match=fact_id):
        page.facts(("F060", fact_id), "Overall survival")
    assert shown == []
    page.facts(("F060",), "Overall survival")
    assert len(cells(shown[0])) == 1


def test_an_unknown_fact_is_refused(shown, page):
    with pytest.raises(KeyError, match="F999"):
        page.facts(("F999",), "Nothing")


def test_a_fact_without_a_sentence_is_refused(shown, page):
    with pytest.raises(DataError, match=r"fact F041 has no sentence in reference/sentences\.yml"):
        page.facts(("F059", "F041"), "Nothing")
    assert shown == []


# ---- patients


@pytest.mark.parametrize(("draws", "sets"), [(4, 4), (25, 20)])
def test_patients_to_download_are_the_first_sets_with_a_dictionary_and_a_warning(
    draws, sets, shown, ledger, known, page
):
    found = ensembles.reconstruct(ledger, known["netter1"], "os", "all results", draws, 1)
    page.patients(found, "some_patients", "¹⁷⁷Lu-Dotatate", "netterbook reconstruct x.yml")
    table, warning = shown
    data = re.search(r'download="some_patients.csv" href="data:text/csv;base64,([^"]+)"', table)[1]
    frame = pd.read_csv(io.BytesIO(base64.b64decode(data)))
    assert list(frame.columns) == ["draw", "arm", "time", "event"]
    assert [row[0] for row in cells(table)] == list(frame.columns)
    assert "0 control, 1 ¹⁷⁷Lu-Dotatate" in table and "months from randomisation" in table
    assert f"{sets} sets of 229 reconstructed patients" in table
    assert frame["draw"].unique().tolist() == list(range(1, sets + 1))
    assert (frame.groupby("draw").size() == 116 + 113).all()
    assert set(frame["arm"]) == set(frame["event"]) == {0, 1}
    assert frame.groupby(["draw", "arm"])["event"].sum().tolist() == [26, 14] * sets
    last = frame[frame["draw"] == sets]
    assert last["time"].to_numpy() == pytest.approx(found.time[sets - 1])
    assert "These are not the trial's patients" in warning
    assert "never one set alone" in warning
    assert "netterbook reconstruct x.yml" in warning


@pytest.mark.parametrize(("name", "end_point"), [("netter1", "pfs"), ("netter1", "os"), ("netter2", "pfs")])
def test_downloaded_patients_are_short_and_meet_every_input(name, end_point, shown, ledger, known, page):
    """A rounded time could move a patient past a printed one."""
    found = ensembles.reconstruct(ledger, known[name], end_point, "nothing", 20, 1)
    given = ensembles.given(known[name], end_point, "nothing")
    page.patients(found, "patients", "¹⁷⁷Lu-Dotatate", "netterbook reconstruct x.yml")
    text = base64.b64decode(re.search(r'base64,([^"]+)"', shown[0])[1]).decode()
    times = [line.split(",")[2] for line in text.splitlines()[1:]]
    assert 1 <= max(len(time.partition(".")[2]) for time in times) <= 4
    frame = pd.read_csv(io.StringIO(text), float_precision="round_trip")
    assert (frame["time"] == found.time.ravel()).all()
    for row in given.numbers_at_risk(ledger).itertuples():
        there = frame[(frame["arm"] == row.arm) & (frame["time"] >= row.time)]
        assert there.groupby("draw").size().reindex(range(1, 21), fill_value=0).tolist() == [row.n_risk] * 20
    summaries = read_summaries(given.tables(ledger)[2], None, [np.inf, np.inf])
    assert summaries
    for _, patients in frame.groupby("draw"):
        columns = (patients[name].to_numpy() for name in ("time", "event", "arm"))
        time, event, arm = columns
        assert all(item.met(time, event, arm) for item in summaries)


# ---- rounding


def numbers(text):
    """Decimal numbers of a text; those of addresses and identifiers are none."""
    return re.findall(r"(?<![\w./])\d+\.\d+(?:e[-+]?\d+)?(?![\w/])", re.sub(r"10\.\d{4,}/\S+", "", text))


def digits(number):
    return len(re.sub(r"e.*|\D", "", number).lstrip("0"))


COMPUTED = [path for path in CHAPTERS if path.stem != "facts"]
"""Chapters with computed numbers; facts are typed as their sources state them."""


@pytest.mark.parametrize("path", COMPUTED, ids=lambda p: p.stem)
def test_no_stored_number_has_more_digits_than_its_computation_supports(path):
    """Six, in what is shown and in what links offer; more would differ from processor to processor."""
    outputs = [o for c in nbformat.read(path, 4).cells if c.cell_type == "code" for o in c.outputs]
    for text in (str(part) for o in outputs for part in [*o.get("data", {}).values(), o.get("text", "")]):
        files = [base64.b64decode(data).decode() for data in re.findall(r"data:[^,\"]*;base64,([^\"]*)", text)]
        for part in [re.sub(r";base64,[^\"]*", "", text), *files]:
            assert [number for number in numbers(part) if digits(number) > DIGITS] == []


def test_a_long_number_is_found_wherever_it_stands():
    text = "a,0.12345678,-0.1\n12.3456,<td>0.00012</td> 1.25e-07 (10.1016/j.x.2020.1234567)"
    assert [digits(number) for number in numbers(text)] == [8, 1, 6, 2, 3]


@pytest.mark.parametrize("digits_kept", [None, {"x": 3}])
def test_what_is_shown_and_offered_is_rounded(digits_kept, shown, page):
    frame = pd.DataFrame({"x": [2 / 3, 1e-7 / 3, np.nan], "n": [1234567, 2, 3], "who": ["a", "b", "2.123456789"]})
    simulated = frame.assign(y=[0.4321, 2.671, np.inf], y_error=[0.026, 0.17, np.nan])
    page.table(frame, "Table", download="table", data=simulated, digits=digits_kept)
    assert "<td>0.666667</td>" in shown[0] and "<td>1234567</td>" in shown[0] and "<td>2.123456789</td>" in shown[0]
    data = base64.b64decode(re.search(r'base64,([^"]+)"', shown[0])[1]).decode()
    first = "0.667,1234567,a,0.45\n3.33e-08" if digits_kept else "0.666667,1234567,a,0.45\n3.33333e-08"
    assert data == f"x,n,who,y\n{first},2,b,2.6\n,3,2.123456789,inf\n"


def test_a_folded_paragraph_shows_its_head_until_it_is_opened(page, shown):
    page.say("It has {n} lines.", n=3, folded="How it is done")
    assert shown[-1] == ":::{dropdown} How it is done\n:class-container: nb-folded\n\nIt has 3 lines.\n:::"


def test_a_figure_offers_the_facts_that_its_caption_names(shown, page):
    chart = Chart(pd.DataFrame({"x": [1.0]}), {"x": "a number"}, lambda frame, layout: layout.canvas(100)[0])
    page.figure(
        chart, "one", caption="It. Data: reference facts F082 and F151 to F153.", alt="A", fact_ids=["F082", "F176"]
    )
    (html,) = shown
    assert "5 reference facts, with their sources" in html
    content = re.search(r'download="one_facts.csv" href="data:text/csv;base64,([^"]+)"', html)[1]
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(content).decode())))
    known = facts.read(page.ledger.folder)
    assert [row["id"] for row in rows] == ["F082", "F151", "F152", "F153", "F176"]
    assert all(row["source"] == known[row["id"]].source and row["how_read"] for row in rows)
