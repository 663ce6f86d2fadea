"""The house as the tests of its borders read it: files, their modules, and what each imports, types included."""

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("tidegate", "core", "plugins", "sandbox", "tui")
TOOLS = ("scripts", "benchmarks", "tests")


def files(*folders: str) -> list[Path]:
    """Every Python file of these folders, below the repository; links are not followed."""
    found = (path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if not any((ROOT / each).is_symlink() for each in path.parents))


def module(path: Path) -> str:
    """The name that a file is imported by."""
    parts = path.with_suffix("").parts
    within = parts if parts[0] in ("tidegate", *TOOLS) else ("tidegate", *parts)
    return ".".join(within[:-1] if within[-1] == "__init__" else within)


def imports(path: Path) -> Iterator[str]:
    """Every name that a file imports anywhere in it, dotted; `from a import b` is a.b."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def needs(path: Path, known: Collection[str]) -> set[str]:
    """Those of the known modules that a file imports: the deepest that each import names."""
    found = set()
    for name in imports(path):
        parts = name.split(".")
        deeper = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
        found.add(next((each for each in deeper if each in known), name))
    return found & {*known} - {module(path)}
