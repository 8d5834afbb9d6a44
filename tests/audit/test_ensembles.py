"""Stored ensembles: what they were given, that they meet it, when they count, and that another run agrees."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from netterbook import papers
from netterbook.audit import ensembles
from netterbook.audit.given import Inputs
from netterbook.book.chapters import PARAMETERS
from netterbook.reconstruction.given import read_summaries


@pytest.fixture(scope="module", params=ensembles.STORED, ids=" ".join)
def stored(request, ledger, known):
    trial, *about = request.param
    found = ensembles.read(ledger, known[trial], *about)
    assert found is not None, "numbers or engine have changed since: run netterbook ensembles"
    return ensembles.given(known[trial], *about), found


def test_what_chapters_ask_for_by_default_is_stored():
    defaults = [PARAMETERS[name]() for name in ("netter1", "netter2", "reconstruction", "cross_trial")]
    assert all(p.draws <= ensembles.STORED_DRAWS and p.seed == ensembles.STORED_SEED for p in defaults)
    asked = {("netter1", "pfs", p.withhold) for p in (defaults[0], defaults[2])}
    asked |= {("netter1", "os", defaults[0].withhold), ("netter2", "pfs", defaults[1].withhold)}
    asked |= {("netter1", ensembles.FINAL, "nothing")}
    asked |= {(trial, "pfs", withhold) for trial in ("netter1", "netter2") for withhold in ("nothing", "scans")}
    assert asked == set(ensembles.STORED)


def test_every_set_meets_every_number_it_was_given(stored, ledger):
    about, found = stored
    arguments = about.arguments(ledger)
    at_risk, arms = arguments["at_risk"], arguments["arms"]
    assert found.draws == ensembles.STORED_DRAWS
    for row in at_risk.itertuples():
        assert ((found.time[:, found.arm == row.arm] >= row.time).sum(axis=1) == row.n_risk).all()
    for row in arms.itertuples():
        own = found.arm == row.arm
        assert own.sum() == row.n
        if "events" in arms:
            assert (found.event[:, own].sum(axis=1) == row.events).all()
        if "tmax" in arms:
            assert (found.time[:, own].max(axis=1) == row.tmax).all()
    ends = [max(at_risk["time"].max(), *arms.get("tmax", [0]))] * 2
    given = read_summaries(arguments.get("summaries", {}), None, ends, arguments.get("quantities"))
    totals = {f"{name}{arm}" for name in ("events", "tmax") if name in arms for arm in (0, 1)}
    assert {item.name.partition(" at ")[0] for item in given} == {
        name.partition(" at ")[0] for name in found.given[1:]
    } - totals
    for item in given:
        assert all(found.each(lambda t, e, a, item=item: item.met(t, e, a, "log-log")))


def test_times_are_stored_to_what_they_are_known_to(stored):
    """To five digits of the follow-up; so they are alike in every program that reads them."""
    _, found = stored
    assert np.array_equal(found.time, np.round(found.time, 4))
    assert found.time.min() > 0


def test_a_fresh_run_agrees_to_its_monte_carlo_error(stored, ledger):
    """With another seed: the middles lie within a third of the stored interval of each other."""
    about, found = stored
    fresh = about.reconstruct(ledger, 60 if isinstance(about, Inputs) else 24, 7)  # a minute or two for the latter
    for quantity, time in (("hr", None), ("survival0", 12), ("survival1", 12), ("rmst_difference", 12)):
        was, now = found.estimate(quantity, time), fresh.estimate(quantity, time)
        assert abs(now.value - was.value) <= max((was.high - was.low) / 3, 0.01 * abs(was.value)), quantity


def test_fewer_draws_than_are_stored_are_the_first_of_them(ledger, known):
    found = ensembles.reconstruct(ledger, known["netter1"], "os", "nothing", 3, ensembles.STORED_SEED)
    whole = ensembles.read(ledger, known["netter1"], "os", "nothing")
    assert np.array_equal(found.time, whole.time[:3])


def test_another_seed_is_sampled(ledger, known):
    found = ensembles.reconstruct(ledger, known["netter1"], "os", "nothing", 3, ensembles.STORED_SEED + 1)
    assert not np.array_equal(found.time, ensembles.read(ledger, known["netter1"], "os", "nothing").time[:3])


def test_an_ensemble_without_its_index_entry_or_with_another_fingerprint_does_not_count(data_copy, known):
    ledger, about = papers.load(data_copy), (known["netter1"], "os", "nothing")
    assert ensembles.read(ledger, *about) is not None
    path = data_copy / "reconstruction" / "ensembles.csv"
    index = pd.read_csv(path, dtype=str, keep_default_na=False)
    index["fingerprint"] = index["fingerprint"].str[::-1]
    index.to_csv(path, index=False)
    assert ensembles.read(ledger, *about) is None
    path.unlink()
    assert ensembles.read(ledger, *about) is None


def test_the_fingerprint_follows_what_is_withheld_and_the_code(monkeypatch, tmp_path, ledger, known):
    given = ensembles.given(known["netter1"], "pfs", "nothing")
    first = ensembles.fingerprint(ledger, given)
    assert ensembles.fingerprint(ledger, given.without("hr")) != first
    assert ensembles.fingerprint(ledger, given.unscheduled()) != first
    package = tmp_path / "netterbook"
    shutil.copytree(ensembles.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(ensembles, "PACKAGE", package)
    assert ensembles.fingerprint(ledger, given) == first
    for name in ("reconstruction/sampler.py", "reconstruction/hazards.py", "methods/patients.py", "printed.py"):
        source = (package / name).read_text(encoding="utf-8")
        (package / name).write_text(source + "\nMORE = 1\n", encoding="utf-8")
        ensembles.engine_code.cache_clear()
        assert ensembles.fingerprint(ledger, given) != first, name
        (package / name).write_text(source, encoding="utf-8")
    ensembles.engine_code.cache_clear()
    assert ensembles.fingerprint(ledger, given) == first


def test_the_sources_that_make_draws_are_those_that_an_interpreter_loads():
    """With the package's own file left out, which also brings what starts from curves."""
    code = """
import sys, types
package = types.ModuleType("netterbook.reconstruction")
package.__path__ = [sys.argv[1]]
sys.modules["netterbook.reconstruction"] = package
import netterbook.reconstruction.summaries
own = [x for name, x in sys.modules.items() if name.startswith("netterbook.") and x is not package]
print(*(module.__file__ for module in own))
"""
    command = [sys.executable, "-c", code, str(ensembles.PACKAGE / "reconstruction")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {Path(path).relative_to(ensembles.PACKAGE).as_posix() for path in done.stdout.split()}
    made = set(ensembles.engine(ensembles.PACKAGE))
    assert {"reconstruction/sampler.py", "reconstruction/hazards.py", "methods/convergence.py", "printed.py"} <= made
    assert loaded - {"methods/__init__.py"} == made
