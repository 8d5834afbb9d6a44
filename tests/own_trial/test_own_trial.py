import csv
import io
import re
import shutil
from importlib import resources

import actg175
import pandas as pd
import pytest
import yaml
from short_chains import thorough
from typer.testing import CliRunner

from netterbook.book.own_trial import differences, disagreeing
from netterbook.claims import Verdict
from netterbook.cli import app
from netterbook.errors import DataError
from netterbook.own_trial import slips
from netterbook.own_trial.audited import audit_folder
from netterbook.own_trial.cells import read_cell
from netterbook.own_trial.explained import OwnExplanations
from netterbook.own_trial.folder import read_folder
from netterbook.own_trial.slips import mends
from netterbook.reconstruction import trial_file

pytestmark = pytest.mark.usefixtures("short_chains")

EXAMPLE = resources.files("netterbook.own_trial") / "example"


@pytest.fixture
def folder(tmp_path):
    with resources.as_file(EXAMPLE) as example:
        return shutil.copytree(example, tmp_path / "trial")


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def rows(name):
    return list(csv.reader(io.StringIO((EXAMPLE / name).read_text(encoding="utf-8"))))


@pytest.mark.filterwarnings("ignore")
def test_the_example_is_what_the_public_data_print():
    assert rows("baseline.csv") == actg175.baseline()
    assert rows("curve.csv") == [list(map(str, row)) for row in actg175.curve()]
    printed, made = yaml.safe_load((EXAMPLE / "end_point.yml").read_text(encoding="utf-8")), actg175.survival()
    assert printed["at_risk"] == {"time": list(actg175.TIMES)} | made["at_risk"]
    assert {arm["arm"]: arm["events"] for arm in printed["arms"]} == made["events"]
    said = printed["summaries"]
    assert [f"{said[key]:.2f}" for key in ("hr", "hr_lo", "hr_hi")] == [made[key] for key in ("hr", "low", "high")]
    assert [f"{said[f'lm{arm}']:.3f}" for arm in (0, 1)] == [made["rates"][arm] for arm in (0, 1)]
    assert said["logrank_p"] == "<0.001" and made["p"] < 0.001


def test_nothing_of_the_example_differs(folder):
    frame = audit_folder(folder).ledger.frame().set_index("claim_id")
    assert frame.index[frame["verdict"] == "differs"].tolist() == []
    assert frame.loc["trial.end_point.hr.hr", "verdict"] == "recovered"
    assert frame.loc["trial.baseline.female.combination.percent", "verdict"] == "reproduced"
    assert frame.loc["trial.baseline.90.zidovudine.count", "verdict"] == "fixed"


@pytest.mark.parametrize("limits", ["hr_lo: 0.39\n  hr_hi: 0.63", "# none"])
def test_a_ratio_differs_where_a_group_has_no_event(folder, limits):
    change(folder / "end_point.yml", "hr_lo: 0.39\n  hr_hi: 0.63", limits)
    change(folder / "end_point.yml", "events: 103", "events: 0")
    check = audit_folder(folder, draws=0).ledger.leading("trial.end_point.hr.hr")
    assert check.verdict is Verdict.DIFFERS and "no event" in check.method


@pytest.mark.parametrize(
    ("file", "old", "new", "differs"),
    [
        ("end_point.yml", "hr_lo: 0.39\n  hr_hi: 0.63", "hr_lo: 0.63\n  hr_hi: 0.39", {"end_point.hr.hr"}),
        ("end_point.yml", "hr_lo: 0.39\n  hr_hi: 0.63", "hr_lo: 0.48\n  hr_hi: 0.485", set()),
        ("baseline.csv", "35.2 (8.7),35.2 (8.9)", "35.2 (0.0),35.2 (0.0)", {"baseline.age_mean_sd_years.p.p"}),
    ],
)
def test_an_audit_goes_on_where_nothing_can_be_computed(folder, file, old, new, differs):
    change(folder / file, old, new)
    ledger = audit_folder(folder, draws=0).ledger
    found = {claim_id for claim_id in ledger.claims if ledger.leading(claim_id).verdict is Verdict.DIFFERS}
    assert found == {f"trial.{each}" for each in differs}


def test_no_table_takes_the_name_of_the_record(folder):
    (folder / "baseline.csv").rename(folder / "record.csv")
    change(folder / "trial.yml", "file: baseline.csv", "file: record.csv")
    with pytest.raises(DataError, match="no file may be called record"):
        read_folder(folder)


def test_a_group_of_severe_events_is_no_odds_ratio(folder):
    change(folder / "trial.yml", "  - file: baseline.csv", "  - {file: events.csv}\n  - file: baseline.csv")
    head = "Event,Zidovudine any grade,Zidovudine grade 3 or higher,Combination any grade,Combination grade 3 or higher"
    (folder / "events.csv").write_text(f"{head}\nNausea,90,12,80,9\n", encoding="utf-8")
    columns = read_folder(folder).tables[0].columns
    assert [(column.arm, column.severe) for column in columns] == [
        (arm, severe) for arm in ("zidovudine", "combination") for severe in (False, True)
    ]


@pytest.mark.parametrize(
    ("printed", "passing", "forms", "said"),
    [("16.86%", 522, 10_000, "of 522: 88"), ("<17.0%", 998, 1_000, "of 522: 1 to 88")],  # a patient is 0.19%
)
def test_a_percentage_without_its_count_is_put_to_every_count(folder, printed, passing, forms, said):
    change(folder / "baseline.csv", "88 (17)", printed)
    check = audit_folder(folder, draws=0).ledger.leading("trial.baseline.female.combination.percent")
    assert (check.verdict, check.passing, check.forms) == (Verdict.POSSIBLE, passing, forms)
    assert check.note.endswith(said)


def test_an_estimate_outside_its_limits_differs_and_the_rest_is_audited(folder):
    change(folder / "end_point.yml", "hr: 0.49", "hr: 0.94")
    change(folder / "end_point.yml", "lm0: 0.732", "lm0: 0.732 (0.801-0.694)")
    change(folder / "baseline.csv", "Other,,,", 'Other,,,\n"Response, HR",0.62 (0.93-0.41),,')
    own = audit_folder(folder, 0)
    frame = own.ledger.frame().set_index("claim_id")
    differing = frame[frame["verdict"] == "differs"]
    ratio, rate, cell = "trial.end_point.hr.hr", "survival at 24 months", "Other, Response, HR"
    assert differing.loc[ratio, ["method", "recomputed"]].tolist() == [
        "middle of its own interval on the log scale",
        "0.4957",
    ]
    assert differing[differing["quantity"] == rate]["method"].tolist() == ["between its own limits"]
    told = differing[differing["quantity"] == cell][["printed", "recomputed"]].to_numpy().tolist()
    assert told == [["0.62 (0.93 to 0.41)", "none: its limits are in the wrong order"]]
    shown = differences(disagreeing(OwnExplanations(own))).set_index("number")
    assert shown.loc[f"{cell} (Combination)", "arithmetic"] == "0.62 (95% CI 0.93 to 0.41)"
    assert (shown["arithmetic"] != "").all()
    assert [(each.claim, each.instead) for each in own.mends.found][:1] == [(ratio, ("0.49",))]


def test_of_one_arm_alone_too(folder):
    (folder / "end_point.yml").write_text(
        "title: x\nunit: months\narms: [{arm: 0, name: Zidovudine, n: 532}]\ncurve: curve.csv\n"
        "summaries: {median0: 36.2 (41.1 to 39.0)}\n"
    )
    curve = (folder / "curve.csv").read_text().splitlines(keepends=True)
    (folder / "curve.csv").write_text("".join(line for line in curve if not line.startswith("1,")))
    frame = audit_folder(folder, 0).ledger.frame().set_index("quantity")
    assert frame.loc["median", ["printed", "verdict"]].tolist() == ["36.2 (41.1 to 39.0)", "differs"]


def test_a_rate_outside_its_limits_differs(folder):
    change(folder / "end_point.yml", "curve: curve.csv", "rates: [{arm: Combination, time: 12, survival: 97% (71-79)}]")
    frame = audit_folder(folder, 0).ledger.frame().set_index("quantity")
    assert frame.loc["survival at 12 months", ["printed", "verdict"]].tolist() == ["0.97 (0.71 to 0.79)", "differs"]


def test_a_misprinted_count_calls_no_number_of_another_row_wrong(folder):
    change(folder / "baseline.csv", "96 (18),89 (17),0.48", "96 (18),98 (17),0.48")
    frame = audit_folder(folder).ledger.frame()
    wrong = set(frame.loc[frame["verdict"] == "differs", "claim_id"])
    row = "trial.baseline.symptomatic_hiv_infection"
    assert wrong and wrong <= {f"{row}.zidovudine.count", f"{row}.zidovudine.percent", f"{row}.p.p"}


@pytest.mark.parametrize(
    ("file", "right", "wrong", "claim", "part", "instead", "clears"),
    [
        ("baseline.csv", "88 (17),100", "98 (17),100", "baseline.female.combination.count", "point", ("88",), 5),
        ("baseline.csv", "434 (83)", "434 (38)", "baseline.male.combination.percent", "point", ("83",), 2),
        ("end_point.yml", "457, 410", "357, 410", "end_point.risk3.combination.count", "point", ("457",), 2),
        ("trial.yml", "n: 522", "n: 521", "record.n.combination.count", "point", ("522",), 2),
    ],
)
def test_a_slip_of_the_pen_is_told_from_what_it_makes_disagree(
    folder, file, right, wrong, claim, part, instead, clears
):
    change(folder / file, right, wrong)
    (found,), left_out = mends(read_folder(folder))
    assert left_out == 0
    assert found[:3] == (f"trial.{claim}", part, instead) and len(found.clears) == clears


def test_each_of_two_numbers_that_could_be_the_slip_is_named(folder):
    change(folder / "end_point.yml", "hr_hi: 0.63", "hr_hi: 0.68")
    found = {each.part: each.instead for each in mends(read_folder(folder)).found}
    assert "0.63" in found["high"] and "0.36" in found["low"] and set(found) == {"high", "low"}


def test_slips_are_the_same_where_every_check_is_made_again(folder, monkeypatch):
    change(folder / "baseline.csv", "434 (83)", "434 (38)")
    change(folder / "trial.yml", "n: 522", "n: 521")
    found = mends(read_folder(folder))

    def again(ledger, make, claim_id, way, inputs, **rest):
        return make(claim_id, inputs=inputs, **rest), False

    monkeypatch.setattr(slips._Retried, "_once", again)
    assert found.found and mends(read_folder(folder)) == found


def test_nothing_to_mend(folder):
    assert mends(read_folder(folder)) == ([], 0)


def test_numbers_in_which_no_slip_was_looked_for_are_counted(folder, monkeypatch):
    change(folder / "end_point.yml", "hr_hi: 0.63", "hr_hi: 0.68")
    monkeypatch.setattr(slips, "MOST_NUMBERS", 1)
    change(folder / "baseline.csv", "88 (17),100", "98 (17),100")
    found, left_out = mends(read_folder(folder))
    assert left_out > 3 and len({each.claim for each in found}) <= 1


def test_decimal_commas_are_read_as_points(folder):
    """As a program of another language saves the table: semicolons between cells, commas in numbers."""
    plain = audit_folder(folder, draws=0).ledger.frame()
    table = folder / "baseline.csv"
    rows = csv.reader(table.read_text(encoding="utf-8").splitlines())
    lines = [";".join([cells[0], *(cell.replace(".", ",") for cell in cells[1:])]) for cells in rows]
    table.write_text("\n".join(lines), encoding="utf-8")
    assert "35,2 (8,7)" in lines[1]
    assert audit_folder(folder, draws=0).ledger.frame().equals(plain)


def test_all_faults_are_said_at_once_with_their_places(folder):
    change(folder / "baseline.csv", "88 (17)", "88 (17")
    change(folder / "baseline.csv", "43 (8),42 (8),0.84", "43 (8),42 (8),n.s.")
    change(folder / "end_point.yml", "hr: 0.49", "hrr: 0.49")
    change(folder / "baseline.csv", "Zidovudine (n=532)", "AZT (n=532)")
    change(folder / "baseline.csv", "Longer,203 (39),213 (40),", "Longer,203 (39)")
    change(folder / "trial.yml", "each_once:", "each_one:")
    with pytest.raises(DataError) as error:
        read_folder(folder)
    said = str(error.value).splitlines()
    assert said[0].startswith("trial.yml, tables, entry 1, each_one: is no key of this part; did you mean 'each_once'?")
    assert "baseline.csv, line 14, row 'Longer': has 2 cells for 4 columns" in said[1]
    assert "baseline.csv, line 1, column 'AZT (n=532)': is no group of trial.yml" in said[2]
    assert "baseline.csv, line 5, row 'Female', column 'Combination (n=522)': '88 (17'" in said[3]
    assert "baseline.csv, line 17, row 'Haemophilia', column 'P value': 'n.s.'" in said[4]
    assert "end_point.yml" in said[5] and "hrr" in said[5] and len(said) == 6


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: Combination,", "name: Other,", "'Combination.*is no group of trial.yml"),
        ("file: baseline.csv", "file: table1.csv", "table1.csv: cannot be read"),
        ("each_once: [Sex,", "each_once: [Gender,", "'Gender', which is no section"),
        ("n: 532", "n: many", "groups, entry 1, n: is 'many'"),
    ],
)
def test_a_wrong_name_is_said(folder, old, new, said):
    change(folder / "trial.yml", old, new)
    with pytest.raises(DataError, match=said):
        read_folder(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("baseline.csv", "(39),213 (40),", "(39)", "line 14, row 'Longer': has 2 cells for 4 columns; add"),
        ("baseline.csv", "Longer,203", "Longer,0,65,203", "row 'Longer': has 6 cells for 4 columns; put a cell"),
        ("curve.csv", "1,18,0.929", "1,18,1.929", "line 80: survival is 1.929, where the axis goes from 0 to 1"),
        ("curve.csv", "1,18,0.929", "1,-18,0.929", "curve.csv, line 80: time is -18; no patient is followed before 0"),
        ("end_point.yml", "lm1: 0.865", "lm1: 86,5%", "lm1 is '86,5%'; give a number as printed"),
        ("end_point.yml", "landmark: 24 ", "landmark: 240 ", "lm1 is at 240, after the end of the curve, 39.75"),
        ("trial.yml", "title: ACTG", "title: A\ntitle: ACTG", "trial.yml: line 3, column 1: 'title' is given twice"),
        ("trial.yml", "n: 532", "n: 5.5", "trial.yml, groups, entry 1, n: is '5.5'; it should be a whole number"),
        ("trial.yml", "title: ACTG", "title: x: ACTG", "mapping values are not allowed here; look at the indentation"),
        ("baseline.csv", "88 (17)", "8" * 21, f"line 5, row 'Female', column 'Combination (n=522)': '{'8' * 21}' has"),
        ("baseline.csv", "88 (17)", "88/99999999 (17%)", "99999999 is more than the 1,000,000 patients that are read"),
        ("baseline.csv", "(n=522)", "(n=5220000)", "'Combination (n=5220000)': 5220000 is more than the 1,000,000"),
        ("baseline.csv", "88 (17)", "16.8582%", "16.8582% stands without its count and has 6 digits; give the count"),
        ("baseline.csv", "0.41", "4.1e-17", "column 'P value': '4.1e-17' has 19 digits when written out"),
        ("baseline.csv", "0.41", "<0.00001", "'<0.00001' is a bound of more than 4 decimals; write"),
        ("baseline.csv", "88 (17)", "0/0 (0%)", "row 'Female', column 'Combination (n=522)': a group of 0 patients"),
        ("baseline.csv", "Sex,,,", "n,0,532,", "line 4, row 'n', column 'Combination (n=522)': a group of 0 patients"),
        ("baseline.csv", "(n=522)", "(n=0)", "line 1, column 'Combination (n=0)': a group of 0 patients"),
        ("end_point.yml", "hr_lo: 0.39", "hr_lo: 0.63", "hazard ratio: '0.49 (0.63 to 0.63)' has two equal limits"),
        ("end_point.yml", "hr_lo: 0.39", "hr_lo: <0.39", "'0.49 (<0.39 to 0.63)' has limits that are no numbers"),
        ("trial.yml", "name: Zidovudine,", "name: Combination +,", "'Combination +' and 'Combination' differ in"),
        ("end_point.yml", "hr: 0.49", "hr: 0.4900000000000001", "hazard ratio: '0.4900000000000001' has 17 digits"),
    ],
)  # fmt: skip
def test_what_no_paper_prints_is_refused_with_its_place(folder, file, old, new, said):
    change(folder / file, old, new)
    with pytest.raises(DataError, match=re.escape(said)):
        read_folder(folder)


@pytest.mark.filterwarnings("error")
def test_a_curve_without_a_point_is_refused_without_a_warning(folder):
    (folder / "curve.csv").write_text("arm,time,survival\n", encoding="utf-8")
    with pytest.raises(DataError, match="curve: there is no point in it; write a line for each"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1,18,0.929", "1,18,0.999", "of Combination is at 0.999 at time 18, 0.066 above one before it"),
        ("1,18,0.929", "1,18,0.829", "of Combination is at 0.829 at time 18, 0.084 below one after it"),
        ("1,18,0.929", "1,18,0.925", ""),
    ],
)  # fmt: skip
def test_a_point_astray_is_told(folder, old, new, said):
    change(folder / "curve.csv", old, new)
    (end_point,) = read_folder(folder).end_points
    notes = end_point.trial.reading_notes
    assert [said in note for note in notes] == ([True] if said else [])
    result = CliRunner().invoke(app, ["audit", str(folder), "--draws", "0", "--no-report"])
    assert said in result.stdout and "No number differs." in result.stdout


def test_tables_are_understood_as_printed(folder):
    (folder / "trial.yml").write_text(
        """
title: Invented
groups: [{name: Drug, n: 111}, {name: Placebo, n: 86, also: [control]}]
tables: [{file: events.csv, population: safety}, {file: subgroups.csv}]
""",
        encoding="utf-8",
    )
    (folder / "events.csv").write_text(
        "Event;Drug (N = 110), any grade;Drug, grade ≥3;Control (N=86), any grade;Control, grade ≥3;P\n"
        "Nausea;65 (59%);4 (4);10 (12);2 (2);<.0001\nFlushing;14/110 (13%);1 (1);30/86 (35%);0;0·0003\n",
        encoding="utf-8",
    )
    (folder / "subgroups.csv").write_text(
        "Subgroup\tHazard ratio (95% CI)\nAll\t0·62 [0·41 to 0·93]\nWomen\t0.50 (0.41–0.93)\n", encoding="utf-8"
    )
    frame = audit_folder(folder).ledger.frame().set_index("claim_id")
    verdicts = frame["verdict"]
    assert verdicts["trial.events.nausea.drug_any.percent"] == "reproduced"
    assert frame.loc["trial.events.flushing.placebo_any.n", "printed"] == "86"
    assert frame.loc["trial.events.nausea.p.p", "printed"] == "<0.0001"
    assert "no more than were randomised" in frame.loc["trial.events.n.drug_any.count", "method"]
    assert verdicts["trial.subgroups.all.hazard_ratio.point"] == "possible"
    assert verdicts["trial.subgroups.women.hazard_ratio.point"] == "differs"


@pytest.fixture
def summaries_alone(folder):
    """The first published end point of NETTER-1, without a curve."""
    (folder / "trial.yml").write_text(
        "title: NETTER-1\ngroups: [{name: control, n: 113}, {name: 177Lu-DOTATATE, n: 116}]\nend_points: [pfs.yml]\n",
        encoding="utf-8",
    )
    (folder / "pfs.yml").write_text(trial_file.EXAMPLE, encoding="utf-8")
    return folder


def test_each_estimate_is_withheld_with_its_limits_and_a_ratio_with_its_p(summaries_alone):
    asked = []
    found = audit_folder(summaries_alone, 8, lambda claims: asked.extend(claims) or (lambda: None)).ledger
    assert asked == ["trial.pfs.hr.hr", "trial.pfs.median0.control.median"]
    made = [next(c for c in found.checks[claim] if c.method.startswith("8 sets of patients")) for claim in asked]
    hr, median = (set(check.inputs) for check in made)
    assert not {"trial.pfs.hr.hr", "trial.pfs.p.p"} & hr and "trial.pfs.median0.control.median" in hr
    assert "trial.pfs.median0.control.median" not in median and {"trial.pfs.hr.hr", "trial.pfs.p.p"} <= median


@thorough
def test_estimates_that_would_confirm_each_other_are_recovered_once(summaries_alone):
    change(summaries_alone / "pfs.yml", "summaries:", "summaries:\n  landmark: 20\n  lm0: 0.108\n  lm1: 0.652")
    ledger = audit_folder(summaries_alone, 20).ledger
    checks = {
        claim: [(each.verdict, each.note) for each in ledger.checks[claim] if "20 sets of patients" in each.method]
        for claim in ("trial.pfs.hr.hr", "trial.pfs.lm0.control.rate", "trial.pfs.lm1.177lu_dotatate.rate")
    }
    assert all(len(own) == 1 for own in checks.values())
    recovered = [claim for claim, ((verdict, _),) in checks.items() if verdict is Verdict.RECOVERED]
    assert len(recovered) == 1
    assert all(note for claim, ((_, note),) in checks.items() if claim not in recovered)


@pytest.mark.parametrize(
    ("printed", "verdict", "said"),
    [("0.99", "differs", "no t test gives it"), ("0.05", "possible", "no t test gives it"), ("0.55", "reproduced", "")],
)
def test_a_p_value_of_means_may_be_of_ranks_within_reason(folder, printed, verdict, said):
    if printed == "0.99":
        change(folder / "baseline.csv", "35.2 (8.7),35.2 (8.9),0.99", "53.2 (8.7),35.2 (8.9),0.99")
        claim = "trial.baseline.age_mean_sd_years.p.p"
    else:
        change(folder / "baseline.csv", "353.2 (114.1),0.55", f"353.2 (114.1),{printed}")
        claim = "trial.baseline.cd4_cells_mean_sd_per_mm3.p.p"
    frame = audit_folder(folder, 0).ledger.frame().set_index("claim_id")
    assert frame.loc[claim, "verdict"] == verdict and said in frame.loc[claim, "note"]


def test_too_few_sets_are_refused(folder):
    result = CliRunner().invoke(app, ["audit", str(folder), "--draws", "2"])
    assert result.exit_code == 2 and "draws is 2; a verdict needs 20 sets or more" in result.stderr


def test_where_no_patients_are_found_there_is_no_check(summaries_alone):
    change(summaries_alone / "pfs.yml", "0: [113, 47, 17, 4, 1, 0]", "0: [113, 47, 57, 4, 1, 0]")
    found = audit_folder(summaries_alone, 8)
    assert isinstance(found.patients["pfs"], str)
    assert not any("sets of patients" in each.method for each in found.ledger.checks["trial.pfs.hr.hr"])


def test_a_section_that_is_not_said_to_hold_all_needs_another_column_to_confirm(folder):
    change(folder / "trial.yml", "each_once: [Sex, Karnofsky score, Earlier antiretroviral therapy]", "each_once: []")
    change(folder / "baseline.csv", "434 (83),432 (81)", "434 (83),400 (75)")
    ledger = audit_folder(folder, 0).ledger
    sums = {
        arm: {each.verdict for each in ledger.checks[f"trial.baseline.n.{arm}.count"] if each.method == "sum over Sex"}
        for arm in ("combination", "zidovudine")
    }
    assert sums == {"combination": {Verdict.AGREES}, "zidovudine": {Verdict.DIFFERS}}
    method = "what the other rows of Sex leave of the group"
    fixed = [each.method for each in ledger.checks["trial.baseline.female.combination.count"]]
    assert method not in fixed


def test_a_mean_without_its_word_is_asked_for():
    with pytest.raises(DataError, match=r"'63\.1 \(9\.4\)' may be a mean"):
        read_cell("63.1 (9.4)", "Age")


def test_the_commands_make_a_folder_and_audit_it(tmp_path):
    folder = tmp_path / "mine"
    made = CliRunner().invoke(app, ["new-trial", str(folder)])
    assert made.exit_code == 0 and "netterbook audit" in made.stderr
    again = CliRunner().invoke(app, ["new-trial", str(folder)])
    assert again.exit_code == 2 and "--force" in again.stderr
    change(folder / "end_point.yml", "curve: curve.csv", "")
    done = CliRunner().invoke(app, ["audit", str(folder), "--draws", "0", "--no-report"])
    assert done.exit_code == 0, done.output
    frame = pd.read_csv(folder / "ledger.csv")
    assert f"{len(frame)} numbers: " in done.stdout and "differs" not in set(frame["verdict"])
    change(folder / "baseline.csv", "88 (17)", "88 (71)")
    (folder / "ledger.csv").unlink()
    wrong = CliRunner().invoke(app, ["audit", str(folder), "--draws", "0", "--no-report"])
    assert wrong.exit_code == 0 and "88" in wrong.stdout and "71" in wrong.stdout
    change(folder / "baseline.csv", "88 (71)", "88 (71")
    refused = CliRunner().invoke(app, ["audit", str(folder), "--output", str(tmp_path / "none")])
    assert refused.exit_code == 2 and "line 5" in refused.stderr and not (tmp_path / "none").exists()
