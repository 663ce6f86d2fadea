"""Switching plugins by command: nothing is written that the next start would be refused for, and mending works."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
BROKEN = "[executors.alpaca]\nenabled = true\n\n[sources.recording]\nenabled = true\n"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A state folder whose overlay enables a second executor, and recordings of which there are none."""
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "overlay.toml").write_text(BROKEN)
    return folder


@pytest.mark.parametrize(
    ("switch", "key", "why"),
    [
        ("enable", "executors.alpaca", "exactly one may be"),
        ("disable", "executors.paper", "none is enabled"),
        ("enable", "sources.recording", "files is empty"),
    ],
)
def test_a_switch_that_would_refuse_the_next_start_is_refused_and_writes_nothing(
    cli: Cli, tmp_path: Path, switch: str, key: str, why: str
) -> None:
    folder = tmp_path / "state"
    ran = cli("plugins", switch, key, "--state-dir", folder)
    assert ran.code == 2
    assert f"{key} was not switched {'on' if switch == 'enable' else 'off'}" in ran.err
    assert why in ran.err
    assert not folder.exists()
    assert cli("config", "check", "--state-dir", folder).code == 0


def test_an_executor_that_is_refused_says_how_to_exchange_the_two(cli: Cli, tmp_path: Path) -> None:
    said = cli("plugins", "enable", "executors.alpaca", "--state-dir", tmp_path / "state").err
    assert "enabled = false in [executors.paper] and enabled = true in [executors.alpaca]" in said
    assert "config.toml" in said


def test_a_broken_overlay_can_be_mended_by_the_same_commands_in_any_order(cli: Cli, broken: Path) -> None:
    for first, second in (("alpaca", "recording"), ("recording", "alpaca")):
        (broken / "overlay.toml").write_text(BROKEN)
        half = cli("plugins", "disable", first, "--state-dir", broken)
        assert half.code == 0
        assert "still refused" in half.out
        assert cli("config", "check", "--state-dir", broken).code == 2
        whole = cli("plugins", "disable", second, "--state-dir", broken)
        assert whole.code == 0
        assert "still refused" not in whole.out
        assert cli("config", "check", "--state-dir", broken).code == 0


def test_a_broken_overlay_is_not_broken_further(cli: Cli, broken: Path) -> None:
    (broken / "overlay.toml").write_text("[sources.recording]\nenabled = true\n")
    before = (broken / "overlay.toml").read_text()
    assert cli("plugins", "enable", "executors.alpaca", "--state-dir", broken).code == 2
    assert (broken / "overlay.toml").read_text() == before


def test_plugins_can_be_looked_at_while_the_overlay_is_broken(cli: Cli, broken: Path) -> None:
    ran = cli("plugins", "--state-dir", broken, "--json")
    on = {each["key"] for each in ran.json() if each["enabled"]}
    assert {"executors.paper", "executors.alpaca", "sources.recording"} <= on
    assert "refused" in ran.err


def test_a_mistake_that_the_overlay_makes_names_that_file(cli: Cli, broken: Path) -> None:
    overlay = broken / "overlay.toml"
    assert f"executors.alpaca ({overlay}:2)" in cli("config", "check", "--state-dir", broken).err
    for text, place in (
        ("[executors.paper]\nenabled = false\n", f"{overlay}:2"),
        ("[sources.recording]\nenabled = true\n", f"{overlay}:2"),
        ("[gates.pace]\nmax_entries = 0\n", f"{overlay}:2"),
    ):
        overlay.write_text(text)
        ran = cli("config", "check", "--state-dir", broken)
        assert ran.code == 2
        assert place in ran.err


def test_the_two_clocks_of_an_overlay_name_it(cli: Cli, broken: Path) -> None:
    overlay = broken / "overlay.toml"
    overlay.write_text('[sources.recording]\nenabled = true\nfiles = ["session:demo.jsonl.gz"]\n')
    live = ("--set", "sources.unusual_whales.enabled=true")
    ran = cli("config", "check", "--state-dir", broken, *live)
    assert ran.code == 2
    assert f"sources.recording, switched on in {overlay}:2 replays the past" in ran.err
