"""Layers of configuration: who wins, and where every value comes from."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.configuration.config import Config, load, write_overlay
from tidegate.core.configuration.lines import Key, lines_of, parts_of
from tidegate.core.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "config.toml"
LIMIT = "gates.concentration.limit_pct"


Layered = Callable[..., Config]


@pytest.fixture
def layered(tmp_path: Path) -> Layered:
    """Load with layers given as text."""

    def layers(sets: tuple[str, ...] = (), without: tuple[str, ...] = (), **texts: str) -> Config:
        files = {name: tmp_path / f"{name}.toml" for name in texts}
        for name, text in texts.items():
            files[name].write_text(text)
        config = load(shipped=files.pop("shipped", SHIPPED), sets=sets, without=without, switch=None, **files)
        config.check()
        return config

    return layers


def said(config: Config, key: str) -> tuple[object, str]:
    found = {name: (value, origin.layer) for name, value, origin in config.effective()}
    return found[key]


def limit(number: int) -> str:
    return f"[gates.concentration]\nlimit_pct = {number}.0\n"


def test_each_layer_wins_over_those_before_it(layered: Layered) -> None:
    texts = {"session": limit(1), "user": limit(2), "overlay": limit(3)}
    assert said(layered(), LIMIT) == (70.0, "shipped")
    assert said(layered(session=limit(1)), LIMIT) == (1.0, "session")
    assert said(layered(session=limit(1), user=limit(2)), LIMIT) == (2.0, "user")
    assert said(layered(**texts), LIMIT) == (3.0, "overlay")
    assert said(layered(**texts, sets=(f"{LIMIT}=4", f"{LIMIT}=5.0")), LIMIT) == (5.0, "--set")


def test_a_layer_changes_what_it_names_and_nothing_else(layered: Layered) -> None:
    before = {key: value for key, value, _ in layered().effective()}
    after = {key: value for key, value, _ in layered(user=limit(60)).effective()}
    assert {key for key in after if after[key] != before[key]} == {LIMIT}
    assert before.keys() == after.keys()


def test_every_value_of_the_shipped_file_has_its_line(layered: Layered) -> None:
    lines = SHIPPED.read_text().splitlines()
    for key, _, origin in layered().effective():
        if origin.layer == "default" or key.startswith("score.") or key.endswith(".enabled"):
            continue
        assert origin.line is not None
        assert key.rpartition(".")[2] in lines[origin.line - 1]


def test_what_only_the_code_says_is_a_default(layered: Layered) -> None:
    config = layered(shipped="[gates.halt]\n")
    assert said(config, "alerts.cluster_size") == (3, "default")
    assert said(config, "gates.halt.enabled") == (True, "default")
    assert said(config, "mode") == ("paper", "default")


def test_a_table_alone_switches_a_plugin_on_and_enabled_false_off(layered: Layered) -> None:
    config = layered(user="[gates.mine]\n[gates.pace]\nenabled = false\n")
    assert config.plugins["gates.mine"].enabled
    assert not config.plugins["gates.pace"].enabled
    assert config.plugins["gates.pace"].origin.line == 3


def test_p_no_wins_over_everything_and_takes_a_name_or_a_key(layered: Layered) -> None:
    config = layered(sets=("gates.pace.enabled=true",), without=("no:pace", "no:gates.halt"))
    assert not config.plugins["gates.pace"].enabled
    assert not config.plugins["gates.halt"].enabled
    assert config.plugins["gates.pace"].origin.layer == "-p"


def test_a_name_that_two_kinds_share_needs_its_key(layered: Layered) -> None:
    with pytest.raises(ConfigError, match=r"gates\.pace or exits\.pace; write the whole key"):
        layered(user="[exits.pace]\n", without=("no:pace",))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("regime.symbol=QQQ", "QQQ"),
        ('regime.symbol="S P"', "S P"),
        ("regime.symbol = SPY", "SPY"),
        ('regime."symbol"=IWM', "IWM"),
        ("regime.better_days=7", 7),
        ("size.fractional=true", True),
        ('queue.regimes=["PANIC", "RISK_OFF"]', ["PANIC", "RISK_OFF"]),
        ("score.panic={bullish = 0.4}", 0.4),
    ],
)
def test_set_takes_values_as_toml_writes_them_and_bare_words(layered: Layered, text: str, value: object) -> None:
    key = "score.panic.bullish" if "panic={" in text else text.partition("=")[0].strip().replace('"', "")
    assert said(layered(sets=(text,)), key) == (value, "--set")


@pytest.mark.parametrize("text", ["limit", "=3", "a b=3", 'regime.symbol="SPY', "queue.regimes=[1", "a=1\nb=2", "a="])
def test_set_refuses_what_is_not_key_and_value(layered: Layered, text: str) -> None:
    with pytest.raises(ConfigError, match="is not KEY=VALUE"):
        layered(sets=(text,))


def test_plugins_keep_the_order_of_the_files(layered: Layered) -> None:
    config = layered(user="[gates.mine]\n[gates.halt]\n")
    gates = [key for key in config.plugins if key.startswith("gates.")]
    assert gates[0] == "gates.concentration"
    assert gates[-2:] == ["gates.halt", "gates.mine"]


def test_the_overlay_keeps_what_it_says_and_is_private(layered: Layered, tmp_path: Path) -> None:
    path = tmp_path / "state" / "overlay.toml"
    write_overlay(path, "gates.pace.enabled", value=False)
    write_overlay(path, "gates.pace.max_entries", 3)
    write_overlay(path, "gates.pace.enabled", value=True)
    assert tomllib.loads(path.read_text()) == {"gates": {"pace": {"enabled": True, "max_entries": 3}}}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["overlay.toml"]
    assert layered(overlay=path.read_text()).plugins["gates.pace"].values["max_entries"] == 3


def test_a_broken_overlay_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "overlay.toml"
    path.write_text("[gates\n")
    with pytest.raises(ConfigError, match=r"overlay\.toml: is not valid TOML"):
        write_overlay(path, "gates.pace.enabled", value=False)
    assert path.read_text() == "[gates\n"


def test_lines_are_found_in_every_way_to_write_toml() -> None:
    text = '''a.b = 1 # [c]
[ "x y" . z ]  # = "
t = """
[not.a.table]
k = 1 \\"""
"""
u = [ # ]
  { k = "]" },
]
[[m]]
n = '"'
[m.o]
p = 1
[[m]]
n = 2
'''
    assert tomllib.loads(text)["m"][1]["n"] == 2
    found = lines_of(text)
    expected: dict[Key, int] = {("a", "b"): 1, ("x y", "z"): 2, ("x y", "z", "t"): 3, ("x y", "z", "u"): 7, ("m",): 10}
    expected |= {("m", 0, "n"): 11, ("m", 0, "o", "p"): 13, ("m", 1): 14, ("m", 1, "n"): 15}
    assert {key: found[key] for key in expected} == expected


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=6)
TABLES = st.recursive(
    st.one_of(st.integers(-9, 9), st.booleans(), st.text(max_size=12), st.lists(st.text('"[]{}#=\n', max_size=4))),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, TABLES, max_size=4))
def test_the_line_of_every_key_names_that_key(data: dict[str, Any]) -> None:
    text = tomli_w.dumps(data)
    found, lines = lines_of(text), text.split("\n")
    for key, line in found.items():
        assert tomli_w.dumps({str(key[-1]): 0}).removesuffix(" = 0\n") in lines[line - 1]
    assert {key[0] for key in found} == set(data)


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_a_dotted_key_is_read_back(names: list[str]) -> None:
    dotted = ".".join(tomli_w.dumps({name: 0}).removesuffix(" = 0\n") for name in names)
    assert parts_of(dotted) == tuple(names)
