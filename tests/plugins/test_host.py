"""The host with built-in plugins: what is loaded, in which order, and what is told of it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tidegate import Gate
from tidegate.core.configuration.config import Config, load
from tidegate.core.domain.values import Result
from tidegate.core.errors import ConfigError, PluginError
from tidegate.core.plugins.host import MODULES, Host
from tidegate.testing import a_cluster, a_position, a_signal, a_state

SHIPPED = Path(__file__).parents[2] / "config.toml"


def config(*sets: str, without: tuple[str, ...] = ()) -> Config:
    return load(shipped=SHIPPED, sets=sets, without=without)


def loaded(*sets: str, without: tuple[str, ...] = ()) -> Host:
    host = Host(config(*sets, without=without))
    host.load()
    return host


def keys(plugins: tuple[tuple[str, object], ...]) -> list[str]:
    return [key for key, _ in plugins]


def test_the_rules_hold_every_enabled_plugin_in_the_order_of_configuration() -> None:
    rules = loaded().rules()
    kinds = [rules.scorers, rules.gates, rules.exits, rules.learners]
    found = [key for plugins in kinds for key, _ in plugins]
    names = list(MODULES)
    assert found == [name for name in names if name.split(".")[0] in ("scorers", "gates", "exits", "learners")]


def test_settings_reach_the_plugin() -> None:
    gates = dict(loaded("gates.concentration.limit_pct=60").rules().gates)
    assert getattr(gates["gates.concentration"], "limit_pct", None) == 60.0


def test_sources_and_the_executor_are_built() -> None:
    host = loaded("sources.recording.enabled=true")
    assert keys(host.sources()) == ["sources.recording"]
    assert host.executor().name == "paper"
    assert host.sinks() == ()


def test_a_plugin_that_is_off_is_never_imported(tmp_path: Path) -> None:
    user = tmp_path / "config.toml"
    user.write_text("[gates.pace]\nenabled = false\n[executors.paper]\n")
    code = f"""
import sys
from pathlib import Path
from tidegate.core.configuration.config import load
from tidegate.core.plugins.host import Host
host = Host(load(shipped=Path({str(SHIPPED)!r}), user=Path({str(user)!r}), without=["no:stale"]))
host.load()
host.cards()
print(*(name[len("tidegate."):] for name in sys.modules if name.startswith("tidegate.plugins.")))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=SHIPPED.parent)
    imported = set(ran.stdout.split())
    assert {
        "plugins.gates.pace",
        "plugins.exits.stale",
        "plugins.sources.recording.plugin",
    } & imported == set()
    assert {
        "plugins.gates.halt",
        "plugins.exits.stop",
        "plugins.executors.paper.plugin",
    } <= imported


def test_a_plugin_can_be_switched_off_and_on_while_the_engine_runs() -> None:
    host = loaded(without=("no:pace",))
    assert "gates.pace" not in keys(host.rules().gates)
    host.enable("gates.pace", enabled=True)
    assert "gates.pace" in keys(host.rules().gates)
    host.enable("gates.halt", enabled=False)
    assert "gates.halt" not in keys(host.rules().gates)
    cards = {card.key: card for card in host.cards()}
    assert (cards["gates.halt"].enabled, cards["gates.halt"].loaded) == (False, True)
    host.enable("gates.halt", enabled=True)
    assert keys(host.rules().gates) == keys(loaded().rules().gates)


@pytest.mark.parametrize("key", ["executors.paper", "sources.recording", "sinks.any"])
def test_what_is_chosen_at_the_start_cannot_be_switched_later(key: str) -> None:
    with pytest.raises(PluginError, match="stop the engine first"):
        loaded().enable(key, enabled=False)


def test_an_unknown_plugin_cannot_be_switched_on() -> None:
    host = loaded()
    with pytest.raises(PluginError, match=r"gates\.pase; did you mean gates\.pace\?"):
        host.enable("gates.pase", enabled=True)
    assert "gates.pase" not in {card.key for card in host.cards()}


def test_wrong_settings_of_a_plugin_that_was_off_are_refused_when_it_is_switched_on() -> None:
    host = loaded("gates.pace.max_entries=0", without=("no:pace",))
    with pytest.raises(ConfigError, match=r"gates\.pace\.max_entries: is 0"):
        host.enable("gates.pace", enabled=True)
    assert "gates.pace" not in keys(host.rules().gates)
    assert not {card.key: card for card in host.cards()}["gates.pace"].enabled


def test_an_executor_must_be_chosen() -> None:
    host = Host(config(without=("no:paper",)))
    with pytest.raises(ConfigError, match=r"executors: none is enabled; enable one of executors\.paper"):
        host.load()
    with pytest.raises(ConfigError, match="executors: none is enabled"):
        host.executor()


def test_a_built_in_that_cannot_be_imported_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODULES, "gates.gone", "tidegate.plugins.gates.gone")
    monkeypatch.setattr(Host, "built_in", tuple(MODULES))
    with pytest.raises(PluginError, match=r"gates\.gone fails at import: ModuleNotFoundError.*fault of Tidegate's"):
        loaded("gates.gone.enabled=true")


def test_cards_tell_everything_that_can_be_had() -> None:
    cards = {card.key: card for card in loaded("gates.pace.max_entries=3").cards()}
    assert set(cards) == set(MODULES)
    pace, recording = cards["gates.pace"], cards["sources.recording"]
    assert (pace.kind, pace.name, pace.enabled, pace.loaded) == ("gates", "pace", True, True)
    assert pace.settings == {"on_error": "closed", "max_entries": 3, "window_s": 60.0}
    assert pace.summary
    assert pace.problem is None
    assert (recording.enabled, recording.loaded, recording.summary) == (False, False, "")
    assert recording.origin.startswith(str(SHIPPED))


def test_a_built_in_without_a_table_does_not_run_and_is_still_listed(tmp_path: Path) -> None:
    few = tmp_path / "few.toml"
    few.write_text("[executors.paper]\n")
    host = Host(load(shipped=few))
    host.load()
    assert host.rules().gates == ()
    cards = {card.key: card for card in host.cards()}
    assert (cards["gates.halt"].enabled, cards["gates.halt"].origin) == (False, "not configured")
    host.enable("gates.halt", enabled=True)
    assert keys(host.rules().gates) == ["gates.halt"]


def test_effective_values_include_what_only_the_plugins_code_says(tmp_path: Path) -> None:
    few = tmp_path / "few.toml"
    few.write_text('[executors.paper]\ncash = "5"\n')
    host = Host(load(shipped=few))
    host.load()
    found = {key: (value, origin.layer) for key, value, origin in host.effective()}
    assert found["executors.paper.cash"] == ("5", "shipped")
    assert found["executors.paper.seed"] == (7, "default")
    assert found["alerts.cluster_size"] == (3, "default")


def test_measured_plugins_answer_the_same_and_are_counted() -> None:
    host = loaded()
    plain, timed = host.rules(), host.timed(host.rules())
    state, signal, position = a_state(), a_signal(score=2.6), a_position()
    gates, measured = dict(plain.gates), dict(timed.gates)
    for key, gate in gates.items():
        assert measured[key].check(signal, state) == gate.check(signal, state)
        assert measured[key].on_error == gate.on_error
    for (_, mine), (_, theirs) in zip(timed.exits, plain.exits, strict=True):
        assert mine.check(position, state) == theirs.check(position, state)
        assert mine.level(position, state) == theirs.level(position, state)
        assert mine.plan() == theirs.plan()
    for (_, scorer), (_, its) in zip(timed.scorers, plain.scorers, strict=True):
        assert scorer.weight == its.weight
        assert scorer.score(a_cluster(), state) == its.score(a_cluster(), state)
    assert measured["gates.threshold"].check(signal, state).result is Result.BLOCK
    timings = host.timings()
    assert (timings["gates.threshold"]["calls"], timings["gates.halt"]["calls"]) == (2, 1)
    assert timings["gates.halt"]["failures"] == 0
    assert 0 <= timings["gates.halt"]["p50_us"] <= timings["gates.halt"]["p99_us"]


def test_failures_are_counted_and_still_raised(install: Callable[..., str]) -> None:
    install(RAISES, "raises")
    host = loaded("gates.raises.enabled=true")
    gate = dict(host.timed(host.rules()).gates)["gates.raises"]
    for _ in range(600):
        with pytest.raises(ZeroDivisionError):
            gate.check(a_signal(), a_state())
    assert (host.timings()["gates.raises"]["calls"], host.timings()["gates.raises"]["failures"]) == (600, 600)


def test_counts_go_on_when_the_rules_are_asked_for_again() -> None:
    host = loaded()
    for _ in range(3):
        dict(host.timed(host.rules()).gates)["gates.halt"].check(a_signal(), a_state())
    assert host.timings()["gates.halt"]["calls"] == 3


def test_gates_of_the_rules_are_the_plugins_themselves() -> None:
    assert all(isinstance(gate, Gate) for _, gate in loaded().rules().gates)


RAISES = '''
from typing import ClassVar

from tidegate import Gate, Signal, State, Verdict, hookimpl


class Raises(Gate, frozen=True, kw_only=True):
    """Raises."""

    name: ClassVar[str] = "raises"

    def check(self, signal: Signal, state: State) -> Verdict:
        raise ZeroDivisionError


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    return [Raises]
'''
