"""docs/hooks.md and the hooks' own examples: the same, and they run."""

import asyncio
import importlib
import inspect
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tidegate import Recorded
from tidegate.core.configuration.config import load
from tidegate.core.domain.events import EngineStarted
from tidegate.core.domain.values import Result
from tidegate.core.plugins import hookspecs
from tidegate.core.plugins.bases import BASES
from tidegate.core.plugins.host import GROUP, Host
from tidegate.testing import NOW, a_cluster, a_signal, a_state, an_alert

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "hooks.md").read_text()
Install = Callable[..., str]


def section(kind: str) -> str:
    return PAGE.partition(f"\n## tidegate_{kind}\n")[2].partition("\n## ")[0]


def example(kind: str) -> str:
    return section(kind).partition("```python\n")[2].partition("```")[0]


def without_blank_lines(code: str) -> str:
    return re.sub(r"\n+", "\n", code).strip()


@pytest.mark.parametrize("kind", BASES)
def test_the_page_says_what_the_hook_says(kind: str) -> None:
    said = inspect.getdoc(getattr(hookspecs, f"tidegate_{kind}")) or ""
    first, code = said.partition("\n")[0], said.partition("Example:\n")[2]
    assert section(kind).strip().startswith(first)
    assert without_blank_lines(textwrap.dedent(code)) == without_blank_lines(example(kind))


@pytest.mark.parametrize("kind", BASES)
def test_every_example_is_a_plugin_that_loads(kind: str, install: Install) -> None:
    code = example(kind)
    (name,) = re.findall(r'name: ClassVar\[str\] = "(\w+)"', code)
    install(code, name)
    off = ["executors.paper.enabled=false"] if kind == "executors" else []
    host = Host(load(shipped=ROOT / "config.toml", sets=[f"{kind}.{name}.enabled=true", *off]))
    host.load()
    assert host.problems == []
    assert f"{kind}.{name}" in {card.key for card in host.cards() if card.loaded and card.summary}


def test_every_hook_is_on_the_page_and_every_hook_on_the_page_exists() -> None:
    hooks = {name for name in vars(hookspecs) if name.startswith("tidegate_")}
    assert (
        set(re.findall(r"^## (tidegate_\w+)$", PAGE, re.MULTILINE)) == hooks == {f"tidegate_{kind}" for kind in BASES}
    )
    assert set(re.findall(r"^\| `(tidegate_\w+)`", PAGE, re.MULTILINE)) == hooks
    assert f'entry-points."{GROUP}"' in PAGE


def test_the_examples_do_what_they_say(install: Install, tmp_path: Path) -> None:
    made = {kind: importlib.import_module(install(example(kind))) for kind in BASES}
    state = a_state(an_alert())
    gate = made["gates"].NotToday(symbols=("SPY",))
    assert gate.check(a_signal(), state).result is Result.BLOCK
    assert gate.check(a_signal(symbol="QQQ"), state).result is Result.PASS
    assert made["scorers"].ManyMembers(full=1).score(a_cluster(), state) == 1.0
    assert made["scorers"].ManyMembers().score(a_cluster(symbol="QQQ"), state) is None
    sink = made["sinks"].Kinds(path=str(tmp_path / "kinds.txt"))
    asyncio.run(sink.record(Recorded(1, NOW, "", EngineStarted(mode="paper", version="0"))))
    assert (tmp_path / "kinds.txt").read_text() == "EngineStarted\n"
