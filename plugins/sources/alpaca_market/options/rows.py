"""What the service's option snapshots say, decoded contract by contract: one bad row never costs the others."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from tidegate.plugins.sources.alpaca_market.rows import decoded, of_now
from tidegate.plugins.sources.fields import Stamp

Side = Annotated[float, Meta(ge=0, le=1e6)]


class Touch(msgspec.Struct, frozen=True):
    """The standing quote, USD a share; 0 is nobody."""

    t: Stamp
    bp: Side = 0.0
    ap: Side = 0.0

    @property
    def two_sided(self) -> bool:
        """Whether somebody bids, somebody asks, and the two have not crossed."""
        return 0.0 < self.bp <= self.ap

    @property
    def middle(self) -> float:
        """Between the two, USD a share."""
        return (self.bp + self.ap) / 2.0

    @property
    def spread_pct(self) -> float:
        """In percent of the middle."""
        return 100.0 * (self.ap - self.bp) / self.middle


class Greeks(msgspec.Struct, frozen=True):
    """Only delta is used; the others tell apart zeros that mean "missing" (expiry day) from a delta of zero."""

    delta: float | None = None
    gamma: float | None = None
    theta: float | None = None
    vega: float | None = None
    rho: float | None = None

    @property
    def missing(self) -> bool:
        """All zeros, as on expiry day."""
        return not any((self.delta, self.gamma, self.theta, self.vega, self.rho))


class Snapshot(msgspec.Struct, frozen=True, rename="camel"):
    """One contract of GET /v1beta1/options/snapshots."""

    latest_quote: Touch | None = None
    greeks: Greeks | None = None
    implied_volatility: float | None = None


class Page(msgspec.Struct, frozen=True):
    """The answer; a contract that the service does not know is missing."""

    snapshots: dict[str, msgspec.Raw] = {}


page_of = msgspec.json.Decoder(Page).decode
_snapshot = msgspec.json.Decoder(Snapshot)


def snapshot_of(raw: msgspec.Raw, now: datetime) -> Snapshot:
    """A contract's snapshot. Raises RowError, also for a quote from the future: it would be young for days."""
    row = decoded(_snapshot, raw)
    if row.latest_quote is not None:
        of_now(row.latest_quote.t, now)
    return row
