"""Ratios of medians beside hazard ratios."""

import pandas as pd
import pytest

from netterbook.book.cross_trial import median_ratios


def test_medians_beside_hazard_ratios(table):
    pairs = median_ratios.medians_and_hazard_ratios(table)
    by = pairs.set_index(["study", "endpoint"])
    netter2 = by.loc[("NETTER-2", "PFS")]
    assert netter2.median_ratio == pytest.approx(22.8 / 8.5) and netter2.expected == pytest.approx(1 / 0.276)
    assert ("NETTER-1", "PFS") not in by.index  # one median not reached
    assert by.loc[("RADIANT-4", "PFS"), "shape"] < 1 < netter2["shape"]
    assert "CABINET, gastrointestinal subset" not in set(pairs["study"])
    assert {"CABINET, extrapancreatic", "CABINET, pancreatic"} < set(pairs["study"])
    assert median_ratios.nearer_to_one(pairs)[1:] == (len(pairs), 9)


def test_ratios_nearer_to_one_are_counted():
    pairs = pd.DataFrame(
        {
            "trial": ["NETTER-2", "COMPETE", "RADIANT-4", "COMPETE", "E2211"],
            "median_ratio": [1.6, 1.8, 2.5, 0.9, 0.4],
            "expected": [2.0, 2.0, 2.0, 0.8, 1.5],  # below one where the hazard ratio is above
        }
    )
    assert median_ratios.nearer_to_one(pairs) == (3, 5, 4)


def test_a_changing_effect():
    curve = median_ratios.changing_effects(8.5, 0.276)
    ends = curve.groupby("kind").agg(["first", "last"])
    assert ends.loc["starts late", ("median_ratio", "first")] == pytest.approx(1 / 0.276)
    assert ends.loc["ends early", ("hr", "first")] == pytest.approx(1, abs=0.01)
