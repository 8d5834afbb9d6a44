"""A small picture of each trial's main result, with its number beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from netterbook.audit import ensembles
from netterbook.audit.given import inputs
from netterbook.book.badges import verdict_link
from netterbook.book.chart import NARROW, Chart, ChartLayout, to_svg
from netterbook.book.curves import BAND_KEY, arm_curves, draw_arm
from netterbook.book.display import Page
from netterbook.book.figure_markup import in_both_themes, place_of
from netterbook.book.style import ARM_CODES, COLOUR
from netterbook.ledger import Ledger
from netterbook.methods.patient_sets import PatientSets
from netterbook.trials import Trial

BAND_LEVEL = 0.95
"""Of the bands: that of the printed intervals."""
_HEIGHT = 140  # pixels


class Panel(NamedTuple):
    """One trial's: texts with slots, and the claim of its number.

    ``address`` is that of its chapter in the built book and ``figure`` the name of its curves there, ``what`` says what
    the curves show, ``claim`` has the verdict, ``number`` tells it, ``plainly`` says the same without statistics,
    ``harm`` what harm there was, and ``alt`` tells the picture to those who do not see it.
    """

    trial: Trial
    address: str
    figure: str
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


def small_curves(found: PatientSets, at_risk: pd.DataFrame, names: Sequence[str]) -> Chart:
    """Both curves of progression-free survival with their bands, and the arms' names beside them.

    Parameters
    ----------
    at_risk : columns arm (0 control, 1 experimental), time, n_risk
    names : of the arms, the experimental one first
    """
    grid = np.linspace(0, at_risk["time"].max(), 121)
    key = {"arm": "group of patients"} | BAND_KEY
    frame = arm_curves(found, names, grid, BAND_LEVEL)[list(key)]
    return Chart(frame, key, partial(_draw_small, last=grid[-1]))


def _draw_small(frame: pd.DataFrame, layout: ChartLayout, *, last: float) -> Figure:
    figure, (axis,) = layout.canvas(_HEIGHT)
    for (name, rows), (_, arm) in zip(frame.groupby("arm", sort=False), ARM_CODES, strict=True):
        draw_arm(axis, rows, arm)
        place = rows[rows["time"] >= rows["time"].max() / 2].iloc[0]
        axis.annotate(name, (place["time"], place["high"] + 9), color=COLOUR[arm], weight="bold", va="center")
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
        curves = small_curves(kept_trials(page.ledger, trial), at_risk, trial.headings)
        svg = to_svg(curves.figure(NARROW), f"front_{panel.figure}")
        image = in_both_themes(svg, f"front_{panel.figure}", said["alt"], at_once=True)
        place = f"{escape(panel.address)}#{place_of(panel.figure)}"
        data = f'<a href="{place}" title="The curves with numbers at risk and data">Data</a>'
        verdict = verdict_link(page.ledger.leading(panel.claim).verdict, panel.claim)
        link = f'<a href="{escape(panel.address)}">{escape(trial.name)}</a>'
        parts.append(
            f'<div class="nb-panel"><p>{link}: {escape(said["what"])}. {data}</p>{image}'
            f"<p><strong>{escape(said['number'])}</strong> {verdict}<br>{escape(said['plainly'])}</p>"
            f"<p>{escape(said['harm'])}</p></div>"
        )
    told = escape(page.prose(caption, **values))
    page.markup(f'<figure class="nb-panels"><div>{"".join(parts)}</div><figcaption>{told}</figcaption></figure>')


_TEXTS = ("what", "number", "plainly", "harm", "alt")
