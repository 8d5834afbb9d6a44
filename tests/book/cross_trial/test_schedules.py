"""What scans do to medians."""

import numpy as np
import pytest

from netterbook.audit.given import scan_schedule
from netterbook.book.cross_trial import schedules
from netterbook.errors import DataError
from netterbook.methods.months import WEEKS_PER_MONTH
from netterbook.methods.patient_sets import PatientSets


@pytest.fixture(scope="module")
def watched(ledger, netter1, netter2):
    return {trial.name: scan_schedule(ledger, trial, schedules.LAST_SCAN) for trial in (netter1, netter2)}


def test_scan_schedules_are_the_printed_ones(ledger, watched, netter1):
    first, second, then = (ledger.number(f"netter2.methods.assessment_{n}") for n in ("first", "second", "interval"))
    assert watched["NETTER-2"][:3].tolist() == [first, second, second + then]
    assert set(np.diff(watched["NETTER-1"])) == {ledger.number("netter1.methods.imaging_interval")}
    with pytest.raises(DataError, match="no scans"):
        scan_schedule(ledger, netter1.model_copy(update={"scans": None}), 12)


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


def test_times_are_placed_after_the_scan_before_them(ledger, watched, netter1, netter2):
    times = schedules.printed_times(ledger, watched, (netter1, netter2)).set_index(["trial", "arm", "kind"])
    median = times.loc[("NETTER-1", "control", "point")]
    assert (median["months"], median["scan"]) == (8.4, 36)
    assert median["after"] == pytest.approx(8.4 * WEEKS_PER_MONTH - 36)
    assert median["chance"] == pytest.approx(schedules.NEAR / 12)
    assert times["after"].between(0, 12).all() and not times["months"].isna().any()
    near = schedules.near_scans(times)
    assert (near.near, near.times) == (int((times["after"] <= 1.3).sum()), len(times)) and 0 < near.expected < 2


def test_patients_under_another_schedule_are_seen_at_its_scans():
    """Found at week 12, a week late: it happened before week 12, so that week 16 finds it; the rest stays."""
    arm = np.array([0, 0, 0, 1])
    weeks = np.array([[13.0, 20.0, 13.0, 25.0]])
    found = PatientSets(weeks / WEEKS_PER_MONTH, np.array([[1, 1, 0, 1]]), arm)
    moved = schedules.under_schedule(found, np.array([12.0, 24.0, 36.0]), np.array([16.0, 24.0, 36.0]), seed=1)
    assert (moved.time * WEEKS_PER_MONTH).round(6)[0, :3].tolist() == [17.0, 20.0, 13.0]
    assert round(float(moved.time[0, 3] * WEEKS_PER_MONTH), 6) in (17.0, 25.0)  # between weeks 12 and 24
    same = schedules.under_schedule(found, np.array([12.0, 24.0, 36.0]), np.array([12.0, 24.0, 36.0]), seed=1)
    assert np.allclose(same.time, found.time)
    table = schedules.medians_exchanged(
        {"A": found, "B": found}, {"A": np.array([12.0, 24.0]), "B": np.array([16.0, 24.0])}, 0.95, 1
    )
    assert table[["trial", "kind"]].to_numpy().tolist() == [["A", 1], ["A", 0], ["B", 1], ["B", 0]]
