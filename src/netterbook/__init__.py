"""Recompute the published evidence on 177Lu-DOTATATE for neuroendocrine tumours.

Start from :func:`.build_ledger`: every printed number as a claim, with its checks and verdict. :func:`.from_curve` and
:func:`.from_summaries` make patients of any trial. What is not found here at first is loaded when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from netterbook.errors import CircularCheck, Conflict, DataError, NetterbookError, ParameterError, UnknownClaim

if TYPE_CHECKING:
    from netterbook.audit import build_ledger
    from netterbook.reconstruction import from_curve, from_summaries

    __version__: str

__all__ = [
    "CircularCheck",
    "Conflict",
    "DataError",
    "NetterbookError",
    "ParameterError",
    "UnknownClaim",
    "__version__",
    "build_ledger",
    "from_curve",
    "from_summaries",
]

_HOMES = {"build_ledger": "audit", "from_curve": "reconstruction", "from_summaries": "reconstruction"}


if not TYPE_CHECKING:  # types would else be told that this module has every name

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from importlib.metadata import version

            return version("netterbook")
        if name in _HOMES:
            return getattr(import_module(f"netterbook.{_HOMES[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
