"""Runs every module of this folder and prints one table; words after `python -m benchmarks` choose files by name.

A benchmark is a module with `main() -> list[tuple[name, unit, value]]`. A row whose name begins with "bare" is what the
rows of its unit below it are compared with, up to the next such row: their ratio is value / bare value.
"""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

Row = tuple[str, str, float]
HERE = Path(__file__).parent
SHARED = {"__init__", "__main__", "real_engine"}


def ratios(rows: Sequence[Row]) -> list[str]:
    """One cell per row: how many times the last bare row of the same unit; empty without one."""
    bare: dict[str, float] = {}
    cells = []
    for name, unit, value in rows:
        if name.startswith("bare"):
            bare[unit] = value
        cells.append(f"{value / bare[unit]:.2f} x" if bare.get(unit) else "")
    return cells


def rows_of(name: str) -> list[Row]:
    """What one benchmark measures."""
    return cast("Callable[[], list[Row]]", import_module(f"benchmarks.{name}").main)()


def main(words: Sequence[str]) -> None:
    """Run the benchmarks whose file name holds one of the words (all of them without words)."""
    print(f"{'BENCHMARK':<12} {'WHAT':<52} {'VALUE':>14} {'UNIT':<12} {'TO BARE':>8}", flush=True)
    for title in sorted(path.stem for path in HERE.glob("*.py") if path.stem not in SHARED):
        if words and not any(word in title for word in words):
            continue
        rows = rows_of(title)
        for (name, unit, value), ratio in zip(rows, ratios(rows), strict=True):
            number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3f}"
            print(f"{title:<12} {name:<52} {number:>14} {unit:<12} {ratio:>8}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
