import re
import sys
from pathlib import Path

from netterbook.audit import misprints
from netterbook.claims import Verdict

ROOT = Path(__file__).parents[2]


def test_the_readme_counts_what_the_ledger_counts(ledger):
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    total = ledger.summary().loc["all"]
    said = re.search(
        r"Of ([\d,]+) printed numbers, (\d+) are reproduced .*?, (\d+) are fixed .*?, (\d+) are recovered .*?, "
        r"(\d+) agree .*?, (\d+) are possible, (\d+) are printed alike .*?, (\d+) allow no check and say why, "
        r"and (\d+) differ",
        text,
    )
    numbers = [int(n.replace(",", "")) for n in said.groups()]
    order = ("reproduced", "fixed", "recovered", "agrees", "possible", "printed alike", "recorded", "differs")
    assert set(order) == {str(verdict) for verdict in Verdict}
    assert numbers == [total["claims"], *(total[verdict] for verdict in order)]
    assert sum(numbers[1:]) == numbers[0]


def test_the_readme_says_how_many_misprints_the_checks_notice(ledger):
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    (share,) = re.findall(r"Of misprints by one digit the checks notice (\d+)%", text)
    tried = misprints.stored_misprints(ledger.folder)
    assert tried is not None, "numbers or checks have changed since: run netterbook misprints -o data/misprints.csv"
    assert int(share) == round(100 * tried["caught"].mean())


def test_files_named_in_the_readme_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(((?!https:)[^)]+)\)", text):
        assert (ROOT / target).exists(), target


def test_commands_named_in_the_guides_are_installed():
    tools = Path(sys.executable).parent
    for guide in ("README.md", "rerun.md"):
        for command in re.findall(r"\.venv/bin/([\w-]+(?: nbconvert)?)", (ROOT / guide).read_text(encoding="utf-8")):
            assert (tools / command.replace(" ", "-")).exists(), f"{guide} names {command}"
