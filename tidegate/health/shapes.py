"""The JSON shapes of `tidegate health` (docs/json.md)."""

from datetime import datetime

from tidegate.output.shapes import SettingShape, Shape, StatusShape


class ProbeShape(Shape, frozen=True, kw_only=True):
    """One capability, tried just now on scratch copies: "works", "broken", "unknown" or "off", and what was seen."""

    name: str
    result: str
    evidence: str


class PassShape(Shape, frozen=True, kw_only=True):
    """One judgement that a gate let through although it did not pass it."""

    seq: int
    at: datetime
    trace: str
    symbol: str
    gate: str
    result: str
    policy: str
    reason: str
    decision: str


class UsedShape(Shape, frozen=True, kw_only=True):
    """A rate budget or quota: what is used of it."""

    name: str
    used: float | None
    limit: float | None
    resets_at: datetime | None


class LinkShape(Shape, frozen=True, kw_only=True):
    """A source or venue as the engine last told of it; `age_s` counts from its last success to `told_at`."""

    name: str
    kind: str
    state: str
    success_at: datetime | None
    age_s: float | None
    limit_s: float | None
    errors: int | None
    rate_limits: int | None
    budgets: list[UsedShape]
    trouble: str
    told_at: datetime | None


class HealthShape(Shape, frozen=True, kw_only=True):
    """`health`: `ready` for the end-of-week audit, or the reasons why not; `notes` do not stand in its way."""

    at: datetime
    version: str
    ready: bool
    reasons: list[str]
    notes: list[str]
    capabilities: list[ProbeShape]
    status: StatusShape
    tally: dict[str, str]
    passes: list[PassShape]
    links: list[LinkShape]
    settings: list[SettingShape]
