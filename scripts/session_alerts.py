"""Flow alerts of the synthetic day, in the shape Unusual Whales sends them: 35 fields, decimals as strings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from session_market import Frame, Path, clock
from session_scenes import BULL, CLOSE, OPEN, SCENES, UNIVERSE, Scene

NEAR = ("2025-10-17", "2025-10-17", "2025-10-17", "2025-10-22")
FAR = ("2025-10-31", "2025-11-21", "2025-12-19", "2026-01-16")
RULES = ("RepeatedHits", "RepeatedHits", "RepeatedHitsAscendingFill", "RepeatedHitsDescendingFill")
BACKGROUND = 1900
RHYTHM = ((0, 3.2), (20, 2.2), (60, 1.2), (150, 0.7), (225, 1.5), (255, 1.0), (330, 1.3), (390, 1.6))  # minute, weight
# What makes a background alert no part of a cluster, with how often it is so.
KINDS = (("mid", 34), ("small", 33), ("far", 13), ("closing", 9), ("multileg", 8), ("plain", 3))


@dataclass(frozen=True)
class Print:
    """What an alert is about, before it is written down."""

    symbol: str
    end_ms: int
    lag_ms: int
    kind: str
    expiry: str
    premium: float
    ask_share: float
    bid_share: float
    fresh: bool = True
    multileg: bool = False
    rule: str = "RepeatedHits"
    start_ms: int | None = None
    contract: str | None = None


class Writer:
    """Writes alerts as rows; its randomness is in the order of writing."""

    def __init__(self, market: dict[str, Path], rng: Random) -> None:
        self._market, self._rng = market, rng
        self.rule_ids: dict[str, str] = {}

    def frame(self, told: Print) -> Frame:
        """The alert as a frame, known `lag_ms` after its last trade."""
        known = told.end_ms + told.lag_ms
        return known, "flow-alerts", self._row(told, known)

    def _row(self, told: Print, known_ms: int) -> dict[str, object]:
        rng = self._rng
        underlying = self._market[told.symbol].at(told.end_ms / 1000)
        contract = told.contract or self._contract(told, underlying)
        price = round(rng.uniform(0.8, 6.5), 2)
        interest = rng.randrange(150, 9000)
        volume = round(interest * (rng.uniform(1.15, 4.0) if told.fresh else rng.uniform(0.05, 0.9)))
        size = max(1, round(told.premium / price / 100))
        start = told.start_ms if told.start_ms is not None else told.end_ms - rng.randrange(3, 900)
        spread = round(rng.uniform(0.01, 0.06), 2)
        sector, value = UNIVERSE[told.symbol][1:]
        volatility = f"{rng.uniform(0.14, 0.95):.15f}"
        return {
            "id": self._uuid(),
            "rule_id": self.rule_ids.setdefault(told.rule, self._uuid()),
            "alert_rule": told.rule,
            "ticker": told.symbol,
            "option_chain": contract,
            "type": told.kind,
            "strike": f"{int(contract[-8:]) / 1000:g}",
            "expiry": told.expiry,
            "created_at": _iso(known_ms, rng.randrange(1000)),
            "start_time": start,
            "end_time": told.end_ms,
            "underlying_price": f"{underlying:g}",
            "price": f"{price:g}",
            "bid": f"{max(0.01, price - spread):.2f}",
            "ask": f"{price + spread:.2f}",
            "total_premium": f"{told.premium:.0f}",
            "total_ask_side_prem": f"{told.premium * told.ask_share:.0f}",
            "total_bid_side_prem": f"{told.premium * told.bid_share:.0f}",
            "total_size": size,
            "trade_count": rng.randrange(2, 40),
            "volume": max(volume, size if told.fresh else 0),
            "open_interest": interest,
            "volume_oi_ratio": f"{volume / interest:.12f}",
            "expiry_count": 1,
            "has_sweep": rng.random() < 0.3,
            "has_floor": told.rule == "SweepsFollowedByFloor",
            "has_multileg": told.multileg,
            "has_singleleg": not told.multileg,
            "all_opening_trades": False,
            "iv_start": volatility,
            "iv_end": volatility,
            "sector": sector,
            "marketcap": None if value is None else f"{value * 1e9:.0f}",
            "next_earnings_date": None,
            "er_time": None,
        }

    def _contract(self, told: Print, underlying: float) -> str:
        step = 1.0 if underlying < 60 else 2.5 if underlying < 250 else 5.0
        away = self._rng.randrange(0, 4) * (1 if told.kind == "call" else -1)
        strike = (round(underlying / step) + away) * step
        day = datetime.fromisoformat(told.expiry)
        return f"{told.symbol}{day:%y%m%d}{told.kind[0].upper()}{round(strike * 1000):08d}"

    def _uuid(self) -> str:
        return str(UUID(int=self._rng.getrandbits(128), version=4))


def of_scene(scene: Scene, writer: Writer, rng: Random) -> Iterator[Frame]:
    """The aligned alerts of a scene, the last one known at its time; sometimes a put sold instead of a call bought."""
    first: Print | None = None
    for place, thousands in enumerate(scene.premiums):
        lag = rng.randrange(900, 3500)
        end = (clock(scene.at) - scene.gap_s * (len(scene.premiums) - 1 - place)) * 1000 - lag
        bought = rng.random() < 0.8
        told = Print(
            symbol=scene.symbol,
            end_ms=end,
            lag_ms=lag,
            kind="call" if bought == (scene.way == BULL) else "put",
            expiry=rng.choice(NEAR),
            premium=thousands * 1000 + rng.randrange(-900, 900),
            ask_share=0.95 if bought else 0.03,
            bid_share=0.03 if bought else 0.95,
            rule=rng.choice(RULES),
        )
        frame = writer.frame(told)
        yield frame
        if scene.repeats and first is None:
            first = told
            yield writer.frame(_again(told, frame))


def background(writer: Writer, rng: Random) -> Iterator[Frame]:
    """Everything else that flows on a day: most of it says nothing, some of it repeats itself."""
    names = [name for name, _ in KINDS]
    weights = [weight for _, weight in KINDS]
    symbols = list(UNIVERSE)
    liquid = [9.0 if s in ("SPY", "QQQ", "NVDA", "TSLA") else 1.0 for s in symbols]
    for second in sorted(_moments(rng)):
        kind = rng.choices(names, weights)[0]
        told = _idle(rng.choices(symbols, liquid)[0], second, kind, rng)
        frame = writer.frame(told)
        yield frame
        if rng.random() < 0.03:
            yield frame[0] + rng.randrange(800, 9000), frame[1], frame[2]


def broken(writer: Writer, rng: Random) -> Iterator[Frame]:
    """Rows that cannot be used, as they happen: torn, without a premium, without a ticker, from the future."""
    for at, spoil in (
        ("09:47:11", {"total_premium": None}),
        ("10:22:40", {"ticker": None}),
        ("12:11:05", {"end_time": 4_083_955_200_000}),
        ("14:03:30", {"option_chain": "SPY"}),
        ("15:20:02", {"total_premium": "-150000"}),
    ):
        millis, channel, row = writer.frame(_idle("SPY", clock(at), "small", rng))
        yield millis, channel, {**_fields(row), **spoil}
    millis, _, row = writer.frame(_idle("QQQ", clock("11:20:15"), "small", rng))
    yield millis, "torn", row


def all_alerts(market: dict[str, Path], rng: Random) -> Iterator[Frame]:
    """Every alert of the day, in no order."""
    writer = Writer(market, rng)
    for scene in SCENES:
        yield from of_scene(scene, writer, rng)
    yield from background(writer, rng)
    yield from broken(writer, rng)


def _again(told: Print, frame: Frame) -> Print:
    """A sweep that re-tells the same trades: the same contract and start, another id and rule."""
    row = _fields(frame[2])
    return Print(
        symbol=told.symbol,
        end_ms=told.end_ms,
        lag_ms=told.lag_ms + 4000,
        kind=told.kind,
        expiry=told.expiry,
        premium=told.premium * 1.1,
        ask_share=told.ask_share,
        bid_share=told.bid_share,
        rule="SweepsFollowedByFloor",
        start_ms=int(str(row["start_time"])),
        contract=str(row["option_chain"]),
    )


def _idle(symbol: str, second: float, kind: str, rng: Random) -> Print:
    bought = rng.random() < 0.5
    share = rng.uniform(0.1, 0.24)
    return Print(
        symbol=symbol,
        end_ms=round(second * 1000),
        lag_ms=rng.randrange(900, 6000),
        kind=rng.choice(("call", "put")),
        expiry=rng.choice(FAR if kind == "far" else NEAR),
        premium=rng.uniform(24_000, 96_000) if kind == "small" else rng.lognormvariate(11.9, 0.35) + 1000,
        ask_share=share if kind == "mid" else 0.9 if bought else 0.05,
        bid_share=share * 0.9 if kind == "mid" else 0.05 if bought else 0.9,
        fresh=kind != "closing",
        multileg=kind == "multileg",
        rule=rng.choice(RULES),
    )


def _moments(rng: Random) -> Iterator[float]:
    """Seconds of the background alerts: busy at the open, quiet at noon, busier again at the close."""
    start, minutes = clock(OPEN), (clock(CLOSE) - clock(OPEN)) // 60 - 1
    for _ in range(BACKGROUND):
        while True:
            minute = rng.uniform(0, minutes)
            weight = next(w for m, w in reversed(RHYTHM) if minute >= m)
            if rng.uniform(0, 3.2) < weight:
                yield start + minute * 60
                break


def _fields(row: object) -> dict[str, object]:
    if not isinstance(row, dict):
        raise TypeError("an alert is a row of fields")
    return row


def _iso(millis: int, micros: int) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis, microseconds=micros)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
