"""How to cite the book."""

from pathlib import Path

import pytest
import yaml

from netterbook.book.front import citation
from netterbook.errors import DataError

CFF = Path(__file__).parents[3] / "CITATION.cff"


def test_it_is_what_the_citation_file_says():
    about, found = yaml.safe_load(CFF.read_text(encoding="utf-8")), citation.read(CFF)
    for said in found:
        assert about["title"] in said and about["version"] in said and str(about["date-released"])[:4] in said
    assert found.bibtex.startswith("@misc{") and found.bibtex.count("{") == found.bibtex.count("}")


def test_persons_and_an_address_are_named(tmp_path):
    path = tmp_path / "CITATION.cff"
    path.write_text(
        "title: T\nversion: 1.0.0\ndate-released: 2026-01-02\nurl: https://example.org\n"
        "authors:\n  - {given-names: Ada, family-names: Lovelace}\n  - name: Others\n"
    )
    assert citation.read(path).text == "Ada Lovelace, Others. T. Version 1.0.0, 2026. https://example.org"
    assert "{{Ada Lovelace} and {Others}}" in citation.read(path).bibtex


@pytest.mark.parametrize("said", [None, "title: T\n", "- a\n"])
def test_a_file_that_lacks_a_part_is_named(said, tmp_path):
    path = tmp_path / "CITATION.cff"
    if said is not None:
        path.write_text(said)
    with pytest.raises(DataError, match=r"CITATION\.cff holds no citation"):
        citation.read(path)
