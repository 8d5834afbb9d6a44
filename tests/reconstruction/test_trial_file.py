"""Trial description files: the examples, the command, and every way to get one wrong."""

import os
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from test_cli import assert_refused, run

from netterbook import papers
from netterbook.audit.given import inputs
from netterbook.errors import DataError
from netterbook.reconstruction import trial_file
from netterbook.reconstruction.strict_yaml import StrictLoader

pytestmark = pytest.mark.usefixtures("short_chains")

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yml"))
NETTER1 = ROOT / "examples/netter1-pfs.yml"
CURVE = ROOT / "examples/simulated-curve.yml"


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
    short, long = (StrictLoader(text).get_single_data() for text in (trial_file.EXAMPLE, NETTER1.read_text()))
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
    models = trial_file.TrialDescription, trial_file.TrialArm, trial_file.Rate, trial_file.Quantity, trial_file.Stratum
    for model in (*models, trial_file.Enrolment):
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
        ("unit:", "rates: [{arm: 1, time: 6, survival: 80}]\nunit:", "give 0.8 for 80%"),
        ("unit:", "rates: [{arm: 1, time: 6, survival: 0.1}]\nunit:", "rate1 at 6 is 0.1"),
        ("unit:", "scans: monthly\nunit:", "scans: 'monthly' is no schedule; give times"),
        ("unit:", "time_step: 0\nunit:", "time_step is '0'"),
        (
            "unit: months",
            "scans: every 12 weeks\nunit: cycles",
            "the unit of the file is 'cycles'; for this it must be",
        ),
        ("unit:", "quantities: [{quantity: mean, value: 1}]\nunit:", "quantities has 'mean'; there are: hr"),
        (
            "unit:",
            "quantities: [{quantity: hr, valu: 1}]\nunit:",
            "quantities, entry 1: unknown key 'valu'; did you mean",
        ),
        ("unit:", "prior_scale: 0\nunit:", "prior_scale is '0'"),
        ("unit:", "possible_follow_up: [3]\nunit:", "possible_follow_up is ['3']; it"),
        ("unit:", "enrolment: {first: 2020-01-01, last: 2019-01-01, cutoff: 2021-01-01}\nunit:", "are not in order"),
        (
            "unit:",
            "enrolment: {first: 2020-01-01, last: 2020, cutoff: 2021-01-01}\nunit:",
            "enrolment, last: '2020' is no date; write",
        ),
        (
            "unit:",
            "strata: [{factor: a, level: b, arm: 0, n: 5, events: 68}]\nunit:",
            "n of 'a' in arm 0 add up to 5, not 113",
        ),
        ("unit:", "strata: [{factor: a, level: b, arm: 0, n: 5}]\nunit:", "strata: entry 1, events is missing"),
        ("time: [0, 6", "events2: [0]\n  time: [0, 6", "unknown key 'events2'; there are: time, 0, 1, events0"),
        ("unit:", "curve: none.csv\nunit:", "curve: cannot read none.csv: No such file"),
        ("unit:", "curve: trial.yml\nunit:", "curve: trial.yml has no column arm, time, survival"),
        ("unit:", "censor_marks: trial.yml\nunit:", "censor_marks: trial.yml has no column"),
        (trial_file.EXAMPLE, "", "holds no keys"),
        (trial_file.EXAMPLE, "- 1", "holds no keys"),
        (trial_file.EXAMPLE, "[" * 5000, "line 1, column 11: nested too deep: 10 brackets are open; close them"),
        (trial_file.EXAMPLE, "- " * 5000, "nested too deep"),
    ],
)
def test_a_wrong_file_is_named_in_one_line(described, old, new, words):
    path = described(old, new)
    result = run("reconstruct", str(path))
    assert_refused(result, f"netterbook: {path}: ", words)
    assert result.stderr.count("\n") == 1 and len(result.stderr) < 500 + len(str(path))
    assert os.listdir(path.parent) == ["trial.yml"]


def test_faults_of_keys_hide_none_of_values(described):
    path = described(
        more="titel: x\ndraws: many\nrates: [{arm: 1, time: 6, survival: 180%}]\nwithhold: [hrr]\n"
        "strata: [{factor: a, level: b, arm: 0, n: 5, events: 68}, {factor: a, level: c, arm: 0, n: 108, events: 1}]\n"
    )
    text = path.read_text(encoding="utf-8").replace("name: control,", "name: control, nn: 3,")
    path.write_text(text.replace("hr: 0.21", "hr: 0.12"), encoding="utf-8")
    lines = run("reconstruct", str(path)).stderr.splitlines()
    said = (
        "unknown key 'titel'; did you mean 'title'?",
        "arms, entry 1: unknown key 'nn'",
        "draws is 'many'",
        "rate1 at 6 is 1.80",
        "hr_lo is 0.13, above hr, 0.12; correct one of them",
        "strata: events of 'a' in arm 0 add up to 69, not 68",
    )
    assert all(any(each in line for line in lines) for each in said), lines
    assert len(lines) == len(set(lines)) and not any("missing" in line for line in lines)


@pytest.mark.parametrize(("unit", "meant"), [("moons", "months"), ("wekks", "weeks"), ("Yaers", "years")])
def test_a_slip_of_a_unit_is_told(described, unit, meant):
    result = run("reconstruct", str(described("unit: months", f"unit: {unit}")))
    assert_refused(result, f"unit: '{unit}' is none of days, weeks, months, years; did you mean '{meant}'?")


@pytest.mark.parametrize("unit", ["Months", "month", "cycles", "hours", "doses"])
def test_other_units_are_taken_as_they_are(described, unit):
    assert trial_file.read(described("unit: months", f"unit: {unit}")).unit == unit


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
        ("arm,time,survival\n0,1\n", "curve.csv, line 2: survival is missing; the line has too few cells"),
        (
            "arm;hours;height\n0;1;1\n",
            "curve.csv has no column time, survival; it needs arm,time,survival, and has 'arm', 'hours', 'height'",
        ),
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


@pytest.mark.parametrize(
    ("said", "unit", "expected"),
    [
        ("every 12 weeks after week 16, 24", "weeks", [16, 24, 36, 48]),
        ("every 12 weeks", "days", [84, 168, 252, 336]),
        ("every 3 months", "years", [0.25, 0.5, 0.75, 1.0]),
        ("every 6 months after weeks 4 8", "weeks", [4, 8, 8 + 365.25 / 14, 8 + 365.25 / 7]),
    ],
)
def test_a_schedule_in_words(said, unit, expected, described):
    """Up to the end of follow-up or just beyond."""
    end = {"weeks": 40, "days": 300, "years": 1}[unit]
    path = described("unit: months", f"unit: {unit}\nscans: {said}")
    text = path.read_text().replace("time: [0, 6, 12, 18, 24, 30]", f"time: {[end * k / 5 for k in range(6)]}")
    path.write_text(text)
    assert trial_file.read(path).scans == pytest.approx(expected)


def test_scans_in_words_that_do_not_rise_are_refused(described):
    path = described("unit: months", "unit: months\nscans: every 3 months after months 6, 4")
    with pytest.raises(DataError, match="scans: the first scans are rising times after 0"):
        trial_file.read(path)


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
