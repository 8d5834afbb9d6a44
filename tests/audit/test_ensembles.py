"""Stored ensembles: what they were given, that they meet it, when they count, and that another run agrees."""

import shutil

import numpy as np
import pandas as pd
import pytest

from netterbook import papers
from netterbook.audit import ensembles
from netterbook.book import parameters
from netterbook.reconstruction.windows import read_summaries


def about(end_point, withhold):
    return ensembles.END_POINTS[end_point].without(*ensembles.WITHHOLD[withhold])


@pytest.fixture(scope="module", params=ensembles.STORED, ids=" without ".join)
def stored(request):
    found = ensembles.read(*request.param, papers.data_dir())
    assert found is not None, "numbers or engine have changed since: run netterbook ensembles"
    return *request.param, found


def test_what_chapters_ask_for_by_default_is_stored():
    defaults = [parameters.Netter1(), parameters.Netter2(), parameters.CrossTrial(), parameters.Reconstruction()]
    assert all(p.draws <= ensembles.DRAWS and p.seed == ensembles.SEED for p in defaults)
    asked = {("netter1_pfs", p.withhold) for p in (defaults[0], defaults[3])} | {("netter1_os", defaults[0].withhold)}
    asked |= {("netter2_pfs", defaults[1].withhold), ("netter1_pfs", "nothing"), ("netter2_pfs", "nothing")}
    assert asked == set(ensembles.STORED)


def test_every_set_meets_every_number_it_was_given(stored, ledger):
    end_point, withhold, found = stored
    at_risk, arms, summaries = about(end_point, withhold).tables(ledger)
    assert found.draws == ensembles.DRAWS
    for row in at_risk.itertuples():
        assert ((found.time[:, found.arm == row.arm] >= row.time).sum(axis=1) == row.n_risk).all()
    for row in arms.itertuples():
        assert (found.event[:, found.arm == row.arm].sum(axis=1) == row.events).all()
        assert (found.arm == row.arm).sum() == row.n
    given = read_summaries(summaries, None, [at_risk["time"].max()] * 2)
    assert {item.name for item in given} == {name.partition(" at ")[0] for name in found.given[1:]} - {
        "events0",
        "events1",
    }
    for item in given:
        assert all(found.each(lambda t, e, a, item=item: item.met(t, e, a, "log-log")))


def test_times_are_stored_to_what_they_are_known_to(stored):
    """To five digits of the follow-up; so they are alike in every program that reads them."""
    _, _, found = stored
    assert np.array_equal(found.time, np.round(found.time, 4))
    assert found.time.min() > 0


def test_a_fresh_run_agrees_to_its_monte_carlo_error(stored, ledger):
    """With another seed: the middles lie within a third of the stored interval of each other."""
    end_point, withhold, found = stored
    fresh = about(end_point, withhold).reconstruct(ledger, 60, 7)
    for quantity, time in (("hr", None), ("survival0", 12), ("survival1", 12), ("rmst_difference", 12)):
        was, now = found.estimate(quantity, time), fresh.estimate(quantity, time)
        assert abs(now.value - was.value) <= max((was.high - was.low) / 3, 0.01 * abs(was.value)), quantity


def test_another_number_or_seed_is_sampled(ledger):
    found, _ = ensembles.reconstruct("netter1_os", "nothing", 3, ensembles.SEED)
    assert found.draws == 3


def test_an_ensemble_without_its_index_entry_or_with_another_fingerprint_does_not_count(tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(papers.data_dir() / "reconstruction", folder / "reconstruction")
    assert ensembles.read("netter1_os", "nothing", folder) is not None
    path = folder / "reconstruction" / "ensembles.csv"
    index = pd.read_csv(path, dtype=str, keep_default_na=False)
    index["fingerprint"] = index["fingerprint"].str[::-1]
    index.to_csv(path, index=False)
    assert ensembles.read("netter1_os", "nothing", folder) is None
    path.unlink()
    assert ensembles.read("netter1_os", "nothing", folder) is None


def test_the_fingerprint_follows_what_is_withheld_and_the_code(monkeypatch, tmp_path):
    first = ensembles.fingerprint("netter1_pfs", "nothing")
    assert ensembles.fingerprint("netter1_pfs", "hazard ratio") != first
    package = tmp_path / "netterbook"
    shutil.copytree(ensembles.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(ensembles, "PACKAGE", package)
    assert ensembles.fingerprint("netter1_pfs", "nothing") == first
    sampler = package / "reconstruction" / "sampler.py"
    sampler.write_text(sampler.read_text(encoding="utf-8") + "\nMORE = 1\n", encoding="utf-8")
    assert ensembles.fingerprint("netter1_pfs", "nothing") != first
