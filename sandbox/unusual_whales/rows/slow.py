"""Rows that change with the calendar: short interest, failures to deliver, earnings, money into funds."""

import datetime as dt

from tidegate.sandbox.answers import Json
from tidegate.sandbox.hours import DAY
from tidegate.sandbox.times import Instant, new_york
from tidegate.sandbox.unusual_whales.queries import Query
from tidegate.sandbox.unusual_whales.rows.books import FUNDS, INDICES, Books, dec, iso
from tidegate.sandbox.unusual_whales.rows.filings import quarter_end

PUBLISHED = DAY * 12  # after its date short interest is published
FAILED_FROM, FAILED_TO = DAY * 45, DAY * 18  # failures to deliver lag by weeks
MOVES = ("1d", "3d", "1w", "2w")
SPANS = ("1d", "1w")
FUND_YEARS = DAY * 365
QUARTERS = 8


def short_interest(books: Books, query: Query, now: Instant) -> Json:
    """One object: as of the middle or the end of a month."""
    symbol, last = query.ticker, new_york(now).date() - PUBLISHED
    first = last.replace(day=1)
    day = first - DAY if last.day < 15 else first + DAY * 14
    chance, total = books.rng("shorts", symbol, day), books.rng("float", symbol).randrange(10**7, 10**10)
    fraction = min(0.6, chance.lognormvariate(-3.3, 0.8))
    row: Json = {
        "symbol": symbol,
        "market_date": iso(day),
        "short_interest": int(total * fraction),
        "total_float": total,
        "si_float": dec(fraction, 4),
        "si_float_with_synth_long_pct_of_total_shares": dec(fraction / (1.0 + fraction), 4),
        "days_to_cover": dec(chance.uniform(0.5, 9.0)),
        "fee_rate": dec(chance.uniform(0.25, 2.0), 4),
        "rebate_rate": dec(chance.uniform(1.0, 4.0), 4),
        "short_shares_available": chance.randrange(10**5, 10**7),
    }
    return {"data": row}


def failures(books: Books, query: Query, now: Instant) -> Json:
    """Failures to deliver of some weeks, newest first."""
    symbol, today = query.ticker, new_york(now).date()
    rows: list[Json] = []
    for day in books.days(today - FAILED_TO, today - FAILED_FROM):
        quantity = int(books.rng("failed", symbol, day).lognormvariate(9.0, 1.5))
        rows.append({"date": iso(day), "price": dec(books.price(symbol, day)), "quantity": str(quantity)})
    return {"data": rows[::-1]}


def earnings(books: Books, query: Query, now: Instant) -> Json:
    """Reports of two years and the next one, in no order; those to come have no numbers."""
    symbol, today = query.ticker, new_york(now).date()
    if symbol in FUNDS | INDICES:
        return {"data": []}
    quarters = [quarter_end(today)]
    while len(quarters) < QUARTERS:
        quarters.append(quarter_end(quarters[-1] - DAY * 80))
    rows = [_report(books, symbol, quarter, today) for quarter in quarters]
    last = max(str(row["report_date"]) for row in rows)
    if last < iso(today):
        rows.append(_report(books, symbol, quarter_end(today + DAY * 91), today))
    books.rng("order", symbol).shuffle(rows)
    return {"data": rows}


def fund_flow(books: Books, query: Query, now: Instant) -> Json:
    """Shares created and redeemed, newest first; a day that is not over has nulls. Only funds have rows."""
    symbol, today = query.ticker, new_york(now).date()
    since, until = query.date("start_date") or today - FUND_YEARS, query.date("end_date") or today
    if symbol not in FUNDS:
        return {"data": [], "years": []}
    days = books.days(min(until, today), since)[::-1]
    years = sorted({day.year for day in days}, reverse=True)
    return {"data": [_flow(books, symbol, day, known=day < today) for day in days], "years": years}


def _report(books: Books, symbol: str, quarter: dt.date, today: dt.date) -> Json:
    chance = books.rng("report", symbol, quarter)
    day = quarter + DAY * (18 + books.rng("reports", symbol).randrange(0, 22))
    while day.weekday() > 4:
        day += DAY
    past, eps = day < today, chance.uniform(-0.5, 6.0)
    row: Json = {
        "report_date": iso(day),
        "ending_fiscal_quarter": iso(quarter),
        "report_time": books.rng("hour", symbol).choice(("premarket", "postmarket", "unknown")),
        "source": "company" if past or (day - today).days < 20 else "estimation",
        "actual_eps": dec(eps, 4) if past else None,
        "street_mean_est": dec(eps * chance.uniform(0.8, 1.2), 4),
        "expected_move": dec(chance.uniform(1.0, 20.0)),
        "expected_move_perc": dec(chance.uniform(0.01, 0.12), 4),
    }
    for span in MOVES:
        row[f"pre_earnings_move_{span}"] = dec(chance.gauss(0.0, 0.03), 4) if past else None
        row[f"post_earnings_move_{span}"] = dec(chance.gauss(0.0, 0.06), 4) if past else None
    for span in SPANS:
        row[f"long_straddle_{span}"] = dec(chance.gauss(0.0, 0.4), 4) if past else None
        row[f"short_straddle_{span}"] = dec(chance.gauss(0.0, 0.4), 4) if past else None
    return row


def _flow(books: Books, symbol: str, day: dt.date, *, known: bool) -> Json:
    chance, close = books.rng("flow", symbol, day), books.price(symbol, day)
    change = round(chance.gauss(0.0, 4e5), -3)
    return {
        "date": iso(day),
        "close": dec(close) if known else None,
        "change": int(change) if known else None,
        "change_prem": dec(change * close, 4) if known else None,
        "volume": chance.randrange(10**6, 10**8) if known else None,
        "is_fomc": chance.random() < 0.03,
        "expiration_cycle": "weekly" if day.weekday() == 4 else "none",
    }
