"""Prices of a rehearsal: the venue charges what an engine has seen in its recording, whatever its speed and kills."""

import asyncio
from contextlib import closing, suppress
from pathlib import Path

from tidegate.core.domain.events import AlertReceived, QuoteSeen
from tidegate.core.errors import JournalError
from tidegate.core.journaling.reader import Reader
from tidegate.sandbox.alpaca.venue.market import Market

LOOK_S = 0.01
KINDS = ("QuoteSeen", "AlertReceived")


async def follow(market: Market, folder: Path | None) -> None:
    """Set every price that the journal in `folder` tells, until cancelled; it may come later, or begin anew."""
    seq = 0
    while folder is not None:
        with suppress(JournalError), closing(Reader.open(folder)) as journal:
            seq = _catch_up(market, journal, seq if seq <= journal.last_seq() else 0)
        await asyncio.sleep(LOOK_S)


def _catch_up(market: Market, journal: Reader, seq: int) -> int:
    """Set what is newer than `seq`; returns the number of the last event read."""
    while page := journal.events(after=seq, kinds=KINDS):
        for record in page:
            match record.event:
                case QuoteSeen(quote=quote):
                    market.set_price(quote.symbol, quote.last)
                case AlertReceived(alert=alert) if alert.underlying_price is not None:
                    market.set_price(alert.symbol, alert.underlying_price)
        seq = page[-1].seq
    return seq
