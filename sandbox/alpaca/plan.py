"""What goes wrong at Alpaca: its own faults beside those that every venue knows."""

from typing import ClassVar, TypeAlias

from tidegate.sandbox import faults
from tidegate.sandbox.plan import Common, OnRequest, PlanOf, Seconds, Status


class RateLimit(OnRequest, frozen=True, kw_only=True, tag="rate_limit"):
    """429 with the limit headers; the reset is `reset_s` of sandbox time away, or at the end of the window."""

    ends: ClassVar[bool] = True

    reset_s: Seconds | None = None


class Failure(OnRequest, frozen=True, kw_only=True, tag="error"):
    """An error with the venue's JSON body; with `late` only after the request was carried out."""

    ends: ClassVar[bool] = True

    status: Status = 503
    code: int | None = 50310000
    message: str = "service unavailable"
    late: bool = False


AnyFault: TypeAlias = RateLimit | Failure | Common


class Plan(PlanOf[AnyFault], frozen=True, kw_only=True):
    """A plan of Alpaca's faults."""


Faults: TypeAlias = faults.Faults[AnyFault]
