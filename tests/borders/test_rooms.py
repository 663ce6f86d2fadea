"""Where things stand: rooms are packages, files have names of their own, and data flows one way."""

from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.borders.house import ROOMS, ROOT, TOOLS, files, module, needs

MOST = 16  # files of a package, its __init__ included
MANY = 4  # files with one first word that make it a folder


def stems(folder: Path) -> list[str]:
    names = (path.stem for path in (ROOT / folder).glob("*.py"))
    return [name.removeprefix("test_").lstrip("_") for name in names if name not in ("__init__", "__main__")]


@pytest.mark.parametrize("folder", sorted({path.parent for path in files(*ROOMS, *TOOLS)}), ids=str)
def test_no_file_name_spells_its_folder(folder: Path) -> None:
    words = {folder.name, folder.name.rstrip("s")}
    assert [name for name in stems(folder) if any(name.startswith(f"{word}_") for word in words)] == []


@pytest.mark.parametrize("folder", sorted({path.parent for path in files(*ROOMS, "scripts", "benchmarks")}), ids=str)
def test_no_package_holds_many_files_or_a_folder_spelled_as_a_prefix(folder: Path) -> None:
    assert len(list((ROOT / folder).glob("*.py"))) <= MOST
    prefixes = Counter(name.partition("_")[0] for name in stems(folder) if "_" in name)
    assert [word for word, count in prefixes.items() if count >= MANY] == []


def test_no_file_imports_itself_by_way_of_others_for_types_neither() -> None:
    known = {module(path): path for path in files(*ROOMS)}
    graph = {name: needs(path, known) for name, path in known.items()}
    graph["tidegate"] = set()  # the front door opens when it is asked
    list(TopologicalSorter(graph).static_order())
