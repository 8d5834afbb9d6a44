"""Errors, coverage and bias of results whose numbers are known."""

from math import inf, nan, sqrt

import numpy as np
import pandas as pd
import pytest

from netterbook import papers
from netterbook.reconstruction import accuracy as judging
from netterbook.reconstruction.accuracy import accuracy, by_stratum, coverage, covered, errors, informed
from netterbook.reconstruction.study import RESULT


def results(*rows):
    columns = ["setting", "quantity", "true", "estimate", "low", "high", "low50", "high50"]
    return pd.DataFrame(rows, columns=columns)


def bare(setting, quantity, true, estimate):
    return (setting, quantity, true, estimate, nan, nan, nan, nan)


def test_errors_of_each_kind():
    table = results(
        bare("s", "hr", 0.5, 0.25),
        bare("s", "median0", 8, 10),
        bare("s", "median1", 8, inf),
        bare("s", "rmst1", 20, 19),
        bare("s", "survival0", 0.60, 0.55),
        bare("s", "events1", 30, 28),
        bare("s", "hr", 0.5, nan),
    ).set_index(pd.Index(range(10, 17)))
    found = errors(table)
    assert found.index.tolist() == list(range(10, 17))
    assert found.tolist() == pytest.approx([-np.log(2), 25, inf, -5, -5, -2, nan], nan_ok=True)


def test_accuracy_of_known_errors():
    events = [bare("a", f"events{i % 2}", 30, 30 + e) for i, e in enumerate((0, 0, -1, 2, 7))]
    table = results(*events, bare("b", "events0", 5, 5), bare("a", "hr", 0.5, 1.0), bare("a", "hr", 0.5, nan))
    found = accuracy(table)
    assert found.columns.tolist() == ["setting", "kind", "cases", "median", "90th percentile", "exact, %"]
    assert found.iloc[0].tolist() == ["a", "events", 5, 1, pytest.approx(5), 40]  # 2 + 0.6 × (7 − 2)
    assert found.iloc[1].tolist() == ["b", "events", 1, 0, 0, 100]
    assert found.iloc[2].tolist() == ["a", "hr", 1, *[pytest.approx(np.log(2))] * 2, 0]
    assert len(found) == 3


def test_accuracy_counts_a_median_wrongly_not_reached():
    found = accuracy(results(bare("s", "median0", 8, inf), bare("s", "median1", 8, 8)))
    assert found.cases.tolist() == [2]


INTERVALS = (
    ("HR withheld", "hr", 0.5, 0.5, 0.4, 0.6, 0.45, 0.55),  # inside both
    ("HR withheld", "hr", 0.5, 0.6, 0.4, 0.8, 0.55, 0.7),  # inside one
    ("HR withheld", "hr", 0.5, 0.7, 0.6, 0.8, 0.65, 0.75),  # outside both
    ("HR withheld", "hr", 0.5, 0.5, 0.5, 0.5, 0.5, 0.5),  # at the end
    ("medians withheld", "median0", 8, 9, 7, inf, 8.5, 12),
    ("medians withheld", "median1", 8, inf, 9, inf, inf, inf),
    ("medians withheld", "median1", 8, nan, nan, nan, nan, nan),  # no patients found
)


def test_coverage_of_known_intervals():
    found = coverage(results(*INTERVALS, bare("clean curve", "hr", 0.5, 0.5)))
    assert found.columns.tolist() == [
        *("setting", "kind", "cases", "inside 95%", "error 95%", "inside 50%", "error 50%", "bias", "error of bias")
    ]
    assert found[["setting", "kind", "cases", "inside 95%", "inside 50%"]].to_numpy().tolist() == [
        ["HR withheld", "hr", 4, 75, 50],
        ["medians withheld", "median", 2, 50, 0],
        ["all", "", 6, pytest.approx(200 / 3), pytest.approx(100 / 3)],
    ]
    near = (200 / 3 / 100 * 6 + 1) / 8  # one more of either kind is supposed
    assert found["error 95%"].iloc[-1] == pytest.approx(100 * sqrt(near * (1 - near) / 6))


def test_bias_is_signed_and_relative_to_the_width_on_the_scale_of_the_interval():
    rows = [("s", "rmst0", 10.0, 11.0, 9.0, 13.0, 10.5, 11.5), ("s", "rmst1", 10.0, 9.8, 9.6, 10.0, 9.7, 9.9)]
    found = covered(results(*rows))
    assert found["bias"] == pytest.approx((0.25 - 0.5) / 2)
    assert found["error of bias"] == pytest.approx(np.std([0.25, -0.5], ddof=1) / sqrt(2))
    ratio = covered(results(("s", "hr", 0.5, 1.0, 0.25, 4.0, 0.5, 2.0)))  # of log 16, log 2
    assert ratio["bias"] == pytest.approx(0.25)
    assert np.isnan(covered(results(*INTERVALS[3:6]))["bias"])  # no width, or no end


def test_nothing_to_cover():
    found = covered(results(INTERVALS[-1]))
    assert found.pop("cases") == 0 and all(np.isnan(value) for value in found.values())


def full(**columns):
    base = dict.fromkeys(RESULT, "") | {"scans": "none", "step": "none", "recording": "days", "size": "middle"}
    base |= {"held_out": False, "source": "simulated", "family": "delayed", "setting": "HR withheld", "quantity": "hr"}
    base |= {"true": 0.5, "estimate": 0.5, "low": 0.4, "high": 0.6, "low50": 0.45, "high50": 0.55}
    return base | columns


def test_informed_results_know_schedule_and_recording():
    told = [("none", "none"), ("given", "none"), ("withheld", "none"), ("wrong", "none"), ("given", "given"),
            ("given", "withheld"), ("none", "given")]  # fmt: skip
    table = pd.DataFrame([full(scans=scans, step=step) for scans, step in told])
    assert informed(table).index.tolist() == [0, 1, 4, 6]


def test_strata():
    outside = {"low": 0.6, "low50": 0.6}
    rows = [
        full(),
        full(size="large", **outside),
        full(source="SurvSet", family="colon", recording="steps", step="given", held_out=True),
        full(family="cured", scans="given", size="small", **outside),
    ]
    found = by_stratum(pd.DataFrame(rows)).set_index(["stratum", "group"])
    inside = {key: (row["cases"], row["inside 95%"]) for key, row in found.iterrows()}
    assert inside == {
        ("all", ""): (4, 50),
        ("patients", "simulated"): (3, pytest.approx(100 / 3)),
        ("patients", "public"): (1, 100),
        ("recorded in", "days or finer"): (3, pytest.approx(100 / 3)),
        ("recorded in", "steps"): (1, 100),
        ("size", "up to 100"): (1, 0),
        ("size", "101 to 1,000"): (2, 100),
        ("size", "above 1,000"): (1, 0),
        ("progression seen", "at any time"): (3, pytest.approx(200 / 3)),
        ("progression seen", "at scans"): (1, 0),
        ("arms", "delayed"): (2, 50),
        ("arms", "cured"): (1, 0),
        ("held out", "no"): (3, pytest.approx(100 / 3)),
        ("held out", "yes"): (1, 100),
    }


def test_standardised_errors_of_known_intervals():
    table = pd.DataFrame([full(true=0.6), full(quantity="rmst1", true=11.0, estimate=10.0, low=8.0, high=12.0),
                          full(low=0.5, high=0.5), full(quantity="median0", high=inf)])  # fmt: skip
    found = judging.standardised_errors(table)
    assert found["kind"].tolist() == ["hazard ratio", "restricted mean"]
    width = np.log(0.6 / 0.4) / (2 * 1.959964)
    assert found["deviation"].tolist() == [pytest.approx(np.log(0.6 / 0.5) / width), pytest.approx(1 / (4 / 3.919928))]


def test_trials_are_counted_once():
    rows = [full(trial="a", quantity=quantity) for quantity in ("hr", "rmst0")]
    rows += [full(trial="b", source="SurvSet", held_out=True), full(trial="c", held_out=True)]
    assert judging.studied(pd.DataFrame(rows)) == (1, 2, 2)


def test_reconstructions_with_fewer_sets_than_asked_for_are_listed_once():
    rows = [full(trial="a", draws=200.0), full(trial="a", setting="clean curve", draws=nan)]
    rows += [full(trial="b", quantity=quantity, draws=0.0) for quantity in ("hr", "rmst0")]
    rows += [full(trial="b", scans="given", draws=37.0)]
    found = judging.incomplete(pd.DataFrame(rows))
    assert found[["trial", "scans", "draws"]].to_numpy().tolist() == [["b", "none", 0], ["b", "given", 37]]


def test_what_a_reconstruction_was_told_is_compared_over_the_same_trials():
    """Of a trial in steps with scans, of one in days with scans, and of one in steps without."""
    both = [("given", "given"), ("withheld", "given"), ("wrong", "given"), ("given", "withheld")]
    told = {"both": both, "scans": [("given", "none"), ("withheld", "none"), ("wrong", "none")]}
    told |= {"step": [("none", "given"), ("none", "withheld")], "plain": [("none", "none")]}
    estimates = {("given", "given"): 0.55, ("wrong", "none"): 0.7}
    rows = [
        full(trial=name, scans=scans, step=step, estimate=estimates.get((scans, step), 0.5))
        for name, pairs in told.items()
        for scans, step in pairs
    ]
    found = judging.by_told(pd.DataFrame(rows))
    assert found[["about", "told", "kind", "cases"]].to_numpy().tolist() == [
        ["scans", "given", "hr", 2], ["scans", "withheld", "hr", 2], ["scans", "wrong", "hr", 2],
        ["step", "given", "hr", 2], ["step", "withheld", "hr", 2],
    ]  # fmt: skip
    assert found["median"].tolist() == pytest.approx([np.log(1.1) / 2, 0, np.log(1.4) / 2, np.log(1.1) / 2, 0])
    assert (found["inside 95%"] == 100).all()


def test_stored_results_have_the_columns_of_the_study():
    stored = judging.stored_results(papers.data_dir())
    assert stored.columns.tolist() == RESULT and len(stored) > 500
    assert judging.stored_peers(papers.data_dir())["tool"].tolist()[-1] == "netterbook"
