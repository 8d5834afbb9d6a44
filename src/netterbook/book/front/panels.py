"""A small picture of each trial's main result, with its number beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from netterbook.audit import ensembles
from netterbook.audit.given import inputs
from netterbook.book.curves import draw_arm
from netterbook.book.display import Page, badge
from netterbook.book.plain_words.people import picture
from netterbook.book.style import ARM_CODES, COLOUR, canvas, label, styled
from netterbook.ledger import Ledger
from netterbook.methods.patient_sets import PatientSets
from netterbook.trials import Trial

BAND_LEVEL = 0.95
"""Of the bands: that of the printed intervals."""
_WIDTH, _HEIGHT = 4.4, 1.9  # inches


class Panel(NamedTuple):
    """One trial's: texts with slots, and the claim of its number.

    ``address`` is that of its chapter in the built book, ``what`` says what the curves show, ``claim`` has the verdict,
    ``number`` tells it, ``plainly`` says the same without statistics, ``harm`` what harm there was, and ``alt`` tells
    the picture to those who do not see it.
    """

    trial: Trial
    address: str
    what: str
    claim: str
    number: str
    plainly: str
    harm: str
    alt: str
    values: Mapping[str, object]


def kept_trials(ledger: Ledger, trial: Trial) -> PatientSets:
    """The stored reconstructed trials of a trial's progression-free survival.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> kept_trials(ledger, trials.read(ledger.folder)["netter1"]).time.shape[1]
    229
    """
    return ensembles.reconstruct(ledger, trial, "pfs", "nothing", ensembles.STORED_DRAWS, ensembles.STORED_SEED)


@styled
def small_curves(found: PatientSets, at_risk: pd.DataFrame, names: Sequence[str]) -> Figure:
    """Both curves of progression-free survival with their bands, and the arms' names beside them.

    Parameters
    ----------
    at_risk : columns arm (0 control, 1 experimental), time, n_risk
    names : of the arms, the experimental one first
    """
    figure, (axis,) = canvas(_WIDTH, _HEIGHT)
    last = at_risk["time"].max()
    grid = np.linspace(0, last, 121)
    for name, (code, arm) in zip(names, ARM_CODES, strict=True):
        times, _, high = draw_arm(axis, found, code, grid, BAND_LEVEL)
        place = int(len(times) * 0.5)
        label(axis, times[place], high[place] + 9, name, COLOUR[arm], fontsize=11, fontweight="bold")
    axis.set(xlim=(0, last), ylim=(0, 102), yticks=[0, 50, 100], xlabel="Months")
    axis.set_yticklabels(["0", "50", "100%"])
    axis.set_xticks(np.arange(0, last + 1, 6))
    return figure


def show_panels(page: Page, panels: Sequence[Panel], caption: str, **values: object) -> None:
    """Display panels side by side or, where there is no room, one above the other."""
    parts = []
    for panel in panels:
        trial, said = panel.trial, {name: page.prose(getattr(panel, name), **panel.values) for name in _TEXTS}
        at_risk = inputs(trial, "pfs").numbers_at_risk(page.ledger)
        image = picture(small_curves(kept_trials(page.ledger, trial), at_risk, trial.headings), said["alt"])
        verdict = badge(page.ledger.leading(panel.claim).verdict)
        link = f'<a href="{escape(panel.address)}">{escape(trial.name)}</a>'
        parts.append(
            f'<div class="nb-panel"><p>{link}: {escape(said["what"])}</p>{image}'
            f"<p><strong>{escape(said['number'])}</strong> {verdict}<br>{escape(said['plainly'])}</p>"
            f"<p>{escape(said['harm'])}</p></div>"
        )
    told = escape(page.prose(caption, **values))
    page.markup(f'<figure class="nb-panels"><div>{"".join(parts)}</div><figcaption>{told}</figcaption></figure>')


_TEXTS = ("what", "number", "plainly", "harm", "alt")
