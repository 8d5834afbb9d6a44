"""The forest plot of ratios."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Affine2D, blended_transform_factory

from netterbook.book.chart import DASHED, NO_EFFECT, Chart, ChartLayout
from netterbook.book.style import BLUE, INK, LINE, UNIT, line_in_pieces, plain_ticks, text_width, wrapped
from netterbook.methods.printed_ratios import log_hr_standard_error

TICKS = (0.03, 0.1, 0.3, 1.0, 2.0)

Ratio = tuple[float, float, float]
_GAP, _INDENT, _LEAST_AXIS = 14, 10, 170  # pixels
FOREST_KEY = {
    "section": "heading above the row",
    "label": "patients or comparison",
    "experimental_events": "events, {experimental}",
    "experimental_n": "patients, {experimental}",
    "control_events": "events, {control}",
    "control_n": "patients, {control}",
    "hr": "hazard ratio",
    "low": "lower end of its interval as printed",
    "high": "upper end of its interval",
    "information": "1/SE² of its logarithm, as a share of the largest: area of the square",
    "all": "1 for the estimate of all patients, 0 for others",
}


def forest(
    rows: pd.DataFrame,
    overall: Ratio | None,
    *,
    better: Sequence[str],
    ticks: Sequence[float] = TICKS,
    groups: Sequence[str] = (),
    overall_label: str = "All patients",
) -> Chart:
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
    counted = [name for name in FOREST_KEY if name.endswith(("_events", "_n"))] if groups else []
    frame = rows[["section", "label", *counted, "hr", "low", "high"]].assign(all=0)
    if overall is not None:
        last: dict[str, Any] = {"section": "", "label": overall_label, "all": 1}
        last |= zip(("hr", "low", "high"), overall, strict=True)
        frame = pd.concat([frame, pd.DataFrame([last])], ignore_index=True)
    frame = frame.astype(dict.fromkeys(counted, "Int64"))
    errors = [log_hr_standard_error(low, high) for low, high in zip(frame["low"], frame["high"], strict=True)]
    information = pd.Series(errors, index=frame.index) ** -2.0
    frame["information"] = information / information.max()
    named = dict(zip(("experimental", "control"), groups, strict=False))
    said = {name: words.format(**named) if name in counted else words for name, words in FOREST_KEY.items()}
    key = {name: words for name, words in said.items() if name in frame}
    return Chart(frame[list(key)], key, partial(_draw_forest, better=better, ticks=ticks, groups=groups))


class _Row(NamedTuple):
    """A heading, or a ratio and how it is told; ``top`` and ``middle`` in lines from the top."""

    label: list[str]
    top: float
    middle: float
    ratio: dict[str, Any]


class _Columns(NamedTuple):
    """Pixels from the left: centres of the counts, and where the axis begins and ends."""

    label: float
    counts: tuple[float, ...]
    axis: tuple[float, float]


def _draw_forest(
    frame: pd.DataFrame, layout: ChartLayout, *, better: Sequence[str], ticks: Sequence[float], groups: Sequence[str]
) -> Figure:
    columns = _columns(frame, layout, groups)
    head = _head(layout, groups, columns)
    rows = _rows(frame, layout, columns, max((line for _, line, _ in head), default=-1) + 1)
    lines = rows[-1].top + len(rows[-1].label) + (1 if layout.narrow else 0)
    below = 26 + LINE * (3 if layout.narrow else 2)
    height = LINE * lines + below
    figure = layout.sheet(height)
    left, right = columns.axis
    axis = figure.add_axes((left / layout.width, below / height, (right - left) / layout.width, LINE * lines / height))
    axis.set_xscale("log")
    axis.set(xlim=(ticks[0], ticks[-1]), ylim=(lines, 0), yticks=[])
    across = blended_transform_factory(Affine2D().scale(1 / UNIT) + figure.dpi_scale_trans, axis.transData)

    def write(x: float, line: float, words: str, **style: Any) -> None:
        axis.text(x, line + 0.5, words, transform=across, clip_on=False, **({"va": "center"} | style))

    for x, line, words in head:
        write(x, line, words, ha="right" if layout.narrow else "center")
    for row in rows:
        _write_row(write, row, columns, layout)
        if row.ratio:
            _draw_ratio(axis, row, (ticks[0], ticks[-1]))
    beside = [(row.middle, row.middle + 1) for row in rows if row.ratio] if layout.narrow else [(0.0, lines)]
    line_in_pieces(axis, 1, beside, **NO_EFFECT)
    for whole in frame.loc[frame["all"] == 1, "hr"]:
        line_in_pieces(axis, whole, beside, **DASHED)
    plain_ticks(axis.xaxis, ticks)
    axis.spines["left"].set_visible(False)
    _name_directions(axis, better, write, lines + 22 / LINE, layout)
    return figure


def _estimate(ratio: dict[str, Any]) -> str:
    return f"{ratio['hr']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f})"


def _counts(ratio: dict[str, Any]) -> list[str]:
    """Events and patients of both groups, or nothing where none are told."""
    if pd.isna(ratio.get("control_n", pd.NA)):
        return []
    return [f"{ratio[f'{arm}_events']}/{ratio[f'{arm}_n']}" for arm in ("experimental", "control")]


def _columns(frame: pd.DataFrame, layout: ChartLayout, groups: Sequence[str]) -> _Columns:
    ratios = frame.to_dict("records")
    right = layout.width - max(text_width(_estimate(each), "bold") for each in ratios) - _GAP
    if layout.narrow:
        return _Columns(layout.width, (), (1.5 * _GAP, right))
    widths = [max(text_width(each) for each in (name, "000/000")) + _GAP for name in groups]
    wanted = max(text_width(each["label"], "bold") for each in ratios) + _INDENT + _GAP
    label = min(wanted, right - sum(widths) - _LEAST_AXIS)
    counts = tuple(label + sum(widths[:place]) + width / 2 for place, width in enumerate(widths))
    return _Columns(label, counts, (label + sum(widths) + _GAP, right))


def _head(layout: ChartLayout, groups: Sequence[str], columns: _Columns) -> list[tuple[float, int, str]]:
    """What stands above the counts: place, line and words."""
    if not groups:
        return []
    if layout.narrow:
        words = wrapped(f"Events/patients: {', '.join(groups)}", layout.width)
        return [(layout.width, line, each) for line, each in enumerate(words)]
    names = [(x, 1, name) for x, name in zip(columns.counts, groups, strict=True)]
    return [(sum(columns.counts) / len(groups), 0, "Events/patients"), *names]


def _rows(frame: pd.DataFrame, layout: ChartLayout, columns: _Columns, line: float) -> list[_Row]:
    rows, section = [], ""
    for ratio in frame.to_dict("records"):
        if ratio["section"] and ratio["section"] != section:
            label = wrapped(ratio["section"], layout.width, "bold")
            rows.append(_Row(label, line, line, {}))
            line += len(label)
        section = ratio["section"]
        beside = text_width(" ".join(_counts(ratio))) + _GAP if layout.narrow and _counts(ratio) else 0
        label = wrapped(ratio["label"], columns.label - _INDENT - beside)
        middle = line + (len(label) if layout.narrow else (len(label) - 1) / 2)
        rows.append(_Row(label, line, middle, ratio))
        line += len(label) + (1.3 if layout.narrow else 0)
    return rows


def _write_row(write: Any, row: _Row, columns: _Columns, layout: ChartLayout) -> None:
    whole = not row.ratio or row.ratio["all"] == 1
    weight = "bold" if whole else "normal"
    for number, words in enumerate(row.label):
        write(0 if whole or layout.narrow else _INDENT, row.top + number, words, weight=weight)
    if not row.ratio:
        return
    counts = _counts(row.ratio)
    if layout.narrow and counts:
        write(layout.width, row.top, ", ".join(counts), ha="right")
    for x, words in zip(columns.counts, counts, strict=False):
        write(x, row.middle, words, ha="center")
    write(layout.width, row.middle, _estimate(row.ratio), ha="right", weight=weight)


def _draw_ratio(axis: Axes, row: _Row, limits: tuple[float, float]) -> None:
    """A whisker, with an arrow where it goes on, and its square."""
    ratio, y = row.ratio, row.middle + 0.5
    colour = INK if ratio["all"] == 1 else BLUE
    ends = max(ratio["low"], limits[0]), min(ratio["high"], limits[1])
    axis.plot(ends, (y, y), color=colour, linewidth=1.2, zorder=2)
    for end, limit, arrow in zip((ratio["low"], ratio["high"]), ends, "<>", strict=True):
        if end != limit:
            axis.plot(limit, y, marker=arrow, color=colour, markersize=5, clip_on=False, zorder=2)
    axis.scatter(ratio["hr"], y, s=14 + 110 * ratio["information"], marker="s", color=colour, linewidths=0, zorder=3)


def _name_directions(axis: Axes, better: Sequence[str], write: Any, line: float, layout: ChartLayout) -> None:
    """What the axis has, and beneath it what lies on either side of one, or of a phone."""
    left, right = f"← {better[0]}", f"{better[1]} →"
    box = axis.get_position()
    write(layout.width * (box.x0 + box.x1) / 2, line, "Hazard ratio (95% CI)", ha="center")
    if layout.narrow:
        beside = text_width(left) + text_width(right) + _GAP <= layout.width
        write(0, line + 1, left)
        write(layout.width, line + (1 if beside else 2), right, ha="right")
    else:
        one = axis.transData.transform((1, 0))[0]
        write(one - _GAP / 2, line + 1, left, ha="right")
        write(one + _GAP / 2, line + 1, right)
