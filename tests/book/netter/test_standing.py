import pytest

from netterbook.book.netter.standing import standing
from netterbook.claims import AXIS


@pytest.mark.parametrize("name", ["netter1", "netter2"])
def test_the_standing_of_a_paper_is_that_of_its_ledger(name, ledger, known):
    found = standing(ledger, known[name])
    frame = ledger.frame(paper=name)
    counts = frame[frame["measure"] != AXIS]["verdict"].value_counts()
    assert found.printed == counts.sum() == found.confirmed + found.differ + found.others
    assert found.confirmed == counts[["reproduced", "fixed", "recovered"]].sum()
    assert found.differ == counts["differs"] > 0
