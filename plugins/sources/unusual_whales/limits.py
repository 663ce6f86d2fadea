"""What Unusual Whales counts: calls of the day, which begins anew at 20:00 in New York, and calls of the minute."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from tidegate import QuotaGauge, wait_asked

NEW_YORK = ZoneInfo("America/New_York")
RESET = time(20, 0)
SLACK = timedelta(minutes=10)  # after a reset a service whose clock is behind may still count for the day before
SLACK_WAIT_S = 60.0
SHORTEST_S, LONGEST_S = 0.1, 120.0  # of a wait for the next minute


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The service's counts as of `at`; None is what it has not said."""

    at: datetime
    day_used: int | None = None
    day_limit: int | None = None
    minute_used: int | None = None
    minute_left: int | None = None
    minute_resets_at: datetime | None = None

    @property
    def day_spent(self) -> bool:
        """Whether the day's calls are used up; a limit of 0 is none."""
        return self.day_used is not None and bool(self.day_limit) and self.day_used >= (self.day_limit or 0)

    def used_today(self, now: datetime) -> int | None:
        """Calls counted in the day of `now`: 0 when the count was said before the last reset."""
        return self.day_used if next_reset(self.at) > now else 0

    def quotas(self, now: datetime) -> list[QuotaGauge]:
        """The counts to show; one that the service has not said is left out."""
        rows = []
        used = self.used_today(now)
        if used is not None and self.day_limit:
            rows.append(QuotaGauge(name="day", used=used, limit=self.day_limit, resets_at=next_reset(now)))
        if self.minute_used is not None and self.minute_left is not None:
            over = self.minute_resets_at is not None and self.minute_resets_at <= now
            limit, used = self.minute_used + self.minute_left, 0 if over else self.minute_used
            rows.append(QuotaGauge(name="minute", used=used, limit=limit, resets_at=self.minute_resets_at))
        return rows


def limits_of(headers: Mapping[str, str], now: datetime) -> Limits | None:
    """What an answer's headers say; None when they say nothing, as those of a 401. Header names in lower case."""
    day_used, day_limit = _whole(headers, "x-uw-daily-req-count"), _whole(headers, "x-uw-token-req-limit")
    minute_used = _whole(headers, "x-uw-minute-req-counter")
    minute_left = _whole(headers, "x-uw-req-per-minute-remaining")
    if (day_used, day_limit, minute_used, minute_left) == (None, None, None, None):
        return None
    reset_ms = _whole(headers, "x-uw-req-per-minute-reset")
    return Limits(
        at=now,
        day_used=day_used,
        day_limit=day_limit,
        minute_used=minute_used,
        minute_left=minute_left,
        minute_resets_at=None if reset_ms is None else now + timedelta(milliseconds=min(reset_ms, 3_600_000)),
    )


def wait_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait after a 429 with these headers; None when they do not say."""
    limits = limits_of(headers, now)
    if limits is not None and limits.day_spent:
        opening = now.astimezone(NEW_YORK) - datetime.combine(now.astimezone(NEW_YORK).date(), RESET, NEW_YORK)
        return SLACK_WAIT_S if timedelta() <= opening < SLACK else (next_reset(now) - now).total_seconds()
    reset_ms = _whole(headers, "x-uw-req-per-minute-reset")
    asked = wait_asked(429, headers, now) if reset_ms is None else reset_ms / 1000.0
    return None if asked is None else min(max(asked, SHORTEST_S), LONGEST_S)


def next_reset(now: datetime) -> datetime:
    """When the day's count next begins anew, UTC."""
    local = now.astimezone(NEW_YORK)
    day = local.date() + timedelta(days=local.time() >= RESET)
    return datetime.combine(day, RESET, NEW_YORK).astimezone(UTC)


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 12 else None
