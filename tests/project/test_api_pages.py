"""The pages on the library show every module that is not the book's own or the command line's."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHOWN = ("methods", "reconstruction", "dosimetry", "audit")
INNER = {"checks", "constraints", "hazards", "sampler", "tempering", "netter1", "netter2", "records", "reasons"}
"""Modules of these that offer nothing to other code."""


def test_every_module_of_the_library_has_its_place():
    pages = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "api").glob("*.md"))
    shown = set(re.findall(r"automodule:: netterbook\.([\w.]+)", pages))
    package = ROOT / "src" / "netterbook"
    modules = {f"{folder}.{path.stem}" for folder in SHOWN for path in (package / folder).glob("[!_]*.py")}
    modules = {name for name in modules if name.partition(".")[2] not in INNER}
    top = {"claims", "printed", "papers", "facts", "trials", "text", "precision", "files", "errors"}
    top |= {"passing", "sources"}
    assert modules | top <= shown


def test_pages_are_listed():
    listed = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    assert all(f"api/{path.stem}" in listed for path in (ROOT / "api").glob("*.md"))


@pytest.mark.parametrize(
    ("docstring", "headed"),
    [
        (["Parameters", "----------", "x : one", "y : two", "", ">>> f(1)", "2"], 5),
        (["Raises", "------", "ValueError", "    Never.", "", "Two of three:", "", ">>> f(1)", "2"], 5),
        (["Raises", "------", "ValueError", "    Never.", "", ">>> f(1)", "2"], 5),
    ],
)
def test_an_example_is_no_part_of_the_section_before(docstring, headed):
    head_examples = runpy.run_path(str(ROOT / "docs" / "doctests.py"))["head_examples"]
    lines = list(docstring)
    head_examples(None, "function", "f", None, None, lines)
    assert lines == [*docstring[:headed], "Examples", "--------", *docstring[headed:]]
