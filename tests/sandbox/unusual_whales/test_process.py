"""The Unusual Whales sandbox as a program: what it prints, its clock, and mistakes on the command line."""

import subprocess
import sys
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.sandbox.unusual_whales.client import whales
from tidegate.cli import run
from tidegate.commands.sandbox.unusual_whales import CLOCK, WORDS
from tidegate.core.clock import RehearsalClock
from tidegate.core.errors import TidegateError
from tidegate.sandbox.unusual_whales import TOKEN, Sandbox, SandboxProcess, Settings

ROOT = Path(__file__).parents[3]
TIDE = "/api/market/market-tide"


@pytest.mark.slow
def test_its_first_line_tells_where_it_is_and_it_ends_when_told() -> None:
    with SandboxProcess("--session", "demo", "--speed", "60", "--calls", "500") as card:
        answer = httpx.get(f"{card.url}{TIDE}", headers={"Authorization": f"Bearer {card.token}"})
        assert (answer.status_code, answer.headers["x-uw-token-req-limit"]) == (200, "500")
        assert card.socket_url.startswith("ws://127.0.0.1:")
        clock = RehearsalClock.parse(card.clock)
        assert clock.speed == 60
        assert timedelta() <= clock.now() - datetime.fromisoformat("2025-10-15T13:28:44Z") < timedelta(hours=2)
    with pytest.raises(httpx.ConnectError):
        httpx.get(card.url)


@pytest.mark.slow
@pytest.mark.parametrize("mistake", [("--session", "nowhere.jsonl"), ("--clock", "now"), ("--at", "noon")])
def test_a_mistake_on_the_command_line_is_told_before_it_starts(mistake: tuple[str, str]) -> None:
    with pytest.raises(TidegateError, match="code 2"), SandboxProcess(*mistake):
        pass


def test_a_port_that_is_taken_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with whales() as client:
        port = client.box.url.rpartition(":")[2]
        assert run(["sandbox", "uw", "--port", port]) == 2
    assert f"cannot listen on port {port}" in capsys.readouterr().err


def test_what_it_prints_is_a_configuration() -> None:
    with whales(speed=60.0) as client:
        card = {name: getattr(client.box.card, name) for name in ("url", "socket_url", "token", "clock")}
    found = tomllib.loads((WORDS.partition("configuration:\n")[2] + CLOCK).format(**card))
    assert found["sources"]["unusual_whales"] == {
        "enabled": True,
        "base_url": card["url"],
        "socket_url": card["socket_url"],
    }
    assert RehearsalClock.parse(found["engine"]["clock"])
    assert f"UW_API_TOKEN={TOKEN}" in WORDS.format(**card)


def test_it_goes_by_the_clock_of_an_engine() -> None:
    clock = "2025-10-15T09:25:00-04:00 60 1763832000.0"
    box = Sandbox(Settings(clock=clock))
    apart = abs(RehearsalClock.parse(clock).now() - box.clock.now())
    assert apart < timedelta(minutes=5)  # a few real seconds at this speed
    assert box.clock.speed == 60


FOREIGN = {"alpaca", "httpx", *(f"tidegate.{room}" for room in ("core.loop", "core.plugins", "plugins", "tui"))}


def test_it_carries_no_engine_no_screen_and_no_plugins() -> None:
    code = "import tidegate.sandbox.unusual_whales, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert not {
        "tidegate.core.loop",
        "tidegate.core.plugins",
        "tidegate.plugins",
        "tidegate.tui",
        "alpaca",
        "httpx",
    } & set(loaded.split())
