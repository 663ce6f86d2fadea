"""Exit stop: a loss is cut."""

from typing import ClassVar

from tidegate import Exit, ExitDecision, ExitLevel, Position, Share, State, hookimpl


class Stop(Exit, frozen=True, kw_only=True):
    """Leaves in full when the position has lost `loss_pct` percent of its average entry price, or more.

    change = side x (price / average entry price - 1) x 100, in percent; side is +1 long, -1 short.
    """

    name: ClassVar[str] = "stop"
    loss_pct: Share = 3.0

    def check(self, position: Position, state: State) -> ExitDecision | None:
        """A full exit at the stop or beyond it; None without a price."""
        price = state.price(position.symbol)
        if price is None:
            return None
        change = round(position.change_pct(price), 9)  # float dust must not decide at the stop
        if change > -self.loss_pct:
            return None
        return ExitDecision(
            rule=self.name,
            quantity=position.quantity,
            full=True,
            reason=f"{change:+z.2f} % from entry",
            measured=change,
            limit=-self.loss_pct,
            unit="%",
        )

    def level(self, position: Position, state: State) -> ExitLevel | None:  # noqa: ARG002 - it stands still
        """The stop price in dollars."""
        return ExitLevel(rule=self.name, price=position.at_offset(-self.loss_pct))


@hookimpl
def tidegate_exits() -> list[type[Exit]]:
    """The exits of this module."""
    return [Stop]
