"""What an Alpaca sandbox is made of."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tidegate.sandbox.alpaca.plan import Plan
from tidegate.sandbox.clock import HttpTime
from tidegate.sandbox.parts import CommonSettings

TRADING_HOURS = datetime(2025, 10, 15, 14, 0, tzinfo=UTC)  # a Wednesday, 10:00 in New York
KEY_ID = "PKSANDBOX0TIDEGATE00"
SECRET_KEY = "sandbox-secret-of-nobody"  # noqa: S105 - opens nothing but this sandbox


class Settings(CommonSettings, frozen=True, kw_only=True):
    """A sandbox's make-up, beside that of any. `at` None starts at the machine's time; `cash` in USD.

    `http_time` is the clock of the Date and rate limit headers: the machine's, or the sandbox's. `hold_s` is for how
    long (sandbox time) a dead stream keeps its place. `walk` lets prices move by themselves, or they follow those
    in the journal of an engine (`follow`, its state folder). `requests_per_minute` None is without limit.
    """

    at: datetime | None = TRADING_HOURS
    cash: Decimal = Decimal(100_000)
    plan: Plan = Plan()
    walk: bool = False
    follow: Path | None = None
    live: bool = False
    key_id: str = KEY_ID
    secret_key: str = SECRET_KEY
    requests_per_minute: int | None = 200
    http_time: HttpTime = "wall"
    hold_s: float = 90.0
