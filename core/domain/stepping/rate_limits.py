"""A venue that answers 429: which signals wait in the queue. The order waits in the state until the venue is back."""

from tidegate.core.domain import events as e
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.follows import NOTHING, Follows, Step
from tidegate.core.domain.orders import Purpose
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.signals.queueing import enqueue, in_flight
from tidegate.core.domain.state import State

RATE_LIMITS: Handlers[Step] = Handlers()


@RATE_LIMITS.handles
def _limited(state: State, recorded: e.Recorded, event: e.RateLimited, rules: Rules) -> Follows:
    working = state.orders.get(event.client_order_id)
    if working is None or working.purpose is not Purpose.ENTRY:
        return NOTHING
    trace = recorded.trace
    if state.regime.regime not in rules.settings.queue.regimes:
        return NOTHING
    item = in_flight(state, trace)
    signal = item.signal if item is not None else state.entering[trace]
    return enqueue(signal, state, rules.settings.queue, f"{event.reason} in {state.regime.regime}"), []
