"""Chains with a short run before their draws: whether patients meet what was given does not hinge on that."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from netterbook.reconstruction import tempering

# RETRIES: a conflict is said after two ladders, as what cannot be met is not met by a sixth
SHORT = {"BURN": 20, "PILOT": 40, "PILOTS": 1, "RETRIES": 2}
THOROUGH = {name: getattr(tempering, name) for name in SHORT}


@contextmanager
def chains(lengths: dict[str, int]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in lengths.items():
            patch.setattr(tempering, name, value)
        yield


thorough = chains(THOROUGH)
"""Decorates a test of the law of the draws."""
