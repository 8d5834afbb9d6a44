"""What the book says of facts that it cites: a sentence for each, in ``data/reference/sentences.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from netterbook.errors import DataError


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sentences: dict[str, str]
    left_out: dict[str, dict[str, str]] = {}  # what a row prints and its sentence leaves out, with the reason


def read(folder: Path) -> Mapping[str, str]:
    """The sentences of a data folder by the id of their fact.

    Raises
    ------
    DataError
        If the file is missing or is not made of such sentences.

    >>> from netterbook.papers import data_dir
    >>> read(data_dir())["F313"]
    'The accepted limit for the marrow, 2 Gy, was adopted from treatment with ¹³¹I.'
    """
    path = folder / "reference" / "sentences.yml"
    try:
        found = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise DataError(f"there are no sentences about facts in {path}") from None
    except (yaml.YAMLError, ValidationError) as error:
        raise DataError(f"{path} holds no sentences about facts: {' '.join(str(error).split())}") from None
    return MappingProxyType(found.sentences)


def sentence(known: Mapping[str, str], fact_id: str) -> str:
    """What is said of one fact.

    Raises
    ------
    DataError
        If nothing is.
    """
    if fact_id not in known:
        raise DataError(f"fact {fact_id} has no sentence in reference/sentences.yml")
    return known[fact_id]
