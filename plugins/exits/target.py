"""Exit target: gains are taken in parts."""

from decimal import ROUND_FLOOR, Decimal
from typing import ClassVar

from tidegate import Exit, ExitDecision, ExitLevel, Position, State, Target, hookimpl

HALF = Decimal("0.5")
MOST_PCT = 10_000
DUST = 1e-9  # ten times 0.1 is not 1


class TargetExit(Exit, frozen=True, kw_only=True):
    """Scales out of the original quantity at each target; the last target sells all that remains.

    Shares due at target k = floor(original x (fraction 0 + ... + fraction k) + 0.5) - shares already gone, never more
    than the open quantity: rounding the sum, not the parts, conserves shares. A target at which no share is due
    stays unhit. Several targets crossed at once make one decision. A position keeps the targets it was opened with.
    """

    name: ClassVar[str] = "target"
    targets: tuple[Target, ...] = (
        Target(pct=2.0, fraction=0.3),
        Target(pct=5.0, fraction=0.3),
        Target(pct=10.0, fraction=0.4),
    )

    def __post_init__(self) -> None:
        """Refuse a plan that sells at a loss, or more than there is."""
        wrong = [
            f"targets[{k}].{name} is {value}; must be {bound}"
            for k, target in enumerate(self.targets)
            for name, value, bound, good in (
                ("pct", target.pct, f"a number > 0 and <= {MOST_PCT:,}", 0 < target.pct <= MOST_PCT),
                ("fraction", target.fraction, "a number > 0 and <= 1", 0 < target.fraction <= 1),
            )
            if not good
        ]
        total = sum(target.fraction for target in self.targets)
        if not wrong and total > 1 + DUST:
            wrong = [f"the fractions of targets come to {total:g}; must be at most 1, the whole position"]
        if wrong:
            raise ValueError("; ".join(wrong))

    def check(self, position: Position, state: State) -> ExitDecision | None:
        """The shares due at the targets crossed and not yet hit; None when there are none, or no price."""
        price = state.price(position.symbol)
        if price is None:
            return None
        change = round(position.change_pct(price), 9)  # float dust must not decide at a target
        crossed = tuple(k for k in waiting(position) if change >= position.targets[k].pct)
        shares = due(position, crossed[-1]) if crossed else Decimal(0)
        if shares <= 0:
            return None
        return ExitDecision(
            rule=self.name,
            quantity=shares,
            full=shares == position.quantity,
            reason=f"{change:+z.2f} % from entry, target {crossed[-1] + 1} of {len(position.targets)}",
            measured=change,
            limit=position.targets[crossed[-1]].pct,
            unit="%",
            targets=crossed,
        )

    def level(self, position: Position, state: State) -> ExitLevel | None:  # noqa: ARG002 - targets stand still
        """The price in dollars of the next target at which a share is due."""
        for k in waiting(position):
            if due(position, k) > 0:
                return ExitLevel(rule=self.name, price=position.at_offset(position.targets[k].pct))
        return None

    def plan(self) -> tuple[Target, ...]:
        """The targets, nearest first."""
        return tuple(sorted(self.targets, key=lambda target: target.pct))


def waiting(position: Position) -> list[int]:
    """The indices of the targets not yet hit, nearest first."""
    return [k for k in range(len(position.targets)) if k not in position.targets_hit]


def due(position: Position, index: int) -> Decimal:
    """Shares to trade when the target `index` and all before it are crossed; whole, except for the last target."""
    if index == len(position.targets) - 1:
        return position.quantity
    fraction = sum((Decimal(str(t.fraction)) for t in position.targets[: index + 1]), Decimal(0))
    planned = (position.original_quantity * fraction + HALF).to_integral_value(ROUND_FLOOR)
    return min(position.quantity, planned - (position.original_quantity - position.quantity))


@hookimpl
def tidegate_exits() -> list[type[Exit]]:
    """The exits of this module."""
    return [TargetExit]
