"""NETTER-1's interim analysis of overall survival, its boundary, and what simulated trials of its size make of it."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from netterbook import papers
from netterbook.book.netter.tables import ARMS, counts, printed
from netterbook.methods import interim
from netterbook.methods.interim import SimulatedTrials
from netterbook.methods.trial_design import obrien_fleming_boundary
from netterbook.precision import percent, to_error

_TRIALS = 2000
_PRIOR_SD = log(2) / 1.96  # 95% of true hazard ratios between 0.5 and 2


def _deaths() -> tuple[int, int]:
    """At the interim analysis and, from the later report, at the final one."""
    return sum(counts(*(f"netter1.results.deaths_{arm}" for arm in ARMS))), int(
        papers.facts().loc["F063", "value"].split()[0]
    )


def final_hr() -> float:
    """The hazard ratio of the final analysis, a reference fact.

    >>> final_hr()
    0.84
    """
    return float(papers.facts().loc["F061", "value"])


def boundary() -> dict:
    """Arguments of :func:`.interim_boundary`.

    >>> f"{boundary()['boundary']:.6f}"
    '0.000085'
    """
    looked = _deaths()[0] / printed("netter1.methods.final_os_deaths")
    fractions = np.linspace(0.15, 1, 120)
    return {
        "fractions": fractions,
        "boundaries": np.array([obrien_fleming_boundary(t) for t in fractions]),
        "looked": looked,
        "boundary": obrien_fleming_boundary(looked),
        "p": printed("netter1.results.os_p"),
    }


def simulate(true_hr: float, crossover: float, seed: int) -> SimulatedTrials:
    """Trials of NETTER-1's size, followed to its numbers of deaths at the interim and the final analysis.

    Control patients live as the plan assumed and progress as they did; see :func:`.simulate_trials`.
    """
    return interim.simulate_trials(
        true_hr,
        median_os=printed("netter1.methods.assumed_os_control"),
        median_progression=printed("netter1.results.pfs_median_control"),
        accrual=printed("netter1.methods.enrollment_os"),
        patients=counts(*(f"netter1.table1.n.{arm}.count" for arm in ARMS)),
        interim_deaths=_deaths()[0],
        final_deaths=_deaths()[1],
        crossover=crossover,
        trials=_TRIALS,
        seed=seed,
    )


def in_words(trials: SimulatedTrials, true_hr: float, level: float) -> dict[str, str]:
    """The interim hazard ratio that was ``seen`` and its ``chance`` if ``hr`` is true; in how many ``simulated`` trials
    it came up, with which ``share`` crossing over, and where these and all trials have ``settled`` at the ``final``
    analysis; and what a sceptical ``prior`` makes of it.
    """
    observed, (deaths, _) = printed("netter1.results.os_hr"), _deaths()
    extreme = trials.interim_hr <= observed
    ending = _mean(trials.final_hr, extreme) if extreme.any() else "no value (there are none)"
    shrunk = interim.shrunk_hazard_ratio(observed, deaths, _PRIOR_SD, level=level)
    return {
        "seen": f"{observed:.2f}",
        "hr": f"{true_hr:g}",
        "chance": f"{100 * interim.probability_at_most(observed, true_hr, deaths):.1f}%",
        "simulated": percent(extreme.mean(), len(extreme), 1),
        "trials": f"{len(extreme):,}",
        "share": f"{100 * trials.crossed.mean():.0f}%",
        "ending": ending,
        "settled": _mean(trials.final_hr, np.full(extreme.shape, True)),
        "final": f"{final_hr():.2f}",
        "prior": "95% of true hazard ratios between 0.5 and 2",
        "shrunk": f"{shrunk.value:.2f}",
        "low": f"{shrunk.low:.2f}",
        "high": f"{shrunk.high:.2f}",
    }


def _mean(ratios: NDArray, chosen: NDArray) -> str:
    """Geometric mean of the ratios that are chosen, with the spread of all for its Monte Carlo error."""
    mean = float(np.exp(np.log(ratios[chosen]).mean()))
    return to_error(mean, mean * np.log(ratios).std() / sqrt(chosen.sum()), 2)
