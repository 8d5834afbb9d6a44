"""Work in pieces: kept, found again, and the same however it was spread."""

import joblib
import numpy as np
import pandas as pd
import pytest

from netterbook.reconstruction import pieces as parts
from netterbook.reconstruction.pieces import Piece, Workers, in_pieces


def numbers(seed: int, rows: int) -> pd.DataFrame:
    value = np.random.default_rng(seed).normal(size=rows)
    value[0] = np.inf
    return pd.DataFrame({"seed": seed, "value": value, "word": ["a, b", *["none"] * (rows - 1)], "gap": np.nan})


def fail(*_: object) -> pd.DataFrame:
    raise AssertionError("it was done before")


WORK = [Piece(f"numbers {seed}", numbers, (seed, 3)) for seed in range(5)]
WHOLE = pd.concat([numbers(seed, 3) for seed in range(5)], ignore_index=True)


def test_the_result_is_all_tables_in_order_to_the_last_digit():
    pd.testing.assert_frame_equal(in_pieces(WORK, Workers(1)), WHOLE, check_exact=True)


def test_processes_change_nothing(tmp_path):
    steps = []
    table = in_pieces(WORK, Workers(2), tmp_path, lambda: steps.append(1))
    pd.testing.assert_frame_equal(table, WHOLE, check_exact=True)
    assert len(steps) == 5 == len(list(tmp_path.iterdir()))


def test_what_is_finished_is_not_done_again(tmp_path):
    in_pieces(WORK[:3], Workers(1), tmp_path)
    steps = []
    finished = [piece._replace(work=fail) for piece in WORK[:3]]
    table = in_pieces([*finished, *WORK[3:]], Workers(1), tmp_path, lambda: steps.append(1))
    pd.testing.assert_frame_equal(table, WHOLE, check_exact=True)
    assert len(steps) == 5


def test_another_key_is_another_piece(tmp_path):
    in_pieces(WORK, Workers(1), tmp_path)
    with pytest.raises(AssertionError, match="it was done before"):
        in_pieces([Piece("numbers 5", fail, ())], Workers(1), tmp_path)


def test_a_cluster_changes_nothing(tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        work = [Piece(f"means {seed}", pd.DataFrame, ({"value": [seed]},)) for seed in range(4)]
        table = in_pieces(work, Workers(scheduler=cluster.scheduler_address), tmp_path)
    assert table["value"].tolist() == [0, 1, 2, 3] and len(list(tmp_path.iterdir())) == 4


def test_no_more_processes_than_cores(monkeypatch):
    asked = []

    def parallel(n_jobs, **_):
        asked.append(n_jobs)
        return lambda tasks: [(i, numbers(i, 2)) for i, _ in enumerate(tasks)]

    monkeypatch.setattr(parts, "Parallel", parallel)
    for jobs in (1, -1, 100_000):
        in_pieces(WORK[:2], Workers(jobs))
    assert asked == [1, -1, joblib.cpu_count()]


def test_pieces_of_other_code_lie_elsewhere(monkeypatch, tmp_path):
    before = parts.sources()
    for folder in ("methods", "reconstruction"):
        (tmp_path / folder).mkdir()
    for path in parts._PACKAGE.glob("reconstruction/*.py"):
        (tmp_path / "reconstruction" / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(parts, "_PACKAGE", tmp_path)
    first = parts.sources()
    (tmp_path / "reconstruction" / "sampler.py").write_text("# changed")
    assert len({before, first, parts.sources()}) == 3
    assert parts.default_folder().name == parts.sources()
