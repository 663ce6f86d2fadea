"""How the venue behaves when nothing is wrong: how long it takes, and in how many pieces it fills."""

from typing import Annotated

import msgspec
from msgspec import Meta

Millis = Annotated[float, Meta(ge=0)]  # of sandbox time


class Habits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Delays in milliseconds of sandbox time. `partial_pct` percent of orders over one share fill in 2 or 3 parts.

    For `lookup_lag_ms` after it was placed an order is not found by its client order id.
    """

    accept_ms: Millis = 2.0
    fill_ms: Millis = 10.0
    cancel_ms: Millis = 5.0
    lookup_lag_ms: Millis = 0.0
    partial_pct: Annotated[float, Meta(ge=0, le=100)] = 0.0
