"""Individual patient data from a digitised curve, or from printed summaries alone."""

from netterbook.reconstruction.curve import from_curve
from netterbook.reconstruction.result import Estimate, Reconstruction
from netterbook.reconstruction.summaries import from_summaries
from netterbook.reconstruction.windows import Conflict

__all__ = ["Conflict", "Estimate", "Reconstruction", "from_curve", "from_summaries"]
