"""Events observed over events expected."""

import pytest
from scipy.stats import poisson

from netterbook.methods.expected_counts import ratio_of_counts, standardised_ratio


@pytest.mark.parametrize(("observed", "expected", "level"), [(8, 3.0, 0.95), (1, 4.2, 0.9), (30, 12.5, 0.99)])
def test_the_exact_interval_leaves_half_the_error_on_each_side(observed, expected, level):
    found = standardised_ratio(observed, expected, level)
    assert found.value == observed / expected
    tail = (1 - level) / 2
    assert poisson.sf(observed - 1, found.low * expected) == pytest.approx(tail)
    assert poisson.cdf(observed, found.high * expected) == pytest.approx(tail)


def test_counts_on_both_sides_widen_the_interval():
    exact, counts = standardised_ratio(8, 3.0), ratio_of_counts(8, 3.0)
    assert counts.low < exact.low and counts.high > exact.high
    assert counts.low * counts.high == pytest.approx(counts.value**2)


@pytest.mark.parametrize("function", [standardised_ratio, ratio_of_counts])
@pytest.mark.parametrize(("given", "message"), [((0, 3.0), "not 0 and 3"), ((8, 0.0), "not 8 and 0"),
                                                ((8, 3.0, 95), "between 0 and 1, not 95")])  # fmt: skip
def test_what_is_no_ratio_is_refused(function, given, message):
    with pytest.raises(ValueError, match=message):
        function(*given)
