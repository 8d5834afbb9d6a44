"""A chart in the page: two widths, two themes, its caption, and a bar with what can be taken away."""

from __future__ import annotations

from html import escape

from netterbook.book.chart import Chart, in_dark, size
from netterbook.book.downloads import as_csv, carried, column_key, offer

NARROW_BELOW = "46em"
"""Where windows are narrower, pages have no room for a wide chart; `_static/netterbook.css` says so too."""


def figure_markup(chart: Chart, name: str, caption: str, alt: str, sources: str = "") -> str:
    """A chart in markup that carries all its files.

    Parameters
    ----------
    name : of its files, without ending; its address has hyphens for underscores
    caption : text
    alt : what one sees in it, for those who do not
    sources : markup of links to the tables that it comes from
    """
    pictures = chart.pictures(name)
    drawn = in_both_themes(pictures.wide, name, alt, narrow=pictures.narrow)
    place = place_of(name)
    links = [
        offer(as_csv(chart.frame), "text/csv", f"{name}.csv", "Data (CSV)"),
        offer(pictures.wide.encode(), "image/svg+xml", f"{name}.svg", "SVG"),
        offer(pictures.png, "image/png", f"{name}.png", "PNG"),
        *([f"<span>From {sources}</span>"] if sources else []),
        f'<a href="#{place}" aria-label="Link to this figure" title="Link to this figure">¶</a>',
        column_key(chart.key, name, "What the columns mean"),
    ]
    below = f'<figcaption>{escape(caption)}</figcaption><div class="nb-files">{"".join(links)}</div>'
    return f'<figure class="nb-figure" id="{place}">{drawn}{below}</figure>'


def place_of(name: str) -> str:
    """
    >>> place_of("netter1_pfs_curves")
    'figure-netter1-pfs-curves'
    """
    return f"figure-{name.replace('_', '-')}"


def in_both_themes(svg: str, name: str, alt: str, *, narrow: str = "", at_once: bool = False) -> str:
    """A picture twice, in the light and in the dark, of which the style sheet shows one.

    Parameters
    ----------
    svg : as :func:`.to_svg` makes it, in the light
    name : of the files, without ending
    alt : what one sees in it
    narrow : another for narrow windows, if the same does not do
    at_once : loaded with the page, as it is in view when that opens
    """
    light = _picture(svg, narrow, name, ".svg", alt, at_once)
    return light + _picture(in_dark(svg), in_dark(narrow), name, "-dark.svg", alt, at_once, " hidden")


def _picture(wide: str, narrow: str, name: str, ending: str, alt: str, at_once: bool, hidden: str = "") -> str:
    def attributes(svg: str, file: str, address: str) -> str:
        width, height = size(svg)
        content = carried(svg.encode(), "image/svg+xml")
        return f'data-file="{file}" {address}="{content}" width="{width}" height="{height}"'

    below = f'media="(max-width: {NARROW_BELOW})"'
    source = f"<source {below} {attributes(narrow, f'{name}-narrow{ending}', 'srcset')}>" if narrow else ""
    loading = "" if at_once else 'loading="lazy" '
    image = f'<img {attributes(wide, f"{name}{ending}", "src")} {loading}alt="{escape(alt)}">'
    return f"<picture{hidden}>{source}{image}</picture>"
