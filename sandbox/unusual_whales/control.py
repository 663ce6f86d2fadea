"""What a driver does to the sandbox over HTTP, under /sandbox/: alerts of its own and halts, beside time and faults."""

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from tidegate.sandbox.answers import Handler, Json, Refusal, answer, routed
from tidegate.sandbox.control import Driver, given
from tidegate.sandbox.unusual_whales.plan import AnyFault, Plan
from tidegate.sandbox.unusual_whales.rows.alerts import alert_of

if TYPE_CHECKING:
    from tidegate.sandbox.unusual_whales.sandbox import Sandbox


class Halt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PUT /sandbox/halt."""

    symbol: str
    state: str = "halted"
    reason: str = "LUDP"


class Control(Driver[AnyFault]):
    """Handlers over a sandbox, beside those that every venue has."""

    def __init__(self, box: "Sandbox") -> None:
        super().__init__(box, Plan)
        self.box = box

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
        self.box.flow.plan(alert for alert in found if alert is not None)
        self.box.agenda.turn()
        return answer({})

    async def halt(self, request: web.Request) -> web.Response:
        """Tell that trading was halted, or resumed."""
        wanted = await given(request, Halt)
        self.box.stream.halt(wanted.symbol, wanted.state, wanted.reason)
        return answer({})


def state_of(box: "Sandbox") -> Json:
    """The whole sandbox as one document."""
    limits = box.limits
    return {
        "clock": {"at": box.clock.now(), "speed": box.clock.speed},
        "alerts": {"listed": len(box.flow.listed), "served": len(box.flow.served)},
        "left_out": 0 if box.recording is None else box.recording.left_out,
        "calls": {
            "day": limits.day_used,
            "minute": limits.minute_used,
            "most_in_a_minute": limits.most_in_a_minute,
            "refused": limits.refused,
        },
        "listeners": [sorted(joined) for joined in box.stream.listeners.values()],
        "dropped": box.stream.dropped,
        "requests": len(box.requests),
        "faults": len(box.faults.log),
    }
