"""Who may import whom, and what a process must not carry."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tidegate

ROOT = Path(__file__).parents[2]
HEAVY = {"pandas", "numpy", "scipy", "alpaca"}
ENGINE = {
    "tidegate.core.loop",
    "tidegate.core.plugins",
    "tidegate.core.configuration",
    "tidegate.boot",
    "tidegate.plugins",
}
SCREEN = {"textual", "tidegate.tui"}
ROOMS = {"core", "plugins", "sandbox", "tui"}  # folders of the repository; as names of modules they are others'
FOLDERS = ("tidegate", *sorted(ROOMS), "tests", "scripts", "benchmarks")
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]
IMPORT = re.compile(r"(?:^|[;`>\"'])[ \t]*(?:import|from|python3? -m)[ \t]+([\w.]+)", re.MULTILINE)


def loaded(code: str) -> set[str]:
    """The modules of a fresh process after `code`, by full name and by package."""
    ran = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, file=sys.__stdout__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    names = ran.stdout.splitlines()[-1].split()
    return {*names, *(name.partition(".")[0] for name in names)}


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """The line and the name of every module that a file imports, by a statement or by its name in a string."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import():
                yield from ((node.lineno, each.name) for each in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield node.lineno, module
            case ast.Call(func=ast.Name("import_module") | ast.Attribute(attr="import_module")):
                yield from ((node.lineno, str(each.value)) for each in node.args if isinstance(each, ast.Constant))


def is_a_room(module: str) -> bool:
    return module.partition(".")[0] in ROOMS


def test_no_file_imports_a_room_as_if_it_were_a_package_of_its_own() -> None:
    found = [(path, line, module) for path in SOURCES for line, module in imported(path)]
    assert [f"{path.relative_to(ROOT)}:{line}: {module}" for path, line, module in found if is_a_room(module)] == []
    assert len(found) > 1000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_code_on_a_page_does_either(page: Path) -> None:
    blocks = re.findall(r"^```.*?^```|`[^`\n]+`", page.read_text(), re.MULTILINE | re.DOTALL)
    named = [module for block in blocks for module in IMPORT.findall(block)]
    assert [module for module in named if is_a_room(module)] == []


def test_the_front_door_opens_nothing_until_it_is_asked() -> None:
    assert {each for each in loaded("import tidegate") if each.startswith("tidegate.")} == set()
    assert "tidegate.front_door" in loaded("import tidegate; tidegate.Gate")


def test_the_command_line_does_without_the_front_door() -> None:
    assert "tidegate.front_door" not in loaded("import tidegate.cli")


def test_the_desk_starts_without_engine_broker_or_heavy_libraries() -> None:
    assert not loaded("import tidegate.tui.app") & (HEAVY | ENGINE)


def test_the_command_line_starts_without_engine_and_screen() -> None:
    assert not loaded("import tidegate.cli") & (HEAVY | ENGINE | SCREEN | {"rich"})


def test_a_plugin_author_gets_no_screen_and_no_engine() -> None:
    assert not loaded("import tidegate") & (HEAVY | ENGINE | SCREEN | {"typer"})


@pytest.mark.slow
def test_the_demo_runs_without_screen_broker_or_heavy_libraries(tmp_path: Path) -> None:
    state = str(tmp_path)
    code = f"from tidegate.cli import run; assert run(['demo', '--headless', '--json', '--state-dir', {state!r}]) == 0"
    assert not loaded(code) & (HEAVY | SCREEN)


def test_no_name_of_the_front_door_is_also_a_module_of_the_house() -> None:
    modules = {path.stem for path in (ROOT / "tidegate").iterdir()}
    assert modules & set(tidegate.__all__) == set()
