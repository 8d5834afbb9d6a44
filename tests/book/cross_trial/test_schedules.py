"""What scans do to medians."""

import numpy as np
import pytest

from netterbook.book.cross_trial import schedules
from netterbook.errors import DataError
from netterbook.methods.scans import WEEKS_PER_MONTH


@pytest.fixture(scope="module")
def watched(ledger, netter1, netter2):
    return {trial.name: schedules.scan_schedule(ledger, trial, schedules.LAST_SCAN) for trial in (netter1, netter2)}


def test_scan_schedules_are_the_printed_ones(ledger, watched, netter1):
    first, second, then = (ledger.number(f"netter2.methods.assessment_{n}") for n in ("first", "second", "interval"))
    assert watched["NETTER-2"][:3].tolist() == [first, second, second + then]
    assert set(np.diff(watched["NETTER-1"])) == {ledger.number("netter1.methods.imaging_interval")}
    with pytest.raises(DataError, match="no scans"):
        schedules.scan_schedule(ledger, netter1.model_copy(update={"scans": None}), 12)


def test_the_scan_before_comes_before(watched):
    due = schedules.due_scan(watched, [8.4, 8.5])
    assert (due.before, due.week) == (24, 36)
    assert due.months_before < due.middle < due.months < 8.4
    assert due.middle == pytest.approx(30 / WEEKS_PER_MONTH)


def test_a_true_median_between_scans_is_reported_at_the_next(watched):
    seen = schedules.medians_seen([6.9], 0.276, watched).set_index("schedule")["seen"]
    due = 36 / WEEKS_PER_MONTH
    assert seen["NETTER-1"] == pytest.approx(due) and seen["NETTER-2"] == pytest.approx(due)
    assert seen["continuous"] == pytest.approx(6.9, abs=0.05)
    early = schedules.medians_seen([3.2], 0.276, watched).set_index("schedule")["seen"] * WEEKS_PER_MONTH
    assert early[["NETTER-1", "NETTER-2"]].round(6).tolist() == [24, 16]  # the scan at 12 weeks came too early


def test_the_simulated_median_is_midway_between_the_scans_to_the_last_digit(watched):
    due = schedules.due_scan(watched, [8.4, 8.5])
    table = schedules.one_trial_scanned(due, 0.276, watched).set_index("schedule")
    middle = table.loc["continuous", "median0"]
    assert middle == pytest.approx(due.middle, rel=1e-6) and middle != pytest.approx(6.9, rel=1e-6)
    assert table["hr"].round(2).nunique() == 1 and table["median0"].nunique() == 2
    weeks = table.loc[["NETTER-1", "NETTER-2"], ["median0", "median1"]] * WEEKS_PER_MONTH
    assert weeks.round(6).to_numpy().tolist() == [[36, 120]] * 2  # 6.9 / 0.276 months are 109 weeks
    assert table.loc["continuous", "median1"] == pytest.approx(due.middle / 0.276, rel=2e-3)  # of those followed so far
    assert table["difference"].tolist() == (table["median1"] - table["median0"]).tolist()
