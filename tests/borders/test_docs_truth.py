"""What the pages say of settings, names and contracts is what the code says."""

import re
import tomllib
from pathlib import Path

import pytest
import typer.main

from tidegate.cli import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
CONFIG = tomllib.loads((ROOT / "config.toml").read_text())
SOURCES = "\n".join(
    path.read_text()
    for room in ("core", "plugins", "sandbox", "tidegate", "tui")
    for path in (ROOT / room).rglob("*.py")
)
WORDS = re.findall(r"^\| ([\w -]+?) \|", (DOCS / "glossary.md").read_text().split("## Direction")[0], re.MULTILINE)[1:]
VOCABULARY = {
    *("Alert", "Trace", "Reading", "Quote", "Bar", "Cluster", "Signal", "Component", "Coverage", "Regime"),
    *("Gate", "Verdict", "Policy", "Judgement", "Order", "Fill", "Entry", "Position", "ExitDecision", "Outcome"),
    *("Credit", "Belief", "Queue", "Halt", "Quarantine", "Fact", "Decision", "Event", "State", "Effect", "Tick"),
    *("Journal", "Checkpoint", "Gauge", "Request", "Session", "Desk", "Venue", "Executor"),
}


def shipped(key: str) -> object:
    """The value that config.toml has for a dotted key; None when it has none."""
    found: object = CONFIG
    for name in key.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def options() -> dict[str, set[str]]:
    """The options of every command: "demo" -> {"--speed", ...}; a group has those of its commands too."""
    known = {}
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined] # a group, says typer
        inner = getattr(command, "commands", {}).values()
        known[name] = {opt for each in (command, *inner) for param in each.params for opt in param.opts} | {"--help"}
    return known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_default_on_a_page_is_the_shipped_one(page: Path) -> None:
    said = re.findall(r"`([a-z_]+(?:\.[a-z_]+)+) = ([^`]+)`", page.read_text())
    wrong = [(key, value) for key, value in said if shipped(key) != tomllib.loads(f"it = {value}")["it"]]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_on_a_page_belongs_to_its_command(page: Path) -> None:
    known = options()
    lines = re.findall(r"(?:`|^|bin/)tidegate ([a-z]+)([^`#\n]*)", page.read_text(), re.MULTILINE)
    wrong = [
        f"{name} {option}"
        for name, rest in lines
        for option in re.findall(r"(?<!\S)(--?[a-z][a-z-]*)", rest)
        if option not in known.get(name, set())
    ]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_of_ours_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`((?:core|plugins|sandbox|tidegate|tui|tests|scripts|benchmarks)/[\w./]+)`", page.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", [DOCS / "design.md", DOCS / "glossary.md", *DECISIONS], ids=lambda page: page.name)
def test_every_name_of_code_on_a_page_is_in_the_code(page: Path) -> None:
    named = re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`|`([a-z_]+)\([a-z_, ]*\)`", page.read_text())
    defined = set(re.findall(r"^\s*(?:class|def|async def) (\w+)", SOURCES, re.MULTILINE))
    assert {name or call for name, call in named} - defined == set()


def test_the_design_lists_exactly_the_import_contracts() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    table = (DOCS / "design.md").read_text().split("| contract | means |")[1].split("\n\n")[0]
    assert re.findall(r"^\| ([A-Z][\w ]+) \|", table, re.MULTILINE) == [contract["name"] for contract in listed]


def test_the_glossary_has_each_word_once() -> None:
    assert len(WORDS) == len({word.lower() for word in WORDS})
    assert set(WORDS) >= VOCABULARY


@pytest.mark.parametrize("kind", ["scorers", "gates", "exits"])
def test_the_glossary_explains_every_shipped_rule(kind: str) -> None:
    page = (DOCS / "glossary.md").read_text()
    assert [name for name in CONFIG[kind] if f"\n| {name} |" not in page] == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_a_decision_is_short_and_says_context_decision_and_price(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {int(page.name[:4])}. ")
    assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == ["Context", "Decision", "Price"]
    assert len(text.splitlines()) <= 25


def test_the_index_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\(([^)#]+)", (DOCS / "index.md").read_text()))
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} - {"index.md"}
    assert pages - linked == set()


def test_the_picture_in_the_readme_is_the_desk_as_the_snapshot_test_draws_it() -> None:
    snapshot = ROOT / "tests/screens/__snapshots__/test_snapshots/test_screens[desk-normal-120x40].svg"
    assert (ROOT / "docs/desk.svg").read_text() == snapshot.read_text()
