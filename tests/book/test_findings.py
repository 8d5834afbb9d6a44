import re
from math import log
from pathlib import Path

import pytest

from netterbook.audit import recovered
from netterbook.book import findings
from netterbook.book.display import Page, prose
from netterbook.claims import Verdict
from netterbook.errors import DataError


@pytest.fixture(scope="module")
def found(ledger):
    return findings.read(ledger.folder)


def test_findings_are_exactly_the_claims_that_differ(ledger, found):
    differing = {c for c in ledger.claims if ledger.verdict(c).verdict is Verdict.DIFFERS}
    assert differing == {claim for finding in found for claim in finding.claims}
    assert all(claim.startswith(f"{finding.paper}.") for finding in found for claim in finding.claims)


def test_no_finding_changes_a_headline_and_two_are_near_one(ledger, found):
    """As the chapter and the first page say: one is of a subgroup, one of the patients that are counted."""
    claims = [claim for finding in found for claim in finding.claims]
    headlines = {target.claim for target in recovered.targets(ledger)}
    assert headlines and not {ledger.group(claim) for claim in claims} & headlines
    ratios = [claim for claim in claims if ledger[claim].measure == "hazard_ratio"]
    assert ratios == ["netter1.figure1c.cga_gt2uln.hr.hr"]
    assert [claim for claim in claims if "enrollment" in claim] == ["netter1.results.enrollment_end"]


def test_addresses_of_findings_are_their_own_and_are_where_the_chapter_leads(ledger, found):
    anchors = [finding.anchor for finding in found]
    assert anchors[-1] == "finding-a-garbled-registration-number" and len(set(anchors)) == len(anchors)
    source = (Path(__file__).parents[2] / "chapters/findings.ipynb").read_text(encoding="utf-8")
    named = set(re.findall(r"#(finding-[\w-]+)", source))
    assert len(named) > 3 and named <= set(anchors)
    table = findings.at_a_glance(Page(ledger))
    assert [re.search(r'href="#([^"]+)"', cell)[1] for cell in table["title"]] == anchors
    assert table["claims"].sum() == sum(ledger.verdict(c).verdict is Verdict.DIFFERS for c in ledger.claims)


def test_every_finding_fills_its_text_from_the_ledger(ledger, found):
    for finding in found:
        values = finding.values(ledger)
        texts = (finding.arithmetic, *finding.readings, finding.settles)
        for text in texts:
            assert "{" not in prose(ledger, text, **values)
        named = {slot.partition(".")[0] for text in texts for slot in re.findall(r"\{([\w.]+)", text)}
        assert set(values) <= named  # nothing is computed that no text names
        assert len(finding.readings) >= 1
        assert finding.settles


def test_the_hazard_ratio_off_the_middle_of_its_interval_by_hand(ledger, found):
    """0.19 (0.09 to 0.27): the square root of 0.09 * 0.27; 0.19 squared over either end."""
    finding = next(each for each in found if each.computes == "chromogranin")
    said = prose(ledger, " ".join((finding.arithmetic, *finding.readings)), **finding.values(ledger))
    assert "the middle of this one is 0.156." in said
    assert "the upper end would be 0.40;" in said and "the lower end would be 0.13." in said
    assert "would then be 0.179, for which at least 125 events are needed" in said
    assert said.endswith("and the trial had 91.")
    assert "of 13.5; those of the other pairs hold 12.4 to 16.8." in said
    assert "information is then 7.7," in said and "the first reading is the likelier one" in said


def test_information_is_the_inverse_square_of_the_standard_error(ledger, found):
    """Of 0.11 (0.01 to 0.87) with 0.19 (0.09 to 0.27), and with an upper end of 0.19² / 0.09."""
    values = next(each for each in found if each.computes == "chromogranin").values(ledger)

    def information(low, high):
        return (2 * 1.959964 / log(high / low)) ** 2

    rest = information(0.01, 0.87)
    assert values["information_if_hr"] == pytest.approx(rest + information(0.09, 0.27), rel=1e-5)
    assert values["information_if_high"] == pytest.approx(rest + information(0.09, 0.19**2 / 0.09), rel=1e-5)
    assert values["information_if_high"] < values["least"] < values["information_if_hr"] < values["most"]


def test_enrolment_is_weighed_with_the_registry_and_those_followed_for_long(ledger, found):
    """108 and 103 at risk at three months; 231 in the registry and in the later report."""
    values = next(each for each in found if each.computes == "dates").values(ledger)
    assert (values["early"], values["late"]) == (108 + 103, 229 - 211)
    assert values["later"] == values["registry"] == 231 and values["last"] == "Jan 14, 2016"


def test_three_documents_count_three_ways(ledger, found):
    finding = next(each for each in found if each.computes == "one_cutoff")
    said = prose(ledger, finding.arithmetic, **finding.values(ledger))
    assert "the paper counts 23 and 68 patients" in said and "the US label 27 and 78" in said
    assert "23 and 67 (F046); an update of a year later has 30 and 78 (F238)" in said
    assert "are 14 and 26 in the paper, 13 and 22 in the abstract" in said


def test_shares_of_mild_events_by_hand(ledger, found):
    """Of Table 4: 44, 29 and 32 with any, 2, 3 and 3 with a severe event, of 111."""
    finding = next(each for each in found if each.computes == "low_grade")
    values = finding.values(ledger)
    expected = {"fatigue": 42 / 44, "pain": 26 / 29, "diarrhea": 29 / 32}
    assert {name: values[name] for name in expected} == expected
    assert values["pain_all"] == 108 / 111 and values["total"] == 111


def said_of(ledger, found, title):
    finding = next(each for each in found if each.title == title)
    return " ".join(prose(ledger, " ".join((finding.arithmetic, *finding.readings)), **finding.values(ledger)).split())


@pytest.mark.parametrize(
    ("title", "sentences"),
    [
        ("A scale of tumour grades with a gap", ["An index between 2% and 3% has no grade."]),
        ("Two intervals of octreotide with ¹⁷⁷Lu-Dotatate", ["had octreotide every 4 weeks", "that is every 8 weeks"]),
        # 18 of 116 and 3 of 113
        ("Efficacy in all patients, response in fewer", ["are 15.5% and 2.7% of all randomised patients"]),
        # 44 + 4; 42 + 4
        (
            "Treatment ended by progression or death, and events of the primary end point",
            ["by death in 4, 48 in all.", "has 46 events in that group", "ended so in 46 patients, and there are 55"],
        ),
        # 1 + 3 + 3 + 3, and 8
        (
            "More haematotoxicities than the kinds named",
            ["10 in all; the text adds 8", "they are 18; at least 2 patients"],
        ),
        ("Patients who stopped for adverse events", ["5 to 8 patients stopped at least one"]),  # 3 and 5
        ("Withdrawals of consent", ["ended treatment so, 4 in all.", "In the control group 3 patients"]),
        # 2 of 226; eleven shares but two of them are this one
        ("One share printed in two ways", ["distant metastases, 0.88%.", "Table 1 prints <1%, the text 1%."]),
    ],
)
def test_the_arithmetic_of_a_finding_by_hand(title, sentences, ledger, found):
    said = said_of(ledger, found, title)
    assert [sentence for sentence in sentences if sentence not in said] == []


def test_other_shares_below_one_per_cent_by_hand(ledger, found):
    """In NETTER-2's tables: 1 of 151 twice, 1 of 226 is below a half; 1 of 147 in Tables 2, 4 and 5; and in Results."""
    said = said_of(ledger, found, "One share printed in two ways")
    others, alike = map(
        int, re.search(r"Of the paper's (\d+) other percentages .*?, (\d+) are printed as <1%", said).groups()
    )
    shares = [
        c for c in ledger.claims.values() if c.paper == "netter2" and c.measure == "percent" and c.point.text == "<1%"
    ]
    halves = [c for c in shares if 200 * sum(ledger.counts(*c.numerator)) >= sum(ledger.counts(*c.denominator))]
    assert others == alike == len(halves) - 1  # Table 1's 2 of 226 is the one that the text prints otherwise


def test_no_headline_differs_as_the_page_says(ledger, known):
    for trial in known.values():
        named = [name for about in trial.end_points.values() for name in (about.hazard_ratio, about.p, about.median)]
        named += [name for about in trial.end_points.values() for name in (about.rate, about.events)]
        claims = {claim for name in (*named, trial.response.rate) if name for claim in trial.of_arms(name)}
        assert len(claims) > 5
        assert {claim for claim in claims if ledger.verdict(claim).verdict is Verdict.DIFFERS} == set()


def test_uptake_by_reader_by_hand(ledger):
    """Table 1: 145 of 226; Figure 2B: 185, and 34 of score 3."""
    assert findings.uptake_by_reader(ledger) == (145 / 226, 185 / 219, 219, 7)


def test_cardiovascular_events_are_all_severe_as_the_page_says(ledger):
    row = "netter2.table5.cardiovascular_electrolyte.{}_{}.count"
    for arm in ("lu", "control"):
        assert ledger.count(row.format(arm, "any")) == ledger.count(row.format(arm, "grade3"))


def test_a_folder_without_findings_has_none(tmp_path):
    assert findings.read(tmp_path) == []


@pytest.mark.parametrize("text", ["- title: Half a finding\n", "- {title", "nothing"])
def test_a_file_that_holds_no_findings_is_named(text, tmp_path):
    (tmp_path / "findings.yml").write_text(text)
    with pytest.raises(DataError, match=r"findings\.yml holds no findings: "):
        findings.read(tmp_path)
