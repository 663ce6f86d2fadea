"""Integration points: every source and venue, as the engine last told of it in its gauges."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tidegate.core.calendar import session_of, trading_day
from tidegate.core.errors import CalendarError
from tidegate.core.journaling.reader import Gauge
from tidegate.core.redaction import redact
from tidegate.health.shapes import LinkShape, UsedShape

Table = dict[str, Any]
NO_CONNECTION = "no connection"  # of a venue inside the engine


def links(gauges: Mapping[str, Gauge]) -> list[LinkShape]:
    """Sources first, then venues; a run with a simulated venue says so."""
    found = list(_sources(gauges))
    venues = [_venue(each, told.at) for told in _told(gauges, "venues") for each in _tables(told.body)]
    return [*found, *(venues or _simulated(gauges))]


def troubles(found: Sequence[LinkShape]) -> Iterator[str]:
    """Of a running engine: what is not as it should be, a sentence each."""
    for each in found:
        if each.state in ("failed", "open", "half-open"):
            yield f"The {each.kind} {each.name} is {each.state}: {each.trouble or 'it does not say why'}."
        elif _late(each):
            yield f"The {each.kind} {each.name} has said nothing for more than {each.limit_s:g} s of this session."


def _late(link: LinkShape) -> bool:
    """Whether nothing came for longer than the limit while the exchange was open; each session begins anew."""
    if link.limit_s is None or link.told_at is None:
        return False
    try:
        session = session_of(trading_day(link.told_at))
    except CalendarError:
        return False
    if session is None or not session.open <= link.told_at < session.close:
        return False
    open_s = (link.told_at - session.open).total_seconds()
    return (open_s if link.age_s is None else min(open_s, link.age_s)) > link.limit_s


def _sources(gauges: Mapping[str, Gauge]) -> Iterator[LinkShape]:
    for told in _told(gauges, "feeds"):
        for key, each in _table(told.body).items():
            feed = _table(each)
            at = _time(feed.get("at"))
            now = told.at if not feed.get("recorded") else _session_time(gauges)
            yield LinkShape(
                name=key.partition(".")[2],
                kind="source",
                state=str(feed.get("state", "unknown")),
                success_at=at,
                age_s=_age(at, now),
                limit_s=_number(feed.get("limit_s")),
                errors=_count(feed.get("failures")),
                rate_limits=None,
                budgets=[_quota(quota) for quota in _tables(feed.get("quotas"))],
                trouble=redact(str(feed.get("trouble") or "")),
                told_at=told.at,
            )


def _venue(body: Table, told_at: datetime) -> LinkShape:
    circuit, budgets = _table(body.get("circuit")), _tables(body.get("budgets"))
    at = _time(circuit.get("answered_at"))
    limits = [_count(each.get("limits")) for each in budgets]
    return LinkShape(
        name=str(circuit.get("venue", "unknown")),
        kind="venue",
        state=str(circuit.get("state", "unknown")),
        success_at=at,
        age_s=_age(at, told_at),
        limit_s=None,
        errors=_count(circuit.get("errors")),
        rate_limits=None if None in limits else sum(each for each in limits if each is not None),
        budgets=[_budget(each) for each in budgets],
        trouble=redact(str(circuit.get("reason") or "")),
        told_at=told_at,
    )


def _simulated(gauges: Mapping[str, Gauge]) -> Iterator[LinkShape]:
    """The executor of a run that speaks to no venue."""
    for told in _told(gauges, "plugins"):
        for each in _tables(told.body):
            if each.get("kind") == "executors" and each.get("loaded"):
                yield LinkShape(
                    name=str(each.get("name")),
                    kind="venue",
                    state=NO_CONNECTION,
                    success_at=None,
                    age_s=None,
                    limit_s=None,
                    errors=None,
                    rate_limits=None,
                    budgets=[],
                    trouble="",
                    told_at=told.at,
                )


def _budget(body: Table) -> UsedShape:
    return UsedShape(
        name="minute", used=_number(body.get("used")), limit=_number(body.get("per_minute")), resets_at=None
    )


def _quota(body: Table) -> UsedShape:
    return UsedShape(
        name=str(body.get("name", "")),
        used=_number(body.get("used")),
        limit=_number(body.get("limit")),
        resets_at=_time(body.get("resets_at")),
    )


def _session_time(gauges: Mapping[str, Gauge]) -> datetime | None:
    """The engine's own time: a recording's facts are as old as they are on that."""
    beat = gauges.get("heartbeat")
    return None if beat is None else _time(_table(beat.body).get("at"))


def _told(gauges: Mapping[str, Gauge], key: str) -> list[Gauge]:
    return [gauges[key]] if key in gauges else []


def _age(at: datetime | None, now: datetime | None) -> float | None:
    return None if at is None or now is None else round(max(0.0, (now - at).total_seconds()), 3)


def _table(body: object) -> Table:
    return body if isinstance(body, dict) else {}


def _tables(body: object) -> list[Table]:
    return [each for each in body if isinstance(each, dict)] if isinstance(body, list) else []


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
