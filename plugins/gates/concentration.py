"""Gate concentration: bullish entries stop while the book leans too far long."""

from typing import Annotated, ClassVar

from tidegate import (
    Direction,
    Gate,
    Meta,
    NetDelta,
    OnError,
    Seconds,
    Signal,
    State,
    Verdict,
    blocked,
    hookimpl,
    net_delta,
    passed,
    unknown,
    valued,
)


class Concentration(Gate, frozen=True, kw_only=True):
    """Blocks a bullish entry while the net delta is strictly above `limit_pct` percent of equity, whatever its score.

    net_delta_pct = 100 x sum(signed market value x delta) / equity; working entry orders count at their remaining
    notional. Judged per signal on the current state. Bearish entries pass always: they bring the delta down.
    UNKNOWN (for bullish) when equity is missing, not above zero or older than `max_age_s` seconds, or when a
    position has no price, or when the limit lies between what an option without a known delta can be; the shipped
    policy passes it visibly. Source: the portfolio delta rule of the owner.
    """

    name: ClassVar[str] = "concentration"
    on_error: OnError = OnError.OPEN
    limit_pct: Annotated[float, Meta(gt=0, le=1000)] = 70.0
    max_age_s: Seconds = 60.0

    def check(self, signal: Signal, state: State) -> Verdict:
        """PASS, BLOCK or UNKNOWN, measured in percent of equity."""
        net = net_delta(state, max_age_s=self.max_age_s)
        if signal.direction is Direction.BEARISH:
            exact = None if net is None else net.exact
            return passed(measured=exact, limit=self.limit_pct, unit="%", reason="bearish lowers the net delta")
        if net is None:
            return unknown(self._why(state), limit=self.limit_pct, unit="%")
        low, high = round(net.low, 9), round(net.high, 9)  # float dust must not block at the limit
        if low > self.limit_pct:
            return blocked("net delta too long", measured=low, limit=self.limit_pct, unit="%")
        if high <= self.limit_pct:
            return passed(measured=high, limit=self.limit_pct, unit="%", reason=self._between(net))
        return unknown(f"{self._between(net)}: {net.reason}", limit=self.limit_pct, unit="%")

    def _between(self, net: NetDelta) -> str:
        return "" if net.exact is not None else f"between {net.low:.1f} and {net.high:.1f} %"

    def _why(self, state: State) -> str:
        account = state.account
        if account is None:
            return "no account seen yet"
        if account.equity <= 0:
            return "equity is not above zero"
        age = (state.now - account.at).total_seconds()
        if age > self.max_age_s:
            return f"equity is {age:.0f} s old"
        return valued(state).why


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [Concentration]
