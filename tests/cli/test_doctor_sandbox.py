"""The doctor and a live start with the real Alpaca executor, against the sandbox."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tidegate.core.errors import RefusedError
from tidegate.running import detached as process

pytest.importorskip("aiohttp", reason="the sandbox needs it")
pytest.importorskip("alpaca", reason="the executor needs it")

from tidegate.sandbox.alpaca.runners import SandboxThread
from tidegate.sandbox.alpaca.settings import Settings
from tidegate.sandbox.plan import RemoveFields

Cli = Callable[..., Any]
KEY, HUSH = "AKPLANTEDLIVEKEY0000", "planted-secret-of-the-sandbox"


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxThread]:
    """A sandbox whose keys look like a live account's, and the same keys in the environment."""
    monkeypatch.setenv("APCA_API_KEY_ID", KEY)
    monkeypatch.setenv("APCA_API_SECRET_KEY", HUSH)
    with SandboxThread(Settings(key_id=KEY, secret_key=HUSH, at=None)) as found:
        yield found


def live(box: SandboxThread) -> list[str]:
    """The command line of a live run at the sandbox, all but the account."""
    chosen = {
        "mode": "live",
        "executors.paper.enabled": "false",
        "executors.alpaca.enabled": "true",
        "executors.alpaca.paper": "false",
        "executors.alpaca.base_url": box.card.url,
        "executors.alpaca.stream_url": box.card.stream_url,
    }
    return [word for key, value in chosen.items() for word in ("--set", f"{key}={value}")]


def test_the_doctor_finds_the_sandbox_sound(cli: Cli, box: SandboxThread, tmp_path: Path) -> None:
    ran = cli("doctor", "--json", "--state-dir", tmp_path / "state", *live(box))
    rows = {row["name"]: row for row in ran.json()["rows"]}
    assert (ran.code, [row for row in rows.values() if row["result"] in ("warn", "fail")]) == (0, [])
    assert (
        rows["account"]["result"]
        == rows["clock"]["result"]
        == rows["calendar"]["result"]
        == rows["contract: account"]["result"]
        == "ok"
    )
    assert KEY not in ran.out
    assert HUSH not in ran.out


def test_a_field_that_the_sandbox_leaves_out_is_told(cli: Cli, box: SandboxThread, tmp_path: Path) -> None:
    box.call(lambda it: it.faults.add(RemoveFields(path="/v2/account", fields=["shorting_enabled"])))
    ran = cli("doctor", "--json", "--state-dir", tmp_path / "state", *live(box))
    rows = {row["name"]: row for row in ran.json()["rows"]}
    assert rows["contract: account"]["seen"] == "no longer sent: shorting_enabled"


@pytest.mark.slow
def test_the_engine_trades_live_only_on_the_account_that_was_named(
    cli: Cli, box: SandboxThread, tmp_path: Path
) -> None:
    with pytest.raises(RefusedError, match="trade another account"):
        process.start(tmp_path / "other", [*live(box), "--live", "4711"])
    folder = tmp_path / "live"
    process.start(folder, [*live(box), "--live", box.card.account_id])
    try:
        assert cli("status", "--state-dir", folder, "--json").object()["mode"] == "live"
    finally:
        assert cli("stop", "--force", "--state-dir", folder).code == 0
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY.encode() not in left
    assert HUSH.encode() not in left
