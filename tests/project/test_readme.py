import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_readme_counts_what_the_ledger_counts(ledger):
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    total = ledger.summary().loc["all"]
    said = re.search(
        r"Of ([\d,]+) printed numbers, (\d+) are reproduced .*?, (\d+) are recovered .*?, (\d+) are shown to be "
        r"possible, (\d+) allow no check and say why, and (\d+) differ",
        text,
    )
    numbers = [int(n.replace(",", "")) for n in said.groups()]
    reproduced = total["reproduced"] + total["within rounding"]
    others = [total[verdict] for verdict in ("recovered", "possible", "recorded", "differs")]
    assert numbers == [total["claims"], reproduced, *others]


def test_files_named_in_the_readme_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(((?!https:)[^)]+)\)", text):
        assert (ROOT / target).exists(), target


def test_commands_named_in_the_guides_are_installed():
    tools = Path(sys.executable).parent
    for guide in ("README.md", "rerun.md"):
        for command in re.findall(r"\.venv/bin/([\w-]+(?: nbconvert)?)", (ROOT / guide).read_text(encoding="utf-8")):
            assert (tools / command.replace(" ", "-")).exists(), f"{guide} names {command}"
