"""Gate concentration: bullish entries stop while the book leans too far long."""

from typing import Annotated, ClassVar

from tidegate import (
    Direction,
    Gate,
    Meta,
    OnError,
    Seconds,
    Signal,
    State,
    Verdict,
    blocked,
    hookimpl,
    net_delta_pct,
    passed,
    unknown,
)


class Concentration(Gate, frozen=True, kw_only=True):
    """Blocks a bullish entry while the net delta is strictly above `limit_pct` percent of equity, whatever its score.

    net_delta_pct = 100 x sum(signed market value x delta) / equity; working entry orders count at their remaining
    notional. Judged per signal on the current state. Bearish entries pass always: they bring the delta down.
    UNKNOWN (for bullish) when equity is missing, not above zero or older than `max_age_s` seconds, or when a
    position has no price; the shipped policy passes it visibly. Source: the portfolio delta rule of the owner.
    """

    name: ClassVar[str] = "concentration"
    on_error: OnError = OnError.OPEN
    limit_pct: Annotated[float, Meta(gt=0, le=1000)] = 70.0
    max_age_s: Seconds = 60.0

    def check(self, signal: Signal, state: State) -> Verdict:
        """PASS, BLOCK or UNKNOWN, measured in percent of equity."""
        exact = net_delta_pct(state, max_age_s=self.max_age_s)
        net = None if exact is None else round(exact, 9)  # float dust must not block at the limit
        if signal.direction is Direction.BEARISH:
            return passed(measured=net, limit=self.limit_pct, unit="%", reason="bearish lowers the net delta")
        if net is None:
            return unknown(self._why(state), limit=self.limit_pct, unit="%")
        if net > self.limit_pct:
            return blocked("net delta too long", measured=net, limit=self.limit_pct, unit="%")
        return passed(measured=net, limit=self.limit_pct, unit="%")

    def _why(self, state: State) -> str:
        account = state.account
        if account is None:
            return "no account seen yet"
        if account.equity <= 0:
            return "equity is not above zero"
        age = (state.now - account.at).total_seconds()
        return f"equity is {age:.0f} s old" if age > self.max_age_s else "a position has no price"


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [Concentration]
