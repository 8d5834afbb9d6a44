"""netterbook sweep: a reconstruction or a chapter at many points."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from small_trials import GRID, TRIAL
from typer.testing import CliRunner

from netterbook import sweep as sweeping
from netterbook.chapter_headlines import check_expressions, evaluated
from netterbook.cli import app
from netterbook.errors import DataError, ParameterError
from netterbook.reconstruction.pieces import Workers


def run(*arguments):
    return CliRunner().invoke(app, ["sweep", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "trial.yml").write_text(TRIAL)
    (tmp_path / "grid.yaml").write_text(GRID)
    return tmp_path


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> str:
    """The result by one process, without a stop."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "trial.yml").write_text(TRIAL)
    (folder / "grid.yaml").write_text(GRID)
    result = run(folder / "grid.yaml", "--jobs", 1, "--pieces", folder / "pieces")
    assert result.exit_code == 0, result.output
    assert len(list((folder / "pieces").iterdir())) == 6
    assert ElementTree.parse(folder / "grid.svg").getroot().tag.endswith("svg")
    assert (folder / "grid.png").read_bytes().startswith(b"\x89PNG")
    return (folder / "grid.csv").read_text()


def test_a_row_for_each_point_and_headline(whole, tmp_path):
    (tmp_path / "grid.csv").write_text(whole)
    table = pd.read_csv(tmp_path / "grid.csv", keep_default_na=False, na_values=[""])
    assert table.columns.tolist() == ["point", "seed", "draws", "withhold", "quantity", "value", "low", "high", "error",
                                      "error_low", "error_high", "problem"]  # fmt: skip
    assert table.groupby("point").size().tolist() == [8] * 6
    assert table["withhold"].unique().tolist() == ["nothing", "median0"]
    held = table[(table["quantity"] == "median, control") & (table["withhold"] == "nothing")]
    assert ((held["value"] >= 8.35) & (held["value"] < 8.45)).all()
    assert (table["low"] <= table["value"]).all() and (table["value"] <= table["high"]).all()


def test_processes_change_nothing(whole, folder):
    assert run(folder / "grid.yaml", "--jobs", 2, "--pieces", folder / "pieces").exit_code == 0
    assert (folder / "grid.csv").read_text() == whole


def test_a_run_that_was_killed_goes_on_and_repeats_nothing(whole, folder):
    pieces = folder / "pieces"
    command = [sys.executable, "-c", "from netterbook.cli import app; app()", "sweep", str(folder / "grid.yaml")]
    command += ["--jobs", "1", "--pieces", str(pieces)]
    begun = subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while begun.poll() is None and len(list(pieces.glob("*.csv"))) < 2:
        time.sleep(0.002)
    time.sleep(np.random.default_rng().uniform(0, 0.1))
    begun.send_signal(signal.SIGKILL)
    begun.wait()
    done = {path.name: path.stat().st_mtime_ns for path in pieces.glob("*.csv")}
    assert len(done) >= 2
    if len(done) < 6:
        assert not (folder / "grid.csv").exists()
    assert run(folder / "grid.yaml", "--jobs", 1, "--pieces", pieces, "--force").exit_code == 0
    after = {path.name: path.stat().st_mtime_ns for path in pieces.glob("*.csv")}
    assert {name: after[name] for name in done} == done and len(after) == 6
    assert (folder / "grid.csv").read_text() == whole


def test_a_cluster_changes_nothing(whole, folder):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        result = run(folder / "grid.yaml", "--scheduler", address, "--pieces", folder / "pieces")
    assert result.exit_code == 0, result.output
    assert (folder / "grid.csv").read_text() == whole


def test_other_numbers_are_other_points(folder):
    first = sweeping.read_sweep(folder / "grid.yaml").pieces
    (folder / "trial.yml").write_text(TRIAL.replace("8.4", "8.5"))
    second = sweeping.read_sweep(folder / "grid.yaml").pieces
    assert len({piece.key for piece in (*first, *second)}) == 12


def test_a_point_that_cannot_be_says_why_and_the_others_stand(folder):
    (folder / "grid.yaml").write_text("trial: trial.yml\nparameters: {draws: [4], summaries.median0: [8.4, 1.0]}\n")
    result = run(folder / "grid.yaml", "--jobs", 1, "--pieces", folder / "pieces")
    assert result.exit_code == 3, result.output
    table = pd.read_csv(folder / "grid.csv", keep_default_na=False)
    assert table.loc[table["problem"] != "", "summaries.median0"].tolist() == [1.0]
    assert table["value"].ne("").sum() == len(table) - 1


def test_random_points_are_those_of_their_seed(folder):
    text = "trial: trial.yml\npoints: random\nsample: 3\nseed: {}\n"
    text += "parameters: {{draws: {{low: 4, high: 90, whole: true}}}}\n"
    drawn = []
    for seed in (1, 1, 2):
        (folder / "grid.yaml").write_text(text.format(seed))
        found = sweeping.read_sweep(folder / "grid.yaml")
        drawn.append([point["draws"] for point in found.points])
        assert found.grid.seed == seed and all(4 <= int(draws) <= 90 for draws in drawn[-1])
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_example_is_a_description_of_the_example(tmp_path):
    (tmp_path / "trial.yml").write_text(CliRunner().invoke(app, ["reconstruct", "--example"]).stdout)
    (tmp_path / "grid.yaml").write_text(run("--example").stdout)
    assert len(sweeping.read_sweep(tmp_path / "grid.yaml").points) == 4
    assert "parameters:" in run("--help").stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("parameters: {seed: [1]}\n", "name either a trial or a chapter"),
        ("trial: trial.yml\n", "parameters: Field required"),
        ("trial: trial.yml\nparameters: {seed: []}\n", "seed has no values; give one at least"),
        ("trial: trial.yml\nparameters: {seed: [1]}\nsample: 3\n", "sample goes with points: random"),
        ("trial: trial.yml\nparameters: {seed: {low: 1, high: 2}}\n", "seed is a span; give a list of values"),
        ("trial: trial.yml\nparameters: {seeed: [1]}\n", "unknown key 'seeed'; did you mean 'seed'?"),
        ("trial: trial.yml\nparameters: {draws: [many]}\n", "draws is 'many'"),
        ("trial: trial.yml\nparameters: {summaries.hrr: [0.2]}\n", "unknown key 'hrr'"),
        ("trial: gone.yml\nparameters: {seed: [1]}\n", "cannot read the trial"),
        ("chapter: netter3\nparameters: {seed: [1]}\n", "no chapter 'netter3' with parameters; there are: background"),
        ("chapter: netter1\nparameters: {level: [0.9, 2]}\n", "parameter level = '2' cannot be used"),
        ("chapter: netter1\nparameters: {level: [0.9]}\nheadlines: {hr: 'a b'}\n", "headline 'hr' is no expression"),
        (
            "chapter: netter1\nparameters: {level: [0.9]}\nheadlines: {hr: pooled.hr}\n",
            "headline 'hr': the chapter has no 'pooled'; ",
        ),
        ("trial: trial.yml\nparameters: {seed: [1]}\ntimes: [-3]\n", "times, 0: "),
        ("trial: trial.yml\nparameters: {seed: [1]}\ntimes: [.nan]\n", "times, 0: "),
        ("chapters: netter1\nparameters: {level: [0.9]}\n", "chapters: unknown key; there are: trial, chapter"),
        ("trial: trial.yml\nparameters: {draws: 40}\n", "draws is '40'; give a list of values, as [40]"),
        ("- a\n", "holds no keys"),
        ("a: [\n", "line 2, column 1: "),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(folder, monkeypatch, text, said):
    monkeypatch.setattr(sweeping, "in_pieces", lambda *_: pytest.fail("the work was begun"))
    (folder / "grid.yaml").write_text(text)
    result = run(folder / "grid.yaml", "--pieces", folder / "pieces")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr and result.stderr.count("\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == ["grid.yaml", "trial.yml"]


def test_times_after_follow_up_say_so(folder):
    grid = "trial: trial.yml\nparameters: {draws: [2]}\ntimes: [6, 600]\n"
    (folder / "grid.yaml").write_text(grid)
    result = run(folder / "grid.yaml", "--jobs", 1, "--pieces", folder / "pieces")
    assert result.exit_code == 3, result.output
    assert (
        "1 of them lack headlines; the first: rate at 600, control: patients are followed no longer than"
        in result.stderr
    )
    table = pd.read_csv(folder / "grid.csv").set_index("quantity")
    late = table.index.str.contains("600")
    assert table["problem"].notna().tolist() == late.tolist() and late.sum() == 5
    assert table.loc[late, "value"].isna().all() and table.loc[~late, "value"].notna().all()


# ---- chapters


@pytest.mark.parametrize(
    "expression",
    ["hr", "max(hr, hr)", "[x for x in (hr, 1)][0]", "(lambda y: y + hr)(1)", "np.log(later(1))", "Kind.a"],
)
def test_names_that_a_chapter_gives_are_known(expression, tmp_path):
    cells = ["import numpy as np", "def later(x):\n    return x", "class Kind:\n    a = 1", "hr = 1"]
    made = {"cells": [{"cell_type": "code", "source": [cell]} for cell in cells] + [{"cell_type": "markdown"}]}
    (tmp_path / "a.ipynb").write_text(json.dumps(made))
    check_expressions(tmp_path / "a.ipynb", {"h": expression})
    with pytest.raises(DataError, match="headline 'h': the chapter has no 'hrr'; did you mean 'hr'\\?"):
        check_expressions(tmp_path / "a.ipynb", {"h": expression + " + hrr"})


def test_headlines_of_a_chapter():
    results = pd.DataFrame(
        {"end_point": ["A", "B"], "effect_measure": ["hazard ratio", ""], "effect": [0.2, np.nan],
         "effect_low": [0.1, np.nan], "effect_high": [0.3, np.nan]}
    )  # fmt: skip
    assert evaluated({}, {"results": results}) == [("A: hazard ratio", ["0.2", "0.1", "0.3", "nan"])]
    with pytest.raises(ParameterError, match="the chapter has no table of results; give headlines"):
        evaluated({}, {})
    with pytest.raises(ParameterError, match="headline 'a': b fails: NameError"):
        evaluated({"a": "b"}, {})
    with pytest.raises(ParameterError, match="headline 'a' is 'word', which is no number"):
        evaluated({"a": "'word'"}, {})


def test_a_chapter_is_run_at_every_point(tmp_path):
    (tmp_path / "grid.yaml").write_text(
        "chapter: background\nparameters: {weeks_between: [4, 8]}\nheadlines: {left: 100 * left}\n"
    )
    found = sweeping.read_sweep(tmp_path / "grid.yaml")
    table = sweeping.swept(found, Workers(1), tmp_path / "pieces")
    assert table["quantity"].tolist() == ["left", "left"]
    four, eight = table["value"]
    assert np.isclose((four / 100) ** 2, eight / 100, rtol=1e-4)
