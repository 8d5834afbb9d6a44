"""Comparison of single arms without a common comparator: matching-adjusted indirect comparison, and how it misleads.

NICE DSU Technical Support Document 18 (Phillippo 2016) calls the assumption behind it, that every prognostic factor and
effect modifier is accounted for, one that can hardly be met. :func:`simulate_unanchored` shows what is left if not.
"""

from __future__ import annotations

from math import exp, log, sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from netterbook.arrays import Floats
from netterbook.methods import patients
from netterbook.methods.patients import HazardRatio
from netterbook.methods.printed_ratios import Z95


def maic_weights(covariates: ArrayLike, target: ArrayLike) -> Floats:
    """Weights that give a trial's patients the means of another trial, with a mean of 1.

    ``exp(a x)``, with the ``a`` that minimises the sum of ``exp(a (x - target))`` (Signorovitch, Pharmacoeconomics
    2010;28:935-45): of all weights that match the means, those closest to equal. To match a standard deviation too,
    give the square as a further covariate, with the target mean² + sd².

    Parameters
    ----------
    covariates : patients x covariates
    target : means of the other trial, one a covariate

    Raises
    ------
    ValueError
        For shapes that do not fit, missing values, a covariate without spread, or a target that no weights can give:
        one at or beyond the edge of the patients' values.

    Half of four patients have a factor that three quarters of the other trial's have:

    >>> maic_weights([[0], [0], [1], [1]], [0.75])
    array([0.5, 0.5, 1.5, 1.5])
    """
    x, target = np.asarray(covariates, float), np.asarray(target, float)
    if x.ndim != 2 or target.shape != (x.shape[1],) or x.size == 0:
        raise ValueError(f"covariates of shape {x.shape} and a target of shape {target.shape}; give patients x p and p")
    if not (np.isfinite(x).all() and np.isfinite(target).all()):
        raise ValueError("covariates and target must be finite numbers; leave out patients with missing values")
    scale = x.std(0)
    if (scale == 0).any():
        raise ValueError(f"covariate {int((scale == 0).argmax())} is the same in all patients; leave it out")
    z = (x - target) / scale
    slope = np.zeros(x.shape[1])

    def objective(a: Floats) -> float:
        with np.errstate(over="ignore"):
            return float(np.exp(z @ a).sum())

    for _ in range(200):
        weight = np.exp(z @ slope)
        gradient = weight @ z / weight.sum()
        curvature = (z * weight[:, None]).T @ z / weight.sum()
        if np.linalg.eigvalsh(curvature)[0] < 1e-8:  # no spread is left in some direction
            break
        step = np.linalg.solve(curvature, -gradient)
        if np.abs(z @ step).max() < 1e-7:  # of each weight; the next step would be its square
            weight = np.exp(z @ (slope + step))
            return np.asarray(weight / weight.mean())
        length, most = 1.0, objective(slope) * (1 + 1e-12)
        while objective(slope + length * step) > most and length > 1e-10:
            length /= 2
        slope = slope + length * step
    raise ValueError(
        f"no weights give the means {target.tolist()}: they lie at or beyond the edge of the patients' values, or the "
        "covariates say the same; match fewer"
    )


def effective_sample_size(weights: ArrayLike) -> float:
    """``(sum w)^2 / sum w^2``: how many equally weighted patients would say as much.

    >>> effective_sample_size([0.5, 0.5, 1.5, 1.5])
    3.2
    """
    weights = np.asarray(weights, float)
    if weights.size == 0 or not (np.isfinite(weights) & (weights >= 0)).all() or not weights.sum() > 0:
        raise ValueError("weights must be finite, none negative, and not all 0")
    return float(weights.sum() ** 2 / (weights**2).sum())


def weighted_cox(time: ArrayLike, event: ArrayLike, arm: ArrayLike, weights: ArrayLike) -> HazardRatio:
    """Hazard ratio of arm 1 to arm 0 of weighted patients, ties by Breslow, limits by the robust variance.

    As R's ``coxph(..., weights, robust = TRUE, ties = "breslow")``; the variance takes the weights as known (Lin & Wei,
    JASA 1989;84:1074-8).

    Raises
    ------
    ValueError
        As :func:`.cox`; also for a weight that is negative or missing.
    """
    patients.cox(time, event, arm)  # its checks
    time, event, arm, weights = (np.asarray(v, float) for v in (time, event, arm, weights))
    if weights.shape != time.shape or not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError("give every patient one weight, finite and not negative")
    order = np.argsort(time, kind="stable")
    time, event, arm, weights = (v[order] for v in (time, event, arm, weights))
    first = np.searchsorted(time, time, side="left")
    weight1, weight0 = (np.cumsum((weights * own)[::-1])[::-1][first] for own in (arm, 1 - arm))
    died = event * weights
    if not (died @ arm > 0 and died @ (1 - arm) > 0):
        raise ValueError("no hazard ratio: an arm has no event of a patient with a weight")
    beta = 0.0
    for _ in range(100):
        share = exp(beta) * weight1 / np.maximum(exp(beta) * weight1 + weight0, 1e-300)
        score, information = died @ (arm - share), died @ (share * (1 - share))
        if information <= 0:
            break
        step = min(max(score / information, -1.0), 1.0)
        beta += step
        if abs(step) < 1e-10:
            total = exp(beta) * weight1 + weight0
            hazard = np.where(died > 0, died / np.maximum(total, 1e-300), 0)
            last = np.searchsorted(time, time, side="right") - 1
            cumulative, centred = np.cumsum(hazard)[last], np.cumsum(hazard * share)[last]
            residual = event * (arm - share) - np.exp(beta * arm) * (arm * cumulative - centred)
            error = sqrt(float(((weights * residual) ** 2).sum())) / float(information)
            return HazardRatio(exp(beta), exp(beta - Z95 * error), exp(beta + Z95 * error), error)
    raise ValueError("the weighted hazard ratio is 0 or infinite: the arms' events do not overlap in time")


class Populations(NamedTuple):
    """Two single-arm studies: shares of patients with each factor, and what the factors do.

    The first is known patient by patient, the second only by the shares of its measured factors, its times and events.
    """

    measured_first: tuple[float, ...]
    measured_second: tuple[float, ...]
    measured_hr: tuple[float, ...]
    """Hazard ratio of each measured factor."""
    unmeasured_first: float
    unmeasured_second: float
    unmeasured_hr: float

    def check(self) -> None:
        """Raise a ValueError that names a share or hazard ratio that cannot be."""
        lengths = {len(part) for part in self[:3]}
        if len(lengths) != 1 or 0 in lengths:
            raise ValueError(f"give each measured factor two shares and a hazard ratio, not {self[:3]}")
        for share in (*self.measured_first, *self.measured_second):
            if not 0 < share < 1:
                raise ValueError(f"the share of a measured factor must lie between 0 and 1, not {share}")
        for share in (self.unmeasured_first, self.unmeasured_second):
            if not 0 <= share <= 1:
                raise ValueError(f"the share of the unmeasured factor must lie from 0 to 1, not {share}")
        for hr in (*self.measured_hr, self.unmeasured_hr):
            if not 0 < hr < np.inf:
                raise ValueError(f"the hazard ratio of a factor must be positive, not {hr}")


def _people(
    rng: np.random.Generator,
    n: int,
    shares: tuple[float, ...],
    hrs: tuple[float, ...],
    share_unmeasured: float,
    hr_unmeasured: float,
) -> tuple[Floats, Floats]:
    """Measured factors, n x factors, and each patient's hazard relative to one without factors."""
    factors = (rng.random((n, len(shares))) < shares).astype(float)
    hidden = rng.random(n) < share_unmeasured
    return factors, np.exp(factors @ np.log(hrs) + hidden * log(hr_unmeasured))


def simulate_unanchored(
    who: Populations,
    hr: float,
    median: float = 14.0,
    n: tuple[int, int] = (50, 100),
    follow_up: float = 36.0,
    replicates: int = 300,
    seed: int = 1,
) -> pd.DataFrame:
    """Naive and matching-adjusted comparisons of two single arms, with the randomised answer beside them.

    Each replicate draws the first study under treatment and the second under its comparator; compares them as they
    are, and after :func:`maic_weights` on the measured factors. "randomised" is a trial of the treatment against the
    comparator in the second study's population, of both sizes. Times are exponential given the factors.

    Parameters
    ----------
    who : the populations
    hr : true hazard ratio of the treatment for a patient with given factors
    median : months, of comparator patients without any factor
    n : patients in the first and second study
    follow_up : months, of everyone
    replicates : number of repetitions
    seed : of the random numbers

    Returns
    -------
    One row a replicate: ``naive``, ``maic``, ``randomised`` hazard ratios, ``maic_low``, ``maic_high`` and
    ``effective``, the effective sample size of the first study; nan where a replicate allows no weights or ratio.
    """
    who.check()
    for name, value in (("hr", hr), ("median", median), ("follow_up", follow_up)):
        if not 0 < value < np.inf:
            raise ValueError(f"{name} must be positive, not {value}")
    if min(n) < 10 or replicates < 1:
        raise ValueError(f"give at least 10 patients a study and one replicate, not {n} and {replicates}")
    rng = np.random.default_rng(seed)
    rate = log(2) / median
    arm = np.repeat([1, 0], n)
    rows = []
    for _ in range(replicates):
        first, risk1 = _people(rng, n[0], who.measured_first, who.measured_hr, who.unmeasured_first, who.unmeasured_hr)
        second, risk2 = _people(
            rng, n[1], who.measured_second, who.measured_hr, who.unmeasured_second, who.unmeasured_hr
        )
        _, risk3 = _people(rng, n[0], who.measured_second, who.measured_hr, who.unmeasured_second, who.unmeasured_hr)
        true1, true2, true3 = (
            rng.exponential(1 / (rate * risk * effect)) for risk, effect in ((risk1, hr), (risk2, 1), (risk3, hr))
        )
        row = dict.fromkeys(("naive", "maic", "randomised", "maic_low", "maic_high", "effective"), np.nan)
        single, trial = np.concatenate([true1, true2]), np.concatenate([true3, true2])
        try:
            row["naive"] = patients.cox(np.minimum(single, follow_up), single <= follow_up, arm).hr
            row["randomised"] = patients.cox(np.minimum(trial, follow_up), trial <= follow_up, arm).hr
            weights = maic_weights(first, second.mean(0))
            row["effective"] = effective_sample_size(weights)
            weights = np.concatenate([weights, np.ones(n[1])])
            adjusted = weighted_cox(np.minimum(single, follow_up), single <= follow_up, arm, weights)
            row["maic"], row["maic_low"], row["maic_high"] = adjusted[:3]
        except ValueError:  # a factor that all or none of a small study have
            pass
        rows.append(row)
    return pd.DataFrame(rows)


def confounded_ratio(factor_hr: float, share_first: float, share_second: float) -> float:
    """Hazard ratio between two studies that an unmeasured factor alone makes, early in follow-up.

    ``(1 + (f - 1) p1) / (1 + (f - 1) p2)`` for a factor of hazard ratio f in shares p1 and p2 of the patients (Bross,
    J Chronic Dis 1966;19:637-47). Later the ratio moves towards 1, as those with the factor leave first.

    A factor that trebles the hazard, in a tenth of one study's patients and half of the other's:

    >>> round(confounded_ratio(3, 0.1, 0.5), 2)
    0.6
    """
    if not 0 < factor_hr < np.inf:
        raise ValueError(f"the hazard ratio of a factor must be positive, not {factor_hr}")
    for share in (share_first, share_second):
        if not 0 <= share <= 1:
            raise ValueError(f"a share must lie from 0 to 1, not {share}")
    return (1 + (factor_hr - 1) * share_first) / (1 + (factor_hr - 1) * share_second)


def share_to_explain(ratio: float, factor_hr: float, share_second: float) -> float:
    """Share of the first study's patients with an unmeasured factor at which it alone makes ``ratio``.

    :func:`confounded_ratio`, turned round. The matched comparison's 0.38 against the randomised 0.67:

    >>> round(share_to_explain(0.38 / 0.67, 3, 0.5), 2)
    0.07

    Raises
    ------
    ValueError
        If no share from 0 to 1 makes it.
    """
    confounded_ratio(factor_hr, 0, share_second)
    if not 0 < ratio < np.inf or factor_hr == 1:
        raise ValueError(f"a ratio of {ratio} cannot come of a factor with hazard ratio {factor_hr}")
    share = (ratio * (1 + (factor_hr - 1) * share_second) - 1) / (factor_hr - 1)
    if not -1e-9 <= share <= 1 + 1e-9:  # rounding
        raise ValueError(
            f"a factor of hazard ratio {factor_hr} in {share_second} of the second study cannot make a ratio of "
            f"{ratio}; that would take a stronger one"
        )
    return min(max(share, 0.0), 1.0)
