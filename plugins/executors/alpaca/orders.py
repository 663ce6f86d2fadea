"""Our orders in Alpaca's words, and its book in ours."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Decimal

from tidegate import STOCK, BrokerOrder, BrokerPosition, Order, PositionSide, Purpose, Side
from tidegate.plugins.executors.alpaca.wire import AssetRow, OrderRow, PositionRow

CENT, SUB_DOLLAR = Decimal("0.01"), Decimal("0.0001")
SHARE_STEP = Decimal("0.000000001")
OTHER_CLASSES = {"us_option", "crypto", "crypto_perp", "treasury", "corporate"}
OTHER_CLASSES |= {"global_equity", "us_index", "us_equity_chain", "ipo"}
SIDES = {"buy": Side.BUY, "sell": Side.SELL, "sell_short": Side.SELL, "buy_minus": Side.BUY}


def body(order: Order) -> dict[str, str]:
    """The request: a limit order for the day, or a stop order at the market until it is canceled.

    Prices are in steps of a cent (under 1 USD: 1/100 cent), limits rounded so that they are never worse than asked
    for. Parts of shares are taken for the day only. The intent keeps an exit from opening a position the other way.
    """
    whole = order.quantity == order.quantity.to_integral_value()
    asked = {
        "symbol": order.symbol,
        "side": order.side.value,
        "qty": plain(order.quantity.quantize(SHARE_STEP, ROUND_DOWN)),
        "client_order_id": order.client_order_id,
        "position_intent": f"{order.side}_to_{'open' if order.purpose is Purpose.ENTRY else 'close'}",
    }
    if order.stop is not None:
        stop = stepped(order.stop, ROUND_HALF_EVEN)
        return {**asked, "type": "stop", "stop_price": plain(stop), "time_in_force": "gtc" if whole else "day"}
    limit = stepped(order.limit, ROUND_DOWN if order.side is Side.BUY else ROUND_UP)
    return {**asked, "type": "limit", "limit_price": plain(limit), "time_in_force": "day"}


def stepped(price: Decimal, rounding: str) -> Decimal:
    """A price in USD in the steps that exchanges take."""
    return price.quantize(CENT if price >= 1 else SUB_DOLLAR, rounding)


def plain(number: Decimal) -> str:
    """A number without exponent and trailing zeros."""
    return f"{number.normalize():f}"


def refusal(order: Order, asset: AssetRow) -> str | None:
    """Why an order cannot be sent for this asset, with what to do next; None when it can."""
    if not asset.tradable or asset.status not in ("", "active"):
        return f"{asset.symbol} is not traded at Alpaca now. Next: nothing to do, the next signal is judged anew."
    if order.purpose is Purpose.ENTRY and order.side is Side.SELL:
        if not asset.shortable:
            return f"{asset.symbol} cannot be sold short at Alpaca. Next: nothing to do."
        if order.quantity != order.quantity.to_integral_value():
            return "Parts of shares cannot be sold short. Next: set fractional = false in [size]."
    if order.quantity != order.quantity.to_integral_value() and not asset.fractionable:
        return f"{asset.symbol} is traded in whole shares only. Next: set fractional = false in [size]."
    return None


def broker_position(row: PositionRow) -> BrokerPosition:
    """A position; `side` decides whether it is short, the sign of the quantity only when there is no side.

    A class that nobody knows counts as stock: left out, a stock of ours would count as closed.
    """
    short = row.side == "short" or (row.side != "long" and row.qty < 0)
    return BrokerPosition(
        symbol=row.symbol,
        side=PositionSide.SHORT if short else PositionSide.LONG,
        quantity=abs(row.qty),
        average_price=row.avg_entry_price,
        price=row.current_price,
        asset_class=class_of(row.asset_class),
    )


def class_of(word: str) -> str:
    """The broker's word for what is no stock; everything else counts as stock."""
    return word if word in OTHER_CLASSES else STOCK


def broker_order(row: OrderRow) -> BrokerOrder | None:
    """An open order, by shares or by dollars; None for one without a side: the parent of legs, which have theirs."""
    side = SIDES.get(row.side)
    if side is None or (row.qty is None and row.notional is None):
        return None
    spent = (row.filled_qty or Decimal(0)) * (row.filled_avg_price or Decimal(0))
    return BrokerOrder(
        client_order_id=row.client_order_id,
        venue_order_id=row.id,
        symbol=row.symbol,
        side=side,
        quantity=row.qty if row.qty is not None else Decimal(0),
        filled=row.filled_qty or Decimal(0),
        status=row.status,
        limit=row.limit_price,
        notional=max(Decimal(0), row.notional - spent) if row.qty is None and row.notional is not None else None,
        asset_class=class_of(row.asset_class),
    )
