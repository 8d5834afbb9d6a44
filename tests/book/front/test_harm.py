"""Harm in both trials."""

from netterbook.book.front.harm import harm_in_hundred


def test_harm_is_counted_in_the_treated_and_told_by_chance_or_not(ledger, known):
    first, second = harm_in_hundred(ledger, known["netter1"], known["netter2"])
    assert first.severe.experimental.counted[0] == ledger.count("netter1.table4.any_ae.lu_grade34.count")
    assert sum(second.blood.control.counted) == ledger.count("netter2.table4.n.control_any.count")
    assert first.severe_by_chance and second.severe_by_chance
    assert first.kidneys_by_chance and second.kidneys_by_chance
    assert not first.blood_by_chance and not second.blood_by_chance
    assert first.marrow.control.first == 0 and second.marrow is None
    assert first.marrow_by_chance and not second.marrow_by_chance
    assert first.blood_stands and not second.blood_stands  # once all rows of severe events are counted
    assert first.told()["marrow_chance"] and 0.05 < second.blood_p < 0.06
