"""How long the simulations of virtual patients take, on one core.

.venv/bin/python benchmarks/dosimetry_times.py --patients 100000 --cycles 10
"""

import argparse
import statistics
import time

import numpy as np
from rich.progress import track

from netterbook.dosimetry import immortal, planning, population

PROTOCOL = population.Protocol(28, 40, 0.5, "before", 0.05, 2.6, 2.8, 50, 7.4)


def plan(patients: int, cycles: int, rng: np.random.Generator) -> None:
    """Doses of all cycles, cumulative dose and BED, and the cycles within a limit."""
    dose = 7.4 * population.virtual_patients(patients, cycles, 0.43, 0.3, 0.1, rng)
    planning.cycles_before(27, planning.course(dose, 2.6, 2.8, 50).bed_gy)


def protocol(patients: int, cycles: int, rng: np.random.Generator) -> None:
    """The treatment that goes on until the kidney dose is reached."""
    drawn = population.virtual_patients(patients, cycles, 0.43, 0.3, 0.1, rng)
    population.simulate_protocol(drawn, PROTOCOL, rng)


def bias(patients: int, cycles: int, rng: np.random.Generator) -> None:
    """A thousand trials of 96 patients, analysed in three ways."""
    trials = immortal.simulate_immortal_time(
        np.arange(3, cycles), rng, trials=1000, patients=96, median_months=29, interval_months=2.3,
        follow_up_months=(24, 84), hr=1,
    )  # fmt: skip
    immortal.analyse(trials, 12)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--cycles", type=int, default=10)
    parser.add_argument("--runs", type=int, default=5, help="runs of each; the first is printed apart, it may compile")
    args = parser.parse_args()
    rng = np.random.default_rng(1)
    rows = []
    for simulate in track((plan, protocol, bias), description="Simulating"):
        seconds = []
        for _ in range(args.runs + 1):
            start = time.perf_counter()
            simulate(args.patients, args.cycles, rng)
            seconds.append(time.perf_counter() - start)
        rows.append((simulate.__name__, seconds[0], statistics.median(seconds[1:])))
    print(f"{'simulation':<12} {'first, s':>9} {'later, s':>9}")
    for name, first, later in rows:
        print(f"{name:<12} {first:>9.3f} {later:>9.3f}")


if __name__ == "__main__":
    main()
