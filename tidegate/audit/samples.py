"""Samples of trades: sums that are always said, and a conclusion only where there are enough."""

from decimal import Decimal
from math import sqrt
from typing import Literal

from tidegate.audit.shapes import SampleShape
from tidegate.output.presenting import money

FEW = 20  # below, chance decides: ten coin tosses show 7 or more heads one time in six
Z = 1.96  # a normal variable lies within so many standard deviations 95 times in 100
ZERO = Decimal(0)
Costs = Literal["own", "net"]


class Sample:
    """One group. Mean and variance are kept by Welford's method, so that no list of trades is needed."""

    def __init__(self) -> None:
        self.trades = self.wins = self.losses = self.slippage_known = 0
        self.pnl, self.fees, self.slippage = ZERO, ZERO, ZERO
        self._mean = self._squares = 0.0

    def add(self, pnl: Decimal, *, fees: Decimal = ZERO, slippage: Decimal | None = None) -> None:
        """One more trade, in dollars; `slippage` None is unknown."""
        self.trades += 1
        self.wins += pnl > 0
        self.losses += pnl < 0
        self.pnl += pnl
        self.fees += fees
        if slippage is not None:
            self.slippage += slippage
            self.slippage_known += 1
        off = float(pnl) - self._mean
        self._mean += off / self.trades
        self._squares += off * (float(pnl) - self._mean)

    def shape(self, name: str, *, costs: Costs = "own") -> SampleShape:
        """The group to show; ``costs` "net": the profit is net of them, and they cannot be told apart."""
        low, high = self._interval()
        enough, own = self.trades >= FEW, costs == "own"
        return SampleShape(
            name=name,
            trades=self.trades,
            wins=self.wins,
            losses=self.losses,
            pnl=money(self.pnl),
            fees=money(self.fees) if own else None,
            slippage=money(self.slippage) if own and (self.slippage_known or not self.trades) else None,
            slippage_known=self.slippage_known,
            mean=round(self._mean, 4) if enough else None,
            low=round(low, 4) if enough else None,
            high=round(high, 4) if enough else None,
            conclusion=self._conclusion(low, high),
        )

    def _interval(self) -> tuple[float, float]:
        """The normal 95 % interval of the mean: mean -+ 1.96 s / sqrt(n)."""
        if self.trades < 2:
            return self._mean, self._mean
        reach = Z * sqrt(self._squares / (self.trades - 1) / self.trades)
        return self._mean - reach, self._mean + reach

    def _conclusion(self, low: float, high: float) -> str:
        if self.trades < FEW:
            return "too few"
        return "gains" if low > 0 else "loses" if high < 0 else "undecided"


def samples(groups: dict[str, Sample], *, costs: Costs = "own") -> list[SampleShape]:
    """Groups to show, the largest sample first."""
    ordered = sorted(groups.items(), key=lambda item: (-item[1].trades, item[0]))
    return [sample.shape(name, costs=costs) for name, sample in ordered]
