"""Trial description files: the examples, the command, and every way to get one wrong."""

import os
import re
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from test_cli import assert_refused, run
from typer.testing import CliRunner

from netterbook import papers
from netterbook.audit.given import inputs
from netterbook.cli import app
from netterbook.errors import DataError
from netterbook.reconstruction import Reconstruction, trial_file

ROOT = Path(__file__).parents[2]
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


@pytest.mark.parametrize("name", ["netter1-pfs", "netter1-os", "netter2-pfs"])
def test_examples_of_the_trials_hold_what_the_ledger_holds(name, ledger, known):
    """Double entry, cell by cell: the examples were typed from the papers, the ledger's tables come from data/."""
    path = ROOT / "examples" / f"{name}.yml"
    given = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    trial, end_point = name.split("-")
    at_risk, arms, summaries = inputs(known[trial], end_point).unstratified().tables(ledger)
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


@pytest.mark.parametrize("name", ["netter1-pfs", "netter1-os", "netter2-pfs"])
def test_a_slip_in_any_cell_of_an_example_would_show(name, ledger, known, monkeypatch, tmp_path):
    """Each number of the file one higher in its last digit, one at a time, fails the test above."""
    path = ROOT / "examples" / f"{name}.yml"
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
            test_examples_of_the_trials_hold_what_the_ledger_holds(name, ledger, known)


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
    for model in (trial_file.TrialDescription, trial_file.TrialArm, trial_file.Rate):
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
        ("unit:", "scans: [1e-300, 3]\nunit:", "scans, entry 1 is '1e-300'; it should be greater"),
        ("68}", "68, tmax: 5e-324}", "arms, entry 1, tmax is '5e-324'; it should be greater than or equal to 0.00"),
        ("68}", "68, tmax: nan}", "arms, entry 1, tmax is 'nan'; it should be"),
        ("68}", f"{9**400}}}", "arms, entry 1, events is"),
        ("time: [0, 6", "time: [0, 5e-324", "at_risk: time is '5e-324'; give 0 or at least 1e-09"),
        ("  median1: NR", "  landmark: 5e-324\n  lm1: 0.65", "summaries: landmark is '5e-324'; give 0 or at least"),
        ("hr: 0.21", f"hr: {'9' * 400}", "999'; it should have at most 30 characters"),
        ("hr: 0.21", f"hr: 0.{'0' * 400}1", "001'; it should have at most 30 characters"),
        ("unit:", f"rates: [{{arm: 1, time: 6, survival: {'9' * 400}}}]\nunit:", "rates, entry 1, survival is '999"),
        ("unit:", f"{'k' * 1000}: 1\nunit:", "unknown key 'kkk"),
        ("unit:", f"withhold: [{'k' * 1000}]\nunit:", "cannot withhold 'kkk"),
        ("[113, 47", f"[113, {'k' * 1000}", "at_risk: 0 is 'kkk"),
        ("[113, 47, 17, 4, 1, 0]", f"{{{'k' * 1000}: 1}}", "at_risk: 0 is {'kkk"),
        (
            "title: NETTER",
            'title: "\\ud800"\n#',
            "line 1, column 8: '\\ud800' is no character; write the character itself",
        ),
        ("name: control", 'name: "a\\udfffb"', "line 4, column 20: '\\udfff' is no character"),
        ("name: control", 'name: "a\\0b"', "'\\x00' is no character"),
        ("unit:", 'curve: "caf\\udce9.csv"\nunit:', "'\\udce9' is no character"),
        (
            "title: NETTER",
            "title: *bold*\n#",
            "found '*'; put a value that begins with a sign, as >, in quotes",
        ),
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
    assert result.stderr.count("\n") == 1 and len(result.stderr) < 500 + len(str(path))
    assert os.listdir(path.parent) == ["trial.yml"]


def bomb(depth=9):
    """A line of YAML that stands for 9 ** depth words."""
    lists = ["&a0 [x, x, x, x, x, x, x, x, x]"]
    for level in range(1, depth):
        lists.append(f"&a{level} [{lists[-1]}, {', '.join([f'*a{level - 1}'] * 8)}]")
    return lists[-1]


@pytest.mark.parametrize(
    "old", ["NETTER-1, progression-free survival", "[0, 6, 12, 18, 24, 30]", "[113, 47, 17, 4, 1, 0]", "113,", "0.21"]
)
def test_a_line_that_stands_for_millions_is_refused(described, old):
    path = described(old, bomb() + "," * (old[-1] == ","))
    assert_refused(run("reconstruct", str(path)), f"netterbook: {path}: line ", "'*a0' is an alias")


def test_a_list_that_holds_itself_is_refused(described):
    assert_refused(run("reconstruct", str(described("NETTER-1, progression-free survival", "&a [*a ]"))), "is an alias")


@pytest.mark.parametrize("key", ["curve", "at_risk", "censor_marks"])
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("/dev/zero", "Not a regular file"),
        ("pipe", "Not a regular file"),
        ("folder", "Is a directory"),
        ("large.csv", "Larger than 20 MB"),
        ("x" * 300, "File name too long"),
        ("none.csv", "No such file or directory"),
    ],
)
def test_a_table_that_cannot_be_read_whole_is_refused(key, name, why, tmp_path):
    shutil.copy(ROOT / "examples/simulated-curve.csv", tmp_path / "curve.csv")
    given = {"curve": "curve.csv", "at_risk": "{time: [0], 0: [60]}"} | {key: name}
    path = tmp_path / "trial.yml"
    path.write_text(
        "title: x\nunit: months\narms: [{arm: 0, name: control, n: 60}, {arm: 1, name: lu, n: 60}]\n"
        + "".join(f"{key}: {value}\n" for key, value in given.items())
    )
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with (tmp_path / "large.csv").open("wb") as file:
        file.truncate(10**11)
    assert_refused(run("reconstruct", str(path)), f"netterbook: {path}: {key}: cannot read {name}: {why}\n")


def test_a_description_that_cannot_be_read_whole_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large.yml").open("wb") as file:
        file.truncate(10**11)
    for path, why in (
        (tmp_path / "pipe", "Not a regular file"),
        (tmp_path / "large.yml", "Larger than 0.1 MB"),
        ("/dev/zero", "Not a regular file"),
        (tmp_path / ("x" * 300), "File name too long"),
    ):
        assert_refused(run("reconstruct", str(path)), f"netterbook: cannot read {path}: {why}\n")


def test_names_that_are_not_utf_8(described):
    """They may well be on a disk: such a description is read, a path inside it is no text."""
    path = described().rename(described().parent / os.fsdecode(b"caf\xe9.yml"))
    result = run("reconstruct", str(path), "--draws", "1")
    assert result.exit_code == 0, result.stderr
    assert sorted(map(os.fsencode, os.listdir(path.parent))) == [
        b"caf\xe9.ipd.csv", b"caf\xe9.report.md", b"caf\xe9.yml"
    ]  # fmt: skip
    assert_refused(run("reconstruct", os.fsdecode(b"caf\xe9.no")), "cannot read caf\\udce9.no: No such file")
    path.write_bytes(path.read_bytes() + b"curve: caf\xe9.csv\n")
    assert_refused(run("reconstruct", str(path), "--force"), "no YAML file: invalid continuation byte\n")


def test_many_threads_are_as_few(described):
    path = described(more="draws: 2\n")
    assert run("reconstruct", str(path), "--jobs", "100000").exit_code == 0
    many = (path.parent / "trial.ipd.csv").read_bytes()
    assert run("reconstruct", str(path), "--jobs", "1", "--force").exit_code == 0
    assert (path.parent / "trial.ipd.csv").read_bytes() == many


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


def test_a_missing_file_and_none_are_refused(tmp_path):
    assert_refused(run("reconstruct", str(tmp_path / "no.yml")), "cannot read", "no.yml: No such file or directory")
    assert_refused(run("reconstruct", str(tmp_path)), "cannot read", "Is a directory")
    assert_refused(run("reconstruct"), "name a trial description; --example prints one")


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
    counts, summaries = trial_file.compare_counts(trial, found), trial_file.compare_summaries(trial, found)
    assert [row.label for row in [*counts, *summaries] if row.given and not row.alike.all()] == missed
    report = trial_file.report(trial, found, counts, summaries, "")
    assert f"{2 if missed else 3} of 5 draws asked for meet all that was given; 7 tried." in report
    assert f"| given | {2 if 'median, control' in missed else 3} of 3 |" in report


def test_a_median_may_be_the_first_time_at_one_half(described, tmp_path):
    """Five of ten have the event before 5.5, the others after 8.5: the middle of the step is no 5.0."""
    path = tmp_path / "trial.yml"
    path.write_text(
        "title: x\nunit: months\narms: [{arm: 0, name: a, n: 10, events: 10}, {arm: 1, name: b, n: 10, events: 10}]\n"
        "at_risk: {time: [0, 5.5, 8.5, 24], 0: [10, 5, 5, 0], 1: [10, 8, 5, 0]}\nsummaries: {median0: 5.0}\ndraws: 4\n"
    )
    result = run("reconstruct", str(path))
    assert result.exit_code == 0, result.stderr
    report = written(path)[1]
    assert "4 of 4 draws asked for meet all" in report and "A median is the first time at 0.5" in report
    assert "| given | 4 of 4 |" in report


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
    assert [token.type for token in tokens].count("heading_open") == 4
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


def test_existing_output_is_kept_without_force(tmp_path):
    (tmp_path / "simulated-curve.report.md").write_text("old")
    arguments = ["reconstruct", str(CURVE), "--output", str(tmp_path)]
    assert_refused(run(*arguments), "simulated-curve.report.md exists; --force overwrites it")
    assert os.listdir(tmp_path) == ["simulated-curve.report.md"]
    assert run(*arguments, "--force").exit_code == 0
    assert (tmp_path / "simulated-curve.report.md").read_text(encoding="utf-8").startswith("# Simulated trial")


def test_a_missing_folder_is_refused(tmp_path):
    assert_refused(run("reconstruct", str(CURVE), "--output", str(tmp_path / "no")), "no such folder")


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
    report = trial_file.make(trial).report
    assert "hazard ratio" not in report
    assert "| median, control | 6.3 | 6.26 | estimated, not an input | 1 of 1 |" in report


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("tmax: 12,5", "5"),
        ("n: 1,204", "204"),
        ("n: 12,000,5", "000"),
        ("name: lutetium, high dose", "high dose"),
        ("events: 1, 204", "204"),
    ],
)
def test_what_a_comma_within_braces_cuts_off_is_refused(tmp_path, given, left):
    fields = {"arm": "0", "name": "control", "n": "113", "events": "68"}
    key, value = given.split(": ")
    arm = ", ".join(f"{k}: {v}" for k, v in (fields | {key: value}).items())
    path = tmp_path / "trial.yml"
    path.write_text(trial_file.EXAMPLE.replace("{arm: 0, name: control, n: 113, events: 68}", f"{{{arm}}}"))
    with pytest.raises(
        DataError, match=f"line 4, .*'{left}' follows a comma, but is no key with a value; write numbers"
    ):
        trial_file.read(path)
    path.write_text(trial_file.EXAMPLE.replace("name: control", 'name: "control, low dose", tmax: '))
    assert trial_file.read(path).arms[0].name == "control, low dose"


def test_a_rate_or_summary_with_a_decimal_comma_is_refused(tmp_path):
    path = tmp_path / "trial.yml"
    for more in ("rates: [{arm: 0, time: 12, survival: 0,652}]", "summaries: {hr: 0,21}"):
        path.write_text(trial_file.EXAMPLE.split("summaries:")[0] + more + "\n")
        with pytest.raises(DataError, match="follows a comma"):
            trial_file.read(path)


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
            made = trial_file.make(trial_file.read(path))
            assert not made.missed
            said = f"{printed[column]} at risk at time {6 * column} is taken for a misprint of {right[column]}"
            found.append(said in made.report)
            assert ("but for 1 taken for a misprint" in made.report) == found[-1]
    assert sum(found) >= 2
