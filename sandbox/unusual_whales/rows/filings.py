"""Rows of what was filed: members of Congress, insiders, institutions."""

import datetime as dt

from tidegate.sandbox.answers import Json
from tidegate.sandbox.hours import DAY
from tidegate.sandbox.times import Instant, new_york
from tidegate.sandbox.unusual_whales.queries import Query
from tidegate.sandbox.unusual_whales.rows.books import FUNDS, INDICES, PRICES, Books, dec, iso

MEMBERS = ("Alex Morgan", "Robin Hayes", "Dana Whitfield", "Chris Alvarez", "Jordan Pike")
HOLDERS = ("HARBOR GROUP INC", "NORTHGATE, INC.", "STATE BRIDGE CORP", "ELM STREET ADVISORS", "QUAY CAPITAL LLC")
KINDS = ("Buy", "Purchase", "Sell", "Sell (partial)", "Sale (Full)", "Sale (Partial)", "Exchange", "Receive")
AMOUNTS = ("$1,001 - $15,000", "$15,001 - $50,000", "$50,001 - $100,000", "$250,001 - $500,000")
CODES = ("P", "S", "S", "S", "A", "M", "F", "G")
QUARTER_DUE = 45  # days after its end a quarter's holdings are filed


def congress(books: Books, query: Query, now: Instant) -> Json:
    """Trades of members, market-wide or of one ticker, the newest filing first."""
    today, limit = new_york(now).date(), query.limit(100, 200)
    last, ticker = query.date() or today, query.text("ticker")
    symbols = [ticker] if ticker else list(PRICES)
    rows = [
        row for symbol in symbols for row in _votes(books, symbol, today) if str(row["transaction_date"]) <= iso(last)
    ]
    rows.sort(key=lambda row: str(row["filed_at_date"]), reverse=True)
    return {"data": rows[:limit]}


def insiders(books: Books, query: Query, now: Instant) -> Json:
    """Trades of insiders, the newest filing first; sales have negative amounts."""
    today, (names, excluded) = new_york(now).date(), query.tickers("ticker_symbol")
    limit, page = query.limit(500, 500), query.whole("page", 0) or 0
    codes = query.request.query.getall("transaction_codes[]", [])
    symbols = sorted(set(PRICES) - names if excluded or not names else names)
    rows = [row for symbol in symbols for row in _trades(books, symbol, today)]
    since, until = query.date("start_date"), query.date("end_date")
    rows = [
        row
        for row in rows
        if (not codes or row["transaction_code"] in codes)
        and (since is None or str(row["transaction_date"]) >= iso(since))
        and (until is None or str(row["transaction_date"]) <= iso(until))
    ]
    rows.sort(key=lambda row: str(row["filing_date"]), reverse=True)
    return {"data": rows[page * limit : (page + 1) * limit]}


def holders(books: Books, query: Query, now: Instant) -> Json:
    """Institutions that hold a ticker, as of the newest quarter whose holdings are filed."""
    quarter = quarter_end(new_york(now).date() - DAY * QUARTER_DUE)
    if query.ticker in INDICES:
        return {"data": []}
    return {"data": [_holder(books, query.ticker, quarter, name) for name in HOLDERS]}


def quarter_end(day: dt.date) -> dt.date:
    """The last quarter's end that is not after a date."""
    first = dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    following = dt.date(day.year + (first.month == 10), (first.month + 2) % 12 + 1, 1)
    return following - DAY if following - DAY == day else first - DAY


def _votes(books: Books, symbol: str, today: dt.date) -> list[Json]:
    rows: list[Json] = []
    for back in range(120):
        chance = books.rng("congress", symbol, filed := today - DAY * back)
        if filed.weekday() > 4 or chance.random() > 0.04:
            continue
        name = chance.choice(MEMBERS)
        rows.append(
            {
                "ticker": symbol,
                "name": name,
                "reporter": name,
                "issuer": chance.choice(("not-disclosed", "self", "spouse", "joint")),
                "politician_id": books.identity(name),
                "notes": "Subholding Of: Brokerage Account",
                "member_type": chance.choice(("house", "senate")),
                "is_active": True,
                "amounts": chance.choice(AMOUNTS),
                "txn_type": chance.choice(KINDS),
                "transaction_date": iso(filed - DAY * chance.randrange(2, 46)),
                "filed_at_date": iso(filed),
            }
        )
    return rows


def _trades(books: Books, symbol: str, today: dt.date) -> list[Json]:
    if symbol in FUNDS | INDICES:
        return []
    return [
        _trade(books, symbol, filed)
        for back in range(150)
        if (filed := today - DAY * back).weekday() < 5 and books.rng("filed", symbol, filed).random() < 0.06
    ]


def _trade(books: Books, symbol: str, filed: dt.date) -> Json:
    chance = books.rng("insider", symbol, filed)
    code, price = chance.choice(CODES), books.price(symbol, filed)
    shares, owned = chance.randrange(100, 40_000), chance.randrange(50_000, 900_000)
    amount = -shares if code in {"S", "F", "G"} else shares
    notice = code == "S" and chance.random() < 0.3
    return {
        "id": books.identity("insider", symbol, filed),
        "ids": [books.identity("insider", symbol, filed, 1)],
        "transactions": 1,
        "ticker": symbol,
        "owner_name": chance.choice(("DOE JANE", "SMITH ALAN", "LEE KAREN")),
        "officer_title": chance.choice(("CEO", "CFO", "Director")),
        "sector": books.sector(symbol),
        "marketcap": str(chance.randrange(10**9, 10**12)),
        "transaction_code": code,
        "formtype": "144" if notice else "4",
        "amount": amount,
        "price": dec(price, 4),
        "stock_price": dec(price),
        "transaction_date": iso(filed - DAY * chance.randrange(0, 3)),
        "filing_date": iso(filed),
        "next_earnings_date": None,
        "is_10b5_1": code == "S" and chance.random() < 0.5,
        "is_director": chance.random() < 0.5,
        "is_officer": chance.random() < 0.5,
        "is_ten_percent_owner": False,
        "is_s_p_500": True,
        "reporter_is_public_company": False,
        "security_title": "Common Stock",
        "security_ad_code": "D" if amount < 0 else "A",
        "shares_owned_before": None if notice else owned,
        "shares_owned_after": None if notice else owned + amount,
    }


def _holder(books: Books, symbol: str, quarter: dt.date, name: str) -> Json:
    chance, price = books.rng("holder", symbol, quarter, name), books.price(symbol, quarter)
    units = chance.randrange(200_000, 40_000_000)
    change = max(-units, int(units * chance.gauss(0.0, 0.06)))
    return {
        "name": name,
        "short_name": None,
        "value": round(units * price),
        "units": units,
        "units_changed": change,
        "historical_units": [units, units - change, *(chance.randrange(200_000, 40_000_000) for _ in range(2))],
        "report_date": iso(quarter),
        "filing_date": iso(quarter + DAY * chance.randrange(38, QUARTER_DUE)),
        "first_buy": "2013-12-31",
        "inst_share_value": str(chance.randrange(10**11, 10**13)),
        "inst_value": str(chance.randrange(10**11, 10**13)),
    }
