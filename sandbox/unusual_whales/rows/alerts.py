"""Rows of flow alerts in both spellings: REST sends decimals as text, the socket numbers, and fewer fields.

An alert is kept as its REST row. One that was recorded from the socket is completed with what its contract says.
"""

import datetime as dt
from re import compile as pattern

import msgspec

from tidegate.sandbox.answers import Json
from tidegate.sandbox.times import EPOCH, Instant, instant_of, utc

CHAIN = pattern(r"^([A-Z0-9]+)(\d{6})([PC])(\d{8})$")
DECIMALS = (
    "price", "bid", "ask", "underlying_price", "strike", "total_premium", "total_ask_side_prem",
    "total_bid_side_prem", "volume_oi_ratio", "iv_start", "iv_end", "marketcap",
)  # fmt: skip
FLOATS = ("price", "underlying_price", "total_premium", "total_ask_side_prem", "total_bid_side_prem")
REST_ONLY = frozenset(
    (
        "alert_rule",
        "type",
        "strike",
        "expiry",
        "created_at",
        "iv_start",
        "iv_end",
        "sector",
        "marketcap",
        "next_earnings_date",
        "er_time",
        "issue_type",
    )
)
SOCKET_ONLY = frozenset(
    (
        "rule_name",
        "executed_at",
        "trade_ids",
        "upstream_condition_details",
        "exchanges",
        "url",
        "ask_vol",
        "bid_vol",
        "mid_vol",
        "no_side_vol",
        "multi_vol",
        "stock_multi_vol",
    )
)
MILLI = 1_000_000
SKEW = 60 * 1_000_000_000
OLDEST, NEWEST = 946_684_800_000, 4_070_908_800_000  # the years 2000 to 2098, in milliseconds


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert, or with `sound` False a row that is none. `known` is when it is listed, `end` its last trade."""

    id: str
    symbol: str
    rule: str
    known: Instant
    end: Instant
    row: Json
    sound: bool = True


class Contract(msgspec.Struct, frozen=True):
    """What an option's symbol says."""

    kind: str
    strike: float
    expiry: dt.date


def contract_of(chain: object) -> Contract | None:
    """Type, strike in USD and expiry of "QQQ251028C00611000"; None when it is no such symbol."""
    found = CHAIN.match(chain) if isinstance(chain, str) else None
    if found is None:
        return None
    _, day, side, strike = found.groups()
    try:
        expiry = dt.date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        return None
    return Contract("call" if side == "C" else "put", int(strike) / 1000.0, expiry)


def alert_of(row: Json) -> Alert | None:
    """The alert of a row in either spelling; None when it lacks what every alert has, or contradicts itself."""
    names = [row.get(name) for name in ("id", "ticker", "option_chain")]
    contract, end = contract_of(row.get("option_chain")), row.get("end_time", row.get("executed_at"))
    premium = number(row.get("total_premium"))
    if contract is None or premium is None or premium < 0 or not all(isinstance(each, str) and each for each in names):
        return None
    if not isinstance(end, int) or isinstance(end, bool) or not OLDEST <= end <= NEWEST:
        return None
    told = moment(row.get("created_at"))
    known = end * MILLI if told is None else told
    if end * MILLI - known > SKEW:
        return None
    rest = row if "created_at" in row and "alert_rule" in row else rest_of(row, contract, known)
    return Alert(
        id=str(names[0]),
        symbol=str(names[1]),
        rule=str(rest["alert_rule"] or ""),
        known=known,
        end=end * MILLI,
        row=rest,
    )


def rest_of(row: Json, contract: Contract, known: Instant) -> Json:
    """A row of the socket as REST would send it."""
    found = {name: value for name, value in row.items() if name not in SOCKET_ONLY}
    interest, volume = row.get("open_interest"), row.get("volume")
    if isinstance(interest, int) and isinstance(volume, int):
        found["volume_oi_ratio"] = volume / max(1, interest)
    found |= {"alert_rule": row.get("rule_name", row.get("alert_rule")), "created_at": micro(known)}
    found |= {"type": contract.kind, "strike": contract.strike, "expiry": contract.expiry.isoformat()}
    absent = {"iv_start": "0", "iv_end": "0", "sector": None, "marketcap": None, "next_earnings_date": None}
    found = {**absent, "er_time": None, **found}
    return {name: text(value) if name in DECIMALS else value for name, value in found.items()}


def frame_of(row: Json) -> Json:
    """A REST row as the socket sends it: its `volume_oi_ratio` is 0 in every row that was recorded."""
    found = {name: value for name, value in row.items() if name not in REST_ONLY}
    found |= {name: number(row[name]) for name in FLOATS if row.get(name) is not None}
    volume = row["volume"] if isinstance(row.get("volume"), int) else 0
    assert isinstance(volume, int)
    at_ask = int(volume * _share(row, "total_ask_side_prem"))
    at_bid = min(volume - at_ask, int(volume * _share(row, "total_bid_side_prem")))
    sides = {"ask_vol": at_ask, "bid_vol": at_bid, "mid_vol": volume - at_ask - at_bid, "no_side_vol": 0}
    lists: Json = {"trade_ids": [], "upstream_condition_details": ["auto"], "exchanges": ["XCBO"], "url": ""}
    told: Json = {"rule_name": row.get("alert_rule"), "executed_at": row.get("end_time"), "volume_oi_ratio": 0.0}
    return {**found, **told, **lists, **sides, "multi_vol": 0, "stock_multi_vol": 0}


def number(value: object) -> float | None:
    """A number, or a text that is one."""
    try:
        return float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None


def text(value: object) -> object:
    """A number as the decimal text that REST sends; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{value:.12f}".rstrip("0").rstrip(".")


def micro(at: Instant) -> str:
    """UTC with microseconds: "2025-10-03T20:13:07.102593Z"."""
    return utc(at).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def whole(at: Instant) -> str:
    """UTC in seconds: "2025-10-03T23:55:20Z"."""
    return utc(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(value: object) -> Instant | None:
    """A time in one of the service's forms as an instant; None when it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value * MILLI if OLDEST <= value <= NEWEST else None
    try:
        at = dt.datetime.fromisoformat(value) if isinstance(value, str) else EPOCH
    except ValueError:
        return None
    return None if at == EPOCH or at.tzinfo is None else instant_of(at)


def _share(row: Json, name: str) -> float:
    part, total = number(row.get(name)), number(row.get("total_premium"))
    return min(1.0, part / total) if part and total else 0.0
