"""Contract drift: fields that plugins read and a service no longer sends.

The plugins take a missing field for unknown and go on; here it is said, before it is missed.
"""

from typing import Any

import msgspec

from tidegate.doctor.rows import fail, ok, skip, warn
from tidegate.output.shapes import DiagnosisShape


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to look at: `needed` fields make a row useful, `read` ones are used when they are there.

    `inside` are the names of the objects that the row lies in.
    """

    name: str
    path: str
    needed: frozenset[str]
    read: frozenset[str]
    inside: tuple[str, ...] = ()


def look(name: str, path: str, needed: str, read: str = "", *, inside: str = "") -> Look:
    """A look whose fields are given as words."""
    fields = frozenset(needed.split()), frozenset(read.split())
    return Look(name=name, path=path, needed=fields[0], read=fields[1], inside=tuple(inside.split()))


LOOKS = (
    look(
        "account",
        "/v2/account",
        "equity cash buying_power",
        "last_equity id account_number status trading_blocked account_blocked trade_suspended_by_user shorting_enabled",
    ),
    look("clock", "/v2/clock", "timestamp is_open"),
    look(
        "orders",
        "/v2/orders?status=all&limit=1&nested=true",
        "id",
        "client_order_id symbol side asset_class qty notional limit_price filled_qty filled_avg_price status"
        " replaced_by legs",
    ),
    look("positions", "/v2/positions", "symbol qty avg_entry_price", "side current_price asset_class"),
    look("fills", "/v2/account/activities/FILL?page_size=1", "id order_id qty price", "cum_qty"),
    look("assets", "/v2/assets/SPY", "symbol", "status tradable shortable fractionable"),
)
SNAPSHOTS = "/v2/stocks/snapshots?symbols=SPY&feed=iex"
DATA_LOOKS = (
    look("trades", SNAPSHOTS, "p t", inside="SPY latestTrade"),
    look("quotes", SNAPSHOTS, "t", "bp ap", inside="SPY latestQuote"),
    look("bars", "/v2/stocks/bars?symbols=SPY&timeframe=1Day&limit=1&feed=iex", "t o h l c", inside="bars SPY"),
)


def compare(sight: Look, body: Any) -> DiagnosisShape:  # noqa: ANN401 - JSON
    """The row for one answer; `body` is its JSON, None when there was none. Of a list the first row is looked at."""
    name = f"contract: {sight.name}"
    for key in sight.inside:
        body = body.get(key) if isinstance(body, dict) else None
    if isinstance(body, list) and not body:
        return skip(name, "there is none to look at yet")
    row = body[0] if isinstance(body, list) else body
    if row is None:
        return skip(name, "it could not be read")
    if not isinstance(row, dict):
        return fail(name, "it is no object", "update Tidegate, or report it: the contract has changed")
    gone, missed = sorted(sight.needed - row.keys()), sorted(sight.read - row.keys())
    if gone:
        then = "update Tidegate, or report it: the contract has changed"
        return fail(name, f"no longer sent, and needed: {', '.join([*gone, *missed])}", then)
    if missed:
        return warn(name, f"no longer sent: {', '.join(missed)}", "taken for unknown; update Tidegate, or report it")
    return ok(name, f"all {len(sight.needed | sight.read)} fields that are read are sent")
