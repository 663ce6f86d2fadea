"""Learner regime_beta: one Beta belief per component and regime."""

from typing import Annotated, ClassVar

from tidegate import Cell, Learner, Meta, NotNegative, Outcome, Regime, hookimpl

PRIOR = Cell()


class RegimeBeta(Learner, frozen=True, kw_only=True):
    """Learns how often a component's signals win in a regime, and weighs the component by it there.

    Cells are named "REGIME/component", start at Beta(2, 2), and are moved by outcomes entered in that very regime
    and no other; UNKNOWN has cells of its own. A component's multiplier maps the posterior mean of its cell,
    0 -> `floor`, 0.5 -> 1, 1 -> `ceiling`, linear between; it is 1 below `min_evidence` outcomes' worth of credit.
    With a `half_life` (outcomes' worth of credit in that cell) older evidence fades towards the prior: a cell that gets
    credit c keeps 0.5 ** (c / half_life) of what it had. Source: the conjugate Beta update, with an outcome's single
    unit of evidence shared out by credit, and exponential forgetting.
    """

    name: ClassVar[str] = "regime_beta"
    min_evidence: NotNegative = 15.0
    floor: Annotated[float, Meta(ge=0, le=1)] = 0.25
    ceiling: Annotated[float, Meta(ge=1, le=10)] = 2.5
    half_life: NotNegative = 0.0

    def multipliers(self, regime: Regime, belief: dict[str, Cell]) -> dict[str, float]:
        """Component -> multiplier in [floor, ceiling], for the components that have a cell in this regime."""
        prefix = cell_name(regime, "")
        return {name.removeprefix(prefix): self._factor(c) for name, c in belief.items() if name.startswith(prefix)}

    def learn(self, outcome: Outcome, belief: dict[str, Cell]) -> dict[str, Cell]:
        """The cells this outcome moves: a win adds each component's credit to alpha, a loss to beta.

        credit = |contribution| / sum of |contributions|, so an outcome adds 1 in all. No profit and no loss teaches
        nothing, and a component that contributed nothing learns nothing.
        """
        total = sum(abs(c) for c in outcome.contributions.values())
        if outcome.pnl == 0 or total == 0:
            return {}
        moved = {}
        for component, contribution in outcome.contributions.items():
            name, credit = cell_name(outcome.regime, component), abs(contribution) / total
            if credit > 0:
                before = self._faded(belief.get(name, PRIOR), credit)
                won, lost = (credit, 0.0) if outcome.pnl > 0 else (0.0, credit)
                moved[name] = Cell(alpha=before.alpha + won, beta=before.beta + lost)
        return moved

    def _faded(self, cell: Cell, credit: float) -> Cell:
        if self.half_life == 0:
            return cell
        kept = 0.5 ** (credit / self.half_life)
        return Cell(
            alpha=PRIOR.alpha + (cell.alpha - PRIOR.alpha) * kept, beta=PRIOR.beta + (cell.beta - PRIOR.beta) * kept
        )

    def _factor(self, cell: Cell) -> float:
        if cell.evidence < self.min_evidence:
            return 1.0
        if cell.mean <= 0.5:
            return self.floor + (1.0 - self.floor) * cell.mean / 0.5
        return 1.0 + (self.ceiling - 1.0) * (cell.mean - 0.5) / 0.5


def cell_name(regime: Regime, component: str) -> str:
    """The name of a component's cell in a regime."""
    return f"{regime}/{component}"


@hookimpl
def tidegate_learners() -> list[type[Learner]]:
    """The learners of this module."""
    return [RegimeBeta]
