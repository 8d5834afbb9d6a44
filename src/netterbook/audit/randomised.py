"""What can be recomputed of any randomised trial from its record alone."""

from __future__ import annotations

from netterbook.audit import common
from netterbook.errors import DataError
from netterbook.ledger import Ledger
from netterbook.methods.printed_ratios import wald_p_of_interval
from netterbook.methods.proportions import interval_methods
from netterbook.trials import EndPoint, Trial


def check(ledger: Ledger, trial: Trial) -> None:
    """Enter the checks that follow from the record, where both numbers are printed."""
    _baseline(ledger, trial)
    for end_point in trial.end_points.values():
        _end_point(ledger, trial, end_point)
    _response(ledger, trial)
    _safety(ledger, trial)
    _subgroups(ledger, trial)


def _baseline(ledger: Ledger, trial: Trial) -> None:
    for arm in trial.keys:
        for name, rows in trial.partitions.items():
            parts = [trial.claim(f"{trial.baseline}.{row}.{arm}.count") for row in rows]
            group = trial.claim(f"{trial.baseline}.n.{arm}.count")
            common.check_sum(ledger, group, *parts, method=f"sum over {name}")


def _end_point(ledger: Ledger, trial: Trial, about: EndPoint) -> None:
    events = trial.of_arms(about.events)
    stem = trial.claim(about.at_risk)
    for arm, patients in zip(trial.keys, trial.of_arms(about.patients), strict=True):
        grid = common.at_risk(ledger, stem, arm)
        if 0 not in grid:
            raise DataError(
                f"{trial.key}: at_risk is {about.at_risk!r}, a table with numbers at risk of {arm!r} from time 0 on; "
                f"the ledger has {'none' if not grid else 'them from time ' + str(min(grid))}"
            )
        start = grid[0]
        if ledger.group(start) != ledger.group(patients):
            ledger.same(patients, start)
    if about.hazard_ratio and "low" in ledger[trial.claim(about.hazard_ratio)].parts:
        hr = trial.claim(about.hazard_ratio)
        note = "the model is stratified, which widens the interval" if about.stratified else ""
        common.check_hazard_ratio_events(ledger, hr, *events, note=note)
        if about.p:
            ends = [hr, f"{hr}:low", f"{hr}:high"]
            method = "Wald test of the hazard ratio, in place of the log-rank test"
            ledger.compare(trial.claim(about.p), method, wald_p_of_interval, ends, restates=True)
    if about.rate:
        common.check_rate_intervals(ledger, *trial.of_arms(about.rate))
    common.check_at_risk(ledger, stem, trial.keys)
    for arm in trial.keys if about.median else ():
        median = trial.claim(about.median, arm)
        if ledger[median].point.is_number:
            common.check_median_at_risk(ledger, median, stem, arm)
        elif about.rate and about.landmark:
            common.check_not_reached(ledger, median, trial.claim(about.rate, arm), trial.claim(about.landmark))


def _response(ledger: Ledger, trial: Trial) -> None:
    about = trial.response
    if about is None or not about.rate:
        return
    for arm in trial.keys:
        inputs = [trial.claim(about.responders, arm), trial.claim(about.evaluable or about.patients, arm)]
        rate = trial.claim(about.rate, arm)
        if "low" in ledger[rate].parts:
            ledger.best_of(rate, interval_methods(), inputs, parts=("point", "low", "high"))


def _safety(ledger: Ledger, trial: Trial) -> None:
    about = trial.adverse_events
    if about is None:
        return
    for table in map(trial.claim, about.tables):
        common.check_fisher(ledger, table, [about.any.format(arm=arm) for arm in trial.keys])
        for arm in trial.keys:
            common.check_nested(ledger, table, about.any.format(arm=arm), about.severe.format(arm=arm))


def _subgroups(ledger: Ledger, trial: Trial) -> None:
    about = trial.subgroups
    if about is None:
        return
    for name, rows in about.pairs.items():
        ratios = [trial.claim(f"{about.figure}.{row}.hr.hr") for row in rows]
        common.check_pooled(ledger, trial.claim(about.overall), ratios, name)
