"""The market data source against the sandbox, which speaks as Alpaca does, and goes wrong as a plan says."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.plugins.sources.alpaca_market.data_server import Ear
from tidegate import OPTION, BrokerPosition, PositionSide, State
from tidegate.core.domain.state import RegimeState
from tidegate.plugins.sources.alpaca_market.plugin import AlpacaMarket
from tidegate.sandbox.alpaca.plan import Failure, RateLimit
from tidegate.sandbox.alpaca.sandbox import Sandbox
from tidegate.sandbox.alpaca.settings import KEY_ID, SECRET_KEY, TRADING_HOURS, Settings
from tidegate.sandbox.alpaca.venue.options import OptionHeld
from tidegate.sandbox.plan import Disconnect, Missing, RemoveFields
from tidegate.testing import a_position

Story = Callable[[Sandbox, Ear], Coroutine[None, None, None]]


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APCA_API_KEY_ID", KEY_ID)
    monkeypatch.setenv("APCA_API_SECRET_KEY", SECRET_KEY)


def rehearsed(story: Story, *faults: object, state: State | None = None, **settings: object) -> Ear:
    """The source watches KO and SPY in a sandbox, in trading hours, while a story is played."""

    async def play() -> Ear:
        made = Settings(requests_per_minute=None, http_time="market", hold_s=1.0)
        async with Sandbox(made) as box:
            box.faults.add(*faults)  # type: ignore[arg-type] # whatever a plan may hold
            ear = Ear(state or State(positions={"KO": a_position(symbol="KO")}), now=box.clock.now)
            quick = {"poll_s": 0.02, "bars_s": 0.1, "sample_s": 0.01, "requests_per_minute": 60_000.0, "busy_s": 0.1}
            urls = {"data_url": box.data_url, "data_stream_url": box.data_stream_url}
            source = AlpacaMarket(**{**urls, **quick, **settings})  # type: ignore[arg-type] # any setting
            stream = asyncio.create_task(source.stream(ear))
            told = asyncio.create_task(story(box, ear))
            done, _ = await asyncio.wait({stream, told}, return_when=asyncio.FIRST_COMPLETED)
            for task in (stream, told):
                task.cancel()
            await asyncio.gather(stream, told, return_exceptions=True)
            for task in done:
                task.result()
            return ear

    return asyncio.run(play())


async def priced(box: Sandbox, ear: Ear, price: str) -> None:
    """The price becomes known, however often it must be said."""

    def known() -> bool:
        if ear.quotes("KO") and ear.quotes("KO")[-1][0] == float(price):
            return True
        box.market.set_price("KO", price)
        return False

    await ear.until(known)


async def three_prices(box: Sandbox, ear: Ear) -> None:
    for price in ("67.10", "67.25", "66.90"):
        await priced(box, ear, price)


def test_prices_bars_and_closes_come_by_polling() -> None:
    async def story(box: Sandbox, ear: Ear) -> None:
        await three_prices(box, ear)
        box.clock.move(by=61.0)
        await ear.until(lambda: ear.bars("KO"))
        await ear.until(lambda: len(ear.closes()) >= 60)

    ear = rehearsed(story)
    last, bid, ask = ear.quotes("KO")[-1]
    assert (last, bid, ask) == (66.9, 66.89, 66.91)
    assert ear.bars("KO") == [TRADING_HOURS]
    days = [at.date() for at, _ in ear.closes()]
    assert days == sorted(set(days))
    assert days[-1] == TRADING_HOURS.date() - timedelta(days=1)
    assert ear.rejected() == []


def test_prices_come_by_the_stream() -> None:
    async def story(box: Sandbox, ear: Ear) -> None:
        await ear.until(lambda: box.data_stream.listener is not None)
        await three_prices(box, ear)
        box.clock.move(by=61.0)
        await ear.until(lambda: ear.bars("KO"))

    ear = rehearsed(story, streams=True, poll_s=3600.0, bars_s=3600.0)
    assert [*dict.fromkeys(last for last, _, _ in ear.quotes("KO"))][-3:] == [67.1, 67.25, 66.9]
    assert ear.bars("KO") == [TRADING_HOURS]


@pytest.mark.parametrize(
    "fault",
    [
        RateLimit(path="/v2/stocks/*", count=2, reset_s=0.0),
        Failure(path="/v2/stocks/*", count=2),
        RemoveFields(path="/v2/stocks/snapshots", fields=["p"], count=2),
    ],
    ids=["429", "503", "a field is gone"],
)
def test_polling_survives_a_fault(fault: object) -> None:
    ear = rehearsed(three_prices, fault)
    assert ear.quotes("KO")[-1][0] == 66.9


@pytest.mark.parametrize(
    "fault", [Disconnect(stream="data", count=1), Missing(stream="data", count=40)], ids=["cut", "mute"]
)
def test_the_stream_survives_a_fault(fault: object) -> None:
    async def story(box: Sandbox, ear: Ear) -> None:
        await ear.until(lambda: box.data_stream.listener is not None)
        await three_prices(box, ear)

    assert rehearsed(story, fault, streams=True, mute_s=0.2).quotes("KO")[-1][0] == 66.9


def test_known_closes_stay_as_they_are() -> None:
    async def story(box: Sandbox, ear: Ear) -> None:
        ear.state().regime = RegimeState(closes=[1.0], close_at=TRADING_HOURS)
        await priced(box, ear, str(Decimal("67.1")))

    assert rehearsed(story).closes() == []


# ---- options of the account


def test_what_the_accounts_options_move_like_is_told_and_their_underlyings_are_watched() -> None:
    held = BrokerPosition(
        symbol="SPY261218P00600000",
        side=PositionSide.LONG,
        quantity=Decimal(3),
        average_price=Decimal(5),
        asset_class=OPTION,
    )

    async def story(box: Sandbox, ear: Ear) -> None:
        box.book.account.hold(
            OptionHeld(
                symbol=held.symbol,
                quantity=held.quantity,
                price=Decimal(5),
                bid=Decimal("4.9"),
                ask=Decimal("5.1"),
                at=box.clock.instant(),
                delta=-0.2,
            )
        )
        await ear.until(lambda: ear.options(held.symbol))

    ear = rehearsed(story, state=State(untraded={held.symbol: held}), options_s=0.02)
    assert ear.options(held.symbol)[0].contract.underlying == "SPY"
    assert ear.quotes("SPY")
