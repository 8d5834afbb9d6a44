"""End points of a trial: claims of their descriptions, and what reconstructed patients say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from math import exp, isnan, log
from pathlib import Path

from scipy.stats import norm

from netterbook.audit import common
from netterbook.claims import Check, Claim, Verdict
from netterbook.errors import DataError, NetterbookError
from netterbook.ledger import Ledger
from netterbook.methods.printed_ratios import log_hr_standard_error
from netterbook.own_trial.cells import check_digits, check_limits_of_a_ratio
from netterbook.own_trial.record import TrialRecord
from netterbook.own_trial.tables import OWN_TRIAL, key_of, size_claim
from netterbook.printed import Number, Printed
from netterbook.reconstruction import trial_file
from netterbook.reconstruction.given import UNREACHED, Given
from netterbook.reconstruction.result import Reconstruction
from netterbook.reconstruction.trial_file import TrialDescription

LOG_RATIO_ERROR, SHARE_ERROR, POINTS_ERROR = 0.05, 0.06, 0.02
"""Beyond these no digitised curve of the validation study errs in nine of ten: log hazard ratio, median (of itself) and
rate (of 1), each at least twice its 90th percentile."""
BEYOND = 2.0
"""Of the 95% intervals of reconstructed patients, which cover 81% where events are dated at scans that were not told:
a number up to so many times as far out is not called wrong."""
Z_OF_TESTS = 0.3
"""A log-rank test and Wald's test of the same patients are this near, as z."""


@dataclass(frozen=True)
class ReadEndPoint:
    """An end point: its key, description, and claims by what of the description they hold."""

    key: str
    file: str
    trial: TrialDescription
    claims: tuple[Claim, ...]
    given: dict[str, Given]
    """Printed summaries by the id of their claim."""
    arms: dict[int, str]
    """Keys of the groups."""

    @property
    def stem(self) -> str:
        """First part of the ids of its claims."""
        return f"{OWN_TRIAL}.{self.key}"


def read_end_point(folder: Path, file: str, record: TrialRecord, faults: list[str]) -> ReadEndPoint | None:
    """An end point's description with its claims; what is wrong with it is added to ``faults``, a line each."""
    try:
        trial, apart = trial_file.read_apart(folder / file)
    except OSError as error:
        faults.append(f"{file}: cannot be read: {error.strerror}")
        return None
    except NetterbookError as error:
        faults += [f"{file}: {line}" for line in getattr(error, "lines", (str(error),))]
        return None
    arms = {}
    for arm in trial.arms:
        group = next((g for g in record.groups if arm.name.casefold() in map(str.casefold, g.names)), None)
        if group is None:
            known = ", ".join(g.name for g in record.groups)
            faults.append(f"{file}, arms: {arm.name!r} is no group of trial.yml; there are: {known}")
            return None
        arms[arm.arm] = key_of(group.name)
    key = key_of(Path(file).stem)
    given: dict[str, Given] = {}
    claims = tuple(_claims(key, trial, apart, arms, given))
    for claim in claims:
        try:
            for printed in claim.parts.values():
                check_digits(printed.text, printed.text)
            if claim.measure == "hazard_ratio" and "low" in claim.parts:
                check_limits_of_a_ratio(claim.printed, claim.parts["low"], claim.parts["high"])
        except DataError as error:
            faults.append(f"{file}, {claim.quantity}: {error}")
    return ReadEndPoint(key, file, trial, claims, given, arms)


def _claims(
    key: str, trial: TrialDescription, apart: list[Given], arms: dict[int, str], given: dict[str, Given]
) -> Iterator[Claim]:
    stem, place = f"{OWN_TRIAL}.{key}", trial.title
    names = {arms[arm.arm]: arm.name for arm in trial.arms}

    def one(
        end: str, arm: str, quantity: str, measure: str, parts: dict[str, Printed], level: str = "", same_as: str = ""
    ) -> Claim:
        unit = {"count": "patients", "median": trial.unit}.get(measure, "")
        return Claim(
            f"{stem}.{end}", OWN_TRIAL, place, "", names.get(arm, ""), quantity, measure, unit, parts, level, same_as
        )

    for arm in trial.arms:
        own = arms[arm.arm]
        size = one(f"n.{own}.count", own, "patients", "count", _exact(arm.n))
        yield replace(size, same_as=size_claim(own))
        if arm.events is not None:
            yield one(f"events.{own}.count", own, "patients with an event", "count", _exact(arm.events))
        table = trial.at_risk[trial.at_risk["arm"] == arm.arm]
        for k, (time, n) in enumerate(zip(table["time"], table["n_risk"], strict=True)):
            same = f"{stem}.n.{own}.count" if time == 0 else ""
            about = f"at risk at {time:g} {trial.unit}"
            yield replace(one(f"risk{k}.{own}.count", own, about, "count", _exact(int(n))), same_as=same)
    estimates = [*trial.printed, *apart]
    sides = {(item.about, item.side): item for item in estimates}
    for item in estimates:
        if item.side or item.kind not in ("hr", "logrank_p", "median", "rate"):
            continue
        name, own = item.name, arms.get(item.arm, "")
        parts = {"point": _printed(item)}
        ends = [sides.get((item.about, side)) for side in (-1, 1)]
        level = ""
        if all(ends):
            parts |= {part: _printed(each) for part, each in zip(("low", "high"), ends, strict=True) if each}
            level = f"{100 * item.level:g}% CI"
        measure = {"hr": "hazard_ratio", "logrank_p": "p_value", "median": "median", "rate": "quantity"}[item.kind]
        end = {"hr": "hr.hr", "logrank_p": "p.p"}.get(item.kind, f"{key_of(name)}.{own}.{item.kind}")
        words = {"hr": "hazard ratio", "logrank_p": "P value, log-rank test", "median": "median"}
        said = words.get(item.kind, f"survival at {item.time:g} {trial.unit}")
        claim = one(end, own, said, measure, parts, level=level)
        given[claim.id] = item
        yield claim


def _exact(number: int) -> dict[str, Printed]:
    return {"point": Printed(str(number), exact=True)}


def _printed(item: Given) -> Printed:
    text = str(item.printed)
    return Printed("NE" if text in UNREACHED else text)


# ---- checks


def check_end_point(ledger: Ledger, about: ReadEndPoint) -> None:
    """Enter the checks that need no patients."""
    stem = about.stem
    for own in about.arms.values():
        at_risk = [c.id for c in about.claims if c.id.startswith(f"{stem}.risk") and c.id.endswith(f".{own}.count")]
        for k, claim_id in enumerate(at_risk):
            if k and claim_id in ledger.claims:
                near = [at_risk[k - 1], *at_risk[k + 1 : k + 2]]
                method = "between its neighbours at risk"
                ledger.bounded(claim_id, method, lambda most, least=0: (least, most), near)
        events = f"{stem}.events.{own}.count"
        if events in ledger.claims:
            ledger.bounded(events, "no more than the group", common.up_to, [f"{stem}.n.{own}.count"], steady=True)
    hr, both = f"{stem}.hr.hr", [f"{stem}.events.{own}.count" for own in about.arms.values()]
    counted = len(both) == 2 and all(each in ledger.claims for each in both)
    if hr in ledger.claims and counted and not all(ledger.counts(*both)):
        method = "no Cox model has a finite estimate where a group has no event"
        ledger.add(Check(hr, Verdict.DIFFERS, "none", method, tuple(both)))
    elif hr in ledger.claims and _has_interval(ledger[hr]):
        if counted:
            common.check_hazard_ratio_events(ledger, hr, *both)
        if f"{stem}.p.p" in ledger.claims:
            method = f"z within {Z_OF_TESTS} of Wald's test of the hazard ratio"
            ledger.bounded(
                f"{stem}.p.p", method, partial(_near_wald, _level(ledger[hr])), [hr, f"{hr}:low", f"{hr}:high"]
            )


def _has_interval(claim: Claim) -> bool:
    """Whether limits are printed that are apart by more than their rounding; others have no standard error."""
    if "low" not in claim.parts:
        return False
    low, high = claim.parts["low"].ends, claim.parts["high"].ends
    return low[0] > 0 and low[1] < high[0]


def _level(claim: Claim) -> float:
    return float(claim.level.partition("%")[0]) / 100 if claim.level else 0.95


def _near_wald(level: float, hr: Number, low: Number, high: Number) -> tuple[Number, Number]:
    """Two-sided P values of a test whose z is near that of Wald's."""
    z = abs(log(float(hr))) / log_hr_standard_error(low, high, level)
    return 2 * float(norm.sf(z + Z_OF_TESTS)), min(1.0, 2 * float(norm.sf(max(z - Z_OF_TESTS, 0.0))))


_QUANTITIES = {"hr": "hr", "median": "median", "rate": "survival"}


def asked_of_patients(ledger: Ledger, about: ReadEndPoint) -> dict[str, Given]:
    """What patients are asked about, by its claim: hazard ratio, medians and rates that are numbers."""
    return {
        claim_id: item
        for claim_id, item in about.given.items()
        if item.kind in _QUANTITIES and ledger[claim_id].point.is_number
    }


def check_patients(
    ledger: Ledger, about: ReadEndPoint, draws: int, progress: Callable[[], None] = lambda: None
) -> Reconstruction | str:
    """Reconstruct the patients and compare what is printed with them.

    With a curve, hazard ratio, medians and rates of its patients; without one, each of these from patients that meet
    all else, as it was withheld with its limits: recovered inside the central 95% of the sets, possible where that
    would confirm it by what it confirms or where it lies not far outside, else different.

    Returns
    -------
    The patients that meet all that is printed, or why there are none.
    """
    trial = about.trial.model_copy(update={"draws": draws})
    try:
        found = trial.reconstruct()
    except ValueError as error:
        return str(error)
    inputs = tuple(claim.id for claim in about.claims if claim.measure == "count")
    for claim_id, item in asked_of_patients(ledger, about).items():
        progress()
        if trial.curve is not None:
            _from_curve(ledger, claim_id, item, found, inputs)
        else:
            _withheld(ledger, about, trial, claim_id, item, inputs)
    return found


def _value(found: Reconstruction, item: Given) -> tuple[float, float, float]:
    quantity = _QUANTITIES[item.kind] + ("" if item.kind == "hr" else str(item.arm))
    made = found.estimate(quantity, item.time if item.kind == "rate" else None)
    return made.value, made.low, made.high


def _from_curve(ledger: Ledger, claim_id: str, item: Given, found: Reconstruction, inputs: tuple[str, ...]) -> None:
    value, *_ = _value(found, item)
    if isnan(value):
        return
    if item.kind == "hr":
        ends = value * exp(-LOG_RATIO_ERROR), value * exp(LOG_RATIO_ERROR)
    elif item.kind == "median":
        ends = value * (1 - SHARE_ERROR), value * (1 + SHARE_ERROR)
    else:
        ends = value - POINTS_ERROR, value + POINTS_ERROR
    method = "patients of the digitised curve, within the error of digitising"
    ledger.recover(claim_id, method, value, ends, inputs)


def _withheld(
    ledger: Ledger, about: ReadEndPoint, trial: TrialDescription, claim_id: str, item: Given, inputs: tuple[str, ...]
) -> None:
    """From patients that were given neither the estimate nor its limits, of a hazard ratio nor its P value."""
    kept_back = {
        other.name
        for other in trial.printed
        if other.about == item.about or (item.kind == "hr" and other.kind == "logrank_p")
    }
    try:
        withheld = trial.model_copy(update={"withhold": [*trial.withhold, *sorted(kept_back)]})
        found = withheld.reconstruct()
    except ValueError as error:
        ledger.reasons[claim_id] = f"no patients meet all else that is printed: {error}"
        return
    value, low, high = _value(found, item)
    if isnan(value):
        return
    rest = tuple(other for other, each in about.given.items() if each.name not in kept_back)
    method = f"{found.draws} sets of patients that meet all else that is printed"
    inputs = (*inputs, *rest)
    alone = not ledger.is_circular(claim_id, inputs)
    if ledger[claim_id].point.overlaps(low, high):
        far, note = (low, high), "" if alone else "what it rests on was recovered with its help"
    else:
        far = value - BEYOND * (value - low), value + BEYOND * (high - value)
        note = f"outside the central 95% of the sets, {low:.4g} to {high:.4g}"
    check = Ledger(ledger.claims, ledger.folder).recover(
        claim_id, method, value, (low, high), inputs, common=far, note=note
    )
    if check.verdict is Verdict.RECOVERED and note:
        check = replace(check, verdict=Verdict.POSSIBLE)
    ledger.add(check)
