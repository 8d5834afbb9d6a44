"""What plain statistics can recompute of NETTER-1 (N Engl J Med 2017;376:125-35)."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from itertools import pairwise
from math import ceil, exp

from scipy.stats import norm

from netterbook import facts
from netterbook.audit import common, printing, registers
from netterbook.dosimetry import half_life_h, in_mci
from netterbook.ledger import Ledger
from netterbook.methods import trial_design
from netterbook.methods.printed_ratios import (
    standard_error_from_events,
    standard_error_from_p,
    wald_p,
)
from netterbook.methods.proportions import fisher, percentage, proportion_interval
from netterbook.printed import Printed
from netterbook.trials import Trial

_ARMS = ("lu", "control")
_RESPONSE = (("responders", "count"), ("n", "count"), ("rate", "rate"))


def check(ledger: Ledger, trial: Trial) -> None:
    """Enter every check of this paper."""
    _same(ledger)
    _alike(ledger)
    _registers(ledger)
    _patients(ledger, trial)
    _definitions(ledger)
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


def _alike(ledger: Ledger) -> None:
    for place, names in (
        ("figure1c", ("age_le", "age_gt")),
        ("figure1c", ("cga_le", "cga_gt")),
        ("figure1c", ("hiaa_le", "hiaa_gt")),
        ("methods", ("strata_octreotide_short", "strata_octreotide_long")),
        ("methods", ("ki67_intermediate_grade_high", "ki67_high_grade")),
    ):
        printing.check_alike(ledger, "where the other level begins", *(_id(f"{place}.{name}") for name in names))
    limits = [_id(f"methods.{name}") for name in ("ki67_well_differentiated", "ki67_intermediate_grade_high")]
    printing.check_alike(ledger, "upper limit of well-differentiated tumours", *limits)
    for method, names in (
        ("the dose above which patients were excluded", ("prior_octreotide_dose_high", "excl_octreotide_dose")),
        ("the weeks on octreotide before randomisation", ("prior_octreotide_duration", "excl_octreotide_window")),
    ):
        printing.check_alike(ledger, method, *(_id(f"methods.{name}") for name in names))
    ledger.compare(
        _id("methods.ki67_intermediate_grade_low"),
        "next whole number after the low grade",
        lambda low: low + 1,
        [_id("methods.ki67_low_grade_high")],
        weak=True,
    )


def _registers(ledger: Ledger) -> None:
    cited = facts.read(ledger.folder)
    for name in ("nct", "eudract"):
        registers.check_number(ledger, _id(f"abstract.{name}"), cited["F104"])
    registers.check_date(ledger, _id("results.data_cutoff"), cited["F104"], after="cutoff")
    for name, fact in (("start", "F236"), ("end", "F237")):
        registers.check_date(ledger, _id(f"results.enrollment_{name}"), cited[fact])
    planned = _id("methods.events_planned_pfs")
    registers.check_count(ledger, planned, cited["F255"], registers.named("when"))
    registers.check_count(ledger, _id("methods.octreotide_delay_lu"), cited["F049"], registers.number_at(2))
    registers.check_count(ledger, _id("introduction.prior_trial_n"), cited["F185"], lambda fact: fact.size)
    for name, place in (
        ("prior_octreotide_dose_low", 0),
        ("prior_octreotide_dose_high", 1),
        ("prior_octreotide_interval_low", 2),
        ("prior_octreotide_interval_high", 3),
        ("prior_octreotide_duration", 4),
        ("progression_period", 6),
        ("recist_version", 7),
    ):
        registers.check_count(ledger, _id(f"methods.{name}"), cited["F362"], registers.number_at(place))
    registers.check_count(ledger, _id("methods.imaging_interval"), cited["F363"], lambda fact: fact.value)
    for short, name in (("CR", "complete"), ("PR", "partial")):
        remission = _id(f"introduction.prior_{name}_remission")
        registers.check_count(ledger, remission, cited["F185"], registers.named(short))


def _patients(ledger: Ledger, trial: Trial) -> None:
    common.check_sum(ledger, _id("results.randomized"), _id("table1.n.lu.count"), _id("table1.n.control.count"))
    common.check_sum(ledger, _id("results.treated"), _id("table3.n.lu.count"), _id("table3.n.control.count"))
    for arm in _ARMS:
        group = _id(f"table1.n.{arm}.count")
        inside = ("table3.n.{}.count", "table2.excluded_{}", "table2.complete_response.{}.count")
        common.check_within_group(ledger, *(_id(name.format(arm)) for name in inside), group=group)
    _check_follow_up(ledger, _id("results.followup_median"))
    for part in ("results.sites_europe", "results.sites_us"):
        ledger.bounded(_id(part), "within all sites", common.up_to, [_id("results.sites")], steady=True)
    parts = _id("results.sites_europe"), _id("results.sites_us")
    common.check_sum(ledger, _id("results.sites"), *parts, restates=True)
    shares = [_id("results.resection_lu"), _id("results.resection_control")]
    groups = [_id("table1.n.lu.count"), _id("table1.n.control.count")]
    ledger.compare(
        _id("results.resection"),
        "the two groups' percentages, weighted by size",
        lambda p1, p2, n1, n2: (p1 * n1 + p2 * n2) / (n1 + n2),
        [*shares, *groups],
        steady=True,
    )
    strata = ledger.derive("strata", lambda: len(trial.partitions["uptake"]) * 2)
    sizes = [_id(f"table1.n.{arm}.count") for arm in _ARMS]
    ratio, block = _id("methods.allocation_ratio"), _id("methods.block_size")
    common.check_allocation(ledger, ratio, block, strata, sizes)
    common.check_block(ledger, block, ratio)
    level = _id("methods.ci_level_response")
    rates = [_id(f"table2.{row}.{arm}.{column}") for arm in _ARMS for row, column in _RESPONSE]
    ledger.one_of(level, "level of the Wald interval that is printed", partial(_gives_intervals, ledger), rates)
    common.check_order(
        ledger,
        [_id("results.enrollment_start"), _id("results.enrollment_end"), _id("results.data_cutoff")],
        note="the primary analysis counts all randomized patients, yet randomization is said to have gone on after "
        "its data cutoff",
    )
    common.check_order(ledger, [_id("results.data_cutoff"), _id("notes.meeting")], note="")


def _definitions(ledger: Ledger) -> None:
    """What the Methods lay down against what they, or Results, say of the same thing elsewhere."""
    ki67 = (
        ("intermediate_grade_low", "low_grade_high", "in whole per cent the scale has no gap"),
        ("high_grade", "intermediate_grade_high", ""),
    )
    for begins, ends, note in ki67:
        inputs = [_id(f"methods.ki67_{ends}")]
        method = "a grade begins where the one below ends"
        ledger.compare(_id(f"methods.ki67_{begins}"), method, common.unchanged, inputs, weak=True, note=note)
    ledger.compare(
        _id("methods.ki67_well_differentiated"),
        "the end of intermediate grade, above which no tumor was eligible",
        common.unchanged,
        [_id("methods.ki67_intermediate_grade_high")],
        weak=True,
    )
    ledger.compare(
        _id("methods.octreotide_interval_lu"),
        "interval of the infusions, after each of which octreotide was given",
        common.unchanged,
        [_id("methods.infusion_interval")],
        weak=True,
        note="after the last infusion it was given monthly",
    )
    ledger.compare(
        _id("results.evaluable"),
        "all randomized patients, whom the Methods include in the analyses of efficacy",
        common.unchanged,
        [_id("results.randomized")],
        weak=True,
        note="the note to Table 2 says who is left out, and that the trial is ongoing",
    )


def _gives_intervals(ledger: Ledger, level: Printed) -> bool:
    """Whether both intervals of the response rate are of this level, by the method that the trial's record names."""
    if not 0 < level.value < 100:
        return False
    for arm in _ARMS:
        count, total = (ledger.count(_id(f"table2.{row}.{arm}.count")) for row in ("responders", "n"))
        ends = proportion_interval(count, total, "Wald", float(level.value) / 100)
        parts = ledger[_id(f"table2.rate.{arm}.rate")].parts
        if not all(parts[part].admits(end) for part, end in zip(("low", "high"), ends, strict=True)):
            return False
    return True


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
        lambda *at_risk: (low, high),
        [claims["lu"][time] for time in (0, low, high)],
        note="both groups together: between {} and {} months; the sentence is about the ¹⁷⁷Lu-Dotatate group".format(
            *halved(*_ARMS)
        ),
    )


def _treatment(ledger: Ledger) -> None:
    gbq, mci = _id("methods.dose_lu_gbq"), _id("methods.dose_lu_mci")
    ledger.compare(mci, "1 mCi = 0.037 GBq", in_mci, [gbq], restates=True, steady=True)
    times = _id("results.infusions_all")
    cumulative = _id("methods.cumulative_gbq")
    ledger.compare(cumulative, "activity times infusions", lambda a, n: a * n, [gbq, times], restates=True, steady=True)
    ledger.compare(_id("methods.cumulative_mci"), "1 mCi = 0.037 GBq", in_mci, [cumulative], restates=True, steady=True)
    half_life = ledger.fact("ICRP-107", half_life_h())
    ledger.compare(_id("introduction.half_life"), "half-life of Lu-177", lambda x: x, [half_life])
    ledger.compare(
        _id("methods.excl_creatinine_mg"),
        "88.4 μmol/L of creatinine are 1 mg/dL",
        lambda x: x / Fraction("88.4"),
        [_id("methods.excl_creatinine_umol")],
        restates=True,
        steady=True,
    )
    _amino_acids(ledger)
    groups = [_id(f"{table}.n.lu.count") for table in ("table3", "table1")]
    common.check_counts_behind(ledger, _id("results.infusions_all_lu"), *groups)


def _amino_acids(ledger: Ledger) -> None:
    """Lysine and arginine from what the products' labels state, in grams, to a decimal."""
    cited = facts.read(ledger.folder)
    strength, *volumes = (
        _id(f"methods.{name}") for name in ("aminosyn_concentration", "aminosyn_volume", "vamin_volume")
    )
    for place, acid in enumerate(("lysine", "arginine")):
        aminosyn, vamin = (ledger.fact(fact, cited[fact].numbers[place]) for fact in ("F360", "F361"))
        ledger.compare(
            _id(f"methods.aminosyn_{acid}"),
            "content of the product by its label, in proportion to strength, times volume",
            lambda content, percent, litres: round(float(content * percent * litres) / 1000, 1),
            [aminosyn, strength, volumes[0]],
            steady=True,
        )
        ledger.compare(
            _id(f"methods.vamin_{acid}"),
            "content of the product by its label times volume",
            lambda content, litres: round(float(content * litres), 1),
            [vamin, volumes[1]],
            steady=True,
        )


def _design(ledger: Ledger) -> None:
    def events(hr, power, alpha):
        return trial_design.events_needed(hr, float(power) / 100, float(alpha) / 100)

    def ratio(lu, control):
        return control / lu

    medians = [_id("methods.assumed_pfs_lu"), _id("methods.assumed_pfs_control")]
    power, alpha = _id("methods.power_pfs"), _id("methods.alpha_pfs")
    assumed = ledger.derive("hazard ratio", ratio, *medians)
    needed = ledger.derive("events needed", events, assumed, power, alpha)
    required = ledger.value(needed)
    freedman = trial_design.freedman_events(ratio(*map(ledger.value, medians)), float(ledger.value(power)) / 100)
    planned = _id("methods.events_planned_pfs")
    common.check_power(ledger, power, assumed, planned, alpha)
    ledger.bounded(
        planned,
        "at least the events needed (Schoenfeld)",
        lambda events: (events, None),
        [needed],
        note=f"Schoenfeld {required:.1f}, rounded up {ceil(required)}; Freedman's formula asks for {freedman:.1f}",
    )

    def expected(patients, lu, control, months):
        return float(patients) / trial_design.patients_needed(1, lu, control, float(months), float(months))

    inputs = [_id("methods.sample_size_pfs"), *medians, _id("methods.enrollment_followup_pfs")]
    expectation = expected(*map(ledger.value, inputs))
    patients = ledger.value(planned) * ledger.value(inputs[0]) / expectation
    ledger.compare(
        planned,
        "events expected of the planned patients, nearest number",
        lambda *design: round(expected(*design)),
        inputs,
        steady=True,
        note="accrual, then follow-up, of the printed length each; exponential times; "
        f"{expectation:.2f} before rounding; {patients:.2f} patients would give the planned events",
    )
    medians = [_id("methods.assumed_os_lu"), _id("methods.assumed_os_control")]
    deaths = _id("methods.final_os_deaths")
    ledger.compare(
        deaths,
        "events needed (Schoenfeld), rounded up",
        lambda *x: ceil(events(*x)),
        [ledger.derive("hazard ratio", ratio, *medians), _id("methods.power_os"), _id("methods.alpha_os")],
    )
    assumed = ledger.derive("hazard ratio", ratio, *medians)
    common.check_power(ledger, _id("methods.power_os"), assumed, deaths, _id("methods.alpha_os"))
    inputs = [deaths, *medians, _id("methods.enrollment_os"), _id("methods.followup_os")]

    def enough(*design):
        return trial_design.patients_needed(*map(float, design)), None

    required, _ = enough(*map(ledger.value, inputs))
    ledger.bounded(
        _id("methods.sample_size_os"),
        "at least the patients needed for the deaths",
        enough,
        inputs,
        steady=True,
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
    common.check_risk_reduction(ledger, _id("results.pfs_risk_reduction"), hr)
    os_hr, os_p = _id("results.os_hr"), _id("results.os_p")
    deaths = [_id("results.deaths_lu"), _id("results.deaths_control")]
    common.check_risk_reduction(ledger, _id("results.os_risk_reduction"), os_hr)

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
            ledger.bounded(progression_free, "no more than at risk of death", common.up_to, [alive], steady=True)


def _response(ledger: Ledger) -> None:
    for arm in _ARMS:
        n, excluded = _id(f"table2.n.{arm}.count"), _id(f"table2.excluded_{arm}")
        group = _id(f"table1.n.{arm}.count")
        ledger.compare(n, "group less excluded", lambda a, b: a - b, [group, excluded], steady=True)
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
                ledger.bounded(pair[1], "related events within all", common.up_to, [pair[0]])
        ledger.bounded(
            _id(f"table4.any_ae.{arm}_any.count"),
            "patients with any adverse event in Table 3",
            common.exactly,
            [_id(f"table3.ae_any.{arm}.count")],
            note="both tables are of the safety population",
        )
    for row in ("ae_any", "ae_related"):
        parts = [_id(f"table3.{row}.{arm}.count") for arm in _ARMS]
        common.check_sum(ledger, _id(f"results.{row}"), *parts, restates=True)
    cytopenias = [
        _id(f"table4.{row}.control_grade34.count") for row in ("neutropenia", "thrombocytopenia", "lymphopenia")
    ]
    none = _id("results.grade34_cytopenia_control")
    common.check_sum(ledger, none, *cytopenias, method="sum in Table 4", restates=True)
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
        common.up_to,
        [smallest],
        note=f"the rarest is {ledger[smallest].quantity.lower()}, {float(share):.1f}% before rounding",
    )
    neutropenia = _id("table4.neutropenia.lu_any.percent")
    ledger.bounded(
        _id("table4.neutropenia_exception"),
        "more than neutropenia in Table 4",
        lambda share: (share, None),
        [neutropenia],
    )
    worst = [_id(f"table4.{row}.lu_grade34.percent") for row in ("neutropenia", "thrombocytopenia", "lymphopenia")]
    rows = ("lymphopenia", "thrombocytopenia", "neutropenia", "leukopenia")
    counts = [ledger.value(_id(f"table4.{row}.lu_grade34.count")) for row in rows]
    low, high = (float(percentage(pick(counts), total)) for pick in (max, sum))
    ledger.bounded(
        _id("abstract.myelosuppression_lu"),
        "more than the commonest cytopenia of grade 3 or 4",
        lambda *shares: (max(shares), None),
        worst,
        note=f"patients with any cytopenia of grade 3 or 4 in Table 4: {max(counts)} to {sum(counts)} of {total}, "
        f"{low:.1f}% to {high:.1f}%, as they may overlap; the check does not settle that they are fewer than printed",
    )
    common.check_within_group(ledger, _id("results.dose_reduction"), group=_id("table3.n.lu.count"))
