"""Rows of the day's flow: market tide, net premium ticks, off-exchange prints."""

import datetime as dt
from functools import lru_cache

from tidegate.sandbox.answers import Json
from tidegate.sandbox.times import NANO, Instant, new_york
from tidegate.sandbox.unusual_whales.queries import Query
from tidegate.sandbox.unusual_whales.rows.alerts import micro, number, whole
from tidegate.sandbox.unusual_whales.rows.books import Books, dec, iso

MINUTE = 60 * NANO
PRINTS_S = 45.0  # between two prints of a symbol, on average
CODES = (None, None, None, None, None, None, "odd_lot_execution", "average_price_trade", "prior_reference_price")
TRADES = (None, None, None, None, None, "intermarket_sweep", "derivative_priced", "qualified_contingent_trade")
SORTS = ("executed_at", "trf_executed_at", "premium", "size", "volume")


def tide(books: Books, query: Query, now: Instant) -> Json:
    """Cumulative since the open, one row every five minutes, oldest first; the envelope has the date."""
    day = query.date() or new_york(now).date()
    rows = [row for at, row in _tide(books, day) if at <= now]
    return {"data": rows, "date": iso(day)}


def ticks(books: Books, query: Query, now: Instant) -> Json:
    """Changes of each minute, oldest first."""
    day = query.date() or new_york(now).date()
    return {"data": [row for at, row in _ticks(books, query.ticker, day) if at <= now]}


def prints(books: Books, query: Query, now: Instant) -> Json:
    """Off-exchange prints of a day, the newest first unless another order is asked for."""
    limit, day = query.limit(500, 500), query.date() or new_york(now).date()
    newer, older = query.time("newer_than"), query.time("older_than")
    order, direction = query.text("order_by") or "executed_at", query.text("order") or "desc"
    if order not in SORTS or direction not in ("asc", "desc"):
        raise query.bad("order_by" if order not in SORTS else "order", "executed_at")
    found = [
        row
        for at, row in _prints(books, query.ticker, day)
        if at <= now and (newer is None or at > newer) and (older is None or at < older) and _within(query, row)
    ]
    by = "executed_at" if order == "trf_executed_at" else order
    found.sort(key=lambda row: number(row[by]) or str(row[by]), reverse=direction == "desc")
    return {"data": found[:limit]}


def _within(query: Query, row: Json) -> bool:
    for name in ("premium", "size", "volume"):
        low, high, value = query.number(f"min_{name}"), query.number(f"max_{name}"), number(row[name]) or 0.0
        if (low is not None and value < low) or (high is not None and value > high):
            return False
    return True


@lru_cache(maxsize=8)
def _tide(books: Books, day: dt.date) -> list[tuple[Instant, Json]]:
    session, chance = books.session(day), books.rng("tide", day)
    calls = puts = 0.0
    volume, rows = 0, []
    for at in range(session.open, session.close + 1, 5 * MINUTE) if session else ():
        lean = books.mood("", at)
        calls += chance.gauss(6e6 * lean, 4e6)
        puts += chance.gauss(-4e6 * lean, 3e6)
        volume += int(chance.gauss(9_000 * lean, 6_000))
        row: Json = {"timestamp": new_york(at).isoformat(), "date": iso(day), "net_volume": volume}
        rows.append((at, row | {"net_call_premium": dec(calls, 4), "net_put_premium": dec(puts, 4)}))
    return rows


@lru_cache(maxsize=128)
def _ticks(books: Books, symbol: str, day: dt.date) -> list[tuple[Instant, Json]]:
    session, chance = books.session(day), books.rng("ticks", symbol, day)
    rows: list[tuple[Instant, Json]] = []
    for at in range(session.open, session.close, MINUTE) if session else ():
        lean = books.mood(symbol, at)
        row: Json = {"date": iso(day), "tape_time": micro(at)}
        for kind, sign in (("call", 1.0), ("put", -1.0)):
            volume = chance.randrange(50, 4000)
            at_ask = int(volume * min(0.9, max(0.1, 0.45 + 0.2 * sign * lean + chance.gauss(0.0, 0.1))))
            at_bid = int((volume - at_ask) * 0.9)
            row |= {f"{kind}_volume": volume, f"{kind}_volume_ask_side": at_ask, f"{kind}_volume_bid_side": at_bid}
            row[f"net_{kind}_volume"] = at_ask - at_bid
            row[f"net_{kind}_premium"] = dec(chance.gauss(60_000 * sign * lean, 90_000), 4)
        rows.append((at, row | {"net_delta": dec(chance.gauss(20_000 * lean, 30_000), 4)}))
    return rows


@lru_cache(maxsize=128)
def _prints(books: Books, symbol: str, day: dt.date) -> list[tuple[Instant, Json]]:
    session, chance = books.session(day), books.rng("prints", symbol, day)
    rows: list[tuple[Instant, Json]] = []
    if session is None:
        return rows
    at, volume = session.pre + 4 * 60 * MINUTE, 0
    while (at := at + int(chance.expovariate(1.0 / PRINTS_S) * NANO)) < session.post:
        volume += chance.randrange(500, 60_000)
        rows.append((at // NANO * NANO, _print(books, symbol, at, volume)))
    return rows


def _print(books: Books, symbol: str, at: Instant, volume: int) -> Json:
    chance = books.rng("print", symbol, at)
    mid, lean = books.price(symbol, at), books.mood(symbol, at)
    spread = max(0.01, round(mid * 0.0002, 2))
    away = chance.choices((1, 0, -1), (0.4 + 0.3 * lean, 0.25, 0.4 - 0.3 * lean))[0]
    price, size = mid + away * spread * chance.uniform(0.1, 0.9) / 2.0, int(chance.lognormvariate(6.5, 1.4)) + 1
    extended = not 9.5 <= new_york(at).hour + new_york(at).minute / 60 < 16
    return {
        "ticker": symbol,
        "executed_at": whole(at),
        "price": dec(price, 4),
        "premium": dec(float(dec(price, 4)) * size, 4),
        "size": size,
        "volume": volume,
        "nbbo_bid": dec(mid - spread / 2.0),
        "nbbo_ask": dec(mid + spread / 2.0),
        "nbbo_bid_quantity": chance.randrange(1, 900),
        "nbbo_ask_quantity": chance.randrange(1, 900),
        "canceled": chance.random() < 0.02,
        "market_center": chance.choice("LDBN"),
        "tracking_id": 0,
        "trade_settlement": "cash" if chance.random() < 0.01 else "regular",
        "ext_hour_sold_codes": "extended_hours_trade" if extended else None,
        "sale_cond_codes": chance.choice(CODES),
        "trade_code": chance.choice(TRADES),
    }
