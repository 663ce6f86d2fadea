"""The filters of flow-alerts. A parameter that the sandbox does not know changes nothing, as at the service."""

from collections.abc import Callable
from functools import partial

from tidegate.sandbox.times import new_york
from tidegate.sandbox.unusual_whales.queries import Query
from tidegate.sandbox.unusual_whales.rows.alerts import Alert, contract_of, number

Measure = Callable[[Alert], float | None]
Wanted = Callable[[Alert], bool]


def _field(name: str, alert: Alert) -> float | None:
    return number(alert.row.get(name))


def _days(alert: Alert) -> float | None:
    contract = contract_of(alert.row.get("option_chain"))
    return None if contract is None else (contract.expiry - new_york(alert.end).date()).days


def _ratio(above: str, below: str, alert: Alert) -> float | None:
    """One number over another, an open interest of 0 being 1."""
    top, bottom = _field(above, alert), _field(below, alert)
    return None if top is None or bottom is None else top / max(1.0, bottom)


def _distance(alert: Alert) -> float | None:
    """How far out of the money: (strike - price) / price for a call, its negative for a put."""
    contract, price = contract_of(alert.row.get("option_chain")), _field("underlying_price", alert)
    if contract is None or not price:
        return None
    away = (contract.strike - price) / price
    return away if contract.kind == "call" else -away


def _leaning(call_side: str, put_side: str, alert: Alert) -> float | None:
    contract = contract_of(alert.row.get("option_chain"))
    side = call_side if contract is None or contract.kind == "call" else put_side
    return _ratio(side, "total_premium", alert)


ASK, BID = "total_ask_side_prem", "total_bid_side_prem"
MEASURES: dict[str, Measure] = {
    "premium": partial(_field, "total_premium"),
    "size": partial(_field, "total_size"),
    "volume": partial(_field, "volume"),
    "open_interest": partial(_field, "open_interest"),
    "price": partial(_field, "underlying_price"),
    "marketcap": partial(_field, "marketcap"),
    "volume_oi_ratio": partial(_ratio, "volume", "open_interest"),
    "size_vol_ratio": partial(_ratio, "total_size", "volume"),
    "ask_perc": partial(_ratio, ASK, "total_premium"),
    "bid_perc": partial(_ratio, BID, "total_premium"),
    "bull_perc": partial(_leaning, ASK, BID),
    "bear_perc": partial(_leaning, BID, ASK),
    "dte": _days,
    "diff": _distance,
}
KINDS: dict[str, Wanted] = {
    "is_call": lambda alert: alert.row.get("type") == "call",
    "is_put": lambda alert: alert.row.get("type") == "put",
    "is_floor": lambda alert: alert.row.get("has_floor") is True,
    "is_sweep": lambda alert: alert.row.get("has_sweep") is True,
}  # false leaves the kind out; true, the default, keeps it beside others
FACTS: dict[str, Wanted] = {
    "is_multi_leg": lambda alert: alert.row.get("has_multileg") is True,
    "is_otm": lambda alert: (_distance(alert) or 0.0) > 0.0,
    "size_greater_oi": lambda alert: (_ratio("total_size", "open_interest", alert) or 0.0) > 1.0,
    "vol_greater_oi": lambda alert: (_ratio("volume", "open_interest", alert) or 0.0) > 1.0,
}
LISTS = {"rule_name[]": "alert_rule", "issue_types[]": "issue_type"}


def wanted(query: Query) -> Wanted:
    """What the query asks for. A row that is no alert passes wherever nothing of it speaks against that."""
    tests = [*_tickers(query), *_bounds(query), *_lists(query)]
    for name, kind in KINDS.items():
        if query.flag(name) is False:
            tests.append(partial(_is, kind, False))  # noqa: FBT003 - what it shall be
    for name, fact in FACTS.items():
        if (asked := query.flag(name)) is not None:
            tests.append(partial(_is, fact, asked))
    return lambda alert: all(test(alert) for test in tests)


def _tickers(query: Query) -> list[Wanted]:
    names, excluded = query.tickers("ticker_symbol")
    return [lambda alert: (alert.symbol in names) != excluded] if names else []


def _bounds(query: Query) -> list[Wanted]:
    found: list[Wanted] = []
    for name, measure in MEASURES.items():
        low, high = query.number(f"min_{name}"), query.number(f"max_{name}")
        if low is not None or high is not None:
            found.append(partial(_within, measure, low, high))
    return found


def _lists(query: Query) -> list[Wanted]:
    found: list[Wanted] = []
    for name, field in LISTS.items():
        if values := query.request.query.getall(name, []):
            found.append(partial(_among, field, values))
    return found


def _among(field: str, values: list[str], alert: Alert) -> bool:
    return alert.row.get(field) in values


def _within(measure: Measure, low: float | None, high: float | None, alert: Alert) -> bool:
    value = measure(alert)
    return value is None or ((low is None or value >= low) and (high is None or value <= high))


def _is(test: Wanted, wanted: bool, alert: Alert) -> bool:  # noqa: FBT001 - what it shall be
    return test(alert) == wanted
