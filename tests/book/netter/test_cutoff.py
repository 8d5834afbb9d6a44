import csv

from netterbook import facts, papers
from netterbook.book.netter import cutoff


def test_events_of_one_cutoff_by_document(ledger, known):
    table = cutoff.event_counts(ledger, known["netter1"], ("F041", "F042"), "F046").set_index("kind")
    events = {"journal": [23, 68], "label": [27, 78], "abstract": [23, 67]}
    assert {kind: list(row) for kind, row in table[["experimental_events", "control_events"]].T.items()} == events
    deaths = {"journal": [True, 14, 26], "label": [False, 0, 0], "abstract": [True, 13, 22]}
    columns = ["counts_deaths", "experimental_deaths", "control_deaths"]
    assert {kind: list(row) for kind, row in table[columns].T.items()} == deaths
    with (papers.data_dir() / "netter1" / "text.csv").open(encoding="utf-8") as file:
        printed = {row["claim"]: row["printed"] for row in csv.DictReader(file)}
    for name, stem in (("events", "pfs_events"), ("deaths", "deaths")):
        for group, arm in (("experimental", "lu"), ("control", "control")):
            assert str(table.loc["journal", f"{group}_{name}"]) == printed[f"results.{stem}_{arm}"]
    said = facts.read(ledger.folder)["F046"]
    assert said.versus("NEJM") == (23, 68) and said.versus("label") == (27, 78)  # fact, ledger and label agree
