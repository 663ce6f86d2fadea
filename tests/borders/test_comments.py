"""What the sources may not hold, and what every exception must say."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("tidegate", "core", "tui", "plugins", "sandbox", "tests", "scripts", "benchmarks", "docs", ".ci")
TEXT = {".py", ".md", ".toml", ".tcss", ".txt", ".yaml", ""}
SELF = Path(__file__)


def sources(*ends: str) -> list[Path]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    found += [path for path in ROOT.iterdir() if path.name != ".git"]
    return [path for path in found if path.is_file() and path.suffix in (ends or TEXT) and path != SELF]


def lines(pattern: str, *ends: str) -> list[str]:
    """Each line that matches, as file:line: text."""
    found = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources(*ends)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if found.search(line)
    ]


def test_nothing_is_left_to_do() -> None:
    assert lines(r"\b(TODO|FIXME|XXX|HACK)\b", ".py", ".tcss") == []


def test_every_noqa_names_a_code_and_its_reason() -> None:
    assert lines(r"#\s*noqa(?!: [A-Z]+\d+(, [A-Z]+\d+)* - \S)", ".py") == []


def test_every_type_ignore_names_a_code_and_its_reason() -> None:
    assert lines(r"#\s*type:\s*ignore(?!\[[a-z-]+(, ?[a-z-]+)*\] +# \S)", ".py") == []


def test_every_ignored_rule_says_why() -> None:
    listed = (ROOT / "pyproject.toml").read_text()
    ruff = tomllib.loads(listed)["tool"]["ruff"]["lint"]
    codes = {*ruff["ignore"], *(code for each in ruff["per-file-ignores"].values() for code in each)}
    unexplained = [
        line.strip()
        for line in listed.splitlines()
        if any(f'"{code}"' in line for code in codes) and not re.search(r"# \S", line)
    ]
    assert unexplained == []


def test_nothing_knows_the_machine_it_was_written_on() -> None:
    assert lines(r"(?<![\w.~/-])/(work|root|home/\w+|tmp/\w+)/") == []


def test_constraints_are_names_and_versions_only() -> None:
    entries = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert [line for line in entries if not re.fullmatch(r"[a-z0-9._-]+==[0-9][\w.]*", line)] == []
    assert entries == sorted(entries, key=lambda entry: entry.partition("==")[0])


@pytest.mark.parametrize("package", ["tidegate", "core", "tui", "plugins", "sandbox"])
def test_every_package_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def test_tests_are_plain_files_found_by_their_paths() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
