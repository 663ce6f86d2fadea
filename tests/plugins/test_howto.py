"""docs/plugins.md works: its gate, taken from the page and installed as a package of its own, runs in the engine."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text()
FILES = dict(re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
GATE = FILES["price_floor.py"]
START_MS = 1_760_535_000_000  # 2025-10-15 13:30 UTC
PRICE = 42.5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The page's files, the package installed beside them, and a recording of one cluster at PRICE dollars."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    installed = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    installed.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (installed / "METADATA").write_text(metadata)
    groups = [
        "\n".join([f"[{group}]", *(f"{name} = {target}" for name, target in named.items())])
        for group, named in project["entry-points"].items()
    ]
    (installed / "entry_points.txt").write_text("\n".join(groups))
    rows = [alert(0), quote(1), quote(3), *(alert(number) for number in range(1, 4))]
    (tmp_path / "day.jsonl").write_bytes(b"\n".join(rows))
    return tmp_path


def quote(seconds: int) -> bytes:
    """A touch a cent to either side of PRICE."""
    row = {"symbol": "ACME", "last": PRICE, "bid": PRICE - 0.01, "ask": PRICE + 0.01, "time": START_MS + seconds * 1000}
    return msgspec.json.encode(["quotes", row])


def alert(number: int) -> bytes:
    """A made-up bullish alert in the wire shape."""
    at, premium = START_MS + number * 5_000, str(200_000 + number * 100_000)
    row = {
        "id": f"made-up-{number}",
        "ticker": "ACME",
        "option_chain": f"ACME251017C000{40 + number}000",
        "total_premium": premium,
        "total_ask_side_prem": premium,
        "total_bid_side_prem": "0",
        "underlying_price": str(PRICE),
        "start_time": at,
        "end_time": at,
        "volume": 100,
        "open_interest": 0,
    }
    return msgspec.json.encode(row)


def ran(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """A Python program in `folder`, which is also on its path."""
    env = {**os.environ, "PYTHONPATH": str(folder), "TIDEGATE_STATE": str(folder / "state")}
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def replayed(folder: Path, *words: str) -> dict[str, object]:
    found = ran(
        folder, "tidegate", "replay", "day.jsonl", "--config", "config.toml", "-p", "no:ignition", *words, "--json"
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return msgspec.json.decode(found.stdout, type=dict[str, object])


def test_the_gate_takes_at_most_fifteen_lines() -> None:
    assert len([line for line in GATE.splitlines() if line.strip()]) <= 15


def test_the_gate_imports_nothing_of_ours_but_the_front_door() -> None:
    imports = [node.module for node in ast.parse(GATE).body if isinstance(node, ast.ImportFrom)]
    assert sorted(str(name) for name in imports) == ["tidegate", "typing"]


@pytest.mark.slow
def test_the_gates_own_test_passes(folder: Path) -> None:
    found = ran(folder, "pytest", "-q", "-p", "no:cacheprovider", "test_price_floor.py")
    assert found.returncode == 0, found.stdout
    assert "3 passed" in found.stdout


@pytest.mark.slow
def test_the_installed_gate_is_listed_with_its_table(folder: Path) -> None:
    found = ran(folder, "tidegate", "plugins", "--config", "config.toml", "--json")
    listed = {card["key"]: card for card in msgspec.json.decode(found.stdout)}
    card = listed["gates.price_floor"]
    assert (card["enabled"], card["loaded"], card["problem"]) == (True, True, None)
    assert card["settings"] == {"on_error": "closed", "min_usd": 5.0}


@pytest.mark.slow
def test_the_gate_lets_a_recorded_signal_in(folder: Path) -> None:
    found = replayed(folder)
    assert (found["signals"], found["entered"], found["blocked"]) == (1, 1, {})


@pytest.mark.slow
def test_the_gate_blocks_the_same_signal_above_its_price(folder: Path) -> None:
    found = replayed(folder, "--set", f"gates.price_floor.min_usd={PRICE + 0.01}")
    assert (found["signals"], found["entered"], found["blocked"]) == (1, 0, {"price_floor": 1})


@pytest.mark.slow
def test_without_a_table_the_package_is_not_even_imported(folder: Path) -> None:
    (folder / "config.toml").write_text("")
    (folder / "price_floor.py").write_text('raise RuntimeError("imported")')
    found = replayed(folder)
    assert (found["entered"], found["errors"]) == (1, 0)


@pytest.mark.slow
def test_wrong_settings_are_refused_with_their_line(folder: Path) -> None:
    (folder / "config.toml").write_text("[gates.price_floor]\nmin_us = 5.0\nmin_usd = -1\n")
    found = ran(folder, "tidegate", "config", "check", "--config", "config.toml")
    assert found.returncode == 2
    assert "config.toml:2" in found.stderr
    assert "config.toml:3" in found.stderr
