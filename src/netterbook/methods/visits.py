"""When a schedule has its visits due."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netterbook.arrays import Floats


def scan_weeks(first: Sequence[float], interval: float, until: float) -> Floats:
    """Weeks of the scans: the ``first`` ones, then one every ``interval`` up to ``until`` or just beyond.

    All may be in another unit, if it is the same. NETTER-2: weeks 16 and 24, then every 12.

    >>> scan_weeks([16, 24], 12, 60)
    array([16., 24., 36., 48., 60.])
    """
    start = np.asarray(first, float)
    if start.ndim != 1 or not (np.diff(np.concatenate([[0.0], start])) > 0).all() or not np.isfinite(start).all():
        raise ValueError(f"the first scans are rising times after 0, not {start.tolist()}")
    if not 0 < interval < np.inf or not 0 < until < np.inf:
        raise ValueError(f"the interval and the end must be positive, not {interval} and {until}")
    last = start[-1] if len(start) else 0.0
    more = max(0, int(np.ceil((until - last) / interval - 1e-9)))
    return np.concatenate([start, last + interval * np.arange(1, more + 1)])
