"""Gate buying_power: an entry must still fit when those sent since the account was seen are paid."""

from typing import ClassVar

from tidegate import Account, Gate, Purpose, Signal, State, Verdict, blocked, hookimpl, order_usd, passed, unknown


class BuyingPower(Gate, frozen=True, kw_only=True):
    """Blocks an order that costs more than `size.buying_power_pct` percent of buying power, less what is spoken for.

    Spoken for: the entries placed since the account was seen, which its buying power cannot show yet; at their limit
    prices, and once final only as far as they filled. Exactly what is left passes. An order that the sizing refuses
    counts as the least that it allows. UNKNOWN without an account or a price of the symbol.
    """

    name: ClassVar[str] = "buying_power"

    def check(self, signal: Signal, state: State) -> Verdict:
        """PASS, BLOCK or UNKNOWN, measured in US dollars of this order; the limit is what is left for it."""
        order = order_usd(signal, state)
        if state.account is None or order is None:
            return unknown("no account seen yet" if state.account is None else "no fresh price", unit="USD")
        cost = round(order, 6) or state.size.min_usd
        power = float(state.account.buying_power) * state.size.buying_power_pct / 100.0
        left = round(power - spoken_for(state, state.account), 6)  # float dust must not decide at the limit
        if cost > left:
            return blocked("not enough buying power", measured=cost, limit=left, unit="USD")
        return passed(measured=cost, limit=left, unit="USD")


def spoken_for(state: State, account: Account) -> float:
    """Dollars of the entries placed since the account was seen, at their limit prices."""
    entries = [o for o in (*state.orders.values(), *state.done.values()) if o.purpose is Purpose.ENTRY]
    recent = [o for o in entries if o.order.placed_at >= account.at]
    return float(sum((o.filled if o.status.final else o.order.quantity) * o.order.limit for o in recent))


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [BuyingPower]
