"""Sliders for one patient's kidney dose and BED, computed in the page, with no server."""

from __future__ import annotations

import json
from importlib import resources

from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.book.dosimetry.published import Cohort


def explorer(p: Dosimetry, cohort: Cohort, cycles: int) -> str:
    """Markup of the sliders, which start from the parameters, a cohort's mean dose and a number of cycles."""
    start = {
        "gy_per_gbq": round(cohort.mean_gy_per_gbq, 2),
        "activity_gbq": p.activity_gbq,
        "cycles": cycles,
        "effective_half_life_h": p.effective_half_life_h,
        "alpha_beta_gy": p.alpha_beta_gy,
        "repair_half_time_h": p.repair_half_time_h,
        "limit_gy": p.kidney_limit_gy,
        "limit_bed_gy": p.limit_bed_gy,
        "higher_limit_bed_gy": p.higher_limit_bed_gy,
    }
    page = resources.files("netterbook.book.dosimetry").joinpath("explorer.html").read_text(encoding="utf-8")
    return page.replace("/*start*/ {}", json.dumps(start))
