"""Explanations of the numbers of a trial's folder, whose lines are where each was typed."""

from __future__ import annotations

from collections.abc import Iterator

from netterbook.claims import Claim
from netterbook.explanation import Entry, Explanations, formulas
from netterbook.own_trial.audited import OwnTrial
from netterbook.papers import data_dir


class OwnExplanations(Explanations):
    """Of the numbers of an audited folder, with the book's formulas; each was typed once."""

    def __init__(self, own: OwnTrial):
        self.ledger = own.ledger
        self.documents = {}
        self._formulas = formulas(data_dir())
        self._second = {}
        self._title = own.folder.record.title
        self._files = {table.stem: table.about.file for table in own.folder.tables}
        self._files |= {end_point.stem: end_point.file for end_point in own.folder.end_points}

    def paper_title(self, key: str) -> str:
        return self._title

    def _entries(self, claim: Claim) -> Iterator[Entry]:
        file = self._files.get(".".join(claim.id.split(".")[:2]), "trial.yml")
        typed = "; ".join(printed.text for printed in claim.parts.values())
        yield Entry(f"{file}, {claim.page}" if claim.page else file, typed)
