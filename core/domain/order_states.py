"""The order state machine: one table.

An order is our intent; only venue evidence moves it. The states:

    PLACED    on our disk, perhaps on its way. A crash can leave an order here: it may or may not have arrived.
    LIMITED   answered 429: certainly not arrived. The same id is sent again later, or the entry is withdrawn.
    UNKNOWN   sent, and the answer was lost. The venue is asked by client order id until it says what it has.
    ACCEPTED  the venue has it, nothing filled.      PARTIAL  some of it filled.
    FILLED, CANCELED, EXPIRED, REJECTED              final.

Evidence comes late, twice and out of order: a stream is a hint, a poll repeats what the stream said, a fill can
outrun its acceptance, and shares can still fill between a cancel and its confirmation. So:

* What an order already is, is repeated evidence: it changes nothing and is not journaled.
* A fill counts once, by execution id. It is legal in every state but REJECTED, for no more shares than remain; after
  CANCELED or EXPIRED it is a late fill and the order stays final.
* ABSENT sends PLACED, UNKNOWN and LIMITED back to PLACED: the same id may be sent again. The venue cannot lose an
  order that it had accepted, so ABSENT is illegal afterwards. Of an order that was given up it says nothing new.
* Whatever else the table does not hold is illegal: it is journaled as `OrderMoveRefused` and never applied.
"""

from tidegate.core.domain.events import facts as f
from tidegate.core.domain.orders import Status, WorkingOrder

OPEN = (Status.PLACED, Status.LIMITED, Status.UNKNOWN, Status.ACCEPTED, Status.PARTIAL)
UNANSWERED = (Status.PLACED, Status.LIMITED, Status.UNKNOWN)

TABLE: dict[tuple[Status, type[f.OrderFact]], Status] = {
    **{(status, f.OrderAccepted): Status.ACCEPTED for status in UNANSWERED},
    **{(status, f.OrderAbsent): Status.PLACED for status in UNANSWERED},
    **{(status, f.RateLimited): Status.LIMITED for status in (Status.PLACED, Status.UNKNOWN)},
    **{(status, f.OrderUnknown): Status.UNKNOWN for status in (Status.PLACED, Status.UNKNOWN)},
    **{(status, f.OrderCanceled): Status.CANCELED for status in OPEN},
    **{(status, f.OrderExpired): Status.EXPIRED for status in OPEN},
    **{(status, f.OrderRejected): Status.REJECTED for status in OPEN},
    **{(status, f.OrderFilled): Status.PARTIAL for status in OPEN},
    (Status.CANCELED, f.OrderFilled): Status.CANCELED,
    (Status.EXPIRED, f.OrderFilled): Status.EXPIRED,
}
SAYS: dict[type[f.OrderFact], tuple[Status, ...]] = {  # states in which a kind of evidence is nothing new
    f.OrderAccepted: (Status.ACCEPTED, Status.PARTIAL, Status.FILLED, Status.CANCELED, Status.EXPIRED, Status.REJECTED),
    f.OrderAbsent: (Status.CANCELED, Status.EXPIRED),
    f.OrderUnknown: tuple(status for status in Status if status not in (Status.PLACED, Status.UNKNOWN)),
    f.RateLimited: (Status.LIMITED,),
    f.OrderCanceled: (Status.CANCELED,),
    f.OrderExpired: (Status.EXPIRED,),
    f.OrderRejected: (Status.REJECTED,),
}


def after(working: WorkingOrder, fact: f.OrderFact) -> Status | None:
    """The status after evidence; None when the move is illegal. A fill that completes the order makes it FILLED."""
    if isinstance(fact, f.OrderFilled) and fact.quantity > working.remaining:
        return None
    status = TABLE.get((working.status, type(fact)))
    if isinstance(fact, f.OrderFilled) and status is not None and fact.quantity == working.remaining:
        return Status.FILLED
    return status


def repeats(working: WorkingOrder, fact: f.OrderFact) -> bool:
    """Whether evidence says only what is known."""
    if isinstance(fact, f.OrderFilled):
        return fact.execution_id in working.executions
    return working.status in SAYS.get(type(fact), ())
