"""What a closed position earned, and which components of its signal get the credit."""

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from tidegate.core.domain.positions import Outcome, Position

CENT = Decimal("0.01")
PRICE_STEP = Decimal("0.000001")


def outcome_of(position: Position, at: datetime) -> Outcome:
    """The outcome of a position whose last share is gone. Profit is dollars, net of fees; percent is of the cost."""
    shares = position.original_quantity
    pnl = position.side.sign * (position.proceeds - position.cost) - position.fees
    contributions = {
        name: component.contribution
        for name, component in position.entry.components.items()
        if component.value is not None and component.contribution != 0
    }
    return Outcome(
        id=position.entry.trace,
        trace=position.entry.trace,
        symbol=position.symbol,
        direction=position.entry.direction,
        side=position.side,
        quantity=shares,
        entry_price=position.average_price.quantize(PRICE_STEP),
        exit_price=(position.proceeds / shares).quantize(PRICE_STEP),
        opened_at=position.opened_at,
        closed_at=at,
        pnl=pnl,
        fees=position.fees,
        pnl_pct=float(pnl / position.cost * 100) if position.cost else 0.0,
        reasons=tuple(position.reasons),
        regime=position.entry.regime,
        contributions=contributions,
        credit=credit(pnl, contributions),
    )


def credit(pnl: Decimal, contributions: dict[str, float]) -> dict[str, Decimal]:
    """Splits dollars over components by |contribution|, in cents; the parts add up to `pnl` exactly."""
    total = sum(abs(c) for c in contributions.values())
    if total == 0:
        return {}
    parts = {
        name: (pnl * Decimal(str(abs(c) / total))).quantize(CENT, ROUND_HALF_EVEN) for name, c in contributions.items()
    }
    largest = max(parts, key=lambda name: (abs(contributions[name]), name))
    parts[largest] += pnl - sum(parts.values(), Decimal(0))
    return parts
