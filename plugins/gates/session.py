"""Gate session: entries only while the exchange trades, and not in its first and last minutes."""

from typing import Annotated, ClassVar

from tidegate import (
    CalendarError,
    Gate,
    Meta,
    Signal,
    State,
    TradingSession,
    Verdict,
    blocked,
    hookimpl,
    passed,
    session_of,
    trading_day,
    unknown,
)

Edge = Annotated[float, Meta(ge=0, le=390)]  # minutes: no session is longer


class SessionGate(Gate, frozen=True, kw_only=True):
    """Blocks on weekends and holidays, before the open, from the close on, and in the session's edges.

    The edges are the first `first_minutes` and the last `last_minutes` minutes of a session, half days included;
    exactly that many minutes after the open or before the close pass. New York hours. UNKNOWN in a year that no
    calendar covers.
    """

    name: ClassVar[str] = "session"
    first_minutes: Edge = 0.0
    last_minutes: Edge = 5.0

    def check(self, signal: Signal, state: State) -> Verdict:  # noqa: ARG002 - every symbol trades at the same hours
        """PASS, BLOCK or UNKNOWN, measured in minutes since the open, or to the close when that is too near."""
        day = trading_day(state.now)
        try:
            session = session_of(day)
        except CalendarError as error:
            return unknown(str(error))
        if session is None:
            return blocked(f"no session on {day}")
        return self._within(session, state)

    def _within(self, session: TradingSession, state: State) -> Verdict:
        if state.now < session.open:
            return blocked("before the open")
        if state.now >= session.close:
            return blocked("after the close" + (" of a half day" if session.half_day else ""))
        since = (state.now - session.open).total_seconds() / 60.0
        left = (session.close - state.now).total_seconds() / 60.0
        if since < self.first_minutes:
            return blocked("too soon after the open", measured=since, limit=self.first_minutes, unit="min")
        if left < self.last_minutes:
            return blocked("too near to the close", measured=left, limit=self.last_minutes, unit="min")
        return passed(measured=since, limit=self.first_minutes, unit="min")


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [SessionGate]
