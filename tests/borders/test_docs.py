"""What the documents say is so."""

import re
from pathlib import Path

import pytest
import typer.main

import tidegate
from tidegate.cli import app

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *(page for page in [ROOT / "README.md"] if page.exists())]
MAKE = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def commands() -> set[str]:
    """Every command of the program: "demo", "plugins enable"."""
    names = set()
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined] # a group, says typer
        names.add(name)
        names |= {f"{name} {inner}" for inner in getattr(command, "commands", {})}
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_a_page_names_exist(page: Path) -> None:
    named = re.findall(r"(?:`|^\s*|bin/)tidegate ([a-z]+)(?: ([a-z]+)\b)?", page.read_text(), re.MULTILINE)
    groups = {name.partition(" ")[0] for name in commands() if " " in name}
    wrong = [
        f"{name} {inner}".strip()
        for name, inner in named
        if name not in commands() or (name in groups and inner and f"{name} {inner}" not in commands())
    ]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_that_a_page_names_exist(page: Path) -> None:
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(), re.MULTILINE)) <= MAKE


def test_the_changelog_knows_this_version() -> None:
    assert f"## [{tidegate.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_readme_is_short() -> None:
    readme = ROOT / "README.md"
    assert not readme.exists() or len(readme.read_text().splitlines()) <= 120


def test_everything_that_the_front_door_promises_is_there_and_sorted() -> None:
    assert [name for name in tidegate.__all__ if not hasattr(tidegate, name)] == []
    assert len(set(tidegate.__all__)) == len(tidegate.__all__)
