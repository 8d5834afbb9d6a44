"""Files and parameters spoilt at random end in a result that holds, or in an error of ours.

``HOSTILE_CASES=100000 HOSTILE_SEED=1 pytest --timeout 0 tests/test_hostile.py`` tries more, from another beginning.
"""

import shutil
import tempfile
from pathlib import Path

import hypothesis
import numpy as np
import pandas as pd
import pytest
from hostile import CASES, NUMBERS, SEED, WORDS, command, holds_after, labelled, spoilt, write
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from netterbook.book import parameters
from netterbook.book.chapters import PARAMETERS
from netterbook.errors import NetterbookError
from netterbook.own_trial.misprinted import example
from netterbook.reconstruction import arm_names, trial_file

pytestmark = [] if CASES else [pytest.mark.usefixtures("short_chains")]
EXAMPLES = Path(__file__).parents[1] / "examples"
SMALL = """title: Small
unit: months
arms:
  - {arm: 0, name: control, n: 12, events: 8, tmax: 11}
  - {arm: 1, name: treated, n: 12, events: 5}
at_risk: at_risk.csv
rates:
  - {arm: 1, time: 6, survival: 0.75, low: 0.41, high: 0.91}
summaries:
  hr: 0.5
  hr_lo: 0.16
  median0: 6.3
  median1: NR
  logrank_p: <0.5
draws: 1
"""
TRIAL = {"trial.yml": SMALL.encode(), "at_risk.csv": b"arm,time,n_risk\n0,0,12\n0,4,7\n0,8,2\n1,0,12\n1,4,9\n1,8,5\n"}
CURVE = {
    f"simulated-{name}": (EXAMPLES / f"simulated-{name}").read_bytes()
    for name in ("curve.csv", "at-risk.csv", "curve.yml")
}
FOLDER = {name: text.encode() for name, text in example().items()}


def many(few):
    """As many cases as are asked for, from a recorded beginning."""

    def wrap(test):
        told = settings(
            max_examples=CASES or few,
            deadline=None,
            database=None,
            derandomize=False,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        return hypothesis.seed(SEED)(told(test))

    return wrap


@pytest.fixture(scope="module")
def room():
    """A folder with a folder around it, in which nothing else may appear."""
    with tempfile.TemporaryDirectory() as around:
        yield Path(around)


def fresh(room, files):
    shutil.rmtree(room / "in", ignore_errors=True)
    shutil.rmtree(room / "out", ignore_errors=True)
    (room / "in").mkdir()
    write(room / "in", files)
    return room / "in", room / "out"


def check_patients(description, out):
    """Every set has the patients, the events and the numbers at risk that were given, and a time for each."""
    for name, one in trial_file.read_comparisons(description).items():
        ending = arm_names.file_names({name: one})[name]
        patients = pd.read_csv(
            out / f"{description.stem}{'.' if ending else ''}{ending}.ipd.csv", float_precision="round_trip"
        )
        assert list(patients.columns) == ["draw", "arm", "time", "event"]
        assert np.isfinite(patients["time"]).all() and (patients["time"] >= 0).all()
        assert patients["event"].isin([0, 1]).all()
        assert patients["draw"].nunique() == (1 if one.curve is not None else one.draws)
        for row in one.arm_table.itertuples():
            own = patients[patients["arm"] == row.arm]
            for _, each in own.groupby("draw"):
                assert len(each) == row.n
                assert one.curve is not None or np.isnan(row.events) or each["event"].sum() == row.events
                printed = one.at_risk[one.at_risk["arm"] == row.arm]
                at_risk = [(each["time"] >= time).sum() for time in printed["time"]]
                assert one.curve is not None or at_risk == printed["n_risk"].tolist()


def check_reconstructed(room, files, name):
    folder, out = fresh(room, files)
    status = holds_after(command("reconstruct", folder / name, "-o", out, "--jobs", 1), out, room)
    if status == 0:
        check_patients(folder / name, out)


@many(60)
@given(files=spoilt(TRIAL))
def test_descriptions(room, files):
    check_reconstructed(room, files, "trial.yml")


@many(60)
@given(files=spoilt(CURVE))
def test_curves(room, files):
    check_reconstructed(room, files, "simulated-curve.yml")


@many(60)
@given(files=spoilt(FOLDER))
def test_folders(room, files):
    folder, out = fresh(room, files)
    status = holds_after(command("audit", folder, "-o", out, "--draws", 0, "--no-report"), out, room)
    if status == 0:
        assert len(pd.read_csv(out / "ledger.csv")) > 0


LABELS = {
    "ACTG 175, two of its groups": "trial.yml",
    "N Engl J Med 1996;335:1081-90; recomputed from the public data of the trial": "trial.yml",
    "Fall of CD4 cells, AIDS or death": "end_point.yml",
    "Haemophilia": "baseline.csv",
    "80 or less": "baseline.csv",
    "Other": "baseline.csv",
}
DIFFERING = FOLDER | {"end_point.yml": FOLDER["end_point.yml"].replace(b"lm0: 0.732", b"lm0: 0.372")}


@many(2)
@given(files=labelled(DIFFERING, LABELS))
def test_reports(room, files):
    folder, out = fresh(room, files)
    holds_after(command("audit", folder, "-o", out, "--draws", 0), out, room)


def read_or_refused(read, model, given):
    try:
        return read(model, given)
    except NetterbookError as error:
        assert len(str(error)) < 100_000


@many(300)
@given(data=st.data())
def test_parameters(data):
    model = data.draw(st.sampled_from(sorted(PARAMETERS.items())))[1]
    names = st.sampled_from([*model.model_fields, "levle", "_x", "In", ""])
    texts = st.sampled_from([*NUMBERS, *WORDS]) | st.text(max_size=30)
    values = texts | st.integers() | st.floats() | st.booleans() | st.none() | st.lists(texts | st.floats(), max_size=3)
    namespace = data.draw(st.dictionaries(names, values | st.dictionaries(texts, values, max_size=2), max_size=3))
    found = read_or_refused(parameters.read, model, namespace)
    assert found is None or parameters.read(model, found.model_dump()) == found
    read_or_refused(parameters.parse, model, {name: str(value) for name, value in namespace.items()})
