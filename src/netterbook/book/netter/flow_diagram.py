"""The flow of patients through a trial as boxes joined by arrows."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from netterbook.book.chart import Chart, ChartLayout
from netterbook.book.netter.profile import ArmFlow, ProfileLine, TrialProfile
from netterbook.book.style import COLOUR, LINE, MUTED, wrapped

_PAD, _BETWEEN, _INSIDE = 6, 22, 10  # pixels: in a box above and below, between boxes, beside what is in them
_INDENT = "\u2003"


def trial_profile(profile: TrialProfile) -> Chart:
    """To random assignment, then a column a group; on a phone, one group below the other."""
    heads = [profile.screened, profile.screen_failures, profile.randomised]
    lines = [("", box, "line", line) for box, line in enumerate(heads)]
    for role, flow in zip(("experimental", "control"), profile.arms, strict=True):
        lines += [(role, box, kind, line) for box, own in enumerate(_boxes(flow)) for kind, line in own]
    rows = [(arm, box, kind, line.patients, line.label) for arm, box, kind, line in lines]
    key = {
        "arm": "group, experimental or control; empty before random assignment",
        "box": "number of the box, from the top; before random assignment, the second stands beside",
        "kind": "line of a box; part of the line before; sum of the lines below; of whom: some of the line before",
        "patients": "patients",
        "label": "what became of them",
    }
    return Chart(pd.DataFrame(rows, columns=list(key)), key, _draw_profile)


def _boxes(flow: ArmFlow) -> list[list[tuple[str, ProfileLine]]]:
    """A group's boxes from top to bottom: lines and their kinds."""

    def of(kind: str, *lines: ProfileLine) -> list[tuple[str, ProfileLine]]:
        return [(kind, line) for line in lines]

    cutoff = ProfileLine(flow.accounted, "at the cutoff")
    return [
        of("line", flow.assigned),
        [*of("line", flow.treated, flow.not_treated), *of("part", *flow.reasons_not_treated)],
        [*of("line", flow.ended), *of("part", *flow.reasons_ended), *of("of whom", flow.again)],
        [*of("sum", cutoff), *of("line", *flow.at_cutoff), *of("part", *flow.reasons_end_of_study)],
    ]


def _said(frame: pd.DataFrame, width: float) -> list[list[str]]:
    """Lines of each box of a group, broken where they are too long."""
    boxes = []
    for _, own in frame.groupby("box", sort=True):
        lines = []
        for row in own.itertuples():
            indent = _INDENT if row.kind == "part" else ""
            words = f"{'of whom ' if row.kind == 'of whom' else ''}{row.patients} {row.label}"
            broken = wrapped(words, width - 2 * _INSIDE - 30)
            lines += [indent + (_INDENT if number else "") + each for number, each in enumerate(broken)]
        boxes.append(lines)
    return boxes


def _tall(lines: Sequence[str]) -> float:
    return LINE * len(lines) + 2 * _PAD


class _Flow:
    """Boxes drawn from the top of a figure, whose places are pixels, down."""

    def __init__(self, layout: ChartLayout, height: float):
        self.figure = layout.sheet(height)
        self.axis = self.figure.add_axes((0, 0, 1, 1))
        self.axis.set(xlim=(0, layout.width), ylim=(height, 0))
        self.axis.axis("off")

    def box(self, x: float, top: float, width: float, lines: Sequence[str], colour: str) -> float:
        """A box about ``x``, its first line in bold; where it ends."""
        self.axis.add_patch(Rectangle((x - width / 2, top), width, _tall(lines), fill=False, edgecolor=colour))
        for number, words in enumerate(lines):
            place = x - width / 2 + _INSIDE, top + _PAD + LINE * (number + 0.5)
            self.axis.text(*place, words, va="center", weight="bold" if number == 0 else "normal")
        return top + _tall(lines)

    def arrow(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.axis.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": MUTED, "linewidth": 1})

    def column(self, x: float, tops: Sequence[float], width: float, boxes: Sequence[list[str]], colour: str) -> None:
        """Boxes below each other, joined; the last takes stock of all above and follows from none."""
        end = 0.0
        for number, (top, lines) in enumerate(zip(tops, boxes, strict=True)):
            if 0 < number < len(boxes) - 1:
                self.arrow((x, end), (x, top))
            end = self.box(x, top, width, lines, colour)


def _draw_profile(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    width = layout.width - 4 if layout.narrow else layout.width / 2 - 12
    before, *columns = (_said(frame[frame["arm"] == arm], width) for arm in ("", "experimental", "control"))
    screened, failures, randomised = before
    fork = 2 + _tall(screened) + 2 * _BETWEEN + LINE
    head = fork + _tall(randomised) + _BETWEEN
    own = [[_tall(lines) + _BETWEEN for lines in column] for column in columns]
    heights = own if layout.narrow else [[max(pair) for pair in zip(*own, strict=True)]] * 2
    flow = _Flow(layout, head + (sum(map(sum, heights)) + LINE if layout.narrow else sum(heights[0])))

    centre = layout.width / 2
    end = flow.box(centre, 2, width, screened, MUTED)
    flow.arrow((centre, end), (centre, fork))
    flow.axis.text(centre + _INSIDE, (end + fork) / 2, " ".join(failures), va="center")
    flow.box(centre, fork, width, randomised, MUTED)
    for place, (column, arm) in enumerate(zip(columns, ("experimental", "control"), strict=True)):
        x = centre if layout.narrow else layout.width * (1 + 2 * place) / 4
        begin = head + (sum(heights[0]) + LINE if layout.narrow and place else 0)
        if layout.narrow and place:
            said = f"And the other group of the {randomised[0]}:"
            flow.axis.text(x, begin - (LINE + _BETWEEN) / 2, said, ha="center", va="center")
        else:
            flow.arrow((centre, head - _BETWEEN), (x, begin))
        tops = [begin + sum(heights[place][:number]) for number in range(len(column))]
        flow.column(x, tops, width, column, COLOUR[arm])
    return flow.figure
