"""Contract drift: fields that the Alpaca plugins read and the broker no longer sends.

The plugins take a missing field for unknown and go on; here it is said, before it is missed.
"""

from typing import Any

import msgspec

from tidegate.doctor.rows import fail, ok, skip, warn
from tidegate.shapes import DiagnosisShape


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to look at: `needed` fields make a row useful, `read` ones are used when they are there.

    `inside` are the names of the objects that the row lies in.
    """

    name: str
    path: str
    needed: frozenset[str]
    read: frozenset[str]
    inside: tuple[str, ...] = ()


def _look(name: str, path: str, needed: str, read: str = "", *, inside: str = "") -> Look:
    fields = frozenset(needed.split()), frozenset(read.split())
    return Look(name=name, path=path, needed=fields[0], read=fields[1], inside=tuple(inside.split()))


LOOKS = (
    _look(
        "account",
        "/v2/account",
        "equity cash buying_power",
        "id account_number status trading_blocked account_blocked trade_suspended_by_user shorting_enabled",
    ),
    _look("clock", "/v2/clock", "timestamp is_open"),
    _look(
        "orders",
        "/v2/orders?status=all&limit=1&nested=true",
        "id",
        "client_order_id symbol side qty filled_qty filled_avg_price status replaced_by legs",
    ),
    _look("positions", "/v2/positions", "symbol qty avg_entry_price", "side current_price asset_class"),
    _look("fills", "/v2/account/activities/FILL?page_size=1", "id order_id qty price", "cum_qty"),
    _look("assets", "/v2/assets/SPY", "symbol", "status tradable shortable fractionable"),
)
SNAPSHOTS = "/v2/stocks/snapshots?symbols=SPY&feed=iex"
DATA_LOOKS = (
    _look("trades", SNAPSHOTS, "p t", inside="SPY latestTrade"),
    _look("quotes", SNAPSHOTS, "t", "bp ap", inside="SPY latestQuote"),
    _look("bars", "/v2/stocks/bars?symbols=SPY&timeframe=1Day&limit=1&feed=iex", "t o h l c", inside="bars SPY"),
)


def compare(look: Look, body: Any) -> DiagnosisShape:  # noqa: ANN401 - JSON
    """The row for one answer; `body` is its JSON, None when there was none. Of a list the first row is looked at."""
    name = f"contract: {look.name}"
    for key in look.inside:
        body = body.get(key) if isinstance(body, dict) else None
    if isinstance(body, list) and not body:
        return skip(name, "there is none to look at yet")
    row = body[0] if isinstance(body, list) else body
    if row is None:
        return skip(name, "it could not be read")
    if not isinstance(row, dict):
        return fail(name, "it is no object", "update Tidegate, or report it: the broker's contract has changed")
    gone, missed = sorted(look.needed - row.keys()), sorted(look.read - row.keys())
    if gone:
        then = "update Tidegate, or report it: the broker's contract has changed"
        return fail(name, f"no longer sent, and needed: {', '.join([*gone, *missed])}", then)
    if missed:
        return warn(name, f"no longer sent: {', '.join(missed)}", "taken for unknown; update Tidegate, or report it")
    return ok(name, f"all {len(look.needed | look.read)} fields that are read are sent")
