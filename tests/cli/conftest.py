"""A small real day in a journal, made by the engine's own rules, and the command line called in this process."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from tidegate.cli import run
from tidegate.core.domain import events as e
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import Alert, Quote
from tidegate.core.domain.values.broker import Account
from tidegate.core.journaling.journal import Journal
from tidegate.plugins.exits.stop import Stop
from tidegate.plugins.exits.target import TargetExit
from tidegate.plugins.gates.threshold import Threshold
from tidegate.plugins.learners.regime_beta import RegimeBeta
from tidegate.plugins.scorers.alerts.options_flow import OptionsFlow
from tidegate.plugins.scorers.alerts.temporal_motif import TemporalMotif

OPEN = datetime(2025, 10, 15, 13, 30, tzinfo=UTC)
SOURCE = "unusual_whales"
RULES = Rules(
    scorers=(("scorers.options_flow", OptionsFlow()), ("scorers.temporal_motif", TemporalMotif())),
    gates=(("gates.threshold", Threshold()),),
    exits=(("exits.stop", Stop()), ("exits.target", TargetExit())),
    learners=(("learners.regime_beta", RegimeBeta()),),
)


class Ran(msgspec.Struct):
    """One command line's exit code and what it printed."""

    code: int
    out: str
    err: str

    def json(self) -> object:
        return msgspec.json.decode(self.out)

    def object(self) -> dict[str, object]:
        return msgspec.json.decode(self.out, type=dict[str, object])


Cli = Callable[..., Ran]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """Calls the command line with its own empty state root and working folder."""
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "root"))
    monkeypatch.delenv("TIDEGATE_DEBUG", raising=False)
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")

    def call(*words: str | Path) -> Ran:
        capsys.readouterr()
        code = run([str(word) for word in words])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return call


class Day:
    """Facts go in, the engine's own rules say what follows, everything is journaled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = State()
        self.at = OPEN
        self._journal = Journal.open(folder)
        self._cursor = 0

    def fact(self, fact: e.Fact) -> None:
        self.at += timedelta(seconds=2)
        records, _ = advance(self.state, fact, self.at, RULES)
        self._journal.append(records)

    def close(self) -> None:
        self._journal.checkpoint(self.state)
        self._journal.close()

    def price(self, symbol: str, last: float) -> None:
        for _ in range(2):  # a jump needs a witness
            self._cursor += 1
            quote = Quote(symbol=symbol, at=self.at + timedelta(seconds=2), last=last, bid=last, ask=last)
            self.fact(e.QuoteSeen(source=SOURCE, cursor=self._cursor, quote=quote))

    def cluster(self, symbol: str, *premiums: float, price: float) -> None:
        self.price(symbol, price)
        for number, premium in enumerate(premiums):
            self._cursor += 1
            alert = Alert(
                id=f"{symbol}-{number}",
                symbol=symbol,
                contract=f"{symbol}251017C0010000{number}",
                option_type="call",
                strike=100.0,
                expiry=date(2025, 10, 17),
                start=self.at,
                at=self.at,
                premium=premium,
                ask_premium=premium,
                bid_premium=0.0,
                underlying_price=price,
                volume=100,
                open_interest=0,
            )
            self.fact(e.AlertReceived(source=SOURCE, cursor=self._cursor, alert=alert))

    def venue(self, symbol: str, price: str) -> None:
        """Accept and fill the order that waits on a symbol."""
        (working,) = self.state.working(symbol)
        name, quantity = working.order.client_order_id, working.order.quantity
        self.fact(e.OrderAccepted(client_order_id=name, venue_order_id=f"venue-{name}"))
        fill = e.OrderFilled(client_order_id=name, execution_id=name, quantity=quantity, price=Decimal(price))
        self.fact(fill)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """The folder of a finished day: NVDA won in part and lost the rest, AMD is open, MSFT was too weak."""
    day = Day(tmp_path / "day")
    day.fact(
        e.EngineStarted(mode="demo", version="0.1.0", session="demo", plugins=("learners.regime_beta",)),
    )
    cash = Decimal(10_000)
    day.fact(e.AccountSeen(account=Account(at=day.at, equity=cash, cash=cash, buying_power=cash)))
    day.cluster("NVDA", 200_000, 400_000, 900_000, price=100.0)
    day.venue("NVDA", "100.01")
    day.price("NVDA", 102.5)
    day.venue("NVDA", "102.40")
    day.price("NVDA", 96.0)
    day.venue("NVDA", "95.90")
    day.cluster("AMD", 300_000, 500_000, 700_000, price=50.0)
    day.venue("AMD", "50.02")
    day.cluster("MSFT", 100_001, 100_001, 100_001, price=400.0)
    day.fact(e.InputRejected(source=SOURCE, cursor=99, where="day.jsonl:7", reason="total_premium is null"))
    day.fact(e.HaltLatched(level="entries", reason="lunch", who="me"))  # type: ignore[arg-type] # as a step would
    day.fact(e.EngineStopped(reason="session complete"))
    day.close()
    return day.folder


@pytest.fixture
def other_journal(tmp_path: Path) -> Path:
    """The folder of an engine in paper mode."""
    day = Day(tmp_path / "paper")
    day.fact(e.EngineStarted(mode="paper", version="0.1.0"))
    day.close()
    return day.folder


@pytest.fixture
def refused_keys(tmp_path: Path) -> Path:
    """The folder of an engine whose venue wants other keys."""
    day = Day(tmp_path / "refused")
    day.fact(e.EngineStarted(mode="paper", version="0.1.0", reconciles=True))
    day.fact(e.VenueUnavailable(reason="Alpaca refused the keys"))
    day.close()
    return day.folder


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    """The folder of a demo that was interrupted."""
    day = Day(tmp_path / "unfinished")
    day.fact(e.EngineStarted(mode="demo", version="0.1.0", session="demo"))
    day.close()
    return day.folder
