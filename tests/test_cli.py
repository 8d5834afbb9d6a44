import io
import json
import os
from importlib.metadata import version

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from netterbook import papers, trials
from netterbook.claims import Verdict
from netterbook.cli import app
from netterbook.commands import common
from netterbook.explanation import with_unit


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def read_csv(text):
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def assert_refused(result, *words):
    """Exit code 2 and one line on standard error; no traceback, nothing on standard output."""
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    for word in words:
        assert str(word) in result.stderr


def test_the_version_is_that_of_the_package():
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"netterbook {version('netterbook')}\n")


def test_help_lists_every_command_by_what_it_is_for():
    said = run("--help").stdout
    listed = [line.split()[0] for line in said.splitlines() if line.startswith("  ") and line[2:3].isalpha()]
    assert {*typer.main.get_group(app).commands} <= {*listed}
    assert said.index("Any trial:") < said.index("  audit ") < said.index("made anew:") < said.index("  misprints ")


# ---- ledger


def test_csv_is_the_frame(ledger):
    result = run("ledger", "--format", "csv")
    assert result.exit_code == 0
    frame = ledger.frame()
    counts = {name: ["" if pd.isna(n) else str(n) for n in frame[name]] for name in ("would_pass", "of_numbers")}
    pd.testing.assert_frame_equal(read_csv(result.stdout), frame.assign(**counts))
    assert result.stderr == ""


@pytest.mark.parametrize(
    "filters",
    [
        {"paper": "netter1"},
        {"place": "Table 4"},
        {"verdict": "printed alike"},
        {"paper": "netter1", "place": "Table 4", "verdict": "differs"},
    ],
)
def test_filters(ledger, filters):
    options = [word for name, value in filters.items() for word in (f"--{name}", value)]
    found = read_csv(run("ledger", "--format", "csv", *options).stdout)
    frame = ledger.frame()
    for column, value in filters.items():
        frame = frame[frame[column] == value]
    assert found["claim_id"].tolist() == frame["claim_id"].tolist() != []


def test_a_place_of_another_paper_names_the_places_of_this():
    assert_refused(run("ledger", "--paper", "ajr2018", "--place", "Table 4"), "there are: Abstract, Notes\n")


def test_filters_that_no_claim_meets_give_a_header_only():
    result = run("ledger", "--format", "csv", "--paper", "ajr2018", "--verdict", "differs")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("option", "choices"),
    [
        ("--paper", list(trials.documents(papers.data_dir()))),
        ("--place", ["Abstract", "Figure 2B", "Research in context", "Table 5"]),
        ("--verdict", [str(v) for v in Verdict]),
    ],
)
@pytest.mark.parametrize("format", ["csv", "table", "summary"])
def test_an_unknown_filter_names_the_choices(option, choices, format):
    assert_refused(run("ledger", option, "netter9", "--format", format), "'netter9'", *choices)


def test_an_unknown_filter_leaves_the_output_alone(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_text("old")
    assert_refused(run("ledger", "--paper", "netter9", "--output", str(path)))
    assert path.read_text() == "old"


def test_table_shows_every_claim_of_the_filter(ledger):
    shown = run("ledger", "--paper", "netter1", "--place", "Table 3").stdout
    for claim_id in ledger.frame(paper="netter1", place="Table 3")["claim_id"]:
        assert claim_id in shown


def test_summary_counts_every_claim_but_ticks_of_axes(ledger):
    lines = run("ledger", "--format", "summary").stdout.splitlines()
    assert {line.split()[0] for line in lines[1:]} == {*trials.documents(papers.data_dir()), "all"}
    ticks = sum(claim.measure == "axis" for claim in ledger.claims.values())
    assert ticks > 50 and lines[-1].split()[-1] == str(len(ledger.claims) - ticks)


def test_a_data_folder_without_data_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("NETTERBOOK_DATA", str(tmp_path))
    assert_refused(run("ledger"), tmp_path, "NETTERBOOK_DATA")


# ---- ledger --output


def test_output_is_the_whole_file(tmp_path, ledger):
    path = tmp_path / "ledger.csv"
    path.write_text("old")
    result = run("ledger", "--format", "csv", "--output", str(path))
    assert result.exit_code == 0
    assert result.stdout == ""
    assert f"{len(ledger.claims)} claims written to {path}" in result.stderr
    assert path.read_text(encoding="utf-8") == run("ledger", "--format", "csv").stdout
    assert os.listdir(tmp_path) == ["ledger.csv"]


def test_a_missing_folder_is_made_with_the_output_and_not_before(tmp_path):
    path = tmp_path / "missing" / "deeper" / "ledger.csv"
    assert_refused(run("ledger", "--output", str(path), "--verdict", "true"), "no verdict 'true'")
    assert os.listdir(tmp_path) == []
    assert run("ledger", "--output", str(path), "--format", "csv").exit_code == 0
    assert os.listdir(path.parent) == ["ledger.csv"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("old")
    path = tmp_path / "file" / "ledger.csv"
    assert_refused(run("ledger", "--output", str(path)), f"cannot write {path}: Not a directory")
    assert (tmp_path / "file").read_text() == "old"


def test_a_folder_in_place_of_the_file_is_refused(tmp_path):
    (tmp_path / "ledger.csv").mkdir()
    assert_refused(run("ledger", "--output", str(tmp_path / "ledger.csv")), "cannot write", "Is a directory")
    assert os.listdir(tmp_path) == ["ledger.csv"]


def test_a_read_only_folder_is_refused(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_text("old")
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("this user may write everywhere, as root may")
        assert_refused(run("ledger", "--output", str(path)), f"cannot write {path}: Permission denied")
        assert path.read_text() == "old"
        assert os.listdir(tmp_path) == ["ledger.csv"]
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_is_refused(tmp_path, monkeypatch):
    """Also for root: the file of the same name stays as it was when the new one cannot be put in its place."""
    path = tmp_path / "ledger.csv"
    path.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert_refused(run("ledger", "--output", str(path)), f"cannot write {path}: No space left on device")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["ledger.csv"]


# ---- any --output


def unwritable(tmp_path):
    (tmp_path / "file").write_text("old")
    (tmp_path / "device.csv").symlink_to(os.devnull)
    return {
        tmp_path / "file" / "missing" / "x.csv": "Not a directory",
        tmp_path / "file" / "x.csv": "Not a directory",
        tmp_path: "Is a directory",
        tmp_path / "device.csv": "Not a regular file",
        tmp_path / ("x" * 300): "File name too long",
    }


@pytest.mark.parametrize("arguments", [["ledger"], ["recover", "--draws", "100"]])
def test_an_output_that_cannot_be_written_is_refused_before_the_work(arguments, tmp_path, monkeypatch):
    def work(*_):
        pytest.fail("the work was begun")

    monkeypatch.setattr("netterbook.audit.build_ledger", work)
    for path, why in unwritable(tmp_path).items():
        result = run(*arguments, "--output", str(path))
        assert_refused(result, f"netterbook: cannot write {path}: {why}\n")
    assert sorted(os.listdir(tmp_path)) == ["device.csv", "file"]


def test_a_disk_that_fills_up_during_the_work_is_said(tmp_path, monkeypatch):
    path = tmp_path / "recovered.csv"

    def full(*_):
        raise OSError(28, "No space left on device")

    def recover(*_):
        monkeypatch.setattr(os, "replace", full)
        return pd.DataFrame({name: [1.0] for name in ("claim", "estimate", "low", "high", "below", "r_hat", "bulk")})

    monkeypatch.setattr("netterbook.audit.recovered.recover", recover)
    assert_refused(run("recover", "--draws", "100", "--output", str(path)), f"cannot write {path}: No space left")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("command", ["recover", "validate"])
def test_a_negative_seed_is_refused(command):
    result = run(command, "--seed", "-1")
    assert result.exit_code == 2
    assert "--seed" in result.stderr and "Traceback" not in result.stderr


# ---- messages


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("two\nlines\tand\x1b[31m red", "two lines and\\x1b[31m red"),
        (os.fsdecode(b"caf\xe9.yml"), "caf\\udce9.yml"),
        ("¹⁷⁷Lu", "¹⁷⁷Lu"),
        ("x" * 10_000, "x" * 2000 + "..."),
    ],
)
def test_a_message_is_one_line_whatever_the_user_gave(words, said, capsys):
    assert common.failure(words).exit_code == 2
    assert capsys.readouterr().err == f"netterbook: {said}\n"


# ---- claim


def test_claim_shows_every_check_and_its_inputs(ledger):
    claim_id = "netter2.table3.orr.lu.rate"
    shown = run("claim", claim_id).stdout
    assert f"printed: {with_unit(ledger[claim_id])}" in shown
    assert len(ledger.checks[claim_id]) > 1
    for check in ledger.checks[claim_id]:
        assert f"{check.verdict}: {check.method}" in shown
        assert f"would pass: {check.passing} of {check.forms:,} numbers" in shown
        for source in check.inputs:
            assert f"from {source}: {with_unit(ledger[source])}" in shown
    assert "100 × 65 ÷ 151 = 43.046" in shown


def test_claim_shows_a_fact_and_a_copy(ledger):
    assert "from ICRP-107: constant with a source\n" in run("claim", "netter1.introduction.half_life").stdout
    assert "from F049: " in run("claim", "netter1.methods.octreotide_delay_lu").stdout
    copy = next(c for c in ledger.claims.values() if c.same_as)
    assert f"the same number as {copy.same_as}\n" in run("claim", copy.id).stdout


def test_claim_without_a_check_shows_why(ledger):
    claim_id, reason = next(iter(ledger.reasons.items()))
    shown = run("claim", claim_id).stdout
    assert f"recorded: {Verdict.RECORDED.meaning}\n  {reason}" in shown


def test_claim_gives_json_and_the_numbers_beneath(ledger):
    claim_id = "netter1.table2.rate.p.p"
    found = json.loads(run("claim", claim_id, "--format", "json", "--tree").stdout)
    (check,) = [each for each in found["steps"] if each["verdict"] == "reproduced"]
    leading = ledger.leading(claim_id)
    assert [each["id"] for each in check["inputs"]] == [each["id"] for each in found["tree"]["inputs"]]
    assert tuple(each["id"] for each in check["inputs"]) == leading.inputs
    shown = run("claim", claim_id, "--tree").stdout.splitlines()
    assert shown[0].startswith(claim_id) and len(shown) > len(leading.inputs) + 1


def test_the_ledger_comes_as_json(ledger):
    rows = json.loads(run("ledger", "--format", "json", "--verdict", "differs").stdout)
    assert [row["claim_id"] for row in rows] == ledger.frame(verdict="differs")["claim_id"].tolist()
    assert set(rows[0]) == set(ledger.frame().columns)


def test_an_unknown_claim_suggests_near_ones():
    assert_refused(
        run("claim", "netter1.table4.headache.p"),
        "no claim has the id 'netter1.table4.headache.p'",
        "netter1.table4.headache.p.p",
    )


def test_a_data_folder_without_data_is_refused_by_claim(tmp_path, monkeypatch):
    monkeypatch.setenv("NETTERBOOK_DATA", str(tmp_path))
    assert_refused(run("claim", "netter1.table4.headache.p.p"), "NETTERBOOK_DATA")


# ---- refresh


def test_refresh_names_the_chapter_it_left_alone(tmp_path):
    path = tmp_path / "chapter.ipynb"
    path.write_text("no notebook")
    result = run("refresh", str(path))
    assert result.exit_code == 2
    assert f"{path} was left as it is" in result.stderr
    assert path.read_text() == "no notebook"


def test_help_is_given_without_arguments():
    assert all(command in run().output for command in ("ledger", "claim", "reconstruct", "refresh"))


@pytest.mark.parametrize("command", ["recover", "sensitivity", "misprints", "validate"])
@pytest.mark.parametrize("jobs", ["0", "-5"])
def test_numbers_of_processes_that_mean_nothing_are_refused(command, jobs):
    assert_refused(run(command, "--jobs", jobs), f"jobs is {jobs}; give a number of processes, or -1 for one a core")


def test_the_ending_of_a_file_says_its_format(tmp_path):
    for name, begins in (("l.csv", "claim_id,paper"), ("l.json", "["), ("l.txt", "claim_id ")):
        assert run("ledger", "--verdict", "differs", "--output", str(tmp_path / name)).exit_code == 0
        assert (tmp_path / name).read_text(encoding="utf-8").lstrip().startswith(begins)
    assert run("ledger", "--format", "json", "--output", str(tmp_path / "l.csv")).exit_code == 0
    assert (tmp_path / "l.csv").read_text(encoding="utf-8").startswith("[")


def test_nothing_found_is_said():
    assert (
        "No number of the ledger is all of that."
        in run("ledger", "--paper", "sundlov2022", "--verdict", "recovered").stderr
    )


def test_a_chapter_that_is_not_there_and_an_archive_of_another_kind_are_refused(tmp_path):
    assert_refused(run("refresh", str(tmp_path / "no.ipynb")), "there is no file", "name chapters")
    assert_refused(run("export", str(tmp_path / "e.tar.gz")), "is to be a zip archive")
    assert list(tmp_path.iterdir()) == []
