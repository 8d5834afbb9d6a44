"""Checks that serve any paper: percentages, sums, tests, intervals, subgroups, numbers at risk, axes, dates."""

from __future__ import annotations

import calendar
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import exp

from netterbook.claims import Check, Claim, Ledger, Verdict
from netterbook.errors import DataError
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
from netterbook.methods.proportions import counts_printing_as, fisher, percentage
from netterbook.printed import Number


def check_percentages(ledger: Ledger) -> None:
    """Every percentage from its count; every count against its percentage; where only a percentage is printed, the
    counts that would print like it."""
    for claim in list(ledger.claims.values()):
        if claim.measure != "percent" or not claim.denominator:
            continue
        total = ledger.derive("total", lambda *n: sum(n), *claim.denominator)
        if claim.numerator:
            count = ledger.derive("count", lambda *n: sum(n), *claim.numerator)
            ledger.compare(claim.id, "percentage of count", percentage, [count, total])
            if len(claim.numerator) == len(claim.denominator) == 1:
                _check_count(ledger, claim)
        else:
            fitting = counts_printing_as(claim.point, int(ledger.value(total)))
            note = "counts that print like it: " + (", ".join(map(str, fitting)) or "none")
            ends = fitting[:1] + fitting[-1:]
            low, high = (percentage(c, ledger.value(total)) for c in ends) if ends else (Fraction(101), Fraction(101))
            ledger.bounded(claim.id, "counts behind a percentage", low, high, claim.denominator, note=note)


def _check_count(ledger: Ledger, claim: Claim) -> None:
    count, total = claim.numerator[0], claim.denominator[0]
    fitting = counts_printing_as(claim.point, int(ledger.value(total)))
    if not fitting:  # the percentage's own check says that they disagree
        return
    note = f"{len(fitting)} count{'s' * (len(fitting) > 1)} print{'s' * (len(fitting) == 1)} like the percentage"
    inputs = (claim.id, total)
    ledger.bounded(count, "counts behind its percentage", fitting[0], fitting[-1], inputs, note=note)


def check_ratio_intervals(ledger: Ledger) -> None:
    """Every hazard or odds ratio against its own interval, symmetric about it on the log scale if it is Wald's."""
    for claim in list(ledger.claims.values()):
        if claim.measure in ("hazard_ratio", "odds_ratio") and "low" in claim.parts:
            ends = claim.parts["low"].value, claim.parts["high"].value
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
    for claim in list(ledger.claims.values()):
        match = re.fullmatch(rf"{re.escape(table)}\.(\w+)\.p\.p", claim.id)
        counts = [f"{table}.{match[1]}.{column}.count" for column in columns] if match else []
        if counts and all(c in ledger.claims for c in counts):
            totals = [f"{table}.n.{column}.count" for column in columns]
            inputs = [x for pair in zip(counts, totals, strict=True) for x in pair]
            ledger.compare(claim.id, "Fisher's exact test, two-sided", fisher, inputs)


def check_nested(ledger: Ledger, table: str, any_grade: str, severe: str) -> None:
    """Patients with a severe event are among those with the event, and these among the group."""
    for claim in list(ledger.claims.values()):
        match = re.fullmatch(rf"{re.escape(table)}\.(\w+)\.({any_grade}|{severe})\.count", claim.id)
        if not match or match[1] == "n":
            continue
        above = f"{table}.{match[1]}.{any_grade}.count" if match[2] == severe else f"{table}.n.{any_grade}.count"
        if above in ledger.claims:
            method = "severe within any grade" if match[2] == severe else "no more than the group"
            ledger.bounded(claim.id, method, 0, ledger.value(above), [above])


def check_within_group(ledger: Ledger, *claim_ids: str, group: str) -> None:
    """A count that can be no larger than its group."""
    for claim_id in claim_ids:
        ledger.bounded(claim_id, "no more than the group", 0, ledger.value(group), [group])


def check_sum(ledger: Ledger, total: str, *parts: str, method: str = "sum of its parts") -> None:
    """A printed total from its parts."""
    ledger.compare(total, method, lambda *counts: sum(counts), list(parts))


def check_power(ledger: Ledger, power: str, hr: Number, events: str, alpha: float, allocation: float = 0.5) -> None:
    """The planned events give at least the planned power; the rest of the design is in the other inputs."""
    reached = 100 * trial_design.power(hr, ledger.value(events), alpha, allocation)
    ledger.bounded(power, "no more than the power that the planned events give", 0, reached, [events])


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
            low = ledger.value(after[0]) if after else 0
            ledger.bounded(claim_id, "between its neighbours at risk", low, ledger.value(before), [before, *after])


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
            ledger.compare(claim.id, f"ticks spaced {scale}", step, [a, b], weak=True)


_FORMS = {
    "EudraCT": r"\d{4}-\d{6}-\d{2}",
    "NCT": r"NCT\d{8}",
}


def check_identifiers(ledger: Ledger) -> None:
    """Registration numbers have the form their registry gives them."""
    for claim in list(ledger.claims.values()):
        if claim.measure != "identifier":
            continue
        registry = "NCT" if claim.point.text.startswith("NCT") else "EudraCT"
        fits = re.fullmatch(_FORMS[registry], claim.point.text)
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
    hr, error, q = inverse_variance_hr([ratio for ratio, *_ in found], errors)
    ledger.bounded(
        overall,
        f"95% interval of the subgroups pooled over {name}",
        hr * exp(-Z95 * error),
        hr * exp(Z95 * error),
        rows,
        note=f"pooled {hr:.3f}, Cochran's Q {q:.2f} on {len(rows) - 1} df",
    )


def check_median_at_risk(ledger: Ledger, median: str, stem: str, arm: str) -> None:
    """A Kaplan–Meier curve lies above the share still at risk, so its median is later than any time at which more
    than half of the group is at risk."""
    claims = at_risk(ledger, stem, arm)
    latest = max(t for t, claim in claims.items() if 2 * ledger.value(claim) > ledger.value(claims[0]))
    method = "later than the last time with more than half of the group at risk"
    ledger.bounded(median, method, latest, None, [claims[0], claims[latest]])


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
