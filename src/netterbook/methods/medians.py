"""Medians beside hazard ratios: when one follows from the other, and what a changing effect does to both."""

from __future__ import annotations

from math import log
from typing import NamedTuple

import numpy as np

from netterbook.arrays import Floats
from netterbook.methods import patients
from netterbook.methods.scans import mid_quantiles


def median_ratio(hr: float, shape: float = 1.0) -> float:
    """Ratio of the medians that a hazard ratio gives Weibull times of one shape: ``hr ** (-1 / shape)``.

    Exponential times, shape 1: the ratio is 1 / hr.

    >>> round(median_ratio(0.276), 2), round(median_ratio(0.276, shape=1.3), 2)
    (3.62, 2.69)
    """
    if not (0 < hr < np.inf and 0 < shape < np.inf):
        raise ValueError(f"the hazard ratio and the shape must be positive, not {hr} and {shape}")
    return float(hr ** (-1 / shape))


def reconciling_shape(hr: float, ratio: float) -> float:
    """The Weibull shape at which a hazard ratio and a ratio of medians agree: ``-log hr / log ratio``.

    NETTER-2, medians 22.8 and 8.5 months: a hazard that rises with time, if the hazards are proportional.

    >>> round(reconciling_shape(0.276, 22.8 / 8.5), 2)
    1.3

    Raises
    ------
    ValueError
        If one favours arm 1 and the other does not: no shape reconciles them.
    """
    if not (0 < hr < np.inf and 0 < ratio < np.inf) or log(hr) * log(ratio) >= 0:
        raise ValueError(f"no Weibull shape gives a hazard ratio of {hr} and a ratio of medians of {ratio}")
    return -log(hr) / log(ratio)


class ChangingEffect(NamedTuple):
    """What a trial would print of an effect that changes: ratio of the medians, Cox's hazard ratio, RMST difference."""

    median_ratio: float
    hr: float
    rmst_difference: float


def changing_effect(
    median: float, early: float, late: float, change: float, follow_up: float, n: int = 10000
) -> ChangingEffect:
    """One hazard ratio up to the time ``change``, another after it, against an exponential control arm.

    Both arms are the quantiles of their distributions, ``n`` of each, censored at ``follow_up``; so the hazard ratio is
    what Cox's model tends to in a large trial. The ratio of the medians is exact.

    Parameters
    ----------
    median : of the control arm
    early, late : hazard ratios before and after ``change``
    change, follow_up : times in the unit of the median

    A delay of three months before a halved hazard, control median 8.4:

    >>> [round(x, 2) for x in changing_effect(8.4, 1, 0.5, 3, 30)]
    [1.64, 0.6, 4.27]
    """
    for name, value in (("median", median), ("early", early), ("late", late), ("follow_up", follow_up)):
        if not 0 < value < np.inf:
            raise ValueError(f"{name} must be positive, not {value}")
    if not 0 <= change < np.inf:
        raise ValueError(f"the change must come at 0 or later, not {change}")
    if n < 100:
        raise ValueError(f"{n} patients an arm are too few; give 100 or more")
    rate = log(2) / median

    def time_at(cumulative: Floats) -> Floats:
        first = early * rate * change
        return np.where(cumulative <= first, cumulative / (early * rate), change + (cumulative - first) / (late * rate))

    hazard = -np.log(mid_quantiles(n))
    true = np.concatenate([hazard / rate, time_at(hazard)])
    arm = np.repeat([0, 1], n)
    time, event = np.minimum(true, follow_up), true <= follow_up
    means = [patients.rmst(time[arm == a], event[arm == a], follow_up).value for a in (0, 1)]
    ratio = float(time_at(np.array(log(2)))) / median
    return ChangingEffect(ratio, patients.cox(time, event, arm).hr, means[1] - means[0])
