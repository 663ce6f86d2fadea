"""Runs every benchmarks/bench_*.py and prints one table; words after `python -m benchmarks` choose files by name.

A benchmark is a module with `main() -> list[tuple[name, unit, value]]`. A row whose name begins with "bare" is what the
rows of its unit below it are compared with, up to the next such row: their ratio is value / bare value.
"""

import importlib.util
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

Row = tuple[str, str, float]
HERE = Path(__file__).parent


def ratios(rows: Sequence[Row]) -> list[str]:
    """One cell per row: how many times the last bare row of the same unit; empty without one."""
    bare: dict[str, float] = {}
    cells = []
    for name, unit, value in rows:
        if name.startswith("bare"):
            bare[unit] = value
        cells.append(f"{value / bare[unit]:.2f} x" if bare.get(unit) else "")
    return cells


def rows_of(path: Path) -> list[Row]:
    """What one benchmark measures."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return cast("Callable[[], list[Row]]", module.main)()


def main(words: Sequence[str]) -> None:
    """Run the benchmarks whose file name holds one of the words (all of them without words)."""
    print(f"{'BENCHMARK':<12} {'WHAT':<52} {'VALUE':>14} {'UNIT':<12} {'TO BARE':>8}", flush=True)
    for path in sorted(HERE.glob("bench_*.py")):
        if words and not any(word in path.stem for word in words):
            continue
        rows = rows_of(path)
        for (name, unit, value), ratio in zip(rows, ratios(rows), strict=True):
            number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3f}"
            title = path.stem.removeprefix("bench_")
            print(f"{title:<12} {name:<52} {number:>14} {unit:<12} {ratio:>8}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
