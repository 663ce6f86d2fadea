"""Limits as Unusual Whales counts them: calls of a minute, and of a day that begins at 20:00 in New York."""

from datetime import timedelta

from tidegate.sandbox.clock import Clock
from tidegate.sandbox.times import NANO, new_york

MINUTE_S = 60.0
UNTIL_MIDNIGHT = timedelta(hours=4)
WITHOUT = 1_000_000  # remaining calls as an account without limit is told


class Limits:
    """Both counts of one token, by the sandbox's clock; None is without limit. Waits are told in real time."""

    def __init__(self, clock: Clock, *, per_minute: int | None, per_day: int | None) -> None:
        self.clock = clock
        self.per_minute, self.per_day = per_minute, per_day
        self.minute_used = self.day_used = self.refused = 0
        self.most_in_a_minute = 0
        self._minute, self._day = 0, new_york(clock.instant()) + UNTIL_MIDNIGHT

    def take(self) -> bool:
        """Count one more call; False when it is above a limit. A call that is refused does not count for the day."""
        self._turn()
        within_day = self.per_day is None or self.day_used < self.per_day
        within_minute = self.per_minute is None or self.minute_used < self.per_minute
        self.minute_used += within_minute
        self.day_used += within_day and within_minute
        self.refused += not (within_day and within_minute)
        self.most_in_a_minute = max(self.most_in_a_minute, self.minute_used)
        return within_day and within_minute

    def headers(self, *, reset_s: float | None = None, spent: bool = False, full: bool = False) -> dict[str, str]:
        """What an answer tells: a day that is `spent`, a `full` minute, another wait of `reset_s` sandbox time."""
        self._turn()
        day = self.per_day or 50_000
        left = WITHOUT if self.per_minute is None else self.per_minute - self.minute_used
        wait_s = MINUTE_S - self.clock.instant() / NANO % MINUTE_S if reset_s is None else reset_s
        return {
            "x-uw-token-req-limit": str(day),
            "x-uw-daily-req-count": str(max(day, self.day_used) if spent else self.day_used),
            "x-uw-minute-req-counter": str(self.minute_used),
            "x-uw-req-per-minute-remaining": "0" if full else str(left),
            "x-uw-req-per-minute-reset": str(max(1, round(wait_s / (self.clock.speed or 1.0) * 1000))),
        }

    def _turn(self) -> None:
        now = self.clock.instant()
        minute, day = now // NANO // 60, new_york(now) + UNTIL_MIDNIGHT
        if minute != self._minute:
            self._minute, self.minute_used = minute, 0
        if day.date() != self._day.date():
            self._day, self.day_used = day, 0
