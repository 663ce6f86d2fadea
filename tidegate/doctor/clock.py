"""The broker's clock: how far ours is from it, and whether its session is our calendar's."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tidegate.core.calendar import clock_disagreement
from tidegate.doctor.rows import fail, ok, skip, warn
from tidegate.doctor.wire import Said
from tidegate.output.shapes import DiagnosisShape

SKEW_WARN_S, SKEW_FAIL_S = 2.0, 30.0  # decisions are timed by our clock; quotes are refused when they come from later


def skew(said: Said | None, body: Any) -> DiagnosisShape:  # noqa: ANN401 - JSON
    """How far our clock is from the broker's, told in `body` or, in whole seconds, in the answer's Date."""
    theirs = _time(body.get("timestamp")) if isinstance(body, dict) else None
    exact = theirs is not None
    if theirs is None and said is not None:
        theirs = _date(said.headers.get("date", ""))
    if said is None or theirs is None:
        return skip("clock", "the broker does not tell the time")
    ahead = (said.at - theirs).total_seconds()
    seen = f"ours is {abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} the broker's"
    off = abs(ahead) - (0.0 if exact else 1.0)  # a Date header has whole seconds
    then = "synchronise this machine's clock (timedatectl set-ntp true)"
    if off > SKEW_FAIL_S:
        return fail("clock", seen, then)
    return warn("clock", seen, then) if off > SKEW_WARN_S else ok("clock", seen)


def hours(body: Any) -> DiagnosisShape:  # noqa: ANN401 - JSON
    """Whether the exchange is open now by both: the gate `session` goes by the calendar."""
    told = body if isinstance(body, dict) else {}
    at, is_open = _time(told.get("timestamp")), told.get("is_open")
    if at is None or not isinstance(is_open, bool):
        return skip("calendar", "the broker does not say whether the exchange is open")
    said = clock_disagreement(at, is_open=is_open)
    if said is not None:
        return warn("calendar", said, "entries go by the calendar: update Tidegate, and start no run until they agree")
    return ok("calendar", f"the exchange is {'open' if is_open else 'closed'}, says the broker's clock too")


def _time(text: object) -> datetime | None:
    """A broker's time: nanoseconds and an offset, or None."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
