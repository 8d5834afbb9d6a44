"""What plain statistics can recompute of NETTER-2 (Lancet 2024;403:2807-17)."""

from __future__ import annotations

from functools import partial
from math import ceil

from netterbook import facts
from netterbook.audit import common, printing, registers
from netterbook.claims import Derived
from netterbook.dosimetry import in_mci
from netterbook.ledger import Ledger
from netterbook.methods import trial_design
from netterbook.methods.months import DAYS_PER_MONTH
from netterbook.methods.printed_ratios import wald_p_of_interval
from netterbook.methods.proportions import DIFFERENCE_INTERVALS, difference, interval_methods, odds_ratio
from netterbook.printed import Number
from netterbook.trials import Subgroups, Trial, recorded

_ARMS = ("lu", "control")
_NAMES = {"age": "age", "ki67": "Ki67"}
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
    _alike(ledger)
    _registers(ledger)
    _profile(ledger)
    _baseline(ledger, trial)
    _treatment(ledger)
    _ends_of_treatment(ledger)
    _design(ledger)
    _efficacy(ledger)
    _subgroups(ledger, trial)
    _response(ledger)
    _safety(ledger)
    _same_by_definition(ledger)
    _searches(ledger)


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
    ledger.same("netter1.methods.octreotide_dose_control", _id("context.netter1_octreotide_control_dose"))


def _registers(ledger: Ledger) -> None:
    cited = facts.read(ledger.folder)
    record = cited["F103"]
    for place in ("methods.registration", "abstract.registration"):
        registers.check_number(ledger, _id(place), record)
    registers.check_count(ledger, _box("randomised"), record, lambda fact: fact.size)
    for name, words in (
        ("diagnosis_window", "diagnosed within"),
        ("age_min", "age of at least"),
        ("bodyweight_min", "body weight above"),
        ("sstr_imaging_window", "receptor imaging within"),
        ("karnofsky_min", "Karnofsky score of at least"),
    ):
        said = _id(f"methods.{name}")
        registers.check_count(ledger, said, cited["F364"], registers.named(words))
    strength = _id("methods.amino_acid_strength")
    registers.check_count(ledger, strength, cited["F365"], lambda fact: fact.value)
    registers.check_count(ledger, _id("abstract.cycle_window"), cited["F048"], lambda fact: abs(fact.numbers[2]))


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
        ledger.bounded(_box(part), "within the box it comes from", common.up_to, [_box(whole)], steady=True)
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
    parts = _id("results.crossover"), _id("results.radioligand_follow_up")
    common.check_sum(ledger, _id("results.any_radioligand_control_n"), *parts, restates=True)

    def months_to_cutoff(*dates):
        last, first, cutoff = (common.printed_dates(text)[0] for text in dates)
        return (cutoff - last).days / DAYS_PER_MONTH, (cutoff - first).days / DAYS_PER_MONTH

    ledger.bounded(
        _id("results.follow_up"),
        "between last and first screening to the cutoff",
        months_to_cutoff,
        [_id(f"results.{date}:text") for date in ("screening_end", "screening_start", "cutoff")],
    )


def _alike(ledger: Ledger) -> None:
    for place, names in (
        ("figure2b", ("age_lt", "age_ge")),
        ("figure2b", ("cga_le", "cga_gt")),
        ("introduction", ("clarinet_ki67_included", "clarinet_ki67_excluded")),
    ):
        printing.check_alike(ledger, "where the other level begins", *(_id(f"{place}.{name}") for name in names))
    for method, names in (
        ("the least age for enrolment", ("methods.age_min", "discussion.adolescents_age_low")),
        ("octreotide is given with each cycle", ("methods.cycle_interval", "methods.octreotide_lu_interval_cycles")),
        ("the least Karnofsky score for enrolment", ("methods.karnofsky_min", "table1.kps_60")),
        ("upper limit of grade 2", ("methods.ki67_g2_high", "discussion.e2211_ki67_max")),
        (
            "the control group has octreotide alone",
            ("table2.exposure_any.control.median", "table2.exposure_octreotide.control.median"),
        ),
    ):
        parts = ("point", "low", "high") if "exposure" in names[0] else ("point",)
        printing.check_alike(ledger, method, *map(_id, names), parts=parts)
    for below, above in (("60", "middle_low"), ("middle_high", "top_low")):
        for name, beside, step in ((below, above, -10), (above, below, 10)):
            ledger.bounded(
                _id(f"table1.kps_{name}"),
                "Karnofsky scores go in tens",
                lambda score, step=step: common.exactly(score + step),
                [_id(f"table1.kps_{beside}")],
            )
    printing.check_alike(
        ledger, "the highest Karnofsky score", _id("table1.kps_top_high"), "netter1.methods.karnofsky_scale_high"
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
            method = f"between the {name} of the two groups"
            ends = [f"{arm}:{part}" for arm in arms]
            ledger.bounded(_id(f"table1.{row}.all.median"), method, _ends, ends, part=part, steady=True)
    for arm in ("lu", "control", "all"):
        _quartiles(ledger, arm)
    listed = [_id(f"table1.{site}.all.percent") for site in ("bone", "liver", "lymph_nodes", "peritoneum")]
    ledger.bounded(
        _id("table1.metastasis_threshold"), "no more than the rarest site listed", _least, listed, steady=True
    )


def _least(*shares: Number) -> tuple[Number, Number]:
    return 0, min(shares)


def _quartiles(ledger: Ledger, arm: str) -> None:
    """Ages and Ki67 by how many patients are in the lower of two ordered subgroups; time since diagnosis by how long
    it may be at enrolment.
    """
    group, young = _id(f"table1.n.{arm}.count"), f"{arm}.n" if arm != "all" else "n.count"
    lower = {"age": _id(f"figure2b.age_lt65.{young}"), "ki67": _id(f"table1.grade2.{arm}.count")}
    limits = {
        "age": ("methods.age_min", "figure2b.age_lt", "figure2b.age_ge", None),
        "ki67": ("methods.ki67_g2_low", "methods.ki67_g2_high", "methods.ki67_g3_low", "methods.ki67_g3_high"),
    }
    for part, share in (("low", 0.25), ("point", 0.5), ("high", 0.75)):
        for row, names in limits.items():
            claim, ends = _id(f"table1.{row}.{arm}.median"), [_id(name) for name in names if name]

            def within(n, below, *ends, share=share):
                ends = (*ends, None)
                first, last = share * n < below + 1, share * n > below - 1
                return ends[0] if first else ends[2], ends[3] if last else ends[1]

            method = f"by how many have a lower {_NAMES[row]}"
            ledger.bounded(claim, method, within, [group, lower[row], *ends], part=part, steady=True)
        claim = _id(f"table1.time_since_diagnosis.{arm}.median")
        longest = [_id("methods.diagnosis_window")]
        ledger.bounded(claim, "no longer than enrolment allowed", common.up_to, longest, part=part, steady=True)


def _ends(*numbers: Number) -> tuple[Number, Number]:
    return min(numbers), max(numbers)


def _treatment(ledger: Ledger) -> None:
    cycles = [_id(f"table2.cycles{k}.lu.count") for k in (1, 2, 3, 4)]
    common.check_sum(ledger, _id("table2.n.lu.count"), *cycles, method="sum over cycles received")
    for cycle in cycles:
        common.check_within_group(ledger, cycle, group=_id("table2.n.lu.count"))
    reasons = [_id(f"table2.incomplete_{r}") for r in ("progression", "adverse_events", "death", "withdrawal")]
    for reason in reasons:
        others = [r for r in reasons if r != reason]
        left = ledger.derive("patients left", lambda a, b, c, *rest: a + b + c - sum(rest), *cycles[:3], *others)
        method = "patients with fewer than four cycles less the other reasons"
        ledger.bounded(reason, method, common.exactly, [left])
    planned = _id("methods.dose_gbq")
    ledger.compare(
        _id("methods.cumulative_dose_gbq"),
        "activity times cycles",
        lambda a, n: a * n,
        [planned, _id("results.cycles")],
        restates=True,
        steady=True,
    )
    for mci, gbq in (
        ("methods.dose_mci", "methods.dose_gbq"),
        ("methods.cumulative_dose_mci", "methods.cumulative_dose_gbq"),
        ("results.dose_per_cycle_mci", "table2.dose_per_cycle.lu.median"),
        ("results.cumulative_dose_mci", "table2.cumulative_dose.lu.median"),
    ):
        ledger.compare(_id(mci), "1 mCi = 0.037 GBq", in_mci, [_id(gbq)], restates=True, steady=True)
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
        restates=True,
        steady=True,
    )


def _ends_of_treatment(ledger: Ledger) -> None:
    """Why treatment ended in the trial profile, against events, deaths and adverse events counted elsewhere."""
    window = ledger[_id("results.ae_window")].printed
    said = f"the period ends {window} days after the last dose; a death later than that may have ended treatment"
    for arm in _ARMS:
        progression, death, left = (
            _box(f"{x}_{arm}") for x in ("ended_progression", "ended_death", "still_on_treatment")
        )
        events = _id(f"figure2a.events_{arm}")
        ledger.bounded(
            progression,
            "no more than progressed or died by central review (Figure 2A), less those whose treatment ended by death",
            lambda events, deaths: (0, events - deaths),
            [events, death],
            note="treatment may have ended for a progression that central review did not count",
        )
        ledger.bounded(
            left,
            "no more than the patients who had neither progressed nor died by central review (Figure 2A)",
            lambda assigned, events: (0, assigned - events),
            [_box(f"assigned_{arm}"), events],
        )
        ledger.bounded(
            death,
            "no more than the deaths in the treatment period (Results)",
            common.up_to,
            [_id(f"results.deaths_{arm}")],
            note=said,
        )
        ledger.bounded(
            _box(f"end_of_study_withdrawal_{arm}"),
            "at least those who withdrew consent before treatment or ended it so",
            lambda before, ended, assigned: (before + ended, assigned),
            [_box(f"not_treated_withdrawal_{arm}"), _box(f"ended_withdrawal_{arm}"), _box(f"assigned_{arm}")],
            note="consent to treatment alone may have been withdrawn, or the patient may have died later",
        )
    for reason, box in (
        ("progression", "progression"),
        ("adverse_events", "ae"),
        ("death", "death"),
        ("withdrawal",) * 2,
    ):
        whole = _box(f"ended_{box}_lu")
        ledger.bounded(
            _id(f"table2.incomplete_{reason}"), "within the reasons in the trial profile", common.up_to, [whole]
        )
    ledger.compare(
        _box("ended_ae_control"),
        "patients who stopped octreotide, their only drug, for an adverse event (Table 4)",
        common.unchanged,
        [_id("table4.discontinuation_octreotide.control_any.count")],
        weak=True,
        note="one of them may be listed under another reason, such as progression",
    )
    drugs = [_id(f"table4.discontinuation_{drug}.lu_any.count") for drug in ("lu", "octreotide")]
    ledger.bounded(
        _box("ended_ae_lu"),
        "between the patients who stopped either drug for an adverse event and the sum of both (Table 4)",
        lambda *stopped: (max(stopped), sum(stopped)),
        drugs,
    )


def _design(ledger: Ledger) -> None:
    sizes = [_id(f"table1.n.{arm}.count") for arm in _ARMS]
    ratio, block = _id("methods.allocation"), _id("methods.block_size")
    common.check_allocation(ledger, ratio, block, _id("methods.strata"), sizes)
    common.check_block(ledger, block, ratio)
    medians = [_id("methods.assumed_pfs_control"), _id("methods.assumed_pfs_lu")]
    ratio = _id("methods.assumed_hr")
    ledger.compare(ratio, "ratio of the assumed medians", lambda a, b: a / b, medians, restates=True, steady=True)
    common.check_risk_reduction(ledger, _id("methods.hazard_reduction"), ratio)
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
    hr, _, one_sided = assumptions
    required = _id("methods.pfs_events_required")
    common.check_power(ledger, _id("methods.power"), hr, required, one_sided, sides=1, allocation=2 / 3)
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
        restates=True,
        steady=True,
        note=f"with the planned dropout taken off, the events needed come {months:.1f} months after the last enrolment "
        "(exponential times)",
    )
    events = [_id("figure2a.events_lu"), _id("figure2a.events_control")]
    common.check_sum(ledger, _id("methods.pfs_events_all"), *events, method="events of the two groups")


def _efficacy(ledger: Ledger) -> None:
    common.check_risk_reduction(ledger, _id("results.pfs_risk_reduction"), _id("figure2a.pfs_hr"))
    medians = [_id("figure2a.median_lu"), _id("figure2a.median_control")]
    ledger.compare(
        _id("abstract.pfs_gain"), "difference of the medians", lambda a, b: a - b, medians, restates=True, steady=True
    )


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
            ledger.bounded(inner, "within all non-pancreatic tumours", common.up_to, [outer], steady=True)


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
    ledger.bounded(
        ratio, "interval of the unstratified odds ratio", lambda *n: odds_ratio(*map(int, n))[1:], counts, note=said
    )
    ledger.compare(
        _id("table3.p.control.p"),
        "Wald test of the stratified odds ratio, one-sided",
        lambda ratio, low, high: wald_p_of_interval(ratio, low, high) / 2,
        [ratio, f"{ratio}:low", f"{ratio}:high"],
        restates=True,
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
                    ledger.bounded(part, f"within {whole.replace('_', ' ')}", common.up_to, [all_], steady=True)
    for row in ("ae_related", "serious_related"):
        for grade in ("any", "grade3"):
            parts = [_id(f"table4.{row}_{drug}.lu_{grade}.count") for drug in ("lu", "octreotide")]
            ledger.bounded(
                _id(f"table4.{row}_any.lu_{grade}.count"),
                "between either drug's and the sum of both",
                lambda *drugs: (max(drugs), sum(drugs)),
                parts,
            )
    stopped = _id("table4.discontinuation_lu.lu_any.count")
    ledger.bounded(
        _id("table2.incomplete_adverse_events"),
        "no more than stopped ¹⁷⁷Lu-Dotatate for an adverse event (Table 4)",
        common.up_to,
        [stopped],
        note="who misses a cycle because of an adverse event has stopped ¹⁷⁷Lu-Dotatate for it",
    )
    deaths = [_id("results.deaths_lu"), _id("results.deaths_control")]
    common.check_sum(ledger, _id("results.deaths_all"), *deaths, restates=True)
    for arm, death in zip(_ARMS, deaths, strict=True):
        fatal = _id(f"table4.fatal.{arm}_any.count")
        ledger.bounded(
            death,
            "at least the patients with a fatal serious adverse event (Table 4)",
            lambda fatal, treated: (fatal, treated),
            [fatal, _id(f"table4.n.{arm}_any.count")],
            note="Table 4 and the sentence count the same period, from randomisation to 30 days after the last dose",
        )
    fatal_drug = [_id(f"table4.fatal_related_any.{arm}_any.count") for arm in _ARMS]
    related = _id("abstract.drug_related_deaths")
    common.check_sum(ledger, related, *fatal_drug, method="fatal related events in Table 4", restates=True)
    grade5 = [_id("table5.grade5_dyspnoea_lu"), _id("table5.grade5_tumour_lysis_control")]
    common.check_sum(ledger, _id("table5.grade5_all"), *grade5, restates=True)
    for arm, event in zip(_ARMS, grade5, strict=True):
        fatal = _id(f"table4.fatal.{arm}_any.count")
        ledger.bounded(event, "within the fatal serious adverse events", common.up_to, [fatal], steady=True)
    for threshold, events in (
        ("results.ae_common_threshold", ("nausea", "diarrhoea", "abdominal_pain")),
        ("results.ae3_common_threshold", ("lymphocytes3", "ggt3", "bowel_obstruction3", "abdominal_pain3")),
    ):
        shares = [_commoner_share(ledger, event) for event in events]
        ledger.bounded(
            _id(threshold),
            "no more than the rarest event listed, in its commoner group",
            lambda *found: (0, min(found)),
            shares,
        )
    for claim in list(ledger.claims.values()):
        told = claim.paper == "netter2" and claim.place in ("Results", "Discussion") and not claim.same_as
        if told and claim.unit == "patients" and claim.measure == "count" and claim.arm in _ARMS:
            common.check_within_group(ledger, claim.id, group=_box(f"treated_{claim.arm}"))


def _same_by_definition(ledger: Ledger) -> None:
    """Octreotide is the control group's only drug, a fatal event a severe one, and Table 5 searched from grade 3 on."""
    only, fatal, searched = "octreotide is the group's only drug", "a fatal event is severe", "searched from grade 3 on"
    pairs = [
        (f"table4.{row}_any.control_{grade}.count", f"table4.{row}_octreotide.control_{grade}.count", only)
        for row in ("ae_related", "serious_related")
        for grade in ("any", "grade3")
    ]
    for arm in _ARMS:
        pairs.append((f"table4.fatal.{arm}_grade3.count", f"table4.fatal.{arm}_any.count", fatal))
        for kind in ("anaemia", "leukopenia", "neutropenia"):
            pairs.append((f"table5.{kind}.{arm}_any.count", f"table5.{kind}.{arm}_grade3.count", searched))
    pairs.append(("results.mds", "table5.secondary_malignancies.lu_any.count", "secondary malignancies in Table 5"))
    for claim, other, method in pairs:
        ledger.compare(_id(claim), method, common.unchanged, [_id(other)], weak=True)
    parts = ("point", "low", "high")
    other = _id("table2.exposure_octreotide.control.median")
    inputs = [f"{other}:{part}" for part in parts]
    ledger.compare(_id("table2.exposure_any.control.median"), only, lambda *ends: ends, inputs, parts=parts, weak=True)


def _searches(ledger: Ledger) -> None:
    """Table 5's total of haematotoxicities against the kinds named, and its fatal events against the deaths told of."""
    kinds = ("anaemia", "thrombocytopenia", "leukopenia", "neutropenia")
    lymphocytes = {"lu": _id("results.lymphocytes3_lu_n"), "control": _id("results.lymphocytes3_control")}
    for arm in _ARMS:
        for grade in ("any", "grade3"):
            total = _id(f"table5.immediate_haematotoxicities.{arm}_{grade}.count")
            named = [*(_id(f"table5.{kind}.{arm}_{grade}.count") for kind in kinds), lymphocytes[arm]]
            ledger.bounded(
                total,
                "at least the commonest of the kinds named",
                lambda group, *counts: (max(counts), group),
                [_id(f"table5.n.{arm}_any.count"), *named],
            )
            ledger.bounded(
                total,
                "no more than all kinds named together, with lymphocytes (Results)",
                lambda *counts: (0, sum(counts)),
                named,
                note="kinds that are named nowhere may be in the total",
            )
    for arm, event in (("lu", "dyspnoea"), ("control", "tumour_lysis")):
        fatal, deaths = _id(f"table5.grade5_{event}_{arm}"), _id(f"results.deaths_{arm}")
        ledger.bounded(fatal, "within the deaths in the treatment period", common.up_to, [deaths])


def _commoner_share(ledger: Ledger, event: str) -> Derived:
    """Percentage of patients with an event, in that group of those told of that has more of them."""
    told = [arm for arm in _ARMS if _id(f"results.{event}_{arm}_n") in ledger.claims]
    counts = [_id(f"results.{event}_{arm}_n") for arm in told]
    groups = [_id(f"table4.n.{arm}_any.count") for arm in told]

    def largest(*numbers: Number) -> Number:
        return max(100 * n / of for n, of in zip(numbers[: len(told)], numbers[len(told) :], strict=True))

    return ledger.derive("percentage in the commoner group", largest, *counts, *groups)
