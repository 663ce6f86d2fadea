"""With one capability broken at a time, the health report names that one and no other."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.demo import Demo
from tests.flows.installed import copied
from tests.waiting import PATIENCE_S
from tidegate.core.domain import events as e
from tidegate.core.domain.values.lockdown import Seal
from tidegate.core.journaling.journal import Journal

ROOT = Path(__file__).parents[2]
CAPABILITIES = [
    "persistence",
    "back-off",
    "PANIC queue",
    "concentration gate",
    "correlation",
    "regime isolation",
    "reconciliation",
    "seal",
]
BUGS = {  # capability -> a file, a right line in it, and what a careless person makes of it
    "persistence": ("core/journaling/journal.py", "self._rows += rows", "self._rows += rows[:5] + rows[6:]"),
    "back-off": ("core/domain/signals/queueing.py", "2.0 ** min(attempt - 1, 64)", "1.0 ** min(attempt - 1, 64)"),
    "PANIC queue": ("core/domain/stepping/rate_limits.py", "not in rules.settings.queue.regimes", "is not None"),
    "concentration gate": ("plugins/gates/concentration.py", "low > self.limit_pct:", "low > self.limit_pct + 1:"),
    "correlation": (
        "core/domain/stepping/exits.py",
        "follows.append((trace, e.ExitDecided(symbol=symbol, decision=decision)))",
        'follows.append(("", e.ExitDecided(symbol=symbol, decision=decision)))',
    ),
    "regime isolation": (
        "plugins/learners/regime_beta.py",
        "cell_name(outcome.regime, component)",
        "cell_name(Regime.MIXED, component)",
    ),
    "reconciliation": (
        "core/domain/books/reconciliation.py",
        "if here == there or (",
        "if here == there or there or (",
    ),
    "seal": ("core/domain/values/lockdown.py", "if before != after:", 'if before == "none":'),
}
OTHER_BUGS = [
    (
        "PANIC queue",
        (
            "core/domain/stepping/rate_limits.py",
            "if state.regime.regime not in rules.settings",
            "if () in rules.settings",
        ),
    ),
    ("back-off", ("core/calls/circuit.py", "failures < TRIPS and", "failures < 5 * TRIPS and")),
    (
        "reconciliation",
        ("core/domain/folding/broker.py", "position.quantity = event.after", "position.quantity = event.before"),
    ),
]


def report(state: Path, *words: str, where: Path = ROOT) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "tidegate", "health", "--state-dir", str(state), "--json", *words]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # a bug of the same size and second must not outlive its file
    done = subprocess.run(command, cwd=where, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def broken(told: dict[str, Any]) -> list[str]:
    assert [each["name"] for each in told["capabilities"]] == CAPABILITIES
    return [each["name"] for each in told["capabilities"] if each["result"] == "broken"]


@pytest.fixture(scope="module")
def state(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("health") / "state"
    shutil.copytree(demo[1], folder)
    return folder


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("program")
    copied(folder)
    shutil.copy(ROOT / "config.toml", folder)
    return folder


def test_the_healthy_demo_is_ready_and_is_not_touched(state: Path) -> None:
    before = sha256((state / "tidegate.db").read_bytes()).hexdigest()
    code, told = report(state)
    assert (code, told["ready"], told["reasons"], broken(told)) == (0, True, [], [])
    assert {each["result"] for each in told["capabilities"]} == {"works", "off"}
    assert sha256((state / "tidegate.db").read_bytes()).hexdigest() == before
    assert not list(state.glob("health-*"))


@pytest.mark.slow
def test_a_copy_of_the_program_without_a_bug_is_ready_too(state: Path, program: Path) -> None:
    code, told = report(state, where=program)
    assert (code, broken(told)) == (0, [])
    files = {each["file"] for each in told["settings"] if each["layer"] == "shipped"}
    assert files == {str(program / "config.toml")}


@pytest.mark.slow
@pytest.mark.parametrize(("capability", "bug"), [*BUGS.items(), *OTHER_BUGS])
def test_a_planted_bug_breaks_exactly_its_capability(
    state: Path, program: Path, capability: str, bug: tuple[str, str, str]
) -> None:
    file, right, wrong = bug
    path = program / "tidegate" / file
    sound = path.read_text()
    assert sound.count(right) >= 1
    try:
        path.write_text(sound.replace(right, wrong))
        code, told = report(state, where=program)
    finally:
        path.write_text(sound)
    assert (code, told["ready"], broken(told)) == (1, False, [capability])
    assert any(each.startswith(f"{capability} is broken") for each in told["reasons"])


@pytest.mark.parametrize(
    ("setting", "capability"),
    [("gates.concentration.enabled=false", "concentration gate"), ("queue.regimes=['RISK_ON']", "PANIC queue")],
)
def test_a_setting_that_takes_a_capability_away_is_named(state: Path, setting: str, capability: str) -> None:
    code, told = report(state, "--set", setting)
    assert (code, broken(told)) == (1, [capability])


def test_without_a_learner_nothing_can_leak_and_the_report_says_that_none_is_on(state: Path) -> None:
    code, told = report(state, "-p", "no:regime_beta")
    (found,) = [each for each in told["capabilities"] if each["name"] == "regime isolation"]
    assert (code, found["result"], found["evidence"]) == (0, "off", "no learner is on")


LEAKY = '''
from typing import ClassVar

from tidegate import Cell, Learner, hookimpl


class Leaky(Learner, frozen=True, kw_only=True):
    """Mixes all regimes."""

    name: ClassVar[str] = "leaky"

    def multipliers(self, regime, belief):
        return {}

    def learn(self, outcome, belief):
        won = 1.0 if outcome.pnl > 0 else 0.0
        return {"MIXED/all": Cell(alpha=belief.get("MIXED/all", Cell()).alpha + won)}


@hookimpl
def tidegate_learners():
    return [Leaky]
'''


def test_a_strangers_learner_that_mixes_regimes_is_found(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "leaky.py").write_text(LEAKY)
    about = tmp_path / "leaky-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: leaky\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tidegate.plugins]\nlearners.leaky = leaky\n")
    code, told = report(state, "--set", "learners.leaky.enabled=true")
    assert (code, broken(told)) == (1, ["regime isolation"])
    assert any("learners.leaky" in each for each in told["reasons"])


def tampered(state: Path, folder: Path, statement: str) -> Path:
    shutil.copytree(state, folder)
    db = sqlite3.connect(folder / "tidegate.db")
    with db:
        db.execute(statement)
    db.close()
    return folder


def test_a_trade_whose_trace_has_a_gap_is_named(state: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    newest = "(SELECT max(seq) FROM journal WHERE kind = 'ExitDecided')"
    db = sqlite3.connect(state / "tidegate.db")
    (trace,) = db.execute(f"SELECT trace FROM journal WHERE seq = {newest}").fetchone()
    db.close()
    folder = tampered(
        state,
        tmp_path_factory.mktemp("gap") / "state",
        f"DELETE FROM journal WHERE kind = 'ExitDecided' AND trace = '{trace}'",
    )
    code, told = report(folder)
    assert (code, broken(told)) == (1, ["correlation"])
    assert any(trace in each for each in told["reasons"])
    assert any("not what was written" in each for each in told["reasons"])


def test_a_seal_that_does_not_fit_what_is_installed_is_drift(state: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sealed"
    shutil.copytree(state, folder)
    journal = Journal.open(folder)
    known = journal.load()
    sealed = e.LockdownSealed(seal=Seal(versions={"python": "2.7"}), reason="week", who="me")
    journal.append([e.Recorded(known.seq + 1, known.now, "", sealed)])
    journal.close()
    code, told = report(folder)
    assert (code, broken(told)) == (1, ["seal"])
    assert any("drift" in each and "is new" in each for each in told["reasons"])


def test_a_file_that_is_no_journal_is_reported_and_the_rest_is_tried(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("none")
    (folder / "tidegate.db").write_bytes(b"SQLite format 3\0" + b"\0" * 4096)
    code, told = report(folder)
    assert (code, broken(told)) == (1, [])
    results = {each["name"]: each["result"] for each in told["capabilities"]}
    assert results.pop("correlation") == "unknown"
    assert set(results.values()) == {"works", "off"}
    assert any("cannot be read" in each for each in told["reasons"])
