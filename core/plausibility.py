"""Numbers that no market has: a source that says them is told so, and they reach neither journal nor rules."""

from collections.abc import Callable
from math import inf
from typing import Any

from tidegate.core.domain import events as e


def strange(fact: e.Fact) -> str:
    """What is wrong with the numbers of a source's fact; "" when nothing is."""
    look = LOOKS.get(type(fact))
    return look(fact) if look is not None else ""


def _quote(fact: e.QuoteSeen) -> str:
    quote = fact.quote
    good = 0 < quote.last < inf and _price(quote.bid) and _price(quote.ask)
    return "" if good else f"no price: last {quote.last}, bid {quote.bid}, ask {quote.ask}"


def _bar(fact: e.BarSeen) -> str:
    bar = fact.bar
    prices = (bar.open, bar.high, bar.low, bar.close)
    return "" if all(map(_price, prices)) else f"no prices of a bar: {prices}"


def _reading(fact: e.ReadingSeen) -> str:
    reading = fact.reading
    good = -inf < reading.value < inf and 0 < reading.max_age_s < inf
    return "" if good else f"no reading: {reading.name} {reading.value}, good for {reading.max_age_s} s"


def _option(fact: e.OptionSeen) -> str:
    mark = fact.mark
    delta = 0.0 if mark.delta is None else mark.contract.kind.sign * mark.delta
    prices = (mark.bid, mark.ask, mark.underlying_price, mark.iv)
    return "" if 0.0 <= delta <= 1.0 and all(map(_price, prices)) else f"no mark of an option: delta {mark.delta}"


def _alert(fact: e.AlertReceived) -> str:
    alert = fact.alert
    sides = all(side is None or 0 <= side < inf for side in (alert.ask_premium, alert.bid_premium))
    good = 0 <= alert.premium < inf and sides and _price(alert.strike) and _price(alert.underlying_price)
    return "" if good else f"no numbers of an alert: premium {alert.premium}, strike {alert.strike}, or another"


def _price(price: float | None) -> bool:
    return price is None or 0 < price < inf


LOOKS: dict[type[e.Event], Callable[[Any], str]] = {
    e.QuoteSeen: _quote,
    e.BarSeen: _bar,
    e.OptionSeen: _option,
    e.ReadingSeen: _reading,
    e.AlertReceived: _alert,
}
