"""Rate limits, counted per minute, trading apart from data."""

from collections.abc import Callable

MINUTE_S = 60


class Limits:
    """One budget of requests per minute; None is without end. `now` gives seconds since 1970."""

    def __init__(self, per_minute: int | None, now: Callable[[], float]) -> None:
        self.per_minute, self.now = per_minute, now
        self._minute, self._used = 0, 0

    def take(self) -> tuple[bool, dict[str, str]]:
        """Whether one more request is within the limit, and the headers that tell."""
        minute = int(self.now() // MINUTE_S)
        if minute != self._minute:
            self._minute, self._used = minute, 0
        self._used += 1
        limit = self.per_minute or 10_000
        within = self.per_minute is None or self._used <= limit
        return within, headers(limit, max(0, limit - self._used), (minute + 1) * MINUTE_S)


def headers(limit: int, remaining: int, reset: float) -> dict[str, str]:
    """The venue's limit headers; `reset` in seconds since 1970."""
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(int(reset)),
    }
