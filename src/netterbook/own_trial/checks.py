"""Checks of a trial's tables: those of any paper, and those that their headings and sections call for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import isnan

import numpy as np
from scipy import stats

from netterbook.audit import common
from netterbook.claims import Verdict
from netterbook.ledger import Ledger
from netterbook.methods.proportions import fisher
from netterbook.own_trial.record import TrialRecord
from netterbook.own_trial.tables import ReadTable, Row, group_size, key_of, size_claim
from netterbook.printed import Number
from netterbook.reconstruction.summary_forms import in_order

RANKS = 2.5
"""How far the z of a test of ranks may be from that of a t test of the same patients, as a ratio and beside."""
NOT_RANDOMISED = "no more than were randomised"
SUM = "sum of the groups"


def check_tables(ledger: Ledger, record: TrialRecord, tables: Sequence[ReadTable]) -> None:
    """Enter the checks that rows, columns and sections of tables allow; percentages and intervals are :mod:`.common`'s.

    Raises
    ------
    DataError
        Where a number is printed in a form in which it cannot be used.
    """
    for table in tables:
        _sizes(ledger, table)
        for name, rows in table.sections().items():
            _section(ledger, record, table, name, rows)
        _totals(ledger, record, table)
        _severe_within_any(ledger, table)
        _within_group(ledger, record, table)
        for row in table.rows:
            _p_value(ledger, record, table, row)


def check_limits(ledger: Ledger) -> None:
    """Enter, of every estimate that lies outside its own limits, that it does: in good order they say no more."""
    for claim in list(ledger.claims.values()):
        parts = claim.parts
        if {"low", "high"} <= parts.keys() and not in_order(parts["low"], parts["point"], parts["high"]):
            limits = _as_they_are if in_order(parts["low"], parts["high"]) else _fallen
            ledger.bounded(claim.id, "between its own limits", limits, [f"{claim.id}:low", f"{claim.id}:high"])


def _as_they_are(low: Number, high: Number) -> tuple[Number, Number]:
    return low, high


def _fallen(low: Number, high: Number) -> tuple[Number, Number]:
    raise ValueError("its limits are in the wrong order")


def _sizes(ledger: Ledger, table: ReadTable) -> None:
    """Patients of another population are among those randomised."""
    for column in table.columns:
        claim_id = f"{table.stem}.n.{column.key}.count"
        if column.kind == "arm" and table.about.population and claim_id in ledger.claims:
            ledger.bounded(claim_id, NOT_RANDOMISED, common.up_to, [size_claim(column.arm)], steady=True)


def _counts(ledger: Ledger, table: ReadTable, rows: Sequence[Row], key: str) -> list[str]:
    """Claims of the counts of rows in a column; none unless every row has one."""
    ids = [f"{table.stem}.{row.key}.{key}.count" for row in rows]
    own_totals = any(f"{table.stem}.{row.key}.{key}.n" in ledger.claims for row in rows)
    return ids if all(claim_id in ledger.claims for claim_id in ids) and not own_totals else []


def _section(ledger: Ledger, record: TrialRecord, table: ReadTable, name: str, rows: Sequence[Row]) -> None:
    """The rows of a section add up to the group, where that is said or true in another column.

    A column alone that adds up is its own only witness, so that its group no more than agrees.
    """
    columns = [c for c in table.columns if c.kind in ("arm", "total")]
    each = {c: ids for c in columns if len(ids := _counts(ledger, table, rows, c.key)) > 1}
    wholes = {c: group_size(table, c, record) for c in each}
    true = {c for c in each if sum(ledger.counts(*each[c])) == sum(ledger.counts(*wholes[c]))}
    for column, ids in each.items():
        known = name in table.about.each_once or bool(true - {column})
        if not known and column not in true:
            continue
        if len(wholes[column]) == 1:
            common.check_sum(ledger, wholes[column][0], *ids, method=f"sum over {name}", restates=not known)
        for claim_id in ids if known else ():
            others = [other for other in ids if other != claim_id]
            method = f"what the other rows of {name} leave of the group"

            def rest(*numbers: Number, wholes: int = len(wholes[column])) -> tuple[Number, Number]:
                left = sum(numbers[:wholes]) - sum(numbers[wholes:])
                return left, left

            ledger.bounded(claim_id, method, rest, [*wholes[column], *others], steady=True)


def _totals(ledger: Ledger, record: TrialRecord, table: ReadTable) -> None:
    """A count of all patients is the sum of those of the groups."""
    for row in [*table.rows, Row("n", "", "", 0, {})]:
        parts = [f"{table.stem}.{row.key}.{key_of(group.name)}.count" for group in record.groups]
        total = f"{table.stem}.{row.key}.total.count"
        entered = any(check.method == SUM for check in ledger.checks.get(total, []))
        if not entered and {total, *parts} <= ledger.claims.keys():
            common.check_sum(ledger, total, *parts, method=SUM)


def _severe_within_any(ledger: Ledger, table: ReadTable) -> None:
    arms = {column.arm for column in table.columns if column.severe}
    for arm in arms:
        wide = next((c.key for c in table.columns if c.arm == arm and not c.severe), "")
        for row in table.rows if wide else ():
            severe, any_grade = (f"{table.stem}.{row.key}.{key}.count" for key in (f"{arm}_severe", wide))
            if row.key != "n" and {severe, any_grade} <= ledger.claims.keys():
                ledger.bounded(severe, "severe within any grade", common.up_to, [any_grade], steady=True)


def _within_group(ledger: Ledger, record: TrialRecord, table: ReadTable) -> None:
    for row in table.rows:
        for column in table.columns:
            claim_id = f"{table.stem}.{row.key}.{column.key}.count"
            if row.key != "n" and column.kind == "arm" and claim_id in ledger.claims:
                whole = f"{table.stem}.{row.key}.{column.key}.n"
                group = whole if whole in ledger.claims else group_size(table, column, record)[0]
                ledger.bounded(claim_id, "no more than the group", common.up_to, [group], steady=True)


Test = Callable[..., Number]


def _chi_squared(correction: bool, *numbers: Number) -> float:
    """P of counts, each followed by its group."""
    counts, totals = numbers[::2], numbers[1::2]
    return _chi_squared_of([[float(n), float(total - n)] for n, total in zip(counts, totals, strict=True)], correction)


def _chi_squared_of_section(width: int, *numbers: Number) -> float:
    """P of a table of counts: so many numbers of each group, group by group."""
    return _chi_squared_of([list(map(float, numbers[k : k + width])) for k in range(0, len(numbers), width)], False)


def _chi_squared_of(table: list[list[float]], correction: bool) -> float:
    return float(stats.chi2_contingency(table, correction=correction).pvalue)


def _t_test(equal: bool, mean0: Number, sd0: Number, n0: Number, mean1: Number, sd1: Number, n1: Number) -> float:
    given = (float(mean0), float(sd0), int(n0), float(mean1), float(sd1), int(n1))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = float(stats.ttest_ind_from_stats(*given, equal_var=equal).pvalue)
    if isnan(p):
        raise ValueError("without spread, or of one patient a group, there is no t test")
    return p


def _near_ranks(*given: Number) -> tuple[Number, Number]:
    """Two-sided P values of a test of ranks, whose z is within :data:`RANKS` times Welch's, and as much beside."""
    z = float(stats.norm.isf(min(max(_t_test(False, *given), 1e-300), 1.0) / 2))
    least, most = max(z / RANKS - RANKS, 0.0), RANKS * z + RANKS
    return 2 * float(stats.norm.sf(most)), 2 * float(stats.norm.sf(least))


def _p_value(ledger: Ledger, record: TrialRecord, table: ReadTable, row: Row) -> None:
    """A P value from the counts, or means and SDs, of its row, or from all rows of its section if it heads them."""
    claim_id = f"{table.stem}.{row.key}.p.p"
    arms = [c for c in table.columns if c.kind == "arm" and not c.severe]
    if claim_id not in ledger.claims or len(arms) < 2:
        return
    counts = [f"{table.stem}.{row.key}.{c.key}.count" for c in arms]
    means = [f"{table.stem}.{row.key}.{c.key}.mean" for c in arms]
    sizes = [group_size(table, c, record)[0] for c in arms]
    own = [f"{table.stem}.{row.key}.{c.key}.n" for c in arms]
    sizes = [mine if mine in ledger.claims else size for mine, size in zip(own, sizes, strict=True)]
    rows = table.sections().get(row.section, [])
    alone = not rows or sum("p" in other.cells for other in rows) > 1 or len(rows) == 1
    if all(count in ledger.claims for count in counts):
        if not alone and row is rows[0] and len(rows) > 2:
            _section_p(ledger, table, claim_id, rows, [c.key for c in arms])
            return
        inputs = [ref for pair in zip(counts, sizes, strict=True) for ref in pair]
        tests: dict[str, Test] = {
            "chi-squared test": partial(_chi_squared, False),
            "chi-squared test with Yates' correction": partial(_chi_squared, True),
        }
        if len(arms) == 2:
            tests = {"Fisher's exact test": fisher} | tests
        ledger.best_of(claim_id, tests, inputs)
    elif len(arms) == 2 and all(mean in ledger.claims and "sd" in ledger[mean].parts for mean in means):
        inputs = [ref for mean, n in zip(means, sizes, strict=True) for ref in (mean, f"{mean}:sd", n)]
        tests = {"Student's t test": partial(_t_test, True), "Welch's t test": partial(_t_test, False)}
        tried = [ledger.trial(claim_id, name, test, inputs) for name, test in tests.items()]
        if any(check.verdict is not Verdict.DIFFERS for check in tried):
            ledger.best_of(claim_id, tests, inputs)
        else:
            said = "; ".join(f"{check.method} {check.recomputed}" for check in tried)
            method = "what a test of ranks could give, by Welch's t test"
            ledger.bounded(claim_id, method, _near_ranks, inputs, note=f"no t test gives it: {said}")


def _section_p(ledger: Ledger, table: ReadTable, claim_id: str, rows: Sequence[Row], keys: Sequence[str]) -> None:
    """One P value for all rows of a section: the chi-squared test of the whole."""
    each = [_counts(ledger, table, rows, key) for key in keys]
    if not all(each):
        return

    p = partial(_chi_squared_of_section, len(rows))
    ledger.compare(claim_id, "chi-squared test of all rows of the section", p, [ref for ids in each for ref in ids])
