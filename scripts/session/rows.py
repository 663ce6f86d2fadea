"""Alerts as rows in the shape Unusual Whales sends them: 35 fields, decimals as strings."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import NAMESPACE_OID, UUID, uuid5

from scripts.session.market import Frame, Path
from scripts.session.scenes import UNIVERSE


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
            "rule_id": str(uuid5(NAMESPACE_OID, told.rule)),
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


def _iso(millis: int, micros: int) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis, microseconds=micros)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
