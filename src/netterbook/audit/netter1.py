"""What plain statistics can recompute of NETTER-1 (N Engl J Med 2017;376:125-35)."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil, exp

from scipy.stats import norm

from netterbook.audit import common
from netterbook.claims import Ledger
from netterbook.dosimetry import half_life_h, in_mci
from netterbook.methods import trial_design
from netterbook.methods.printed_ratios import (
    standard_error_from_events,
    standard_error_from_p,
    wald_p,
)
from netterbook.methods.proportions import counts_printing_as, fisher, percentage
from netterbook.trials import Trial

_ARMS = ("lu", "control")


def check(ledger: Ledger, trial: Trial) -> None:
    """Enter every check of this paper."""
    _same(ledger)
    _patients(ledger)
    _treatment(ledger)
    _design(ledger)
    _efficacy(ledger)
    _response(ledger)
    _safety(ledger)


def _id(name: str) -> str:
    return f"netter1.{name}"


def _same(ledger: Ledger) -> None:
    for arm in _ARMS:
        for figure in ("figure1a", "figure1b"):
            ledger.same(_id(f"table1.n.{arm}.count"), _id(f"{figure}.t0.{arm}.count"))
        ledger.same(_id(f"table3.n.{arm}.count"), _id(f"table4.n.{arm}_any.count"))
    ledger.same(_id("results.grade34_cytopenia_control"), _id("abstract.grade34_cytopenia_control"))


def _patients(ledger: Ledger) -> None:
    common.check_sum(ledger, _id("results.randomized"), _id("table1.n.lu.count"), _id("table1.n.control.count"))
    common.check_sum(ledger, _id("results.treated"), _id("table3.n.lu.count"), _id("table3.n.control.count"))
    for arm in _ARMS:
        group = _id(f"table1.n.{arm}.count")
        inside = ("table3.n.{}.count", "table2.excluded_{}", "table2.complete_response.{}.count")
        common.check_within_group(ledger, *(_id(name.format(arm)) for name in inside), group=group)
    _check_follow_up(ledger, _id("results.followup_median"))
    for part in ("results.sites_europe", "results.sites_us"):
        ledger.bounded(_id(part), "within all sites", 0, ledger.value(_id("results.sites")), [_id("results.sites")])
    common.check_sum(ledger, _id("results.sites"), _id("results.sites_europe"), _id("results.sites_us"))
    shares = [_id("results.resection_lu"), _id("results.resection_control")]
    groups = [_id("table1.n.lu.count"), _id("table1.n.control.count")]
    ledger.compare(
        _id("results.resection"),
        "the two groups' percentages, weighted by size",
        lambda p1, p2, n1, n2: (p1 * n1 + p2 * n2) / (n1 + n2),
        [*shares, *groups],
    )
    common.check_order(
        ledger,
        [_id("results.enrollment_start"), _id("results.enrollment_end"), _id("results.data_cutoff")],
        note="the primary analysis counts all randomized patients, yet randomization is said to have gone on after "
        "its data cutoff",
    )
    common.check_order(ledger, [_id("results.data_cutoff"), _id("notes.meeting")], note="")


def _check_follow_up(ledger: Ledger, follow_up: str) -> None:
    """Half of a group is followed for longer than the median: it falls where the number at risk passes half."""
    claims = {arm: common.at_risk(ledger, _id("figure1b"), arm) for arm in _ARMS}

    def halved(*arms):
        sizes = {time: sum(ledger.value(claims[arm][time]) for arm in arms) for time in claims["lu"]}
        return next((a, b) for a, b in pairwise(sizes) if 2 * sizes[b] < sizes[0])

    low, high = halved("lu")
    ledger.bounded(
        follow_up,
        "time at which half of the ¹⁷⁷Lu-Dotatate group is still at risk of death (Figure 1B)",
        low,
        high,
        [claims["lu"][time] for time in (0, low, high)],
        note="both groups together: between {} and {} months; the sentence is about the ¹⁷⁷Lu-Dotatate group".format(
            *halved(*_ARMS)
        ),
    )


def _treatment(ledger: Ledger) -> None:
    gbq, mci = _id("methods.dose_lu_gbq"), _id("methods.dose_lu_mci")
    ledger.compare(mci, "1 mCi = 0.037 GBq", in_mci, [gbq])
    times = _id("results.infusions_all")
    cumulative = _id("methods.cumulative_gbq")
    ledger.compare(cumulative, "activity times infusions", lambda a, n: a * n, [gbq, times])
    ledger.compare(_id("methods.cumulative_mci"), "1 mCi = 0.037 GBq", in_mci, [cumulative])
    half_life = ledger.fact("ICRP-107", half_life_h())
    ledger.compare(_id("introduction.half_life"), "half-life of Lu-177", lambda x: x, [half_life])
    ledger.compare(
        _id("methods.excl_creatinine_mg"),
        "88.4 μmol/L of creatinine are 1 mg/dL",
        lambda x: x / Fraction("88.4"),
        [_id("methods.excl_creatinine_umol")],
    )
    _check_unknown_total(ledger, _id("results.infusions_all_lu"), _id("table3.n.lu.count"), _id("table1.n.lu.count"))


def _check_unknown_total(ledger: Ledger, percent: str, *totals: str) -> None:
    """A percentage of which the paper does not say what it is taken of."""
    fitting = {total: counts_printing_as(ledger[percent].point, int(ledger.value(total))) for total in totals}
    counts = [(total, c) for total, found in fitting.items() for c in found]
    shares = [percentage(c, ledger.value(total)) for total, c in counts] or [Fraction(101)]
    said = "; ".join(f"of {ledger[t].printed}: {', '.join(map(str, found)) or 'none'}" for t, found in fitting.items())
    note = f"the total is not named; counts that print like it {said}"
    ledger.bounded(percent, "counts behind a percentage", min(shares), max(shares), totals, note=note)


def _design(ledger: Ledger) -> None:
    def events(hr, power, alpha):
        return trial_design.events_needed(hr, float(power) / 100, float(alpha) / 100)

    def ratio(lu, control):
        return control / lu

    medians = [_id("methods.assumed_pfs_lu"), _id("methods.assumed_pfs_control")]
    power, alpha = _id("methods.power_pfs"), _id("methods.alpha_pfs")
    needed = ledger.derive("events needed", events, ledger.derive("hazard ratio", ratio, *medians), power, alpha)
    required = ledger.value(needed)
    freedman = trial_design.freedman_events(ratio(*map(ledger.value, medians)), float(ledger.value(power)) / 100)
    planned = _id("methods.events_planned_pfs")
    common.check_power(ledger, power, ratio(*map(ledger.value, medians)), planned, float(ledger.value(alpha)) / 100)
    ledger.bounded(
        planned,
        "at least the events needed (Schoenfeld)",
        required,
        None,
        [leaf.claim for leaf in needed.leaves()],
        note=f"Schoenfeld {required:.1f}, rounded up {ceil(required)}; Freedman's formula asks for {freedman:.1f}",
    )

    def patients(events, lu, control, months):
        return trial_design.patients_needed(events, lu, control, float(months), float(months))

    inputs = [planned, *medians, _id("methods.enrollment_followup_pfs")]
    ledger.best_of(
        _id("methods.sample_size_pfs"),
        {
            "patients for the planned events, nearest number": lambda *x: round(patients(*x)),
            "patients for the planned events, rounded up": lambda *x: ceil(patients(*x)),
        },
        inputs,
        note="accrual, then follow-up, of the printed length each; exponential times; "
        f"{patients(*map(ledger.value, inputs)):.2f} before rounding",
    )
    medians = [_id("methods.assumed_os_lu"), _id("methods.assumed_os_control")]
    deaths = _id("methods.final_os_deaths")
    ledger.compare(
        deaths,
        "events needed (Schoenfeld), rounded up",
        lambda *x: ceil(events(*x)),
        [ledger.derive("hazard ratio", ratio, *medians), _id("methods.power_os"), _id("methods.alpha_os")],
    )
    level = float(ledger.value(_id("methods.alpha_os"))) / 100
    common.check_power(ledger, _id("methods.power_os"), ratio(*map(ledger.value, medians)), deaths, level)
    inputs = [deaths, *medians, _id("methods.enrollment_os"), _id("methods.followup_os")]
    required = trial_design.patients_needed(*(float(ledger.value(x)) for x in inputs))
    ledger.bounded(
        _id("methods.sample_size_os"),
        "at least the patients needed for the deaths",
        required,
        None,
        inputs,
        note=f"{required:.1f} patients give the planned deaths with the planned accrual and follow-up",
    )
    _check_threshold(ledger, _id("results.os_threshold"), deaths)


def _check_threshold(ledger: Ledger, threshold: str, planned: str) -> None:
    def boundary(looks):
        return lambda a, b, n, alpha: trial_design.obrien_fleming_boundary((a + b) / n, looks, float(alpha) / 100)

    def spent(sides):
        return lambda a, b, n, alpha: sides * trial_design.obrien_fleming_spent((a + b) / n, float(alpha) / 100 / sides)

    ledger.best_of(
        threshold,
        {
            "O'Brien–Fleming boundary of two equally spaced looks, at the deaths seen of those planned": boundary(2),
            "the boundary of three looks": boundary(3),
            "O'Brien–Fleming-type spending function of the whole alpha": spent(1),
            "the spending function of half of alpha on either side": spent(2),
        },
        [_id("results.deaths_lu"), _id("results.deaths_control"), planned, _id("methods.alpha_os")],
        note="the paper does not name the number of looks; the design was picked because it fits",
    )


def _efficacy(ledger: Ledger) -> None:
    hr = _id("figure1c.overall.hr.hr")
    events = [_id("results.pfs_events_lu"), _id("results.pfs_events_control")]
    ledger.compare(_id("results.pfs_risk_reduction"), "100 (1 − HR)", lambda x: 100 * (1 - x), [hr])
    os_hr, os_p = _id("results.os_hr"), _id("results.os_p")
    deaths = [_id("results.deaths_lu"), _id("results.deaths_control")]
    ledger.compare(_id("results.os_risk_reduction"), "100 (1 − HR)", lambda x: 100 * (1 - x), [os_hr])

    def log_rank(hr, d1, d2):
        return wald_p(hr, 2 / float(d1 + d2) ** 0.5)

    def wald(hr, d1, d2):
        return wald_p(hr, standard_error_from_events(d1, d2))

    needed = standard_error_from_p(ledger.value(os_hr), ledger.value(os_p))
    ledger.best_of(
        os_p,
        {
            "log-rank from HR and deaths, variance 4/D under no effect": log_rank,
            "Wald from HR and deaths, variance 1/d1 + 1/d2": wald,
        },
        [os_hr, *deaths],
        note=f"the standard error that gives the printed P is {needed:.3f}",
    )
    bound = standard_error_from_events(*(ledger.value(d) for d in deaths))
    ledger.compare(
        os_hr,
        "hazard ratio whose log-rank P value is the printed one, variance 4/D under no effect",
        lambda p, a, b: exp(-2 * float(norm.isf(float(p) / 2)) / float(a + b) ** 0.5),
        [os_p, *deaths],
        weak=True,
        note=f"no interval is printed; by exponential rates the deaths would give one of standard error {bound:.3f}",
    )
    for arm, *counts in zip(_ARMS, events, deaths, strict=True):
        common.check_within_group(ledger, *counts, group=_id(f"table1.n.{arm}.count"))
    for arm in _ARMS:
        at_risk = [common.at_risk(ledger, _id(figure), arm).values() for figure in ("figure1a", "figure1b")]
        for progression_free, alive in list(zip(*at_risk, strict=True))[1:]:
            ledger.bounded(progression_free, "no more than at risk of death", 0, ledger.value(alive), [alive])


def _response(ledger: Ledger) -> None:
    for arm in _ARMS:
        n, excluded = _id(f"table2.n.{arm}.count"), _id(f"table2.excluded_{arm}")
        group = _id(f"table1.n.{arm}.count")
        ledger.compare(n, "group less excluded", lambda a, b: a - b, [group, excluded])
        responders = _id(f"table2.responders.{arm}.count")
        parts = [_id(f"table2.{row}.{arm}.count") for row in ("complete_response", "partial_response")]
        common.check_sum(ledger, responders, *parts, method="complete and partial responses")
    common.check_sum(ledger, _id("results.evaluable"), _id("table2.n.lu.count"), _id("table2.n.control.count"))
    ledger.compare(
        _id("table2.rate.p.p"),
        "Fisher's exact test, two-sided",
        fisher,
        [_id(f"table2.{row}.{arm}.count") for arm in _ARMS for row in ("responders", "n")],
    )


def _safety(ledger: Ledger) -> None:
    common.check_fisher(ledger, _id("table3"), _ARMS)
    for arm in _ARMS:
        for whole, part in (
            ("ae_any", "ae_related"),
            ("sae_any", "sae_related"),
            ("withdrawal_any", "withdrawal_related"),
        ):
            pair = [_id(f"table3.{row}.{arm}.count") for row in (whole, part)]
            if all(c in ledger.claims for c in pair):
                ledger.bounded(pair[1], "related events within all", 0, ledger.value(pair[0]), [pair[0]])
        ledger.compare(
            _id(f"table4.any_ae.{arm}_any.count"),
            "patients with any adverse event in Table 3",
            lambda x: x,
            [_id(f"table3.ae_any.{arm}.count")],
            weak=True,
            note="both tables are of the safety population",
        )
    common.check_sum(ledger, _id("results.ae_any"), *(_id(f"table3.ae_any.{arm}.count") for arm in _ARMS))
    common.check_sum(ledger, _id("results.ae_related"), *(_id(f"table3.ae_related.{arm}.count") for arm in _ARMS))
    cytopenias = [
        _id(f"table4.{row}.control_grade34.count") for row in ("neutropenia", "thrombocytopenia", "lymphopenia")
    ]
    common.check_sum(ledger, _id("results.grade34_cytopenia_control"), *cytopenias, method="sum in Table 4")
    commonest = ("fatigue_asthenia", "abdominal_pain", "diarrhea")
    pairs = [_id(f"table4.{row}.lu_{grade}.count") for row in commonest for grade in ("any", "grade34")]

    def low_grade_share(*counts):
        return min(100 * (counts[i] - counts[i + 1]) / counts[i] for i in (0, 2, 4))

    total = ledger.value(_id("table3.n.lu.count"))
    without = [100 * (1 - ledger.value(severe) / total) for severe in pairs[1::2]]
    ledger.compare(
        _id("results.low_grade_events_lu"),
        "patients with the event and none of grade 3 or 4, of those with the event; the smallest of the three",
        low_grade_share,
        pairs,
        note=f"of all {total} treated patients, "
        + ", ".join(f"{float(x):.1f}%" for x in without)
        + " had no such event of grade 3 or 4, which fits",
    )
    listed = [
        c for c in ledger.claims
        if c.startswith(_id("table4.")) and c.endswith(".lu_any.percent") and "neutropenia" not in c
    ]  # fmt: skip
    smallest = min(listed, key=lambda c: ledger.value(ledger[c].numerator[0]))
    share = percentage(ledger.value(ledger[smallest].numerator[0]), total)
    ledger.bounded(
        _id("table4.reporting_threshold"),
        "no more than the rarest event listed, as rounded",
        0,
        ledger[smallest].point.value,
        [smallest],
        note=f"the rarest is {ledger[smallest].quantity.lower()}, {float(share):.1f}% before rounding",
    )
    neutropenia = _id("table4.neutropenia.lu_any.percent")
    ledger.bounded(
        _id("table4.neutropenia_exception"),
        "more than neutropenia in Table 4",
        ledger.value(neutropenia),
        None,
        [neutropenia],
    )
    worst = [_id(f"table4.{row}.lu_grade34.percent") for row in ("neutropenia", "thrombocytopenia", "lymphopenia")]
    rows = ("lymphopenia", "thrombocytopenia", "neutropenia", "leukopenia")
    counts = [ledger.value(_id(f"table4.{row}.lu_grade34.count")) for row in rows]
    low, high = (float(percentage(pick(counts), total)) for pick in (max, sum))
    ledger.bounded(
        _id("abstract.myelosuppression_lu"),
        "more than the commonest cytopenia of grade 3 or 4",
        max(ledger.value(x) for x in worst),
        None,
        worst,
        note=f"patients with any cytopenia of grade 3 or 4 in Table 4: {max(counts)} to {sum(counts)} of {total}, "
        f"{low:.1f}% to {high:.1f}%, as they may overlap; the check does not settle that they are fewer than printed",
    )
    common.check_within_group(ledger, _id("results.dose_reduction"), group=_id("table3.n.lu.count"))
