"""Gate risk_limits: a day, or a slide, that lost too much ends entries."""

from decimal import Decimal
from typing import ClassVar, NamedTuple

from tidegate import (
    Gate,
    NotNegative,
    Share,
    Signal,
    State,
    Verdict,
    blocked,
    hookimpl,
    passed,
    trading_day,
    unknown,
)


class Loss(NamedTuple):
    """One limit: what it is about, what was measured, and whether that is too much."""

    what: str
    measured: float
    limit: float
    unit: str
    over: bool


class RiskLimits(Gate, frozen=True, kw_only=True):
    """Blocks, and latches a halt of entries, when equity has fallen too far; exactly a limit passes.

    daily loss = 100 x (equity that the New York day began with - equity) / the same, above `daily_loss_pct` percent;
    drawdown = 100 x (highest confirmed equity - equity) / that, above `drawdown_pct` percent; equity below
    `equity_floor` US dollars. Money paid in or out is no gain and no loss. An entry is judged by the lowest of the
    last readings, a halt by the highest of two that confirm each other, once the day's beginning is sure: a single
    wrong reading halts nothing. UNKNOWN until the account was seen on this day. While a limit is exceeded, a halt
    that a person releases is latched again when the account is next seen.
    """

    name: ClassVar[str] = "risk_limits"
    daily_loss_pct: Share = 4.0
    drawdown_pct: Share = 20.0
    equity_floor: NotNegative = 0.0

    def check(self, signal: Signal, state: State) -> Verdict:  # noqa: ARG002 - about the account alone
        """PASS, BLOCK or UNKNOWN; measured is the loss that is too great, or the day's so far, in percent."""
        losses = self._losses(state, state.lowest_equity)
        if not losses:
            return unknown("no account with equity above zero seen today", limit=self.daily_loss_pct, unit="%")
        told = next((loss for loss in losses if loss.over), None)
        if told is not None:
            return blocked(told.what, measured=told.measured, limit=told.limit, unit=told.unit)
        return passed(measured=losses[0].measured, limit=losses[0].limit, unit=losses[0].unit, reason=losses[0].what)

    def halt(self, state: State) -> str | None:
        """The first limit that is exceeded, with its numbers."""
        if state.day is None or not state.day.sure:
            return None
        told = next((loss for loss in self._losses(state, state.proven_equity) if loss.over), None)
        return None if told is None else f"{told.what} {told.measured:,.2f} {told.unit}, limit {told.limit:,g}"

    def _losses(self, state: State, told: Decimal | None) -> list[Loss]:
        """The day's loss, the drawdown and the floor; none before the account was seen on this New York day."""
        if told is None or state.day is None or state.day.date != trading_day(state.now):
            return []
        highest = state.peak_equity if state.peak_equity > 0 else state.day.equity
        equity, start, peak = float(told), float(state.day.equity), float(highest)
        floor = Loss("equity", equity, self.equity_floor, "USD", equity < self.equity_floor)
        if start <= 0 or peak <= 0:
            return [floor] if floor.over else []
        today, fallen = percent(start - equity, start), percent(peak - equity, peak)
        return [
            Loss("daily loss", today, self.daily_loss_pct, "%", today > self.daily_loss_pct),
            Loss("drawdown", fallen, self.drawdown_pct, "%", fallen > self.drawdown_pct),
            floor,
        ]


def percent(part: float, whole: float) -> float:
    """A part in percent of the whole."""
    return round(100.0 * part / whole, 9)  # float dust must not decide at the limit


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [RiskLimits]
