"""What an Unusual Whales sandbox is made of."""

from datetime import datetime
from typing import Literal

from tidegate.sandbox.parts import CommonSettings
from tidegate.sandbox.unusual_whales.flow import Order
from tidegate.sandbox.unusual_whales.plan import Plan
from tidegate.sandbox.unusual_whales.rows.books import PRICES

TOKEN = "sandbox-whale-of-nobody"  # noqa: S105 - opens nothing but this sandbox


class Settings(CommonSettings, frozen=True, kw_only=True):
    """Beside the make-up of any: alerts of a `recording` ("demo" or a file), or without one `per_minute` by the seed.

    `at` None starts a minute before the recording, or at the machine's time; `clock` is that of an engine
    ("2025-10-15T09:25:00-04:00 60 1763832000.0") and goes before `at` and `speed`. `order` is the time by which alerts
    are listed and cut. Limits of None are without end; minutes and days are the sandbox's. `tier` "basic" has no
    socket; `lookback_days` before today are all it shows. `queue_frames` wait for a slow listener, the rest is lost.
    """

    at: datetime | None = None
    clock: str | None = None
    recording: str | None = None
    per_minute: float = 30.0
    symbols: tuple[str, ...] = tuple(PRICES)
    plan: Plan = Plan()
    order: Order = "created_at"
    token: str = TOKEN
    tier: Literal["basic", "advanced"] = "advanced"
    calls_per_minute: int | None = 120
    calls_per_day: int | None = 15_000
    retry_after: bool = False
    lookback_days: int | None = None
    queue_frames: int = 1000
