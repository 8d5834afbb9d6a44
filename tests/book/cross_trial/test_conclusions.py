"""What the comparison across trials allows."""

import re

import pytest

from netterbook.book.cross_trial import common_comparator, conclusions, studies
from netterbook.book.display import Page


def said(ledger, level=0.95, include_secondary=True, names=("all",)):
    """Support and ground by statement, filled."""
    table, page = studies.side_by_side(ledger, include_secondary, names), Page(ledger)
    return {
        each.statement: [page.prose(words, **each.values) for words in (each.supported, each.ground)]
        for each in conclusions.conclusions(ledger, table, level)
    }


LARGER = "The effect is larger in one NETTER trial than in the other"


@pytest.mark.parametrize(("level", "word"), [(0.95, "not shown"), (0.605, "perhaps"), (0.51, "perhaps")])
def test_conclusions_follow_the_interval(level, word, ledger, netter1, netter2):
    found = common_comparator.ratio_of_hazard_ratios(ledger, netter1, netter2, level)
    assert (found.low <= 1 <= found.high) == (word == "not shown")
    support, ground = said(ledger, level)[LARGER]
    assert support == word
    if level == 0.605:  # rounded, the upper end is one, and does not exclude it
        assert "60.5% interval 0.58 to 1.00;" in ground and found.high < 1


def test_conclusions_rest_on_the_studies_included(ledger):
    def grounds(**kwargs):
        return " ".join(ground for _, ground in said(ledger, **kwargs).values())

    assert "COMPETE, randomised: hazard ratio 0.67 (0.48–0.95) (secondary: journaljams.org; medimix.be" in grounds()
    assert "3.9 months (RADIANT-4) to 18.0 months (CLARINET)" in grounds()
    assert re.search(r"hazard ratio 0\.84 \(0\.60–1\.17\) \(read in abstract\); 36% of the", grounds())
    assert "hazard ratios against everolimus of 0.38 and 0.46" in grounds()
    assert "NETTER-2: 2.68, where the hazard ratio alone would give 3.62" in grounds()
    assert "end at 24 months in NETTER-1, 28 months in NETTER-2" in grounds()
    known = grounds(include_secondary=False)
    assert "COMPETE" not in known and "final analysis" not in known and "RADIANT-4" in known
    assert "CLARINET" not in grounds(names=("COMPETE",)) and "COMPETE" in grounds(names=("COMPETE",))


SERIOUS = "Serious adverse events put down to treatment are more frequent with radioligand therapy"
CYCLES = "More cycles, as many as the dose to the kidneys allows, do more good than the standard number"


@pytest.mark.parametrize(
    ("level", "word"),
    [(0.95, "yes in NETTER-1; more frequent in NETTER-2 too, where it may be chance"), (0.6, "yes, in both trials")],
)
def test_more_serious_events_are_told_by_the_trials_that_show_them(level, word, ledger):
    support, ground = said(ledger, level)[SERIOUS]
    assert support == word
    assert "10 of 111 patients against 1 of 110 in NETTER-1, 8 of 147 against 1 of 73 in NETTER-2" in ground


def test_the_cycles_are_among_the_conclusions(ledger):
    support, ground = said(ledger)[CYCLES]
    assert support == "not shown" and "96 patients, 5 cycles in the median against the standard 4" in ground


def test_survival_is_supported_only_where_the_interval_excludes_one(ledger, table):
    (deaths,) = [
        each
        for each in conclusions.conclusions(ledger, table, 0.95)
        if each.statement.startswith("Radioligand therapy p")
    ]
    assert deaths.values["open"] and Page(ledger).prose(deaths.supported, **deaths.values) == "not shown"
    shown = table.assign(hr_high=table["hr_high"].mask(table["row"] == "netter1_os", 0.99))
    (deaths,) = [
        each
        for each in conclusions.conclusions(ledger, shown, 0.95)
        if each.statement.startswith("Radioligand therapy p")
    ]
    assert Page(ledger).prose(deaths.supported, **deaths.values) == "yes"


def test_no_number_is_typed_into_a_conclusion(ledger, table):
    for each in conclusions.conclusions(ledger, table, 0.95):
        for words in each[:3]:
            assert not re.search(r"\d", re.sub(r"\{.*?\}|NETTER-[12]|¹⁷⁷Lu", "", words))
