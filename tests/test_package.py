"""All data to take away: every file opens and is what the descriptor says."""

import io
import json
import zipfile

import frictionless
import pandas as pd
import pytest
from typer.testing import CliRunner

from netterbook.cli import app
from netterbook.package import CLAIMS_KEY, archive, package_files


@pytest.fixture(scope="module")
def files(ledger):
    return package_files(ledger)


@pytest.fixture(scope="module")
def unpacked(files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    zipfile.ZipFile(io.BytesIO(archive(files))).extractall(folder)
    return folder


def test_the_archive_is_a_valid_data_package(unpacked):
    found = frictionless.Package("datapackage.json", basepath=str(unpacked)).validate()
    assert found.valid, found.flatten(["path", "rowNumber", "fieldName", "message"])


def test_every_table_opens_in_pandas_with_the_columns_that_are_described(unpacked, files):
    for resource in json.loads(files["datapackage.json"])["resources"]:
        frame = pd.read_csv(unpacked / resource["path"])
        assert frame.columns.tolist() == [field["name"] for field in resource["schema"]["fields"]]
        assert len(frame)


def test_the_ledger_is_whole_in_both_forms_and_claims_have_both_entries(unpacked, ledger):
    rows = json.loads((unpacked / "results/ledger.json").read_text(encoding="utf-8"))
    table = pd.read_csv(unpacked / "results/ledger.csv", dtype=str)
    assert [row["claim_id"] for row in rows] == table["claim_id"].tolist() == list(ledger.claims)
    claims = pd.read_csv(unpacked / "results/claims.csv", dtype=str, keep_default_na=False)
    assert claims.columns.tolist() == list(CLAIMS_KEY)
    for part in ("point", "low", "high", "sd"):
        assert claims[part].equals(claims[f"second_{part}"])
    assert (claims["second_point"] != "").all()


def test_the_command_writes_the_same_archive(tmp_path, files):
    path = tmp_path / "new" / "netterbook.zip"
    assert CliRunner().invoke(app, ["export", str(path)]).exit_code == 0
    assert path.read_bytes() == archive(files)
    again = CliRunner().invoke(app, ["export", str(path)])
    assert again.exit_code == 2 and "exists; --force overwrites it" in again.stderr
