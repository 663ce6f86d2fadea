"""plugins, config and version."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tidegate
from tidegate.commands.setting import key_of
from tidegate.core.errors import InputError

Cli = Callable[..., Any]
KEYS = ["gates.halt", "gates.pace", "exits.stop", "learners.pace"]


def states(cli: Cli, *words: str | Path) -> dict[str, bool]:
    return {each["key"]: each["enabled"] for each in cli("plugins", *words, "--json").json()}


def test_version_is_the_packages(cli: Cli) -> None:
    assert cli("version", "--json").object()["tidegate"] == tidegate.__version__
    assert tidegate.__version__ in cli("version").out


def test_every_built_in_plugin_is_listed(cli: Cli) -> None:
    found = states(cli)
    assert found["gates.concentration"]
    assert found["executors.paper"]
    assert not found["sources.recording"]


def test_a_plugin_switched_off_stays_off_and_comes_back(cli: Cli, tmp_path: Path) -> None:
    folder = ("--state-dir", tmp_path / "state")
    assert cli("plugins", "disable", "pace", *folder).code == 0
    assert not states(cli, *folder)["gates.pace"]
    assert (tmp_path / "state" / "overlay.toml").stat().st_mode & 0o777 == 0o600
    assert cli("plugins", "enable", "gates.pace", *folder, "--json").object()["ok"] is True
    assert states(cli, *folder)["gates.pace"]


def test_p_no_leaves_a_plugin_out_of_one_run(cli: Cli) -> None:
    assert not states(cli, "-p", "no:pace")["gates.pace"]
    assert states(cli)["gates.pace"]


def test_a_bare_name_is_enough_when_only_one_plugin_is_called_so() -> None:
    assert key_of("halt", KEYS) == "gates.halt"
    assert key_of("gates.pace", KEYS) == "gates.pace"
    with pytest.raises(InputError, match=r"gates\.pace or learners\.pace"):
        key_of("pace", KEYS)
    with pytest.raises(InputError, match=r"Did you mean halt\?"):
        key_of("hald", KEYS)


def test_the_shipped_configuration_is_valid(cli: Cli) -> None:
    found = cli("config", "check", "--json").object()
    assert found["ok"] is True
    assert "gates.concentration" in found["plugins"]


def test_every_mistake_of_a_file_is_told_with_its_line(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[gates.concentration]\nlimit_pct = "much"\nlimitt = 1\n\n[alerts]\ncluster_size = 0\n')
    ran = cli("config", "check", "--config", file, "--json")
    assert ran.code == 2
    error = ran.json()["error"]
    assert error["kind"] == "ConfigError"
    said = "\n".join(error["messages"])
    for place in (f"{file}:2", f"{file}:3", f"{file}:6"):
        assert place in said


def test_a_missing_configuration_is_the_users_mistake(cli: Cli, tmp_path: Path) -> None:
    ran = cli("config", "check", "--config", tmp_path / "nothing.toml")
    assert ran.code == 2
    assert "nothing.toml" in ran.err


def test_show_names_the_layer_of_every_value(cli: Cli) -> None:
    found = cli("config", "show", "--set", "gates.concentration.limit_pct=60", "--json").json()
    layers = {each["key"]: (each["value"], each["layer"]) for each in found}
    assert layers["gates.concentration.limit_pct"] == (60, "--set")
    assert layers["alerts.cluster_size"] == (3, "shipped")


def test_init_writes_a_valid_file_with_comments_and_never_over_another(cli: Cli) -> None:
    assert cli("config", "init", "mine.toml").code == 0
    assert "#" in Path("mine.toml").read_text()
    assert cli("config", "check", "--config", "mine.toml").code == 0
    ran = cli("config", "init", "mine.toml")
    assert ran.code == 2
    assert "exists already" in ran.err
