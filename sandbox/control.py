"""What a driver does to any sandbox over HTTP, under /sandbox/: time and faults; and what it sees."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

import msgspec
from aiohttp import web

from tidegate.sandbox.answers import Handler, Json, Refusal, answer
from tidegate.sandbox.parts import S, VenueOf
from tidegate.sandbox.plan import F, PlanOf

T = TypeVar("T")


class ClockChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PUT /sandbox/clock."""

    at: datetime | None = None
    advance_s: float = 0.0
    speed: float | None = None


class Driver(Generic[F, S]):
    """Handlers over a venue, whose whole `state` tells. No key is asked for: it listens on the loopback only."""

    def __init__(self, venue: VenueOf[F, S], plan: type[PlanOf[F]], state: Callable[[], Json]) -> None:
        self._venue, self._plan, self._state = venue, plan, state

    def table(self) -> dict[str, Handler]:
        """Every path, as `routed` takes them."""
        return {
            "GET /sandbox/state": self.state,
            "GET /sandbox/requests": self.requests,
            "PUT /sandbox/clock": self.clock,
            "GET /sandbox/faults": self.faults,
            "PUT /sandbox/faults": self.plan,
            "DELETE /sandbox/faults": self.clear,
        }

    async def state(self, _: web.Request) -> web.Response:
        """Everything the venue knows."""
        return answer(self._state())

    async def requests(self, _: web.Request) -> web.Response:
        """Every request to the services, oldest first."""
        return answer(list(self._venue.requests))

    async def clock(self, request: web.Request) -> web.Response:
        """Move the clock; what falls due happens before the answer."""
        wanted = await given(request, ClockChange)
        try:
            self._venue.clock.move(to=wanted.at, by=wanted.advance_s, speed=wanted.speed)
        except (ValueError, TypeError) as error:
            raise Refusal(400, None, str(error)) from None
        return answer({"at": self._venue.clock.now(), "speed": self._venue.clock.speed})

    async def faults(self, _: web.Request) -> web.Response:
        """The plan, and every fault it has injected."""
        return answer({"plan": self._venue.faults.plan, "injected": self._venue.faults.log})

    async def plan(self, request: web.Request) -> web.Response:
        """Begin another plan."""
        self._venue.faults.set(await given(request, self._plan))
        return answer({})

    async def clear(self, _: web.Request) -> web.Response:
        """Nothing goes wrong any more."""
        self._venue.faults.clear()
        return answer({})


async def given(request: web.Request, shape: type[T]) -> T:
    """What a driver sent as a value. Raises Refusal (422)."""
    try:
        return msgspec.json.decode(await request.read() or b"{}", type=shape, strict=False)
    except msgspec.DecodeError as error:
        raise Refusal(422, None, str(error)) from None
