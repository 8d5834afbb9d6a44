"""Trial description files: the examples, the command, and every way to get one wrong."""

import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from test_cli import assert_refused, run

from netterbook import outcomes, papers
from netterbook.reconstruction import trial_file

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.yml"))
NETTER1 = ROOT / "examples/netter1-pfs.yml"
CURVE = ROOT / "examples/simulated-curve.yml"


@pytest.fixture
def described(tmp_path):
    """A file made of the example with one text replaced, and more lines."""

    def write(old="", new="", more=""):
        assert old in trial_file.EXAMPLE
        path = tmp_path / "trial.yml"
        path.write_text(trial_file.EXAMPLE.replace(old, new, 1) + more, encoding="utf-8")
        return path

    return write


# ---- Examples


@pytest.mark.parametrize("path", [*EXAMPLES, None], ids=lambda path: path.stem if path else "help")
def test_patients_of_every_example_meet_all_that_is_given(path, tmp_path, described):
    """As read back from the file, so that nothing is lost in writing."""
    path = path or described()
    draws = [] if path == CURVE else ["--draws", "8"]
    result = run("reconstruct", str(path), "--output", str(tmp_path), *draws)
    assert result.exit_code == 0, result.stderr
    trial = trial_file.read(path)
    patients = pd.read_csv(tmp_path / f"{path.stem}.ipd.csv", float_precision="round_trip")
    assert list(patients) == ["draw", "arm", "time", "event"]
    assert patients["draw"].nunique() == (8 if draws else 1)
    for _, draw in patients.groupby("draw"):
        time, event, arm = (draw[name].to_numpy() for name in ("time", "event", "arm"))
        for row in trial.at_risk.itertuples():
            assert ((arm == row.arm) & (time >= row.time)).sum() == row.n_risk
        for own in trial.arms:
            assert (event[arm == own.arm].sum(), (arm == own.arm).sum()) == (own.events, own.n)
        # Of the curve example the summaries are no input, yet a clean curve gives them all
        assert all(item.met(time, event, arm) for item in trial.printed)
    report = (tmp_path / f"{path.stem}.report.md").read_text(encoding="utf-8")
    assert "not the trial's patients" in report
    if draws:
        assert "8 of 8 draws asked for meet all that was given" in report
        rows = [line.strip("| ").split(" | ") for line in report.splitlines() if line.endswith(" of 8 |")]
        given = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)["summaries"]
        assert sorted(row[1] for row in rows) == sorted(text for key, text in given.items() if key != "landmark")
        assert {tuple(row[3:]) for row in rows} == {("given", "8 of 8")}
    else:
        assert "| hazard ratio | 0.30 | 0.2978 | estimated, not an input | 1 of 1 |" in report


def test_netter1_example_holds_the_printed_numbers(ledger):
    given = yaml.load(NETTER1.read_text(encoding="utf-8"), yaml.BaseLoader)
    figure = papers.table("netter1", "figure1a")
    assert given["at_risk"] == {
        "time": figure["time"].tolist(),
        "0": figure["control"].tolist(),
        "1": figure["lu"].tolist(),
    }
    assert [arm["n"] for arm in given["arms"]] == [given["at_risk"][arm][0] for arm in "01"]
    for arm, name in zip(given["arms"], ("control", "lu"), strict=True):
        assert arm["events"] == ledger[f"netter1.results.pfs_events_{name}"].printed
    printed = {"logrank_p": "pfs_p", "landmark": "pfs_timepoint", "hr": "pfs_hr", "median0": "pfs_median_control"}
    printed |= {"lm0": "pfs20_control", "lm1": "pfs20_lu"}
    expected = {"median1": "NR"}
    for key, claim in printed.items():
        for end, part in (("", "point"), ("_lo", "low"), ("_hi", "high")):
            if (found := ledger[f"netter1.results.{claim}"].parts.get(part)) is not None:
                percent = float(found.text.strip("%")) / 100 if key[:2] == "lm" else None
                expected[key + end] = found.text if percent is None else f"{percent:.3f}"
    assert given["summaries"] == expected | {"landmark": "20"}


@pytest.mark.parametrize("end_point", outcomes.END_POINTS)
def test_examples_of_the_trials_hold_what_the_ledger_holds(end_point, ledger):
    """Double entry, cell by cell: the examples were typed from the papers, the ledger's tables come from data/."""
    path = ROOT / "examples" / f"{end_point.replace('_', '-')}.yml"
    given = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    at_risk, arms, summaries = outcomes.END_POINTS[end_point].tables(ledger)
    assert set(given["at_risk"]) == {"time", "0", "1"}
    for arm, rows in at_risk.groupby("arm"):
        assert given["at_risk"]["time"] == [str(int(t)) for t in rows["time"]]
        assert given["at_risk"][str(arm)] == [str(n) for n in rows["n_risk"]]
    assert [(arm["arm"], arm["n"], arm["events"]) for arm in given["arms"]] == [
        tuple(map(str, row)) for row in arms[["arm", "n", "events"]].to_numpy()
    ]
    printed = {name: text.replace("·", ".").replace("NE", "NR") for name, text in summaries.items()}
    printed = {name: text.replace("not reached", "NR") for name, text in printed.items()}
    assert given["summaries"] == printed
    assert given["unit"] == "months"


@pytest.mark.parametrize("end_point", outcomes.END_POINTS)
def test_a_slip_in_any_cell_of_an_example_would_show(end_point, ledger, monkeypatch, tmp_path):
    """Each number of the file one higher in its last digit, one at a time, fails the test above."""
    path = ROOT / "examples" / f"{end_point.replace('_', '-')}.yml"
    head, body = path.read_text(encoding="utf-8").split("arms:\n")
    body, tail = body.split("draws:")
    places = [m for m in re.finditer(r"(?<=[ \[<\".0-9])\d(?=[\",\]}\n])", body)]
    assert len(places) > 30
    (tmp_path / "examples").mkdir()
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    for place in places[:: max(1, len(places) // 25)]:
        wrong = body[: place.start()] + str((int(place[0]) + 1) % 10) + body[place.end() :]
        (tmp_path / "examples" / path.name).write_text(f"{head}arms:\n{wrong}draws:{tail}", encoding="utf-8")
        with pytest.raises(AssertionError):
            test_examples_of_the_trials_hold_what_the_ledger_holds(end_point, ledger)


def test_short_example_is_part_of_the_long_one():
    short, long = (trial_file._Loader(text).get_single_data() for text in (trial_file.EXAMPLE, NETTER1.read_text()))
    assert short["arms"] == long["arms"]
    assert short["summaries"].items() <= long["summaries"].items()
    columns = [set(zip(*given["at_risk"].values(), strict=True)) for given in (short, long)]
    assert columns[0] < columns[1]


def test_simulated_example_is_what_its_comment_makes(tmp_path, monkeypatch):
    code = re.findall(r"^#     (.*)$", CURVE.read_text(encoding="utf-8"), re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    exec("\n".join(code), {})
    for path in tmp_path.iterdir():
        assert path.read_text() == (ROOT / "examples" / path.name).read_text()
    assert len(os.listdir(tmp_path)) == 2


def test_page_and_help_show_the_example_and_every_key():
    page = (ROOT / "reconstruct.md").read_text(encoding="utf-8")
    assert trial_file.EXAMPLE in page
    assert run("reconstruct", "--example").stdout == trial_file.EXAMPLE
    for model in (trial_file.Trial, trial_file.TrialArm, trial_file.Rate):
        assert all(f"`{key}`" in page for key in model.model_fields)
    shown = run("reconstruct", "--help").stdout
    for line in trial_file.EXAMPLE.splitlines():
        assert f"  {line}\n" in shown


# ---- Wrong files


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("title:", "titel:", "unknown key 'titel'; did you mean 'title'?"),
        ("events: 68", "evnts: 68", "arms, entry 1: unknown key 'evnts'; did you mean 'events'?"),
        ("  hr:", "  hrr:", "summaries: unknown key 'hrr'; did you mean 'hr'?"),
        ("unit: months\n", "", "unit is missing"),
        ("unit: months\n", "unit: months\nunit: weeks\n", "line 3, column 1: 'unit' is given twice"),
        ("[116, 76", "[116, 76]\n[", "expected"),
        ("<0.001", ">0.001", "in quotes"),
        ("n: 113", "n: 11x", "arms, entry 1, n is '11x'; it should be a valid integer"),
        ("n: 113", "n: 0", "arms, entry 1, n is '0'; it should be greater"),
        ("arm: 1", "arm: 0", "arm 0 twice"),
        ("4, 1, 0]", "4, 1]", "at_risk: 0 has 5 numbers for 6 times"),
        ("4, 1, 0]", "4, 9, 0]", "4 at risk at time 18, but 9 at 24"),
        ("[113, 47", "[113, x", "at_risk: 0 is 'x'; give a number"),
        ("hr: 0.21", "hr: [0.21]", "summaries, hr is ['0.21']"),
        ("hr: 0.21", "hr: 0.12", "hr_lo is 0.13, above hr, 0.12"),
        ("median1: NR", "lm1: 65.2%", "lm1 is given, but its time, landmark, is None; give it as a number"),
        ("median1: NR", "{lm1: 1}", "line 17, column 1"),
        ("unit:", "scans: [3, x]\nunit:", "scans, entry 2 is 'x'"),
        ("unit:", "draws: 0\nunit:", "draws is '0'"),
        ("unit:", "withhold: [hrr]\nunit:", "cannot withhold 'hrr', which is not given; did you mean 'hr'?"),
        ("unit:", "rates: [{arm: 1, time: 6, survival: 80%}]\nunit:", "give 0.8 for 80%"),
        ("unit:", "rates: [{arm: 1, time: 6, survival: 0.1}]\nunit:", "rate1 at 6 is 0.1"),
        ("unit:", "curve: none.csv\nunit:", "curve: cannot read none.csv: No such file"),
        ("unit:", "curve: trial.yml\nunit:", "curve: trial.yml has no column arm, time, survival"),
        ("unit:", "censor_marks: trial.yml\nunit:", "censor_marks: trial.yml has no column"),
        (trial_file.EXAMPLE, "", "holds no keys"),
        (trial_file.EXAMPLE, "- 1", "holds no keys"),
        (trial_file.EXAMPLE, "[" * 5000, "nested too deep"),
    ],
)
def test_a_wrong_file_is_named_in_one_line(described, old, new, words):
    path = described(old, new)
    result = run("reconstruct", str(path))
    assert_refused(result, f"netterbook: {path}: ", words)
    assert result.stderr.count("\n") == 1
    assert os.listdir(path.parent) == ["trial.yml"]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("arm,time,survival\n0,x,1\n", "curve.csv, line 2: time is 'x'; give a number"),
        ("arm,time,survival\n2,1,1\n", "curve.csv, line 2: arm is '2'; give 0 (reference) or 1"),
        ("arm,time,survival\n0,1,5,0,9\n", "curve.csv, line 2 has more cells than the first"),
        ("arm,time,survival\n0,1\n", "curve.csv, line 2: survival is None; give a number"),
        ("arm;time;survival\n0;1;1\n", "curve.csv has no column arm, time, survival"),
        ("arm,time,survival\n0,1,90\n1,1,95\n", "give fractions from 0 to 1, not percent"),
    ],
)
def test_a_wrong_table_is_named_with_its_line(described, table, words):
    path = described(more="curve: curve.csv\n")
    (path.parent / "curve.csv").write_text(table)
    assert_refused(run("reconstruct", str(path)), f"netterbook: {path}: ", words)


@pytest.mark.parametrize("options", [["--draws", "8"], ["--seed", "2"], ["--withhold", "hr"]])
def test_options_of_summaries_are_refused_with_a_curve(options, tmp_path):
    result = run("reconstruct", str(CURVE), "--output", str(tmp_path), *options)
    assert_refused(result, f"{options[0][2:]} goes with summaries alone")


def test_conflicting_numbers_write_nothing(described):
    path = described("hr: 0.21", "hr: 0.14", "draws: 2\n")
    assert_refused(run("reconstruct", str(path)), f"netterbook: {path}: no patients meet all that is given", "hr")
    assert os.listdir(path.parent) == ["trial.yml"]


def test_a_missing_file_and_none_are_refused(tmp_path):
    assert_refused(run("reconstruct", str(tmp_path / "no.yml")), "cannot read", "no.yml: No such file or directory")
    assert_refused(run("reconstruct", str(tmp_path)), "cannot read", "Is a directory")
    assert_refused(run("reconstruct"), "name a trial description; --example prints one")


# ---- Output


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


def test_existing_output_is_kept_without_force(tmp_path):
    (tmp_path / "simulated-curve.report.md").write_text("old")
    arguments = ["reconstruct", str(CURVE), "--output", str(tmp_path)]
    assert_refused(run(*arguments), "simulated-curve.report.md exists; --force overwrites it")
    assert os.listdir(tmp_path) == ["simulated-curve.report.md"]
    assert run(*arguments, "--force").exit_code == 0
    assert (tmp_path / "simulated-curve.report.md").read_text(encoding="utf-8").startswith("# Simulated trial")


def test_a_missing_folder_is_refused(tmp_path):
    assert_refused(run("reconstruct", str(CURVE), "--output", str(tmp_path / "no")), "no such folder")


@pytest.mark.parametrize("before", [{}, {"a.csv": "old a", "b.md": "old b"}])
def test_both_files_are_written_or_none(before, tmp_path, monkeypatch):
    for name, text in before.items():
        (tmp_path / name).write_text(text)
    write = trial_file.write_whole

    def full(path, text):
        if path.name == "b.md":
            raise OSError(28, "No space left on device")
        write(path, text)

    monkeypatch.setattr(trial_file, "write_whole", full)
    with pytest.raises(OSError, match="No space left"):
        trial_file.save({tmp_path / "a.csv": "new a", tmp_path / "b.md": "new b"})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


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
    found = trial_file.read(path)
    patients = found.reconstruct()
    assert np.unique(patients.arm).tolist() == [0]
    report = trial_file.report(found, patients)
    assert "hazard ratio" not in report
    assert "| median, control | 6.3 | 6.26 | estimated, not an input | 1 of 1 |" in report
