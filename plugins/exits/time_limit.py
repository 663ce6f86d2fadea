"""Exit time_limit: nothing is held for longer than planned."""

from typing import ClassVar

from tidegate import Exit, ExitDecision, Minutes, Position, State, hookimpl


class TimeLimit(Exit, frozen=True, kw_only=True):
    """Leaves in full once the position has been open for `minutes`, whatever its price."""

    name: ClassVar[str] = "time_limit"
    minutes: Minutes = 240.0

    def check(self, position: Position, state: State) -> ExitDecision | None:
        """A full exit at the limit or after it; None without a price to trade at."""
        held = (state.now - position.opened_at).total_seconds() / 60.0
        if held < self.minutes or state.price(position.symbol) is None:
            return None
        return ExitDecision(
            rule=self.name,
            quantity=position.quantity,
            full=True,
            reason=f"held for {held:.0f} min",
            measured=held,
            limit=self.minutes,
            unit="min",
        )


@hookimpl
def tidegate_exits() -> list[type[Exit]]:
    """The exits of this module."""
    return [TimeLimit]
