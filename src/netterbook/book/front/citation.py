"""How to cite the book, from ``CITATION.cff``."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import yaml

from netterbook.errors import DataError


class Citation(NamedTuple):
    """In a sentence, and as an entry of BibTeX."""

    text: str
    bibtex: str


def read(path: Path, address: str = "") -> Citation:
    """The citation that a file in the Citation File Format asks for, with an address where the file has none.

    Raises
    ------
    DataError
        If the file is missing or lacks a part.

    >>> from netterbook.papers import data_dir
    >>> read(data_dir().parent / "CITATION.cff").text.partition(".")[0]
    'The NETTER book contributors'
    """
    try:
        about = yaml.safe_load(path.read_text(encoding="utf-8"))
        authors = [_name(author) for author in about["authors"]]
        title, version, date = about["title"], about["version"], str(about["date-released"])
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise DataError(f"{path} holds no citation: {error}") from None
    address = about.get("url") or about.get("repository-code") or address
    year = date[:4]
    text = f"{', '.join(authors)}. {title}. Version {version}, {year}." + (f" {address}" if address else "")
    fields = {
        "author": " and ".join(f"{{{author}}}" for author in authors), "title": f"{{{title}}}", "year": year,
        "version": version, "note": "Jupyter Book",
    }  # fmt: skip
    fields |= {"url": address} if address else {}
    lines = "\n".join(f"  {name:<8}= {{{value}}}," for name, value in fields.items())
    return Citation(text, f"@misc{{netterbook{year},\n{lines}\n}}")


def _name(author: dict[str, str]) -> str:
    return author.get("name") or f"{author['given-names']} {author['family-names']}"
