import matplotlib.pyplot as plt

from netterbook.book.netter import figures


def test_figures_are_closed_and_leave_the_style_alone():
    before = plt.rcParams["font.size"], plt.rcParams["figure.dpi"]
    figures.power_curves(0.5, 0.5, 0.05, 0.9, planned=74, seen=91, events=(20, 160))
    assert plt.get_fignums() == []
    assert (plt.rcParams["font.size"], plt.rcParams["figure.dpi"]) == before
