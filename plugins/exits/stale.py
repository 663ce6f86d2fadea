"""Exit stale: money that goes nowhere is freed."""

from typing import ClassVar

from tidegate import Exit, ExitDecision, Minutes, Percent, Position, State, hookimpl


class Stale(Exit, frozen=True, kw_only=True):
    """Leaves in full after `minutes` when the price stands within +-`band_pct` percent of the average entry price.

    Only time in which the price was known counts. Both edges count: exactly `minutes` is old enough, exactly
    `band_pct` is within.
    """

    name: ClassVar[str] = "stale"
    minutes: Minutes = 90.0
    band_pct: Percent = 0.2

    def check(self, position: Position, state: State) -> ExitDecision | None:
        """A full exit of an old position that has not moved; None without a price."""
        price = state.price(position.symbol)
        held = position.watched_s(state.now, state.prices.max_age_s) / 60.0
        if price is None or held < self.minutes:
            return None
        change = round(position.change_pct(price), 9)  # float dust must not decide at the edge of the band
        if abs(change) > self.band_pct:
            return None
        return ExitDecision(
            rule=self.name,
            quantity=position.quantity,
            full=True,
            reason=f"{change:+z.2f} % after {held:.0f} min",
            measured=change,
            limit=self.band_pct,
            unit="%",
        )


@hookimpl
def tidegate_exits() -> list[type[Exit]]:
    """The exits of this module."""
    return [Stale]
