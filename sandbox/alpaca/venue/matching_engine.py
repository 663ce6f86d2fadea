"""The matching engine: what becomes of orders as time passes and prices move."""

from decimal import Decimal
from random import Random

from tidegate.sandbox.alpaca.venue.book import Book
from tidegate.sandbox.alpaca.venue.crossing import piece, touch, trail, triggers
from tidegate.sandbox.alpaca.venue.habits import Habits
from tidegate.sandbox.alpaca.venue.market import Tape
from tidegate.sandbox.alpaca.venue.orders import WORKING, Order
from tidegate.sandbox.clock import Agenda
from tidegate.sandbox.hours import Hours
from tidegate.sandbox.times import Instant, new_york

AT_ONCE = frozenset({"ioc", "fok"})
STAMPS = {"canceled": "canceled_at", "expired": "expired_at", "rejected": "failed_at", "replaced": "replaced_at"}


class MatchingEngine:
    """Accepts, matches, fills, cancels and expires. All of it happens on the agenda, at times of the sandbox."""

    def __init__(self, book: Book, hours: Hours, agenda: Agenda, *, seed: int) -> None:
        self.book, self.hours, self.agenda, self.seed = book, hours, agenda, seed
        self.habits = Habits()
        book.market.moved.append(self.reprice)
        start = agenda.clock.instant()
        agenda.at(hours.next_open(start), self._open)
        agenda.at(hours.next_close(start), self._close)

    def admit(self, order: Order, at: Instant) -> None:
        """A new order begins its way."""
        order.parts = self._parts(order)
        self.book.tell("pending_new", order, at)
        self.agenda.after(at, self.habits.accept_ms / 1000, lambda due: self.accept(order, due))

    def accept(self, order: Order, at: Instant) -> None:
        """It is working now, or waits for the next session."""
        if order.status not in {"pending_new", "accepted"}:
            return
        order.submitted_at = at
        if not self._trading(order, at):
            order.status = "accepted"
            self.book.tell("accepted", order, at)
            return
        order.status = "new"
        self.book.tell("new", order, at)
        self.look(order, at)

    def reprice(self, symbol: str, at: Instant) -> None:
        """A price moved: orders of the symbol may trade now."""
        for order in self.book.working(symbol):
            self.look(order, at)

    def look(self, order: Order, at: Instant) -> None:
        """Let the order trade if it can."""
        tape = self.book.market.tapes[order.symbol]
        armed = order.status == "held" and order.parent is not None and not self._waits(order)
        if order.filling or not (order.status in WORKING or armed) or not self._trading(order, at):
            return
        if order.kind == "trailing_stop":
            trail(order, tape, self.book.market.step(tape.last))
        if triggers(order, tape):
            self._trigger(order, at)
        if order.status == "held":
            return
        if touch(order, tape) is not None:
            order.filling = True
            self.agenda.after(at, self.habits.fill_ms / 1000, lambda due: self._trade(order, due))
        elif order.request.time_in_force in AT_ONCE:
            self.end(order, "canceled", at)

    def end(self, order: Order, status: str, at: Instant, event: str | None = None) -> None:
        """The order is over, and with it what hangs on it: legs of an entry, or the other leg."""
        order.status = status
        setattr(order, STAMPS[status], at)
        self.book.tell(event or status, order, at)
        if status == "replaced":
            return
        for each in order.legs if order.role == "entry" else order.siblings():
            if each.open:
                self.end(each, "canceled", at)

    def cancel(self, order: Order, at: Instant) -> None:
        """A cancel is on its way; fills that are faster still come."""
        order.status = "pending_cancel"
        self.book.tell("pending_cancel", order, at)
        self.agenda.after(at, self.habits.cancel_ms / 1000, lambda due: self._canceled(order, due))

    def _canceled(self, order: Order, at: Instant) -> None:
        if order.open:
            self.end(order, "canceled", at)
        elif order.status == "filled":
            self.book.tell("order_cancel_rejected", order, at)

    def _trade(self, order: Order, at: Instant) -> None:
        order.filling = False
        tape = self.book.market.tapes[order.symbol]
        price = touch(order, tape) if order.open and self._trading(order, at) else None
        if price is None:
            if order.open:
                self.look(order, at)
            return
        self._fill(order, piece(order, tape, price), price, at)
        self.look(order, at)

    def _fill(self, order: Order, quantity: Decimal, price: Decimal, at: Instant) -> None:
        tape: Tape = self.book.market.tapes[order.symbol]
        if tape.depth is not None:
            tape.depth -= quantity
        fill = self.book.fill(order, quantity, price, at)
        if not fill.leaves:
            order.status, order.filled_at = "filled", at
        elif order.status in {"new", "partially_filled"}:
            order.status = "partially_filled"
        self.book.tell("partial_fill" if fill.leaves else "fill", order, at, fill)
        if order.role == "entry" and not fill.leaves:
            self._arm(order, at)
        elif order.role not in {None, "entry"}:
            self._shrink(order, at)

    def _arm(self, entry: Order, at: Instant) -> None:
        """The entry is filled: its take-profit works; its stop stays held beside one, or works alone."""
        for leg in (each for each in entry.legs if each.status == "held"):
            if leg.role == "take_profit" or len(entry.legs) == 1:
                leg.status, leg.submitted_at = "new", at
                self.book.tell("new", leg, at)
            self.look(leg, at)

    def _shrink(self, leg: Order, at: Instant) -> None:
        """Shares that one leg sold the other need not sell any more."""
        for other in (each for each in leg.siblings() if each.open):
            other.qty = leg.remaining + other.filled_qty
            if not leg.remaining:
                self.end(other, "canceled", at)

    def _trigger(self, order: Order, at: Instant) -> None:
        """A stop goes to the market; its take-profit goes away first."""
        order.triggered = True
        for other in (each for each in order.siblings() if each.open and order.role is not None):
            other.status = "canceled"
            other.canceled_at = at
            self.book.tell("canceled", other, at)
        if order.status == "held":
            order.status, order.submitted_at = "new", at
            self.book.tell("new", order, at)

    def _waits(self, leg: Order) -> bool:
        return leg.parent is not None and leg.parent.role == "entry" and leg.parent.status != "filled"

    def _trading(self, order: Order, at: Instant) -> bool:
        phase = self.hours.phase(at)
        return phase == "core" or (order.request.extended_hours and phase in {"pre", "post"})

    def _parts(self, order: Order) -> int:
        chance = Random(f"{self.seed} {order.client_order_id}")  # noqa: S311 - repeatable, not secret
        split = chance.random() * 100.0 < self.habits.partial_pct and (order.qty or 0) > 1
        return chance.choice((2, 3)) if split else 1

    def _open(self, at: Instant) -> None:
        self.book.market.start_session(new_york(at).date())
        for order in self.book.working():
            self.accept(order, at) if order.status == "accepted" else self.look(order, at)
        self.agenda.at(self.hours.next_open(at), self._open)

    def _close(self, at: Instant) -> None:
        for order in self.book.working():
            if order.open and order.expires_at <= at:
                self.end(order, "expired", at)
        self.book.account.close_day(at)
        self.agenda.at(self.hours.next_close(at), self._close)
