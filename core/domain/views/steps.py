"""How each kind of event reads as one step of a timeline: a word, a line, and the numbers behind it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Order, Purpose
from tidegate.core.domain.values import Alert, Component, Result, Uncounted, Value, Verdict

UNCOUNTED = {
    Uncounted.EXPIRED: "expired: its contract ended before it traded",
    Uncounted.ADJUSTED: "adjusted: its contract does not deliver 100 shares",
    Uncounted.INDEX: "index: it has no shares to trade",
    Uncounted.IMPLAUSIBLE: "implausible: its underlying price is not the market's of its own minute",
    Uncounted.REPEAT: "repeat: an earlier alert told of the same contract and time",
    Uncounted.MULTILEG: "multileg: one leg of a spread says nothing of a direction",
    Uncounted.NEUTRAL: "neutral: who was the aggressor is unknown",
    Uncounted.PREMIUM: "premium: too small",
    Uncounted.DAYS_TO_EXPIRY: "days to expiry: too many",
    Uncounted.VOLUME: "volume: not above the open interest",
    Uncounted.NO_TIME_VALUE: "no time value: a dividend play or a replacement of stock",
}


class Detail(Value, frozen=True, kw_only=True):
    """One number of a step: a component, a verdict, a credit. `fraction` (0..1) is what a bar would show of it.

    `mark` is "pass", "block" or "unknown" for a verdict, else empty.
    """

    name: str
    text: str
    fraction: float | None = None
    mark: str = ""


Told = tuple[str, str, tuple[Detail, ...]]  # word, text, details


def _alert(event: e.AlertReceived, _: dict[str, Order]) -> Told:
    alert = event.alert
    parts = [alert.rule or "", f"{alert.option_type} {alert.strike:g}", f"{alert.premium:,.0f} USD", _sides(alert)]
    return "alert", "  ".join(part for part in parts if part), ()


def _sides(alert: Alert) -> str:
    if alert.ask_premium is None or alert.bid_premium is None or alert.premium <= 0:
        return "sides unknown"
    side, premium = max(("ask", alert.ask_premium), ("bid", alert.bid_premium), key=lambda each: each[1])
    return f"{100 * premium / alert.premium:.0f} % at {side}"


def _scored(event: e.SignalScored, _: dict[str, Order]) -> Told:
    signal = event.signal
    known = [c for c in signal.components.values() if c.value is not None]
    weight = sum(c.weight for c in known)
    mean = sum(c.contribution for c in known) / weight if weight else 0.0
    text = (
        f"{signal.score:.2f}  {mean:.2f} x fresh {signal.freshness:.2f}"
        f" x {signal.regime} {signal.regime_modifier:.2f}  coverage {signal.coverage:.2f}"
    )
    details = (_component(name, component) for name, component in signal.components.items())
    return "scored" if signal.attempt == 1 else f"again {signal.attempt}", text, tuple(details)


def _component(name: str, component: Component) -> Detail:
    if component.value is None:
        return Detail(name=name, text="unknown")
    factors = f"{component.value:+.2f} x {component.weight:g} x {component.multiplier:.2f}"
    text = f"{factors} = {component.contribution:+.2f}"
    return Detail(name=name, text=text, fraction=min(1.0, abs(component.value)))


def _judged(event: e.SignalJudged, _: dict[str, Order]) -> Told:
    judgement = event.judgement
    delta = "unknown" if judgement.net_delta_pct is None else f"{judgement.net_delta_pct:.1f} %"
    shares = f"{judgement.quantity.normalize():f} {_shares(judgement.quantity)}  " if judgement.quantity else ""
    return "judged", f"{judgement.decision}  {shares}net delta {delta}", tuple(map(_verdict, judgement.verdicts))


def _shares(quantity: Decimal) -> str:
    return "share" if quantity == 1 else "shares"


def _verdict(verdict: Verdict) -> Detail:
    measured, limit = verdict.measured, verdict.limit
    numbers = [f"{measured:,.4g}" if measured is not None else "", f"{limit:,.4g}" if limit is not None else ""]
    text = " / ".join(n for n in numbers if n)
    text = f"{text} {verdict.unit}".strip() if text else verdict.reason
    if verdict.result is Result.UNKNOWN:
        policy = "passed by policy" if verdict.passes_by_policy else "blocked by policy"
        text = f"{verdict.reason or text}, {policy}"
    elif verdict.passes_by_policy:
        text = f"{text}, observed only"
    fraction = None
    if measured is not None and limit:
        fraction = max(0.0, min(1.0, measured / limit))
    return Detail(name=verdict.gate, text=text, fraction=fraction, mark=verdict.result.value.lower())


def _placed(event: e.OrderPlaced, _: dict[str, Order]) -> Told:
    order = event.order
    price = f"limit {order.limit:f}" if order.purpose is not Purpose.STOP else f"stop {order.stop:f}"
    text = f"{order.side} {order.quantity.normalize():f} {price}  {order.client_order_id}"
    return "placed", text, ()


def _filled(event: e.OrderFilled, orders: dict[str, Order]) -> Told:
    text = f"{event.quantity.normalize():f} @ {event.price:.2f}"
    order = orders.get(event.client_order_id)
    if order is not None:
        slippage = order.side.sign * (event.price - order.decision_price) + 0  # no negative zero
        text += f"  slippage {slippage:+.2f} vs decision"
    return "filled", text, ()


def _closed(event: e.PositionClosed, _: dict[str, Order]) -> Told:
    outcome = event.outcome
    text = (
        f"{outcome.quantity.normalize():f} @ {outcome.exit_price:.2f}  {outcome.pnl:+.2f} USD  {outcome.pnl_pct:+.2f} %"
    )
    credit = (Detail(name=name, text=f"credit {amount:+.2f} USD") for name, amount in outcome.credit.items())
    return "closed", text, tuple(credit)


def _belief(event: e.BeliefUpdated, _: dict[str, Order]) -> Told:
    before, after = event.before, event.after
    return "belief", f"{event.cell}  {before.mean:.3f} -> {after.mean:.3f}  evidence {after.evidence:.1f}", ()


def _opened(event: e.PositionOpened, _: dict[str, Order]) -> Told:
    targets = " ".join(f"+{target.pct:g}" for target in event.targets)
    text = f"{event.symbol}  ignition {event.entry.ignition_status}"
    return "opened", f"{text}  targets {targets} %" if targets else text, ()


def _adopted(event: e.PositionAdopted, _: dict[str, Order]) -> Told:
    return "adopted", f"{event.side} {event.quantity.normalize():f} {event.symbol} @ {event.average_price:.2f}", ()


def _corrected(event: e.PositionCorrected, _: dict[str, Order]) -> Told:
    text = f"{event.before.normalize():f} -> {event.after.normalize():f} shares, average {event.average_price:.2f}"
    return "corrected", text if event.split is None else f"{text}, a split: {event.split:.4g} per old share", ()


def _says(word: str, text: Callable[[Any], str]) -> Callable[[Any, dict[str, Order]], Told]:
    return lambda event, _: (word, text(event), ())


DESCRIBE: dict[type[e.Event], Callable[[Any, dict[str, Order]], Told]] = {
    e.AlertReceived: _alert,
    e.AlertUncounted: _says("uncounted", lambda x: UNCOUNTED[x.reason]),
    e.PriceAwaited: _says("waits", lambda x: f"no price of {x.symbol} counts; until {x.until:%H:%M:%S} UTC"),
    e.SignalScored: _scored,
    e.SignalJudged: _judged,
    e.SignalQueued: _says("queued", lambda x: f"{x.reason}  try {x.attempts}"),
    e.QueueTaken: _says("taken", lambda _: "from the queue, judged anew"),
    e.QueueDrained: _says("drained", lambda _: "the order reached the venue"),
    e.QueueDropped: _says("dropped", lambda x: x.reason),
    e.QueueExpired: _says("expired", lambda _: "waited too long in the queue"),
    e.OrderPlaced: _placed,
    e.OrderRetried: _says("retried", lambda x: f"same id, attempt {x.attempt}"),
    e.EntryAbandoned: _says("abandoned", lambda x: x.reason),
    e.DifferenceSettled: _says("settled", lambda x: f"the books differed; {x.answer}, by {x.who}"),
    e.PositionAdopted: _adopted,
    e.PositionCorrected: _corrected,
    e.OrderAccepted: _says("accepted", lambda x: f"venue order {x.venue_order_id}"),
    e.OrderFilled: _filled,
    e.OrderCanceled: _says("canceled", lambda _: "confirmed by the venue"),
    e.OrderExpired: _says("expired", lambda _: "time in force ran out"),
    e.OrderRejected: _says("rejected", lambda x: f"{x.code}  {x.reason}"),
    e.OrderUnknown: _says("unknown", lambda x: f"{x.reason}; asking the venue"),
    e.OrderAbsent: _says("absent", lambda _: "the venue does not know the order"),
    e.RateLimited: _says("limited", lambda x: f"{x.reason} until {x.until:%H:%M:%S} UTC"),
    e.OrderMoveRefused: _says("ignored", lambda x: f"the venue said {x.said}, which cannot follow {x.status}"),
    e.PositionOpened: _opened,
    e.ExitDecided: _says("exit", lambda x: f"{x.decision.rule}  {x.decision.reason}"),
    e.PositionClosed: _closed,
    e.BeliefUpdated: _belief,
}
