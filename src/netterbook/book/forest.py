"""The forest plot of ratios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from netterbook.book.style import BLACK, BLUE, plain_ticks, styled
from netterbook.methods.printed_ratios import log_hr_standard_error

HALVINGS = tuple(2.0**power for power in range(-5, 2))
"""Ticks from two down to a thirty-second."""

Ratio = tuple[float, float, float]
_COUNTS, _TEXT, _AXIS = 1.5, 1.3, 3.1  # inches


@styled
def forest(
    rows: pd.DataFrame,
    overall: Ratio | None,
    *,
    better: Sequence[str],
    ticks: Sequence[float] = HALVINGS,
    groups: Sequence[str] = (),
    overall_label: str = "All patients",
) -> Figure:
    """Forest plot of ratios on a log axis; the area of a square is its information, 1/SE².

    Parameters
    ----------
    rows : columns ``label``, ``section``, ``hr``, ``low``, ``high``; with ``groups`` also ``experimental_events``,
        ``experimental_n``, ``control_events``, ``control_n``
    overall : estimate and interval of all patients, drawn as the last row and a dashed line
    better : what lies left and right of one
    ticks : ticks of the ratio axis; its first and last are the axis limits, at which longer whiskers end in arrows
    groups : names of both groups, whose events and patients are then printed
    """
    lines = _lines(rows, overall, overall_label)
    labels = 0.068 * max(len(line["label"]) for line in lines) + 0.2
    before = labels + (_COUNTS if groups else 0.0)
    width, height = before + _AXIS + _TEXT, 0.23 * len(lines)
    figure = plt.figure(figsize=(width, height + 0.95))
    axis = figure.add_axes((before / width, 0.6 / (height + 0.95), _AXIS / width, height / (height + 0.95)))
    across = blended_transform_factory(figure.dpi_scale_trans, axis.transData)  # x in inches, y a line

    def write(x: float, y: float, words: str, **style: Any) -> None:
        axis.text(x, y, words, transform=across, va="center", clip_on=False, **({"fontsize": 9} | style))

    middles = {"experimental": labels + 0.35, "control": labels + 1.1} if groups else {}
    most = max(_information(line) for line in lines if "hr" in line)
    for y, line in enumerate(reversed(lines)):
        if "hr" not in line:
            write(0.05, y, line["label"], weight="bold")
            continue
        whole = "section" not in line
        weight = "bold" if whole else "normal"
        write(0.05 if whole else 0.15, y, line["label"], weight=weight)
        for arm, x in middles.items() if not whole else ():
            write(x, y, f"{line[f'{arm}_events']}/{line[f'{arm}_n']}", ha="center", fontsize=8.5)
        write(width - _TEXT + 0.12, y, f"{line['hr']:.2f} ({line['low']:.2f}–{line['high']:.2f})", weight=weight)
        _draw(axis, y, line, (ticks[0], ticks[-1]), BLACK if whole else BLUE, most)
    axis.axvline(1, color="#444444", linewidth=1)
    if overall is not None:
        axis.axvline(overall[0], color="#888888", linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    for name, x in zip(groups, middles.values(), strict=True):
        write(x, len(lines) - 0.3, f"{name}\nevents/patients", ha="center", fontsize=7)
    axis.set_xscale("log")
    axis.set(xlim=(ticks[0], ticks[-1]), ylim=(-0.7, len(lines) - 0.3), yticks=[])
    plain_ticks(axis.xaxis, ticks)
    axis.tick_params(axis="x", which="minor", length=0)
    axis.tick_params(axis="x", which="major", labelsize=8.5)
    axis.spines["left"].set_visible(False)
    axis.set_xlabel(f"← {better[0]}    Hazard ratio (95% CI)    {better[1]} →", fontsize=8.5)
    return figure


def _lines(rows: pd.DataFrame, overall: Ratio | None, overall_label: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    section = None
    for row in rows.to_dict("records"):
        if row["section"] and row["section"] != section:
            lines.append({"label": row["section"]})
        section = row["section"]
        lines.append({str(name): value for name, value in row.items()})
    if overall is not None:
        lines.append({"label": overall_label} | dict(zip(("hr", "low", "high"), overall, strict=True)))
    return lines


def _information(line: dict[str, Any]) -> float:
    return log_hr_standard_error(line["low"], line["high"]) ** -2


def _draw(axis, y: int, line: dict[str, Any], limits: Sequence[float], colour: str, most: float) -> None:
    """A whisker, with an arrow where it goes on, and its square."""
    ends = max(line["low"], limits[0]), min(line["high"], limits[1])
    axis.plot(ends, (y, y), color=colour, linewidth=1.2, zorder=2)
    for end, limit, arrow in zip((line["low"], line["high"]), ends, "<>", strict=True):
        if end != limit:
            axis.plot(limit, y, marker=arrow, color=colour, markersize=5, clip_on=False, zorder=2)
    axis.scatter(line["hr"], y, s=14 + 110 * _information(line) / most, marker="s", color=colour, zorder=3)
