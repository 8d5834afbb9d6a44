import base64
import io
import re

import pandas as pd
import pytest

from netterbook import chapter, papers
from netterbook.claims import UnknownClaim


@pytest.fixture
def shown(monkeypatch):
    """What a chapter displays, as strings."""
    seen = []
    monkeypatch.setattr(chapter, "display", lambda thing: seen.append(thing.data))
    return seen


def test_prose_takes_its_numbers_from_the_ledger_and_refuses_others():
    assert chapter.prose("{netter2.figure2a.median_lu}") == "22.8 (95% CI 19.4 to NE)"
    assert chapter.prose("{netter2.figure2a.median_lu:point} and {x}", x=3) == "22.8 and 3"
    assert chapter.prose("{netter2.results.deaths_all} deaths") == "6 deaths"
    assert chapter.prose("{netter1.table4.nausea.lu_any.percent}") == "59%"
    with pytest.raises(UnknownClaim, match="median_lu"):
        chapter.prose("{netter2.figure2a.median}")


def test_a_download_holds_the_table(shown):
    frame = papers.table("netter1", "table2")
    chapter.published_table("netter1", "table2")
    data = re.search(r'href="data:text/csv;base64,([^"]+)"', shown[0])[1]
    assert pd.read_csv(io.BytesIO(base64.b64decode(data)), dtype=str, keep_default_na=False).equals(frame)
    assert 'download="netter1_table2.csv"' in shown[0]


def test_cells_are_escaped(shown):
    chapter.show_table(pd.DataFrame({"P": ["<0.001"]}), "a & b")
    assert "&lt;0.001" in shown[0]
    assert "a &amp; b" in shown[0]


def test_a_verdict_table_says_how_and_from_where(shown):
    chapter.verdicts(["netter1.results.os_threshold", "netter2.results.dor_lu"], "Two claims")
    assert "verdict-reproduced" in shown[0]
    assert "two equally spaced looks" in shown[0]
    assert "verdict-recorded" in shown[0]


def test_claims_at_a_place():
    claims = chapter.claims_at("netter1", "Table 2")
    assert "netter1.table2.rate.lu.rate" in claims
    assert all(c.startswith("netter1.table2.") for c in claims)


def test_the_whole_ledger_has_every_claim(shown, ledger):
    chapter.whole_ledger()
    page = "\n".join(shown)
    assert all(claim_id in page for claim_id in ledger.claims)


def test_sources_and_summaries(shown, ledger):
    chapter.source(("netter1", "figure1a"), note="A note")
    assert "Figure 1A" in shown[0]
    assert "A note" in shown[0]
    chapter.summary("netter2")
    assert f"<td>{ledger.frame(paper='netter2').shape[0]}</td>" in shown[1]
