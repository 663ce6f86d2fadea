"""The harshest fault plan: every kind of fault there is for orders, in windows of the session and at any moment."""

from typing import Any

from scripts.rehearsal.stage import TIMEOUT_S
from tidegate.sandbox.alpaca import (
    Disconnect,
    Drop,
    Duplicate,
    Failure,
    Missing,
    Plan,
    RateLimit,
    RemoveFields,
    Reorder,
    SetField,
    Slow,
    Strange,
    Text,
)
from tidegate.sandbox.alpaca.plan import AnyFault

SUBMIT: dict[str, Any] = {"method": "POST", "path": "/v2/orders"}
ANY = "/v2/*"
PAST_TIMEOUT_S = TIMEOUT_S + 0.5


def harshest(*, minutes: float, seed: int) -> Plan:
    """The plan for a session of so many minutes: what it does in windows scales with them."""
    return Plan(seed=seed, faults=[*_windows(minutes * 60), *_requests(), *_answers(), *_frames()])


def _windows(whole_s: float) -> list[AnyFault]:
    """What lasts: storms of 429, an outage, a dead line, a stream that says nothing."""
    return [
        RateLimit(**SUBMIT, from_s=0.08 * whole_s, for_s=0.05 * whole_s),
        RateLimit(path=ANY, from_s=0.30 * whole_s, for_s=0.02 * whole_s),
        Failure(path=ANY, from_s=0.42 * whole_s, for_s=0.02 * whole_s),
        Drop(path=ANY, from_s=0.55 * whole_s, for_s=0.01 * whole_s),
        Text(path=ANY, from_s=0.67 * whole_s, for_s=0.01 * whole_s),
        Missing(from_s=0.75 * whole_s, for_s=0.15 * whole_s),
    ]


def _requests() -> list[AnyFault]:
    """Requests that fail, before they are carried out and after it (`late`)."""
    return [
        RateLimit(**SUBMIT, chance=0.12, reset_s=30.0),
        Failure(**SUBMIT, status=500, chance=0.05),
        Failure(**SUBMIT, status=504, chance=0.05, late=True),
        Text(**SUBMIT, chance=0.05, late=True),
        Text(**SUBMIT, status=200, chance=0.04, late=True),
        Drop(**SUBMIT, chance=0.05),
        Drop(**SUBMIT, chance=0.08, late=True),
        Slow(**SUBMIT, chance=0.03, seconds=PAST_TIMEOUT_S),
        Slow(**SUBMIT, chance=0.03, seconds=PAST_TIMEOUT_S, late=True),
        Drop(method="DELETE", path="/v2/orders/*", chance=0.1, late=True),
        Failure(method="DELETE", path="/v2/orders/*", chance=0.1),
        # headers count whole seconds of real time, and a reset is obeyed: each of these is a minute of the session
        RateLimit(method="GET", path=ANY, chance=0.004, reset_s=20.0),
        Failure(method="GET", path=ANY, status=502, chance=0.03),
        Text(method="GET", path=ANY, chance=0.03),
        Drop(method="GET", path=ANY, chance=0.03),
        Slow(method="GET", path=ANY, chance=0.04, seconds=0.2),
        Slow(method="GET", path="/v2/orders*", chance=0.01, seconds=PAST_TIMEOUT_S),
    ]


def _answers() -> list[AnyFault]:
    """Answers with words that nobody knows, and without what they should have."""
    return [
        SetField(**SUBMIT, field="status", value="quantum", chance=0.1),
        RemoveFields(**SUBMIT, fields=["id"], chance=0.05),
        SetField(method="GET", path="/v2/orders*", field="order_class", value="quantum", chance=0.1),
        SetField(method="GET", path="/v2/orders*", field="status", value="quantum", chance=0.05),
        RemoveFields(method="GET", path="/v2/orders*", fields=["filled_avg_price", "legs"], chance=0.05),
        RemoveFields(method="GET", path="/v2/account/activities/*", fields=["cum_qty"], chance=0.1),
        RemoveFields(method="GET", path="/v2/account", fields=["multiplier", "sma", "status"], chance=0.3),
        SetField(method="GET", path="/v2/positions", field="side", value="quantum", chance=0.05),
    ]


def _frames() -> list[AnyFault]:
    """Frames of the account's stream."""
    return [
        Duplicate(chance=0.15),
        Reorder(chance=0.15),
        Missing(chance=0.1),
        Disconnect(chance=0.03),
        Strange(field="event", value="quantum", chance=0.1),
        Strange(field="client_order_id", value=None, chance=0.05),
        Strange(field="execution_id", value="quantum", chance=0.1),
    ]
