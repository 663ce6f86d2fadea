"""Prices that follow an engine's journal, which may come late and begin anew."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tests.waiting import until
from tidegate.core.domain.events import QuoteSeen, Recorded
from tidegate.core.domain.values import Quote
from tidegate.core.journaling.journal import Journal
from tidegate.sandbox.alpaca import SandboxThread, Settings

AT = datetime(2025, 10, 15, 14, 0, tzinfo=UTC)


def quoted(folder: Path, *prices: float) -> None:
    """A journal in which KO was seen at these prices."""
    journal = Journal.open(folder)
    facts = [QuoteSeen(source="x", cursor=n, quote=Quote(symbol="KO", at=AT, last=p)) for n, p in enumerate(prices, 1)]
    journal.append([Recorded(number, AT, "", fact) for number, fact in enumerate(facts, 1)])
    journal.commit()
    journal.close()


def test_prices_follow_a_journal_that_comes_later_and_one_that_begins_anew(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with SandboxThread(Settings(follow=folder, speed=0)) as box:

        def at(price: str) -> Callable[[], bool]:
            return lambda: box.call(lambda it: "KO" in it.market.tapes and it.market.tapes["KO"].last == Decimal(price))

        quoted(folder, 67.1, 68.2)
        until(at("68.2"))
        shutil.rmtree(folder)
        quoted(folder, 66.3)
        until(at("66.3"))


def test_without_one_to_follow_prices_stay(tmp_path: Path) -> None:
    with SandboxThread(Settings(follow=tmp_path / "nobody", speed=0)) as box:
        assert box.call(lambda it: it.running)
        assert box.call(lambda it: it.market.tapes["SPY"].last) == Decimal(660)
