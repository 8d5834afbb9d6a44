"""What came of estimating each headline result without it."""

from netterbook.audit import recovered
from netterbook.book.front import headlines
from netterbook.book.netter import outcomes
from netterbook.claims import Verdict


def test_every_headline_meets_its_estimate(ledger, known):
    found = headlines.without_themselves(ledger, known.values())
    stored = recovered.stored(ledger)
    assert sorted(stored.index) == sorted(target.claim for target in recovered.targets(ledger))
    assert found.all == len(stored) == found.meet
    assert set(stored["seeds"].str.split().str.len()) == {found.seeds}
    for claim_id in stored.index:
        (check,) = [check for check in ledger.checks[claim_id] if check.method == recovered.METHOD]
        far = check.verdict is Verdict.POSSIBLE and ledger[claim_id].point.relation == "<"
        assert check.verdict is Verdict.RECOVERED or far


def test_those_near_an_end_are_counted_over_both_trials(ledger, known):
    each = [headlines.without_themselves(ledger, [trial]).near for trial in known.values()]
    assert headlines.without_themselves(ledger, known.values()).near == sum(each)
    assert each == [outcomes.placed(ledger, trial).outer for trial in known.values()]
    assert sum(each) > 0  # NETTER-1's hazard ratio at least
