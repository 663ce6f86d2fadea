"""What a driver does to the sandbox over HTTP, under /sandbox/: alerts of its own and halts, beside time and faults."""

from functools import partial

import msgspec
from aiohttp import web

from tidegate.sandbox.answers import Handler, Json, Refusal, answer, routed
from tidegate.sandbox.control import Driver, given
from tidegate.sandbox.unusual_whales.parts import Served, Venue
from tidegate.sandbox.unusual_whales.plan import AnyFault, Plan
from tidegate.sandbox.unusual_whales.rows.alerts import alert_of
from tidegate.sandbox.unusual_whales.service.stream import Stream


class Halt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PUT /sandbox/halt."""

    symbol: str
    state: str = "halted"
    reason: str = "LUDP"


class Control(Driver[AnyFault, Served]):
    """Handlers over the venue, beside those that every venue has."""

    def __init__(self, venue: Venue, stream: Stream) -> None:
        super().__init__(venue, Plan, partial(state_of, venue, stream))
        self.venue, self.stream = venue, stream

    def routes(self) -> list[web.RouteDef]:
        """Every path."""
        table: dict[str, Handler] = {"PUT /sandbox/alerts": self.alerts, "PUT /sandbox/halt": self.halt}
        return routed({**self.table(), **table})

    async def alerts(self, request: web.Request) -> web.Response:
        """Have alerts listed when their time comes, those of the past at once; rows of REST or of the socket."""
        rows = await given(request, list[Json])
        found = [alert_of(row) for row in rows]
        if None in found:
            raise Refusal(422, None, f"row {found.index(None)} is no alert")
        self.venue.flow.plan(alert for alert in found if alert is not None)
        self.venue.agenda.turn()
        return answer({})

    async def halt(self, request: web.Request) -> web.Response:
        """Tell that trading was halted, or resumed."""
        wanted = await given(request, Halt)
        self.stream.halt(wanted.symbol, wanted.state, wanted.reason)
        return answer({})


def state_of(venue: Venue, stream: Stream) -> Json:
    """The whole service as one document."""
    limits = venue.limits
    return {
        "clock": {"at": venue.clock.now(), "speed": venue.clock.speed},
        "alerts": {"listed": len(venue.flow.listed), "served": len(venue.flow.served)},
        "left_out": 0 if venue.recording is None else venue.recording.left_out,
        "calls": {
            "day": limits.day_used,
            "minute": limits.minute_used,
            "most_in_a_minute": limits.most_in_a_minute,
            "refused": limits.refused,
        },
        "listeners": [sorted(joined) for joined in stream.listeners.values()],
        "dropped": stream.dropped,
        "requests": len(venue.requests),
        "faults": len(venue.faults.log),
    }
