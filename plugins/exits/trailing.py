"""Exit trailing: most of a gain is kept."""

from typing import Annotated, ClassVar

from tidegate import Exit, ExitDecision, ExitLevel, Meta, Position, Share, State, hookimpl


class Trailing(Exit, frozen=True, kw_only=True):
    """Leaves in full when the price has come back `trail_pct` percent from the high-water mark, or more.

    Armed once the mark stands `arm_pct` percent beyond the average entry price; before, `stop` alone guards the
    position. retreat = side x (1 - price / mark) x 100, in percent; the mark of a short is its lowest price.
    """

    name: ClassVar[str] = "trailing"
    trail_pct: Share = 1.5
    arm_pct: Annotated[float, Meta(ge=0, le=1000)] = 1.5

    def check(self, position: Position, state: State) -> ExitDecision | None:
        """A full exit at the trail or behind it; None without a price or before it is armed."""
        price = state.price(position.symbol)
        if price is None or not self._armed(position):
            return None
        exact = position.side.sign * (1.0 - price / position.high_water) * 100.0
        retreat = round(exact, 9)  # float dust must not decide at the trail
        if retreat < self.trail_pct:
            return None
        return ExitDecision(
            rule=self.name,
            quantity=position.quantity,
            full=True,
            reason=f"{retreat:.2f} % back from {position.high_water:,.2f}",
            measured=retreat,
            limit=self.trail_pct,
            unit="%",
        )

    def level(self, position: Position, state: State) -> ExitLevel | None:  # noqa: ARG002 - it follows the mark
        """The trailing price in dollars; None before it is armed."""
        if not self._armed(position):
            return None
        price = position.high_water * (1.0 - position.side.sign * self.trail_pct / 100.0)
        return ExitLevel(rule=self.name, price=price)

    def _armed(self, position: Position) -> bool:
        return round(position.change_pct(position.high_water), 9) >= self.arm_pct


@hookimpl
def tidegate_exits() -> list[type[Exit]]:
    """The exits of this module."""
    return [Trailing]
