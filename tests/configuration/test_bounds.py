"""Values that would hurt or crash a run are mistakes like any other, and every number has a bound."""

from importlib import import_module
from pathlib import Path

import msgspec
import pytest
from msgspec import inspect as types

from tidegate.core.configuration.config import Engine, load
from tidegate.core.domain.settings import YEAR_S, Settings
from tidegate.core.errors import ConfigError
from tidegate.core.plugins.host import MODULES, Host

SHIPPED = Path(__file__).parents[2] / "config.toml"
DAY_S = 86_400
PCT, FRACTION = "must be a number > 0 and <= 10,000", "must be a number > 0 and <= 1"
UNIT_S = {"_s": 1, "minutes": 60, "_min": 60, "_age_days": DAY_S}


def mistakes(text: str, tmp_path: Path) -> list[str]:
    user = tmp_path / "mine.toml"
    user.write_text(text)
    with pytest.raises(ConfigError) as caught:
        Host(load(shipped=SHIPPED, user=user)).load()
    return [each.replace(f"{tmp_path}/", "") for each in caught.value.problems]


def every_setting() -> list[tuple[str, types.Type]]:
    """Each number that can be set, of the core and of all built-in plugins."""
    kinds: dict[str, type] = {"engine": Engine}
    kinds |= {field.name: field.type for field in msgspec.structs.fields(Settings)}
    for key, module in MODULES.items():
        offered = getattr(import_module(module), f"tidegate_{key.partition('.')[0]}")()
        kinds |= {each.key(): each for each in offered if each.key() == key}
    told = [
        (f"{key}.{field.encode_name}", types.type_info(field.type))
        for key, kind in kinds.items()
        for field in msgspec.structs.fields(kind)
    ]
    plain = [(key, info.type if isinstance(info, types.Metadata) else info) for key, info in told]
    return [(key, info) for key, info in plain if isinstance(info, types.IntType | types.FloatType)]


NUMBERS = every_setting()


@pytest.mark.parametrize(("key", "info"), NUMBERS, ids=[key for key, _ in NUMBERS])
def test_every_number_has_a_least_and_a_greatest_value(key: str, info: types.IntType | types.FloatType) -> None:
    assert info.le is not None
    assert info.ge is not None or info.gt is not None
    unit = next((seconds for end, seconds in UNIT_S.items() if key.endswith(end)), None)
    if unit is not None:
        assert info.le * unit <= YEAR_S


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[exits.target]\ntargets = [{ pct = -2.0, fraction = -0.5 }]",
            f"mine.toml:2: exits.target: targets[0].pct is -2.0; {PCT}; targets[0].fraction is -0.5; {FRACTION}",
        ),
        (
            "[exits.target]\ntargets = [{ pct = 2.0, fraction = 5 }]",
            "mine.toml:2: exits.target: targets[0].fraction is 5.0; must be a number > 0 and <= 1",
        ),
        (
            "[exits.target]\ntargets = [{ pct = 2.0, fraction = 0.6 }, { pct = 3.0, fraction = 0.6 }]",
            "mine.toml:2: exits.target: the fractions of targets come to 1.2; must be at most 1, the whole position",
        ),
        ("[exits.stop]\nloss_pct = 300", "mine.toml:2: exits.stop.loss_pct: is 300; must be a number > 0 and <= 100"),
        ("[orders]\ncollar_pct = 100", "mine.toml:2: orders.collar_pct: is 100; must be a number from 0 to 20"),
        (
            "[orders]\nprotective_stop_pct = 0",
            "mine.toml:2: orders.protective_stop_pct: is 0; must be a number > 0 and <= 50",
        ),
        (
            "[orders]\nprotective_stop_pct = 100",
            "mine.toml:2: orders.protective_stop_pct: is 100; must be a number > 0 and <= 50",
        ),
        ("[queue]\nttl_s = 1e300", "mine.toml:2: queue.ttl_s: is 1e+300; must be a number from 0.001 to 31,536,000"),
        ("[engine]\ntick_s = 1e300", "mine.toml:2: engine.tick_s: is 1e+300; must be a number from 0.1 to 600"),
        ("[engine]\ntick_s = 1e-9", "mine.toml:2: engine.tick_s: is 1e-09; must be a number from 0.1 to 600"),
        (
            "[gates.pace]\nwindow_s = 7200",
            "mine.toml:2: gates.pace.window_s: is 7200; must be a number from 0.001 to 3,600",
        ),
        (
            '[executors.paper]\ncash = "1e99"',
            "mine.toml:2: executors.paper: cash and fee_per_share must be at most 1,000,000,000,000 US dollars",
        ),
    ],
)
def test_a_value_that_would_hurt_is_told_with_its_bounds(tmp_path: Path, text: str, problem: str) -> None:
    assert mistakes(text, tmp_path) == [problem]


def test_the_least_order_may_not_be_above_the_greatest_and_both_places_are_named(tmp_path: Path) -> None:
    (found,) = mistakes("[size]\nmin_usd = 900", tmp_path)
    assert found.startswith("mine.toml:2: size.min_usd: is 900; must be at most max_usd, which is 825.0 (")
    (found,) = mistakes("[size]\nmax_usd = 40", tmp_path)
    assert "size.min_usd: is 50.0; must be at most max_usd, which is 40 (mine.toml:2)" in found


def test_fractions_that_come_to_one_but_for_rounding_are_a_whole_position(tmp_path: Path) -> None:
    user = tmp_path / "mine.toml"
    tenths = ", ".join(f"{{ pct = {n}.0, fraction = 0.1 }}" for n in range(1, 11))
    user.write_text(f"[exits.target]\ntargets = [{tenths}]\n")
    Host(load(shipped=SHIPPED, user=user)).load()


def test_a_wrong_enabled_hides_no_other_mistake_of_its_plugin(tmp_path: Path) -> None:
    found = mistakes('[gates.concentration]\non_error = "maybe"\nenabled = "yes"\nlimit_pct = -1\n', tmp_path)
    assert [each.split(": ")[:2] for each in found] == [
        ["mine.toml:2", "gates.concentration.on_error"],
        ["mine.toml:3", "gates.concentration.enabled"],
        ["mine.toml:4", "gates.concentration.limit_pct"],
    ]


def test_a_wrong_enabled_of_an_executor_is_one_mistake_and_no_wrong_choice(tmp_path: Path) -> None:
    assert len(mistakes('[executors.alpaca]\nenabled = "no"\n', tmp_path)) == 1
