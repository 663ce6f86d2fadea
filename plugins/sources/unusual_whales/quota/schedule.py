"""What was asked when, what was refused, and what comes next: the memory beside the plan. Time is told, never read."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from tidegate.plugins.sources.unusual_whales.quota.plan import Call, Key, Means, Plan, Wanted, calls_of, due, plan
from tidegate.plugins.sources.unusual_whales.readings.endpoint import Endpoint

PLAN_FOR = timedelta(seconds=30)
AT_ONCE = 5  # calls before it looks again at who is held
REFUSALS = 3  # of different symbols, and none answered: the endpoint is off

Recall = Callable[[Endpoint, str], datetime | None]


class Schedule:
    """Whom to ask next. `recall` says when a symbol's daily endpoint was last asked, by this run or another."""

    def __init__(self, endpoints: Iterable[Endpoint], recall: Recall) -> None:
        self.plan: Plan | None = None
        self.wanted = Wanted()
        self._endpoints, self._recall = tuple(endpoints), recall
        self._planned_at: datetime | None = None
        self._calls: list[Call] = []
        self._asked: dict[Key, datetime] = {}
        self._wait: dict[Key, datetime] = {}
        self._off: set[Key] = set()
        self._refused: dict[str, int] = {}
        self._answered: set[str] = set()

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Those that are not off."""
        return self._endpoints

    def next(self, wanted: Wanted, means: Means, *, used: float, now: datetime) -> list[Call]:
        """The next few calls, the most urgent first; none when nothing is due."""
        if wanted != self.wanted or self.plan is None:
            self._want(wanted)
        if self._planned_at is None or now - self._planned_at >= PLAN_FOR or now < self._planned_at:
            self.plan = plan(self._calls, means, used=used, asked=self._asked, now=now)
            self._planned_at = now
        assert self.plan is not None
        return due(self._calls, self.plan, asked=self._asked, wait=self._wait, now=now)[:AT_ONCE]

    def stands(self, call: Call) -> bool:
        """Whether its endpoint is still asked."""
        return any(each is call.endpoint for each in self._endpoints)

    def answered(self, call: Call, now: datetime) -> None:
        """It was asked and answered."""
        self._asked[call.key] = now
        self._answered.add(call.endpoint.key)
        self._wait.pop(call.key, None)

    def failed(self, call: Call, until: datetime) -> None:
        """It was not answered; ask again, but not before that time."""
        self._wait[call.key] = until

    def refused(self, call: Call) -> bool:
        """It is refused for good. Whether that ends the whole endpoint, and not just for this symbol."""
        self._off.add(call.key)
        count = self._refused[call.endpoint.key] = self._refused.get(call.endpoint.key, 0) + 1
        ends = call.symbol is None or (count >= REFUSALS and call.endpoint.key not in self._answered)
        if ends:
            self._endpoints = tuple(each for each in self._endpoints if each is not call.endpoint)
        self._want(self.wanted)
        return ends

    def _want(self, wanted: Wanted) -> None:
        for symbol in wanted.ranks.keys() - self.wanted.ranks.keys():
            for endpoint in self._endpoints:
                at = self._recall(endpoint, symbol) if endpoint.daily else None
                if at is not None and (endpoint.key, symbol) not in self._asked:
                    self._asked[endpoint.key, symbol] = at
        self.wanted, self._planned_at = wanted, None
        self._calls = [call for call in calls_of(self._endpoints, wanted) if call.key not in self._off]
