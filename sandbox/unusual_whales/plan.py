"""What goes wrong at Unusual Whales: its own faults beside those that every venue knows."""

from fnmatch import fnmatchcase
from typing import Annotated, ClassVar, TypeAlias

from msgspec import Meta

from tidegate.sandbox import faults
from tidegate.sandbox.plan import Common, Fault, Occasion, OnRequest, PlanOf, Seconds, Status


class RateLimit(OnRequest, frozen=True, kw_only=True, tag="rate_limit"):
    """429; the minute's reset is `reset_s` of sandbox time away, or at the end of the window.

    With `day` the day's calls are used up, by the headers; with `retry_after` there is that header too.
    """

    ends: ClassVar[bool] = True

    reset_s: Seconds | None = None
    day: bool = False
    retry_after: bool = False


class Failure(OnRequest, frozen=True, kw_only=True, tag="error"):
    """An error as the service answers it: plain text for 500, JSON for others, no headers with 401.

    403 says that the plan lacks something: `code` and `message` are then the body's.
    """

    ends: ClassVar[bool] = True

    status: Status = 500
    code: str = "advanced_tier_required"
    message: str = "Something went wrong"
    late: bool = False


class Empty(OnRequest, frozen=True, kw_only=True, tag="empty"):
    """200 with no data, as on a weekend or for a ticker that nobody knows."""

    alters: ClassVar[bool] = True


class Malformed(OnRequest, frozen=True, kw_only=True, tag="malformed"):
    """Rows that cannot be used come on top of the real ones; copies of a real row, under ids of their own."""

    alters: ClassVar[bool] = True

    rows: Annotated[int, Meta(ge=1, le=100)] = 5


class Repeated(OnRequest, frozen=True, kw_only=True, tag="repeat_rows"):
    """Every `every`-th row of the answer comes twice."""

    alters: ClassVar[bool] = True

    every: Annotated[int, Meta(ge=1)] = 1


class OnAlert(Fault, frozen=True, kw_only=True):
    """Faults of the list of alerts. `rule` and `symbol` are shell patterns."""

    rule: str = "*"
    symbol: str = "*"

    def strikes(self, what: Occasion) -> bool:
        """Whether it is about this alert."""
        return what.where == "alert" and fnmatchcase(what.method, self.rule) and fnmatchcase(what.path, self.symbol)


class Late(OnAlert, frozen=True, kw_only=True, tag="late"):
    """An alert is listed `seconds` of sandbox time after its time; `created_at` tells that, unless `backdated`."""

    seconds: Seconds = 60.0
    backdated: bool = False


class Twice(OnAlert, frozen=True, kw_only=True, tag="again"):
    """An alert is listed and told once more, `seconds` of sandbox time later, with the same id."""

    seconds: Seconds = 5.0


AnyFault: TypeAlias = RateLimit | Failure | Empty | Malformed | Repeated | Late | Twice | Common


class Plan(PlanOf[AnyFault], frozen=True, kw_only=True):
    """A plan of the service's faults."""


Faults: TypeAlias = faults.Faults[AnyFault]
