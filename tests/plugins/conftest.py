"""Strangers' packages: real modules with real entry points, installed for one test."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Install = Callable[..., str]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a module as a package with entry points; says the module's name."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    installed: list[str] = []

    def module(code: str, *entries: str) -> str:
        name = f"stranger_{len(installed)}"
        installed.append(name)
        (site / f"{name}.py").write_text(code)
        about = site / f"{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        points = "".join(f"{entry} = {name}\n" for entry in entries)
        (about / "entry_points.txt").write_text(f"[tidegate.plugins]\n{points}")
        return name

    yield module
    for name in installed:
        sys.modules.pop(name, None)
