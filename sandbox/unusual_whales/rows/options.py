"""Rows of a symbol's options, one a day: greek exposure, IV rank, changes of open interest."""

import datetime as dt
from re import compile as pattern

from tidegate.sandbox.answers import Json
from tidegate.sandbox.hours import DAY
from tidegate.sandbox.times import NEW_YORK, Instant, instant_of
from tidegate.sandbox.unusual_whales.queries import Query
from tidegate.sandbox.unusual_whales.rows.alerts import micro
from tidegate.sandbox.unusual_whales.rows.books import Books, dec, iso

CLOSE, COUNTED, RANKED = dt.time(16), dt.time(6, 30), dt.time(20, 15)
FRAME = pattern(r"^(\d{1,3})([DWMY])$")
DAYS = {"D": 1, "W": 7, "M": 31, "Y": 366}
GREEKS = {"delta": 2e8, "gamma": 9e6, "charm": 5e8, "vanna": 2e11}
CONTRACTS = 50  # without a limit, as was recorded


def greek_exposure(books: Books, query: Query, now: Instant) -> Json:
    """One row a day, oldest first, today's from the close on; delta and gamma of puts are negative."""
    last = query.date() or books.latest(now, from_hour=CLOSE)
    return {"data": [_greeks(books, query.ticker, day) for day in books.days(last, last - _frame(query, last))]}


def iv_rank(books: Books, query: Query, now: Instant) -> Json:
    """Five rows, oldest first, on a scale of 0 to 100; today's comes after the close."""
    last = query.date() or books.latest(now, from_hour=RANKED)
    days = books.days(last, last - DAY * 14)[-5:]
    return {"data": [_rank(books, query.ticker, day) for day in days]}


def oi_change(books: Books, query: Query, now: Instant) -> Json:
    """Contracts by how much their open interest changed since the day before, counted in the morning."""
    day = query.date() or books.latest(now, from_hour=COUNTED)
    limit, page = query.whole("limit", CONTRACTS, low=1) or CONTRACTS, query.whole("page", 0) or 0
    rows = [_contract(books, query.ticker, day, number) for number in range(4 * CONTRACTS)]
    rows.sort(key=lambda row: abs(int(str(row["oi_diff_plain"]))), reverse=query.text("order") != "asc")
    ranked = [{**row, "rnk": rank} for rank, row in enumerate(rows, 1)]
    return {"data": ranked[page * limit : (page + 1) * limit]}


def _frame(query: Query, last: dt.date) -> dt.timedelta:
    given = query.text("timeframe") or "1Y"
    if given == "YTD":
        return last - dt.date(last.year, 1, 1)
    found = FRAME.match(given)
    if found is None:
        raise query.bad("timeframe", "1Y")
    return DAY * (int(found[1]) * DAYS[found[2]] - 1)


def _greeks(books: Books, symbol: str, day: dt.date) -> Json:
    chance = books.rng("greeks", symbol, day)
    row: Json = {"date": iso(day)}
    for name, size in GREEKS.items():
        row[f"call_{name}"] = dec(size * chance.lognormvariate(0.0, 0.5), 4)
        negative = name in {"delta", "gamma"} or chance.random() < 0.5
        row[f"put_{name}"] = dec(size * chance.lognormvariate(0.0, 0.5) * (-1.0 if negative else 1.0), 4)
    return row


def _rank(books: Books, symbol: str, day: dt.date) -> Json:
    chance = books.rng("rank", symbol, day)
    level = books.rng("rank", symbol).uniform(10.0, 90.0)
    updated = instant_of(dt.datetime.combine(day, RANKED, NEW_YORK)) + chance.randrange(10**9)
    return {
        "date": iso(day),
        "close": dec(books.price(symbol, day)),
        "updated_at": micro(updated),
        "iv_rank_1y": dec(min(100.0, max(0.0, level + chance.gauss(0.0, 4.0))), 12),
        "volatility": dec(0.12 + level / 200.0 + chance.uniform(0.0, 0.02), 12),
    }


def _contract(books: Books, symbol: str, day: dt.date, number: int) -> Json:
    chance = books.rng("interest", symbol, day, number)
    last = chance.randrange(0, 20_000)
    change = max(-last, int(chance.gauss(100.0, 2500.0)))
    volume = abs(change) + chance.randrange(10, 9000)
    at_ask, fill = int(volume * chance.uniform(0.1, 0.8)), chance.uniform(0.05, 20.0)
    at_bid = int((volume - at_ask) * chance.uniform(0.3, 1.0))
    return {
        "underlying_symbol": symbol,
        "option_symbol": chain_of(books, symbol, day, number),
        "curr_date": iso(day),
        "last_date": iso(books.previous(day)),
        "curr_oi": last + change,
        "last_oi": last,
        "oi_diff_plain": change,
        "oi_change": dec(change / max(1, last), 16),
        "volume": volume,
        "trades": max(1, volume // 20),
        "prev_ask_volume": at_ask,
        "prev_bid_volume": at_bid,
        "prev_mid_volume": volume - at_ask - at_bid,
        "prev_neutral_volume": 0,
        "prev_multi_leg_volume": 0,
        "prev_stock_multi_leg_volume": 0,
        "avg_price": dec(fill * 1.01, 16) + "285413",
        "last_fill": dec(fill),
        "last_bid": dec(fill * 0.97),
        "last_ask": dec(fill * 1.03),
        "prev_total_premium": dec(fill * volume * 100),
        "percentage_of_total": dec(chance.uniform(0.001, 0.2), 16) + "8067",
        "days_of_oi_increases": chance.randrange(0, 6),
        "days_of_vol_greater_than_oi": chance.randrange(0, 3),
    }


def chain_of(books: Books, symbol: str, day: dt.date, number: int) -> str:
    """An option of the symbol near its price; the number decides which."""
    expiry = day + DAY * ((4 - day.weekday()) % 7 + 7 * (number // 20 % 6))
    price = books.price(symbol, day)
    step = 1.0 if price < 200 else 2.5
    strike = max(step, round(price / step + number % 10 - 5) * step)
    root = symbol.replace(".", "").replace("/", "").replace("-", "").removeprefix("^")
    return f"{root}{expiry:%y%m%d}{'CP'[number // 10 % 2]}{round(strike * 1000):08d}"
