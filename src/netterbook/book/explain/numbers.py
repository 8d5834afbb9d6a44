"""What the browser is given to explain each number with: :class:`.Explanation` of all, without repetitions."""

from __future__ import annotations

from typing import Any

from netterbook.claims import Verdict
from netterbook.entries import claim_ids
from netterbook.explanation import Cited, Explanation, Explanations, Step


def numbers(explained: Explanations) -> dict[str, Any]:
    """The explanations of all numbers of a ledger as plain values.

    ``ids`` has the claims in order, to which inputs and users point; ``texts`` what is said more than once, to which
    numbers in place of a text point; ``renamed`` the old names of claims.
    """
    ids = list(explained.ledger.claims)
    return _Packing(explained, ids).packed()


class _Packing:
    def __init__(self, explained: Explanations, ids: list[str]):
        self.explained, self.ids = explained, ids
        self.index = {claim_id: k for k, claim_id in enumerate(ids)}
        self.texts: dict[str, int] = {}

    def packed(self) -> dict[str, Any]:
        rows = [self._number(self.explained.of(claim_id)) for claim_id in self.ids]
        known = claim_ids(self.explained.ledger.folder)
        return {
            "ids": self.ids,
            "rows": rows,
            "texts": list(self.texts),
            "meanings": {str(verdict): verdict.meaning for verdict in Verdict},
            "renamed": {old: new for old, new in known.items() if old != new},
        }

    def _text(self, said: str) -> int:
        return self.texts.setdefault(said, len(self.texts))

    def _number(self, found: Explanation) -> list[Any]:
        first, *second = found.entries
        return [
            *(
                self._text(said)
                for said in (found.paper, found.place, found.page, found.group, found.quantity, found.kind)
            ),
            found.printed,
            self._text(found.verdict),
            self._text(found.reason),
            [self._step(step) for step in found.steps],
            self._text(first.file),
            first.typed,
            0 if not second else 1 if second[0].typed == first.typed else second[0].typed,
            self.index.get(found.same_as, -1),
            [self.index[user] for user in found.used_by],
            list(found.difference),
        ]

    def _step(self, step: Step) -> list[Any]:
        texts = (step.verdict, step.method, step.formula, step.note)
        worth = [] if step.passing is None else [step.passing, step.forms]
        return [*map(self._text, texts), step.arithmetic, step.recomputed, [*map(self._input, step.inputs)], worth]

    def _input(self, cited: Cited) -> int | list[str]:
        return self.index.get(cited.id, list(cited))
