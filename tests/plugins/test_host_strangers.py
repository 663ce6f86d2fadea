"""The host with third parties' plugins: the same door, and one that fails never stops the others."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tidegate.core.configuration.config import load
from tidegate.core.domain.values import Result
from tidegate.core.errors import ConfigError, PluginError
from tidegate.core.plugins.host import Host
from tidegate.testing import a_signal, a_state

SHIPPED = Path(__file__).parents[2] / "config.toml"
Install = Callable[..., str]

FINE = '''
from typing import Annotated, ClassVar

from tidegate import Gate, Meta, Signal, State, Verdict, blocked, hookimpl, passed


class Fine(Gate, frozen=True, kw_only=True):
    """Blocks strong signals.

    More of this.
    """

    name: ClassVar[str] = "fine"
    most: Annotated[float, Meta(ge=0)] = 5.0

    def check(self, signal: Signal, state: State) -> Verdict:
        return blocked("strong") if signal.score > self.most else passed()


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    return [Fine]
'''
IMPORT = FINE.replace("class Fine", "raise OSError('no licence file')\n\n\nclass Fine")
QUITS = FINE.replace("class Fine", "raise SystemExit(7)\n\n\nclass Fine")
BUILD = FINE.replace(
    "    def check", "    def __post_init__(self) -> None:\n        raise RuntimeError('no key')\n\n    def check"
)
HOOK = FINE.replace("    return [Fine]", "    raise KeyError('nothing to offer')")
WRONG_HOOK = FINE.replace("def tidegate_gates()", "def tidegate_gatez()")
WRONG_ARGUMENT = FINE.replace("def tidegate_gates()", "def tidegate_gates(config)")
WRONG_CLASS = FINE.replace("[Fine]", "[Fine()]")
NO_LIST = FINE.replace("[Fine]", "Fine")
OTHER_NAME = FINE.replace('= "fine"', '= "other"')
NO_TYPE = FINE.replace("most: Annotated[float, Meta(ge=0)]", 'most: "Nothing"')


def loaded(*sets: str, user: Path | None = None) -> Host:
    host = Host(load(shipped=SHIPPED, user=user, sets=sets))
    host.load()
    return host


def gates(host: Host) -> list[str]:
    return [key for key, _ in host.rules().gates]


@pytest.mark.parametrize("entry", ["fine", "gates.fine"])
def test_a_strangers_gate_runs_with_its_settings(install: Install, entry: str) -> None:
    install(FINE, entry)
    host = loaded("gates.fine.most=3")
    assert host.problems == []
    assert gates(host)[-1] == "gates.fine"
    gate = dict(host.rules().gates)["gates.fine"]
    assert gate.check(a_signal(score=3.1), a_state()).result is Result.BLOCK
    assert gate.check(a_signal(score=3.0), a_state()).result is Result.PASS
    card = next(card for card in host.cards() if card.key == "gates.fine")
    assert (card.summary, card.settings) == ("Blocks strong signals.", {"on_error": "closed", "most": 3.0})


def test_a_stranger_that_no_table_names_is_not_imported(install: Install) -> None:
    name = install(IMPORT, "gates.fine")
    host = loaded()
    assert name not in sys.modules
    assert host.problems == []
    card = next(card for card in host.cards() if card.key == "gates.fine")
    assert (card.enabled, card.loaded, card.origin) == (False, False, "not configured")


def test_a_stranger_that_is_off_is_not_imported_and_can_be_switched_on(install: Install) -> None:
    name = install(FINE, "fine")
    host = loaded("gates.fine.enabled=false")
    assert name not in sys.modules
    host.enable("gates.fine", enabled=True)
    assert "gates.fine" in gates(host)


@pytest.mark.parametrize(
    ("code", "stage", "reason"),
    [
        (IMPORT, "import", "OSError: no licence file"),
        (QUITS, "import", "SystemExit: 7"),
        ("import nowhere_at_all", "import", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("def :", "import", "SyntaxError: "),
        (BUILD, "build", "RuntimeError: no key"),
        (NO_TYPE, "build", "NameError: name 'Nothing' is not defined"),
        (HOOK, "hook", "KeyError: 'nothing to offer'"),
        (WRONG_HOOK, "hook", "PluginValidationError: unknown hook 'tidegate_gatez'"),
        (WRONG_ARGUMENT, "hook", "PluginValidationError: "),
        (WRONG_CLASS, "hook", "tidegate_gates offers Fine("),
        (NO_LIST, "hook", "TypeError: "),
        (OTHER_NAME, "hook", "no such class is offered; tidegate_gates must return it"),
        ("", "hook", "no such class is offered; tidegate_gates must return it"),
    ],
)
def test_a_stranger_that_fails_is_named_and_the_rest_runs(install: Install, code: str, stage: str, reason: str) -> None:
    install(code, "fine")
    install(FINE.replace('= "fine"', '= "good"'), "good")
    host = loaded("gates.fine.enabled=true", "gates.good.enabled=true")
    (problem,) = host.problems
    assert (problem.plugin, problem.stage) == ("gates.fine", stage)
    assert problem.reason.startswith(reason)
    assert "gates.good" in gates(host)
    card = next(card for card in host.cards() if card.key == "gates.fine")
    assert (card.enabled, card.loaded) == (True, False)
    assert card.problem is not None
    assert card.problem.startswith(f"{stage}: {reason}")


@pytest.mark.parametrize(("said", "policy"), [((), "closed"), (('gates.fine.on_error="open"',), "open")])
def test_a_gate_that_cannot_be_loaded_is_unknown_and_its_policy_decides(
    install: Install, said: tuple[str, ...], policy: str
) -> None:
    install(IMPORT, "fine")
    gate = dict(loaded("gates.fine.enabled=true", *said).rules().gates)["gates.fine"]
    assert gate.check(a_signal(), a_state()).result is Result.UNKNOWN
    assert gate.on_error == policy


def test_an_exit_that_cannot_be_loaded_is_left_out(install: Install) -> None:
    install("raise ValueError", "early")
    host = loaded("exits.early.enabled=true")
    assert [str(each) for each in host.problems] == ["exits.early fails at import: ValueError"]
    assert "exits.early" not in [key for key, _ in host.rules().exits]


def test_wrong_settings_of_a_stranger_are_the_users_mistakes(install: Install, tmp_path: Path) -> None:
    install(FINE, "fine")
    user = tmp_path / "mine.toml"
    user.write_text("[gates.fine]\nmost = -1\nmots = 3\n")
    with pytest.raises(ConfigError) as caught:
        loaded(user=user)
    assert [each.removeprefix(f"{tmp_path}/") for each in caught.value.problems] == [
        "mine.toml:2: gates.fine.most: is -1; must be a number >= 0",
        "mine.toml:3: gates.fine.mots: unknown key; did you mean most?; allowed: enabled, most, on_error",
    ]


def test_nobody_takes_the_place_of_a_built_in(install: Install) -> None:
    name = install(FINE.replace('= "fine"', '= "halt"'), "gates.halt")
    install(
        FINE.replace("[Fine]", "[Fine, Halt]").replace(
            "@hookimpl", 'class Halt(Fine, frozen=True, kw_only=True):\n    name: ClassVar[str] = "halt"\n\n\n@hookimpl'
        ),
        "fine",
    )
    host = loaded("gates.fine.enabled=true")
    assert type(dict(host.rules().gates)["gates.halt"]).__module__ == "tidegate.plugins.gates.halt"
    assert name not in sys.modules
    assert [str(each) for each in host.problems] == [
        "gates.halt = stranger_0 fails at duplicate: gates.halt is built in",
        "fine = stranger_1 fails at duplicate: gates.halt is built in",
    ]
    assert "gates.fine" in gates(host)


def test_of_two_strangers_with_one_key_neither_is_chosen(install: Install) -> None:
    install(FINE, "fine")
    install(FINE, "fine")
    host = loaded("gates.fine.enabled=true")
    assert [str(each) for each in host.problems] == [
        "gates.fine fails at duplicate: offered by fine = stranger_0 and by fine = stranger_1"
    ]


def test_one_module_may_offer_several_plugins(install: Install) -> None:
    second = FINE.replace('= "fine"', '= "second"').replace("class Fine", "class Second").split("@hookimpl")[0]
    code = second + FINE.replace("[Fine]", "[Fine, Second]")
    install(code, "fine", "gates.second")
    host = loaded("gates.fine.enabled=true", "gates.second.enabled=true")
    assert host.problems == []
    assert gates(host)[-2:] == ["gates.fine", "gates.second"]


def test_a_plugin_that_is_offered_and_not_named_does_not_run(install: Install) -> None:
    second = FINE.replace('= "fine"', '= "second"').replace("class Fine", "class Second").split("@hookimpl")[0]
    install(second + FINE.replace("[Fine]", "[Fine, Second]"), "fine")
    assert gates(loaded("gates.fine.enabled=true"))[-1] == "gates.fine"


def test_a_stranger_that_fails_when_it_is_switched_on_stays_off(install: Install) -> None:
    install(BUILD, "fine")
    host = loaded()
    for _ in range(2):
        with pytest.raises(PluginError, match=r"gates\.fine fails at build: RuntimeError: no key"):
            host.enable("gates.fine", enabled=True)
    assert "gates.fine" not in gates(host)
    assert len(host.problems) == 1


def test_an_executor_that_cannot_be_loaded_stops_the_start(install: Install) -> None:
    install(IMPORT, "broker")
    with pytest.raises(ConfigError, match=r"executors: executors\.broker fails at import: OSError: no licence file"):
        loaded("executors.broker.enabled=true", "executors.paper.enabled=false")


def test_two_executors_are_never_chosen_between(install: Install) -> None:
    install(FINE, "broker")
    with pytest.raises(ConfigError, match=r"executors\.paper \(.*\) and executors\.broker \(--set\) are enabled"):
        loaded("executors.broker.enabled=true")
