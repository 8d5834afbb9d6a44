"""The benefit on several scales."""

import numpy as np
import pandas as pd
import pytest

from netterbook.book.cross_trial import scales
from netterbook.methods import pooling
from netterbook.text import fill


def test_three_scales_find_the_larger_effect(benefit, gains, sentence):
    assert (benefit["low"] <= benefit["value"]).all() and (benefit["value"] <= benefit["high"]).all()
    # the treated median is 32 months, follow-up 30: mostly not reached in NETTER-1's draws
    assert benefit["value"].iloc[1] == np.inf
    effects = scales.larger_effects(benefit).set_index("scale")
    assert effects["larger"].tolist() == ["NETTER-1", "", "NETTER-1"]
    assert effects["comparable"].tolist() == [True, False, True]
    own = benefit[benefit["scale"] == scales.HAZARD_RATIO].set_index("trial")
    for column, trial in (("first", "NETTER-1"), ("second", "NETTER-2")):
        values, errors = zip(*effects.loc[scales.HAZARD_RATIO, column], strict=True)
        assert list(values) == own.loc[trial, ["value", "low", "high"]].tolist()
        assert list(errors) == own.loc[trial, ["value_error", "low_error", "high_error"]].tolist()
    at_18 = gains[(gains["trial"] == "NETTER-1") & (gains["horizon"] == 18)].iloc[0]
    assert at_18.value == pytest.approx(benefit[benefit["trial"] == "NETTER-1"]["value"].iloc[2])
    larger = scales.larger_effect(benefit, gains)
    assert larger[:2] == (2, 2)
    known = scales.larger_effect(benefit.assign(value=benefit["value"].replace(np.inf, 25.0)), gains)
    assert known[:2] == (3, 3)
    one, two = (gains.loc[gains["trial"] == name, "value"].to_numpy() for name in ("NETTER-1", "NETTER-2"))
    assert (larger.at_horizons, larger.horizons) == (sum(one > two), len(one))
    said = sentence("is the larger effect on")
    for each, words in ((larger, "on both scales that give"), (known, "on 3 of the 3 scales that give")):
        assert words in fill(said, {"larger": each, "both": each.on_scales == each.scales == 2})


def test_restricted_means_are_compared_every_quarter_year(found, benefit, gains):
    last = min(map(pooling.last_time, found.values()))
    assert gains["horizon"].unique().tolist() == list(range(3, int(last) + 1, 3))
    apart = pd.DataFrame(
        [(name, h, 0.0, low, low + 1) for name, low in zip(found, (0, 5), strict=True) for h in (3, 6)],
        columns=["trial", "horizon", "value", "low", "high"],
    )
    for table in (apart, apart.assign(trial=apart["trial"].to_numpy()[::-1])):  # either may be the higher
        assert scales.larger_effect(benefit, table).overlap == 0
    assert scales.larger_effect(benefit, apart.assign(high=5.0)).overlap == 2


def test_two_scales_rank_trials_differently(table):
    ranks = scales.rival_scales(table).set_index("study")
    assert ranks["hr_rank"].idxmin() == "CABINET, pancreatic" and ranks["difference_rank"].idxmin() == "NETTER-2"
    assert ranks.loc["COMPETE", ["hr_rank", "difference_rank", "difference"]].tolist() == [len(ranks), 2, 9.8]
    assert sorted(ranks["hr_rank"]) == sorted(ranks["difference_rank"]) == list(range(1, len(ranks) + 1))


def test_agreement_of_two_rankings():
    names, studies = ["CABINET", "CABINET", "COMPETE"], ["a", "b", "c"]
    ranks = pd.DataFrame({"trial": names, "study": studies, "hr": [0.2, 0.4, 0.6], "difference": [5.0, 9.0, 4.0]})
    assert scales.rank_agreement(ranks) == (2, 1, (), 3, 3, 2)
    for tied in (ranks.assign(difference=[5.0, 9.0, 9.0]), ranks.assign(hr=[0.2, 0.4, 0.4])):
        assert scales.rank_agreement(tied).ties == (("b", "c"),)


def test_the_sentence_on_rankings_names_what_ties(table, sentence):
    found = scales.rank_agreement(scales.rival_scales(table))
    assert found.same + found.opposite + len(found.ties) == found.pairs
    said = sentence("are in the same order on both scales")
    values = found._asdict() | {"tied": 1, "names": "PROMID and E2211"}
    assert "and 1 (PROMID and E2211) tie on one of them." in fill(said, values | {"any": True})
    assert "in the opposite one." in fill(said, values | {"any": False})
