"""From a score to shares."""

from decimal import ROUND_DOWN, Decimal

from tidegate.core.domain.settings import Size
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Signal, Verdict, blocked, passed, unknown
from tidegate.core.domain.values.broker import Account

GATE = "size"


def notional(score: float, rules: Size) -> float:
    """Dollars for a score: the base times the factor of the highest tier it reaches, within min and max."""
    tiers = sorted(rules.tiers, key=lambda tier: tier.score, reverse=True)
    factor = next((tier.factor for tier in tiers if score >= tier.score), 1.0)
    return min(rules.max_usd, max(rules.min_usd, rules.base_usd * factor))


def size(score: float, price: float | None, account: Account | None, rules: Size) -> tuple[Decimal, Verdict]:
    """Shares to trade and the verdict that says why; 0 shares when it blocks.

    Never above `buying_power_pct` of buying power. Whole shares (at least one when a share fits under the cap)
    unless `fractional`, which rounds down to 1/10000 share.
    """
    if price is None:
        return Decimal(0), _named(unknown("no market price", unit="USD"))
    if account is None:
        return Decimal(0), _named(unknown("no account", unit="USD"))
    power = float(account.buying_power) * rules.buying_power_pct / 100.0
    wanted = min(notional(score, rules), power)
    cap = min(rules.max_usd, power)
    if wanted < rules.min_usd:
        return Decimal(0), _named(blocked("not enough buying power", measured=power, limit=rules.min_usd, unit="USD"))
    if rules.fractional:
        shares = (Decimal(str(wanted)) / Decimal(str(price))).quantize(Decimal("0.0001"), ROUND_DOWN)
        return shares, _named(passed(measured=float(shares) * price, limit=cap, unit="USD"))
    if price > cap:
        return Decimal(0), _named(blocked("one share costs more than the cap", measured=price, limit=cap, unit="USD"))
    shares = Decimal(max(1, int(wanted // price)))
    return shares, _named(passed(measured=float(shares) * price, limit=cap, unit="USD"))


def order_usd(signal: Signal, state: State) -> float | None:
    """What an entry on a signal would cost now at its decision price, in dollars; 0.0 when the sizing refuses it.

    None (unknown) without a fresh price or an account.
    """
    if signal.decision_price is None or state.account is None:
        return None
    shares, _ = size(signal.score, signal.decision_price, state.account, state.size)
    return float(shares) * signal.decision_price


def _named(verdict: Verdict) -> Verdict:
    return Verdict(
        gate=GATE,
        result=verdict.result,
        reason=verdict.reason,
        measured=verdict.measured,
        limit=verdict.limit,
        unit=verdict.unit,
    )
