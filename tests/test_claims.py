from fractions import Fraction
from itertools import pairwise

import pytest

from netterbook.claims import TEXT, Check, Claim, Constant, Derived, Leaf, Verdict, where
from netterbook.errors import CircularCheck, UnknownClaim
from netterbook.ledger import Ledger
from netterbook.printed import Printed

COLUMNS = [
    *("claim_id", "paper", "place", "arm", "quantity", "measure", "printed"),
    *("recomputed", "method", "inputs", "verdict", "would_pass", "of_numbers", "note"),
]


def claim(claim_id, point, *, exact=False, same_as="", paper="one", place="Table 1", measure="quantity", **ends):
    parts = {"point": Printed(point, exact=exact)} | {part: Printed(text) for part, text in ends.items()}
    return Claim(claim_id, paper, place, "1", "lu", f"quantity {claim_id}", measure, "", parts, same_as=same_as)


def ledger(*claims):
    return Ledger({c.id: c for c in claims})


def same_number(x):
    return x


def exactly(x):
    return x, x


# ---- verdicts


def test_reproduced_where_the_result_rounds_to_the_print():
    book = ledger(claim("count", "63", exact=True), claim("n", "116", exact=True), claim("percent", "54%"))
    check = book.compare("percent", "percentage", lambda a, b: 100 * a / b, ["count", "n"])
    assert check.verdict is Verdict.REPRODUCED
    assert check.recomputed == "54.31"
    assert check.inputs == ("count", "n")
    assert book.verdict("percent") == check


def test_possible_where_only_some_unrounded_inputs_give_the_print():
    book = ledger(claim("a", "1.2"), claim("b", "0.4"), claim("product", "0.49"))
    check = book.compare("product", "product", lambda a, b: a * b, ["a", "b"])  # 0.48; 1.15×0.35 to 1.25×0.45
    assert check.verdict is Verdict.POSSIBLE
    assert check.ranges == ((Fraction(115 * 35, 10**4), Fraction(125 * 45, 10**4)),)
    assert (check.passing, check.forms) == (len(range(40, 56 + 1)), 1000)  # 0.4025 prints as 0.40, 0.5625 as 0.56


def test_fixed_where_the_unrounded_inputs_leave_no_other_number():
    book = ledger(claim("a", "1.26"), claim("half", "0.6"), claim("other", "0.7"))
    check = book.compare("half", "half", lambda a: a / 2, ["a"])  # 0.63; 0.6275 to 0.6325
    assert (check.verdict, check.passing, check.forms) == (Verdict.REPRODUCED, 1, 100)
    assert book.bounded("half", "limits", lambda a: (a / 2, a / 2), ["a"]).verdict is Verdict.FIXED
    assert book.bounded("other", "limits", lambda a: (a / 2, a / 2), ["a"]).verdict is Verdict.DIFFERS


def test_exact_inputs_do_not_move():
    book = ledger(claim("a", "1.2", exact=True), claim("b", "0.4", exact=True), claim("product", "0.49"))
    assert book.compare("product", "product", lambda a, b: a * b, ["a", "b"]).verdict is Verdict.DIFFERS


def test_differs_where_no_input_that_prints_alike_gives_the_print():
    book = ledger(claim("a", "1.2"), claim("b", "0.4"), claim("product", "0.57"))
    check = book.compare("product", "product", lambda a, b: a * b, ["a", "b"])
    assert check.verdict is Verdict.DIFFERS
    assert check.recomputed == "0.48"


def test_many_rounded_inputs_are_moved_alone_and_all_together():
    parts = [claim(f"part{i}", "1") for i in range(9)]
    book = ledger(*parts, claim("up", "13"), claim("down", "5"), claim("far", "15"))
    names = [part.id for part in parts]
    verdicts = [book.compare(c, "sum", lambda *x: sum(x), names).verdict for c in ("up", "down", "far")]
    assert verdicts == [Verdict.POSSIBLE, Verdict.POSSIBLE, Verdict.DIFFERS]


def test_an_interval_is_judged_by_its_worst_part():
    book = ledger(claim("x", "10", exact=True), claim("rate", "10", low="8", high="12"))

    def result(low, high):
        return lambda x: (x, low, high)

    def verdict(low, high):
        return book.trial("rate", "interval", result(low, high), ["x"], parts=("point", "low", "high")).verdict

    assert verdict(8.4, 11.6) is Verdict.REPRODUCED
    assert verdict(8.6, 11.6) is Verdict.DIFFERS
    assert verdict(8.4, 12.6) is Verdict.DIFFERS


def test_an_end_that_does_not_exist_is_printed_ne():
    book = ledger(claim("x", "10", exact=True), claim("open", "10", low="8", high="NE"))
    ends = ("point", "low", "high")
    assert book.trial("open", "m", lambda x: (x, 8, None), ["x"], parts=ends).verdict is Verdict.REPRODUCED
    assert book.trial("open", "m", lambda x: (x, 8, 12), ["x"], parts=ends).verdict is Verdict.DIFFERS
    assert book.trial("open", "m", lambda x: (x, None, None), ["x"], parts=ends).verdict is Verdict.DIFFERS


def test_a_weak_check_is_possible_at_most_though_it_lets_one_number_pass():
    book = ledger(claim("a", "5", exact=True), claim("b", "5"), claim("c", "7"))
    check = book.compare("b", "m", same_number, ["a"], weak=True)
    assert (check.verdict, check.passing, check.forms) == (Verdict.POSSIBLE, 1, 10)
    assert book.compare("c", "m", same_number, ["a"], weak=True).verdict is Verdict.DIFFERS


def test_a_number_that_restates_its_inputs_agrees_at_most():
    book = ledger(claim("hr", "0.21"), claim("percent", "79%"), claim("near", "80%"), claim("far", "70%"))

    def reduction(hr):
        return 100 * (1 - hr)

    def verdict(claim_id):
        return book.compare(claim_id, "100 (1 − HR)", reduction, ["hr"], restates=True).verdict

    assert verdict("percent") is Verdict.AGREES
    assert verdict("near") is Verdict.POSSIBLE  # 0.205 gives 79.5
    assert verdict("far") is Verdict.DIFFERS
    with pytest.raises(CircularCheck):
        book.compare("hr", "1 − reduction", lambda p: 1 - p / 100, ["percent"])


@pytest.mark.parametrize(
    ("printed", "p", "verdict"),
    [
        ("<0.001", 0.0009, "reproduced"),
        ("<0.001", 0.0001, "reproduced"),
        ("<0.001", 0.00009, "possible"),
        ("<0.001", 1e-12, "possible"),
        ("<0.001", 0.002, "differs"),
        ("≥15", 15, "reproduced"),
        ("≥15", 150, "reproduced"),
        ("≥15", 151, "recorded"),  # no number of two digits would fail
        (">15", 15, "differs"),
    ],
)
def test_an_inequality_many_powers_of_ten_away_is_possible(printed, p, verdict):
    book = ledger(claim("x", "1", exact=True), claim("p", printed))
    assert book.compare("p", "test", lambda x: p, ["x"]).verdict == verdict


def test_own_parts_confirm_nothing():
    book = ledger(claim("hr", "0.50", low="0.25", high="1.00"), claim("off", "0.60", low="0.25", high="1.00"))

    def middle(low, high):
        return (float(low) * float(high)) ** 0.5

    assert book.compare("hr", "middle", middle, ["hr:low", "hr:high"]).verdict is Verdict.POSSIBLE
    assert book.compare("off", "middle", middle, ["off:low", "off:high"]).verdict is Verdict.DIFFERS
    itself = book.compare("hr", "itself", same_number, ["hr"])
    assert (itself.verdict, itself.passing) == (Verdict.POSSIBLE, 3)  # 0.495 to 0.505 print as 0.49, 0.50 and 0.51
    assert {check.inputs for checks in book.checks.values() for check in checks} == {()}


def test_own_parts_of_a_copy_confirm_nothing():
    book = ledger(claim("main", "0.50", low="0.25", high="1.00"), claim("copy", "0.50", same_as="main"))
    assert book.compare("main", "m", same_number, ["copy"]).verdict is Verdict.POSSIBLE
    assert book.compare("copy", "m", same_number, ["main"]).verdict is Verdict.POSSIBLE


@pytest.mark.parametrize(
    ("low", "high", "verdict", "recomputed", "passing"),
    [
        (4, 6, "possible", "4–6", 3),
        (5, 5, "fixed", "5", 1),
        (6, 8, "differs", "6–8", 3),
        (None, 4, "differs", "at most 4", 5),
        (None, 5, "possible", "at most 5", 6),
        (6, None, "differs", "at least 6", 4),
        (5, None, "possible", "at least 5", 5),
        (6, 4, "differs", "6–4", 0),
    ],
)
def test_bounds_count_what_they_let_pass_and_confirm_nothing(low, high, verdict, recomputed, passing):
    book = ledger(claim("count", "5", exact=True), claim("group", "9", exact=True))
    check = book.bounded("count", "bounds", lambda group: (low, high), ["group"])
    assert (check.verdict, check.recomputed, check.passing, check.forms) == (verdict, recomputed, passing, 10)
    assert not check.verdict.confirms
    assert check.inputs == ("group",)


def test_limits_are_widened_to_the_rounding_of_their_inputs():
    book = ledger(claim("rounded", "5"), claim("x", "6"))
    check = book.bounded("x", "below", lambda most: (0, most), ["rounded"])  # 5.5 may have been printed as 6
    assert (check.verdict, check.ranges) == (Verdict.POSSIBLE, ((0, Fraction(11, 2)),))
    book = ledger(claim("exact", "5", exact=True), claim("x", "6"))
    assert book.bounded("x", "below", lambda most: (0, most), ["exact"]).verdict is Verdict.DIFFERS


def test_limits_that_do_not_exist_differ():
    book = ledger(claim("zero", "0", exact=True), claim("x", "6"))
    check = book.bounded("x", "inverse", lambda x: (0, 1 / Fraction(x)), ["zero"])
    assert (check.verdict, check.recomputed) == (Verdict.DIFFERS, "none: Fraction(1, 0)")


def test_limits_may_rest_on_text_and_on_facts():
    book = ledger(claim("date", "May 1, 2015"), claim("year", "2015"))
    inputs = ["date:text", book.fact("constant", 1)]
    check = book.bounded("year", "of the date", lambda text, one: exactly(int(text[-4:]) * one), inputs)
    assert (check.verdict, check.inputs) == (Verdict.FIXED, ("date", "fact:constant"))


def test_a_check_that_no_misprint_of_a_digit_could_fail_is_none_and_says_so():
    book = ledger(claim("count", "5", exact=True), claim("group", "113", exact=True), claim("two", "55", exact=True))
    check = book.bounded("count", "no more than the group", lambda n: (0, n), ["group"])
    assert (check.passing, check.forms) == (10, 10)
    assert book.checks == {}
    assert book.verdict("count").verdict is Verdict.RECORDED
    assert book.verdict("count").note == "no more than the group: any number of as many digits would pass"
    assert book.bounded("two", "more than the group", lambda n: (n, None), ["group"]).verdict is Verdict.DIFFERS
    assert book.bounded("group", "three digits", lambda n: (n, None), ["two"]).verdict is Verdict.POSSIBLE


def test_one_of_counts_the_numbers_it_admits():
    book = ledger(claim("total", "9", exact=True), claim("x", "33%"), claim("y", "34%"), claim("one", "<5%"))

    def share(text):
        return any(text.admits(Fraction(100 * count, 9)) for count in range(10))

    check = book.one_of("x", "ninths", share, ["total"])
    assert (check.verdict, check.passing, check.forms, check.inputs) == (Verdict.POSSIBLE, 9, 100, ("total",))
    assert book.one_of("y", "ninths", share, ["total"]).verdict is Verdict.DIFFERS
    assert book.one_of("x", "itself", lambda text: text.value == 33, ["total"]).verdict is Verdict.FIXED
    book.one_of("one", "anything", lambda text: True, ["total"])
    assert book.verdict("one").note == "anything: any number of as many digits would pass"


def test_best_of_names_the_methods_that_fit_and_those_that_do_not():
    book = ledger(claim("x", "10", exact=True), claim("y", "20"), claim("z", "50"))
    methods = {"half": lambda x: x / 2, "double": lambda x: 2 * x, "twice": lambda x: x + x}
    check = book.best_of("y", methods, ["x"])
    assert (check.verdict, check.method) == (Verdict.AGREES, "double")
    assert check.note == "2 of 3 forms tried give it: double, twice; not: half 5"
    assert (check.passing, check.forms) == (2, 100)  # 5 or 20
    check = book.best_of("z", methods, ["x"], note="tried")
    assert check.verdict is Verdict.DIFFERS
    assert check.note == "tried; no method tried gives it: half 5; double 20; twice 20"


def test_a_number_that_every_form_tried_gives_is_reproduced():
    book = ledger(claim("x", "10", exact=True), claim("y", "20"))
    check = book.best_of("y", {"double": lambda x: 2 * x, "twice": lambda x: x + x}, ["x"])
    assert (check.verdict, check.passing) == (Verdict.REPRODUCED, 1)
    assert check.note == "2 of 2 forms tried give it: double, twice"


def test_a_form_chosen_among_several_leaves_what_any_of_them_lets_pass():
    book = ledger(claim("x", "2", low="1", high="3", exact=True), claim("y", "4", low="2", high="6"))
    parts = ("point", "low", "high")
    forms = {"double": lambda x: (2 * x, x, 3 * x), "treble": lambda x: (3 * x, x, 4 * x)}
    check = book.best_of("y", forms, ["x"], parts=parts)
    assert (check.verdict, check.passing, check.forms) == (Verdict.AGREES, 2, 1000)


def test_best_of_prefers_the_stronger_verdict_to_the_earlier_method():
    book = ledger(claim("x", "2"), claim("y", "4"))
    check = book.best_of("y", {"near": lambda x: 1.7 * x, "exact": lambda x: 2 * x}, ["x"])
    assert (check.verdict, check.method) == (Verdict.AGREES, "exact")


def test_a_check_that_differs_outweighs_any_that_confirm():
    book = ledger(claim("a", "5"), claim("b", "7"), claim("total", "5"))
    book.compare("total", "from a", same_number, ["a"])
    book.compare("total", "from b", same_number, ["b"])
    spoken = book.verdict("total")
    assert (spoken.verdict, spoken.method, spoken.note) == (Verdict.DIFFERS, "from b", "also from a: reproduced")


@pytest.mark.parametrize("order", [("near", "wide", "open"), ("open", "near", "wide"), ("wide", "open", "near")])
def test_of_equal_checks_the_one_that_leaves_least_open_leads(order):
    book = ledger(claim("low", "3", exact=True), claim("high", "9", exact=True), claim("x", "5", exact=True))
    bounds = {"near": (4, 6), "wide": (0, 6), "open": (2, None)}
    for name in order:
        book.bounded("x", name, lambda *_, name=name: bounds[name], ["low", "high"])
    assert {check.verdict for check in book.checks["x"]} == {Verdict.POSSIBLE}
    shares = {"near": 0.3, "wide": 0.7, "open": 0.8}
    assert [check.looseness for check in book.checks["x"]] == [shares[name] for name in order]
    assert book.leading("x").method == "near"


def test_unchecked_claims_are_recorded_with_their_reason():
    book = ledger(claim("a", "5"))
    book.reasons["a"] = "because"
    assert (book.verdict("a").verdict, book.verdict("a").note) == (Verdict.RECORDED, "because")


def test_every_verdict_has_a_meaning_and_three_confirm():
    assert len({verdict.meaning for verdict in Verdict}) == len(Verdict) == 8
    assert {str(v) for v in Verdict if v.confirms} == {"reproduced", "agrees", "recovered"}


def test_the_stronger_verdict_speaks_first():
    order = [v for v in Verdict if v is not Verdict.DIFFERS and v is not Verdict.RECORDED]
    assert [str(v) for v in order] == ["reproduced", "fixed", "recovered", "agrees", "possible", "printed alike"]
    for stronger, weaker in pairwise(order):
        book = ledger(claim("a", "5"), claim("b", "5"))
        for verdict in (weaker, stronger):
            book.add(Check("b", verdict, "5", str(verdict), ("a",)))
        assert book.leading("b").verdict is stronger
        assert book.verdict("b").note == f"also {weaker}: {weaker}"
        book.add(Check("b", Verdict.DIFFERS, "6", "other", ("a",)))
        assert book.leading("b").verdict is Verdict.DIFFERS


def test_what_confirms_a_number_with_its_interval_leads_before_what_confirms_it_alone():
    book = ledger(claim("x", "10", exact=True), claim("rate", "10", low="8", high="12"))
    forms = {"two": lambda x: (x, x - 2, x + 2), "three": lambda x: (x, x - 3, x + 3)}
    both = book.best_of("rate", forms, ["x"], parts=("point", "low", "high"))
    alone = book.compare("rate", "rate", same_number, ["x"])
    assert (both.verdict, alone.verdict) == (Verdict.AGREES, Verdict.REPRODUCED)
    assert book.leading("rate") == both
    book.compare("rate", "other", lambda x: x + 1, ["x"])
    assert book.leading("rate").method == "other"


def test_a_recovered_inequality_is_recovered_only_near_its_bound():
    book = ledger(claim("given", "5"), claim("p", "<0.001"), claim("far", "<0.001"), claim("not", "<0.001"))
    assert book.recover("p", "patients", 0.0004, (0.0001, 0.0009), ["given"]).verdict is Verdict.RECOVERED
    assert book.recover("far", "patients", 1e-9, (1e-12, 1e-7), ["given"]).verdict is Verdict.POSSIBLE
    assert book.recover("not", "patients", 0.004, (0.001, 0.02), ["given"]).verdict is Verdict.DIFFERS


def test_an_interval_that_holds_every_number_recovers_none():
    book = ledger(claim("given", "5"), claim("rate", "0.43"), claim("never", "NE"))
    assert book.recover("rate", "patients", 0.5, (0, float("inf")), ["given"]).verdict is Verdict.RECORDED
    assert book.verdict("rate").note == "patients: any number of as many digits would pass"
    assert book.checks == {}


def test_a_recovered_number_counts_what_its_interval_lets_pass():
    book = ledger(claim("given", "5"), claim("median", "8.4"))
    check = book.recover("median", "patients", 8.5, (8.2, 8.9), ["given"])
    assert (check.verdict, check.passing, check.forms) == (Verdict.RECOVERED, 8, 100)
    check = book.recover("median", "patients", 8.5, (8.0, 9.1), ["given"], common=(8.2, 8.3))
    assert (check.verdict, check.passing) == (Verdict.DIFFERS, 2)


# ---- no claim is confirmed from itself


def confirming(book, claim_id, *inputs):
    """A check that confirms, whatever its inputs, entered past the safeguards of ``compare``."""
    return book.add(Check(claim_id, Verdict.REPRODUCED, "", "method", inputs))


def chain(length):
    """c0, c1, … where each is confirmed from the one before."""
    book = ledger(*(claim(f"c{i}", "5") for i in range(length)))
    for i in range(1, length):
        book.compare(f"c{i}", "step", same_number, [f"c{i - 1}"])
    return book


@pytest.mark.parametrize("verdict", Verdict)
def test_direct_self_input_is_refused_whatever_the_verdict(verdict):
    book = ledger(claim("a", "5"), claim("b", "5"))
    with pytest.raises(CircularCheck, match="a is among its own inputs"):
        book.add(Check("a", verdict, "5", "itself", ("b", "a")))
    assert book.checks == {}
    assert book.reasons == {}


@pytest.mark.parametrize(("claim_id", "source"), [("main", "copy"), ("copy", "main"), ("copy", "other_copy")])
def test_a_copy_is_refused(claim_id, source):
    book = ledger(claim("main", "5"), claim("copy", "5", same_as="main"), claim("other_copy", "5", same_as="main"))
    with pytest.raises(CircularCheck):
        confirming(book, claim_id, source)


def test_copies_declared_later_are_refused():
    book = ledger(claim("main", "5"), claim("a", "5"), claim("copy_of_a", "5", same_as="a"))
    book.same("main", "a")
    assert {c.same_as for c in book.claims.values() if c.id != "main"} == {"main"}
    with pytest.raises(CircularCheck):
        confirming(book, "main", "copy_of_a")


@pytest.mark.parametrize("length", [2, 3, 6])
def test_a_circle_of_confirmations_is_refused(length):
    book = chain(length)
    with pytest.raises(CircularCheck):
        book.compare("c0", "back", same_number, [f"c{length - 1}"])
    assert "c0" not in book.checks


def test_a_circle_through_a_copy_is_refused():
    book = ledger(claim("a", "5"), claim("b", "5"), claim("copy_of_b", "5", same_as="b"), claim("c", "5"))
    book.compare("b", "step", same_number, ["a"])
    book.compare("c", "step", same_number, ["copy_of_b"])
    with pytest.raises(CircularCheck):
        book.compare("a", "back", same_number, ["c"])


def test_a_copy_of_a_copy_is_refused():
    book = ledger(claim("main", "5"), claim("copy", "5", same_as="main"), claim("copy_of_copy", "5", same_as="copy"))
    with pytest.raises(CircularCheck):
        confirming(book, "main", "copy_of_copy")


def test_main_printings_joined_by_a_copy_are_refused():
    book = ledger(claim("main", "5"), claim("copy", "5", same_as="main"), claim("other_main", "5"))
    book.same("other_main", "copy")
    with pytest.raises(CircularCheck):
        confirming(book, "main", "other_main")


def test_a_circle_closed_by_a_later_declaration_is_refused():
    book = ledger(claim("a", "5"), claim("b", "5"), claim("c", "5"))
    book.compare("b", "step", same_number, ["a"])
    book.same("c", "a")
    with pytest.raises(CircularCheck):
        confirming(book, "c", "b")


def test_a_declaration_that_closes_a_circle_of_confirmations_is_refused():
    book = chain(3)
    with pytest.raises(CircularCheck):
        book.same("c2", "c0")


def test_copies_of_each_other_are_refused():
    book = ledger(claim("a", "5", same_as="b"), claim("b", "5", same_as="a"))
    with pytest.raises(CircularCheck):
        confirming(book, "a", "b")


def test_a_circle_through_derived_nodes_is_refused():
    book = chain(3)
    inner = book.derive("doubled", lambda x: 2 * x, "c2")
    outer = book.derive("and halved", lambda x: x / 2, inner)
    with pytest.raises(CircularCheck):
        book.compare("c0", "back", same_number, [outer])


def test_a_derived_node_of_the_claim_itself_confirms_nothing():
    book = ledger(claim("a", "5"), claim("b", "0", exact=True))
    total = book.derive("total", lambda a, b: a + b, "a", "b")
    check = book.compare("a", "itself", same_number, [total])
    assert (check.verdict, check.inputs) == (Verdict.POSSIBLE, ("b",))


def test_the_two_ends_of_a_circle_may_only_be_possible():
    book = chain(3)
    assert book.compare("c0", "back", same_number, ["c2"], weak=True).verdict is Verdict.POSSIBLE


def test_a_weak_check_hands_on_no_dependence():
    book = ledger(claim("a", "5"), claim("b", "5"))
    book.compare("b", "weak", same_number, ["a"], weak=True)
    assert book.compare("a", "step", same_number, ["b"]).verdict is Verdict.REPRODUCED


def test_two_ways_to_one_source_are_no_circle():
    book = ledger(*(claim(c, "5") for c in "abcd"))
    for target, sources in (("b", "a"), ("c", "a"), ("d", "bc")):
        book.compare(target, "mean", lambda *x: sum(x) / len(x), list(sources))
    assert book.rests_on("d") == {"a", "b", "c"}
    assert book.verdict("d").verdict is Verdict.REPRODUCED


# ---- copies


@pytest.mark.parametrize(
    ("main", "copy"),
    [
        ("0.21", "0.22"),
        ("15%", "14%"),
        ("≥15", "≥18"),
        ("0.21", "0.23"),
        ("0.21", "0.3"),
        ("<0.001", "0.002"),
        ("≥15", "≤14"),
        ("<0.05", "≤0.05"),
        (">15", "≥15"),
        ("<14.5", "15"),
    ],
)
def test_a_copy_with_another_number_differs(main, copy):
    book = ledger(claim("main", main), claim("copy", copy, same_as="main"))
    book.agree_with_copies()
    assert book.verdict("copy").verdict is Verdict.DIFFERS


@pytest.mark.parametrize(
    ("main", "copy"),
    [
        ("0.21", "0·21"),
        ("0.21", "0.2"),
        ("8", "eight"),
        ("43", "43·0%"),
        ("≤14.5", "15"),
        ("=15", "15"),
        ("<0.05", "<0·05"),
    ],
)
def test_a_copy_with_the_same_number_is_only_printed_alike(main, copy):
    book = ledger(claim("main", main), claim("copy", copy, same_as="main"))
    book.agree_with_copies()
    assert book.verdict("copy").verdict is Verdict.ALIKE
    assert book.verdict("copy").inputs == ("main",)
    assert book.verdict("copy").passing is None


def test_a_copy_inherits_what_recomputed_its_main_printing():
    book = ledger(
        claim("source", "0.214", exact=True),
        claim("main", "0.21"),
        claim("coarse", "0.2", same_as="main"),
        claim("wrong", "0.23", same_as="main"),
    )
    book.compare("main", "from source", same_number, ["source"])
    book.agree_with_copies()
    inherited = book.verdict("coarse")
    assert (inherited.verdict, inherited.method, inherited.inputs) == (
        Verdict.REPRODUCED, "from source", ("source",)
    )  # fmt: skip
    assert {check.verdict for check in book.checks["wrong"]} == {Verdict.DIFFERS}
    assert (inherited.passing, inherited.forms) == (1, 100)


def test_a_copy_inherits_what_fixes_its_main_printing_with_its_own_count():
    book = ledger(
        claim("source", "0.21", exact=True),
        claim("main", "0.21"),
        claim("finer", "0.210", same_as="main"),
        claim("wrong", "0.215", same_as="main"),
    )
    book.bounded("main", "from source", lambda x: (x - 0.002, x + 0.002), ["source"])
    book.agree_with_copies()
    assert [book.verdict(c).verdict for c in ("main", "finer")] == [Verdict.FIXED, Verdict.POSSIBLE]
    assert [book.verdict(c).passing for c in ("main", "finer")] == [1, 5]  # 0.208 to 0.212
    assert book.verdict("wrong").verdict is Verdict.DIFFERS


def test_a_copy_of_a_number_that_only_agrees_only_agrees():
    book = ledger(claim("hr", "0.21"), claim("main", "79%"), claim("copy", "79", same_as="main"))
    book.compare("main", "reduction", lambda x: 100 * (1 - x), ["hr"], restates=True)
    book.agree_with_copies()
    assert book.verdict("copy").verdict is Verdict.AGREES


def test_a_copy_does_not_inherit_that_its_main_printing_is_possible():
    book = ledger(
        claim("group", "9", exact=True), claim("main", "5", exact=True), claim("copy", "five", same_as="main")
    )
    book.bounded("main", "within", lambda n: (0, n - 2), ["group"])
    book.agree_with_copies()
    assert [book.verdict(c).verdict for c in ("main", "copy")] == [Verdict.POSSIBLE, Verdict.ALIKE]


def test_a_copy_shares_what_its_main_printing_admits_only_as_a_copy():
    book = ledger(claim("total", "9", exact=True), claim("main", "33%"), claim("copy", "33", same_as="main"))
    book.one_of("main", "itself", lambda text: text.value == 33, ["total"])
    book.agree_with_copies()
    assert [book.verdict(c).verdict for c in ("main", "copy")] == [Verdict.FIXED, Verdict.ALIKE]


def test_a_copy_inherits_the_parts_it_prints():
    book = ledger(
        claim("x", "10", exact=True), claim("main", "10", low="8", high="12"), claim("copy", "10", same_as="main")
    )
    book.compare("main", "interval", lambda x: (x, x - 2, x + 2), ["x"], parts=("point", "low", "high"))
    book.agree_with_copies()
    assert book.verdict("copy").verdict is Verdict.REPRODUCED


def test_a_copy_that_differs_in_an_end_differs():
    book = ledger(claim("main", "10", low="8", high="12"), claim("copy", "10", low="8", high="14", same_as="main"))
    book.agree_with_copies()
    assert book.verdict("copy").verdict is Verdict.DIFFERS


def test_not_estimated_is_one_number_however_printed():
    book = ledger(claim("main", "NE"), claim("words", "not estimated", same_as="main"), claim("n", "7", same_as="main"))
    book.agree_with_copies()
    assert book.verdict("words").verdict is Verdict.ALIKE
    assert book.verdict("n").verdict is Verdict.DIFFERS


# ---- reading


@pytest.fixture
def small():
    book = ledger(
        claim("one.a", "5"),
        claim("one.b", "5", low="4", high="6"),
        claim("two.c", "7", paper="two", place="Results"),
        claim("two.d", "7±2", paper="two", place="Table 1"),
        claim("two.tick", "7", paper="two", place="Figure 1", measure="axis"),
    )
    book.compare("one.b", "step", same_number, ["one.a"], note="said")
    book.bounded("two.c", "bounds", lambda *_: (8, 9), ["one.a", "one.b"])
    return book


def test_frame_columns(small):
    frame = small.frame()
    assert list(frame.columns) == COLUMNS
    assert frame.loc[1].tolist() == [
        *("one.b", "one", "Table 1", "lu", "quantity one.b", "quantity", "5 (4 to 6)"),
        *("5", "step", "one.a", "reproduced", 3, 10, "said"),  # 4.5 to 5.5 print as 4, 5 and 6
    ]
    assert frame.loc[2, "inputs"] == "one.a one.b"
    assert frame["would_pass"].isna().tolist() == [True, False, False, True, True]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"paper": "one"}, ["one.a", "one.b"]),
        ({"place": "table 1"}, ["one.a", "one.b", "two.d"]),
        ({"paper": "TWO", "place": "Table 1"}, ["two.d"]),
        ({"verdict": "reproduced"}, ["one.b"]),
        ({"verdict": "printed alike"}, []),
    ],
)
def test_frame_filters(small, filters, ids):
    frame = small.frame(**filters)
    assert frame["claim_id"].tolist() == ids
    assert frame.index.tolist() == list(range(len(ids)))


@pytest.mark.parametrize(
    ("filters", "choices"),
    [
        ({"paper": "three"}, ["one", "two"]),
        ({"place": "Table 9"}, ["Figure 1", "Results", "Table 1"]),
        ({"verdict": "wrong"}, [str(v) for v in Verdict]),
    ],
)
def test_a_filter_with_a_bad_name_lists_the_choices(small, filters, choices):
    with pytest.raises(ValueError, match="there are: ") as error:
        small.frame(**filters)
    assert next(iter(filters.values())) in str(error.value)
    assert str(error.value).partition("there are: ")[2].split(", ") == choices


def test_summary_counts_every_claim_but_ticks_once(small):
    table = small.summary()
    assert table.loc["all", "claims"] == len(small.claims) - 1
    assert small.summary(by="measure").index.tolist() == ["quantity", "all"]
    assert small.summary(by="place").index.tolist() == ["Table 1", "Results", "all"]
    assert table.loc["one", "reproduced"] == 1
    assert table.loc["two"].drop("claims").to_dict() == dict.fromkeys(Verdict, 0) | {"differs": 1, "recorded": 1}


def test_unknown_claim_suggests_near_ids(small):
    with pytest.raises(UnknownClaim, match=r"no claim has the id 'one\.aa'\. Near: one\.a") as error:
        small["one.aa"]
    assert str(error.value).startswith("no claim")
    with pytest.raises(UnknownClaim) as error:
        small["zzzzzzzz"]
    assert "Near" not in str(error.value)


def test_a_check_of_or_from_an_unknown_claim_is_refused(small):
    with pytest.raises(UnknownClaim):
        small.compare("one.z", "step", same_number, ["one.a"])
    with pytest.raises(UnknownClaim):
        small.compare("one.a", "step", same_number, ["one.z"])
    with pytest.raises(UnknownClaim, match="prints no number as its low"):
        small.compare("one.b", "step", same_number, ["one.a:low"])
    with pytest.raises(UnknownClaim, match="prints no number as its point"):
        small.compare("one.b", "step", same_number, ["two.d"])


def test_a_copy_of_no_claim_is_refused():
    with pytest.raises(UnknownClaim, match="nowhere"):
        ledger(claim("a", "5", same_as="nowhere"))


def test_the_text_of_a_claim_is_an_input_where_it_is_no_number(small):
    assert small.node("two.d:text").value == "7±2"
    assert small.value("two.d:text") == "7±2"


@pytest.mark.parametrize(
    ("part", "read_otherwise"), [("point", "8"), (TEXT, "8"), ("low", "4"), ("high", None), ("sd", None)]
)
def test_an_input_is_read_anew_where_its_own_part_is_printed_otherwise(part, read_otherwise):
    leaf = Leaf("a", part, Printed("5"))
    printed = {("a", "point"): Printed("8"), ("a", "low"): Printed("4"), ("b", "high"): Printed("9")}
    expected = leaf if read_otherwise is None else Leaf("a", part, Printed(read_otherwise))
    assert leaf.printed_as(printed) == expected
    assert leaf.printed_as({}) == leaf


def test_only_constants_with_a_source_are_facts():
    sourced, bare = Constant(5, "half-life"), Constant(2)
    assert Derived("half", lambda a, b: a / b, (sourced, bare)).facts() == sourced.facts() == ["half-life"]
    assert bare.facts() == []


def test_a_place_is_said_with_its_paper_only_from_another_paper():
    here, there = claim("a", "5"), claim("b", "5", paper="two", place="Figure 1")
    assert (where(here), where(here, here), where(there, here)) == ("Table 1", "Table 1", "two Figure 1")


def test_facts_are_listed_as_inputs():
    book = ledger(claim("a", "5"))
    assert book.compare("a", "known", same_number, [book.fact("constant", 5)]).inputs == ("fact:constant",)
