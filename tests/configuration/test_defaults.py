"""config.toml and the code say the same, and config.toml says all of it."""

import re
from importlib import import_module
from pathlib import Path

import msgspec
import pytest

from tidegate.core.configuration.config import Engine, load
from tidegate.core.domain.settings import Settings
from tidegate.core.plugins.bases import BASES, Plugin
from tidegate.core.plugins.host import MODULES, Host

SHIPPED = Path(__file__).parents[2] / "config.toml"
CONFIG = load(shipped=SHIPPED)


def plugin_class(key: str) -> type[Plugin]:
    kind, _, name = key.partition(".")
    offered: list[type[Plugin]] = getattr(import_module(MODULES[key]), f"tidegate_{kind}")()
    (found,) = [each for each in offered if each.name == name]
    return found


def test_the_shipped_configuration_loads() -> None:
    host = Host(CONFIG)
    host.load()
    assert host.problems == []


def test_sections_equal_the_defaults_in_code() -> None:
    assert CONFIG.settings == Settings()
    assert CONFIG.engine == Engine()
    assert CONFIG.mode == "paper"


def test_every_setting_is_named_in_the_file() -> None:
    named = {key for key, _, origin in CONFIG.effective() if origin.layer == "shipped"}
    missing = [key for key, _, origin in CONFIG.effective() if origin.layer == "default" and ".enabled" not in key]
    assert missing == []
    assert "alerts.min_premium" in named


@pytest.mark.parametrize("key", MODULES)
def test_a_plugins_table_equals_its_defaults_in_code(key: str) -> None:
    kind = plugin_class(key)
    table = CONFIG.plugins[kind.key()]
    fields = msgspec.structs.fields(kind)
    assert set(table.values) == {field.encode_name for field in fields}
    decoded = {field.name: msgspec.convert(table.values[field.encode_name], field.type) for field in fields}
    assert kind(**decoded) == kind()


def test_every_built_in_has_a_table_and_every_table_is_a_built_in() -> None:
    assert set(CONFIG.plugins) == set(MODULES)
    assert {key.partition(".")[0] for key in MODULES} <= set(BASES)


def test_every_built_in_file_is_in_the_tuple() -> None:
    room = SHIPPED.parent / "plugins"
    offering = {
        ".".join(("tidegate.plugins", *path.relative_to(room).with_suffix("").parts))
        for path in room.rglob("*.py")
        if "def tidegate_" in path.read_text()
    }
    assert offering == set(MODULES.values())


def test_only_recordings_and_what_needs_an_account_are_off_by_default() -> None:
    off = {key for key, table in CONFIG.plugins.items() if not table.enabled}
    assert off == {"sources.recording", "sources.alpaca_market", "sources.unusual_whales", "executors.alpaca"}


def test_every_number_is_explained() -> None:
    bare = [
        line
        for line in SHIPPED.read_text().splitlines()
        if re.match(r"(?!on_error)\w+ = [-\d\"]", line) and "#" not in line
    ]
    assert bare == []
