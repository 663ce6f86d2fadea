"""What a person holds and works in the account beside us: options, coins, orders by shares, by dollars, by legs."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from tidegate.core.domain.exposure.part import Exposure, Unbounded, exposed
from tidegate.core.domain.ownership import beyond, held
from tidegate.core.domain.state import State
from tidegate.core.domain.values import OPTION, Contract, OptionMark, contract_of
from tidegate.core.domain.values.broker import HELD, BrokerOrder

Part = Exposure | Unbounded


def holdings(state: State) -> Iterator[Part]:
    """What the broker holds that is no stock: options by their delta, anything else at the broker's price."""
    for row in state.untraded.values():
        size = row.side.sign * float(row.quantity)
        if row.asset_class == OPTION:
            yield _option(state, row.symbol, size, working=False)
        elif row.price is None:
            yield Unbounded(symbol=row.symbol, reason=f"{row.symbol} ({row.asset_class}) has no price")
        else:
            yield exposed(state, row.symbol, size * float(row.price), ours=False)


def workings(state: State) -> Iterator[Part]:
    """Orders that are not ours, as far as they open: what only closes a holding takes risk away when it fills."""
    for order in state.foreign.values():
        if order.status == HELD:  # the exit of a bracket, which sleeps until its entry has filled
            continue
        part = _by_dollars(state, order) if order.notional is not None else _by_number(state, order)
        if part is not None:
            yield part


def option_underlyings(state: State) -> list[str]:
    """The shares below every option that the account holds or works, each once."""
    found = [contract_of(symbol) for symbol in option_symbols(state)]
    return list(dict.fromkeys(contract.underlying for contract in found if contract is not None))


def option_symbols(state: State) -> list[str]:
    """Every option contract that the account holds or works, each once."""
    held_ones = [row.symbol for row in state.untraded.values() if row.asset_class == OPTION]
    worked = [order.symbol for order in state.foreign.values() if order.asset_class == OPTION]
    return list(dict.fromkeys([*held_ones, *worked]))


def _by_dollars(state: State, order: BrokerOrder) -> Exposure | None:
    """An order by dollars: all of it opens, unless something of the other side is held."""
    if order.notional is None or _there(state, order.symbol) * order.side.sign < 0:
        return None
    return exposed(state, order.symbol, order.side.sign * float(order.notional), working=True, ours=False)


def _by_number(state: State, order: BrokerOrder) -> Part | None:
    there = _there(state, order.symbol) * order.side.sign  # negative: this order closes some of it
    opens = order.quantity - order.filled - max(Decimal(0), -there)
    if opens <= 0:
        return None
    size = order.side.sign * float(opens)
    if order.asset_class == OPTION:
        return _option(state, order.symbol, size, working=True)
    price = float(order.limit) if order.limit is not None else state.book_price(order.symbol)
    if price is None:
        return Unbounded(symbol=order.symbol, reason=f"an order of {order.symbol} that is not ours has no price")
    return exposed(state, order.symbol, size * price, working=True, ours=False)


def _there(state: State, symbol: str) -> Decimal:
    """Signed shares or contracts at the broker, ours and a person's."""
    row = state.untraded.get(symbol)
    if row is not None:
        return row.side.sign * row.quantity
    return held(state, symbol) + beyond(state.differences.get(symbol)) + beyond(state.ignored.get(symbol))


def _option(state: State, symbol: str, size: float, *, working: bool) -> Part:
    """So many contracts (short: below zero) by their delta, or between no share and all of them."""
    contract = contract_of(symbol)
    if contract is None:
        return Unbounded(symbol=symbol, reason=f"{symbol}: symbol not understood")
    mark = state.options.get(symbol)
    price = state.book_price(contract.underlying) or (mark.underlying_price if mark is not None else None)
    if price is None:
        return Unbounded(symbol=symbol, reason=f"{symbol} has no price of {contract.underlying}")
    share = size * contract.multiplier * price
    delta, why = _delta(state, contract, mark)
    if delta is not None:
        return _of(exposed(state, contract.underlying, share * delta, working=working, ours=False), symbol)
    farther = exposed(state, contract.underlying, share * contract.kind.sign, working=working, ours=False)
    return _of(farther, symbol, nearest=0.0, reason=f"{symbol} has no delta: {why}")


def _delta(state: State, contract: Contract, mark: OptionMark | None) -> tuple[float | None, str]:
    """A contract's delta while its mark may be believed; else why there is none."""
    if not contract.standard:
        return None, "adjusted contract"
    if mark is None:
        return None, "no source has told it"
    age = state.now - mark.at
    if age > timedelta(seconds=state.prices.book_max_age_s):
        return None, f"{age.total_seconds():.0f} s old"
    return mark.delta, mark.reason


def _of(part: Exposure, contract: str, **changed: object) -> Exposure:
    return replace(part, contract=contract, **changed)
