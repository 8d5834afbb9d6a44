"""Checks that serve any paper: percentages, sums, tests, intervals, subgroups, numbers at risk, axes, dates."""

from __future__ import annotations

import calendar
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from math import exp

from netterbook.claims import Check, Claim, Input, Verdict
from netterbook.errors import DataError
from netterbook.ledger import Ledger
from netterbook.methods import trial_design
from netterbook.methods.printed_ratios import (
    RATE_TRANSFORMS,
    Z95,
    implied_events,
    inverse_variance_hr,
    log_hr_midpoint,
    log_hr_standard_error,
    rate_from_interval,
    standard_error_from_events,
    wald_p,
)
from netterbook.methods.proportions import fisher, percentage, range_printing_as
from netterbook.printed import Number, Printed

MOST_LISTED = 20
"""Counts; of more the first and last are named."""


def check_percentages(ledger: Ledger) -> None:
    """Every percentage from its count; every count against its percentage; where only a percentage is printed, the
    counts that would print like it."""
    for claim in list(ledger.claims.values()):
        if claim.measure != "percent" or not claim.denominator:
            continue
        total = ledger.derive("total", lambda *n: sum(n), *claim.denominator)
        if claim.numerator:
            count = ledger.derive("count", lambda *n: sum(n), *claim.numerator)
            ledger.compare(claim.id, "percentage of count", percentage, [count, total], steady=True)
            if len(claim.numerator) == len(claim.denominator) == 1:
                _check_count(ledger, claim)
        else:
            check_counts_behind(ledger, claim.id, total)


def _check_count(ledger: Ledger, claim: Claim) -> None:
    count, total = claim.numerator[0], claim.denominator[0]
    fitting = range_printing_as(claim.point, int(ledger.value(total)))
    if not fitting:  # the percentage's own check says that they disagree
        return
    note = f"{len(fitting)} count{'s' * (len(fitting) > 1)} print{'s' * (len(fitting) == 1)} like the percentage"

    def limits(share: str, whole: Number) -> tuple[Number, Number]:
        found = range_printing_as(Printed(share), int(whole))
        return (found[0], found[-1]) if found else (1, 0)

    ledger.bounded(count, "counts behind its percentage", limits, [f"{claim.id}:text", total], note=note)


def check_counts_behind(ledger: Ledger, percent: str, *totals: Input) -> None:
    """A percentage without its count: some count of one of the totals it may be taken of must print like it."""
    printed = ledger[percent].point
    sizes = [int(ledger.value(ledger.node(total))) for total in totals]
    said = "; ".join(f"of {size}: {_listed(range_printing_as(printed, size))}" for size in sizes)
    named = "" if len(totals) == 1 else "the total is not named; "
    ledger.one_of(
        percent,
        "counts behind a percentage",
        lambda text: any(range_printing_as(text, size) for size in sizes),
        totals,
        note=f"{named}counts that print like it {said}",
    )


def _listed(counts: range) -> str:
    if len(counts) > MOST_LISTED:
        return f"{counts[0]} to {counts[-1]}"
    return ", ".join(map(str, counts)) or "none"


def small_percentages(ledger: Ledger) -> dict[str, list[Claim]]:
    """By paper, the whole percentages of counts whose share is half a per cent or more, but less than one."""
    found = defaultdict(list)
    for claim in ledger.claims.values():
        if claim.measure == "percent" and claim.numerator and claim.denominator and claim.point.decimals == 0:
            count, total = (sum(ledger.counts(*ids)) for ids in (claim.numerator, claim.denominator))
            if total <= 200 * count < 2 * total:
                found[claim.paper].append(claim)
    return found


def check_small_percentages(ledger: Ledger) -> None:
    """Such a share prints as 1% by rounding, or as <1%. Where a paper does both, no one rule gives all of them, and the
    fewer *differ* from the rule of the others."""
    for found in small_percentages(ledger).values():
        signed = [claim for claim in found if claim.point.relation == "<"]
        rounded = [claim for claim in found if claim.point.relation != "<"]
        few, many = sorted((rounded, signed), key=len)
        for claim in few:
            inputs = (*claim.numerator, *claim.denominator)
            method = "the rule of the paper's other shares between half a per cent and one"
            note = f"{len(many)} are printed as {many[0].printed}, {len(few)} as {claim.printed}"
            ledger.add(Check(claim.id, Verdict.DIFFERS, many[0].printed, method, inputs, note))


def check_ratio_intervals(ledger: Ledger) -> None:
    """Every hazard or odds ratio against its own interval, symmetric about it on the log scale if it is Wald's."""
    for claim in list(ledger.claims.values()):
        if claim.measure in ("hazard_ratio", "odds_ratio") and "low" in claim.parts:
            ends = claim.parts["low"].value, claim.parts["high"].value
            if not 0 < ends[0] <= ends[1]:
                continue
            error = log_hr_standard_error(*ends)
            implied = f"; {implied_events(error):.0f} events if split evenly" if claim.measure == "hazard_ratio" else ""
            ledger.compare(
                claim.id,
                "middle of its own interval on the log scale",
                log_hr_midpoint,
                [f"{claim.id}:low", f"{claim.id}:high"],
                note=f"the interval implies a standard error of {error:.3f} and P = "
                f"{wald_p(log_hr_midpoint(*ends), error):.2g} (Wald){implied}",
            )


def check_rate_intervals(ledger: Ledger, *claim_ids: str) -> None:
    """Each survival rate against its own interval, on the transforms that may have made it."""
    for claim_id in claim_ids:
        methods = {
            f"middle of its own interval, {name} transform": lambda low, high, name=name: rate_from_interval(
                low, high, name
            )
            for name in RATE_TRANSFORMS
        }
        ledger.best_of(claim_id, methods, [f"{claim_id}:low", f"{claim_id}:high"], weak=True)


def check_fisher(ledger: Ledger, table: str, columns: Sequence[str]) -> None:
    """Every P value of a table from the counts of its row, by Fisher's exact test."""
    pattern = re.compile(rf"{re.escape(table)}\.(\w+)\.p\.p")
    for claim in list(ledger.claims.values()):
        match = pattern.fullmatch(claim.id)
        counts = [f"{table}.{match[1]}.{column}.count" for column in columns] if match else []
        if counts and all(c in ledger.claims for c in counts):
            totals = [f"{table}.n.{column}.count" for column in columns]
            inputs = [x for pair in zip(counts, totals, strict=True) for x in pair]
            ledger.compare(claim.id, "Fisher's exact test, two-sided", fisher, inputs)


def check_nested(ledger: Ledger, table: str, any_grade: str, severe: str) -> None:
    """Patients with a severe event are among those with the event, and these among the group."""
    pattern = re.compile(rf"{re.escape(table)}\.(\w+)\.({any_grade}|{severe})\.count")
    for claim in list(ledger.claims.values()):
        match = pattern.fullmatch(claim.id)
        if not match or match[1] == "n":
            continue
        above = f"{table}.{match[1]}.{any_grade}.count" if match[2] == severe else f"{table}.n.{any_grade}.count"
        if above in ledger.claims:
            method = "severe within any grade" if match[2] == severe else "no more than the group"
            ledger.bounded(claim.id, method, up_to, [above], steady=True)


def up_to(most: Number) -> tuple[Number, Number]:
    """Limits of a count that is part of another."""
    return 0, most


def unchanged(number: Number) -> Number:
    """A number that must be the same in two places."""
    return number


def check_within_group(ledger: Ledger, *claim_ids: str, group: str) -> None:
    """A count that can be no larger than its group."""
    for claim_id in claim_ids:
        ledger.bounded(claim_id, "no more than the group", up_to, [group], steady=True)


def check_sum(
    ledger: Ledger, total: str, *parts: str, method: str = "sum of its parts", restates: bool = False
) -> None:
    """A printed total from its parts; a sentence that adds up what it or a table says ``restates`` them."""
    ledger.compare(total, method, lambda *counts: sum(counts), list(parts), restates=restates, steady=True)


def check_risk_reduction(ledger: Ledger, reduction: str, hr: str) -> None:
    """A reduction of risk is its hazard ratio in other words."""
    ledger.compare(reduction, "100 (1 − HR)", lambda ratio: 100 * (1 - ratio), [hr], restates=True, steady=True)


def exactly(value: Number) -> tuple[Number, Number]:
    """Limits of a number that must be this one."""
    return value, value


def check_allocation(ledger: Ledger, ratio: str, block: str, strata: Input, sizes: Sequence[str]) -> None:
    """Randomisation n to 1 in permuted blocks: a block holds both groups in this ratio, and only a stratum's last block
    may be incomplete, so that sizes of the groups (experimental, control) are in this ratio but for so many.
    """
    experimental, control = ledger.counts(*sizes)
    length, open_blocks = ledger.value(block), ledger.value(strata)

    def possible(n: int) -> bool:
        return abs(experimental - n * control) <= open_blocks * length * n / (n + 1)

    printed = int(ledger[ratio].point.text.partition(":")[0])
    fitting = [n for n in range(1, 10) if possible(n)]
    verdict = Verdict.DIFFERS if printed not in fitting else Verdict.FIXED if len(fitting) == 1 else Verdict.POSSIBLE
    shown = " or ".join(f"{n}:1" for n in fitting) or "none"
    given = (*sizes, *sorted({leaf.claim for ref in (block, strata) for leaf in ledger.node(ref).leaves()}))
    method = "groups of these sizes, in permuted blocks"
    ledger.add(Check(ratio, verdict, shown, method, given, "", (), (), (), len(fitting), 9))


def check_block(ledger: Ledger, block: str, ratio: str) -> None:
    """A permuted block holds both groups in the allocation's ratio."""
    together = sum(map(int, ledger[ratio].point.text.split(":")))
    method = "a multiple of the allocation's parts"
    ledger.one_of(block, method, lambda size: size.value > 0 and size.value % together == 0, [f"{ratio}:text"])


def check_power(
    ledger: Ledger, power: str, hr: Input, events: str, alpha: str, sides: int = 2, allocation: float = 0.5
) -> None:
    """The planned events give at least the planned power, of a test at ``alpha`` per cent, one- or two-sided."""

    def limits(hr: Number, events: Number, alpha: Number) -> tuple[Number, Number]:
        level = float(alpha) / 100 * 2 / sides
        return 0, 100 * trial_design.power(float(hr), float(events), level, allocation)

    ledger.bounded(power, "no more than the power that the planned events give", limits, [hr, events, alpha])


def at_risk(ledger: Ledger, stem: str, arm: str) -> dict[int, str]:
    """Claims of the numbers at risk of a group, by month."""
    pattern = re.compile(rf"{re.escape(stem)}\.t(\d+)\.{arm}\.count")
    return dict(sorted((int(m[1]), m[0]) for m in map(pattern.fullmatch, ledger.claims) if m))


def check_at_risk(ledger: Ledger, stem: str, arms: Sequence[str]) -> None:
    """Numbers at risk can only fall: each lies between its neighbours."""
    for arm in arms:
        ids = list(at_risk(ledger, stem, arm).values())
        for before, claim_id in pairwise(ids):
            after = ids[ids.index(claim_id) + 1 :][:1]
            neighbours = [before, *after]
            ledger.bounded(claim_id, "between its neighbours at risk", lambda most, least=0: (least, most), neighbours)


def check_axes(ledger: Ledger) -> None:
    """Axis ticks are evenly spaced, on a plain or a log scale."""
    axes = defaultdict(list)
    for claim in ledger.claims.values():
        if claim.measure == "axis":
            axes[claim.paper, claim.place, claim.unit].append(claim)
    for ticks in axes.values():
        ticks.sort(key=lambda claim: claim.point.value)
        if len(ticks) < 3:
            continue
        logarithmic = ticks[0].point.value > 0 and len({b.point.value / a.point.value for a, b in pairwise(ticks)}) == 1
        for i, claim in enumerate(ticks):
            near = ticks[i - 1 : i + 2 : 2] if 0 < i < len(ticks) - 1 else ticks[1:3] if i == 0 else ticks[-2:-4:-1]
            a, b = (tick.id for tick in near)
            interior = 0 < i < len(ticks) - 1
            if logarithmic:
                step = (lambda x, y: (x * y) ** 0.5) if interior else (lambda x, y: x * x / y)
            else:
                step = (lambda x, y: (x + y) / 2) if interior else (lambda x, y: 2 * x - y)
            scale = "on a log scale" if logarithmic else "evenly"
            ledger.bounded(claim.id, f"ticks spaced {scale}", exactly, [ledger.derive("next tick", step, a, b)])


REGISTRATION_FORMS = {
    "EudraCT": r"\d{4}-\d{6}-\d{2}",
    "NCT": r"NCT\d{8}",
}
"""How the numbers of each register look."""


def check_identifiers(ledger: Ledger) -> None:
    """Registration numbers have the form their registry gives them."""
    for claim in list(ledger.claims.values()):
        if claim.measure != "identifier":
            continue
        registry = "NCT" if claim.point.text.startswith("NCT") else "EudraCT"
        fits = re.fullmatch(REGISTRATION_FORMS[registry], claim.point.text)
        note = "" if fits else "expected year-six digits-two digits"
        verdict = Verdict.POSSIBLE if fits else Verdict.DIFFERS
        ledger.add(Check(claim.id, verdict, "", f"form of a number in the {registry} register", (), note))


def check_hazard_ratio_events(ledger: Ledger, hr: str, events1: str, events2: str, note: str = "") -> None:
    """A Cox model's interval can be no narrower than its events allow: an event adds at most 1/4 to the information."""
    claim = ledger[hr]
    low, high = claim.parts["low"], claim.parts["high"]
    (lowest, low_end), (high_end, highest) = low.ends, high.ends
    widest, narrowest = log_hr_standard_error(lowest, highest), log_hr_standard_error(low_end, high_end)
    d1, d2 = ledger.number(events1), ledger.number(events2)
    nominal = log_hr_standard_error(low.value, high.value)
    said = (
        f"SE {nominal:.3f} ({narrowest:.3f} to {widest:.3f} by rounding); smallest that "
        f"{d1 + d2:.0f} events allow {2 / (d1 + d2) ** 0.5:.3f}; from {d1:.0f} and {d2:.0f} events by exponential "
        f"rates {standard_error_from_events(d1, d2):.3f}"
    )
    verdict = Verdict.POSSIBLE if widest >= 2 / (d1 + d2) ** 0.5 else Verdict.DIFFERS
    note = "; ".join(s for s in (said, note) if s)
    shown = f"standard error {nominal:.3f}"
    ledger.add(Check(hr, verdict, shown, "interval no narrower than its events allow", (events1, events2), note))


def check_pooled(ledger: Ledger, overall: str, rows: list[str], name: str) -> None:
    """The overall hazard ratio against the pooled hazard ratio of disjoint subgroups."""
    found = [ledger.estimate(row) for row in rows]
    errors = [log_hr_standard_error(low, high) for _, low, high in found]
    hr, _, q = inverse_variance_hr([ratio for ratio, *_ in found], errors)

    def limits(*ratios: Number) -> tuple[Number, Number]:
        pooled, error, _ = inverse_variance_hr(list(map(float, ratios)), errors)
        return pooled * exp(-Z95 * error), pooled * exp(Z95 * error)

    ledger.bounded(
        overall,
        f"95% interval of the subgroups pooled over {name}",
        limits,
        rows,
        note=f"pooled {hr:.3f}, Cochran's Q {q:.2f} on {len(rows) - 1} df",
    )


def check_median_at_risk(ledger: Ledger, median: str, stem: str, arm: str) -> None:
    """A Kaplan–Meier curve lies above the share still at risk, so its median is later than any time at which more
    than half of the group is at risk."""
    claims = at_risk(ledger, stem, arm)
    latest = max(t for t, claim in claims.items() if 2 * ledger.value(claim) > ledger.value(claims[0]))
    method = "later than the last time with more than half of the group at risk"
    ledger.bounded(median, method, lambda n, half: (latest, None), [claims[0], claims[latest]])


def check_not_reached(ledger: Ledger, median: str, rate: str, time: str) -> None:
    """A median is later than a time at which more than half are free of the event."""
    above = ledger.value(rate) > 50
    verdict, text = (Verdict.POSSIBLE, "later than") if above else (Verdict.DIFFERS, "no later than")
    method = "the rate at a printed time lies above half" if above else "the rate at a printed time lies below half"
    ledger.add(Check(median, verdict, f"{text} {ledger[time].printed}", method, (rate, time)))


def check_order(ledger: Ledger, claim_ids: list[str], note: str) -> None:
    """Dates in the order in which the trial must have passed them; ``note`` says what an inversion means."""
    for before, after in pairwise(claim_ids):
        a, b = (printed_dates(ledger[c].point.text) for c in (before, after))
        ordered = a[0] <= b[1]
        shown = f"{ledger[before].printed} before {ledger[after].printed}"
        verdict = Verdict.POSSIBLE if ordered else Verdict.DIFFERS
        said = "" if ordered else f"at least {(a[0] - b[1]).days} days after it; {note}"
        ledger.add(Check(before, verdict, shown, "order of dates", (after,), said))
    last, previous = claim_ids[-1], claim_ids[-2]
    if printed_dates(ledger[previous].point.text)[0] <= printed_dates(ledger[last].point.text)[1]:
        shown = f"{ledger[previous].printed} before {ledger[last].printed}"
        ledger.add(Check(last, Verdict.POSSIBLE, shown, "order of dates", (previous,)))


def printed_dates(text: str) -> tuple[date, date]:
    """First and last day that a printed date may mean.

    >>> [d.isoformat() for d in printed_dates("mid-January 2016")], printed_dates("July 24, 2015")[0].isoformat()
    (['2016-01-11', '2016-01-20'], '2015-07-24')
    """
    word = re.search(r"[A-Z][a-z]{2,}", text)
    if word is None:
        raise DataError(f"{text!r} is printed where a date is needed")
    month = next(m for m in range(1, 13) if calendar.month_name[m].startswith(word[0]))
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    year, days = max(numbers), [n for n in numbers if n < 32]
    if days:
        return date(year, month, days[0]), date(year, month, days[-1])
    first, last = (11, 20) if text.startswith("mid-") else (1, calendar.monthrange(year, month)[1])
    return date(year, month, first), date(year, month, last)
