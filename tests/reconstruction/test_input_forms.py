"""Descriptions and tables in the forms in which papers print numbers and digitisers export them."""

import codecs
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_cli import assert_refused, run

from netterbook.errors import DataError
from netterbook.reconstruction import trial_file

pytestmark = pytest.mark.usefixtures("short_chains")

ROOT = Path(__file__).parents[2]
CURVE = pd.read_csv(ROOT / "examples/simulated-curve.csv")
AT_RISK = pd.read_csv(ROOT / "examples/simulated-at-risk.csv")
HEAD = "title: x\nunit: months\narms: [{arm: 0, name: Control, n: 60}, {arm: 1, name: Lu high, n: 60}]\n"
TABLE = "at_risk: {time: [0, 6, 12], 0: [60, 32, 11], 1: [60, 44, 27]}\n"


@pytest.fixture
def written(tmp_path):
    """A description of the simulated trial, and files beside it."""

    def write(text, head=HEAD, **files):
        for name, content in files.items():
            path = tmp_path / name.replace("_", ".")
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path = tmp_path / "trial.yml"
        path.write_text(head + text, encoding="utf-8")
        return path

    return write


def points(arm):
    return CURVE[CURVE.arm == arm][["time", "survival"]].to_numpy()


def csv(rows, separator=","):
    return "\n".join(separator.join(map(str, row)) for row in rows) + "\n"


# ---- Numbers as printed


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        (".0001", "0.0001"),
        ("0·0001", "0.0001"),
        ("P<0.001", "<0.001"),
        ("p = .03", "0.03"),
        ("1.2e-5", "0.000012"),
        ("<.0001", "<0.0001"),
        ("0.04", "0.04"),
    ],
)
def test_p_values_as_printed(written, printed, text):
    trial = trial_file.read(written(TABLE + f"summaries: {{logrank_p: {printed}}}\n"))
    assert [(item.name, item.printed.text) for item in trial.printed] == [("logrank_p", text)]


def test_survival_in_per_cent_and_limits_in_brackets(written):
    trial = trial_file.read(
        written(
            TABLE
            + """summaries:
  landmark: 12
  lm0: 25.1% (14.3 to 37.3)
  lm1: 63.8%
  hr: 0·30 (95% CI, 0·18 to 0·49)
  median: {control: "6.3 (4.5-7.9)", LU HIGH: "18.6 [11.2 to not reached]"}
rates: [{arm: control, time: 6, survival: "53.3% (90% CI 42 to 63)"}]
"""
        )
    )
    printed = {item.name: (item.printed.text, item.level) for item in trial.printed}
    assert printed["lm0"] == ("0.251", 0.95) and printed["lm0_lo"] == ("0.143", 0.95)
    assert printed["lm1"] == ("0.638", 0.95)
    assert [printed[f"hr{end}"][0] for end in ("", "_lo", "_hi")] == ["0.30", "0.18", "0.49"]
    assert [printed[f"median0{end}"][0] for end in ("", "_lo", "_hi")] == ["6.3", "4.5", "7.9"]
    assert printed["median1_hi"][0] == "not reached"
    assert printed["rate0 at 6"] == ("0.533", 0.9) and printed["rate0_lo at 6"] == ("0.42", 0.9)


# ---- Other levels, one-sided P values, compact rates


def test_levels_and_sides(written):
    trial = trial_file.read(
        written(
            TABLE
            + "summaries: {hr: 0.30, hr_lo: 0.20, hr_hi: 0.45, hr_level: 90%, median0: 6.3, median0_lo: 4.8, "
            + "median0_level: 0.9, logrank_p: 0.0004, logrank_p_sides: 1}\n"
        )
    )
    printed = {item.name: item for item in trial.printed}
    assert printed["hr_lo"].level == printed["median0_lo"].level == 0.9
    assert printed["logrank_p"].printed.admits(0.0008) and not printed["logrank_p"].printed.admits(0.0004)
    assert [float(x) for x in printed["logrank_p"].bounds] == pytest.approx([0.0007, 0.0009])
    assert "one-sided" in " ".join(trial.reading_notes)


@pytest.mark.parametrize(
    ("summaries", "words"),
    [
        ("{hr: 0.3, hr_level: 9}", "hr_level: '9' is no confidence level; give a fraction as 0.95, or 95%"),
        ("{logrank_p: 0.01, logrank_p_sides: 3}", "logrank_p_sides is '3'; give 1 or 2"),
        ("{logrank_p: 0.01, logrank_p_sides: 1, hr: 1.4}", "one-sided, where hr is 1.4, above 1"),
        ("{logrank_p: 0.97, logrank_p_sides: 1}", "of the worse side: give 1 less it, as 0.03"),
        ("{hr: 0.21 (0.13 to 0.33), hr_lo: 0.13}", "hr_lo is given twice"),
        (
            "{median: {placebo: 4}}",
            "a key of median is 'placebo'; give 0 (reference) or 1 (experimental), or a name: Con",
        ),
        ("{hr: {Control: 0.4}}", "hr is of the reference, Control, against itself"),
    ],
)
def test_wrong_levels_sides_and_names(written, summaries, words):
    assert_refused(run("reconstruct", str(written(TABLE + f"summaries: {summaries}\n"))), words)


def test_every_other_quantity_from_a_file(written):
    trial = trial_file.read(
        written(
            TABLE
            + """rates: {time: [6, 12], control: [53.3%, 25.1%], lu high: ["", "63.8% (50.1 to 74.7)"]}
quantities:
  - {quantity: rmst, arm: lu high, time: 12, value: "9.9 (9.1 to 10.7)"}
  - {quantity: events, arm: Control, time: 6, value: 28}
  - {quantity: followup, share: 0.25, value: 9.1}
"""
        )
    )
    assert [item.name for item in trial.printed] == [
        "rate0 at 6", "rate0 at 12", "rate1 at 12", "rate1_lo at 12", "rate1_hi at 12", "rmst1 at 12",
        "rmst1_lo at 12", "rmst1_hi at 12", "events0 by 6", "followup at 0.25",
    ]  # fmt: skip


def test_sets_meet_an_interval_of_another_level_and_a_one_sided_p(described):
    path = described(
        "  hr: 0.21\n  hr_lo: 0.13\n  hr_hi: 0.33\n  logrank_p: <0.001",
        "  hr: 0.21 (90% CI 0.14 to 0.31)\n  logrank_p: P<.0001\n  logrank_p_sides: 1",
        "draws: 2\n",
    )
    result = run("reconstruct", str(path))
    assert result.exit_code == 0, result.stderr
    report = (path.parent / "trial.report.md").read_text(encoding="utf-8")
    assert "hazard ratio, lower limit (0.9 level) | 0.14" in report
    assert "| <0.0001, one-sided |" in report and "| 2 of 2 |" in report


# ---- Numbers at risk


WIDE = {
    "times above": "Arm;0;6;12\nControl;60 (0);32 (1);11 (4)\nLu high;60 (0);44 (0);27 (2)\n",
    "arms above": "Months\tcontrol\tLU HIGH\n0\t60 (0)\t60 (0)\n6\t32 (1)\t44 (0)\n12\t11 (4)\t27 (2)\n",
    "long": "ARM,Time,No. at risk\n0,0,60 (0)\n0,6,32 (1)\n0,12,11 (4)\n1,0,60 (0)\n1,6,44 (0)\n1,12,27 (2)\n",
    "inline": "",
}


@pytest.mark.parametrize("layout", WIDE)
def test_numbers_at_risk_with_numbers_censored_in_brackets(written, layout):
    inline = "{time: [0, 6, 12], control: [60 (0), 32 (1), 11 (4)], Lu high: [60 (0), 44 (0), 27 (2)]}"
    trial = trial_file.read(
        written(f"at_risk: {inline if layout == 'inline' else 'risk.csv'}\n", risk_csv=WIDE[layout])
    )
    table = trial.at_risk.sort_values(["arm", "time"])
    assert table["n_risk"].tolist() == [60, 32, 11, 60, 44, 27]
    assert table["censored"].tolist() == [0, 1, 4, 0, 0, 2]
    assert "are taken for the cumulative numbers of censored" in trial.reading_notes[0]


@pytest.mark.parametrize(
    ("cells", "more", "words"),
    [
        ("[60 (0), 32 (5), 11 (1)]", "", "11 (1) of arm Control at 12: it follows (5) at 6, so that"),
        ("[60 (0), 32 (29), 11 (49)]", "", "taken for censored, this leaves -1 events of 60 patients"),
        ("[60 (0), 32 (1.5), 11 (4)]", "", "(1.5) is no whole number of patients"),
    ],
)
def test_brackets_that_cannot_be_are_refused_by_their_cell(written, cells, more, words):
    path = written(f"at_risk: {{time: [0, 6, 12], 0: {cells}, 1: [60, 44, 27]}}\n{more}")
    with pytest.raises(DataError) as raised:
        trial_file.read(path)
    assert words in str(raised.value).replace("'", "")


def test_brackets_may_be_events_or_nothing(written):
    given = "at_risk: {time: [0, 6, 12], 0: [60 (0), 32 (27), 11 (45)], 1: [60, 44, 27]}\n"
    trial = trial_file.read(written(given + "in_brackets: events\n"))
    assert trial.at_risk["events"].tolist()[:3] == [0, 27, 45] and "censored" not in trial.at_risk
    assert list(trial_file.read(written(given + "in_brackets: nothing\n")).at_risk) == ["arm", "time", "n_risk"]


def test_one_file_an_arm_as_survhe_and_ipdfromkm_have_them(written):
    survhe = "Interval\ttime\tlower\tupper\tnrisk \t\n1\t0\t1\t7\t60\n2\t6\t8\t14\t32\n3\t12\t15\t21\t11\n"
    path = written(
        "at_risk: {control: a.txt, Lu high: b.csv}\n", a_txt=survhe, b_csv="trisk,nrisk\n0,60\n6,44\n12,27\n"
    )
    pd.testing.assert_frame_equal(
        trial_file.read(path).at_risk, trial_file.read(written(TABLE)).at_risk, check_dtype=False
    )


# ---- Curves


def exports():
    """The simulated curve as tools export it: the description's lines, and its files."""
    zero, one = points(0), points(1)
    longest = max(len(zero), len(one))
    side = [
        [*(zero[i] if i < len(zero) else ("", "")), *(one[i] if i < len(one) else ("", ""))] for i in range(longest)
    ]
    long = [(a, t, s) for a in (0, 1) for t, s in points(a)]
    names = {0: "CONTROL", 1: "lu high"}
    st = [(i, t, s, {0: 2, 1: 1}[a]) for i, (a, t, s) in enumerate(long, 1)]
    grid = [(t, s if a == 0 else "", s if a else "") for a, t, s in long]
    comma = [(names[a], str(t).replace(".", ","), str(s).replace(".", ",")) for a, t, s in long]
    capitals = "Arm,Time,SURVIVAL\n" + "\n\n".join(csv([row]).strip() for row in long)
    labelled = HEAD.replace("name: Control", "name: Control, in_files: 2").replace("n: 60}]", "n: 60, in_files: 1}]")
    survhe = ["\tTime\tSurvival\n" + csv([(i, *row) for i, row in enumerate(own, 1)], "\t") for own in (zero, one)]
    head = "arm,time,survival\n"
    per_cent = [(a, t, round(100 * s, 2)) for a, t, s in long]
    incidence = [(a, t, round(1 - s, 4)) for a, t, s in long]
    whole = "curve: c.csv\n"
    apart = "curve: {control: a.csv, Lu high: b.csv}\n"
    return {
        "as the example": (whole, {"c_csv": "arm,time,survival\n" + csv(long)}, HEAD),
        "names, capitals, blank lines": (whole, {"c_csv": capitals}, HEAD),
        "semicolons, decimal commas": (whole, {"c_csv": "arm;time;survival\n" + csv(comma, ";")}, HEAD),
        "tabs, UTF-16": (whole, {"c_csv": ("arm\ttime\tsurvival\n" + csv(long, "\t")).encode("utf-16")}, HEAD),
        "mark of UTF-8": (whole, {"c_csv": codecs.BOM_UTF8 + ("arm,time,survival\n" + csv(long)).encode()}, HEAD),
        "WebPlotDigitizer, all": (whole, {"c_csv": "Control,,Lu high,\nX,Y,X,Y\n" + csv(side)}, HEAD),
        "WebPlotDigitizer, one": (apart, {"a_csv": csv(zero, ", "), "b_csv": csv(one, ", ")}, HEAD),
        "SurvdigitizeR": (whole, {"c_csv": '"id","time","St","curve"\n' + csv(st)}, labelled),
        "survHE": (apart, {"a_csv": survhe[0], "b_csv": survhe[1]}, HEAD),
        "IPDfromKM": (apart, {"a_csv": "time,sur\n" + csv(zero), "b_csv": "V1 V2\n" + csv(one, " ")}, HEAD),
        "x and a column a curve": (whole, {"c_csv": "x;Control;Lu high\n" + csv(grid, ";")}, HEAD),
        "per cent": (whole, {"c_csv": head + csv([(0, 0, 100), (1, 0, 100), *per_cent])}, HEAD),
        "incidence": (whole + "curve_is: cumulative incidence\n", {"c_csv": head + csv(incidence)}, HEAD),
    }  # fmt: skip


@pytest.mark.parametrize("tool", exports())
def test_exports_of_digitisers_are_the_same_curve(written, tool):
    lines, files, head = exports()[tool]
    trial = trial_file.read(written(lines, head, **files))
    found = trial.curve[trial.curve["time"] > 0].sort_values(["arm", "time"], kind="stable")
    np.testing.assert_allclose(found.to_numpy(float), CURVE.to_numpy(float), atol=1e-9)
    said = {"per cent": "divided by 100", "incidence": "turned to survival"}.get(tool)
    assert [said in note for note in trial.reading_notes] == ([True] if said else [])


def test_latin_1_names(written):
    head = HEAD.replace("Control", "Kontrollgruppe Süd")
    content = "arm;time;survival\n" + csv([("Kontrollgruppe Süd", 1, 0.9), ("Lu high", 2, 0.8)], ";")
    assert trial_file.read(written("curve: c.csv\n", head, c_csv=content.encode("latin-1"))).curve.arm.tolist() == [
        0,
        1,
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Dataset 1,,Lu high,\nX,Y,X,Y\n1,0.9,2,0.8\n", "has a data set 'Dataset 1', which is no arm; the arms"),
        ("id,time,St,curve\n1,0,1,1\n2,0,1,2\n", "numbers its curves 1, 2, which says of no arm that it is; add"),
        ("1,0.9\n2,0.8\n", "holds times and heights of one arm; say of which, as curve: {Control: c.csv"),
        ("time,survival\n1,0.9\n", "c.csv has no column arm; it needs arm,time,survival, and has 'time', 'survi"),
        ("PK\x03\x04", "c.csv is a spreadsheet, or packed; save it as CSV"),
        ("arm,time,survival\nplacebo,1,1\n", "arm is 'placebo'; give 0 (reference) or 1 (experimental), or a name"),
        ("arm,time,survival\n0,1,.02\n0,5,.3\n0,9,.6\n1,1,.9\n", "Control rises from 0.02 to 0.6: that is cumulative"),
    ],
)  # fmt: skip
def test_a_curve_that_cannot_be_read_says_why(written, content, words):
    assert_refused(run("reconstruct", str(written("curve: c.csv\n", c_csv=content))), words)


# ---- One arm, and many


def test_one_arm_alone(written):
    head = "title: x\nunit: months\narms: [{name: Lu, n: 60, tmax: 27.78}]\n"
    path = written("at_risk: {time: [0, 6, 12], lu: [60, 44, 27]}\ncurve: c.csv\n", head, c_csv=csv(points(1)))
    result = run("reconstruct", str(path))
    assert result.exit_code == 0, result.stderr
    patients = pd.read_csv(path.parent / "trial.ipd.csv")
    assert (len(patients), patients.arm.unique().tolist()) == (60, [0])
    assert_refused(run("reconstruct", str(written("", head))), "one arm alone is reconstructed from its curve")


THREE = "title: x\nunit: months\narms: [{name: control, n: 60}, {name: Lu low, n: 60}, {name: Lu high, n: 60}]\n"


def test_three_arms_with_curves_are_one_trial(written):
    rows = [("control", *row) for row in points(0)] + [
        (name, *row) for name in ("Lu low", "Lu high") for row in points(1)
    ]
    path = written(
        "curve: c.csv\nsummaries: {hr: {Lu low: 0.30, Lu high: 0.30}, median: {control: 6.3, Lu high: 18.6}}\n",
        THREE,
        c_csv="arm,time,survival\n" + csv(rows),
    )
    shutil.copy(ROOT / "examples/simulated-at-risk.csv", path.parent / "risk.csv")
    table = pd.concat([AT_RISK, AT_RISK[AT_RISK.arm == 1].assign(arm=2)])
    table.to_csv(path.parent / "risk.csv", index=False)
    path.write_text(path.read_text() + "at_risk: risk.csv\n")
    result = run("reconstruct", str(path))
    assert result.exit_code == 0, result.stderr
    assert pd.read_csv(path.parent / "trial.ipd.csv").groupby("arm").size().tolist() == [60, 60, 60]
    report = (path.parent / "trial.report.md").read_text(encoding="utf-8")
    assert "| hazard ratio, Lu low against control | 0.30 | 0.2978 | estimated, not an input | 1 of 1 |" in report
    assert "| median, Lu high | 18.6 |" in report and "| median, control | 6.3 |" in report


def test_three_arms_from_summaries_are_comparisons_with_files_of_their_own(written):
    path = written(
        "at_risk: {time: [0, 6, 12, 18, 24], control: [60, 32, 11, 1, 0], lu low: [60, 51, 36, 20, 6], "
        "2: [60, 53, 40, 22, 8]}\nsummaries: {median: {control: 6.3, Lu low: 18.6}, hr: {Lu low: 0.30}}\ndraws: 2\n",
        THREE,
    )
    low, high = trial_file.read_comparisons(path).values()
    assert [item.name for item in low.printed] == ["median0", "median1", "hr"]
    assert [item.name for item in high.printed] == ["median0"]
    assert high.at_risk["n_risk"].tolist() == [60, 32, 11, 1, 0, 60, 53, 40, 22, 8]
    with pytest.raises(DataError, match="holds 2 comparisons, of Lu low, Lu high"):
        trial_file.read(path)
    result = run("reconstruct", str(path))
    assert result.exit_code == 0, result.stderr
    made = {each.name for each in path.parent.iterdir()} - {"trial.yml"}
    assert made == {f"trial.{arm}.{end}" for arm in ("Lu-low", "Lu-high") for end in ("ipd.csv", "report.md")}
    report = (path.parent / "trial.Lu-low.report.md").read_text(encoding="utf-8")
    assert "Each has its own patients of control, which differ between comparisons: do not pool them." in report


def test_nothing_is_written_where_one_comparison_of_several_fails(written):
    path = written(
        "at_risk: {time: [0, 6, 12], control: [60, 32, 11], lu low: [60, 51, 36], lu high: [60, 53, 40]}\n"
        "summaries: {median: {Lu high: 2.0}}\ndraws: 2\n",
        THREE,
    )
    result = run("reconstruct", str(path))
    assert result.exit_code == 2 and "Lu high" in result.stderr
    assert [each.name for each in path.parent.iterdir()] == ["trial.yml"]


def test_a_ratio_of_three_arms_needs_its_arm(written):
    path = written("at_risk: {time: [0, 6], 0: [60, 32], 1: [60, 44], 2: [60, 53]}\nsummaries: {hr: 0.3}\n", THREE)
    assert_refused(run("reconstruct", str(path)), "hr is of which arm against control? give it as {Lu low: ...}")


# ---- Swapped arms, and all mistakes at once


def test_a_ratio_the_other_way_round_is_hinted_at(written):
    path = written(
        "curve: c.csv\nat_risk: risk.csv\nsummaries: {hr: 3.36, median0: 6.3, median1: 18.6}\n",
        c_csv=(ROOT / "examples/simulated-curve.csv").read_bytes(),
        risk_csv=(ROOT / "examples/simulated-at-risk.csv").read_bytes(),
    )
    result = run("reconstruct", str(path))
    assert result.exit_code == 0, result.stderr
    assert "were the arms taken the other way round? 1/3.36 = 0.30." in result.stderr
    assert "the other way round?" in (path.parent / "trial.report.md").read_text(encoding="utf-8")


def test_all_mistakes_are_said_at_once(written):
    path = written(
        "at_risk: {time: [0, 6], control: [60, x], 1: [60, y]}\n"
        "summaries: {hrr: 1, median2: 4}\nscan: [1]\ncurve: c.csv\n",
        HEAD.replace("n: 60}]", "n: 0}]"),
        c_csv="arm,time,survival\n0,1,z\nplacebo,1,1\n",
    )
    result = run("reconstruct", str(path))
    assert_refused(
        result, "unknown key 'scan'; did you mean 'scans'?", "n is '0'", "control is 'x'", "1 is 'y'", "'hrr'"
    )
    assert_refused(
        result, "'median2'", "c.csv, line 2: survival is 'z'; give a number", "c.csv, line 3: arm is 'placebo'"
    )
    assert result.stderr.count(f"netterbook: {path}: ") == result.stderr.count("\n") == 8


def test_of_many_mistakes_twenty_are_said(written):
    rows = csv([(0, "x", 1)] * 50)
    result = run("reconstruct", str(written("curve: c.csv\n", c_csv="arm,time,survival\n" + rows)))
    assert result.stderr.count("\n") == 21
    assert result.stderr.splitlines()[-1].endswith(": and 30 more")


# ---- Tables and rows that few descriptions have

STRATIFIED = HEAD.replace("n: 60}, {", "n: 60, events: 45}, {").replace("n: 60}]", "n: 60, events: 30}]")
STRATA = (
    "factor;level;arm;n;events\ngrade;1;Control;40;30\ngrade;2;Control;20;15\ngrade;1;Lu high;35;12\ngrade;2;1;25;18\n"
)


def test_strata_from_a_file_are_those_written_out(written):
    path = written(TABLE + "strata: strata.csv\n", STRATIFIED, strata_csv=STRATA)
    read = trial_file.read(path).strata
    assert read.to_numpy().tolist() == [
        ["grade", "1", 0, 40, 30], ["grade", "2", 0, 20, 15], ["grade", "1", 1, 35, 12], ["grade", "2", 1, 25, 18]
    ]  # fmt: skip
    rows = [dict(zip(["factor", "level", "arm", "n", "events"], row, strict=True)) for row in read.to_numpy().tolist()]
    assert trial_file.read(written(TABLE + f"strata: {rows}\n", STRATIFIED)).strata.equals(read)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("grade;1;Control", ";1;Control", "strata: strata.csv, line 2: factor is blank; name it"),
        ("grade;2;Control", "grade;;Control", "strata: strata.csv, line 3: level is blank; name it"),
        (";40;", ";many;", "strata: strata.csv, line 2: n is 'many'"),
        (";40;", ";40.5;", "strata: strata.csv, line 2: n is 40.5; give a whole number of patients"),
        (";15\n", ";-15\n", "strata: strata.csv, line 3: events is -15.0; give a whole number of patients"),
        (";40;", ";41;", "strata: n of 'grade' in arm 0 add up to 61, not 60"),
        ("factor;", "", "strata: strata.csv has no column factor"),
    ],
)
def test_strata_that_cannot_be_say_why(written, old, new, words):
    path = written(TABLE + "strata: strata.csv\n", STRATIFIED, strata_csv=STRATA.replace(old, new, 1))
    assert_refused(run("reconstruct", str(path)), f"netterbook: {path}: {words}")


@pytest.fixture
def curve(written):
    """A description's folder with the curve of the example."""
    return shutil.copy(ROOT / "examples/simulated-curve.csv", written("").parent / "curve.csv")


def test_censor_marks_of_a_file(written, curve):
    path = written("curve: curve.csv\ncensor_marks: marks.csv\n" + TABLE, marks_csv="arm,time\n0,3\n0,7\n1,5\n")
    assert trial_file.read(path).censor_marks.to_numpy().tolist() == [[0, 3], [0, 7], [1, 5]]


def test_a_censor_mark_that_is_no_time_is_named(written, curve):
    marks = "arm,time\nControl,3\nLu high,x\n"
    path = written("curve: curve.csv\ncensor_marks: marks.csv\n" + TABLE, marks_csv=marks)
    said = f"netterbook: {path}: censor_marks: marks.csv, line 3: time is 'x'"
    assert_refused(run("reconstruct", str(path)), said)


def test_censor_marks_a_file_an_arm_need_no_heading(written, curve):
    files = {"control_csv": "3\n7\n", "lu_csv": "5\n"}
    path = written("curve: curve.csv\ncensor_marks: {Control: control.csv, Lu high: lu.csv}\n" + TABLE, **files)
    assert trial_file.read(path).censor_marks.to_numpy().tolist() == [[0, 3], [0, 7], [1, 5]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rates: {0: [43%]}\n", "give a list of rates, or time and lists of each arm"),
        ("rates: {time: [12, 24], Control: [43%]}\n", "Control is ['43%']; give one rate for each of 2 times"),
        ("strata: 5\n", "strata: cannot read 5"),
        ("strata: {a: 1}\n", "strata: give the path of a CSV file"),
        ("censor_marks: 3\n", "censor_marks: cannot read 3"),
    ],
)
def test_tables_in_no_form_are_refused(written, text, words):
    assert_refused(run("reconstruct", str(written(TABLE + text))), words)


THREE_ARMS = (
    "title: x\nunit: months\narms: [{name: Control, n: 60}, {name: Lu high, n: 60}, {name: Lu low, n: 60}]\n"
    "at_risk: {time: [0, 6, 12], Control: [60, 32, 11], Lu high: [60, 44, 27], Lu low: [60, 40, 20]}\n"
)


def test_quantities_of_two_arms_of_three_name_theirs(written):
    rows = (
        "- {quantity: rmst_difference, arm: Lu high, time: 12, value: 1.5}\n"
        "- {quantity: rmst, arm: Lu low, time: 12, value: 8}\n"
    )
    found = trial_file.read_comparisons(written(f"quantities:\n{rows}", THREE_ARMS))
    assert [[row.quantity for row in one.quantities] for one in found.values()] == [["rmst_difference"], ["rmst"]]
    assert [row.arm for one in found.values() for row in one.quantities] == [None, 1]


def test_a_quantity_of_two_arms_of_three_needs_its_arm(written):
    path = written("quantities: [{quantity: rmst_difference, time: 12, value: 1.5}]\n", THREE_ARMS)
    said = "entry 1: rmst_difference is of which arm against Control? add arm, one of: Lu high, Lu low"
    assert_refused(run("reconstruct", str(path)), said)
