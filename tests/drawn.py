"""What a drawn figure shows: its texts and where they stand, and the numbers at which marks and lines stand."""

import ast
import re
from functools import cache, lru_cache
from itertools import combinations

import nbformat
import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text

from netterbook.book import display, findings
from netterbook.book.chart import GUIDE, NARROW, WIDE, Chart, Pictures


def near(expected):
    """To the digits that the tables of charts keep."""
    return pytest.approx(expected, rel=1e-5)


class Shown:
    """A figure of a chapter as it was given to the page."""

    def __init__(self, chart, name, caption, alt, fact_ids):
        self.chart, self.name, self.caption, self.alt, self.fact_ids = chart, name, caption, alt, fact_ids
        self.figure = cache(chart.figure)


def names_of_figures(path):
    """Names of the charts that a chapter's source shows."""
    trees = [ast.parse(cell.source) for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [name for call in calls if (name := _name_of_figure(call))]


def _name_of_figure(call):
    if ast.unparse(call.func) == "page.figure":
        name = call.args[1]
        if isinstance(name, ast.JoinedStr):  # in a loop: what each name begins with
            name = name.values[0]
        return ast.literal_eval(name)
    if ast.unparse(call.func) == "people.show_people":
        return next(ast.literal_eval(given.value) for given in call.keywords if given.arg == "name")
    return ""


def run_cells(path, monkeypatch, show, changed=None):
    """Run a chapter's cells here, with other parameters, and show what they display; the names that they leave."""
    for module in (display, findings):
        monkeypatch.setattr(module, "display", show, raising=False)
    scope = {}
    for number, cell in enumerate(nbformat.read(path, 4).cells):
        if cell.cell_type == "code":
            exec(compile(cell.source, f"{path.stem}, cell {number}", "exec"), scope)
        if "parameters" in cell.metadata.get("tags", []):
            scope = {name: value for name, value in scope.items() if not name.startswith("__")} | (changed or {})
    return scope


def unsaved(monkeypatch):
    """Charts are drawn in both layouts, but not made files of, which takes half of a chapter's time."""

    def drawn_only(chart, name):
        chart.figure(WIDE), chart.figure(NARROW)
        empty = '<svg width="1" height="1"></svg>'
        return Pictures(empty, empty, b"")

    monkeypatch.setattr(Chart, "pictures", drawn_only)


def run(path, monkeypatch, changed=None):
    """The charts that a chapter shows; its cells are run here."""
    found = []

    def keep(page, chart, name, *, caption, alt, sources=(), fact_ids=(), **values):
        assert all(page._resource(*each) for each in sources)
        found.append(Shown(chart, name, page.prose(caption, **values), page.prose(alt, **values), tuple(fact_ids)))

    monkeypatch.setattr(display.Page, "figure", keep)
    run_cells(path, monkeypatch, lambda thing: None, changed)
    return found


def words(axis):
    """Every text of an axis, without those of its scales."""
    return [text.get_text() for text in axis.texts]


def colours(things):
    return [to_hex(thing.get_color()) for thing in things]


def spans(*collections):
    """Ends across of every line of some collections."""
    return [p.vertices[:, 0].tolist() for each in collections for p in each.get_paths() if len(p.vertices) == 2]


@lru_cache(maxsize=64)
def texts(figure):
    """Every text that is seen, with its box in pixels of the page; the figure is drawn once for it."""
    figure.draw_without_rendering()
    hidden = {id(label) for axis in figure.axes for scale in (axis.xaxis, axis.yaxis) for label in _unseen(axis, scale)}
    seen = [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden and _shown(text)
    ]
    return [(text, Text.get_window_extent(text)) for text in seen]


def _unseen(axis, scale):
    """Labels of ticks beyond an axis's ends, of an axis that is off, and those that are not drawn."""
    low, high = sorted(scale.get_view_interval())
    for tick in [*scale.get_major_ticks(), *scale.get_minor_ticks()]:
        reach = 1e-9 * (high - low)
        outside = not low - reach <= tick.get_loc() <= high + reach
        for label in (tick.label1, tick.label2):
            if outside or not axis.axison or not label.get_visible():
                yield label
    if not axis.axison:
        yield from (scale.label, scale.offsetText)


def _shown(text):
    return not (text.axes is not None and not text.axes.get_visible())


def too_small(figure, least):
    return [text.get_text() for text, _ in texts(figure) if text.get_fontsize() < least]


def overlapping(figure):
    """Pairs of texts whose boxes share more than a pixel."""
    found = []
    for (one, a), (other, b) in combinations(texts(figure), 2):
        across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > 1 and down > 1:
            found.append((one.get_text(), other.get_text()))
    return found


def cut_off(figure):
    """Texts that leave the canvas by more than a pixel."""
    width, height = figure.get_size_inches() * figure.dpi
    return [
        text.get_text()
        for text, box in texts(figure)
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1
    ]


def _numbers_on(axis, way):
    """Whether a direction of an axis has numbers; names of rows are places and no data."""
    if not axis.axison:
        return False
    scale = (axis.xaxis, axis.yaxis)[way]
    labels = [label.get_text() for label in scale.get_ticklabels()]
    return any(re.search(r"\d", label) and not re.search(r"[A-Za-z]{2}", label) for label in labels)


def _points(artist):
    """The points of a line, mark, bar or area, and the transform from them to the canvas."""
    if isinstance(artist, Line2D):
        return artist.get_xydata(), artist.get_transform()
    if isinstance(artist, Patch):
        bounds = isinstance(artist, Rectangle)
        points = artist.get_bbox().get_points() if bounds else artist.get_path().vertices
        return points, artist.axes.transData if bounds else artist.get_data_transform()
    if isinstance(artist, PathCollection):
        return artist.get_offsets(), artist.get_offset_transform()
    return np.concatenate([_open(path) for path in artist.get_paths()]), artist.get_transform()


def _open(path):
    """The points of a path without those that close it, which are no place."""
    return path.vertices if path.codes is None else path.vertices[path.codes != path.CLOSEPOLY]


def coordinates(axis):
    """All numbers at which an axis has a line, mark, bar or area, across and up; but for guides."""
    found = ([], [])
    for artist in [*axis.lines, *axis.patches, *axis.collections]:
        if artist.get_gid() == GUIDE or isinstance(artist, FancyArrowPatch):
            continue
        points, transform = _points(artist)
        for way, here in enumerate(transform.contains_branch_seperately(axis.transData)):
            if here:
                found[way].append(np.asarray(points, float)[:, way])
    return found


def strangers(figure, frame):
    """Numbers that are drawn and stand in no column of the table; ends of axes and zero, where bars begin, are none."""
    own = [frame[name].to_numpy(float, na_value=np.nan) for name in frame.select_dtypes(["number", "bool"]).columns]
    known = np.unique(np.concatenate([*own, [0.0]]))
    known = known[np.isfinite(known)]
    found = []
    for axis in figure.axes:
        for way, numbers in enumerate(coordinates(axis)):
            if not numbers or not _numbers_on(axis, way):
                continue
            here = np.concatenate([known, axis.get_xlim() if way == 0 else axis.get_ylim()])
            drawn = np.unique(np.concatenate(numbers))
            drawn = drawn[np.isfinite(drawn)]
            near = np.abs(drawn[:, None] - here[None, :]).min(axis=1)
            found += drawn[near > 1e-9 + 1e-7 * np.abs(drawn)].tolist()
    return found


def _pieces(path):
    """The parts of a line that is drawn in pieces, with nothing between them: a path is looked at as one line."""
    points = path.vertices
    ends = np.flatnonzero(np.isnan(points).any(axis=1))
    return [Path(piece[~np.isnan(piece).any(axis=1)]) for piece in np.split(points, ends) if len(piece) > 1]


def crossed(figure):
    """Texts through which a guide runs; what is written aslant over a whole figure lies on them."""
    boxes = [(text, box) for text, box in texts(figure) if text.get_rotation() % 90 == 0]
    paths = []
    for axis in figure.axes:
        for artist in axis.lines:
            if artist.get_gid() == GUIDE and artist.get_linestyle() != "None":
                paths += _pieces(artist.get_transform().transform_path(artist.get_path()))
        for artist in axis.collections:
            if artist.get_gid() == GUIDE and isinstance(artist, LineCollection):
                paths += [artist.get_transform().transform_path(path) for path in artist.get_paths()]
    return [
        text.get_text() for text, box in boxes if any(path.intersects_bbox(box.padded(-1), False) for path in paths)
    ]
