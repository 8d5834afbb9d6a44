"""Patients of a trial description beside what was given, and the report on them."""

import os
import re
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_cli import assert_refused, run
from typer.testing import CliRunner

from netterbook.cli import app
from netterbook.reconstruction import Reconstruction, summaries, trial_file
from netterbook.reconstruction import report as reports
from netterbook.reconstruction.checks import check_totals
from netterbook.reconstruction.comparison import compare_counts, compare_summaries

pytestmark = pytest.mark.usefixtures("short_chains")

ROOT = Path(__file__).parents[2]
CURVE = ROOT / "examples/simulated-curve.yml"

# ---- Patients that miss what was given


def written(path):
    return pd.read_csv(path.parent / "trial.ipd.csv"), (path.parent / "trial.report.md").read_text(encoding="utf-8")


def test_a_curve_ends_just_before_a_time_when_nobody_is_at_risk(described):
    path = described("68}", "68, tmax: 30}", "draws: 4\n")
    result = run("reconstruct", str(path))
    assert result.exit_code == 0, result.stderr
    patients, report = written(path)
    last = patients[patients.arm == 0].groupby("draw").time.max()
    assert np.all((last < 30) & (last > 29.9))
    assert "4 of 4 draws asked for meet all that was given" in report
    assert "Nobody is at risk in arm 0 at its tmax 30: the last patient leaves just before, at 29.97." in report


def test_conflicting_numbers_write_nothing(described):
    path = described("hr: 0.21", "hr: 0.14", "draws: 2\n")
    assert_refused(run("reconstruct", str(path)), f"netterbook: {path}: no patients meet all that is given", "hr")
    assert os.listdir(path.parent) == ["trial.yml"]


def test_the_nearest_patients_are_written_if_asked_for(described):
    path = described("hr: 0.21", "hr: 0.14", "draws: 2\n")
    result = run("reconstruct", str(path), "--keep-nearest")
    assert result.exit_code == 3
    assert "1 draw(s) written" in result.stderr
    assert "netterbook: these patients miss what was given: hazard ratio: 0.14 given, 0.1" in result.stderr
    patients, report = written(path)
    assert report.startswith("**These patients miss what was given**: hazard ratio: 0.14 given, 0.1")
    assert "0 of 2 draws asked for meet all that was given" in report and "No patients meet all" in report
    assert (patients.draw == 1).all()
    time, event, arm = (patients[name].to_numpy() for name in ("time", "event", "arm"))
    missed = [item.name for item in trial_file.read(path).inputs if not item.met(time, event, arm)]
    assert "hr" in missed and report.splitlines()[0].count(" given, ") == len(missed)


def test_keep_nearest_changes_nothing_where_all_is_met(described):
    path = described(more="draws: 2\n")
    assert run("reconstruct", str(path)).exit_code == 0
    files = [(path.parent / name).read_bytes() for name in ("trial.ipd.csv", "trial.report.md")]
    assert run("reconstruct", str(path), "--keep-nearest", "--force").exit_code == 0
    assert files == [(path.parent / name).read_bytes() for name in ("trial.ipd.csv", "trial.report.md")]


def test_a_contradiction_seen_before_any_patients_are_made_is_refused_all_the_same(described):
    path = described("68}", "68, tmax: 36}")
    assert_refused(run("reconstruct", str(path), "--keep-nearest"), "0 at risk at time 30", "tmax 36")
    assert os.listdir(path.parent) == ["trial.yml"]


def curve_trial(folder, old="", new=""):
    for name in ("simulated-curve.csv", "simulated-at-risk.csv"):
        shutil.copy(ROOT / "examples" / name, folder)
    path = folder / "trial.yml"
    path.write_text(CURVE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return path


def test_a_curve_that_goes_on_after_its_last_patient_is_refused(tmp_path):
    """Nobody of arm 1 is at risk at 30, when the curve is above 0."""
    path = curve_trial(tmp_path, "tmax: 27.78", "tmax: 36")
    before = sorted(os.listdir(tmp_path))
    assert_refused(run("reconstruct", str(path)), "the patients miss what was given: end of the curve, treatment: 36")
    assert sorted(os.listdir(tmp_path)) == before
    result = run("reconstruct", str(path), "--keep-nearest")
    assert result.exit_code == 3
    first = written(path)[1].splitlines()[0]
    assert first.startswith("**These patients miss what was given**: end of the curve, treatment: 36 given, 2")


@pytest.mark.parametrize("tmax", ["", ", tmax: 22.77", ", tmax: 22.8", ", tmax: 24", ", tmax: 30"])
def test_a_curve_may_lie_on_zero_to_its_end(tmp_path, tmax):
    path = curve_trial(tmp_path, ", tmax: 22.77", tmax)
    result = run("reconstruct", str(path))
    assert result.exit_code == 0, result.stderr


def shifted(found):
    """The last patient of arm 0 leaves later, and another has an event."""
    time, event = found.time.copy(), found.event.copy()
    own = np.flatnonzero(found.arm == 0)
    time[-1, own[np.argmax(time[-1, own])]] += 10
    event[-1, own[0]] = 1 - event[-1, own[0]]
    return Reconstruction(time, event, found.arm, found.given, found.tried)


@pytest.mark.parametrize("route", ["from_summaries", "from_curve"])
def test_no_way_of_reconstruction_is_trusted(route, described, monkeypatch, tmp_path):
    """Whatever it hands over is tested against the description."""
    path = described(more="draws: 3\n") if route == "from_summaries" else curve_trial(tmp_path)
    before = sorted(os.listdir(path.parent))
    real = getattr(trial_file, route)
    monkeypatch.setattr(trial_file, route, lambda *given, **options: shifted(real(*given, **options)))
    sets = " in 1 of 3 sets" if route == "from_summaries" else ""
    result = run("reconstruct", str(path))
    assert_refused(result, "the patients miss what was given: at risk at ", "events, control: ")
    assert f"at risk at 30, control: 0 given, 1 of the patients{sets}" in result.stderr
    assert sorted(os.listdir(path.parent)) == before
    result = run("reconstruct", str(path), "--keep-nearest")
    assert result.exit_code == 3
    report = written(path)[1]
    first = report.splitlines()[0]
    assert first.startswith("**These patients miss what was given**: at risk at ")
    assert f"at risk at 30, control: 0 given, 1 of the patients{sets}" in first
    kept = "2 of 3 draws asked for meet all" if sets else "One set of patients; it does not meet"
    assert kept in report


TWO_ARMS = """\
title: Small
unit: months
arms:
  - {arm: 0, name: control, n: 4, events: 2, tmax: 9}
  - {arm: 1, name: lu, n: 4, events: 1}
at_risk: {time: [0, 5], 0: [4, 2], 1: [4, 3]}
summaries: {median0: 4}
draws: 5
"""
SMALL = [1, 4, 6, 9, 2, 6, 7, 8], [1, 1, 0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("change", "missed"),
    [
        ({}, []),
        ({1: (5.5, 1)}, ["at risk at 5, control", "median, control"]),
        ({7: (8, 1)}, ["events, lu"]),
        ({3: (8.5, 0)}, ["end of the curve, control"]),
        ({1: (3, 1)}, ["median, control"]),
    ],
)
def test_the_report_counts_the_sets_that_meet_all(change, missed, tmp_path):
    """Of three sets the first and the last meet all; the second is changed in one patient."""
    (tmp_path / "trial.yml").write_text(TWO_ARMS)
    trial = trial_file.read(tmp_path / "trial.yml")
    time, event = np.tile(SMALL[0], (3, 1)).astype(float), np.tile(SMALL[1], (3, 1))
    for patient, (t, e) in change.items():
        time[1, patient], event[1, patient] = t, e
    found = Reconstruction(time, event, np.repeat([0, 1], 4), ("at_risk",), 7)
    counts, summaries = compare_counts(trial, found), compare_summaries(trial, found)
    assert [row.label for row in [*counts, *summaries] if row.given and not row.alike.all()] == missed
    report = reports.report(trial, found, counts, summaries, "")
    assert f"{2 if missed else 3} of 5 draws asked for meet all that was given; 7 tried." in report
    assert f"| given | {2 if 'median, control' in missed else 3} of 3 |" in report


HALF = """\
title: x
unit: months
arms: [{arm: 0, name: a, n: 10, events: 10}, {arm: 1, name: b, n: 10, events: 10}]
summaries: {median0: 5.0}
draws: 4
"""


def test_a_median_is_the_middle_of_a_step_at_one_half(tmp_path):
    """Of ten, five have the event before 5.5, the others after 8.5: 5.0 is the middle of a step from 1.5 on at most."""
    path = tmp_path / "trial.yml"
    path.write_text(HALF + "at_risk: {time: [0, 5.5, 8.5, 24], 0: [10, 5, 5, 0], 1: [10, 8, 5, 0]}\n")
    result = run("reconstruct", str(path))
    assert result.exit_code == 0, result.stderr
    report = written(path)[1]
    assert "4 of 4 draws asked for meet all" in report and "| given | 4 of 4 |" in report


def test_a_median_that_only_the_first_time_at_one_half_explains_is_refused_with_that_reason(tmp_path):
    """As before, but the fifth event comes after 4.6, so that 5.0 can be the step's first time, not its middle."""
    path = tmp_path / "trial.yml"
    path.write_text(HALF + "at_risk: {time: [0, 4.6, 5.5, 8.5, 24], 0: [10, 6, 5, 5, 0], 1: [10, 9, 8, 5, 0]}\n")
    result = run("reconstruct", str(path))
    assert_refused(result, "median0", "their curve lies on 0.5 from ", "if its first time was printed, withhold it")
    first, last = map(float, re.search(r"on 0.5 from ([\d.]+) to ([\d.]+), ", result.stderr).groups())
    assert 4.6 <= first < 5.5 and last >= 8.5
    assert run("reconstruct", str(path), "--withhold", "median0").exit_code == 0


@pytest.mark.parametrize(
    ("median", "at_risk"),
    [("8.6", "0: [10, 3, 0, 0]"), ("5.0", "0: [10, 9, 8, 0]")],
)
def test_another_median_that_cannot_be_is_refused_without_that_reason(median, at_risk, tmp_path):
    """Nobody is left by then; or more than half are at risk long after it."""
    path = tmp_path / "trial.yml"
    more = f"at_risk: {{time: [0, 4.6, 8.5, 24], {at_risk}, 1: [10, 9, 8, 0]}}\n"
    path.write_text(HALF.replace("5.0", median) + more)
    result = run("reconstruct", str(path))
    assert_refused(result, "median0")
    assert "first time" not in result.stderr


# ---- Convergence and scans


TABLE = pd.DataFrame(
    {
        "quantity": ["hr", "logrank_z", "median1", "survival0", "rmst1"], "time": [np.nan, np.nan, np.nan, 5, 6],
        "r_hat": [1.004, 1.0, 1.0, 1.0234, 1.001], "bulk": [410.4, 500, 450, 212.3, 600],
        "tail": [405, 501, 411, 301, 700],
        "error": [0.00123, 0.02, np.nan, 0.004, 0.05], "draws": 1000, "converged": [True, True, True, False, True],
    }
)  # fmt: skip


def small(tmp_path, more="", **found):
    """Three times the same small trial, with more of how it was made."""
    (tmp_path / "trial.yml").write_text(TWO_ARMS.replace("draws: 5\n", "") + more)
    trial = trial_file.read(tmp_path / "trial.yml")
    time, event = np.tile(SMALL[0], (3, 1)).astype(float), np.tile(SMALL[1], (3, 1))
    found = Reconstruction(time, event, np.repeat([0, 1], 4), ("at_risk",), 7, **found)
    return reports.report(trial, found, compare_counts(trial, found), compare_summaries(trial, found), "")


def test_convergence_stands_in_the_report_and_first_where_it_falls_short(tmp_path):
    report = small(tmp_path, convergence=TABLE, notes=("The chains have not converged: 1.023.", "Another note."))
    assert report.startswith("**The chains have not converged: 1.023.**\n\n# Small: reconstructed patients")
    assert report.count("1.023.") == 1 and "\nAnother note.\n" in report
    for said in (
        "The chains made 1000 draws, of which the first 3 are these. They have not converged: ",
        "R-hat of 1.01 at most and 160 effective draws",
        "| hazard ratio | 1.004 | 410 | 405 | 0.0012 |",
        "| median, lu | 1.000 | 450 | 411 |  |",
        "| survival at 5, control | 1.023 | 212 | 301 | 0.004 |",
        "| restricted mean to 6, lu | 1.001 | 600 | 700 | 0.05 |",
    ):
        assert said in report, said


def test_what_has_converged_is_no_warning(tmp_path):
    report = small(tmp_path, "draws: 500\n", convergence=TABLE.drop(index=3), notes=("A note.",))
    assert report.startswith("# Small: reconstructed patients") and "\nA note.\n" in report
    assert "They have converged: " in report and "and 400 effective draws" in report
    assert "## Scans" not in report


def test_a_few_draws_are_not_looked_at_for_convergence(tmp_path):
    report = small(tmp_path)
    assert "## Convergence\n\nNot looked at, as fewer than 100 draws were asked for.\n" in report


def test_the_shares_at_scans_are_those_of_the_draws(tmp_path):
    """Of events 10, 50 and 90%, of censorings the same share in all sets, with spreads of their own."""
    visits = np.array([[[0.9, 0.5], [0.25, 2]], [[0.1, 0.3], [0.25, 2]], [[0.5, 0.4], [0.25, 4]]])
    report = small(tmp_path, visits=visits)
    assert "| events | 50% (14 to 86) | 0.4 (0.31 to 0.49) |" in report
    assert "| censorings | 25% (25 to 25) | 2 (2 to 3.8) |" in report


def test_a_run_whose_chains_fall_short_says_so_first(described):
    """Of one hundred draws the tails are never worth eighty independent ones by chance of all quantities at once."""
    path = described(more="draws: 100\nbudget: 1\n")
    result = run("reconstruct", str(path))
    assert result.exit_code == 0, result.stderr
    first = written(path)[1].splitlines()[0]
    assert re.fullmatch(
        r"\*\*The chains have not converged in 100 draws: R-hat of .* is \d\.\d+, effective draws are \d+; raise "
        r"the budget\.\*\*", first.replace("\\", ""),
    )  # fmt: skip
    assert f"netterbook: {first.strip('*')}".replace("\\", "") in result.stderr
    report = written(path)[1]
    assert "The chains made 100 draws, of which the first 100 are these. They have not converged" in report
    assert "| log-rank z | " in report and "| survival at 12, 177Lu-DOTATATE | " in report


# ---- Output


def test_the_report_holds_the_sum_of_the_patients_file(described):
    path = described(more="draws: 2\n")
    assert run("reconstruct", str(path)).exit_code == 0
    said = sha256((path.parent / "trial.ipd.csv").read_bytes()).hexdigest()
    assert written(path)[1].splitlines()[-1] == f"This report tells of the file whose SHA-256 is `{said}`, of no other."


def test_words_of_the_description_are_no_markup(described, tmp_path):
    """New lines, bars of tables, Markdown, HTML and control characters, as they come out of a Markdown processor."""
    markdown = pytest.importorskip("markdown_it").MarkdownIt().enable("table")
    title = "# *T* <script>alert(1)</script> [x](http://y) | `z` &amp; \\ $a_b$ "
    path = described("title: NETTER-1, progression-free survival", 'title: "TITLE\\n\\n# more\\e[31m"', "draws: 2\n")
    text = path.read_text().replace("TITLE", title.replace("\\", "\\\\"))
    text = text.replace("name: control", f"name: '{title}'").replace("unit: months", "unit: '| <b>months</b>\n\n  '")
    path.write_text(text)
    result = run("reconstruct", str(path))
    assert result.exit_code == 0, result.stderr
    report = written(path)[1]
    tokens = markdown.parse(report)
    inline = [token for token in tokens if token.type == "inline"]
    assert [token.type for token in tokens].count("heading_open") == 5
    assert not [t for t in tokens if t.type == "html_block"]
    kinds = {child.type for token in inline for child in token.children}
    assert kinds == {"text", "softbreak", "strong_open", "strong_close", "code_inline"}
    shown = ["".join(child.content for child in token.children) for token in inline]
    assert f"{title.strip()} # more [31m: reconstructed patients" in shown
    assert f"median, {title.strip()}" in shown and f"at risk, {title.strip()}" in shown
    assert "| <b>months</b> from randomisation to event or censoring" in shown
    rows = [line for line in report.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {3, 4, 6}


def test_output_has_the_modes_that_are_asked_for(described):
    path = described(more="draws: 1\n")
    before = os.umask(0o077)
    try:
        assert run("reconstruct", str(path)).exit_code == 0
        files = [path.parent / name for name in ("trial.ipd.csv", "trial.report.md")]
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
        files[0].chmod(0o640)
        assert run("reconstruct", str(path), "--force").exit_code == 0
        assert [file.stat().st_mode & 0o777 for file in files] == [0o640, 0o600]
    finally:
        os.umask(before)


def test_a_terminal_shows_how_many_draws_are_found(described):
    path = described(more="draws: 8\n")
    arguments = ["reconstruct", str(path)]
    result = CliRunner(env={"FORCE_COLOR": "1", "COLUMNS": "100"}).invoke(app, arguments)
    assert result.exit_code == 0, result.stderr
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", result.stderr)
    assert "Reconstructing patients" in plain and re.search(r" [0-8]/8 ", plain) and "-:--:--" in plain
    assert "Reconstructing" not in run(*arguments, "--force").stderr


def test_help_says_what_each_exit_status_means():
    said = " ".join(run("reconstruct", "--help").stdout.split())
    assert "Exit status: 0 where the patients written meet all" in said
    assert "3 where patients were written that miss something, as --keep-nearest allows" in said


def test_withheld_is_estimated_and_options_override_the_file(described):
    path = described(more="rates: [{arm: 1, time: 6, survival: 0.83}]\nwithhold: [rate1 at 6]\ndraws: 500\n")
    result = run("reconstruct", str(path), "--draws", "2", "--seed", "5", "--withhold", "hr", "--withhold", "hr_lo")
    assert result.exit_code == 0, result.stderr
    report = (path.parent / "trial.report.md").read_text(encoding="utf-8")
    source = {row.split(" | ")[0]: row.split(" | ")[3] for row in report.splitlines() if row.count(" | ") == 4}
    assert source["| hazard ratio"] == source["| hazard ratio, lower limit"] == "estimated, not an input"
    assert source["| survival at 6, 177Lu-DOTATATE"] == "estimated, not an input"
    assert source["| hazard ratio, upper limit"] == source["| log-rank P"] == "given"
    assert "2 of 2 draws" in report
    assert "seed 5" in report
    again = (path.parent / "trial.ipd.csv").read_bytes()
    options = ["--draws", "2", "--seed", "5", "--withhold", "hr", "--withhold", "hr_lo", "--jobs", "1", "--force"]
    assert run("reconstruct", str(path), *options).exit_code == 0
    assert (path.parent / "trial.ipd.csv").read_bytes() == again
    assert (path.parent / "trial.report.md").read_text(encoding="utf-8") == report


FULL = """\
title: Leukaemia
unit: weeks
arms:
  - {arm: 0, name: placebo, n: 21, events: 21}
  - {arm: 1, name: 6-MP, n: 21, events: 9}
at_risk:
  time: [0, 5, 10, 15, 20, 25]
  0: [21, 14, 8, 4, 2, 0]
  1: [21, 21, 15, 11, 8, 5]
  events1: [0, 0, 4, 6, "", ""]
quantities:
  - {quantity: rmst, arm: 1, time: 18, value: 15, low: 13, high: 17, level: 0.9}
  - {quantity: followup, arm: 1, value: 25}
scans: every 2 months after week 4
time_step: 1
enrolment: {first: 1959-04-01, last: 1960-03-01, cutoff: 1960-04-01}
strata:
  - {factor: remission, level: complete, arm: 0, n: 11, events: 11}
  - {factor: remission, level: partial, arm: 0, n: 10, events: 10}
  - {factor: remission, level: complete, arm: 1, n: 11, events: 4}
  - {factor: remission, level: partial, arm: 1, n: 10, events: 5}
prior_scale: 1.5
draws: 4
"""


def test_all_that_a_file_may_hold(tmp_path):
    path = tmp_path / "trial.yml"
    path.write_text(FULL)
    result = run("reconstruct", str(path))
    assert result.exit_code == 0, result.stderr
    trial = trial_file.read(path)
    assert trial.scans == pytest.approx([4 + 365.25 / 42 * k for k in range(4)])
    assert trial.follow_up == pytest.approx((31 / 7, 366 / 7))
    patients, report = written(path)
    assert np.all(patients.time % 1 == 0)
    for _, draw in patients.groupby("draw"):
        time, event, arm = (draw[name].to_numpy() for name in ("time", "event", "arm"))
        assert all(item.met(time, event, arm) for item in trial.printed)
        assert [np.sum((arm == 1) & (time < at) & (event == 1)) for at in (5, 10, 15)] == [0, 4, 6]
    for said in (
        "| restricted mean to 18, 6-MP, upper limit (0.9 level) | 17 |",
        "| follow-up, 0.5 quantile by reverse Kaplan–Meier, 6-MP | 25 | ",
        "| events before 10, 6-MP | 4 | 4 | given | 4 of 4 |",
        "| hazard ratio, stratified by remission |",
        "Times are recorded in steps of 1.",
        "Prior standard deviations of the log hazards are 1.5 times the usual ones.",
        "A patient can have been followed for 4.429 at least and 52.29 at most.",
        "Share of events and of censorings dated at a scan, and the spread",
    ):
        assert said in report, said
    ratios = pd.read_csv(tmp_path / "trial.stratified.csv")
    assert list(ratios) == ["draw", "hr", "stratified_hr"] and ratios.draw.tolist() == [1, 2, 3, 4]
    assert np.all(ratios.hr != ratios.stratified_hr) and np.all(abs(np.log(ratios.hr / ratios.stratified_hr)) < 0.5)


def test_an_end_that_is_not_printed_lies_on_the_steps(tmp_path):
    """A median follow-up of 25 weeks, up to 25.5, and five weeks to the next column make 30.5 of whole weeks."""
    path = tmp_path / "trial.yml"
    path.write_text(FULL)
    trial = trial_file.read(path)
    totals = check_totals(trial.at_risk, trial.arm_table)[1]._replace(arm="1")
    assert summaries._end(totals, trial.printed, trial.time_step) % 1 == 0


def test_existing_output_is_kept_without_force(tmp_path):
    (tmp_path / "simulated-curve.report.md").write_text("old")
    arguments = ["reconstruct", str(CURVE), "--output", str(tmp_path)]
    assert_refused(run(*arguments), "simulated-curve.report.md exists; --force overwrites it")
    assert os.listdir(tmp_path) == ["simulated-curve.report.md"]
    assert run(*arguments, "--force").exit_code == 0
    assert (tmp_path / "simulated-curve.report.md").read_text(encoding="utf-8").startswith("# Simulated trial")


def test_a_missing_folder_is_made(tmp_path):
    assert run("reconstruct", str(CURVE), "--output", str(tmp_path / "no")).exit_code == 0
    assert len(os.listdir(tmp_path / "no")) == 2


def test_a_failed_write_is_said(tmp_path, monkeypatch):
    (tmp_path / "simulated-curve.report.md").mkdir()
    result = run("reconstruct", str(CURVE), "--output", str(tmp_path), "--force")
    assert_refused(result, "cannot write", "Is a directory")
    assert os.listdir(tmp_path) == ["simulated-curve.report.md"]


def test_one_arm_with_a_curve_has_no_hazard_ratio(tmp_path):
    table = pd.read_csv(ROOT / "examples/simulated-curve.csv")
    table[table.arm == 0].to_csv(tmp_path / "one.csv", index=False)
    path = tmp_path / "one.yml"
    path.write_text(
        "title: One | arm\nunit: months\narms: [{arm: 0, name: control, n: 60, events: }]\n"
        "curve: one.csv\nat_risk: {time: [0, 6, 12], 0: [60, 32, 11]}\nsummaries: {median0: 6.3, hr: }\n"
    )
    trial = trial_file.read(path)
    assert np.unique(trial.reconstruct().arm).tolist() == [0]
    report = reports.make(trial).report
    assert "hazard ratio" not in report
    assert "| median, control | 6.3 | 6.26 | estimated, not an input | 1 of 1 |" in report


def test_a_misprinted_number_at_risk_is_reported_and_no_fault(tmp_path):
    rng = np.random.default_rng(5)
    time, event = np.sort(rng.exponential(12, 80).clip(0, 30)), rng.random(80) < 0.8
    event &= time < 30
    left = 80 - np.arange(80)
    height = np.cumprod(np.where(event, 1 - 1 / left, 1))[event]
    pd.DataFrame({"arm": 0, "time": time[event], "survival": height.round(8)}).to_csv(tmp_path / "c.csv", index=False)
    right = [int((time >= t).sum()) for t in (0, 6, 12, 18, 24)]
    found = []
    for column in (1, 2, 3):
        for by in (-1, 1):
            printed = [own + by * (i == column) for i, own in enumerate(right)]
            path = tmp_path / "trial.yml"
            path.write_text(
                "title: t\nunit: months\ncurve: c.csv\narms:\n  - {arm: 0, name: A, n: 80, tmax: 30}\n"
                f"at_risk: {{time: [0, 6, 12, 18, 24], 0: {printed}}}\n"
            )
            made = reports.make(trial_file.read(path))
            assert not made.missed
            said = f"{printed[column]} at risk at time {6 * column} is taken for a misprint of {right[column]}"
            found.append(said in made.report)
            assert ("but for 1 taken for a misprint" in made.report) == found[-1]
    assert sum(found) >= 2


def test_without_numbers_at_risk_there_is_a_report_too(tmp_path):
    """No quantity of such a trial has a time."""
    path = tmp_path / "trial.yml"
    path.write_text(
        "title: x\nunit: months\narms: [{arm: 0, name: A, n: 20, events: 12, tmax: 20}, "
        "{arm: 1, name: B, n: 20, events: 9, tmax: 20}]\nsummaries: {hr: 0.6, median0: 9.1}\ndraws: 200\n"
    )
    result = run("reconstruct", str(path))
    assert result.exit_code == 0, result.stderr
    said = (tmp_path / "trial.report.md").read_text(encoding="utf-8")
    assert "## Convergence" in said and "hazard ratio" in said
