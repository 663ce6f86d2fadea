"""What the engine did about every fault: the journal and the venue's own records, read side by side.

Times are of the session. A fault gets the events about its order that follow, or the question that was asked again;
one that changed nothing has to be shown to have changed nothing: by the shares, the rows, or the fact that was read.
"""

from bisect import bisect_right
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

import msgspec

from scripts.rehearsal.stage import TIMEOUT_S
from scripts.rehearsal.words import ENDS, FINAL, HEARD, INTENTS, about, chain, words
from tidegate.core.domain import events as e
from tidegate.sandbox.alpaca import Slow
from tidegate.sandbox.alpaca.parts import Served
from tidegate.sandbox.alpaca.plan import AnyFault
from tidegate.sandbox.alpaca.wire import parse_time
from tidegate.sandbox.faults import Injected
from tidegate.sandbox.plan import PlanOf
from tidegate.sandbox.times import NANO, Instant, utc

NEW_YORK = ZoneInfo("America/New_York")
ALTERED = ("set_field", "remove_fields", "slow")
CAME = (200, 404)
READ = {"/v2/account": e.AccountSeen, "/v2/positions": e.BrokerSeen}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One fault, and what the engine did; not `answered` when nothing can be shown."""

    at: datetime
    kind: str
    struck: str
    did: str
    answered: bool


class Records(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All that both sides wrote down.

    `marks` are moments of the venue's time with the last event that was committed before each. `filled` are the
    venue's shares by client order id, `names` its order ids with ours, `unread` the rows that the engine left out,
    `open` the orders that the next start would ask for.
    """

    plan: PlanOf[AnyFault]
    faults: list[Injected]
    requests: list[Served]
    events: list[e.Recorded]
    marks: list[tuple[Instant, int]]
    filled: dict[str, Decimal]
    names: dict[str, str]
    unread: int
    open: frozenset[str]

    @cached_property
    def orders(self) -> dict[str, list[e.Recorded]]:
        """The events about each order, oldest first."""
        return about(self.events)

    @cached_property
    def asked(self) -> list[tuple[Instant, Served]]:
        """The requests with their times."""
        return [(parse_time(each.at), each) for each in self.requests]

    def lines(self) -> list[Line]:
        """The ledger, oldest fault first."""
        return [self._line(fault) for fault in self.faults]

    def _line(self, fault: Injected) -> Line:
        at = parse_time(fault.at)
        name = fault.client_order_id or self.names.get(fault.path.rpartition("/")[2], "")
        if fault.where != "http":
            did, answered = self._frame(fault, at)
        elif fault.method == "POST":
            did, answered = self._order(name, at)
        else:
            did, answered = self._question(fault, name, at)
        frame = "" if fault.where == "http" else f"{fault.where} frame "
        struck = " ".join(filter(None, (frame + fault.method, fault.path, name)))
        return Line(at=utc(at).astimezone(NEW_YORK), kind=fault.kind, struck=struck, did=did, answered=answered)

    # ---- requests

    def _order(self, name: str, at: Instant) -> tuple[str, bool]:
        """A submit: all that follows about the order until the venue, or we, have settled it."""
        found = self._after(name, at)
        while found and isinstance(found[0].event, INTENTS):
            found = found[1:]
        end = next((place for place, each in enumerate(found) if isinstance(each.event, ENDS)), None)
        return self._left(name, found, at) if end is None else (chain(found[: end + 1], utc(at)), True)

    def _left(self, name: str, found: list[e.Recorded], at: Instant) -> tuple[str, bool]:
        """The engine stopped first, with the order in its journal."""
        return f"{chain([*found, *self._stopped(at)], utc(at))}; the next start asks for it", name in self.open

    def _question(self, fault: Injected, name: str, at: Instant) -> tuple[str, bool]:
        own = self._answer(at, fault)
        if fault.kind in ALTERED and not self._given_up(fault) and own is not None and own[1].status in CAME:
            return self._read(fault, own)
        since = at if own is None else own[0]
        said = [each for each in self._since(at) if isinstance(each.event, e.VenueUnavailable)][:1]
        again = next((each for each in self.asked if each[0] > since and _covers(fault, each[1])), None)
        if again is not None:
            said = [each for each in said if each.at <= utc(again[0])]
            asked = f"asked again after {_s(again[0] - at)}: {again[1].status}"
            return "; ".join(filter(None, (chain(said, utc(at)), asked))), True
        ended = [each for each in self._after(name, at) if isinstance(each.event, FINAL)][:1] or self._stopped(at)
        said = [each for each in said if ended and each.seq < ended[0].seq]
        return chain([*said, *ended], utc(at)), bool(ended)

    def _given_up(self, fault: Injected) -> bool:
        """Whether the engine stopped waiting before the answer came."""
        rule = self.plan.faults[fault.rule]
        return isinstance(rule, Slow) and rule.seconds >= TIMEOUT_S

    def _read(self, fault: Injected, own: tuple[Instant, Served]) -> tuple[str, bool]:
        """A question whose answer was odd or late, but came: what was read from it."""
        kind = READ.get(fault.path)
        took = f"answered {own[1].status} after {_s(own[0] - parse_time(fault.at))}"
        if kind is None:
            return f"{took}, read; {self.unread} rows left out in all", self.unread == 0
        seen = [each for each in self._since(own[0]) if isinstance(each.event, kind | e.EngineStopped)][:1]
        seen = seen or self._stopped(parse_time(fault.at))  # it was on its way when the engine stopped
        return f"{took}, then {chain(seen, utc(own[0]))}", bool(seen)

    def _answer(self, at: Instant, fault: Injected) -> tuple[Instant, Served] | None:
        """What the struck request itself was answered."""
        key = (fault.method, fault.path, fault.client_order_id)
        own = (each for each in self.asked if each[0] >= at and _key(each[1]) == key)
        return next(own, None)

    # ---- frames

    def _frame(self, fault: Injected, at: Instant) -> tuple[str, bool]:
        """A hint that came oddly: the same facts all the same, and each once."""
        if fault.kind == "disconnect":
            return self._connected(at)
        name, expected = fault.client_order_id, HEARD.get(fault.method)
        ours, theirs = self._shares(name), self.filled.get(name, Decimal(0))
        shares = f"{ours:f} of {theirs:f} shares, each once"
        if expected is None:
            return f"{words(fault.method)} tells nothing of its own; {shares}", ours == theirs
        kinds = [each for each in self.orders.get(name, []) if isinstance(each.event, expected)]
        later = [each for each in kinds if each in self._after(name, at)][:1]
        over = [each for each in self.orders.get(name, []) if isinstance(each.event, ENDS)]
        if not (kinds or over):
            return self._left(name, [], at)
        known = f"known already: {chain((kinds or over)[-1:], utc(at))}"
        return f"{chain(later, utc(at)) or known}; {shares}", ours == theirs

    def _connected(self, at: Instant) -> tuple[str, bool]:
        lost = [each for each in self._since(at) if isinstance(each.event, e.SourceFailed)][:1]
        again = next((each for each in self.asked if each[0] > at and each[1].path == "/stream"), None)
        if again is None:
            return chain([*lost, *self._stopped(at)], utc(at)), True
        return f"{chain(lost, utc(at))}; connected again after {_s(again[0] - at)}: {again[1].status}", True

    # ---- the journal

    def _shares(self, name: str) -> Decimal:
        fills = [each.event for each in self.orders.get(name, []) if isinstance(each.event, e.OrderFilled)]
        once = {fill.execution_id: fill.quantity for fill in fills}
        return sum(once.values(), Decimal(0))

    def _seq(self, at: Instant) -> int:
        """The last event that was certainly committed before a moment."""
        place = bisect_right(self.marks, at, key=lambda mark: mark[0])
        return self.marks[place - 1][1] if place else 0

    def _since(self, at: Instant) -> list[e.Recorded]:
        return self.events[self._seq(at) :]  # the journal's numbers begin with 1 and have no gaps

    def _stopped(self, at: Instant) -> list[e.Recorded]:
        return [each for each in self._since(at) if isinstance(each.event, e.EngineStopped)][:1]

    def _after(self, name: str, at: Instant) -> list[e.Recorded]:
        seq = self._seq(at)
        return [each for each in self.orders.get(name, []) if each.seq > seq]


def _key(served: Served) -> tuple[str, str, str]:
    return served.method, served.path, served.client_order_id


def _covers(fault: Injected, served: Served) -> bool:
    """Whether a good answer to this says what the fault kept from us; one order is also in the list of all."""
    good = 200 <= served.status < 300 or served.status in (404, 422)
    listed = fault.method == "GET" and fault.path.startswith("/v2/orders/") and served.path == "/v2/orders"
    same = _key(served) == (fault.method, fault.path, fault.client_order_id)
    return good and served.method == fault.method and (same or listed)


def _s(span: Instant) -> str:
    return f"{span / NANO:.1f} s"
