"""Who may import whom, and what a process must not carry."""

import subprocess
import sys
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


def test_every_import_contract_holds() -> None:
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert ran.returncode == 0, ran.stdout


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
