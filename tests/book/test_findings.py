from netterbook.book import findings
from netterbook.book.display import prose
from netterbook.claims import Verdict


def test_findings_are_exactly_the_claims_that_differ(ledger):
    differing = {c for c in ledger.claims if ledger.verdict(c).verdict is Verdict.DIFFERS}
    assert differing == {claim for finding in findings.FINDINGS for claim in finding.claims}


def test_every_finding_fills_its_text_from_the_ledger(ledger):
    for finding in findings.FINDINGS:
        values = finding.compute(ledger)
        for text in (finding.arithmetic, *finding.readings, finding.settles):
            assert "{" not in prose(ledger, text, **values)
        assert len(finding.readings) >= 1
        assert finding.settles
