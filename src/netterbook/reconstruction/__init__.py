"""Individual patient data from a digitised curve, or from printed summaries alone."""

from netterbook.reconstruction.curve import from_curve
from netterbook.reconstruction.result import EnsembleEstimate, Reconstruction
from netterbook.reconstruction.summaries import from_summaries

__all__ = ["EnsembleEstimate", "Reconstruction", "from_curve", "from_summaries"]
