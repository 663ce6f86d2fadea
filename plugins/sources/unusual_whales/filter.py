"""Which alerts are wanted: asked of the service as parameters, and looked at again when its answer comes."""

import msgspec

from tidegate import Alert, trading_day

ALL_DAYS = 3650  # no option lives longer
TICKERS_LIMIT = 200  # more do not fit into an address everywhere; then only our own look counts


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Symbols to take (empty: all), symbols to leave, the least premium (USD), the most days to expiry."""

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    min_premium: float = 0.0
    max_days: int = ALL_DAYS

    def params(self) -> dict[str, str]:
        """The same as query parameters of the REST endpoint."""
        asked: dict[str, str] = {}
        only = [symbol for symbol in self.only if symbol not in self.without]
        if only and len(only) <= TICKERS_LIMIT:
            asked["ticker_symbol"] = ",".join(only)
        elif self.without and not self.only and len(self.without) <= TICKERS_LIMIT:
            asked["ticker_symbol"] = "-" + ",".join(self.without)
        if self.min_premium >= 1.0:
            asked["min_premium"] = str(int(self.min_premium))
        if self.max_days < ALL_DAYS:
            asked["max_dte"] = str(self.max_days)
        return asked

    def takes(self, alert: Alert) -> bool:
        """Whether the alert is wanted; days count from the New York day of its last trade."""
        return (
            (not self.only or alert.symbol in self.only)
            and alert.symbol not in self.without
            and alert.premium >= self.min_premium
            and (alert.expiry - trading_day(alert.at)).days <= self.max_days
        )
