"""The patients of a trial description, and a report on them in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version

import numpy as np
import pandas as pd

from netterbook.errors import Conflict
from netterbook.reconstruction.comparison import Compared, compare_counts, compare_summaries, in_words
from netterbook.reconstruction.result import Reconstruction
from netterbook.reconstruction.strata import assign_strata, stratified_hr
from netterbook.reconstruction.summaries import ASSESSED, ESS_SHARE, R_HAT, SAMPLES
from netterbook.reconstruction.swapped import swapped_arms
from netterbook.reconstruction.trial_file import TrialDescription

_CAUTION = """\
**These are not the trial's patients.** They are sets of patients made up to agree with what was printed. Two such sets
can differ in all that was not printed. They hold no covariates: use them for no subgroup, safety or single patient.
This is no medical advice."""


@dataclass(frozen=True)
class Made:
    """What is written of a trial."""

    draws: int
    patients: str
    """The sets of patients as CSV."""
    stratified: str
    """Hazard ratio of every set, also stratified, as CSV; empty without strata."""
    report: str
    missed: tuple[str, ...]
    """The inputs that some patients miss, in words."""
    unconverged: str
    """That the chains have not converged, and by how much; empty where they have or it was not looked at."""
    hint: str = ""
    """That arms may have been taken the other way round; empty where nothing says so."""


def make(
    trial: TrialDescription,
    *,
    jobs: int = 2,
    keep_nearest: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Made:
    """Reconstruct the patients of a trial, compare them with all that was given, and report.

    Parameters
    ----------
    keep_nearest : keep the nearest patients found where none meet all that was given.

    Raises
    ------
    ValueError
        Where the numbers contradict each other or, unless ``keep_nearest``, the patients miss one that was given.
    """
    try:
        found = trial.reconstruct(jobs, progress)
    except Conflict as conflict:
        if not keep_nearest or conflict.nearest is None:
            hint = swapped_arms(trial.printed)
            raise Conflict(f"{conflict}. {hint}", conflict.nearest) if hint else conflict from None
        found = conflict.nearest
    counts, summaries = compare_counts(trial, found), compare_summaries(trial, found)
    hint = swapped_arms(trial.printed, None if trial.curve is None or len(trial.arms) != 2 else _ratio_of(found))
    missed = tuple(str(row) for row in [*counts, *summaries] if row.missed.any())
    if missed and not keep_nearest:
        raise Conflict(f"the patients miss what was given: {'; '.join(missed)}; correct one of the numbers", found)
    patients = found.patients.to_csv(index=False, lineterminator="\n")
    ratios = None
    if trial.strata is not None and not missed:
        strata = assign_strata(found, trial.strata, trial.seed)
        columns = {"hr": found.values("hr"), "stratified_hr": stratified_hr(found, strata)}
        ratios = pd.DataFrame({"draw": np.arange(1, found.draws + 1)} | columns)
        factors = _escape(" and ".join(dict.fromkeys(trial.strata["factor"])))
        label = f"hazard ratio, stratified by {factors}"
        summaries.append(Compared(label, "", ratios["stratified_hr"].to_numpy(), None, False))
    stratified = "" if ratios is None else ratios.to_csv(index=False, lineterminator="\n")
    written = report(trial, found, counts, summaries, patients, hint)
    return Made(found.draws, patients, stratified, written, missed, _unconverged(found), hint)


def _ratio_of(found: Reconstruction) -> float | None:
    """The hazard ratio of one set of patients; None where it has none."""
    try:
        ratio = float(found.values("hr")[0])
    except ValueError:
        return None
    return None if np.isnan(ratio) else ratio


def _unconverged(found: Reconstruction) -> str:
    """The note that comes before all others where the chains have not converged."""
    return found.notes[0] if found.chains is not None and not found.chains.converged else ""


def _escape(text: str) -> str:
    """Words of the description in a line of the report: no markup, no new line.

    >>> print(_escape("<b>*A*</b> |\\n[1](x) & `y`"))
    &lt;b>\\*A\\*&lt;/b> \\| \\[1\\](x) &amp; \\`y\\`
    """
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return "".join(_ENTITIES.get(char, f"\\{char}" if char in "\\`*_{}[]#|~^$" else char) for char in text)


_ENTITIES = {"<": "&lt;", "&": "&amp;"}


def _markdown(header: list[str], rows: Sequence[Sequence[object]]) -> str:
    lines: list[Sequence[object]] = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _told(trial: TrialDescription) -> list[str]:
    """What was given of the recording."""
    said = [f"Scans at {', '.join(f'{t:.4g}' for t in trial.scans)}."] if trial.scans else []
    said += [f"Times are recorded in steps of {trial.time_step:g}."] if trial.time_step else []
    said += ["All who are left at the end of follow-up are censored there."] if trial.closed else []
    if trial.follow_up:
        said.append("A patient can have been followed for {:.4g} at least and {:.4g} at most.".format(*trial.follow_up))
    if trial.prior_scale != 1:
        said.append(f"Prior standard deviations of the log hazards are {trial.prior_scale:g} times the usual ones.")
    if trial.strata is not None:
        said.append("Strata are dealt to the patients by chance, within the printed margins.")
    return said


def _convergence(trial: TrialDescription, found: Reconstruction) -> list[str]:
    """How near the chains came to what they are drawn from."""
    if trial.curve is not None or found.missed:
        return []
    if found.chains is None:
        said = f"Not looked at, as fewer than {ASSESSED} draws were asked for."
        return ["## Convergence", said]
    rows = []
    for row in found.convergence_table([_escape(trial.name(arm)) for arm in (0, 1)]).itertuples():
        at = "" if pd.isna(row.time) else f"{' to' if row.quantity == 'restricted mean' else ' at'} {row.time:g}"
        error = "" if np.isnan(row.error) else f"{row.error:.2g}"
        label = f"{row.quantity}{at}{', ' if row.arm else ''}{row.arm}"
        rows.append([label, f"{row.r_hat:.3f}", f"{row.bulk:.0f}", f"{row.tail:.0f}", error])
    return [
        "## Convergence",
        f"The chains made {found.chains.draws} draws, of which the first {found.draws} are these. "
        f"They have {'' if found.chains.converged else 'not '}converged: wanted are a rank-normalised split R-hat of "
        f"{R_HAT} at most and {min(SAMPLES, ESS_SHARE * trial.draws):g} effective draws, for the middle of each "
        "quantity and for its tails, over all states that the chains passed through. The error is the Monte Carlo "
        "standard error of the median of these draws.",
        _markdown(["quantity", "R-hat", "effective draws, middle", "effective draws, tails", "error"], rows),
    ]


def _at_scans(trial: TrialDescription, found: Reconstruction) -> list[str]:
    """What share of losses is dated at a scan, where scans were given."""
    if found.visits is None:
        return []
    rows = []
    for name, own in zip(("events", "censorings"), found.visits.transpose(1, 2, 0), strict=True):
        share, spread = (np.quantile(values, [0.5, 0.05, 0.95]) for values in own)
        rows.append(
            [name, "{:.0f}% ({:.0f} to {:.0f})".format(*100 * share), "{:.2g} ({:.2g} to {:.2g})".format(*spread)]
        )
    return [
        "## Scans",
        "Share of events and of censorings dated at a scan, and the spread of these dates about the day it is due "
        f"({_escape(trial.unit)}; half as wide before that day as after it): median of the draws and, in brackets, "
        "their central 90%.",
        _markdown(["of", "dated at a scan", "spread"], rows),
    ]


def report(
    trial: TrialDescription,
    found: Reconstruction,
    counts: list[Compared],
    summaries: list[Compared],
    patients: str,
    hint: str = "",
) -> str:
    """What was given, what follows from it and what the patients are not, in Markdown.

    It holds the SHA-256 of ``patients``, the file that it tells of; ``hint`` is of arms that may be swapped.
    """
    given = [row for row in [*counts, *summaries] if row.given]
    met = found.draws - np.any([row.missed for row in given], axis=0).sum() if given else found.draws
    missed = [_escape(str(row)) for row in given if row.missed.any()]
    rows = []
    for row in summaries:
        source = "given" if row.given else "estimated" if row.alike is None else "estimated, not an input"
        alike = "" if row.alike is None else f"{row.alike.sum()} of {found.draws}"
        rows.append([_escape(row.label), row.printed, in_words(row.values), source, alike])
    if trial.curve is None:
        made = f"from printed summaries, seed {trial.seed}"
        kept = f"{met} of {trial.draws} draws asked for meet all that was given; {found.tried} tried."
    else:
        made = "from the digitised curve"
        kept = f"One set of patients; it {'meets' if met else 'does not meet'} the numbers at risk and events given"
        kept += f", but for {count} taken for a misprint." if (count := len(getattr(found, "misprints", ()))) else "."
    across = (
        "Median of the draws and, in brackets, their central 95%: what the inputs leave open about this trial's "
        "patients, no confidence interval. "
    )
    names = {arm.arm: _escape(arm.name) for arm in trial.arms}
    risk = trial.at_risk.pivot_table(index="time", columns="arm", values="n_risk", aggfunc="first")
    at_risk = _markdown(
        ["time", *(f"at risk, {names[arm]}" for arm in risk.columns)],
        [["" if np.isnan(x) else f"{x:g}" for x in row] for row in risk.itertuples()],
    )
    arms = [
        [arm.arm, names[arm.arm], arm.n, *("" if x is None else f"{x:g}" for x in (arm.events, arm.tmax))]
        for arm in trial.arms
    ]
    unit, unconverged = _escape(trial.unit), _unconverged(found)
    parts = [
        *([f"**{_escape(unconverged)}**"] if unconverged else []),
        *([f"**These patients miss what was given**: {'; '.join(missed)}."] if missed else []),
        *([f"**{_escape(hint)}**"] if hint else []),
        f"# {_escape(trial.title)}: reconstructed patients",
        _CAUTION,
        f"Made by netterbook {version('netterbook')} {made}.",
        kept,
        *map(_escape, trial.reading_notes),
        *([f"{found.missed[0].upper()}{found.missed[1:]}."] if found.missed else []),
        *found.notes[bool(unconverged) :],
        "## Estimates",
        (across if found.draws > 1 else "")
        + f"Times are in {unit}, survival is a fraction; limits are those of 95% confidence intervals "
        f"where no other level is said ({trial.transform} for medians, other quantiles and rates).",
        _markdown(["quantity", "printed", "of the patients", "source", "prints alike"], rows),
        *_convergence(trial, found),
        *_at_scans(trial, found),
        "## Given",
        "Inputs: " + ", ".join(found.given) + ".",
        _markdown(["arm", "name", "n", "events", "tmax"], arms),
        *([at_risk] if len(risk) else []),
        *_told(trial),
        "## The patients' file",
        _markdown(
            ["column", "meaning"],
            [
                ["draw", "number of the set, from 1; analyse each set alone"],
                ["arm", "; ".join(f"{arm}: {name}" for arm, name in names.items())],
                ["time", f"{unit} from randomisation to event or censoring"],
                ["event", "1: event; 0: censored"],
            ],
        ),
        f"This report tells of the file whose SHA-256 is `{sha256(patients.encode()).hexdigest()}`, of no other.",
    ]
    return "\n\n".join(parts) + "\n"
