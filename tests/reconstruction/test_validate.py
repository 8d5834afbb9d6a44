"""netterbook validate."""

import numpy as np
import pandas as pd
import pytest
from small_trials import small
from typer.testing import CliRunner

from netterbook.cli import app
from netterbook.errors import ParameterError
from netterbook.reconstruction import calibration, model
from netterbook.reconstruction import study as studying
from netterbook.reconstruction.pieces import Workers, sources
from netterbook.reconstruction.study import RESULT

pytestmark = pytest.mark.usefixtures("short_chains")


def run(*arguments):
    return CliRunner().invoke(app, ["validate", *map(str, arguments)])


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Pieces go to a folder of the test."""
    folder = tmp_path / "cache"
    monkeypatch.setattr("netterbook.reconstruction.pieces.default_folder", lambda: folder)
    return folder


@pytest.fixture
def two_trials(monkeypatch, cache):
    monkeypatch.setattr(studying, "known_trials", lambda chosen: [] if chosen == "none" else [small(1), small(2)])


def results(names):
    base = dict.fromkeys(RESULT, "") | {"scans": "none", "step": "none", "recording": "days", "size": "small"}
    base |= {"held_out": False, "source": "simulated", "family": "cured", "setting": "HR withheld", "quantity": "hr"}
    base |= {"true": 0.5, "estimate": 0.25, "low": 0.4, "high": 0.6, "low50": 0.45, "high50": 0.55, "below": 0.5}
    return pd.DataFrame([base | {"trial": name, "draws": 9} for name in names])


@pytest.fixture
def quick(monkeypatch, two_trials):
    """No reconstruction: only what the command does with the results."""
    calls = []

    def study(trials, draws, seed, workers, folder, progress):
        calls.append((len(trials), draws, seed, workers, folder))
        for _ in trials:
            progress()
        return results(trial.name for trial in trials)

    def calibrate(prior, trials, draws, seed, workers, folder, progress):
        calls.append((prior, trials, draws, seed, workers, folder))
        rng = np.random.default_rng(1)
        rows = [(number, "HR", "hr", True, rng.random(), 9, 9) for number in range(trials)]
        return pd.DataFrame(rows, columns=["trial", "withheld", "quantity", "own", "rank", "kept", "draws"])

    monkeypatch.setattr(studying, "study", study)
    monkeypatch.setattr(calibration, "calibrate", calibrate)
    monkeypatch.setattr(model, "prior_trial", "the prior")
    return calls


def test_a_study_is_written_and_its_tables_are_printed(tmp_path, two_trials, cache):
    result = run("--draws", 4, "--jobs", 1, "--calibration", 0, "--output", tmp_path)
    assert result.exit_code == 0, result.output
    written = pd.read_csv(tmp_path / "validation.csv.gz")
    assert set(written.trial) == {"small 1", "small 2"} and written.columns.tolist() == RESULT
    for word in ("90th percentile", "inside 95%", "bias", "RMST withheld", "clean curve", "stratum", "up to 100"):
        assert word in result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "validation.csv.gz"]
    before = (tmp_path / "validation.csv.gz").read_bytes()
    assert len(list(cache.iterdir())) == 2
    again = run("--draws", 4, "--jobs", 1, "--calibration", 0, "--output", tmp_path)  # from the pieces
    assert (again.exit_code, again.stdout) == (0, result.stdout)
    assert (tmp_path / "validation.csv.gz").read_bytes() == before


def test_what_is_finished_survives_a_stop(tmp_path, two_trials, cache, monkeypatch):
    assess = studying.assess

    def stopped(trial, *options):
        if trial.name == "small 2":
            raise KeyboardInterrupt
        return assess(trial, *options)

    monkeypatch.setattr(studying, "assess", stopped)
    result = run("--draws", 4, "--jobs", 1, "--calibration", 0, "--output", tmp_path)
    assert result.exit_code != 0 and sorted(path.name for path in tmp_path.iterdir()) == ["cache"]
    assert len(list(cache.iterdir())) == 1


def test_options_are_handed_over(quick, cache, tmp_path):
    options = (
        "--trials",
        "small",
        "--draws",
        9,
        "--seed",
        3,
        "--scheduler",
        "tcp://10.0.0.1:8786",
        "--pieces",
        tmp_path,
    )
    assert run(*options, "--calibration", 40).exit_code == 0
    assert run("--calibration", 20).exit_code == 0
    there = (Workers(-1, "tcp://10.0.0.1:8786"), tmp_path / sources())
    assert quick == [(2, 9, 3, *there), ("the prior", 40, 9, 3, *there),
                     (2, 100, 1, Workers(-1), cache), ("the prior", 20, 60, 1, Workers(-1), cache)]  # fmt: skip


def test_each_part_can_be_left_out(quick, tmp_path):
    assert run("--trials", "none", "--calibration", 30, "--output", tmp_path).exit_code == 0
    assert [call[0] for call in quick] == ["the prior"]
    assert [path.name for path in tmp_path.iterdir()] == ["calibration.csv.gz"]
    assert run("--calibration", 0, "--output", tmp_path).exit_code == 0
    assert [call[0] for call in quick] == ["the prior", 2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calibration.csv.gz", "validation.csv.gz"]


def test_numbers_are_printed(quick):
    result = run("--calibration", 50)
    words = [line.split() for line in result.stdout.splitlines()]
    assert ["HR", "withheld", "hr", "2", "0.6931", "0.6931", "0.0"] in words
    ranks = np.array([np.random.default_rng(1).random(50)])[0]
    found = calibration.uniformity(ranks)
    assert ["hr", "50", "0", f"{found.p:.4g}", str(found.inside)] in words


def test_a_folder_that_cannot_be_is_refused_before_the_work(quick, tmp_path):
    (tmp_path / "file").write_text("old")
    folder = tmp_path / "file" / "missing"
    result = run("--output", folder)
    assert result.exit_code == 2 and isinstance(result.exception, SystemExit)
    assert result.stdout == "" and quick == []
    assert f"netterbook: cannot write {folder / 'validation.csv.gz'}: Not a directory" in result.stderr


def test_a_scheduler_that_does_not_answer_is_refused(monkeypatch, two_trials):
    distributed = pytest.importorskip("distributed")

    def silent(address):
        raise OSError(f"Timed out trying to connect to {address} after 30 s")

    monkeypatch.setattr(distributed, "Client", silent)
    result = run("--calibration", 0, "--scheduler", "tcp://127.0.0.1:1")
    assert result.exit_code == 2 and isinstance(result.exception, SystemExit)
    assert "cannot use the scheduler tcp://127.0.0.1:1: Timed out" in result.stderr


def test_a_malformed_address_is_refused(two_trials):
    pytest.importorskip("distributed")
    result = run("--draws", 1, "--calibration", 0, "--scheduler", "nonsense")
    assert result.exit_code == 2 and "netterbook: cannot use the scheduler nonsense" in result.stderr


def test_a_folder_of_pieces_that_cannot_be_written_is_said(two_trials, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(studying, "assess", lambda trial, *_: results([trial.name]))
    result = run("--calibration", 0, "--jobs", 1, "--pieces", tmp_path / "file")
    assert result.exit_code == 2 and f"cannot keep finished trials in {tmp_path / 'file'}" in result.stderr


@pytest.mark.parametrize("option", [("--calibration", -1), ("--draws", 0), ("--draws", "many"), ("--jobs", 0)])
def test_impossible_options_are_refused(quick, option):
    assert run(*option).exit_code == 2
    assert quick == []


def test_an_unknown_trial_is_refused(cache, monkeypatch):
    def unknown(_):
        raise ParameterError("no trial has 'nobody' in its name")

    monkeypatch.setattr(studying, "known_trials", unknown)
    result = run("--trials", "nobody", "--calibration", 0)
    assert result.exit_code == 2 and "netterbook: no trial has 'nobody' in its name" in result.stderr
