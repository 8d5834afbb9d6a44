"""A small picture of each trial's main result."""

import drawn
import pytest

from netterbook.audit.given import inputs
from netterbook.book.chart import NARROW
from netterbook.book.front import panels
from netterbook.book.style import TEXT_SIZE


@pytest.mark.parametrize("name", ["netter1", "netter2"])
def test_the_curves_are_those_of_the_stored_trials(name, ledger, known):
    trial = known[name]
    found, at_risk = panels.kept_trials(ledger, trial), inputs(trial, "pfs").numbers_at_risk(ledger)
    chart = panels.small_curves(found, at_risk, trial.headings)
    figure = chart.figure(NARROW)
    (axis,) = figure.axes
    experimental, control = axis.lines
    assert experimental.get_ydata()[0] == control.get_ydata()[0] == 100
    assert experimental.get_ydata()[-1] > control.get_ydata()[-1]
    assert control.get_linestyle() == "--" and experimental.get_linestyle() == "-"
    assert {text.get_text() for text in axis.texts} == set(trial.headings)
    assert axis.get_ylim()[0] == 0
    assert drawn.strangers(figure, chart.frame) == drawn.overlapping(figure) == drawn.cut_off(figure) == []
    assert drawn.too_small(figure, TEXT_SIZE) == []
    assert found.stored


def test_a_panel_is_shown_with_its_number_and_verdict(ledger, known, shown):
    from netterbook.book.display import Page

    panel = panels.Panel(
        trial=known["netter1"],
        address="chapters/netter1.html",
        figure="netter1_pfs_curves",
        what="a < b",
        claim="netter1.results.pfs_hr",
        number="{netter1.results.pfs_hr}",
        plainly="{n} people",
        harm="none",
        alt="{n} curves",
        values={"n": 2},
    )
    panels.show_panels(Page(ledger), [panel], "Data: {netter1.results.pfs_events_lu}")
    assert "a &lt; b" in shown[0] and "0.21 (95% CI 0.13 to 0.33)" in shown[0] and "2 people" in shown[0]
    assert shown[0].count('alt="2 curves"') == 2
    assert shown[0].count("<picture>") == shown[0].count("<picture hidden>") == 1
    assert 'loading="lazy"' not in shown[0]  # above the fold
    assert 'href="chapters/netter1.html#figure-netter1-pfs-curves"' in shown[0]
    assert "verdict-recovered" in shown[0] and "Data: 23" in shown[0]
