"""The sandbox as a program: its first line, its end, and prices that move by themselves."""

import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from tests.needs import needs_proc
from tests.waiting import until
from tidegate.cli import run
from tidegate.core.errors import TidegateError
from tidegate.sandbox.alpaca import SandboxProcess, SandboxThread, Settings

ROOT = Path(__file__).parents[3]
PARENT = """
import subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-m", "tidegate", "sandbox", "alpaca", "--port", "0", "--json"], stdout=subprocess.PIPE
)
print(child.pid, flush=True)
print(child.stdout.readline().decode(), flush=True)
"""


def gone(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


@pytest.mark.slow
def test_its_first_line_tells_where_it_is_and_it_ends_when_told() -> None:
    arguments = ("--cash", "25000", "--at", "2025-10-15T10:00-04:00", "--speed", "60")
    with SandboxProcess(*arguments) as card:
        keys = {"APCA-API-KEY-ID": card.key_id, "APCA-API-SECRET-KEY": card.secret_key}
        account = httpx.get(f"{card.url}/v2/account", headers=keys).json()
        assert (account["cash"], account["account_number"]) == ("25000", card.account_number)
    with pytest.raises(httpx.ConnectError):
        httpx.get(card.url)


@pytest.mark.slow
@needs_proc
def test_it_ends_when_its_parent_dies() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert json.loads(parent.stdout.readline())["url"].startswith("http://127.0.0.1:")
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    until(lambda: gone(pid))


@pytest.mark.slow
def test_a_mistake_on_the_command_line_is_told_before_it_starts() -> None:
    with pytest.raises(TidegateError, match="code 2"), SandboxProcess("--cash", "nothing"):
        pass


FOREIGN = {"alpaca", "pandas", *(f"tidegate.{room}" for room in ("core.loop", "core.plugins", "plugins", "tui"))}


def test_it_carries_no_engine_no_screen_and_no_broker() -> None:
    code = "import tidegate.sandbox.alpaca, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert not {
        "tidegate.core.loop",
        "tidegate.core.plugins",
        "tidegate.plugins",
        "tidegate.tui",
        "alpaca",
        "pandas",
    } & set(loaded.split())


def test_a_port_that_is_taken_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with SandboxThread() as box:
        port = box.url.rpartition(":")[2]
        assert run(["sandbox", "alpaca", "--port", port]) == 2
    assert f"cannot listen on port {port}" in capsys.readouterr().err


def test_prices_walk_the_same_way_for_the_same_seed() -> None:
    def walked(seed: int) -> list[Decimal]:
        with SandboxThread(Settings(seed=seed, speed=0, walk=True)) as box:
            box.call(lambda it: it.clock.move(by=30))
            return box.call(lambda it: [tape.last for tape in it.market.tapes.values()])

    assert walked(3) == walked(3)
    assert walked(3) != walked(4)


def test_a_scaled_clock_brings_fills_by_itself() -> None:
    with SandboxThread(Settings(speed=60)) as box:
        keys = {"APCA-API-KEY-ID": box.card.key_id, "APCA-API-SECRET-KEY": box.card.secret_key}
        body = {"symbol": "KO", "side": "buy", "type": "market", "time_in_force": "day", "qty": "1"}
        httpx.post(f"{box.url}/v2/orders", headers=keys, json=body)
        until(lambda: box.call(lambda it: len(it.book.fills)) == 1)
