"""Gate ignition: the price must already move the signal's way."""

from datetime import timedelta
from typing import ClassVar

from tidegate import (
    Bar,
    Direction,
    Gate,
    OnError,
    Positive,
    Seconds,
    Signal,
    State,
    Verdict,
    blocked,
    hookimpl,
    observed,
    passed,
    unknown,
)

MINUTE = timedelta(minutes=1)


class IgnitionGate(Gate, frozen=True, kw_only=True):
    """Blocks unless the last two completed 1-minute bars moved `threshold_pct` percent or more the signal's way.

    change = (close of the last bar / open of the bar before it - 1) x 100, in percent. Bullish passes at
    >= +threshold, bearish at <= -threshold. UNKNOWN with fewer than two bars, or when one of them ended more than
    `max_age_s` seconds ago. Without `enforce` a BLOCK is only observed: the entry goes on, and the position keeps the
    status "blocked". Source: the momentum ignition rule.
    """

    name: ClassVar[str] = "ignition"
    on_error: OnError = OnError.CLOSED
    threshold_pct: Positive = 0.20
    max_age_s: Seconds = 180.0
    enforce: bool = True

    def check(self, signal: Signal, state: State) -> Verdict:
        """PASS, BLOCK or UNKNOWN, measured in percent with its sign; so is the limit."""
        sign = -1.0 if signal.direction is Direction.BEARISH else 1.0
        limit = sign * self.threshold_pct
        bars = completed(signal.symbol, state)[-2:]
        if len(bars) < 2:
            return unknown(f"{len(bars)} of 2 completed bars", limit=limit, unit="%")
        age = max((state.now - bar.end).total_seconds() for bar in bars)
        if age > self.max_age_s:
            return unknown(f"a bar ended {age:.0f} s ago", limit=limit, unit="%")
        before, last = bars
        change = round((last.close / before.open - 1.0) * 100.0, 9)  # float dust must not decide at the limit
        if change * sign < self.threshold_pct:
            verdict = blocked("no momentum", measured=change, limit=limit, unit="%")
            return verdict if self.enforce else observed(verdict)
        return passed(measured=change, limit=limit, unit="%")


def completed(symbol: str, state: State) -> list[Bar]:
    """The symbol's 1-minute bars that have ended by now, oldest first; a bar without a price is none."""
    known = state.symbols.get(symbol)
    bars = known.bars if known is not None else []
    return [bar for bar in bars if bar.end - bar.start == MINUTE and bar.end <= state.now and bar.open > 0]


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [IgnitionGate]
