"""Lists of orders and of activities, page by page. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date

from tidegate.sandbox.alpaca.service.queries import Listing, Paging
from tidegate.sandbox.alpaca.venue.book import Fill
from tidegate.sandbox.alpaca.venue.orders import Order
from tidegate.sandbox.alpaca.wire import invalid, parse_time
from tidegate.sandbox.answers import Json
from tidegate.sandbox.times import new_york


def listed(orders: dict[str, Order], want: Listing) -> list[Json]:
    """Orders by submission. Nested, legs stand under their parent, which is listed while any of them fits.

    Without nesting, legs are orders of their own, and a held one is in no list of open orders.
    """
    rows = _between(_top(orders.values()) if want.nested else orders.values(), orders, want)
    found = [each for each in rows if _fits(each, want)]
    newest_first = found[::-1] if want.direction == "desc" else found
    return [each.wire(nested=want.nested) for each in newest_first[: want.limit]]


def _top(orders: Iterable[Order]) -> list[Order]:
    return [each for each in orders if each.parent is None]


def _between(orders: Iterable[Order], known: dict[str, Order], want: Listing) -> list[Order]:
    rows = list(orders)
    if want.after is not None:
        start = parse_time(want.after)
        rows = [each for each in rows if each.created_at > start]
    if want.until is not None:
        end = parse_time(want.until)
        rows = [each for each in rows if each.created_at < end]
    if want.before_order_id is None and want.after_order_id is None:
        return rows
    place = {name: number for number, name in enumerate(known)}
    if want.before_order_id is not None:
        rows = [each for each in rows if place[each.id] < place.get(want.before_order_id, 0)]
    if want.after_order_id is not None:
        rows = [each for each in rows if place[each.id] > place.get(want.after_order_id, len(place))]
    return rows


def _fits(order: Order, want: Listing) -> bool:
    if want.symbols and order.symbol not in want.symbols.split(","):
        return False
    if want.side is not None and order.request.side != want.side:
        return False
    if want.asset_class and order.asset.asset_class not in want.asset_class.split(","):
        return False
    if want.status == "all":
        return True
    if want.status == "closed":
        return not any(each.open for each in ((order, *order.legs) if want.nested else (order,)))
    return any(each.open for each in order.legs) if want.nested and not order.open else _seen_open(order)


def _seen_open(order: Order) -> bool:
    return order.open and order.status != "held"


def activities(fills: Sequence[Fill], page: Paging) -> list[Json]:
    """Executions in order of time; the page token is the id of the last row of the page before."""
    rows = [each for each in fills if page.order_id in {None, each.order.id}]
    if page.after is not None:
        start = parse_time(page.after)
        rows = [each for each in rows if each.at > start]
    if page.until is not None:
        end = parse_time(page.until)
        rows = [each for each in rows if each.at < end]
    if page.date is not None:
        day = date.fromisoformat(page.date[:10])
        rows = [each for each in rows if new_york(each.at).date() == day]
    if page.direction == "desc":
        rows.reverse()
    if page.page_token:
        ids = [each.id for each in rows]
        if page.page_token not in ids:
            raise invalid("page_token is invalid")
        rows = rows[ids.index(page.page_token) + 1 :]
    return [each.wire() for each in rows[: page.page_size]]
