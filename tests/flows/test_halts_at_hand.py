"""Halts given while something else does not work: no engine, a desk that hangs; and at a broker, a book that is flat."""

import os
import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from core.domain.events import HaltLatched, SignalJudged
from tests.flows.installed import Installed

SYMBOLS = ("AMD", "NVDA")
ALPACA = """
[executors.paper]
enabled = false
[executors.alpaca]
enabled = true
base_url = "{url}"
stream_url = "{stream}"
requests_per_minute = 10000
poll_s = 0.1
lookup_pause_s = 0.05
"""
pytestmark = pytest.mark.slow


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Installed]:
    installed = Installed(tmp_path)
    yield installed
    installed.stop()


def holding(copy: Installed, *symbols: str) -> None:
    """Start an engine and have it buy."""
    copy.start()
    copy.tell(*symbols)
    copy.until(lambda: set(copy.state().positions) == set(symbols) and not copy.state().busy)


def test_a_halt_given_while_the_engine_is_down_holds_from_its_first_decision(copy: Installed) -> None:
    holding(copy, "AAA")
    copy.stop()
    asked = copy.run("halt", "entries", "--reason", "weekend", "--yes")
    assert (asked.returncode, "next start" in asked.stdout) == (0, True)
    copy.tell("BBB")
    copy.start()
    copy.until(lambda: len(copy.events("SignalJudged")) == 2)
    judged = copy.events("SignalJudged")[1]
    (halted,) = copy.events("HaltLatched")
    assert isinstance(judged.event, SignalJudged)
    assert "halted (entries) by cli: weekend" in judged.event.judgement.reason
    assert halted.seq == copy.events("EngineStarted")[1].seq + 2  # the request is between them


def test_a_flatten_given_while_the_engine_is_down_sells_as_soon_as_it_starts(copy: Installed) -> None:
    holding(copy, "AAA", "BBB")
    copy.stop()
    assert copy.run("halt", "flatten", "--yes").returncode == 0
    copy.start()
    copy.until(lambda: not copy.state().positions)
    assert copy.state().halt is not None


def test_a_halt_given_from_a_second_shell_while_the_desk_is_stopped_takes_effect_and_exits_go_on(
    copy: Installed,
) -> None:
    holding(copy, "AAA")
    desk = copy.desk()
    try:
        os.kill(desk, signal.SIGSTOP)
        assert copy.run("halt", "entries", "--reason", "the desk hangs", "--yes").returncode == 0
        (halted,) = copy.events("HaltLatched")
        assert isinstance(halted.event, HaltLatched)
        copy.tell("AAA 80.0")
        copy.until(lambda: not copy.state().positions)
    finally:
        copy.stop_desk(desk)
    assert copy.state().tally.trades_closed == 1


def test_a_release_takes_typed_confirmation_and_is_journaled(copy: Installed) -> None:
    copy.start()
    assert copy.run("halt", "entries", "--yes").returncode == 0
    refused = copy.run("release")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    assert copy.state().halt is not None
    assert copy.run("release", "--yes").returncode == 0
    assert len(copy.events("HaltReleased")) == 1


def test_a_flattened_book_is_flat_at_the_broker(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason="the sandbox needs it")
    pytest.importorskip("alpaca", reason="the executor needs it")
    from rehearsal import VENUE, book_of  # noqa: PLC0415 - needs both

    from tidegate.sandbox.alpaca import SandboxThread  # noqa: PLC0415 - as above

    with SandboxThread(VENUE) as box:
        for symbol in SYMBOLS:
            box.call(lambda it, symbol=symbol: it.market.set_price(symbol, "100"))
        keys = {"APCA_API_KEY_ID": box.card.key_id, "APCA_API_SECRET_KEY": box.card.secret_key}
        copy = Installed(tmp_path, settings=ALPACA.format(url=box.url, stream=box.stream_url), env=keys)
        try:
            copy.start()
            copy.until(lambda: copy.state().reconciled_at is not None)
            copy.tell(*SYMBOLS)
            copy.until(lambda: set(copy.state().positions) == set(SYMBOLS) and not copy.state().busy)
            assert set(box.call(book_of)[1]) == set(SYMBOLS)
            assert copy.run("halt", "flatten", "--reason", "enough", "--yes").returncode == 0
            copy.until(lambda: not copy.state().positions and not copy.state().orders)
            cash, shares, working = box.call(book_of)
        finally:
            copy.stop()
    assert (shares, working) == ({}, [])
    assert cash == Decimal(10_000) + copy.state().cash_flow
