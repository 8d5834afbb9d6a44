"""What pages hold of figures that can be asked."""

import re

from asked import SCRIPTS, write_page

from netterbook.book.ask.askable import askable
from netterbook.book.cross_trial.figures.models import MODEL
from netterbook.book.style import COLOUR, PALETTE


def test_what_a_figure_computes_from_is_a_script_of_its_own_that_loads_later(tmp_path):
    write_page(tmp_path, askable("survival", "one_curve", "Ask <this>", {"a": [1, 2], "b": "¹⁷⁷Lu"}))
    body = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<script type="text/plain" src="_downloads/page/one_curve_asked.js">' in body
    assert "Ask &lt;this&gt;" in body
    given = (tmp_path / "_downloads/page/one_curve_asked.js").read_text(encoding="utf-8")
    assert given == 'nbAsk.give("one_curve", {"a":[1,2],"b":"¹⁷⁷Lu"});\n'


def test_a_page_with_one_loads_the_scripts_of_its_kind_but_not_what_they_draw_with(tmp_path):
    write_page(tmp_path, askable("survival", "one_curve", "Ask", {}))
    head = (tmp_path / "page.html").read_text(encoding="utf-8").partition("</head>")[0]
    loaded = re.findall(r'src="_static/ask/([^"]+)"', head)
    assert loaded == ["ask.js", "distributions.js", "draws.js", "survival.js"]
    assert all((SCRIPTS / name).exists() for name in loaded)
    assert (tmp_path / "_static/ask/plot.js").exists() and (tmp_path / "_static/ask/plot.LICENSE.txt").exists()


def test_a_page_without_one_loads_none_of_them(tmp_path):
    write_page(tmp_path, "<p>Nothing to ask.</p>")
    assert "_static/ask" not in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_groups_have_the_colours_of_the_static_figures():
    style = (SCRIPTS / "ask.css").read_text(encoding="utf-8")
    named = set(re.findall(r"--nb-(\w+):", style))
    assert named and named <= set(PALETTE)
    for name in named:
        light, dark = PALETTE[name]
        assert re.findall(rf"--nb-{name}: (#\w+);", style) == [light, dark, dark]
    drawn = re.findall(r'\w+: "var\(--nb-(\w+)\)"', (SCRIPTS / "survival.js").read_text(encoding="utf-8"))
    assert [PALETTE[name].light for name in drawn] == list(COLOUR.values())
    assert set(MODEL.values()) <= {PALETTE[name].light for name in named}


def test_no_script_makes_code_of_words():
    for path in SCRIPTS.glob("*.js"):
        code = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|\bnew Function\b", code), path.name
        assert path.name == "plot.js" or "innerHTML" not in code
