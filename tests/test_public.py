"""What the package itself offers: few names, quickly."""

import subprocess
import sys
from importlib.metadata import version
from importlib.resources import files

import pytest

import netterbook
from netterbook import audit, errors, reconstruction

OFFERED = {"build_ledger": audit, "from_curve": reconstruction, "from_summaries": reconstruction}
"""Names, and the parts that have them."""


def test_the_public_face_is_the_errors_the_ledger_and_both_reconstructions():
    kinds = {name: kind for name, kind in vars(errors).items() if getattr(kind, "__module__", "") == errors.__name__}
    assert len(kinds) > 4 and all(issubclass(kind, errors.NetterbookError) for kind in kinds.values())
    assert sorted({"__version__", *OFFERED, *kinds}) == netterbook.__all__ == dir(netterbook)
    assert netterbook.__version__ == version("netterbook")
    for name, kind in kinds.items():
        assert getattr(netterbook, name) is kind
    for name, part in OFFERED.items():
        assert getattr(netterbook, name) is getattr(part, name)
    with pytest.raises(AttributeError, match=r"'netterbook' has no attribute 'from_figure'"):
        _ = netterbook.from_figure


def test_importing_the_package_loads_no_library():
    code = "import netterbook, sys; print([m for m in ('numpy', 'pandas', 'scipy', 'numba') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_types_are_shipped():
    assert files(netterbook).joinpath("py.typed").is_file()


def test_no_data_file_is_read_by_an_import():
    """A ledger is built for a folder that is given, so that nothing may depend on another at import."""
    code = (
        "import pkgutil, sys, importlib, netterbook\n"
        "seen = []\n"
        "sys.addaudithook(lambda event, args: seen.append(str(args[0])) if event == 'open' else None)\n"
        "for module in pkgutil.walk_packages(netterbook.__path__, 'netterbook.'):\n"
        "    importlib.import_module(module.name)\n"
        "print([path for path in seen if path.endswith(('.csv', '.yml', '.gz', 'datapackage.json'))])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
