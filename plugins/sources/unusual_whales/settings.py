"""The settings that say what is asked and how often, whether that fits, and the plan that they come to."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from tidegate import Count, Feed, InputError, Meta, Seconds, SecondsOrNone, Source
from tidegate.plugins.sources.unusual_whales.alert_poller import PATH
from tidegate.plugins.sources.unusual_whales.client import Client
from tidegate.plugins.sources.unusual_whales.publisher import KEY, AlertPublisher
from tidegate.plugins.sources.unusual_whales.quota.fit import PlanRow, complaints, rows, whole_day
from tidegate.plugins.sources.unusual_whales.quota.plan import Means, Rank, Wanted
from tidegate.plugins.sources.unusual_whales.readings.endpoint import Endpoint
from tidegate.plugins.sources.unusual_whales.readings.poller import ReadingPoller, ranks
from tidegate.plugins.sources.unusual_whales.readings.table import ENDPOINTS, KEYS

Key = Annotated[str, Meta(pattern=f"^({'|'.join(KEYS)})$")]
Ticker = Annotated[str, Meta(pattern="^[A-Z][A-Z0-9./]*$")]
PerMinute = Annotated[float, Meta(ge=1, le=100_000)]
Symbols = Annotated[int, Meta(ge=1, le=10_000)]
FUNDS = ("SPY", "QQQ", "IWM", "DIA", "SMH", "XLF", "XLE", "XLK", "TLT", "HYG", "GLD", "SLV", "EEM", "FXI")


class QuotaSettings(Source, frozen=True, kw_only=True):
    """The part of the source that is about the quota."""

    poll_s: Seconds = 5.0
    closed_poll_s: Seconds = 60.0
    requests_per_minute: PerMinute = 110.0
    calls_per_day: Count = 15_000
    readings: tuple[Key, ...] = KEYS
    watch: tuple[Ticker, ...] = ()
    etfs: tuple[Ticker, ...] = FUNDS
    max_symbols: Symbols = 60
    candidates_s: SecondsOrNone = 900.0

    def must_fit(self) -> None:
        """Refuse settings that no day has enough calls for.

        Raises:
            InputError: With the numbers that would do.
        """
        said = complaints(self._endpoints(), self.means(), self.max_symbols)
        if said:
            raise InputError("\n".join(f"{KEY}: {each}" for each in said))

    def means(self) -> Means:
        """What may be spent, before the service has said what it allows."""
        return Means(
            day=self.calls_per_day,
            minute=self.requests_per_minute,
            alerts_s=self.poll_s,
            closed_alerts_s=self.closed_poll_s,
        )

    def poller(self, client: Client, publisher: AlertPublisher, feed: Feed) -> ReadingPoller:
        """What asks for readings in one run."""

        def wants() -> Wanted:
            found = ranks(
                feed.state(),
                now=feed.now(),
                watch=self.watch,
                candidates_s=self.candidates_s,
                limit=self.max_symbols,
            )
            return self._wanted(found)

        return ReadingPoller(client, publisher, feed, endpoints=self._endpoints(), wants=wants, means=self.means())

    def plan_rows(self, poller: ReadingPoller | None) -> list[PlanRow]:
        """The plan of a run; without one, that of a whole day with as many symbols as there may be."""
        made = None if poller is None else poller.schedule.plan
        if poller is not None and made is not None:
            return rows(made, poller.schedule.endpoints, poller.schedule.wanted, poller.means, path=PATH)
        others = (f"#{number}" for number in range(self.max_symbols - len(self.watch)))
        wanted = self._wanted(dict.fromkeys(self.watch, Rank.WATCHED) | dict.fromkeys(others, Rank.CANDIDATE))
        made = whole_day(self._endpoints(), wanted, self.means(), datetime.now(UTC))
        return rows(made, self._endpoints(), wanted, self.means(), path=PATH)

    def _endpoints(self) -> list[Endpoint]:
        return [endpoint for endpoint in ENDPOINTS if endpoint.key in self.readings]

    def _wanted(self, found: dict[str, Rank]) -> Wanted:
        return Wanted(ranks=found, etfs=frozenset(self.etfs) & found.keys())


def told(poller: ReadingPoller | None) -> dict[str, object]:
    """What a run's poller has counted, to show."""
    return {} if poller is None else {"readings": msgspec.structs.asdict(poller.counts)}
