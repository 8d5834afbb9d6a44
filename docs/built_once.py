"""What several extensions need: the ledger, built once for all of them, and data as scripts hold them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from netterbook.audit import build_ledger
from netterbook.ledger import Ledger


@cache
def ledger() -> Ledger:
    return build_ledger()


def in_script(value: Any) -> str:
    """JSON that may stand in a script of a page, which it cannot end.

    >>> in_script({"said": "</script>"})
    '{"said":"\\\\u003c/script>"}'
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
