"""What is drawn of crossover."""

import pandas as pd
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from netterbook.book.cross_trial import crossover_effects
from netterbook.book.cross_trial.figures.crossover import POOLED_MEAN, crossover_dilution, rank_preserving
from netterbook.book.style import BLUE, VERMILION


def test_dilution_is_drawn_beside_the_printed_ratio_of_its_trial(ledger, table, netter1, layout):
    groups = crossover_effects.crossed_over(ledger, table, netter1)
    curves = crossover_effects.dilution_curves(groups, 1)
    named = {f"group {each.trial}": each for each in groups}
    figure = crossover_dilution(curves, named).figure(layout)
    for axis, (name, each) in zip(figure.axes, named.items(), strict=True):
        assert axis.texts[0].get_text() == name
        for line, (hr, part) in zip(axis.lines, curves[curves["trial"] == each.trial].groupby("hr"), strict=False):
            assert line.get_label() == f"true {hr:g}"
            assert line.get_ydata().round(6).tolist() == [float(f"{x:.6g}") for x in part["diluted"]]
        (bar,) = axis.collections
        assert bar.get_paths()[0].vertices[:, 1].tolist() == [each.low, each.high]
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert said == [*(f"true {hr:g}" for hr in crossover_effects.TRUE_HRS), "printed (95% CI)"]


def test_ratios_are_drawn_in_their_world_over_their_share(layout):
    rows = [(0.0, 1.0, 0.5, 0.51), (0.8, 1.0, 0.8, 0.45), (0.8, 0.0, 0.55, 0.25)]
    found = pd.DataFrame(rows, columns=["share", "after", "randomised", "corrected"]).assign(chosen=False)
    figure = rank_preserving(found, 0.5).figure(layout)
    for axis, after in zip(figure.axes, (1.0, 0.0), strict=True):
        own = found[found["after"] == after]
        assert axis.get_title(loc="left") == f"Crossover brings {'the whole effect' if after else 'none'}"
        ticks = [label.get_text() for label in axis.get_xticklabels()]
        assert ticks == [f"{100 * share:.0f}%" for share in own["share"]]
        for name, legend, tone in (
            ("randomised", "as randomised", VERMILION),
            ("corrected", "rank-preserving model", BLUE),
        ):
            scattered = [c for c in axis.collections if isinstance(c, PathCollection)]
            (dots,) = [c for c in scattered if to_hex(c.get_facecolor()[0]) == to_hex(tone)]
            places, ratios = dots.get_offsets().T
            assert ratios.tolist() == own[name].tolist()
            assert places.round().tolist() == axis.get_xticks().tolist()
            assert dots.get_label() == legend
        (bars,) = [line for line in axis.lines if line.get_label() == POOLED_MEAN]
        assert sorted(bars.get_ydata()) == sorted(own[["randomised", "corrected"]].to_numpy().ravel())
    said = {text.get_text() for text in figure.legends[0].get_texts()}
    assert said == {"as randomised", "rank-preserving model", POOLED_MEAN, "truth"}
