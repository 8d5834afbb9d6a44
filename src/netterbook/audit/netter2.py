"""What plain statistics can recompute of NETTER-2 (Lancet 2024;403:2807-17)."""

from __future__ import annotations

from functools import partial
from math import ceil

from netterbook.audit import common
from netterbook.claims import Ledger
from netterbook.dosimetry import in_mci
from netterbook.methods import trial_design
from netterbook.methods.months import DAYS_PER_MONTH
from netterbook.methods.printed_ratios import wald_p_of_interval
from netterbook.methods.proportions import DIFFERENCE_INTERVALS, difference, interval_methods, odds_ratio
from netterbook.trials import Subgroups, Trial, recorded

_ARMS = ("lu", "control")
SUBGROUP_PARTITIONS = {
    "age": ("age_lt65", "age_ge65"),
    "sex": ("female", "male"),
    "grade": ("grade2", "grade3"),
    "origin": ("pancreas", "non_pancreas"),
}
"""Subgroups that hold every patient once."""


def check(ledger: Ledger, trial: Trial) -> None:
    """Enter every check of this paper."""
    _same(ledger)
    _profile(ledger)
    _baseline(ledger, trial)
    _treatment(ledger)
    _design(ledger)
    _efficacy(ledger)
    _subgroups(ledger, trial)
    _response(ledger)
    _safety(ledger)


def _id(name: str) -> str:
    return f"netter2.{name}"


def _box(name: str) -> str:
    return _id(f"figure1.{name}.printed.count")


def _same(ledger: Ledger) -> None:
    ledger.same(_box("randomised"), _id("table1.n.all.count"))
    for arm in _ARMS:
        assigned = (f"table1.n.{arm}.count", f"table3.n.{arm}.count", f"figure2a.t0.{arm}.count")
        ledger.same(_box(f"assigned_{arm}"), *map(_id, assigned))
        treated = (f"table2.n.{arm}.count", f"table4.n.{arm}_any.count", f"table5.n.{arm}_any.count")
        ledger.same(_box(f"treated_{arm}"), *map(_id, treated))
        for row in ("male", "female", "white", "asian", "grade2", "grade3", "pancreas", "small_intestine"):
            ledger.same(_id(f"table1.{row}.{arm}.count"), _id(f"figure2b.{row}.{arm}.n"))
    for row in ("male", "female", "white", "asian", "grade2", "grade3", "pancreas", "small_intestine"):
        ledger.same(_id(f"table1.{row}.all.count"), _id(f"figure2b.{row}.n.count"))
    for name, ki67 in (
        ("grade2_ki67_low", "g2_low"),
        ("grade2_ki67_high", "g2_high"),
        ("grade3_ki67_low", "g3_low"),
        ("grade3_ki67_high", "g3_high"),
    ):
        ledger.same(_id(f"methods.ki67_{ki67}"), _id(f"table1.{name}"), _id(f"figure2b.{name}"))
    ledger.same("netter1.methods.octreotide_dose_lu", _id("introduction.netter1_octreotide_lu_dose"))


def _profile(ledger: Ledger) -> None:
    def total(name, *parts, method="trial profile: sum of its boxes"):
        common.check_sum(ledger, _box(name), *map(_box, parts), method=method)

    total("screened", "screen_failures", "randomised")
    total("randomised", "assigned_lu", "assigned_control")
    reasons = {
        "lu": ("surgery", "mistake", "withdrawal", "ae"),
        "control": ("surgery", "withdrawal"),
    }
    ended = {
        "lu": ("progression", "clinician", "ae", "death", "withdrawal", "other"),
        "control": ("progression", "clinician", "ae", "death", "withdrawal"),
    }
    again = {"lu": "still_on_retreatment", "control": "still_on_crossover"}
    for arm in _ARMS:
        total(f"not_treated_{arm}", *(f"not_treated_{r}_{arm}" for r in reasons[arm]))
        total(f"ended_{arm}", *(f"ended_{r}_{arm}" for r in ended[arm]))
        total(f"end_of_study_{arm}", f"end_of_study_death_{arm}", f"end_of_study_withdrawal_{arm}")
        total(f"treated_{arm}", f"ended_{arm}", f"still_on_treatment_{arm}")
        total(f"assigned_{arm}", f"treated_{arm}", f"not_treated_{arm}")
        now = (f"still_on_treatment_{arm}", f"{again[arm]}_{arm}", f"followup_{arm}", f"end_of_study_{arm}")
        total(f"assigned_{arm}", *now, method="trial profile: where patients were at the cutoff")
    for part, whole in (
        ("still_on_retreatment_lu", "retreated_lu"),
        ("still_on_crossover_control", "crossed_over_control"),
        ("retreated_lu", "ended_progression_lu"),
        ("crossed_over_control", "ended_progression_control"),
    ):
        ledger.bounded(_box(part), "within the box it comes from", 0, ledger.value(_box(whole)), [_box(whole)])
    for arm in _ARMS:
        common.check_within_group(ledger, _box(f"followup_{arm}"), group=_box(f"assigned_{arm}"))
        for name in ("still_on_treatment", *(f"ended_{r}" for r in ended[arm])):
            common.check_within_group(ledger, _box(f"{name}_{arm}"), group=_box(f"treated_{arm}"))
        for name in ("death", "withdrawal"):
            common.check_within_group(ledger, _box(f"end_of_study_{name}_{arm}"), group=_box(f"assigned_{arm}"))
        for reason in reasons[arm]:
            common.check_within_group(ledger, _box(f"not_treated_{reason}_{arm}"), group=_box(f"assigned_{arm}"))
    common.check_within_group(ledger, _box("screen_failures"), group=_box("screened"))
    common.check_order(
        ledger,
        [_id("results.screening_start"), _id("results.screening_end"), _id("results.cutoff")],
        note="",
    )
    common.check_sum(
        ledger, _id("results.any_radioligand_control_n"), _id("results.crossover"), _id("results.radioligand_follow_up")
    )
    last, cutoff = (
        common.printed_dates(ledger[_id(f"results.{d}")].point.text)[0] for d in ("screening_end", "cutoff")
    )
    first = common.printed_dates(ledger[_id("results.screening_start")].point.text)[0]
    ledger.bounded(
        _id("results.follow_up"),
        "between last and first screening to the cutoff",
        (cutoff - last).days / DAYS_PER_MONTH,
        (cutoff - first).days / DAYS_PER_MONTH,
        [_id("results.screening_end"), _id("results.screening_start"), _id("results.cutoff")],
    )


def _baseline(ledger: Ledger, trial: Trial) -> None:
    rows = dict.fromkeys(row for rows in trial.partitions.values() for row in rows)
    for row in (*rows, "bone", "liver", "lymph_nodes", "peritoneum", "prior_ssa"):
        parts = [_id(f"table1.{row}.{arm}.count") for arm in _ARMS]
        common.check_sum(ledger, _id(f"table1.{row}.all.count"), *parts, method="sum of the two groups")
        for arm, part in zip(_ARMS, parts, strict=True):
            common.check_within_group(ledger, part, group=_id(f"table1.n.{arm}.count"))
    for row in ("age", "time_since_diagnosis", "ki67"):
        arms = [_id(f"table1.{row}.{arm}.median") for arm in _ARMS]
        for part, name in (("point", "medians"), ("low", "lower quartiles"), ("high", "upper quartiles")):
            low, high = sorted(ledger.value(f"{arm}:{part}") for arm in arms)
            method = f"between the {name} of the two groups"
            ledger.bounded(_id(f"table1.{row}.all.median"), method, low, high, arms, part=part)


def _treatment(ledger: Ledger) -> None:
    cycles = [_id(f"table2.cycles{k}.lu.count") for k in (1, 2, 3, 4)]
    common.check_sum(ledger, _id("table2.n.lu.count"), *cycles, method="sum over cycles received")
    for cycle in cycles:
        common.check_within_group(ledger, cycle, group=_id("table2.n.lu.count"))
    reasons = [_id(f"table2.incomplete_{r}") for r in ("progression", "adverse_events", "death", "withdrawal")]
    for reason in reasons:
        others = [r for r in reasons if r != reason]
        ledger.compare(
            reason,
            "patients with fewer than four cycles less the other reasons",
            lambda a, b, c, *rest: a + b + c - sum(rest),
            [*cycles[:3], *others],
            weak=True,
        )
    planned = _id("methods.dose_gbq")
    ledger.compare(
        _id("methods.cumulative_dose_gbq"),
        "activity times cycles",
        lambda a, n: a * n,
        [planned, _id("results.cycles")],
    )
    for mci, gbq in (
        ("methods.dose_mci", "methods.dose_gbq"),
        ("methods.cumulative_dose_mci", "methods.cumulative_dose_gbq"),
        ("results.dose_per_cycle_mci", "table2.dose_per_cycle.lu.median"),
        ("results.cumulative_dose_mci", "table2.cumulative_dose.lu.median"),
    ):
        ledger.compare(_id(mci), "1 mCi = 0.037 GBq", in_mci, [_id(gbq)])
    ledger.compare(
        _id("table2.cumulative_dose.lu.median"),
        "median activity per cycle times four, the cycles most patients had",
        lambda dose, n: dose * n,
        [_id("table2.dose_per_cycle.lu.median"), _id("results.cycles")],
        weak=True,
    )
    ledger.compare(
        _id("table2.exposure_lu.lu.median"),
        "four cycles of eight weeks",
        lambda n, weeks: n * weeks,
        [_id("results.cycles"), _id("methods.cycle_interval")],
        weak=True,
    )
    ledger.compare(
        _id("methods.list_records_total"),
        "records a stratum times strata",
        lambda a, b: a * b,
        [_id("methods.list_records_per_stratum"), _id("methods.strata")],
    )


def _design(ledger: Ledger) -> None:
    medians = [_id("methods.assumed_pfs_control"), _id("methods.assumed_pfs_lu")]
    ledger.compare(_id("methods.assumed_hr"), "ratio of the assumed medians", lambda a, b: a / b, medians)
    ledger.compare(
        _id("methods.hazard_reduction"), "100 (1 − HR)", lambda hr: 100 * (1 - hr), [_id("methods.assumed_hr")]
    )
    assumptions = [_id("methods.assumed_hr"), _id("methods.power"), _id("methods.alpha")]

    def needed(hr, power, one_sided):
        return trial_design.events_needed(hr, float(power) / 100, 2 * float(one_sided) / 100, allocation=2 / 3)

    exact = needed(*(ledger.value(a) for a in assumptions))
    ledger.compare(
        _id("methods.pfs_events_required"),
        "events needed (Schoenfeld, 2:1), rounded up",
        lambda *a: ceil(needed(*a)),
        assumptions,
        note=f"{exact:.2f} before rounding",
    )
    hr, _, one_sided = (ledger.value(a) for a in assumptions)
    required, level = _id("methods.pfs_events_required"), 2 * float(one_sided) / 100
    common.check_power(ledger, _id("methods.power"), hr, required, level, allocation=2 / 3)
    dropout, duration = (float(ledger.value(_id(f"methods.{name}"))) for name in ("dropout", "enrolment_duration"))
    control, lu = (float(ledger.value(m)) for m in medians)
    months = trial_design.follow_up_needed(
        float(ledger.value(required)),
        float(ledger.value(_id("methods.planned_n"))) * (1 - dropout / 100),
        lu, control, duration, allocation=2 / 3,
    )  # fmt: skip
    ledger.compare(
        _id("methods.planned_n"),
        "enrolment rate times duration",
        lambda rate, months: rate * months,
        [_id("methods.enrolment_rate"), _id("methods.enrolment_duration")],
        note=f"with the planned dropout taken off, the events needed come {months:.1f} months after the last enrolment "
        "(exponential times)",
    )
    events = [_id("figure2a.events_lu"), _id("figure2a.events_control")]
    common.check_sum(ledger, _id("methods.pfs_events_all"), *events, method="events of the two groups")


def _efficacy(ledger: Ledger) -> None:
    ledger.compare(_id("results.pfs_risk_reduction"), "100 (1 − HR)", lambda x: 100 * (1 - x), [_id("figure2a.pfs_hr")])
    medians = [_id("figure2a.median_lu"), _id("figure2a.median_control")]
    ledger.compare(_id("abstract.pfs_gain"), "difference of the medians", lambda a, b: a - b, medians)


def _subgroups(ledger: Ledger, trial: Trial) -> None:
    rows = [c.split(".")[2] for c in ledger.claims if c.startswith(_id("figure2b.")) and c.endswith(".hr.hr")]
    for row in rows:
        stem = _id(f"figure2b.{row}")
        common.check_sum(ledger, f"{stem}.n.count", f"{stem}.lu.n", f"{stem}.control.n", method="sum of the two groups")
        common.check_hazard_ratio_events(ledger, f"{stem}.hr.hr", f"{stem}.lu.events", f"{stem}.control.events")
    for name, levels in SUBGROUP_PARTITIONS.items():
        for arm in _ARMS:
            counts = [_id(f"figure2b.{row}.{arm}.events") for row in levels]
            common.check_sum(ledger, _id(f"figure2a.events_{arm}"), *counts, method=f"events summed over {name}")
            sizes = [_id(f"figure2b.{row}.{arm}.n") for row in levels]
            common.check_sum(ledger, _id(f"table1.n.{arm}.count"), *sizes, method=f"subgroups summed over {name}")
    for pair in recorded(trial, Subgroups).pairs.values():
        for arm in _ARMS:
            sizes = [_id(f"figure2b.{row}.{arm}.n") for row in pair]
            common.check_within_group(ledger, *sizes, group=_id(f"table1.n.{arm}.count"))
    for arm in _ARMS:
        for part in ("n", "events"):
            inner, outer = (_id(f"figure2b.{row}.{arm}.{part}") for row in ("small_intestine", "non_pancreas"))
            ledger.bounded(inner, "within all non-pancreatic tumours", 0, ledger.value(outer), [outer])


def _response(ledger: Ledger) -> None:
    responses = ("complete_response", "partial_response")
    controlled = (*responses, "stable_disease", "non_cr_non_pd")
    categories = (*controlled, "progressive_disease", "unknown")
    for arm in _ARMS:

        def count(row, arm=arm):
            return _id(f"table3.{row}.{arm}.count")

        common.check_sum(ledger, count("orr"), *map(count, responses), method="complete and partial responses")
        common.check_sum(ledger, count("dcr"), *map(count, controlled), method="responses and stable disease")
        common.check_sum(ledger, count("n"), *map(count, categories), method="sum over best responses")
        rate = _id(f"table3.dcr.{arm}.rate")
        ledger.best_of(rate, interval_methods(), [count("dcr"), count("n")], parts=("point", "low", "high"))
        unknown = [c for c in ledger.claims if c.startswith(_id("table3.unknown_")) and c.endswith(f"_{arm}")]
        common.check_sum(ledger, count("unknown"), *unknown, method="reasons in the footnote")
        for reason in unknown:
            common.check_within_group(ledger, reason, group=count("n"))
        for row in categories:
            common.check_within_group(ledger, count(row), group=count("n"))
    counts = [_id(f"table3.{row}.{arm}.count") for arm in _ARMS for row in ("orr", "n")]
    methods = {name: partial(difference, method=name) for name in DIFFERENCE_INTERVALS}
    ledger.best_of(_id("results.orr_difference"), methods, counts, parts=("point", "low", "high"))
    ratio = _id("table3.odds_ratio.control.or")
    crude, low, high = odds_ratio(*ledger.counts(*counts))
    said = f"unstratified, {crude:.2f} ({low:.2f} to {high:.2f}); strata are not printed"
    ledger.bounded(ratio, "interval of the unstratified odds ratio", low, high, counts, note=said)
    ledger.compare(
        _id("table3.p.control.p"),
        "Wald test of the stratified odds ratio, one-sided",
        lambda ratio, low, high: wald_p_of_interval(ratio, low, high) / 2,
        [ratio, f"{ratio}:low", f"{ratio}:high"],
    )


def _safety(ledger: Ledger) -> None:
    for arm in _ARMS:
        for row, whole in (
            ("ae_related_any", "adverse_events"),
            ("serious", "adverse_events"),
            ("serious_related_any", "serious"),
            ("fatal", "serious"),
            ("fatal_related_any", "fatal"),
        ):
            for grade in ("any", "grade3"):
                part, all_ = (_id(f"table4.{r}.{arm}_{grade}.count") for r in (row, whole))
                if part in ledger.claims:
                    ledger.bounded(part, f"within {whole.replace('_', ' ')}", 0, ledger.value(all_), [all_])
    for row in ("ae_related", "serious_related"):
        for grade in ("any", "grade3"):
            parts = [_id(f"table4.{row}_{drug}.lu_{grade}.count") for drug in ("lu", "octreotide")]
            values = [ledger.value(part) for part in parts]
            ledger.bounded(
                _id(f"table4.{row}_any.lu_{grade}.count"), "between either drug's and the sum of both", max(values),
                sum(values), parts,
            )  # fmt: skip
    stopped = _id("table4.discontinuation_lu.lu_any.count")
    ledger.bounded(
        _id("table2.incomplete_adverse_events"),
        "no more than stopped ¹⁷⁷Lu-Dotatate for an adverse event (Table 4)",
        0,
        ledger.value(stopped),
        [stopped],
        note="who misses a cycle because of an adverse event has stopped ¹⁷⁷Lu-Dotatate for it",
    )
    deaths = [_id("results.deaths_lu"), _id("results.deaths_control")]
    common.check_sum(ledger, _id("results.deaths_all"), *deaths)
    for arm, death in zip(_ARMS, deaths, strict=True):
        fatal = _id(f"table4.fatal.{arm}_any.count")
        ledger.bounded(
            death,
            "at least the patients with a fatal serious adverse event (Table 4)",
            ledger.value(fatal),
            ledger.value(_id(f"table4.n.{arm}_any.count")),
            [fatal],
            note="Table 4 and the sentence count the same period, from randomisation to 30 days after the last dose",
        )
    fatal_drug = [_id(f"table4.fatal_related_any.{arm}_any.count") for arm in _ARMS]
    common.check_sum(ledger, _id("abstract.drug_related_deaths"), *fatal_drug, method="fatal related events in Table 4")
    grade5 = [_id("table5.grade5_dyspnoea_lu"), _id("table5.grade5_tumour_lysis_control")]
    common.check_sum(ledger, _id("table5.grade5_all"), *grade5)
    for arm, event in zip(_ARMS, grade5, strict=True):
        fatal = _id(f"table4.fatal.{arm}_any.count")
        ledger.bounded(event, "within the fatal serious adverse events", 0, ledger.value(fatal), [fatal])
    for threshold, events in (
        ("results.ae_common_threshold", ("nausea", "diarrhoea", "abdominal_pain")),
        ("results.ae3_common_threshold", ("lymphocytes3", "ggt3", "bowel_obstruction3", "abdominal_pain3")),
    ):
        shares = {
            event: [c for arm in _ARMS if (c := _id(f"results.{event}_{arm}_n")) in ledger.claims] for event in events
        }
        top = {
            event: max(
                100 * ledger.value(c) / ledger.value(_id(f"table4.n.{'lu' if '_lu_' in c else 'control'}_any.count"))
                for c in ids
            )
            for event, ids in shares.items()
        }
        ledger.bounded(
            _id(threshold),
            "no more than the rarest event listed, in its commoner group",
            0,
            min(top.values()),
            [c for ids in shares.values() for c in ids],
        )
    for claim in list(ledger.claims.values()):
        told = claim.paper == "netter2" and claim.place in ("Results", "Discussion") and not claim.same_as
        if told and claim.unit == "patients" and claim.measure == "count" and claim.arm in _ARMS:
            common.check_within_group(ledger, claim.id, group=_box(f"treated_{claim.arm}"))
