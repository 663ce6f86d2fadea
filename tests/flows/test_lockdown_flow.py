"""A lockdown over a real engine process: any change stops entries and is named, exits go on, a restart keeps it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.flows.installed import SEALED_DEPENDENCY, Installed
from tidegate.core.domain.events import SignalJudged


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Installed]:
    installed = Installed(tmp_path)
    yield installed
    installed.stop()


def judged(copy: Installed, symbol: str) -> str:
    """Tell a cluster; why its signal is not entered, or "" when it is."""
    copy.tell(symbol)

    def reasons() -> list[str]:
        found = [each.event.judgement for each in copy.events("SignalJudged") if isinstance(each.event, SignalJudged)]
        return [each.reason for each in found if each.signal.symbol == symbol]

    copy.until(reasons)
    return reasons()[0]


def core_file(copy: Installed) -> str:
    file = copy.site / "tidegate/core/domain/signals/sizing.py"
    body = file.read_bytes()
    file.write_bytes(body.replace(b"From", b"Form", 1) if b"From" in body else body[:-1] + b" ")
    return "tidegate/core/domain/signals/sizing.py changed"


def strangers_file(copy: Installed) -> str:
    file = copy.site / "lines.py"
    file.write_text(file.read_text().replace("0.05", "0.06"))
    return "lines.py changed"


def value(copy: Installed) -> str:
    copy.config.write_text(copy.config.read_text() + "[size]\nbase_usd = 900.0\n")
    return "size.base_usd was 500.0, is 900.0"


def toggle(copy: Installed) -> str:
    (copy.state_dir / "overlay.toml").write_text("[exits.stale]\nenabled = false\n")
    return "exits.stale was on, is off"


def version(copy: Installed) -> str:
    (metadata,) = copy.site.glob(f"{SEALED_DEPENDENCY}-*.dist-info/METADATA")
    lines = metadata.read_text().splitlines()
    metadata.write_text("\n".join("Version: 99.9" if line.startswith("Version") else line for line in lines))
    return f"{SEALED_DEPENDENCY} was {copy.sealed().versions[SEALED_DEPENDENCY]}, is 99.9"


@pytest.mark.slow
@pytest.mark.parametrize("change", [core_file, strangers_file, value, toggle, version])
def test_one_change_stops_entries_and_is_named_while_exits_go_on(
    copy: Installed, change: Callable[[Installed], str]
) -> None:
    copy.start()
    ok, text = copy.ask("lockdown", reason="audit", until="2026-11-27")
    assert ok, text
    assert judged(copy, "AAA") == ""
    copy.until(lambda: "AAA" in copy.state().positions and not copy.state().orders)
    said = change(copy)
    copy.until(copy.drift)
    assert copy.drift() == (said,)
    assert f"lockdown: {said}" in judged(copy, "BBB")
    copy.tell("AAA 80.0")
    copy.until(lambda: "AAA" not in copy.state().positions)
    assert copy.state().tally.trades_closed == 1


@pytest.mark.slow
def test_a_restart_keeps_the_seal_and_a_lift_and_a_new_seal_let_entries_go_on(copy: Installed) -> None:
    copy.start()
    assert copy.ask("lockdown", reason="audit")[0]
    seal = copy.sealed()
    copy.stop()
    copy.start()
    assert copy.sealed() == seal
    assert copy.drift() == ()
    assert judged(copy, "AAA") == ""
    copy.stop()
    copy.start("--set", "size.base_usd=900.0")
    assert copy.drift() == ("size.base_usd was 500.0, is 900.0",)
    assert "lockdown" in judged(copy, "BBB")
    assert "DRIFT, entries stopped: size.base_usd" in copy.run("status").stdout
    assert copy.run("lockdown", "--lift").returncode == 2  # nobody is there to type it
    assert copy.run("lockdown", "--lift", "--yes").returncode == 0
    assert copy.run("lockdown", "--reason", "again", "--until", "friday").returncode == 0
    assert judged(copy, "CCC") == ""


@pytest.mark.slow
def test_what_was_changed_and_put_back_while_it_ran_is_no_longer_drift_but_stays_in_the_journal(
    copy: Installed,
) -> None:
    copy.start()
    assert copy.ask("lockdown", reason="audit")[0]
    file = copy.site / "tidegate/plugins/exits/stop.py"
    body = file.read_bytes()
    file.write_bytes(body + b"\n")
    copy.until(copy.drift)
    file.write_bytes(body)
    copy.until(lambda: not copy.drift())
    assert judged(copy, "AAA") == ""
    assert len(copy.events("DriftSeen")) == 2


@pytest.mark.slow
def test_code_that_was_loaded_and_then_put_back_is_still_drift(copy: Installed) -> None:
    copy.start()
    assert copy.ask("lockdown", reason="audit")[0]
    copy.stop()
    file = copy.site / "tidegate/plugins/exits/stop.py"
    body = file.read_bytes()
    file.write_bytes(body + b"\n")
    copy.start()
    assert copy.drift() == ("tidegate/plugins/exits/stop.py changed",)
    file.write_bytes(body)
    looks = copy.seq()
    copy.until(lambda: copy.seq() > looks + 20)
    assert copy.drift() == ("tidegate/plugins/exits/stop.py changed",)


@pytest.mark.slow
def test_nothing_is_sealed_while_what_runs_is_not_what_is_installed(copy: Installed) -> None:
    copy.start()
    said = core_file(copy)
    ok, text = copy.ask("lockdown", reason="audit")
    assert not ok
    assert said in text
    assert copy.state().lockdown is None


@pytest.mark.slow
def test_a_configuration_that_cannot_be_read_any_more_is_drift(copy: Installed) -> None:
    copy.start()
    assert copy.ask("lockdown", reason="audit")[0]
    copy.config.write_text("[size\n")
    copy.until(copy.drift)
    assert copy.drift()[0].startswith("the configuration cannot be read")


@pytest.mark.slow
def test_plugins_are_not_switched_under_a_lockdown_with_and_without_an_engine(copy: Installed) -> None:
    copy.start()
    assert copy.ask("lockdown", reason="audit")[0]
    for engine in (True, False):
        refused = copy.run("plugins", "disable", "exits.stale", "--config", str(copy.config))
        assert (refused.returncode, "lockdown" in refused.stderr) == (2, True)
        assert not (copy.state_dir / "overlay.toml").exists()
        if engine:
            copy.stop()
