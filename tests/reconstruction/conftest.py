"""Trial descriptions."""

import pytest

from netterbook.reconstruction import trial_file


@pytest.fixture
def described(tmp_path):
    """A file made of the example with one text replaced, and more lines."""

    def write(old="", new="", more=""):
        assert old in trial_file.EXAMPLE
        path = tmp_path / "trial.yml"
        path.write_text(trial_file.EXAMPLE.replace(old, new, 1) + more, encoding="utf-8")
        return path

    return write
