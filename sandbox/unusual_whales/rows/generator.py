"""Alerts by seed: so many a minute while the exchange is open, in moods that turn, so that some of them agree."""

from collections.abc import Iterator, Sequence
from random import Random

import msgspec

from tidegate.sandbox.answers import Json
from tidegate.sandbox.times import NANO, Instant, new_york
from tidegate.sandbox.unusual_whales.rows.alerts import MILLI, Alert, alert_of, contract_of, micro
from tidegate.sandbox.unusual_whales.rows.books import FUNDS, INDICES, Books, dec, iso
from tidegate.sandbox.unusual_whales.rows.options import chain_of

RULES = {
    "RepeatedHits": 8,
    "RepeatedHitsAscendingFill": 4,
    "RepeatedHitsDescendingFill": 4,
    "FloorTradeLargeCap": 1,
    "SweepsFollowedByFloor": 1,
}
RULE_IDS = {"RepeatedHits": "e6b9f0b6-fcd9-44fe-9d1c-f53521c152c3"}
TOUCH = (0.92, 0.03, 0.45)  # shares of the premium at the ask: bought, sold, and neither


def alerts(books: Books, symbols: Sequence[str], *, start: Instant, per_minute: float) -> Iterator[Alert]:
    """Alerts from `start` on without end, oldest first."""
    chance, at = books.rng("alerts", start), start
    while per_minute > 0:
        at += max(MILLI, int(chance.expovariate(per_minute / 60.0) * NANO))
        if books.hours.phase(at) != "core":
            at = books.hours.next_open(at)
            continue
        found = alert_of(_row(books, chance.choice(symbols), at, chance))
        assert found is not None
        yield msgspec.structs.replace(found, known=at // 1000 * 1000)


def _row(books: Books, symbol: str, at: Instant, chance: Random) -> Json:
    end = at // MILLI - chance.randrange(900, 6000)
    day = new_york(at).date()
    chain = chain_of(books, symbol, day, chance.randrange(60))
    contract = contract_of(chain)
    assert contract is not None
    up = books.mood(symbol, at) + chance.gauss(0.0, 0.3) > 0
    share = TOUCH[2] if chance.random() < 0.25 else TOUCH[0] if up == (contract.kind == "call") else TOUCH[1]
    premium, fill = chance.lognormvariate(12.0, 0.8), chance.uniform(0.4, 9.0)
    rule = chance.choices(list(RULES), list(RULES.values()))[0]
    multileg = chance.random() < 0.1
    row: Json = {
        "id": books.identity("alert", at, chain),
        "rule_id": RULE_IDS.get(rule) or books.identity(rule),
        "alert_rule": rule,
        "ticker": symbol,
        "option_chain": chain,
        "type": contract.kind,
        "strike": dec(contract.strike, 1).removesuffix(".0"),
        "expiry": iso(contract.expiry),
        "created_at": micro(at),
        "start_time": end - chance.randrange(1, 900),
        "end_time": end,
        "total_premium": dec(premium, 0),
        "total_ask_side_prem": dec(premium * share, 0),
        "total_bid_side_prem": dec(premium * (0.97 - share), 0),
        "underlying_price": dec(books.price(symbol, at)),
        "price": dec(fill),
        "bid": dec(fill * 0.99),
        "ask": dec(fill * 1.01),
        "has_sweep": chance.random() < 0.4,
        "has_floor": "Floor" in rule,
        "has_multileg": multileg,
        "has_singleleg": not multileg,
    }
    return row | _sizes(premium, fill, chance) | _company(books, symbol)


def _sizes(premium: float, fill: float, chance: Random) -> Json:
    size, interest = max(1, round(premium / fill / 100)), chance.randrange(0, 9000)
    volume = size + chance.randrange(0, 9000)
    swing = dec(chance.uniform(0.1, 0.9), 15)
    return {
        "total_size": size,
        "trade_count": chance.randrange(2, 40),
        "volume": volume,
        "open_interest": interest,
        "volume_oi_ratio": dec(volume / max(1, interest), 13),
        "expiry_count": 1,
        "all_opening_trades": False,
        "iv_start": swing,
        "iv_end": swing,
    }


def _company(books: Books, symbol: str) -> Json:
    kind = "ETF" if symbol in FUNDS else "Index" if symbol in INDICES else "Common Stock"
    marketcap = str(books.rng("cap", symbol).randrange(10**9, 10**12))
    about: Json = {"sector": books.sector(symbol), "marketcap": marketcap, "issue_type": kind}
    return about | {"next_earnings_date": None, "er_time": None}
