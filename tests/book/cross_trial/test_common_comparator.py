"""Trials through a comparator that they share."""

import numpy as np
import pytest

from netterbook.book.cross_trial import common_comparator, studies
from netterbook.errors import ParameterError
from netterbook.methods import indirect, pooling


def test_indirect_comparisons(ledger, table):
    (row,) = common_comparator.indirect_comparisons(table, "octreotide 60 mg", 0.95).itertuples()
    # by hand: log ratio log(0.21/0.276), variances ((log 0.33/0.13)/3.92)^2 + ((log 0.418/0.182)/3.92)^2
    error = np.hypot(np.log(0.33 / 0.13), np.log(0.418 / 0.182)) / (2 * 1.959964)
    assert row.ratio == pytest.approx(0.21 / 0.276)
    assert row.high == pytest.approx(row.ratio * np.exp(1.959964 * error))
    through = common_comparator.indirect_comparisons(table, "placebo", 0.95)
    studied = table[(table["comparator"] == "placebo") & table["endpoint"].isin(["PFS", "TTP"])]["study"]
    n = len(studied[~studied.str.endswith("subset")])
    assert len(through) == n * (n - 1) / 2
    alone = studies.side_by_side(ledger, True, ("PROMID",))
    for comparator, message in (("everolimus", "those that do are: none"), ("placebo", "those that do are: PROMID;")):
        with pytest.raises(ParameterError, match=message):
            common_comparator.indirect_comparisons(alone, comparator, 0.95)


def test_what_the_two_netter_trials_could_tell_apart(ledger, netter1, netter2):
    found = common_comparator.ratio_of_hazard_ratios(ledger, netter1, netter2, 0.95)
    # half width of the interval on the log scale is 1.96 standard errors; significance, and with 80% power 1.96 + 0.84
    error = np.hypot(np.log(0.33 / 0.13), np.log(0.418 / 0.182)) / (2 * 1.959964)
    assert found.standard_error == pytest.approx(error)
    just, often = (indirect.detectable_ratio(found.standard_error, power, 0.95) for power in (0.5, 0.8))
    assert (just, often) == pytest.approx((np.exp(1.959964 * error), np.exp((1.959964 + 0.841621) * error)))


def test_the_ratio_over_an_unstratified_one(ledger, netter1, found):
    second = found["NETTER-2"]
    hr, (ratio, low, high) = common_comparator.over_unstratified(ledger, netter1, second, 0.95)
    logs = np.log(second.values("hr"))
    middle, error = np.exp(logs.mean()), logs.std() / np.sqrt(20)  # draws that are independent
    assert hr.value == pytest.approx(middle) and 0 < hr.error < 3 * error * middle
    assert ratio.value == pytest.approx(0.21 / middle)
    assert low.value < ratio.value < high.value
    alone = 0.21 / middle * np.exp(1.959964 * np.log(0.33 / 0.13) / 3.919928)  # were NETTER-2's known without error
    assert high.value > alone


def test_control_groups_compared(found):
    first, second = found.values()
    compared = common_comparator.controls_compared(first, second, 18, 0.95)
    value, low, high = (each.value for each in compared.hr)
    assert low < 12 / 8 < high and low < value < high  # hazards in the inverse ratio of the medians
    means = [pooling.restricted_means(each, 18, 0.95).loc["control", "value"] for each in (first, second)]
    assert [compared.first.value, compared.second.value] == means and means[0] < means[1]
    assert compared.difference.value == pytest.approx(means[0] - means[1], abs=0.3)  # medians over the sets
    (a, d), (b, c) = ([end.value for end in ends] for ends in (compared.ends, compared.inner))
    assert a < b < compared.difference.value < c < d
    (least, most), middle = (end.value for end in compared.p_ends), compared.p.value
    assert 0 <= least < middle < most <= 1 and compared.p.error > 0


def test_sunitinib_over_everolimus_needs_both_trials(ledger, table):
    found = common_comparator.sunitinib_over_everolimus(table, 0.95)
    assert found.ratio == pytest.approx(0.42 / 0.35)
    one = studies.side_by_side(ledger, True, ("RADIANT-3",))
    assert np.isnan(common_comparator.sunitinib_over_everolimus(one, 0.95).ratio)


def test_what_is_said_of_the_control_groups_follows_the_interval(found, sentence):
    compared = common_comparator.controls_compared(*found.values(), 18, 0.95)
    value, _, _ = compared.hr
    for low, high, apart in ((0.9, 1.1, False), (1.02, 1.7, True), (0.6, 0.99, True)):
        assert compared._replace(hr=[value, value._replace(value=low), value._replace(value=high)]).apart is apart
    assert "{apart:The interval of the hazard ratio excludes one" in sentence("The medians are almost the same")
