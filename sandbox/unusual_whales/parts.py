"""The service's parts, wired: what its paths and its socket work with."""

import hmac

from aiohttp import web

from tidegate.core.clock import RehearsalClock
from tidegate.core.errors import InputError
from tidegate.sandbox import parts
from tidegate.sandbox.clock import Clock
from tidegate.sandbox.times import NANO, rfc3339, utc
from tidegate.sandbox.unusual_whales.flow import PAGE, Flow
from tidegate.sandbox.unusual_whales.limits import Limits
from tidegate.sandbox.unusual_whales.plan import AnyFault
from tidegate.sandbox.unusual_whales.recording import Recording, read
from tidegate.sandbox.unusual_whales.rows.books import Books
from tidegate.sandbox.unusual_whales.settings import Settings

BEFORE = 60 * NANO  # a recording begins so long after the sandbox


class Served(parts.Served, frozen=True, kw_only=True):
    """One request that was answered, its query, and how many alerts it was given."""

    query: dict[str, str]
    rows: int = 0


class Venue(parts.VenueOf[AnyFault, Served]):
    """The flow of alerts and the books that readings are made from, one token and its limits.

    Raises:
        InputError: The recording or the clock cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = made = settings
        self.recording: Recording | None = None if made.recording is None else read(made.recording)
        super().__init__(made, _clock(made, self.recording), made.plan)
        self.flow = Flow(self.agenda, self.faults, made.order)
        self.books = Books(made.seed, self.hours)
        self.limits = Limits(self.clock, per_minute=made.calls_per_minute, per_day=made.calls_per_day)

    def knows(self, given: str) -> bool:
        """Whether this is the token, bare or after "Bearer"."""
        return hmac.compare_digest(given.removeprefix("Bearer ").encode(), self.settings.token.encode())

    def served(self, request: web.Request, status: int) -> None:
        """Note a request and the answer's status; 0 when there was none. The token is not noted."""
        found = PAGE.get([]) if status == 200 else []
        self.flow.sent(found)
        query = {name: ",".join(request.query.getall(name)) for name in request.query if name != "token"}
        at = rfc3339(self.instant())
        told = Served(at=at, method=request.method, path=request.path, query=query, status=status, rows=len(found))
        self.requests.append(told)


def _clock(made: Settings, recording: Recording | None) -> Clock:
    if made.clock is not None:
        engine = _engine_clock(made.clock)
        return Clock(engine.now(), speed=engine.speed)
    if made.at is None and recording is not None:
        return Clock(utc(recording.alerts[0].known - BEFORE), speed=made.speed)
    return Clock(made.at, speed=made.speed)


def _engine_clock(text: str) -> RehearsalClock:
    try:
        return RehearsalClock.parse(text)
    except ValueError as error:
        raise InputError(f"The clock cannot be read: {error}.") from error
