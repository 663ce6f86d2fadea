"""Gate spread: no entry where crossing the market costs too much."""

from typing import ClassVar

from tidegate import Gate, OnError, Positive, Quote, Seconds, Signal, State, Verdict, blocked, hookimpl, passed, unknown


class Spread(Gate, frozen=True, kw_only=True):
    """Blocks when the quoted spread is above `max_bps` basis points (0.01 %) of its middle; exactly that passes.

    spread = (ask - bid) / ((ask + bid) / 2) x 10,000. UNKNOWN without a bid and an ask, when they are older than
    `max_age_s` seconds, crossed, or not above zero. The shipped policy passes UNKNOWN visibly: recordings of bare
    alerts have no quotes, and the collar bounds what an order pays in any case.
    """

    name: ClassVar[str] = "spread"
    on_error: OnError = OnError.OPEN
    max_bps: Positive = 50.0
    max_age_s: Seconds = 60.0

    def check(self, signal: Signal, state: State) -> Verdict:
        """PASS, BLOCK or UNKNOWN, measured in basis points of the middle."""
        book = state.touch(signal.symbol)
        if book is None:
            return unknown("no bid and ask seen", limit=self.max_bps, unit="bps")
        age = (state.now - book.at).total_seconds()
        if age > self.max_age_s:
            return unknown(f"bid and ask are {age:.0f} s old", limit=self.max_bps, unit="bps")
        width = spread_bps(book)
        if width is None:
            return unknown(f"bid {book.bid:g} and ask {book.ask:g} make no market", limit=self.max_bps, unit="bps")
        if width > self.max_bps:
            return blocked("spread too wide", measured=width, limit=self.max_bps, unit="bps")
        return passed(measured=width, limit=self.max_bps, unit="bps")


def spread_bps(book: Quote) -> float | None:
    """The spread in basis points of the middle; None when a side is missing, not above zero, or they are crossed."""
    if book.bid is None or book.ask is None or book.bid <= 0 or book.ask < book.bid:
        return None
    return round((book.ask - book.bid) / ((book.ask + book.bid) / 2.0) * 10_000.0, 9)  # float dust must not decide


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [Spread]
