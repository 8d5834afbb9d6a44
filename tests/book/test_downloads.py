"""What pages carry is written beside them."""

import base64
import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from sphinx.errors import ExtensionError

from netterbook.book.chart import Chart
from netterbook.book.downloads import carried, download_link, offer
from netterbook.book.figure_markup import figure_markup
from netterbook.book.style import BLUE

WRITE_FILES = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "downloads.py"))["write_files"]


def draw(frame, layout):
    figure, (axis,) = layout.canvas(100)
    axis.plot(frame["x"], frame["x"], color=BLUE)
    return figure


CHART = Chart(pd.DataFrame({"x": [1.0, 2.0]}), {"x": "a number"}, draw)
TABLE = pd.DataFrame({"a": [1]})


def write(tmp_path, body, page="chapters/one", doctree=True):
    context = {"body": body}
    WRITE_FILES(SimpleNamespace(outdir=tmp_path), page, "page.html", context, doctree or None)
    return context["body"]


def test_a_figure_s_files_are_written_and_linked(tmp_path):
    body = write(tmp_path, f"<p>Before</p>{figure_markup(CHART, 'fig', 'Caption', 'Alt')}")
    folder = tmp_path / "_downloads" / "chapters-one"
    pictures = CHART.pictures("fig")
    assert (folder / "fig.svg").read_text() == pictures.wide
    assert (folder / "fig-narrow.svg").read_text() == pictures.narrow
    assert (folder / "fig.png").read_bytes() == pictures.png
    assert pd.read_csv(folder / "fig.csv").equals(CHART.frame)
    names = ["fig.csv", "fig.svg", "fig.png", "fig_columns.csv"]
    names += [f"fig-{which}.svg" for which in ("dark", "narrow", "narrow-dark")]
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    assert "data:" not in body and "data-file" not in body
    assert '<source media="(max-width: 46em)" srcset="../_downloads/chapters-one/fig-narrow.svg" width="320"' in body
    assert '<a class="nb-download" download="fig.svg" href="../_downloads/chapters-one/fig.svg">SVG</a>' in body
    assert all(body.count(f"/{name}") == (2 if name == "fig.svg" else 1) for name in names)


def test_what_has_no_name_or_is_no_page_stays(tmp_path):
    body = f'<img src="{carried(b"x", "image/png")}" alt=""><a href="#top">data:text/csv;base64,YQ==</a>'
    assert write(tmp_path, body) == body
    named = offer(b"x", "text/csv", "x.csv", "X")
    assert write(tmp_path, named, doctree=False) == named
    assert list(tmp_path.iterdir()) == []


def test_a_page_at_the_root_and_one_written_again(tmp_path):
    old, new = download_link(TABLE, "old"), download_link(TABLE, "new")
    assert 'href="_downloads/index/old.csv"' in write(tmp_path, old, "index")
    write(tmp_path, old, "other")
    write(tmp_path, new + new, "index")
    assert [path.name for path in (tmp_path / "_downloads/index").iterdir()] == ["new.csv"]
    assert [path.name for path in (tmp_path / "_downloads/other").iterdir()] == ["old.csv"]


def test_two_contents_under_one_name_fail_the_build(tmp_path):
    two = offer(b"x", "text/csv", "x.csv", "X") + offer(b"y", "text/csv", "x.csv", "X")
    with pytest.raises(ExtensionError, match=r"chapters/one carries two files named x\.csv, which differ"):
        write(tmp_path, two)


def test_a_name_leads_nowhere_else(tmp_path):
    body = f'<a download="../x.csv" href="{carried(b"x", "text/csv")}">X</a>'
    assert write(tmp_path, body) == body
    assert base64.b64encode(b"x").decode() in body
