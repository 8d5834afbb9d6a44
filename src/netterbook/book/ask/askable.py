"""Markup of a figure that can be asked: folded, unseen without scripts, with a file that it computes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape

from netterbook.book.downloads import carried


def askable(kind: str, name: str, summary: str, data: Mapping[str, object]) -> str:
    """What a page holds of a figure that can be asked; `docs/asking.py` adds the scripts.

    Parameters
    ----------
    kind : which script draws it
    name : of the static figure above, and of the state in the address
    summary : what opens it, text
    data : what it computes from; written as a script, since pages on a disk cannot read other files

    Raises
    ------
    ValueError
        For a number that is not finite.
    """
    written = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    file = f"nbAsk.give({json.dumps(name)}, {written});\n"
    script = f'<script type="text/plain" data-file="{name}_asked.js" src="{carried(file.encode(), "text/javascript")}">'
    fold = f'<details><summary>{escape(summary)}</summary><div class="nb-ask-room"></div></details>'
    place = f"ask-{name.replace('_', '-')}"
    return (
        f'<div class="nb-ask" id="{place}" data-kind="{kind}" data-name="{name}" hidden>{fold}{script}</script></div>'
    )
