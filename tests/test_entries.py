"""Names of numbers stay valid."""

import csv

from netterbook import papers
from netterbook.entries import CLAIM_IDS, claim_ids


def test_every_number_is_in_the_list_of_names_and_every_old_name_leads_to_a_number():
    """A new number is added to reference/claim_ids.csv; a renamed one keeps its old name there, with the new one."""
    claims, names = papers.load().claims.keys(), claim_ids(papers.data_dir())
    assert claims - names.keys() == set()
    assert set(names.values()) - claims == set()


def test_a_renamed_number_is_found(data_copy):
    path = data_copy / CLAIM_IDS
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    path.write_text("\n".join(",".join(row) for row in [*rows, ["netter1.old", "netter1.results.pfs_hr"]]))
    assert claim_ids(data_copy)["netter1.old"] == "netter1.results.pfs_hr"
