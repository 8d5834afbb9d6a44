"""What the figures of doses and their limits draw, not how it looks."""

import numpy as np
import pytest
from drawn import colours, words

from netterbook.book.chart import WIDE
from netterbook.book.dosimetry import dose_effect, dose_figures, four_cycles, published
from netterbook.book.dosimetry.parameters import Dosimetry


def test_doses_of_four_cycles_have_a_row_each_and_limits_beside_their_organ(ledger, small, layout):
    doses = four_cycles.doses_of_cycles(ledger, small)
    chart = dose_figures.organ_doses(doses, four_cycles.organ_limits(ledger, small))
    (axis,) = chart.figure(layout).axes
    labels = [text.get_text() for text in axis.get_yticklabels()] if layout is WIDE else words(axis)[2:]
    assert labels == [f"{row.organ}: {row.label}" for row in doses.itertuples()]
    marks = [line for line in axis.lines if len(line.get_xdata()) == 1]
    assert [line.get_xdata()[0] for line in marks] == pytest.approx(list(doses["middle"].dropna()), rel=1e-5)
    assert words(axis)[:2] == ["23 Gy", "2 Gy"]
    dotted = [line for line in axis.lines if line.get_linestyle() == ":"]
    assert [set(line.get_xdata()) for line in dotted] == [{23}, {2}]
    places = [line.get_ydata()[0] for line in marks]
    organs = doses.loc[doses["middle"].notna(), "organ"]
    for line, organ in zip(dotted, ("Kidneys", "Red marrow"), strict=True):
        parts = line.get_ydata().reshape(-1, 3)
        rows = [y for y, name in zip(places, organs, strict=True) if name == organ]
        assert parts[:, :2].mean(axis=1) == pytest.approx(rows)
    bars = [tuple(line.get_xdata()) for line in axis.lines if len(line.get_xdata()) == 2]
    known = doses[doses["low"].notna()]
    np.testing.assert_allclose(bars, known[["low", "high"]].to_numpy(float), rtol=1e-5)
    (axis,) = dose_figures.organ_doses(doses, {}).figure(layout).axes
    assert ":" not in {line.get_linestyle() for line in axis.lines}


def test_kidney_doses_are_those_of_the_activity_given(ledger, layout):
    cohorts = published.kidney_cohorts(ledger, Dosimetry(activity_gbq=5.0, kidney_limit_gy=30))
    figure = dose_figures.kidney_dose(cohorts, 5.0, 9, 30).figure(layout)
    (axis,) = figure.axes
    curves = [line for line in axis.lines if len(line.get_xdata()) == 10]
    assert [line.get_ydata()[4] for line in curves] == pytest.approx(cohorts["dose"].tolist(), rel=1e-5)
    names = [f"{row.label}, {row.gy_per_gbq:.2f} Gy/GBq" for row in cohorts.itertuples()]
    if layout is WIDE:
        assert words(axis)[:-1] == names
        assert colours(axis.texts[:-1]) == colours(curves)
    else:
        (key,) = figure.legends
        assert [text.get_text() for text in key.texts] == names[::-1]
        assert colours(key.legend_handles) == colours(curves)[::-1]
    assert axis.lines[-1].get_ydata()[0] == 30 and words(axis)[-1] == "30 Gy"


def test_bed_lines_and_limits_are_drawn(small, layout):
    dose = np.linspace(0, 45, 91)
    lines = dose_effect.bed_lines(small, dose, 4)
    figure = dose_figures.bed_against_dose(dose, lines, (28, 40), 21).figure(layout)
    (axis,) = figure.axes
    curves = {line.get_label(): line.get_ydata() for line in axis.lines if len(line.get_xdata()) == 91}
    assert set(curves) == set(lines)
    for name, drawn in curves.items():
        np.testing.assert_allclose(drawn, lines[name], rtol=1e-5)
    key = [text.get_text() for legend in figure.legends for text in legend.texts]
    assert set(words(axis)) | set(key) == {*lines, "BED 28 Gy", "BED 40 Gy", "21 Gy"}
    if layout is WIDE:
        figure.draw_without_rendering()
        left = next(text for text in axis.texts if "no repair" in text.get_text()).get_window_extent().x0
        assert left > axis.transData.transform((21, 0))[0]
    level = [line.get_ydata()[0] for line in axis.lines if len(line.get_xdata()) == 2 and line.get_ydata()[0] > 1]
    assert level == [28, 40]
    named = {text.get_text(): text.xy[1] for text in axis.texts if text.get_text().startswith("BED")}
    assert named == {"BED 28 Gy": 28, "BED 40 Gy": 40}
    (upright,) = [line.get_xdata() for line in axis.lines if len(set(line.get_xdata())) == 1]
    assert set(upright) == {21}
