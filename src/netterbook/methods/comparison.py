"""Trials compared with each other: through a common comparator, arm by arm, on several scales, and under other scans.

Times are in months unless said otherwise. A hazard ratio with its 95% interval is a tuple (hr, low, high).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, isfinite, log, sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.constants import golden_ratio
from scipy.stats import norm

from netterbook.methods import patients
from netterbook.methods.printed_ratios import log_hr_standard_error
from netterbook.reconstruction.result import Reconstruction

WEEKS_PER_MONTH = 365.25 / 12 / 7

PrintedRatio = tuple[float, float, float]


class IndirectEffect(NamedTuple):
    """A ratio of two hazard ratios, its confidence limits, the standard error of its log, and two-sided P value."""

    ratio: float
    low: float
    high: float
    standard_error: float
    p: float


def _printed(ratio: PrintedRatio) -> tuple[float, float]:
    """Log hazard ratio and its standard error."""
    hr, low, high = (float(x) for x in ratio)
    if not (0 < low <= hr <= high and isfinite(high)):
        raise ValueError(
            f"a hazard ratio with its interval needs 0 < low <= hr <= high, not {hr:g} ({low:g} to {high:g})"
        )
    return log(hr), log_hr_standard_error(low, high)


def inverse(ratio: PrintedRatio) -> PrintedRatio:
    """The same comparison the other way round: comparator over treatment.

    >>> [round(x, 2) for x in inverse((0.5, 0.25, 0.8))]
    [2.0, 1.25, 4.0]
    """
    _printed(ratio)
    hr, low, high = ratio
    return 1 / hr, 1 / high, 1 / low


def indirect(first: PrintedRatio, second: PrintedRatio, level: float = 0.95) -> IndirectEffect:
    """Treatment A to treatment B by their hazard ratios against a common comparator C.

    ``log HR_AB = log HR_AC - log HR_BC``, the variances added (Bucher, J Clin Epidemiol 1997;50:683-91). It holds if
    what differs between the trials' patients does not change either effect, and C was the same in both.

    Parameters
    ----------
    first, second : A and B over C, each with its 95% interval
    level : of the interval of the result

    Raises
    ------
    ValueError
        If an interval does not hold its estimate, is not positive, or the level is not between 0 and 1.

    NETTER-1 to NETTER-2, both against high-dose octreotide:

    >>> [round(x, 2) for x in indirect((0.21, 0.13, 0.33), (0.276, 0.182, 0.418))[:3]]
    [0.76, 0.41, 1.42]

    177Lu-edotreotide to placebo by way of everolimus, COMPETE and RADIANT-4:

    >>> [round(x, 2) for x in indirect((0.67, 0.48, 0.95), inverse((0.48, 0.35, 0.67)))[:3]]
    [0.32, 0.2, 0.52]
    """
    if not 0 < level < 1:
        raise ValueError(f"the confidence level must lie between 0 and 1, not {level}")
    (log1, error1), (log2, error2) = _printed(first), _printed(second)
    error = sqrt(error1**2 + error2**2)
    if error == 0:
        raise ValueError("both intervals have no width; a ratio without uncertainty has no interval")
    middle, half = log1 - log2, float(norm.isf((1 - level) / 2)) * error
    p = 2 * float(norm.sf(abs(middle) / error))
    return IndirectEffect(exp(middle), exp(middle - half), exp(middle + half), error, p)


def detectable_ratio(standard_error: float, power: float, level: float = 0.95) -> float:
    """The true ratio above one that a comparison finds significant with this power: exp((z_level + z_power) SE).

    With a power of one half it is the smallest ratio that is significant when it is observed.

    NETTER-1 to NETTER-2, as :func:`indirect`:

    >>> error = indirect((0.21, 0.13, 0.33), (0.276, 0.182, 0.418)).standard_error
    >>> [round(detectable_ratio(error, power), 1) for power in (0.5, 0.8)]
    [1.9, 2.4]

    Raises
    ------
    ValueError
        If the standard error is not positive, or the power or the level not between 0 and 1.
    """
    if not 0 < standard_error < np.inf:
        raise ValueError(f"the standard error must be positive, not {standard_error}")
    if not (0 < power < 1 and 0 < level < 1):
        raise ValueError(f"power and level must lie between 0 and 1, not {power} and {level}")
    return exp((norm.isf((1 - level) / 2) + norm.ppf(power)) * standard_error)


# Arms of reconstructed patients


def _arm(found: Reconstruction, arm: int) -> tuple[NDArray, NDArray]:
    own = found.arm.astype(str) == str(arm)
    if not own.any():
        raise ValueError(f"no patient is in arm {arm}; there are: {sorted(set(found.arm.tolist()))}")
    return found.time[:, own], found.event[:, own]


def joined(first: Reconstruction, second: Reconstruction, arms: tuple[int, int] = (0, 0)) -> Reconstruction:
    """An arm of one trial (as arm 1) and an arm of another (as arm 0) in one set; by default the controls.

    Raises
    ------
    ValueError
        If an arm has no patients or the numbers of draws differ.
    """
    (t1, e1), (t2, e2) = _arm(first, arms[0]), _arm(second, arms[1])
    if len(t1) != len(t2):
        raise ValueError(f"{len(t1)} and {len(t2)} draws; reconstruct both trials with the same number")
    code = np.repeat([1, 0], [t1.shape[1], t2.shape[1]])
    return Reconstruction(np.hstack([t1, t2]), np.hstack([e1, e2]), code, (), len(t1))


def compare_arms(
    first: Reconstruction, second: Reconstruction, tau: float, arms: tuple[int, int] = (0, 0)
) -> pd.DataFrame:
    """An arm of one trial beside an arm of another, as if randomised, which they are not; by default the controls.

    Parameters
    ----------
    first, second : draws of patients of two trials, equally many
    tau : horizon of the restricted means
    arms : which arm of each

    Returns
    -------
    One row a draw: ``hr`` of the first to the second, ``logrank_z``, ``logrank_p``, ``median_first``,
    ``median_second`` (inf where not reached), ``rmst_first``, ``rmst_second``, ``rmst_difference``; nan where a draw
    has no value.

    Raises
    ------
    ValueError
        If an arm has no patients or the numbers of draws differ.
    """
    both = joined(first, second, arms)
    values = {name: both.values(name) for name in ("hr", "logrank_z", "logrank_p")}
    values |= {"median_first": both.values("median1"), "median_second": both.values("median0")}
    values |= {"rmst_first": both.values("rmst1", tau), "rmst_second": both.values("rmst0", tau)}
    return pd.DataFrame(values).assign(rmst_difference=lambda d: d["rmst_first"] - d["rmst_second"])


def benefit_scales(found: Reconstruction, tau: float) -> pd.DataFrame:
    """The benefit of arm 1 in each draw on three scales, and the ratio of the medians.

    Columns: ``hr``; ``median_difference`` and ``median_ratio``, inf where only arm 1's median is not reached and nan
    where arm 0's is not; ``rmst_difference`` to ``tau``.
    """
    zero, one = found.values("median0"), found.values("median1")
    with np.errstate(invalid="ignore"):
        difference, ratio = one - zero, one / zero
    unknown = np.isinf(zero)
    return pd.DataFrame(
        {
            "hr": found.values("hr"),
            "median_difference": np.where(unknown, np.nan, difference),
            "median_ratio": np.where(unknown, np.nan, ratio),
            "rmst_difference": found.values("rmst_difference", tau),
        }
    )


# Scan schedules


def scan_weeks(first: Sequence[float], interval: float, until: float) -> NDArray[np.float64]:
    """Weeks of the scans: the ``first`` ones, then one every ``interval`` up to ``until`` or just beyond.

    NETTER-2: weeks 16 and 24, then every 12.

    >>> scan_weeks([16, 24], 12, 60)
    array([16., 24., 36., 48., 60.])
    """
    start = np.asarray(first, float)
    if start.ndim != 1 or not (np.diff(np.concatenate([[0.0], start])) > 0).all() or not np.isfinite(start).all():
        raise ValueError(f"the first scans are rising weeks after 0, not {list(first)}")
    if not 0 < interval < np.inf or not 0 < until < np.inf:
        raise ValueError(f"the interval and the end must be positive, not {interval} and {until}")
    last = start[-1] if len(start) else 0.0
    more = max(0, int(np.ceil((until - last) / interval - 1e-9)))
    return np.concatenate([start, last + interval * np.arange(1, more + 1)])


def seen_at_scans(progression: ArrayLike, follow_up: ArrayLike, scans: ArrayLike) -> tuple[NDArray, NDArray]:
    """What a trial records of true progression times: the next scan, or censoring at the last scan without progression.

    Parameters
    ----------
    progression, follow_up : true times of progression and of the end of follow-up, one of each a patient
    scans : times of the scans, rising, in the same unit

    Returns
    -------
    Times and events (1 or 0). A patient without a scan in follow-up is censored at 0.

    >>> seen_at_scans([2.0, 5.0, 9.0], [12.0, 12.0, 8.0], [3, 6, 9, 12])
    (array([3., 6., 6.]), array([1, 1, 0]))
    """
    progression, follow_up = np.asarray(progression, float), np.asarray(follow_up, float)
    scans = np.asarray(scans, float)
    if len(scans) == 0 or not (np.diff(scans) > 0).all() or not scans[0] > 0:
        raise ValueError(f"scans are rising times after 0, not {scans.tolist()}")
    for name, values in (("progression", progression), ("follow_up", follow_up)):
        if values.shape != progression.shape or not (values >= 0).all():
            raise ValueError(f"{name} must hold one time a patient, none negative or missing")
    padded = np.concatenate([scans, [np.inf]])
    detected = padded[np.searchsorted(scans, progression, side="left")]
    last = np.concatenate([[0.0], scans])[np.searchsorted(scans, follow_up, side="right")]
    event = detected <= last
    return np.where(event, detected, last), event.astype(int)


def _quantiles(n: int) -> NDArray:
    return (np.arange(n) + 0.5) / n


def schedule_shift(
    median: float,
    hr: float,
    schedules: Mapping[str, ArrayLike],
    follow_up: tuple[float, float],
    shape: float = 1.0,
    n: int = 20000,
) -> pd.DataFrame:
    """What scan schedules do to the medians and the hazard ratio of one large trial with Weibull progression times.

    Nothing is drawn by chance: times of progression are the quantiles of their distribution, and ends of follow-up are
    spread evenly over them by the golden ratio.

    Parameters
    ----------
    median : of the control arm's true times, months
    hr : true hazard ratio, arm 1 to arm 0
    schedules : weeks of the scans by the schedule's name
    follow_up : shortest and longest, months, uniform between
    shape : of the Weibull distribution; 1 is exponential
    n : patients in each arm; the same ones go through every schedule

    Returns
    -------
    One row a schedule, first "continuous": ``median0``, ``median1`` (inf if not reached), ``hr``, and the shifts
    ``shift0``, ``shift1`` of the medians in months from continuous watching, inf where only the scans' is not reached.
    """
    for name, value in (("median", median), ("hr", hr), ("shape", shape)):
        if not 0 < value < np.inf:
            raise ValueError(f"{name} must be positive, not {value}")
    low, high = follow_up
    if not 0 < low <= high < np.inf:
        raise ValueError(f"the follow-up needs 0 < shortest <= longest, not {follow_up}")
    if n < 100:
        raise ValueError(f"{n} patients an arm are too few to show a shift; give 100 or more")
    base = median * (-np.log(_quantiles(n)) / log(2)) ** (1 / shape)
    true = np.concatenate([base, base * hr ** (-1 / shape)])
    end = np.tile(low + (high - low) * (np.arange(n) * golden_ratio % 1), 2)
    arm = np.repeat([0, 1], n)
    rows = []
    for name, weeks in [("continuous", None), *schedules.items()]:
        if weeks is None:
            time, event = np.minimum(true, end), true <= end
        else:
            time, event = seen_at_scans(true, end, np.asarray(weeks, float) / WEEKS_PER_MONTH)
        medians = [patients.median_survival(time[arm == a], event[arm == a]).value for a in (0, 1)]
        rows.append((name, *(np.inf if np.isnan(m) else m for m in medians), patients.cox(time, event, arm).hr))
    frame = pd.DataFrame(rows, columns=["schedule", "median0", "median1", "hr"])
    with np.errstate(invalid="ignore"):
        return frame.assign(**{f"shift{a}": frame[f"median{a}"] - frame[f"median{a}"].iloc[0] for a in (0, 1)})


# Medians against hazard ratios


def median_ratio(hr: float, shape: float = 1.0) -> float:
    """Ratio of the medians that a hazard ratio gives Weibull times of one shape: ``hr ** (-1 / shape)``.

    Exponential times, shape 1: the ratio is 1 / hr.

    >>> round(median_ratio(0.276), 2), round(median_ratio(0.276, shape=1.3), 2)
    (3.62, 2.69)
    """
    if not (0 < hr < np.inf and 0 < shape < np.inf):
        raise ValueError(f"the hazard ratio and the shape must be positive, not {hr} and {shape}")
    return hr ** (-1 / shape)


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

    def time_at(cumulative):
        first = early * rate * change
        return np.where(cumulative <= first, cumulative / (early * rate), change + (cumulative - first) / (late * rate))

    hazard = -np.log(_quantiles(n))
    true = np.concatenate([hazard / rate, time_at(hazard)])
    arm = np.repeat([0, 1], n)
    time, event = np.minimum(true, follow_up), true <= follow_up
    means = [patients.rmst(time[arm == a], event[arm == a], follow_up).value for a in (0, 1)]
    ratio = float(time_at(np.array(log(2)))) / median
    return ChangingEffect(ratio, patients.cox(time, event, arm).hr, means[1] - means[0])
