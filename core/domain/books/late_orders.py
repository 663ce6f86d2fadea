"""Orders that may arrive after we gave them up: a lost request can still be on its way when the venue knows nothing.

Such an order stays among the done ones, with its Entry, so that its fills find their position. For `DOUBT` after its
fate was last uncertain every look at the broker's book asks for it once more, and a difference of its symbol waits.
"""

from datetime import timedelta

from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Status, WorkingOrder
from tidegate.core.domain.state import State

DOUBT = timedelta(minutes=10)
GIVEN_UP = (Status.CANCELED, Status.EXPIRED)


def doubtful(state: State, symbol: str) -> bool:
    """Whether an order on the symbol was given up so recently that it may still arrive."""
    return any(_may_arrive(working, state) for working in state.done.values() if working.order.symbol == symbol)


def late_orders(state: State, seen: e.BrokerSeen) -> list[e.Effect]:
    """What is over here and open there is canceled; what may still arrive is asked for."""
    listed = {order.client_order_id for order in seen.orders}
    effects: list[e.Effect] = [e.Cancel(order=state.done[name].order) for name in sorted(listed & state.done.keys())]
    return effects + [
        e.Find(order=working.order)
        for name, working in state.done.items()
        if name not in listed and name not in state.orders and _may_arrive(working, state)
    ]


def _may_arrive(working: WorkingOrder, state: State) -> bool:
    lost = working.status in GIVEN_UP and not working.arrived and working.doubted_at is not None
    return lost and working.doubted_at is not None and state.now - working.doubted_at < DOUBT
