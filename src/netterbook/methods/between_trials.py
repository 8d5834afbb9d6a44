"""Arms of two trials set beside each other as if randomised, and one trial's benefit on three scales."""

from __future__ import annotations

import numpy as np
import pandas as pd

from netterbook.arrays import Floats, Integers
from netterbook.methods.patient_sets import PatientSets


def _arm(found: PatientSets, arm: int) -> tuple[Floats, Integers]:
    own = found.arm.astype(str) == str(arm)
    if not own.any():
        raise ValueError(f"no patient is in arm {arm}; there are: {sorted(set(found.arm.tolist()))}")
    return found.time[:, own], found.event[:, own]


def joined(first: PatientSets, second: PatientSets, arms: tuple[int, int] = (0, 0)) -> PatientSets:
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
    return PatientSets(np.hstack([t1, t2]), np.hstack([e1, e2]), code)


def compare_arms(first: PatientSets, second: PatientSets, tau: float, arms: tuple[int, int] = (0, 0)) -> pd.DataFrame:
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


def benefit_scales(found: PatientSets, tau: float) -> pd.DataFrame:
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
