"""What all verdicts add up to."""

import pytest

from netterbook.audit import build_ledger
from netterbook.book.front import standing
from netterbook.claims import Verdict


def test_every_verdict_is_in_one_of_the_groups():
    groups = (*standing.CONFIRMED, *standing.UNREFUTED, *standing.UNCHECKED, Verdict.DIFFERS)
    assert sorted(groups) == sorted(Verdict)


def test_shares_are_of_all_printed_numbers(ledger):
    found, total = standing.ledger_standing(ledger), ledger.summary().loc["all"]
    assert found.all == total["claims"]
    assert found.confirmed * found.all == pytest.approx(
        total["reproduced"] + total["fixed"] + total["recovered"] - found.loose
    )
    assert found.unrefuted * found.all == pytest.approx(total["agrees"] + total["possible"] + found.loose)
    assert (found.reproduced, found.differ) == (total["reproduced"], total["differs"])
    assert 0 < found.percentages < found.reproduced
    assert found.confirmed + found.unrefuted + found.unchecked + found.differing == pytest.approx(1)


def test_a_misprinted_headline_is_counted_among_those_that_differ(data_copy):
    path = data_copy / "netter1" / "text.csv"
    said = path.read_text(encoding="utf-8")
    line = next(line for line in said.splitlines() if line.startswith("results.pfs_hr,"))
    assert ",0.21," in line
    path.write_text(said.replace(line, line.replace(",0.21,", ",0.61,")), encoding="utf-8")
    assert standing.ledger_standing(build_ledger()).headlines == 0
    assert standing.ledger_standing(build_ledger(data_copy)).headlines > 0
