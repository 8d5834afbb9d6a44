"""Run chapters and tests as other machines would: portable.py [--each] [PYTEST ARGUMENT ...]

By default once, with everything that can be set here set otherwise than here: instruction sets of OpenBLAS, NumPy,
numba and the C library, threads, hash seed, language, time zone. With --each under every setting by itself, and beside
four busy processes a core, which takes an hour. What a machine of another kind ignores, it is not tested for.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from numpy._core import _multiarray_umath as numpy_core

NO_FMA = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX2_Usable,-FMA_Usable"}
GENERIC = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
BUSY = 4  # processes a core


def without(*names: str) -> dict[str, str]:
    """NumPy without the instruction sets so named, as far as it can do without them and has them here."""
    here = [f for f in numpy_core.__cpu_dispatch__ if numpy_core.__cpu_features__[f] and f.startswith(names)]
    return {"NPY_DISABLE_CPU_FEATURES": " ".join(here)} if here else {}


def threads(count: int) -> dict[str, str]:
    return {f"{library}_NUM_THREADS": str(count) for library in ("OPENBLAS", "OMP", "NUMBA", "MKL")}


EACH = {
    "as it is": {},
    "1 thread": threads(1),
    "2 threads": threads(2),
    **{f"OpenBLAS for {core}": {"OPENBLAS_CORETYPE": core} for core in ("Haswell", "SkylakeX", "Zen", "Prescott")},
    "numba for any processor": GENERIC,
    "NumPy without AVX-512": without("AVX512", "X86_V4"),
    "NumPy without AVX2": without("AVX512", "X86_V4", "AVX2", "FMA3", "X86_V3"),
    "C library without FMA": NO_FMA,
    "hash seed 0": {"PYTHONHASHSEED": "0"},
    "hash seed 1": {"PYTHONHASHSEED": "1"},
    "language C": {"LC_ALL": "C"},
    "language German": {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"},
    "time zone UTC": {"TZ": "UTC"},
    "time zone Kolkata": {"TZ": "Asia/Kolkata"},
    "busy": {},
}
ALL_AT_ONCE = {
    name: value
    for setting in (
        "1 thread", "OpenBLAS for Prescott", "numba for any processor", "NumPy without AVX2", "C library without FMA",
        "hash seed 1", "language German", "time zone Kolkata",
    )
    for name, value in EACH[setting].items()
}  # fmt: skip


def run(name: str, setting: dict[str, str], arguments: list[str]) -> bool:
    print(f"== {name}: {' '.join(f'{k}={v}' for k, v in setting.items()) or '(nothing set)'}", flush=True)
    busy = BUSY * (os.cpu_count() or 1) if name == "busy" else 0
    load = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
    started = time.monotonic()
    try:
        done = subprocess.run([sys.executable, "-m", "pytest", *arguments], env=os.environ | setting)
    finally:
        for process in load:
            process.kill()
    passed = done.returncode == 0
    print(f"== {name}: {'passed' if passed else 'FAILED'}, {time.monotonic() - started:.0f} s", flush=True)
    return passed


def main() -> None:
    arguments = [argument for argument in sys.argv[1:] if argument != "--each"]
    settings = EACH if "--each" in sys.argv else {"all at once": ALL_AT_ONCE}
    failed = [name for name, setting in settings.items() if not run(name, setting, arguments)]
    if failed:
        sys.exit(f"Other numbers, or none, under: {', '.join(failed)}")


if __name__ == "__main__":
    main()
