import re

import pytest

from netterbook.book import findings
from netterbook.book.display import prose
from netterbook.claims import Verdict
from netterbook.errors import DataError


@pytest.fixture(scope="module")
def found(ledger):
    return findings.read(ledger.folder)


def test_findings_are_exactly_the_claims_that_differ(ledger, found):
    differing = {c for c in ledger.claims if ledger.verdict(c).verdict is Verdict.DIFFERS}
    assert differing == {claim for finding in found for claim in finding.claims}
    assert all(claim.startswith(f"{finding.paper}.") for finding in found for claim in finding.claims)


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


def test_shares_of_mild_events_by_hand(ledger, found):
    """Of Table 4: 44, 29 and 32 with any, 2, 3 and 3 with a severe event, of 111."""
    finding = next(each for each in found if each.computes == "low_grade")
    values = finding.values(ledger)
    expected = {"fatigue": 42 / 44, "pain": 26 / 29, "diarrhea": 29 / 32}
    assert {name: values[name] for name in expected} == expected
    assert values["pain_all"] == 108 / 111 and values["total"] == 111


def test_a_folder_without_findings_has_none(tmp_path):
    assert findings.read(tmp_path) == []


@pytest.mark.parametrize("text", ["- title: Half a finding\n", "- {title", "nothing"])
def test_a_file_that_holds_no_findings_is_named(text, tmp_path):
    (tmp_path / "findings.yml").write_text(text)
    with pytest.raises(DataError, match=r"findings\.yml holds no findings: "):
        findings.read(tmp_path)
