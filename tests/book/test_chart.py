"""A chart as pictures: the page's type and colours, the same in every run, drawn from what it offers."""

import io
import re

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from PIL import Image

from netterbook.book.chart import NARROW, WIDE, Chart, in_dark, size, to_svg
from netterbook.book.figure_markup import figure_markup
from netterbook.book.style import BLUE, DARK, FONTS, INK, TEXT_SIZE

KEY = {"month": "months", "share": "percent"}


def draw(frame, layout):
    figure, (axis,) = layout.canvas(200)
    axis.plot(frame["month"], frame["share"], color=BLUE)
    axis.annotate("0.123456 & more", (0.1, 80))
    return figure


@pytest.fixture
def chart():
    return Chart(pd.DataFrame({"month": [0.0, 1 / 3], "share": [100.0, 200 / 3]}), KEY, draw)


def test_the_table_is_rounded_before_it_is_drawn(chart):
    (line,) = chart.figure(WIDE).axes[0].lines
    assert line.get_xydata().tolist() == chart.frame.to_numpy().tolist() == [[0.0, 100.0], [0.333333, 66.6667]]
    frame = pd.DataFrame({"month": [2 / 3], "share": [2 / 3]})
    assert Chart(frame, KEY, draw, digits={"share": 2}).frame.loc[0].tolist() == [0.666667, 0.67]


@pytest.mark.parametrize("key", [{"month": ""}, KEY | {"other": ""}, dict(reversed(KEY.items()))])
def test_a_key_that_is_not_the_table_s_is_refused(key):
    with pytest.raises(ValueError, match="is not that of the columns"):
        Chart(pd.DataFrame({"month": [1.0], "share": [1.0]}), key, draw)


def test_a_picture_is_the_same_in_every_run_and_has_the_page_s_type(chart):
    pictures, again = chart.pictures("one"), chart.pictures("one")
    assert pictures == again
    assert chart.pictures("other").wide != pictures.wide  # ids
    for svg, layout in ((pictures.wide, WIDE), (pictures.narrow, NARROW)):
        assert size(svg) == (layout.width, 200)
        assert f'viewBox="0 0 {layout.width} 200"' in svg
        assert "0.123456 &amp; more</text>" in svg  # text is left alone, and is text
        assert svg.count("font-family") == svg.count(f'font-family="{FONTS}"') == 1
        assert set(re.findall(r"font-size: ([\d.]+px)", svg)) == {f"{TEXT_SIZE}px"}
        assert not re.search(r"<[^>]*\d\.\d{3}", svg)
        assert "<metadata" not in svg and "<!" not in svg
    picture = Image.open(io.BytesIO(pictures.png))
    assert picture.size == (2 * WIDE.width, 400)
    assert picture.convert("RGBA").getpixel((1, 1)) == (255, 255, 255, 255)


def test_the_dark_picture_differs_in_its_colours_alone(chart):
    light = chart.pictures("one").wide
    dark = in_dark(light)
    colour = re.compile(r"#[0-9a-f]{6}\b")
    assert colour.sub("", dark) == colour.sub("", light)
    assert {BLUE, INK} < set(colour.findall(light)) <= set(DARK)
    assert colour.findall(dark) == [DARK[each] for each in colour.findall(light)]


def test_a_colour_that_does_not_follow_the_theme_is_refused(chart):
    figure = chart.figure(WIDE)
    figure.axes[0].lines[0].set_color("#123456")
    with pytest.raises(ValueError, match="one is drawn in colours that the palette lacks: #123456"):
        to_svg(figure, "one")


def test_figures_are_closed_and_leave_the_style_alone(chart):
    style, figures = dict(plt.rcParams), plt.get_fignums()
    chart.pictures("one")
    assert plt.get_fignums() == figures
    assert dict(plt.rcParams) == style


def test_markup_has_both_widths_and_themes_and_what_can_be_taken_away(chart):
    html = figure_markup(chart, "one_two", "A <caption>", 'An "alt"', "Table 1")
    assert html.startswith('<figure class="nb-figure" id="figure-one-two">')
    assert html.count("<picture>") == html.count("<picture hidden>") == 1
    named = re.findall(r'data-file="([^"]+)"', html)
    assert named == ["one_two-narrow.svg", "one_two.svg", "one_two-narrow-dark.svg", "one_two-dark.svg"]
    offered = re.findall(r'download="([^"]+)"', html)
    assert offered == ["one_two.csv", "one_two.svg", "one_two.png", "one_two_columns.csv"]
    assert html.count('loading="lazy" alt="An &quot;alt&quot;"') == 2
    assert html.count('width="680" height="200"') == html.count('width="320" height="200"') == 2
    assert html.index("</picture>") < html.index("<figcaption>A &lt;caption&gt;</figcaption>") < html.index("nb-files")
    assert 'href="#figure-one-two"' in html
    assert "From Table 1" in html
    assert "From" not in figure_markup(chart, "one", "A", "B")
